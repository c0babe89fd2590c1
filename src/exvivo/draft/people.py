"""The donors of a study: from a table that the laboratory keeps, and from the sample names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.sources import ABSENT, content_of, trouble_of
from exvivo.study.csv_rows import Rows, read_rows
from exvivo.study.headings import Columns

_DONOR = (
    *("donor", "donors", "donor id", "donor_id", "patient", "patient id", "patient_id", "subject"),
    *("subject id", "subject_id", "participant", "proband", "id", "code", "pseudonym", "record_id"),
)
_GROUP = (
    *("group", "groups", "gruppe", "diagnosis", "diagnose", "cohort", "kohorte", "arm", "disease"),
    *("status", "case_control", "patient group", "study group"),
)
_SCALE = re.compile(
    r"(vas|nrs|hads|das28|das|bdi|bai|phq|gad|fiq|sf-?(?:12|36)|qol|eq-?5d|psqi|pain|fss|haq)"
    r"([ _-].*|\d*)",
    re.IGNORECASE,
)
"""Columns that people call after a questionnaire or score."""
_PREFIX = re.compile(r"([A-Za-z]+)[ _.-]?\d+")
_OF_PEOPLE = Columns(("donor", "group"), ("visit",), open=True)
"""By which the header is told from titles above it."""
_MOST_GROUPS = 6
_FEWEST_OF_A_GROUP = 2


@dataclass(frozen=True)
class People:
    """A table of donors: `group` names the column that holds the groups (empty: none), and the
    rows hold its cells by header, the donor as `donor`.
    """

    file: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()
    group: str = ""
    repeated: tuple[str, ...] = field(default=())

    @property
    def donors(self) -> list[str]:
        """The donors, in the order of the table."""
        return [row["donor"] for row in self.rows]

    @property
    def groups(self) -> dict[str, str]:
        """The group of each donor, where a column holds it."""
        return {row["donor"]: row[self.group] for row in self.rows} if self.group else {}

    @property
    def scales(self) -> list[str]:
        """Columns that are called as scores of questionnaires are."""
        return [name for name in self.columns if _SCALE.fullmatch(name)]


def read_people(path: Path, *, several: bool = False) -> People:
    """A table of donors, csv or xlsx: one row a donor, or `several` (visits). Raises `StudyError`
    where it is none.
    """
    table = _table_of(path)
    header = table.header
    donor = _first_called(header, _DONOR) or header[0]
    every = [_row(row.cells, donor) for row in table.rows]
    filled = [row for row in every if row["donor"]]
    columns = tuple(name for name in header if name and name != donor)
    return People(
        path.name,
        ("donor", *columns) if several else columns,
        tuple(filled if several else _first_rows(filled)),
        _first_called(columns, _GROUP),
        tuple(_repeated(filled)),
    )


def _table_of(path: Path) -> Rows:
    """The table of a file, whatever stands above its header. Raises `StudyError` where there is
    none.
    """
    if why := trouble_of(path):
        cure = "name the table of your donors" if why == ABSENT else "make it readable"
        raise StudyError(Mistake(str(path), why.finding, "a csv or xlsx table of donors", cure))
    return read_rows(content_of(path, path.name).raw, file=path.name, columns=_OF_PEOPLE)


def _first_rows(rows: Sequence[Mapping[str, str]]) -> Iterable[Mapping[str, str]]:
    """The first row of each donor."""
    first: dict[str, Mapping[str, str]] = {}
    for row in rows:
        first.setdefault(row["donor"], row)
    return first.values()


def _repeated(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The donors that have several rows."""
    counts = Counter(row["donor"] for row in rows)
    return [name for name, count in counts.items() if count > 1]


def _row(cells: Mapping[str, str], donor: str) -> dict[str, str]:
    """A row by its columns, the donor's id as `donor`."""
    row = dict(cells)
    return {"donor": " ".join(row.pop(donor).split()), **row}


def donor_heading(header: Sequence[str]) -> str:
    """The column that is called as donors usually are; empty where there is none."""
    return _first_called(header, _DONOR)


def group_heading(header: Sequence[str]) -> str:
    """The column that is called as groups usually are; empty where there is none."""
    return _first_called(header, _GROUP)


def _first_called(header: Sequence[str], usual: Iterable[str]) -> str:
    """The column with the first of some usual names; empty where there is none."""
    by_name = {name.casefold(): name for name in reversed(header)}
    return next((by_name[name] for name in usual if name in by_name), "")


def groups_by_prefix(donors: Sequence[str]) -> dict[str, str]:
    """The letters before the number of each donor's id, where they may stand for groups: a few,
    of two donors or more; nothing otherwise.

    >>> groups_by_prefix(["RA01", "RA02", "HD1", "HD2"])["HD2"], groups_by_prefix(["P1", "P2"])
    ('HD', {})
    """
    prefixes = {donor: match[1] for donor in donors if (match := _PREFIX.fullmatch(donor))}
    sizes = [list(prefixes.values()).count(prefix) for prefix in set(prefixes.values())]
    plain = len(prefixes) == len(donors) and 1 < len(sizes) <= _MOST_GROUPS
    return prefixes if plain and min(sizes) >= _FEWEST_OF_A_GROUP else {}
