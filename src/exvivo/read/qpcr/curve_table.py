"""A table of curves: one column of cycles (amplification) or of temperatures (melting), and one
column of fluorescence a well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from exvivo.cells.cell import Cell, any_filled, blank
from exvivo.cells.text import Unreadable
from exvivo.read.cells.located import LocatedTable, is_well
from exvivo.read.cells.table import Table
from exvivo.read.cells.values import mark_of, number_of
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import Ignored
from exvivo.words import shortened

_NO_CYCLE = "remove what is no {} from the table, or export it again"
Points = list[tuple[float, float]]
"""The points of a curve: cycle or temperature, and fluorescence."""


def wells_of(header: Sequence[str], cycle: int) -> dict[int, str]:
    """The columns whose names are wells, other than the column of cycles."""
    return {index: name for index, name in enumerate(header) if index != cycle and is_well(name)}


@dataclass(frozen=True)
class CurveTable:
    """A table of curves: `cycle` is its column of cycles, or of temperatures where `along` says so,
    `channel` what all its wells measure.
    """

    located: LocatedTable
    cycle: int
    channel: str = ""
    along: Literal["cycle", "temperature"] = "cycle"

    @property
    def table(self) -> Table:
        """The table itself."""
        return self.located.table

    @property
    def wells(self) -> dict[int, str]:
        """The columns of the wells, with their names."""
        return wells_of(self.table.header, self.cycle)

    @property
    def cycle_cells(self) -> list[Cell]:
        """The cells of the column of cycles."""
        return list(self.table.column(self.cycle))

    def reaction(self, well: str) -> Reaction:
        """The reaction in a well."""
        where = f"{self.table.source} {self.table.sheet}".strip() + f", column {well}"
        return Reaction(where=where, block=self.located.block, well=well, channel=self.channel)


def read_curves(curves: CurveTable, reactions: Reactions) -> Iterator[Ignored]:
    """Gather the curve of every well; yields what of the table was not read."""
    wells, ignored = points_of_wells(curves, reactions)
    for well, points in wells.items():
        reactions.curve(curves.reaction(well), *zip(*points, strict=True))
    yield from ignored


def points_of_wells(
    curves: CurveTable, reactions: Reactions
) -> tuple[dict[str, Points], list[Ignored]]:
    """The curve of every well that was measured, along cycles or temperatures, and what of the
    table was not read.

    A blank cell is a gap in its curve; a well whose cells are all blank was not measured.
    """
    table = curves.table
    mark = mark_of(table, table.columns((curves.cycle, *curves.wells)))
    cycles = _cycles(curves, mark, reactions)
    _check_whole(curves, reactions)
    wells: dict[str, Points] = {}
    gaps: list[str] = []
    empty: list[str] = []
    for column, well in curves.wells.items():
        points = _points(table, column, cycles, mark, reactions)
        if points:
            wells[well] = sorted(points)
            gaps += [well] * (len(points) < len(cycles))
        elif all(map(blank, table.column(column))):
            empty.append(well)
    return wells, list(_not_read(curves, gaps, empty))


def _not_read(curves: CurveTable, gaps: Sequence[str], empty: Sequence[str]) -> Iterator[Ignored]:
    """Blank points, empty wells, and the columns that are no wells."""
    if gaps:
        yield Ignored(f"blank points in {len(gaps)} curves", "kept as gaps: " + shortened(gaps))
    if empty:
        what = f"{len(empty)} columns without fluorescence"
        yield Ignored(what, "wells that were not measured: " + shortened(empty))
    yield from _not_wells(curves.table, {curves.cycle, *curves.wells})


def _not_wells(table: Table, read: Collection[int]) -> Iterator[Ignored]:
    for index, name in enumerate(table.header):
        if index not in read and any_filled(table.column(index)):
            yield Ignored(f"column {name or index + 1}", "its name is no well")


def last_cycle(tables: Iterable[CurveTable]) -> float | None:
    """The last cycle of the tables whose cycles can be told."""
    cycles: list[float] = []
    for curves in tables:
        try:
            cycles += [number_of(cell, ".") for cell in curves.cycle_cells]
        except Unreadable:
            continue
    return max(cycles, default=None)


def _check_whole(curves: CurveTable, reactions: Reactions) -> None:
    """Refuse lines that end before the last well that other lines have."""
    table = curves.table
    filled = [column for column in curves.wells if not all(map(blank, table.column(column)))]
    last = max(filled, default=0)
    short = [
        str(line) for row, line in enumerate(table.lines) if not curves.located.reaches(row, last)
    ]
    if short:
        reactions.complain(
            f"{table.source}:{short[0]}",
            f"lines that end before column {table.header[last]}: {shortened(short)}",
            "a cell for every well in every line",
            "the file is not whole: export or copy it again",
        )


def _cycles(curves: CurveTable, mark: str, reactions: Reactions) -> dict[int, float]:
    """The cycle of every row that has one; none where a cycle stands twice."""
    table, column = curves.table, curves.cycle
    expected, cure = f"the number of a {curves.along}", _NO_CYCLE.format(curves.along)
    cycles: dict[int, float] = {}
    for row in range(len(table.rows)):
        cycle = reactions.number(table, row, column, mark, expected, cure)
        if cycle is not None:
            cycles[row] = cycle
    melting, where = curves.along == "temperature", table.where(-1, column)
    return cycles if melting or _are_different(cycles.values(), where, reactions) else {}


def _are_different(cycles: Iterable[float], where: str, reactions: Reactions) -> bool:
    """Whether every cycle stands once; a mistake where not."""
    twice = _repeated(cycles)
    if twice:
        cure = "export the run again, one run a file"
        reactions.complain(where, f"cycles twice: {shortened(twice)}", "each cycle once", cure)
    return not twice


def _repeated(cycles: Iterable[float]) -> list[str]:
    """The cycles that stand more than once, as words."""
    return [f"{cycle:g}" for cycle, count in Counter(cycles).items() if count > 1]


def _points(
    table: Table, column: int, cycles: Mapping[int, float], mark: str, reactions: Reactions
) -> Points:
    """Cycle and fluorescence of one well, gaps left out; none where a cell is no number."""
    points: Points = []
    unreadable: list[tuple[int, str]] = []
    for row, cycle in cycles.items():
        cell = table.rows[row][column]
        try:
            points += [] if blank(cell) else [(cycle, number_of(cell, mark))]
        except Unreadable as why:
            unreadable.append((row, str(why)))
    cure = "correct the cell, or export the run again"
    expected = "the fluorescence, or nothing for a gap"
    reactions.complain_of_column(table, column, unreadable, expected, cure)
    return [] if unreadable else points
