"""Evaluates logic over the rows of an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exvivo.read.redcap.logic.steps import Field, Logic

Texts: TypeAlias = Sequence[str | None]
"""The values of a field, one a row: as a raw export writes them; the decimal comma of a comma field
already as a point. "" is blank (of a checkbox: not ticked). None is not known: a missing-data code,
a form that was never opened where that matters, a column that is not in the export."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a calculated field should hold in a row: a number, blank, or not known."""

    known: bool
    number: float | None
    """None where it is blank or not known."""

    def agrees(self, stored: str) -> bool | None:
        """Does a stored value agree? None where the calculation is not known."""
        raise NotImplementedError


def visible(logic: Logic, columns: Mapping[Field, Texts], rows: int) -> list[bool | None]:
    """Row by row: True shown, False hidden, None not known. A field without a column is not known.

    `[event][field]` is a column of its own: the value of that event in the record of each row.
    """
    raise NotImplementedError


def calculated(logic: Logic, columns: Mapping[Field, Texts], rows: int) -> list[Calculated]:
    """Row by row, what the calculation gives."""
    raise NotImplementedError
