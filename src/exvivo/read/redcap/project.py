"""A REDCap project as it was read: every row and column of its export, and every mistake in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from exvivo.errors import Mistake, StudyError
from exvivo.read.redcap.dictionary import Dictionary
from exvivo.read.result import Ignored

CellState = Literal["given", "missing", "not applicable", "unopened"]
"""How an answer is known. `missing`: the form was opened and the field left blank, or a
missing-data code stands in its place. `not applicable`: branching logic hides the field.
`unopened`: the form was never opened in this row, or has no place in it: missing for that reason.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer: how it is known, its value in the raw coding (`1`, `25.2`, `2026-03-20`; numbers
    with a decimal point, whatever the field's validation; empty unless given), and the missing-data
    code that stands in its place (`-99`; empty without one).
    """

    state: CellState
    value: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the export. `record` is the record's id; where that is marked Identifier, it is
    `record 1`, `record 2` and so on in the order of the file, and the id is nowhere.

    `event` is its unique name (empty where the project has no events), `form` the repeating form it
    is a row of (empty for a row of the record, and of an event that repeats), `instance` its number
    (0 where nothing repeats), `access_group` the data access group.
    """

    line: int
    record: str
    event: str = ""
    form: str = ""
    instance: int = 0
    access_group: str = ""


class Place(NamedTuple):
    """A form of one record at one event."""

    record: str
    event: str
    form: str


@dataclass(frozen=True)
class Project:
    """A REDCap project, read.

    `columns` are the cells of each column of a raw export (`hads1`, `wpi___3`, `hads_complete`,
    `hads_timestamp`), one for each of `rows`, in the order of the dictionary whatever the order of
    the file. A field that is marked Identifier, the day of birth and the survey identifier have no
    column here, nor has the record's id. `ages` are whole years on the day of the visit, by row;
    None where it is not known.

    `donors` are the names that donors have at the bench, by record: of the links table, else of the
    field `donor` of study.yaml, else the record's id. It is empty where that is marked Identifier
    and no links table is there.

    `counted` are the rows (positions in `rows`) whose answers count for a form of a record at an
    event: one, or several whose mean is taken. A form that has no row there, or was never opened,
    is not among them. `unread` are the rows none of whose forms counts, each with the reason.
    `ignored` is what was not read; `mistakes` what has to be corrected, all of it: a project that
    has any is not to be used.
    """

    dictionary: Dictionary
    rows: tuple[Row, ...]
    columns: Mapping[str, tuple[Cell, ...]]
    donors: Mapping[str, str] = field(default_factory=dict)
    ages: tuple[int | None, ...] = ()
    counted: Mapping[Place, tuple[int, ...]] = field(default_factory=dict)
    unread: Mapping[int, str] = field(default_factory=dict)
    ignored: tuple[Ignored, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def answer(self, record: str, event: str, column: str) -> Cell:
        """The answer of a column that counts for a record at an event: of one row, or the mean of
        the numbers given in several. Where the form has no row that counts it is not applicable
        where branching logic hides it, else unopened.
        """
        rows = self.counted.get(Place(record, event, self._forms[column]), ())
        cells = [self.columns[column][at] for at in rows]
        if not cells:
            return self._never_opened(record, event, column)
        if len(cells) == 1:
            return cells[0]
        given = [float(cell.value) for cell in cells if cell.state == "given"]
        return Cell("given", repr(sum(given) / len(given))) if given else cells[0]

    def _never_opened(self, record: str, event: str, column: str) -> Cell:
        """The answer of a form that was never opened: it need not be where it is hidden."""
        at = self._base.get((record, event))
        hidden = at is not None and self.columns[column][at].state == "not applicable"
        return Cell("not applicable" if hidden else "unopened")

    @cached_property
    def _base(self) -> Mapping[tuple[str, str], int]:
        """The row of each record and event that is of no repeating form."""
        rows = enumerate(self.rows)
        return {(row.record, row.event): at for at, row in rows if not row.form}

    @cached_property
    def _forms(self) -> Mapping[str, str]:
        """The form of each column."""
        forms = {name: field.form for name, field in self.dictionary.by_column.items()}
        for form in self.dictionary.forms:
            forms |= {f"{form}_complete": form, f"{form}_timestamp": form}
        return forms

    def sound(self) -> Project:
        """The project itself. Raises `StudyError` with every mistake."""
        if self.mistakes:
            raise StudyError(self.mistakes)
        return self
