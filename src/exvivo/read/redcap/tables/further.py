"""Donors who are not in a REDCap project: those of a donors.csv beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.sources import Sources
from exvivo.study.csv_rows import read_rows
from exvivo.study.files import DONORS_FILE, table_file


@dataclass(frozen=True)
class Further:
    """The cells of further donors, and what is to fix."""

    rows: tuple[Mapping[str, str], ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def further_donors(sources: Sources, donors: Collection[str]) -> Further:
    """The donors of donors.csv, where there is one; none of them may be one of `donors` of the
    project.
    """
    try:
        file = table_file(sources, DONORS_FILE)
        if not sources.is_there(file):
            return Further()
        table = read_rows(sources.read(file).raw, file=file)
    except (ReadError, StudyError) as error:
        return Further(mistakes=error.mistakes)
    if mistakes := tuple(table.lacking("donor", "group")):
        return Further(mistakes=mistakes)
    finding, expected = "a donor of the REDCap project", f"each donor in one of {file} and REDCap"
    twice = [
        row.mistake(finding, expected, "remove one of the two", column="donor")
        for row in table.rows
        if row["donor"] in donors
    ]
    named = (dict(row.cells) for row in table.rows if row["donor"] not in donors)
    return Further(tuple(named), tuple(twice))
