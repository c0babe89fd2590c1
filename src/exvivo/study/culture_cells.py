"""Cells of cultures.csv that can be read in two ways: words among numbers, days in several forms,
one batch or operator in two spellings. All of a column are asked about at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from exvivo.errors import Mistake
from exvivo.study.csv_rows import Row, Rows
from exvivo.study.days import day_of
from exvivo.study.entry import Mistakes
from exvivo.study.unknown import number_of
from exvivo.words import listed, shortened

_DAYS = ("drawn", "stimulated")
_TOGETHER = ("batch", "operator")
_SHOWN = 6
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST_SHARE = 1.0


def viability_of(cell: str) -> float | None:
    """The percentage a cell states, with or without its sign; None where it states none.

    >>> viability_of("97 %"), viability_of("n/a")
    (97.0, None)
    """
    return number_of(cell.removesuffix("%").strip())


def culture_cell_mistakes(table: Rows, missing: Callable[[str], bool]) -> Mistakes:
    """What can be read in two ways in the columns that a table of cultures has; `missing` says of a
    cell whether it is declared as not known.
    """
    filled = {
        name: [row for row in table.rows if row[name] and not missing(row[name])]
        for name in table.header
    }
    yield from _viabilities(filled.get("viability", []))
    yield from _densities(filled.get("density", []))
    for name in _DAYS:
        yield from _days(filled.get(name, []), name)
    for name in _TOGETHER:
        yield from _spelled_twice(filled.get(name, []), name)


def _question(rows: list[Row], column: str, expected: str, cure: str) -> Mistake:
    """One mistake of all the cells of a column that are asked about."""
    cells = [f"{row[column]} ({row['culture']})" for row in rows]
    return rows[0].mistake(f"{column} {shortened(cells, _SHOWN)}", expected, cure)


def _viabilities(rows: list[Row]) -> Mistakes:
    """Viabilities that are no number, and shares among percentages."""
    if words := [row for row in rows if viability_of(row["viability"]) is None]:
        cure = "write the number, or leave the cell empty where it is not known"
        yield _question(words, "viability", "a percentage (95)", cure)
    shares = [row for row in rows if _is_share(viability_of(row["viability"]))]
    if 0 < len(shares) < len(rows) - len(words):
        cure = "write percentages: 93 for 0.93"
        yield _question(shares, "viability", "percentages, as the other cultures have", cure)


def _is_share(viability: float | None) -> bool:
    return viability is not None and 0 < viability <= _LARGEST_SHARE


def _densities(rows: list[Row]) -> Mistakes:
    """Densities without a digit among others with one."""
    words = [row for row in rows if not any(map(str.isdigit, row["density"]))]
    if 0 < len(words) < len(rows):
        cure = "write the number, or leave the cell empty where it is not known"
        yield _question(words, "density", "cells in a well or volume, as the others have", cure)


def _days(rows: list[Row], column: str) -> Mistakes:
    """Days in several forms, or among days something that is none."""
    plain = [row for row in rows if _ISO.fullmatch(row[column]) and day_of(row[column])]
    others = [row for row in rows if row not in plain]
    read = [row for row in others if day_of(row[column])]
    if (plain or read) and others and (plain or len(read) < len(others)):
        odd = others if plain else [row for row in others if row not in read]
        cure = "write year-month-day for all of them: 2026-03-20"
        yield _question(odd, column, "days in one form that can be read in one way", cure)


def _spelled_twice(rows: Iterable[Row], column: str) -> Mistakes:
    """One name in two spellings: it would be two."""
    spelled: dict[str, dict[str, Row]] = {}
    for row in rows:
        plain = "".join(filter(str.isalnum, row[column].casefold())) or row[column]
        spelled.setdefault(plain, {}).setdefault(row[column], row)
    for names in spelled.values():
        if len(names) > 1:
            first, *others = names
            finding = f"{column} {listed(names)}"
            yield names[others[0]].mistake(finding, "one spelling of a name", f"write `{first}`")
