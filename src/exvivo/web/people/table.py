"""A table of people as it stands in the study folder: its columns, and its rows with the key and
the line of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exvivo.errors import StudyError
from exvivo.sources import Sources
from exvivo.study import Study
from exvivo.study.csv_rows import Located, locate
from exvivo.study.files import CLINIC_FILE, DONORS_FILE, table_file, table_of
from exvivo.study.headings import Columns
from exvivo.study.load import read_study_file
from exvivo.study.questionnaires import answer_columns

Kind = Literal["donors", "clinic"]
"""Which table: who the people are, or what they answered."""
FILES: dict[Kind, str] = {"donors": DONORS_FILE, "clinic": CLINIC_FILE}
BETWEEN = "\t"
"""What parts the donor and the visit in the key of a row."""
_SHOWN_BETWEEN = "\u2409"
"""How a page shows it: no control character reaches one."""
_USUAL = ("age", "sex", "bmi")


@dataclass(frozen=True)
class PersonRow:
    """A row: its key (the donor; in a table with visits the donor and the visit), its line in the
    file, and its cells in the order of the header.
    """

    key: str
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class PeopleTable:
    """A table of the study folder: the name of its file, its bytes, header and rows. A workbook is
    not changed cell by cell.
    """

    kind: Kind
    file: str
    raw: bytes
    header: tuple[str, ...]
    rows: tuple[PersonRow, ...]
    is_workbook: bool

    @property
    def donors(self) -> tuple[str, ...]:
        """The donors, each once, in the order of the table."""
        at = self.header.index("donor") if "donor" in self.header else 0
        return tuple(dict.fromkeys(row.cells[at] for row in self.rows if row.cells[at]))

    def words(self, column: str) -> list[str]:
        """The different cells of a column, in the order of the table."""
        at = self.header.index(column)
        return list(dict.fromkeys(row.cells[at] for row in self.rows if row.cells[at]))

    def row(self, key: str) -> PersonRow | None:
        """The row of a key; None where there is none."""
        return next((row for row in self.rows if row.key == key), None)


def columns_of(kind: Kind, study: Study | None) -> Columns:
    """The columns that a table is known to have: those of clinic.csv are its scales and items."""
    if kind == "donors":
        return Columns(("donor", "group"), _USUAL, open=True)
    asked = tuple(column.name for column in answer_columns(study)) if study else ()
    return Columns(("donor", *asked), ("visit",))


def declared(folder: Path) -> Study | None:
    """What study.yaml declares; None where something in it is to fix."""
    try:
        return read_study_file(folder)[0]
    except StudyError:
        return None


def people_table(folder: Path, kind: Kind, study: Study | None = None) -> PeopleTable | None:
    """A table of the study folder; None where it is not there. Raises `StudyError` where it is no
    table, or is there twice.
    """
    sources = Sources(folder)
    file = table_file(sources, FILES[kind])
    if not sources.is_there(file):
        return None
    raw = table_of(sources, file)
    return table_in(raw, kind, file=file, study=study)


def table_in(raw: bytes, kind: Kind, *, file: str, study: Study | None = None) -> PeopleTable:
    """The table of a file, by its bytes. Raises `StudyError` where it is none."""
    located, _ = locate(raw, file=file, columns=columns_of(kind, study))
    return PeopleTable(
        kind,
        file,
        raw,
        located.header,
        tuple(_rows(located, kind)),
        bool(located.sheet.name),
    )


def _rows(located: Located, kind: Kind) -> Iterator[PersonRow]:
    for line, cells in zip(located.lines, located.texts, strict=True):
        by_column = dict(zip(located.header, cells, strict=True))
        yield PersonRow(key_of(by_column, kind), line, cells)


def shown_key(key: str) -> str:
    """The key of a row as a page has it."""
    return key.replace(BETWEEN, _SHOWN_BETWEEN)


def sent_key(text: str) -> str:
    """The key of a row that a page sent."""
    return text.replace(_SHOWN_BETWEEN, BETWEEN)


def key_of(cells: Mapping[str, str], kind: Kind) -> str:
    """The key of a row by its cells."""
    donor = cells.get("donor", "")
    has_visits = kind == "clinic" and "visit" in cells
    return f"{donor}{BETWEEN}{cells['visit']}" if has_visits else donor
