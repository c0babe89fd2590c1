"""How donors, bounds, wells and centres are drawn in the figures of questions: alike in all of
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from exvivo.tell.figures.axes import named_axis, quantitative
from exvivo.tell.figures.chart import (
    FAINT,
    HAIR,
    INK,
    MUTED,
    Key,
    Names,
    Spec,
    finite,
    grouped,
    rounded,
)
from exvivo.tell.figures.donors import Result, Results, places
from exvivo.tell.figures.groups import Centre, fences, spread
from exvivo.tell.figures.shapes import TO_B, Plane, layer, note, point, rect, rule

MARKS = {"left": "triangle-down", "right": "triangle-up", "interval": "stroke"}
"""An undetected result is drawn as a triangle at its bound that points to where it lies, one
between two bounds as a stroke.
"""
MARGIN = rect(HAIR, opacity=0.75)
"""The range declared too small to matter."""
UNIT = 58
"""Pixels between two columns of donors."""
HEIGHT = 180
_EDGE = 0.1
"""The share of a plot at its ends in which words beyond a dot would meet the axis."""
_DOUBT = rule(FAINT, 9, opacity=0.55)
"""Where a median lies that bounds leave in doubt."""
_BAR = 0.11
"""Half the width of the bar of a median, in columns."""
DONOR: Spec = {"field": "donor", "type": "nominal"}
"""Whose a point is."""
Placed = Iterable[tuple[float | None, Result]]
"""Results with where they stand across."""
Placement = tuple[float, Result]
"""A result with where it stands across."""
Steps = tuple[Placement, Placement]
"""Two results of a donor."""


def columns(names: Names | None, *, room: float = 0.65, unit: int = UNIT) -> tuple[Spec, int]:
    """The axis of columns of donors at 0, 1, 2 ... with their names, and its width in pixels;
    without names, no axis and two columns.

    `unit`: pixels from column to column; `room`: what follows behind the last, in columns.
    """
    count = 2 if names is None else len(names)
    axis = None if names is None else named_axis(names)
    return quantitative("x", [-0.5, count - 1 + room], axis), round(unit * (count - 0.5 + room))


def wrapped(name: str, *, width: int = 12, lines: int = 3) -> str:
    """A name broken into lines for `named_axis`; what does not fit is cut with an ellipsis.

    >>> wrapped("ATP with A-438079"), wrapped("x" * 60, lines=1)
    ('ATP with|A-438079', 'xxxxxxxxxxx…')
    """
    broken = _broken(name.replace("|", "/").split(), width)
    shown = [line if len(line) <= width else f"{line[: width - 1]}…" for line in broken[:lines]]
    if len(broken) > lines:
        shown[-1] = f"{shown[-1].removesuffix('…')[: width - 1]}…"
    return "|".join(shown)


def _broken(texts: Iterable[str], width: int) -> list[str]:
    """Single words put together to lines of at most `width` letters; a longer word is a line."""
    lines: list[str] = []
    for text in texts:
        if lines and len(lines[-1]) + 1 + len(text) <= width:
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


def shortened(name: str, most: int = 30) -> str:
    """A long name with its middle cut out.

    >>> shortened("abcdefghij", 7)
    'abc…hij'
    """
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


@dataclass(frozen=True, slots=True)
class Look:
    """How the donors of a group are drawn: colour, shape and sizes (square pixels)."""

    colour: str
    shape: str
    size: float = 56
    bound_size: float = 56
    opacity: float = 0.8
    stroke: float = 1.4
    hollow: bool = False

    def mark(self, shape: str) -> Spec:
        """The mark of one of the shapes: filled where it is the group's own."""
        own = shape == self.shape
        return point(
            shape,
            self.colour,
            self.size if own else self.bound_size,
            filled=own and not self.hollow,
            opacity=self.opacity,
            strokeWidth=self.stroke,
        )


def points(placed: Placed, look: Look, plane: Plane) -> list[Spec]:
    """Donors at their places, each with its id: a shape where the result is known, a triangle at a
    bound, a stroke between two bounds.
    """
    shapes = grouped(
        (MARKS.get(result.censor, look.shape), _place(across, result))
        for across, result in placed
        if result.place is not None
    )
    return [
        plane.layer(look.mark(shape), values, tooltip=DONOR) for shape, values in shapes.items()
    ]


def _place(across: float | None, result: Result) -> dict[str, Any]:
    return {"x": across, "y": rounded(result.place), "donor": result.donor}


def column(position: float, results: Results, look: Look, plane: Plane) -> list[Spec]:
    """A column of donors around a position, neighbours aside, with the wells of each faint behind
    it where they are known.
    """
    drawn = [result for result in results if result.place is not None]
    sides = spread(places(drawn), domain=plane.domain)
    placed = list(zip([round(position + side, 3) for side in sides], drawn, strict=True))
    return [*_wells(placed, look, plane), *points(placed, look, plane), *_ids(placed, plane)]


def _ids(placed: Sequence[Placement], plane: Plane) -> list[Spec]:
    """The ids of donors who stand far from the others, above or below their dots."""
    exact = [(across, result) for across, result in placed if not result.bounded]
    low, high = fences(places(result for _, result in exact))
    rows = grouped(
        (
            _below(result.exact or 0.0, low, plane),
            _place(across, result) | {"t": shortened(result.donor, 9)},
        )
        for across, result in exact
        if not low <= (result.exact or 0.0) <= high
    )
    return [
        plane.text({"fontSize": 11, "color": MUTED, "dy": 13 if below else -12}, values)
        for below, values in rows.items()
    ]


def _below(value: float, low: float, plane: Plane) -> bool:
    """Whether the id of a donor beyond the others stands below the dot: away from the others, but
    not where the plot ends.
    """
    bottom, top = plane.domain
    share = (value - bottom) / (top - bottom)
    return share > _EDGE if value < low else share > 1 - _EDGE


def _wells(placed: Sequence[Placement], look: Look, plane: Plane) -> list[Spec]:
    wells: list[dict[str, Any]] = []
    for across, result in placed:
        wells += [{"x": across, "y": rounded(value)} for value in result.detected]
    if not wells:
        return []
    behind = [plane.layer(point("circle", look.colour, 9, opacity=0.45), wells)]
    if not look.hollow:  # else a donor's wells shine through its dot
        exact = [(across, result) for across, result in placed if not result.bounded]
        discs = [{"x": across, "y": rounded(result.place)} for across, result in exact]
        behind.append(plane.layer(point(look.shape, "white", look.size), discs))
    return behind


def lines(pairs: Iterable[Steps], plane: Plane) -> list[Spec]:
    """Lines between results of the same donor; dashed where an end is only a bound."""
    plain = rule(MUTED, 1, opacity=0.45)
    broken = plain | {"strokeDash": [2, 3]}
    kinds = grouped(
        (start[1].bounded or stop[1].bounded, _segment(start, stop))
        for start, stop in pairs
        if start[1].place is not None and stop[1].place is not None
    )
    return [plane.lines(broken if bounded else plain, values) for bounded, values in kinds.items()]


def _segment(start: Placement, stop: Placement) -> dict[str, float | None]:
    return {
        "x": start[0],
        "y": rounded(start[1].place),
        "b": stop[0],
        "d": rounded(stop[1].place),
    }


def centre_layers(position: float, centre: Centre, plane: Plane) -> list[Spec]:
    """A group's mean as a dot or its median as a bar, with its interval, an arrow where that goes
    on; and the range of a median that bounds leave in doubt as a broad grey bar.
    """
    return [
        *_range(position, (centre.lowest, centre.highest), _DOUBT, plane),
        *_range(position, (centre.lower, centre.upper), rule(INK, 1.6), plane),
        *_middle(position, centre, plane),
    ]


Ends = tuple[float | None, float | None]
"""Both ends of a range, None where nothing is known of it."""


def _range(position: float, ends: Ends, mark: Spec, plane: Plane) -> list[Spec]:
    """A range as far as the axis goes, with a triangle at each end that goes on."""
    lower, upper = ends
    if lower is None or upper is None:
        return []
    low, high = plane.domain
    bar = {"x": position, "a": rounded(max(lower, low)), "b": rounded(min(upper, high))}
    beyond = ((lower < low, low, "triangle-down"), (upper > high, high, "triangle-up"))
    arrows = [
        plane.layer(point(shape, INK, 30), [{"x": position, "y": rounded(edge)}])
        for goes_on, edge, shape in beyond
        if goes_on
    ]
    return [plane.whiskers(mark, [bar]), *arrows]


def _middle(position: float, centre: Centre, plane: Plane) -> list[Spec]:
    """The dot of a mean, the bar of a median, or thin bars at both ends of where that lies."""
    if centre.kind == "mean" and centre.value is not None:
        place = {"x": position, "y": rounded(centre.value)}
        return [plane.layer(point("circle", INK, 40), [place])]
    low, high = plane.domain
    ends = finite(centre.value, centre.lowest, centre.highest)
    bars = [
        {"x": position - _BAR, "y": rounded(end), "b": position + _BAR}
        for end in ends
        if low <= end <= high
    ]
    width = 1.2 if centre.value is None else 2.2
    return [plane.along(rule(INK, width), bars)] if bars else []


def no_response(plane: Plane) -> list[Spec]:
    """The line of no response, where it lies on the axis."""
    low, high = plane.domain
    return [plane.even()] if low <= 0 <= high else []


def margin_layers(plane: Plane, margin: float | None) -> list[Spec]:
    """The range declared too small to matter, upright."""
    if margin is None:
        return []
    return [layer(MARGIN, [{"y": -margin, "b": margin}], y=plane.y, y2=TO_B)]


def text_layer(lines: Names, across: float, up: float, plane: Plane) -> Spec:
    """Words in the place of what cannot be drawn, a line each."""
    return plane.layer(note(lines), [{"x": across, "y": up}])


def open_layers(results: Results, across: float, plane: Plane) -> list[Spec]:
    """A note where there are donors and none of them has a place; nothing else."""
    if not results or places(results):
        return []
    return [text_layer(["every result", "is open"], across, plane.middle, plane)]


_BOUND_KEYS = {
    "left": Key("triangle-down", MUTED, "undetected: below this", hollow=True),
    "right": Key("triangle-up", MUTED, "bound only: above this", hollow=True),
    "interval": Key("stroke", MUTED, "between two bounds, drawn midway"),
}


def median_keys(results: Results) -> list[Key]:
    """The key of medians, where results known only by bounds leave no mean."""
    if not any(result.bounded for result in results):
        return []
    return [
        Key("stroke", INK, "group median, with interval"),
        Key("square", FAINT, "where bounds leave the median in doubt"),
    ]


def bound_keys(results: Results) -> list[Key]:
    """The keys of what is known only by bounds, as far as it is shown."""
    shown = {result.censor for result in results if result.place is not None}
    return [key for censor, key in _BOUND_KEYS.items() if censor in shown]


def well_keys(results: Results) -> list[Key]:
    """The key of wells, where any are shown."""
    return [Key("circle", FAINT, "a single well")] if any(r.detected for r in results) else []
