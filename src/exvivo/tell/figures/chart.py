"""What every figure shares: its parts, its colours and shapes, and how a specification becomes an
SVG.

A figure is one or more panels; each panel is a Vega-Lite specification and is drawn by itself, so
that panels can stand below one another on a narrow screen. Colours are those of Okabe and Ito; a
shape always goes with a colour.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.study.colours import full_hex
from exvivo.tell.drawing import Drawing, drawing_of, element
from exvivo.tell.drawing.text import FONT

K = TypeVar("K")
V = TypeVar("V")
Spec = dict[str, Any]
"""A part of a Vega-Lite specification, which has no types of its own."""
Layers = Iterator[Spec]
Numbers = Sequence[float]
Names = Sequence[str]
Pair = tuple[float, float]
"""Two numbers: a point, or both ends of a range."""
Findings = Sequence[Finding]
Style = tuple[str, str]
"""Colour and shape."""

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SHAPES = ("circle", "diamond", "square", "cross", "triangle-right", "triangle-left")
INK, MUTED, FAINT, HAIR = "#1f2428", "#5b6570", "#9aa3ab", "#e4e8eb"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CONFIG: Spec = {
    "aria": False,
    "font": FONT,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domainColor": FAINT,
        "tickColor": FAINT,
        "tickSize": 4,
        "gridColor": HAIR,
        "titlePadding": 6,
    },
    "axisX": {"grid": False},
}


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


Keys = tuple[Key, ...]
RowPanels = Iterator[tuple[str, Panel]]
"""Panels, each with the name of the row in which it stands."""
Rows = tuple[tuple[str, tuple[Panel, ...]], ...]
"""Panels in named rows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its file name, its caption, its panels in named rows, its key, and the data behind
    it.
    """

    name: str
    caption: str
    rows: Rows
    data: pl.DataFrame
    key: Keys = field(default=())

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, row by row."""
        return tuple(itertools.chain.from_iterable(panels for _, panels in self.rows))

    def spec(self) -> Spec:
        """The whole figure as one Vega-Lite specification, for those who want to change it."""
        return {
            "$schema": SCHEMA,
            "description": self.caption,
            "config": CONFIG,
            "concat": [
                {"title": title, **panel.spec}
                for title, panel in zip(self._titles(), self.panels, strict=True)
            ],
            "columns": 5,
        }

    def _titles(self) -> list[str]:
        """The titles of the panels, with the names of their rows where there are several."""
        if len(self.rows) == 1:
            return [panel.title for panel in self.panels]
        titles: list[str] = []
        for row, panels in self.rows:
            titles += [f"{panel.title} {row}".strip() for panel in panels]
        return titles


def in_rows(panels: Iterable[tuple[str, Panel]]) -> Rows:
    """Panels in rows by the name that stands with each."""
    return tuple((row, tuple(cells)) for row, cells in grouped(panels).items())


def one_row(panels: Iterable[Panel]) -> Rows:
    """Panels in one row without a name."""
    return (("", tuple(panels)),)


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The second of each pair under the first, in the order of first appearance."""
    groups: dict[K, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def cell(width: float, height: float, layers: Iterable[Spec]) -> Spec:
    """One plot of a panel, its size in pixels."""
    return {"width": width, "height": height, "layer": list(layers)}


def drawing(panel: Panel, *, name: str) -> Drawing:
    """The panel drawn; ids in it are made of `name`."""
    return drawing_of(panel.spec, CONFIG["axis"], name=name)


def svg(panel: Panel, *, name: str) -> str:
    """The panel as an SVG element for a page: image role, its words as label, ids made unique by
    `name`.
    """
    return element(drawing(panel, name=name), alt=panel.alt)


def group_style(study: Study, group: str) -> Style:
    """Colour and shape of a group, the same in every figure of a report: the colour that study.yaml
    gives it, or the next of the house.
    """
    position = [each.id for each in study.groups].index(group)
    chosen = full_hex(study.groups[position].color)
    return chosen or COLOURS[position % len(COLOURS)], SHAPES[position % len(SHAPES)]


def group_key(study: Study, group: str) -> Key:
    """The entry of a group."""
    colour, shape = group_style(study, group)
    return Key(shape, colour, study.name_of(group))


def in_group_order(groups: Names, study: Study) -> tuple[str, ...]:
    """Groups as study.yaml lists them."""
    order = [group.id for group in study.groups]
    return tuple(sorted(groups, key=order.index))


def plate_style(position: int) -> Style:
    """Colour and shape of a plate: after six plates the same colours come back with other
    shapes.
    """
    turned = position + position // len(COLOURS)
    return COLOURS[position % len(COLOURS)], SHAPES[turned % len(SHAPES)]


def plate_keys(labels: Names) -> list[Key]:
    """The entries of plates in their order."""
    styles = [plate_style(position) for position in range(len(labels))]
    return [
        Key(shape, colour, label) for (colour, shape), label in zip(styles, labels, strict=True)
    ]


def in_study_order(plates: Iterable[str], study: Study) -> list[str]:
    """Plates as the study lists them, then all others by name."""
    order = {plate.id: position for position, plate in enumerate(study.plates)}
    return sorted(plates, key=lambda plate: (order.get(plate, len(order)), plate))


def finite(*values: float | None) -> list[float]:
    """Those of the values that are numbers."""
    return [value for value in values if value is not None and math.isfinite(value)]


def rounded(value: float | None) -> float | None:
    """A coordinate with the digits a figure can show."""
    return None if value is None else round(value, 4)


def short(value: float) -> float:
    """Four significant digits: what a logarithmic axis can show."""
    return float(f"{value:.4g}")


def extent(values: Numbers, *, around: float = 0.08) -> list[float]:
    """The range of the values with room around it; one unit wide at least."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = max((high - low) * around, (1.0 - (high - low)) / 2, 0.0)
    return [low - room, high + room]
