"""A table of amplification curves: one column of cycles, and one column of fluorescence a well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from exvivo.errors import Mistake
from exvivo.read.cells.found_tables import Found, blank, cells_of, is_well, mark_of, number_of
from exvivo.read.cells.table import Table
from exvivo.read.cells.text import Unreadable
from exvivo.read.qpcr.shared import Reaction, Reactions, some
from exvivo.read.result import Ignored


def wells_of(header: Sequence[str], cycle: int) -> dict[int, str]:
    """The columns whose names are wells, other than the column of cycles."""
    return {index: name for index, name in enumerate(header) if index != cycle and is_well(name)}


def read_curves(
    found: Found, cycle: int, reactions: Reactions, *, channel: str = ""
) -> Iterator[Ignored]:
    """Gather the curve of every well; yields what of the table was not read. `cycle` is the column
    of cycles.

    A blank cell is a gap in its curve; a well whose cells are all blank was not measured.
    """
    table = found.table
    wells = wells_of(table.header, cycle)
    mark = mark_of(table, cells_of(table, (cycle, *wells)))
    cycles = _cycles(table, cycle, mark, reactions.mistakes)
    reactions.mistakes += _cut_short(found, wells)
    holes: list[str] = []
    empty: list[str] = []
    for column, name in wells.items():
        points = _points(table, column, cycles, mark, reactions.mistakes)
        if not points and all(blank(row[column]) for row in table.rows):
            empty.append(name)
        elif points:
            where = f"{table.source} {table.sheet}".strip() + f", column {name}"
            reaction = Reaction(where=where, block=found.block, well=name, channel=channel)
            reactions.curve(reaction, *zip(*sorted(points), strict=True))
            holes += [name] if any(blank(table.rows[row][column]) for row in cycles) else []
    if holes:
        yield Ignored(f"blank points in {len(holes)} curves", "kept as gaps: " + some(holes))
    if empty:
        yield Ignored(
            f"{len(empty)} columns without fluorescence",
            "wells that were not measured: " + some(empty),
        )
    for index, name in enumerate(table.header):
        if index != cycle and index not in wells and any(row[index] != "" for row in table.rows):
            yield Ignored(f"column {name or index + 1}", "its name is no well")


def last_cycle(found: Found, cycle: int) -> float | None:
    """The last cycle of a table of curves, where it can be told."""
    numbers = []
    for row in found.table.rows:
        try:
            numbers.append(number_of(row[cycle], "."))
        except Unreadable:
            return None
    return max(numbers, default=None)


def _cut_short(found: Found, wells: Iterable[int]) -> Iterator[Mistake]:
    """Lines that end before the last well that other lines have."""
    table = found.table
    last = max(
        (column for column in wells if any(not blank(row[column]) for row in table.rows)), default=0
    )
    short = [table.lines[row] for row in range(len(table.rows)) if not found.reaches(row, last)]
    if short:
        yield Mistake(
            f"{table.source}:{short[0]}",
            f"lines that end before column {table.header[last]}: {some(list(map(str, short)))}",
            "a cell for every well in every line",
            "the file is not whole: export or copy it again",
        )


def _cycles(table: Table, column: int, mark: str, mistakes: list[Mistake]) -> dict[int, float]:
    """The cycle of every row that has one."""
    cycles: dict[int, float] = {}
    for row, cells in enumerate(table.rows):
        try:
            cycles[row] = number_of(cells[column], mark)
        except Unreadable as why:
            mistakes.append(
                Mistake(
                    table.where(row, column),
                    str(why),
                    "the number of a cycle",
                    "remove what is no cycle from the table, or export it again",
                )
            )
    twice = [f"{cycle:g}" for cycle, count in Counter(cycles.values()).items() if count > 1]
    if twice:
        mistakes.append(
            Mistake(
                table.where(-1, column),
                f"cycles twice: {some(twice)}",
                "each cycle once",
                "export the run again, one run a file",
            )
        )
        return {}
    return cycles


def _points(
    table: Table, column: int, cycles: dict[int, float], mark: str, mistakes: list[Mistake]
) -> list[tuple[float, float]]:
    """Cycle and fluorescence of one well, gaps left out. Of its wrong cells the first is named, the
    others counted.
    """
    points: list[tuple[float, float]] = []
    wrong: list[tuple[int, str]] = []
    for row, cycle in cycles.items():
        cell = table.rows[row][column]
        try:
            if not blank(cell):
                points.append((cycle, number_of(cell, mark)))
        except Unreadable as why:
            wrong.append((row, str(why)))
    if wrong:
        row, why_first = wrong[0]
        more = f" (and {len(wrong) - 1} more in this column)" if len(wrong) > 1 else ""
        mistakes.append(
            Mistake(
                table.where(row, column),
                why_first + more,
                "the fluorescence, or nothing for a gap",
                "correct the cell, or export the run again",
            )
        )
        return []
    return points
