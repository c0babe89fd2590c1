"""A table of people as somebody hands it in (pasted from Excel, a csv or a workbook): what its
columns are taken for, and what of it has to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exvivo.catalog.spelling import plain
from exvivo.draft.people import donor_heading, group_heading, groups_by_prefix
from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import read_rows
from exvivo.study.decimal_marks import has_decimal_commas
from exvivo.study.headings import Columns
from exvivo.web.people.table import Kind

LARGEST = 8 * 1024 * 1024
"""Bytes of a table that is handed in: 240 people with 100 columns take 0.2 MB."""
_MOST_CELLS = 400_000
_HEADINGS: dict[Kind, Columns] = {
    "donors": Columns(("donor", "group"), ("visit", "age", "sex", "bmi"), open=True),
    "clinic": Columns(("donor",), ("visit",), open=True),
}
_MAY_NAME = frozenset(
    {"name", "firstname", "lastname", "surname", "givenname", "familyname", "patientname"}
    | {"vorname", "nachname", "familienname", "nom", "prenom", "email", "mail", "phone"}
    | {"telephone", "telefon", "mobile", "address", "adresse", "street", "strasse", "postcode"}
    | {"zip", "plz", "birthday", "birthdate", "dateofbirth", "dob", "born", "geburtsdatum"}
    | {"geburtstag", "mrn", "ssn", "insurance", "initials", "initialen", "hospitalid"}
)
"""Headings of what may name a person, without signs."""
_NUMBER = re.compile(r"[+-]?\d[\d.,]*", re.ASCII)
_TWO_WAYS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_SHOWN = 3


@dataclass(frozen=True)
class HandedColumn:
    """A column: its place and heading, a few of its cells, whether it may name a person, whether
    its numbers have decimal commas, and a number of it that can be read in two ways.
    """

    at: int
    heading: str
    examples: tuple[str, ...]
    may_name: bool
    commas: bool
    two_ways: str


@dataclass(frozen=True)
class HandedTable:
    """What was handed in: its columns and the cells of its rows, and what its columns are taken
    for. `lacks_heading` says that none of its headings is a usual one; `separator` parts its cells
    where it is written again.
    """

    kind: Kind
    columns: tuple[HandedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    donor: int
    group: int | None
    visit: int | None
    lacks_heading: bool
    separator: str = ","

    def cells(self, at: int) -> list[str]:
        """The cells of a column."""
        return [row[at] for row in self.rows]

    def words(self, at: int) -> list[str]:
        """Its different cells, in their order."""
        return list(dict.fromkeys(filter(None, self.cells(at))))

    @property
    def begins_with_a_person(self) -> bool:
        """Whether the line that was taken for the headings is that of a person: none of it is a
        usual heading, and some of it is a number, or stands below itself.
        """
        return self.lacks_heading and any(
            _NUMBER.fullmatch(column.heading) or column.heading in self.cells(column.at)
            for column in self.columns
        )

    @property
    def prefixes(self) -> dict[str, str]:
        """The letters before the number of each donor's id, where they may stand for groups."""
        return groups_by_prefix(list(dict.fromkeys(filter(None, self.cells(self.donor)))))


def read_handed(raw: bytes, kind: Kind, *, file: str) -> HandedTable:
    """The table that was handed in. Raises `StudyError` where it is none, or too large."""
    if len(raw) > LARGEST:
        finding = f"more than {LARGEST // 1024**2} MB"
        cure = "hand in the table of the people alone"
        raise StudyError(Mistake(file, finding, "a table of people", cure))
    table = read_rows(raw, file=file, columns=_HEADINGS[kind])
    if len(table.rows) * len(table.header) > _MOST_CELLS:
        finding = f"{len(table.rows)} lines of {len(table.header)} cells"
        cure = "hand in the table of the people alone"
        raise StudyError(Mistake(file, finding, f"at most {_MOST_CELLS} cells", cure))
    if not table.rows:
        cure = "copy the line with the headings and the lines below it"
        raise StudyError(Mistake(file, "no line below the headings", "a line a person", cure))
    rows = tuple(tuple(row[name] for name in table.header) for row in table.rows)
    columns = tuple(
        _column(at, name, [row[at] for row in rows], table.separator)
        for at, name in enumerate(table.header)
    )
    return _taken_for(kind, columns, rows, table.separator)


def _column(at: int, heading: str, cells: Sequence[str], separator: str) -> HandedColumn:
    filled = list(dict.fromkeys(filter(None, cells)))
    numbers = all(_NUMBER.fullmatch(cell) for cell in filled)
    commas = numbers and has_decimal_commas(filled, grouped=separator in (";", "\t"))
    unclear = (cell for cell in filled if numbers and not commas and _TWO_WAYS.fullmatch(cell))
    return HandedColumn(
        at, heading, tuple(filled[:_SHOWN]), may_name(heading), commas, next(unclear, "")
    )


def may_name(heading: str) -> bool:
    """Whether what stands below a heading may name a person.

    >>> may_name("Date of birth"), may_name("Vorname"), may_name("scale name")
    (True, True, False)
    """
    return re.sub(r"[^a-zé]", "", plain(heading)) in _MAY_NAME


def _taken_for(
    kind: Kind,
    columns: tuple[HandedColumn, ...],
    rows: tuple[tuple[str, ...], ...],
    separator: str,
) -> HandedTable:
    headings = [column.heading for column in columns]
    donor = donor_heading(headings) or headings[0]
    group = group_heading([name for name in headings if name != donor])
    visit = "visit" if "visit" in headings else ""
    usual = {donor_heading(headings), group, visit, "age", "sex", "bmi"} - {""}
    return HandedTable(
        kind,
        columns,
        rows,
        headings.index(donor),
        headings.index(group) if group and kind == "donors" else None,
        headings.index(visit) if visit else None,
        not usual & {*headings},
        "," if separator == "," else ";",
    )


def short_id(word: str, taken: Iterable[str] = ()) -> str:
    """A word as the short name of a group: letters, digits, `_`, `.`, `-` and single spaces.

    >>> short_id("Fibromyalgie (FM)"), short_id("?", ["group 1"])
    ('Fibromyalgie FM', 'group 2')
    """
    kept = "".join(sign if sign.isalnum() or sign in "_.-" else " " for sign in word)
    name = " ".join(kept.split())[:60].strip()
    others = set(taken)
    if name and name not in others:
        return name
    numbered = (f"group {n}" for n in range(1, len(others) + 2))
    return next(each for each in numbered if each not in others)
