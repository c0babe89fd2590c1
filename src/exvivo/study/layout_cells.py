"""Cells of a layout as their columns mean them: roles in any case, 1:50 as the factor it is, and
decimal points for decimal commas.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from exvivo.study.csv_rows import Row, Rows
from exvivo.study.decimal_marks import with_points
from exvivo.study.headings import plain
from exvivo.tables import ROLES

_NOMINAL = "nominal:"
_ONE_IN = re.compile(r"1\s?[:/]\s?(\d[\d.,]*)$")
"""A dilution as people write it: one part in so many."""
_ROLES = {plain(role): role for role in ROLES}


def with_plain_cells(table: Rows) -> Rows:
    """The table with its roles, dilutions and numbers in one spelling."""
    rows = tuple(Row(row.where, _plain(row), row.places) for row in table.rows)
    own = [name for name in table.header if name.startswith(_NOMINAL)]
    return with_points(replace(table, rows=rows), ["dilution", "nominal", *own])


def _plain(row: Row) -> dict[str, str]:
    spelled = {name: _SPELLED[name](text) for name, text in row.cells.items() if name in _SPELLED}
    return {**row.cells, **spelled}


def _role(role: str) -> str:
    """A role in the spelling of LAYOUT; a word that is none stays as it is."""
    return _ROLES.get(plain(role), role)


def factor(dilution: str) -> str:
    """A dilution as a factor; what is none stays as it is.

    >>> factor("1:50"), factor("1/2,5"), factor("50"), factor("50x")
    ('50', '2,5', '50', '50x')
    """
    match = _ONE_IN.fullmatch(dilution)
    return match[1] if match else dilution


_SPELLED: dict[str, Callable[[str], str]] = {"role": _role, "dilution": factor}
