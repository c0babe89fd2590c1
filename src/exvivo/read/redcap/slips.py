"""The mistakes of one export: each with its line and column, one for a cell, none that follows from
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake
from exvivo.words import shortened

_HEADER = -1


@dataclass
class Slips:
    """Gathers the mistakes of an export. `lines` are those of its rows.

    `unsure` are the cells (row, column) whose value is not known because something is wrong with
    it: nothing is said of what depends on them. `unplaced` are the rows that belong to no known
    record, event or form.
    """

    file: str
    lines: Sequence[int]
    unsure: set[tuple[int, str]] = field(default_factory=set)
    unplaced: set[int] = field(default_factory=set)
    _gathered: list[tuple[int, int, Mistake]] = field(default_factory=list)

    def of_cell(
        self, row: int, columns: str | Sequence[str], found: str, expected: str, cure: str
    ) -> None:
        """A mistake in a cell, or in several of one row; none where one of them has one already."""
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        if any((row, name) in self.unsure for name in names):
            return
        self.unsure.update((row, name) for name in names)
        word = "column" if len(names) == 1 else "columns"
        self._add(row, f" {word} {shortened(names)}", found, expected, cure)

    def of_row(self, row: int, found: str, expected: str, cure: str) -> None:
        """A mistake of a whole row."""
        self._add(row, "", found, expected, cure)

    def of_header(self, column: str, found: str, expected: str, cure: str) -> None:
        """A mistake of a column as a whole."""
        place = f" column {column}" if column else ""
        where = f"{self.file}:1{place}"
        self._append(_HEADER, Mistake(where, found, expected, cure))

    def take(self, mistakes: Iterable[Mistake]) -> None:
        """Mistakes of other files, or of the whole."""
        for mistake in mistakes:
            self._append(_HEADER, mistake)

    def mistakes(self) -> tuple[Mistake, ...]:
        """All of them, line by line."""
        return tuple(mistake for _, _, mistake in sorted(self._gathered, key=lambda one: one[:2]))

    def _add(self, row: int, place: str, found: str, expected: str, cure: str) -> None:
        where = f"{self.file}:{self.lines[row]}{place}"
        self._append(row, Mistake(where, found, expected, cure))

    def _append(self, row: int, mistake: Mistake) -> None:
        self._gathered.append((row, len(self._gathered), mistake))
