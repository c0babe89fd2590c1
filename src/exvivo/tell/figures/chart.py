"""What every figure shares: its parts, its colours and shapes, its axes, and how a specification
becomes an SVG.

A figure is one or more panels; each panel is a Vega-Lite specification and is drawn by itself, so
that panels can stand below one another on a narrow screen. Colours are those of Okabe and Ito; a
shape always goes with a colour.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell.figures.embed import for_page

Spec = dict[str, Any]

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SHAPES = ("circle", "diamond", "square", "cross", "triangle-right", "triangle-left")
INK, MUTED, FAINT, HAIR = "#1f2428", "#5b6570", "#9aa3ab", "#e4e8eb"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CONFIG: Spec = {
    "aria": False,
    "font": "sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 10.5,
        "titleFontSize": 10.5,
        "titleFontWeight": "normal",
        "domainColor": FAINT,
        "tickColor": FAINT,
        "tickSize": 4,
        "gridColor": HAIR,
        "titlePadding": 6,
    },
    "axisX": {"grid": False},
}
PADDING: Spec = {"left": 2, "right": 6, "top": 4, "bottom": 2}


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a figure's key: a shape in a colour, filled or hollow, and what it stands
    for.
    """

    shape: str
    colour: str
    label: str
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing: the words above it, what it shows in words, and its specification."""

    title: str
    alt: str
    spec: Spec
    subtitle: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its file name, its caption, its panels in named rows, its key, and the data behind
    it.
    """

    name: str
    caption: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    data: pl.DataFrame
    key: tuple[Key, ...] = field(default=())

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, row by row."""
        return tuple(panel for _, panels in self.rows for panel in panels)

    def spec(self) -> Spec:
        """The whole figure as one Vega-Lite specification, for those who want to change it."""
        cells = [
            {
                "title": f"{panel.title} {row}".strip() if len(self.rows) > 1 else panel.title,
                **panel.spec,
            }
            for row, panels in self.rows
            for panel in panels
        ]
        return {
            "$schema": SCHEMA,
            "description": self.caption,
            "config": CONFIG,
            "concat": cells,
            "columns": 5,
        }


def svg(panel: Panel, *, name: str) -> str:
    """The panel as an SVG element for a page: image role, its words as label, ids made unique by
    `name`.
    """
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(
        {
            "$schema": SCHEMA,
            "config": CONFIG,
            "padding": PADDING,
            "autosize": {"type": "pad"},
            **panel.spec,
        }
    )
    return for_page(drawn, alt=panel.alt, name=name)


def group_style(study: Study, group: str) -> tuple[str, str]:
    """Colour and shape of a group: the same in every figure of a report."""
    position = [known.id for known in study.groups].index(group)
    return COLOURS[position % len(COLOURS)], SHAPES[position % len(SHAPES)]


def finite(*values: float | None) -> list[float]:
    """Those of the values that are numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def extent(values: Sequence[float], *, around: float = 0.08) -> list[float]:
    """The range of the values with room around it; one unit wide at least."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = max((high - low) * around, (1.0 - (high - low)) / 2, 0.0)
    return [low - room, high + room]


_FOLDS = (0.125, 0.25, 1 / 3, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0)
"""Folds that are easy to read, for axes on which doublings would leave too few ticks."""


def steps(domain: Sequence[float], *, most: int = 5) -> list[float]:
    """Round tick positions inside a domain in log2: doublings (or fours, ...), or easy folds where
    the domain is narrow.

    >>> steps([-0.4, 3.2])
    [0.0, 1.0, 2.0, 3.0]
    >>> [round(2**at, 2) for at in steps([-0.7, 0.7])]
    [0.67, 0.8, 1.0, 1.25, 1.5]
    """
    if domain[1] - domain[0] < 2 and domain[0] > -3 and domain[1] < 3:
        narrow = [math.log2(fold) for fold in _FOLDS if domain[0] <= math.log2(fold) <= domain[1]]
        return [at for at in narrow if len(narrow) <= most or 2**at not in (0.8, 1.25)]
    step = 1.0
    while (domain[1] - domain[0]) / step > most:
        step *= 2
    first = math.ceil(domain[0] / step)
    return [step * index for index in range(first, math.floor(domain[1] / step) + 1)]


def log2_axis(domain: Sequence[float], title: str | None, *, most: int = 5) -> Spec:
    """An axis in log2 units whose labels are read as folds or amounts."""
    label = "format(pow(2, datum.value), abs(datum.value) < 3.4 ? '.2~f' : '.3~g')"
    return {
        "title": title,
        "values": steps(domain, most=most),
        "labelExpr": f"{label}",
        "minExtent": 32,
        "maxExtent": 60,
    }


def named_axis(names: Sequence[str]) -> Spec:
    """An axis whose positions 0, 1, 2 ... carry names; `|` in a name breaks the line."""
    labels = json.dumps([name.split("|") for name in names], ensure_ascii=False)
    return {
        "title": None,
        "values": list(range(len(names))),
        "labelExpr": f"{labels}[datum.value]",
        "grid": False,
        "ticks": False,
        "domain": False,
        "labelPadding": 6,
        "labelColor": INK,
        "labelAngle": 0,
    }


def quantitative(name: str, domain: Sequence[float], axis: Spec | None) -> Spec:
    """A quantitative channel with a fixed domain."""
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": axis,
    }


def layer(mark: Spec, values: list[dict[str, Any]], **encoding: Spec) -> Spec:
    """One layer: a mark, its own rows, and where they go."""
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def rounded(value: float | None) -> float | None:
    """A coordinate with the digits a figure can show."""
    return None if value is None else round(value, 4)
