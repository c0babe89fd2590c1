"""The grid of sizes that were looked at: what varies in it, and the lines that go through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from exvivo.tell.planned.names import donors_words, percent
from exvivo.tell.planned.records import Size
from exvivo.tell.words import counted, number

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Axis:
    """Something in which sizes differ: how its values are ordered and put into words.

    `title` stands at an axis, `short` above a column, `line` names a value in a key.
    """

    title: str
    short: str
    value: Callable[[Size], Value]
    label: Callable[[Size], str]
    line: Callable[[Size], str]


def _fold(size: Size) -> str:
    return "as assumed" if size.fold is None else f"{size.fold:g}-fold"


def _sd(value: float | None) -> str:
    return "as assumed" if value is None else number(value)


AXES = (
    Axis(
        "donors",
        "donors",
        lambda size: size.total,
        lambda size: donors_words(size.donors),
        lambda size: f"{donors_words(size.donors)} donors",
    ),
    Axis("assumed effect", "effect", lambda size: size.fold, _fold, _fold),
    Axis(
        "wells for each donor and condition",
        "wells",
        lambda size: size.wells,
        lambda size: str(size.wells),
        lambda size: counted(size.wells, "well"),
    ),
    Axis(
        "cultures of a donor",
        "cultures",
        lambda size: size.cultures,
        lambda size: str(size.cultures),
        lambda size: counted(size.cultures, "culture"),
    ),
    Axis(
        "plates",
        "plates",
        lambda size: size.plates,
        lambda size: str(size.plates),
        lambda size: counted(size.plates, "plate"),
    ),
    Axis(
        "SD between donors (log2)",
        "donor SD",
        lambda size: size.donor_sd,
        lambda size: _sd(size.donor_sd),
        lambda size: f"donor SD {_sd(size.donor_sd)}",
    ),
    Axis(
        "SD between wells (log2)",
        "well SD",
        lambda size: size.well_sd,
        lambda size: _sd(size.well_sd),
        lambda size: f"well SD {_sd(size.well_sd)}",
    ),
    Axis(
        "spread of the second group",
        "spread",
        lambda size: size.spread_ratio,
        lambda size: f"× {size.spread_ratio:g}",
        lambda size: f"second group × {size.spread_ratio:g}",
    ),
    Axis(
        "donors that drop out",
        "drop out",
        lambda size: size.dropouts,
        lambda size: percent(size.dropouts, 0),
        lambda size: f"{percent(size.dropouts, 0)} drop out",
    ),
)
"""Everything in which sizes may differ, in the order in which it goes to an axis, then a key."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes that a figure can show: `across` goes along its axis, `lines` (if any) through it;
    `places` are those of the sizes among all, in the order along the axis.
    """

    across: Axis
    lines: tuple[tuple[str, tuple[int, ...]], ...]
    held: tuple[str, ...]
    """What else differs in the grid, at the value of the planned size."""


def varying(sizes: Sequence[Size]) -> list[Axis]:
    """In what sizes differ."""
    return [axis for axis in AXES if len({axis.label(size) for size in sizes}) > 1]


def grid_of(sizes: Sequence[Size]) -> Grid | None:
    """The grid through the planned size; nothing where there is one size."""
    free = varying(sizes)
    if not free:
        return None
    across, *others = free
    planned = planned_place(sizes)
    fixed = others[1:]
    kept = [
        place
        for place, size in enumerate(sizes)
        if all(axis.label(size) == axis.label(sizes[planned]) for axis in fixed)
    ]
    lines = tuple(_lines(sizes, kept, across, others[0] if others else None))
    held = tuple(axis.line(sizes[planned]) for axis in fixed)
    return Grid(across, lines, held)


def _lines(
    sizes: Sequence[Size], kept: Sequence[int], across: Axis, line: Axis | None
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The lines through sizes, each with its name."""
    named: dict[str, list[int]] = {}
    for place in kept:
        named.setdefault(line.line(sizes[place]) if line else "", []).append(place)
    for name, places in named.items():
        yield name, tuple(sorted(places, key=lambda place: across.value(sizes[place]) or 0))


def planned_place(sizes: Sequence[Size]) -> int:
    """The place of the planned size; the first where none is."""
    return next((place for place, size in enumerate(sizes) if size.is_planned), 0)


def held_words(grid: Grid) -> str:
    """What is held in a figure, for its caption; empty where nothing is."""
    if not grid.held:
        return ""
    return f" Shown here with {', '.join(grid.held)}; the table has every size."
