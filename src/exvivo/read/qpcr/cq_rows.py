"""A table with one Cq a row: its rows to reactions, for every format that has such a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from exvivo.cells.cell import Cell, blank, filled_text, text_of
from exvivo.cells.messages import read_error
from exvivo.cells.text import Unreadable
from exvivo.read.cells.located import Export, IsHeader, LocatedTable, is_well, locate_tables
from exvivo.read.cells.table import Table
from exvivo.read.cells.values import number_of
from exvivo.read.qpcr.shared import OMITTED_AND_KEPT, Reaction, Reactions
from exvivo.read.result import Ignored, Request
from exvivo.words import shortened

_WHOLE = 6
"""Cq that cannot all be whole numbers by chance."""
_NUMBERED = re.compile(r"[\s_-]*[0-9]+$")
_CORRECT = "correct the cell, or export the results again"


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a table keeps what, as column numbers; None where it has no such column.

    `dye` names the reaction where the target is blank and the table holds several dyes. `nominal`
    is the amount of a standard; `omit` marks the wells that a person left out.
    """

    well: int
    cq: int
    target: int | None = None
    dye: int | None = None
    sample: int | None = None
    role: int | None = None
    nominal: int | None = None
    omit: int | None = None

    def indices(self) -> set[int | None]:
        """The columns that are read, and None where one is not there."""
        named = (self.target, self.dye, self.sample, self.role, self.nominal, self.omit)
        return {self.well, self.cq, *named}


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a format writes things.

    `none`: words (in lower case) for no Cq, beside blanks; `no_cq`: numbers for it. `roles`: its
    words (in lower case, without a number at the end) for roles beyond doubt. `any_name`: wells may
    have any name. `standards_by_amount`: a row with an amount above 0 is a standard. `omitted`: its
    words (in lower case) for a well that a person left out.
    """

    none: frozenset[str] = frozenset()
    no_cq: tuple[float, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    any_name: bool = False
    standards_by_amount: bool = False
    omitted: frozenset[str] = frozenset()


@dataclass
class CqRows:
    """The rows of a table of Cq while they become reactions.

    `mark` is the decimal mark of the file, `last` the last cycle where the file states it.
    """

    located: LocatedTable
    columns: Columns
    words: Words
    reactions: Reactions
    mark: str
    last: float | None = None
    _open_roles: Counter[str] = field(default_factory=Counter)
    _detected: list[float] = field(default_factory=list)
    _kept: list[str] = field(default_factory=list)

    def read(self) -> Iterator[Ignored]:
        """Gather the Cq of every row; yields the role words that say nothing for certain, and the
        wells that a person left out and that have a Cq.
        """
        for row in range(len(self.table.rows)):
            self._row(row)
        self._check_decimals()
        yield from self._roles_not_read()
        yield from self._omitted_and_kept()

    def _omitted_and_kept(self) -> Iterator[Ignored]:
        """The marks of wells that a person left out and that have a Cq."""
        if self._kept:
            what = f"omission marks ({len(self._kept)})"
            yield Ignored(what, f"{OMITTED_AND_KEPT}: {shortened(self._kept)}")

    def _roles_not_read(self) -> Iterator[Ignored]:
        """The role words that say nothing for certain, with how often each stands there."""
        if self._open_roles:
            yield Ignored(
                f"roles in column {self.table.header[self.columns.role or 0]}: "
                f"{_with_counts(self._open_roles)}",
                "words that do not say for certain what a well is for; roles come from the layout",
            )

    @property
    def table(self) -> Table:
        """The table whose rows they are."""
        return self.located.table

    def _row(self, row: int) -> None:
        well = self._well(row)
        if well and self._is_whole(row):
            self._cq(self._reaction(row, well), row)

    def _where_cq(self, row: int) -> str:
        return self.table.where(row, self.columns.cq)

    def _is_whole(self, row: int) -> bool:
        """Whether a row reaches its Cq; a mistake where not."""
        is_whole = self.located.reaches(row, self.columns.cq)
        if not is_whole:
            self.reactions.complain(
                self._where_cq(row),
                "a line that ends before this column",
                "as many cells as the header has",
                "the file is not whole: export it again; write N/A where a well has no Cq",
            )
        return is_whole

    def _well(self, row: int) -> str:
        """The well of a row; empty, and a mistake, where it names none."""
        name, any_name = text_of(self.table.rows[row][self.columns.well]), self.words.any_name
        if is_well(name) or (any_name and name):
            return name
        self.reactions.complain(
            self.table.where(row, self.columns.well),
            f"well {name!r}" if name else "a row without a well",
            "the name of a well" if any_name else "a well of a plate (A1, A01)",
            "correct the cell; remove lines that are no part of the table",
        )
        return ""

    def _reaction(self, row: int, well: str) -> Reaction:
        role, nominal = self._role(row)
        return Reaction(
            where=self._where_cq(row),
            block=self.located.block,
            well=well,
            channel=self._channel(row),
            sample=self._text(row, self.columns.sample),
            role=role,
            nominal=nominal,
        )

    def _channel(self, row: int) -> str:
        """The target; where none is named, the dye if the table has several."""
        dye = self._text(row, self.columns.dye) if len(self._dyes) > 1 else ""
        return self._text(row, self.columns.target) or dye

    @cached_property
    def _dyes(self) -> set[str]:
        dye = self.columns.dye
        return set() if dye is None else {text_of(cells[dye]) for cells in self.table.rows}

    def _text(self, row: int, column: int | None) -> str:
        return "" if column is None else filled_text(self.table.rows[row][column])

    def _role(self, row: int) -> tuple[str | None, float | None]:
        """The role of a row, where it is beyond doubt, and the stated amount of a standard."""
        word = _NUMBERED.sub("", self._text(row, self.columns.role))
        role = self.words.roles.get(word.lower())
        by_amount = self.words.standards_by_amount
        amount = self._amount(row) if by_amount or role == "standard" else None
        if by_amount and amount and amount > 0:
            role = "standard"
        if word and role is None:
            self._open_roles[word] += 1
        return role, amount

    def _amount(self, row: int) -> float | None:
        """The amount a row states; None where it states none."""
        column = self.columns.nominal
        if column is None or blank(self.table.rows[row][column]):
            return None
        expected = "the amount of a standard, or nothing"
        return self.reactions.number(self.table, row, column, self.mark, expected, _CORRECT)

    def _is_omitted(self, row: int) -> bool:
        return self._text(row, self.columns.omit).lower() in self.words.omitted

    def _cq(self, reaction: Reaction, row: int) -> None:
        try:
            value = self._cq_of(self.table.rows[row][self.columns.cq])
        except Unreadable as why:
            expected = "a Cq; nothing or N/A where there is none"
            self.reactions.complain(reaction.where, str(why), expected, _CORRECT)
            return
        is_omitted = self._is_omitted(row)
        if value is None and is_omitted:
            self.reactions.leave_out(reaction)
            return
        self.reactions.cq(reaction, value, last=self.last)
        self._kept += [reaction.name] * is_omitted
        if value is not None:
            self._detected.append(value)

    def _cq_of(self, cell: Cell) -> float | None:
        """The Cq of a cell, None where it says that there is none. Raises `Unreadable`."""
        if filled_text(cell).lower() in {"", *self.words.none}:
            return None
        value = number_of(cell, self.mark)
        return None if value in self.words.no_cq else value

    def _check_decimals(self) -> None:
        """Refuse Cq that are all whole numbers: their decimals were lost."""
        if _are_rounded(self._detected):
            self.reactions.complain(
                f"{self.table.top()}, column {self.table.header[self.columns.cq]}",
                "nothing but whole numbers",
                "Cq with decimals",
                "the decimals were lost, or their commas taken for separators: export again, "
                "with `;` or tabs between the columns, or as .xlsx",
            )


def _with_counts(words: Counter[str]) -> str:
    """Words, each with how often it stands there."""
    return ", ".join(f"{word} ({count})" for word, count in words.items())


def _are_rounded(cqs: Sequence[float]) -> bool:
    """Whether so many Cq are whole numbers, without an exception, that no chance explains it."""
    return len(cqs) >= _WHOLE and all(cq == int(cq) for cq in cqs)


def tables_of(
    raw: bytes, request: Request, is_header: IsHeader, none: tuple[str, str, str]
) -> Export:
    """The tables of a file. Raises `ReadError` with `none` (finding, expected, cure) for a file
    without any.
    """
    export = locate_tables(raw, request.source, is_header)
    if not export.tables:
        raise read_error(request.source, *none)
    return export


def place_of(names: Sequence[str], *wanted: str) -> int | None:
    """The first column with the first of these names that is there."""
    return next((names.index(name) for name in wanted if name in names), None)


def beside_tables(
    export: Export, labels: Sequence[str], why_lines: str, why_sheets: str
) -> Iterator[Ignored]:
    """The lines above the tables by their labels, and the sheets without a table, with reasons."""
    if labels:
        yield Ignored(f"{len(labels)} lines above the table", f"{why_lines}: {shortened(labels)}")
    for name in export.others:
        yield Ignored(f"sheet {name}", why_sheets)


def labels_above(export: Export) -> list[str]:
    """What the lines above the tables begin with."""
    labels: list[str] = []
    for located in export.tables:
        labels += located.first_words_above()
    return labels


def amounts_checked(table: Table, columns: Columns, cq: str = "Cq") -> Iterator[Ignored]:
    """The column of amounts, which are held against the Cq and go no further."""
    if columns.nominal is not None:
        yield Ignored(
            f"column {table.header[columns.nominal]}",
            f"amounts come from the plate layout; those of standards were held against their {cq}",
        )
