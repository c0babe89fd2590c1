"""A table that was handed in, put into the one of the study: new people and columns are added,
cells that differ are changed, and every other line stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exvivo.study.edited import edited, with_columns, with_rows, written
from exvivo.study.headings import Columns
from exvivo.web.people.table import PeopleTable, columns_of, key_of

Line = Mapping[str, str]
"""The cells of a row that was handed in, by column."""


@dataclass(frozen=True)
class ChangedCell:
    """A cell that is to be another one."""

    key: str
    column: str
    was: str
    now: str


@dataclass(frozen=True)
class Difference:
    """What putting a table in does: rows that come new, cells that change, rows that stay as they
    are though the table lacks them (or go, where it takes the place of the old one), and columns
    that come new.
    """

    added: tuple[str, ...]
    changed: tuple[ChangedCell, ...]
    lacking: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def changed_rows(self) -> int:
        """How many rows have a cell that changes."""
        return len({cell.key for cell in self.changed})

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.columns)


def difference(
    table: PeopleTable | None, header: Sequence[str], lines: Sequence[Line]
) -> Difference:
    """What lines would do to a table. A cell that was handed in empty changes nothing."""
    if table is None:
        return Difference(tuple(line["donor"] for line in lines), (), (), tuple(header))
    handed = {key_of(_as_in(table, line), table.kind): line for line in lines}
    there = {row.key: dict(zip(table.header, row.cells, strict=True)) for row in table.rows}
    return Difference(
        tuple(key for key in handed if key not in there),
        tuple(
            ChangedCell(key, name, there[key].get(name, ""), cell)
            for key, line in handed.items()
            if key in there
            for name, cell in line.items()
            if cell and cell != there[key].get(name, "")
        ),
        tuple(key for key in there if key not in handed),
        tuple(name for name in header if name not in table.header),
    )


def _as_in(table: PeopleTable, line: Line) -> dict[str, str]:
    """A line with a visit, where the table has visits."""
    has_visits = "visit" in table.header
    return {**line, "visit": line.get("visit", "")} if has_visits else dict(line)


def merged(table: PeopleTable, header: Sequence[str], lines: Sequence[Line]) -> bytes:
    """The bytes of a table with lines put in. Raises `StudyError` for a workbook."""
    changes = difference(table, header, lines)
    columns, raw = _columns(table, header), table.raw
    if changes.columns:
        raw = with_columns(raw, file=table.file, columns=columns, names=changes.columns)
    now: dict[str, dict[str, str]] = {}
    for cell in changes.changed:
        now.setdefault(cell.key, {})[cell.column] = cell.now
    raw = edited(
        raw,
        file=table.file,
        columns=columns,
        change=lambda cells: {**cells, **now.get(key_of(cells, table.kind), {})},
    )
    added = {*changes.added}
    new = [line for line in lines if key_of(_as_in(table, line), table.kind) in added]
    return with_rows(raw, file=table.file, columns=columns, rows=new) if new else raw


def _columns(table: PeopleTable, header: Sequence[str]) -> Columns:
    """The columns of a table, those that come new among them."""
    own = columns_of(table.kind, None)
    every = (*own.others, *table.header, *header)
    return Columns(own.required, tuple(dict.fromkeys(every)), open=own.open)


def whole(header: Sequence[str], lines: Sequence[Line]) -> bytes:
    """A table of its own, as csv."""
    rows = [list(header), *([line.get(name, "") for name in header] for line in lines)]
    return "".join(f"{written(row)}\n" for row in rows).encode()


def as_csv(table: PeopleTable) -> bytes:
    """A workbook's table as csv, cell by cell."""
    return whole(
        table.header, [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]
    )
