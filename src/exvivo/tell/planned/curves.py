"""How the chance of an answer and the width of its interval go with the size of the study."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from exvivo.study import Study
from exvivo.tell.figures.axes import labelled, log2_axis, quantitative
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Key,
    Layers,
    Panel,
    Rows,
    Spec,
    cell,
    extent,
    in_rows,
    one_row,
    plate_style,
)
from exvivo.tell.figures.shapes import Plane, line, point
from exvivo.tell.planned.grids import Grid, grid_of, held_words, planned_place
from exvivo.tell.planned.names import answer_words, name_of, percent, reach
from exvivo.tell.planned.records import Outlook, PowerTable
from exvivo.tell.words import capital
from exvivo.units import UNITS

_WIDTH, _HEIGHT = 210, 150
_ERRORS = 2.0
"""Monte-Carlo errors to either side that a band shows."""
_WIDER, _LARGER = 1.8, 0.9
"""By how much a line, and its signs, are larger with each line above it: those that lie on one
another are both seen.
"""
_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
POWER, WIDTH = "chance of the answer", "half of the interval"
_CAPTION = (
    "The chance that the answer is supported (of a question of equivalence: that it is "
    "equivalent), with two Monte-Carlo errors to either side where it was simulated; the broken "
    "line is the exact formula. And half of its interval: what an estimate is "
    "multiplied and divided by at its ends, or how far it goes. The ring marks the planned size."
)


@dataclass(frozen=True, slots=True)
class _Curve:
    """One line of a panel: the outlooks along it, with their places across."""

    position: int
    name: str
    places: tuple[float, ...]
    outlooks: tuple[Outlook, ...]

    @property
    def style(self) -> tuple[str, str]:
        """Colour and shape."""
        return plate_style(self.position + 1)

    def values(
        self, of: Callable[[Outlook], float], *, size: int | None = None
    ) -> list[dict[str, float]]:
        """The points of the line that have a number: all, or that of a size."""
        placed = zip(self.places, self.outlooks, strict=True)
        pairs = [(at, of(each)) for at, each in placed if size in (None, each.size)]
        return [{"x": at, "y": round(value, 5)} for at, value in pairs if math.isfinite(value)]


def figure(
    outlooks: Sequence[Outlook], table: PowerTable, *, study: Study, name: str
) -> Figure | None:
    """A panel for each answer of a question above, one below it; nothing where one size was looked
    at.
    """
    grid = grid_of(table.sizes)
    if grid is None or not outlooks:
        return None
    answers: dict[tuple[str, ...], dict[int, Outlook]] = {}
    for each in outlooks:
        answers.setdefault(name_of(each), {})[each.size] = each
    shown = [_curves(grid, own, table) for own in answers.values()]
    powers = [_power(curves, grid, table, study) for curves in shown]
    widths = [_widths(curves, grid, table, study) for curves in shown]
    caption = _CAPTION + held_words(grid)
    key = tuple(_key(shown[0]))
    return Figure(name, caption, _rows(powers, widths), _data(outlooks, table, study), key)


def _rows(powers: Sequence[Panel], widths: Sequence[Panel]) -> Rows:
    """A row of chances and one of intervals; of one answer, both side by side."""
    if len(powers) == 1:
        named = zip((POWER, WIDTH), (*powers, *widths), strict=True)
        return one_row(replace(panel, title=capital(title)) for title, panel in named)
    return in_rows([*((POWER, each) for each in powers), *((WIDTH, each) for each in widths)])


def _curves(grid: Grid, own: dict[int, Outlook], table: PowerTable) -> list[_Curve]:
    at = _places(grid, table)
    curves = []
    for position, (name, places) in enumerate(grid.lines):
        there = [place for place in places if place in own]
        along = tuple(at[place] for place in there)
        curves.append(_Curve(position, name, along, tuple(own[place] for place in there)))
    return [curve for curve in curves if curve.outlooks]


def _places(grid: Grid, table: PowerTable) -> dict[int, float]:
    """Where each size stands across: by its number, or in even steps where that tells nothing."""
    every = [place for _, places in grid.lines for place in places]
    numbers = {place: grid.across.value(table.sizes[place]) for place in every}
    labels = {place: grid.across.label(table.sizes[place]) for place in every}
    clear = len(set(numbers.values())) == len(set(labels.values()))
    if clear and all(value is not None for value in numbers.values()):
        return {place: float(value or 0) for place, value in numbers.items()}
    order = list(dict.fromkeys(labels.values()))
    return {place: float(order.index(label)) for place, label in labels.items()}


def _across(grid: Grid, table: PowerTable) -> Spec:
    at = _places(grid, table)
    ticks = {value: grid.across.label(table.sizes[place]) for place, value in at.items()}
    ordered = sorted(ticks)
    axis = labelled(ordered, [ticks[value] for value in ordered], grid.across.title)
    low, high = min(ordered), max(ordered)
    room = 0.06 * (high - low) or 1.0
    return quantitative("x", [low - room, high + room], axis)


def _power(curves: Sequence[_Curve], grid: Grid, table: PowerTable, study: Study) -> Panel:
    axis = labelled(_SHARES, [percent(share, 0) for share in _SHARES], None) | {"minExtent": 40}
    plane = Plane(_across(grid, table), quantitative("y", [0.0, 1.0], axis))
    layers = _layers(curves, plane, lambda each: each.power.value, table, exact=True)
    title = answer_words(curves[0].outlooks[0], study)
    drawn = cell(_WIDTH, _HEIGHT, layers)
    return Panel(title, _alt(title, POWER, curves, table, grid, _share), drawn)


def _widths(curves: Sequence[_Curve], grid: Grid, table: PowerTable, study: Study) -> Panel:
    first = curves[0].outlooks[0]
    widths = [each.half_width.value for curve in curves for each in curve.outlooks]
    domain = [0.0, max(extent([0.0, *filter(math.isfinite, widths)], around=0.05)[1], 0.1)]
    is_fold = UNITS[first.unit].log2
    axis = log2_axis(domain, None) if is_fold else {"title": None, "tickCount": 5}
    plane = Plane(_across(grid, table), quantitative("y", domain, {**axis, "minExtent": 40}))
    layers = _layers(curves, plane, lambda each: each.half_width.value, table, exact=False)
    title = answer_words(first, study)
    drawn = cell(_WIDTH, _HEIGHT, layers)
    return Panel(title, _alt(title, WIDTH, curves, table, grid, _reach), drawn)


def _layers(
    curves: Sequence[_Curve],
    plane: Plane,
    of: Callable[[Outlook], float],
    table: PowerTable,
    *,
    exact: bool,
) -> Layers:
    for above, curve in zip(range(len(curves) - 1, -1, -1), curves, strict=True):
        colour, shape = curve.style
        if exact and (band := list(_band(curve))):
            yield plane.upright({"type": "area", "color": colour, "opacity": 0.22}, band)
        if values := curve.values(of):
            yield plane.layer(line(colour, 1.6 + above * _WIDER), values)
            yield plane.layer(point(shape, colour, 44 * (1 + above * _LARGER)), values)
        if exact and (known := curve.values(_exact)):
            yield plane.layer(line(INK, 1, strokeDash=[4, 4]), known)
    planned = planned_place(table.sizes)
    ring = point("circle", INK, 150, filled=False, strokeWidth=1.4)
    rings = [row for curve in curves for row in curve.values(of, size=planned)]
    if rings:
        yield plane.layer(ring, rings)


def _band(curve: _Curve) -> Iterator[dict[str, float]]:
    """Two Monte-Carlo errors to either side."""
    for at, each in zip(curve.places, curve.outlooks, strict=True):
        error = each.power.error or 0.0
        if math.isfinite(each.power.value) and math.isfinite(error):
            low, high = (each.power.value + way * _ERRORS * error for way in (-1, 1))
            yield {"x": at, "y": round(max(low, 0.0), 5), "b": round(min(high, 1.0), 5)}


def _exact(outlook: Outlook) -> float:
    return math.nan if outlook.power.exact is None else outlook.power.exact


def _share(outlook: Outlook) -> str:
    return percent(outlook.power.value)


def _reach(outlook: Outlook) -> str:
    return reach(outlook.half_width.value, UNITS[outlook.unit])


def _alt(
    title: str,
    what: str,
    curves: Sequence[_Curve],
    table: PowerTable,
    grid: Grid,
    say: Callable[[Outlook], str],
) -> str:
    texts = []
    for curve in curves:
        steps = (f"{grid.across.label(table.sizes[e.size])}: {say(e)}" for e in curve.outlooks)
        texts.append(f"{curve.name}: {', '.join(steps)}".removeprefix(": "))
    return f"{title}, {what} by {grid.across.title}. {'; '.join(texts)}."


def _key(curves: Sequence[_Curve]) -> Iterator[Key]:
    for curve in curves:
        colour, shape = curve.style
        if curve.name:
            yield Key(shape, colour, curve.name)
    if any(each.power.exact is not None for curve in curves for each in curve.outlooks):
        yield Key("dashes", INK, "exact formula")
    yield Key("circle", INK, "planned size", hollow=True)


def _data(outlooks: Sequence[Outlook], table: PowerTable, study: Study) -> pl.DataFrame:
    rows = []
    for each in outlooks:
        size = table.sizes[each.size]
        donors = {f"donors_{group}": count for group, count in size.donors.items()}
        rows.append(
            {
                "question": each.question,
                "answer": answer_words(each, study),
                **donors,
                "wells": size.wells,
                "cultures": size.cultures,
                "plates": size.plates,
                "fold": size.fold,
                "donor_sd": size.donor_sd,
                "well_sd": size.well_sd,
                "dropouts": size.dropouts,
                "power": each.power.value,
                "power_error": each.power.error,
                "power_exact": each.power.exact,
                "half_width": each.half_width.value,
                "unit": each.unit,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)
