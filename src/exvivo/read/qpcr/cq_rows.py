"""A table with one Cq a row: its rows to reactions, for every format that has such a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake
from exvivo.read.cells.found_tables import Found, blank, is_well, number_of
from exvivo.read.cells.table import Table, text_of
from exvivo.read.cells.text import Unreadable
from exvivo.read.cells.workbook_cells import Cell
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import Ignored

_WHOLE = 6
"""Cq that cannot all be whole numbers by chance."""
_NUMBERED = re.compile(r"[\s_-]*[0-9]+$")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a table keeps what, as column numbers; None where it has no such column.

    `dye` names the reaction where the target is blank and the table holds several dyes. `nominal`
    is the amount of a standard.
    """

    well: int
    cq: int
    target: int | None = None
    dye: int | None = None
    sample: int | None = None
    role: int | None = None
    nominal: int | None = None

    def indices(self) -> set[int]:
        """The columns that are read."""
        named = (self.well, self.cq, self.target, self.dye, self.sample, self.role, self.nominal)
        return {index for index in named if index is not None}


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a format writes things.

    `none`: words (in lower case) for no Cq, beside blanks; `no_cq`: numbers for it. `roles`: its
    words (in lower case, without a number at the end) for roles beyond doubt. `any_name`: wells may
    have any name. `standards_by_amount`: a row with an amount above 0 is a standard.
    """

    none: frozenset[str] = frozenset()
    no_cq: tuple[float, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    any_name: bool = False
    standards_by_amount: bool = False


def read_rows(
    found: Found,
    columns: Columns,
    words: Words,
    reactions: Reactions,
    *,
    mark: str,
    last: float | None = None,
) -> Iterator[Ignored]:
    """Gather the Cq of every row; yields the role words that say nothing for certain.

    `mark` is the file's decimal mark, `last` the last cycle where the file tells it.
    """
    table = found.table
    dyes = {text_of(row[columns.dye]) for row in table.rows} if columns.dye is not None else set()
    unsure: Counter[str] = Counter()
    values: list[float] = []
    for row, cells in enumerate(table.rows):
        well = _well(table, row, columns, words, reactions.mistakes)
        if well is None:
            continue
        if not found.reaches(row, columns.cq):
            reactions.mistakes.append(
                Mistake(
                    table.where(row, columns.cq),
                    "a line that ends before this column",
                    "as many cells as the header has",
                    "the file is not whole: export it again; write N/A where a well has no Cq",
                )
            )
            continue
        role, nominal = _role(table, row, columns, words, mark, reactions.mistakes)
        said = _text(cells, columns.role)
        if said and role is None:
            unsure[_NUMBERED.sub("", said)] += 1
        dye = _text(cells, columns.dye) if len(dyes) > 1 else ""
        reaction = Reaction(
            where=table.where(row, columns.cq),
            block=found.block,
            well=well,
            channel=_text(cells, columns.target) or dye,
            sample=_text(cells, columns.sample) or None,
            role=role,
            nominal=nominal,
        )
        try:
            value = _cq(cells[columns.cq], words, mark)
            reactions.cq(reaction, value, last=last)
            values += [] if value is None else [value]
        except Unreadable as why:
            reactions.mistakes.append(
                Mistake(
                    reaction.where,
                    str(why),
                    "a Cq; nothing or N/A where there is none",
                    "correct the cell, or export the results again",
                )
            )
    if len(values) >= _WHOLE and all(value == int(value) for value in values):
        reactions.mistakes.append(
            Mistake(
                f"{table.top()}, column {table.header[columns.cq]}",
                "nothing but whole numbers",
                "Cq with decimals",
                "the decimals were lost, or their commas taken for separators: export again, with `;` or tabs between "
                "the columns, or as .xlsx",
            )
        )
    if unsure:
        listed = ", ".join(f"{word} ({count})" for word, count in unsure.items())
        yield Ignored(
            f"roles in column {table.header[columns.role or 0]}: {listed}",
            "words that do not say for certain what a well is for; roles come from the layout",
        )


def _text(cells: tuple[Cell, ...], column: int | None) -> str:
    return "" if column is None or blank(cells[column]) else text_of(cells[column])


def _well(
    table: Table, row: int, columns: Columns, words: Words, mistakes: list[Mistake]
) -> str | None:
    name = text_of(table.rows[row][columns.well])
    if is_well(name) or (words.any_name and name):
        return name
    mistakes.append(
        Mistake(
            table.where(row, columns.well),
            f"well {name!r}" if name else "a row without a well",
            "the name of a well" if words.any_name else "a well of a plate (A1, A01)",
            "correct the cell; remove lines that are no part of the table",
        )
    )
    return None


def _role(
    table: Table, row: int, columns: Columns, words: Words, mark: str, mistakes: list[Mistake]
) -> tuple[str | None, float | None]:
    """The role of a row, where it is beyond doubt, and the stated amount of a standard."""
    cells = table.rows[row]
    role = words.roles.get(_NUMBERED.sub("", _text(cells, columns.role).lower()))
    if columns.nominal is None or not (role == "standard" or words.standards_by_amount):
        return role, None
    if blank(cells[columns.nominal]):
        return role, None
    try:
        amount = number_of(cells[columns.nominal], mark)
    except Unreadable as why:
        mistakes.append(
            Mistake(
                table.where(row, columns.nominal),
                str(why),
                "the amount of a standard, or nothing",
                "correct the cell, or export the results again",
            )
        )
        return role, None
    return ("standard" if words.standards_by_amount and amount > 0 else role), amount


def _cq(cell: Cell, words: Words, mark: str) -> float | None:
    """The Cq of a cell, None where it says that there is none. Raises `Unreadable`."""
    if blank(cell) or (isinstance(cell, str) and cell.lower() in words.none):
        return None
    value = number_of(cell, mark)
    return None if value in words.no_cq else value


def unread(table: Table, read: set[int], why: Mapping[str, str]) -> Iterator[Ignored]:
    """The columns that are not among those read, each with its reason by its name in lower case."""
    for index, name in enumerate(table.header):
        if index in read or not (name or any(row[index] != "" for row in table.rows)):
            continue
        what = f"column {name}" if name else f"column {index + 1}, which has no name"
        yield Ignored(what, why.get(name.lower(), "not known to this reader"))
