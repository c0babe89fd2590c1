"""How donors, bounds, wells, centres and estimates are drawn in the figures of questions: alike in
all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    FAINT,
    HAIR,
    INK,
    MUTED,
    Key,
    Spec,
    layer,
    log2_axis,
    named_axis,
    quantitative,
    rounded,
)
from exvivo.tell.figures.donors import Row, places, wells_of
from exvivo.tell.figures.groups import Centre, spread
from exvivo.tell.figures.rows import MARKS, place

Style = tuple[str, str]
"""Colour and shape."""
EVEN: Spec = {"type": "rule", "color": FAINT, "strokeDash": [3, 3]}
"""The line that says neither way."""
UNIT = 58
"""Pixels between two columns of donors."""
HEIGHT = 160


def columns(
    names: Sequence[str] | None, count: int = 2, *, room: float = 0.65, unit: int = UNIT
) -> tuple[Spec, int]:
    """The axis of columns of donors at 0, 1, 2 ... with their names, and its width in pixels;
    without names, no axis.

    `unit`: pixels from column to column; `room`: what is left behind the last, in columns.
    """
    count = count if names is None else len(names)
    axis = None if names is None else named_axis(names)
    return quantitative("x", [-0.5, count - 1 + room], axis), round(unit * (count - 0.5 + room))


def wrapped(name: str, *, width: int = 12, lines: int = 3) -> str:
    """A name broken into lines for `named_axis`; what does not fit is cut with an ellipsis.

    >>> wrapped("ATP with A-438079"), wrapped("x" * 60, lines=1)
    ('ATP with|A-438079', 'xxxxxxxxxxx…')
    """
    broken: list[str] = []
    for word in name.replace("|", "/").split():
        if broken and len(broken[-1]) + 1 + len(word) <= width:
            broken[-1] += f" {word}"
        else:
            broken.append(word)
    kept = [line if len(line) <= width else f"{line[: width - 1]}…" for line in broken[:lines]]
    if len(broken) > lines:
        kept[-1] = f"{kept[-1].removesuffix('…')[: width - 1]}…"
    return "|".join(kept)


def shortened(name: str, most: int = 30) -> str:
    """A long name with its middle cut out.

    >>> shortened("abcdefghij", 7)
    'abc…hij'
    """
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def points(
    placed: Iterable[tuple[float, Row]], style: Style, x: Spec, y: Spec, *, hollow: bool = False
) -> list[Spec]:
    """Donors at their places: a shape where the result is known, a triangle at a bound, a stroke
    between two bounds.
    """
    colour, shape = style
    kinds: dict[str, list[dict[str, Any]]] = {}
    for across, row in placed:
        at = place(row)
        if at is not None:
            kind = "stroke" if row["censor"] == "interval" else MARKS.get(row["censor"], shape)
            kinds.setdefault(kind, []).append({"x": round(across, 3), "y": rounded(at)})
    return [
        layer(
            {
                "type": "point",
                "shape": kind,
                "color": colour,
                "filled": kind == shape and not hollow,
                "size": 42 if kind == shape else 48,
                "opacity": 0.8,
                "strokeWidth": 1.4,
            },
            values,
            x=x,
            y=y,
        )
        for kind, values in kinds.items()
    ]


_WELL: Spec = {"type": "point", "shape": "circle", "filled": True, "size": 9, "opacity": 0.45}


def column(
    at: float,
    rows: Sequence[Row],
    style: Style,
    domain: Sequence[float],
    x: Spec,
    y: Spec,
    *,
    hollow: bool = False,
) -> list[Spec]:
    """A column of donors around `at`, neighbours aside, with the wells of each faint behind it
    where they are known.
    """
    drawn = [row for row in rows if place(row) is not None]
    aside = [round(at + off, 3) for off in spread(places(drawn), domain=domain)]
    wells = [
        {"x": across, "y": rounded(value)}
        for across, row in zip(aside, drawn, strict=True)
        for value in wells_of(row)
    ]
    behind: list[Spec] = []
    if wells:
        behind.append(layer({**_WELL, "color": style[0]}, wells, x=x, y=y))
        if not hollow:  # else a donor's wells shine through its dot
            under = {
                "type": "point",
                "shape": style[1],
                "color": "white",
                "filled": True,
                "size": 42,
                "opacity": 1,
            }
            known = zip(aside, drawn, strict=True)
            discs = [
                {"x": at, "y": rounded(place(row))} for at, row in known if row["censor"] == "none"
            ]
            behind.append(layer(under, discs, x=x, y=y))
    return [*behind, *points(zip(aside, drawn, strict=True), style, x, y, hollow=hollow)]


def lines(
    steps: Iterable[tuple[tuple[float, Row], tuple[float, Row]]], x: Spec, y: Spec
) -> list[Spec]:
    """Lines between results of the same donor; dashed where an end is only a bound."""
    kinds: dict[bool, list[dict[str, Any]]] = {}
    for (left, a), (right, b) in steps:
        start, stop = place(a), place(b)
        if start is not None and stop is not None:
            known = a["censor"] == b["censor"] == "none"
            kinds.setdefault(known, []).append(
                {"x": left, "y": rounded(start), "b": right, "d": rounded(stop)}
            )
    return [
        layer(
            {
                "type": "rule",
                "color": MUTED,
                "opacity": 0.45,
                "strokeWidth": 1,
                **({} if known else {"strokeDash": [2, 3]}),
            },
            values,
            x=x,
            x2={"field": "b"},
            y=y,
            y2={"field": "d"},
        )
        for known, values in kinds.items()
    ]


def centre_layers(at: float, middle: Centre, x: Spec, y: Spec) -> list[Spec]:
    """A group's mean with its interval, or its median as a bar."""
    if middle.value is None:
        return []
    value = {
        "x": at,
        "y": rounded(middle.value),
        "a": rounded(middle.lower),
        "b": rounded(middle.upper),
    }
    if middle.kind == "median":
        bar = {"type": "tick", "color": INK, "thickness": 2, "size": 22, "orient": "horizontal"}
        return [layer(bar, [value], x=x, y=y)]
    dot = layer(
        {
            "type": "point",
            "filled": True,
            "shape": "circle",
            "color": INK,
            "size": 34,
            "opacity": 1,
        },
        [value],
        x=x,
        y=y,
    )
    if middle.lower is None:
        return [dot]
    whisker = {"type": "rule", "color": INK, "strokeWidth": 1.6}
    return [layer(whisker, [value], x=x, y={**y, "field": "a"}, y2={"field": "b"}), dot]


def even_layers(
    x_or_y: str, channel: Spec, even: float = 0.0, *, margin: float | None = None
) -> list[Spec]:
    """The line that says neither way, and the range declared too small to matter behind it."""
    made: list[Spec] = []
    if margin is not None:
        band = [{x_or_y: -margin, "b": margin}]
        rect = {"type": "rect", "color": HAIR, "opacity": 0.75}
        made.append(layer(rect, band, **{x_or_y: channel, f"{x_or_y}2": {"field": "b"}}))
    return [*made, layer(EVEN, [{x_or_y: even}], **{x_or_y: channel})]


def text_layer(note: Sequence[str], across: float, up: float, x: Spec, y: Spec) -> Spec:
    """Words in the place of what cannot be drawn, a line each."""
    mark = {
        "type": "text",
        "text": list(note),
        "color": MUTED,
        "fontSize": 10.5,
        "dy": -7 * (len(note) - 1),
    }
    return layer(mark, [{"x": across, "y": up}], x=x, y=y)


def open_layers(
    rows: Sequence[Row], across: float, domain: Sequence[float], x: Spec, y: Spec
) -> list[Spec]:
    """A note where there are donors and none of them has a place; nothing else."""
    if not rows or places(rows):
        return []
    return [
        text_layer(
            ["every result", "is open"], across, domain[0] + 0.5 * (domain[1] - domain[0]), x, y
        )
    ]


def estimate_layers(
    finding: Finding,
    at: float,
    x: Spec,
    y: Spec,
    domain: Sequence[float],
    *,
    note_at: float | None = None,
) -> list[Spec]:
    """The estimate of a finding with its interval and its number; filled where it is supported or
    equivalent.

    `note_at`: where words stand that there is none, away from donors.
    """
    estimate, lower, upper = finding.estimate, finding.lower, finding.upper
    layers = []
    if lower is not None and upper is not None:
        bar = {"x": at, "y": rounded(max(lower, domain[0])), "b": rounded(min(upper, domain[1]))}
        layers.append(
            layer(
                {"type": "rule", "color": INK, "strokeWidth": 1.8},
                [bar],
                x=x,
                y=y,
                y2={"field": "b"},
            )
        )
        for end, edge, shape in (
            (lower, domain[0], "triangle-down"),
            (upper, domain[1], "triangle-up"),
        ):
            if end < domain[0] or end > domain[1]:
                mark = {
                    "type": "point",
                    "shape": shape,
                    "color": INK,
                    "filled": True,
                    "size": 46,
                    "opacity": 1,
                }
                layers.append(layer(mark, [{"x": at, "y": edge}], x=x, y=y))
    if estimate is None or not math.isfinite(estimate):
        note = ["not", "estimable"] if finding.verdict == "not estimable" else ["no", "estimate"]
        even = finding.null
        low, high = (even, domain[1]) if domain[1] - even >= even - domain[0] else (domain[0], even)
        return [
            *layers,
            text_layer(note, at if note_at is None else note_at, (low + high) / 2, x, y),
        ]
    here = [{"x": at, "y": rounded(estimate)}]
    filled = finding.verdict in ("supported", "equivalent")
    dot = {
        "type": "point",
        "shape": "circle",
        "color": INK,
        "filled": True,
        "fill": INK if filled else "white",
        "size": 52,
        "stroke": INK,
        "strokeWidth": 1.6,
        "opacity": 1,
    }
    near = abs(estimate) < 0.07 * (domain[1] - domain[0]) and finding.unit.log2
    said = {
        "type": "text",
        "text": words.amount(estimate, finding.unit) + "×" * finding.unit.log2,
        "align": "left",
        "dx": 9,
        "dy": (-8 if estimate >= 0 else 8) if near else 0,
        "fontSize": 11,
        "color": INK,
    }
    return [*layers, layer(dot, here, x=x, y=y), layer(said, here, x=x, y=y)]


def side(
    finding: Finding,
    rows: Sequence[Row],
    style: Style,
    domain: Sequence[float],
    *,
    title: str,
    margin: float | None = None,
) -> Spec:
    """The cell beside the donors: the difference of each, and the estimate with its interval, on an
    axis of its own.
    """
    at = 0.5 if rows else 0.0
    x = quantitative("x", [-0.4, at + 0.85], None)
    y = quantitative("y", domain, log2_axis(domain, title))
    layers = [
        *even_layers("y", y, margin=margin),
        *column(0.0, rows, style, domain, x, y),
        *estimate_layers(finding, at, x, y, domain, note_at=at + (0.35 if rows else 0.22)),
    ]
    return {"width": round(UNIT * (at + 1.25)), "height": HEIGHT, "layer": layers}


def bound_keys(rows: Iterable[Mapping[str, Any]]) -> list[Key]:
    """The keys of what is known only by bounds, as far as it is shown."""
    kinds = {str(row["censor"]) for row in rows if place(row) is not None}
    entries = {
        "left": Key("triangle-down", MUTED, "undetected: below this", hollow=True),
        "right": Key("triangle-up", MUTED, "bound only: above this", hollow=True),
        "interval": Key("stroke", MUTED, "between two bounds, drawn midway"),
    }
    return [key for kind, key in entries.items() if kind in kinds]


def said(finding: Finding, what: str) -> str:
    """An estimate with its interval in words: `Mean change 1.42-fold, 95 % interval 1.10 to 1.84:
    supported.`
    """
    if finding.estimate is None:
        return f"{what} could not be estimated: {finding.verdict}."
    unit = finding.unit
    interval = words.interval(
        finding.lower, finding.upper, say=lambda value: words.amount(value, unit)
    )
    size = words.sized(finding.estimate, unit)
    return f"{what} {size}, {words.percent(finding.level)} interval {interval}: {finding.verdict}."


def level_unit(assays: Sequence[str], study: Study) -> str:
    """The unit of a level as an axis names it."""
    units = {getattr(study.assay(assay), "unit", "relative quantity") for assay in assays}
    return units.pop() if len(units) == 1 else "level"


FILLED = (
    "A filled dot at the estimate: it is supported or equivalent; a hollow one: it is not resolved."
)
UNPLACED = "Donors of whom the wells leave both directions open are counted and have no place here."
