"""Signals too high or too low to be read. A reader that overflows states no bound, but its other
signals do: what it could not read lies beyond all that it could, in the same reading and analyte.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

from exvivo.cells.cell import Cell
from exvivo.read.cells.values import CellValue

UNKNOWN = CellValue(censor="interval", lower=-math.inf, upper=math.inf)
"""Something was read and is no number: it may be anything."""

_TOO_HIGH = re.compile(r"(?:#?(?:over|ovrflw|overflow|sat|saturated)|#high|\*{3,})$", re.IGNORECASE)
_TOO_LOW = re.compile(r"#low|#?(?:under|undrflw|underflow)$", re.IGNORECASE)


def is_overflow(cell: Cell) -> bool:
    """Whether a cell says that the signal was too high to be read, without a bound."""
    return isinstance(cell, str) and _TOO_HIGH.match(cell) is not None


def is_underflow(cell: Cell) -> bool:
    """Whether a cell says that the signal was too low to be read, without a bound."""
    return isinstance(cell, str) and _TOO_LOW.match(cell) is not None


def no_number(cell: Cell) -> bool:
    """Whether a program wrote that a number could not be had (NaN): it had read something."""
    return isinstance(cell, str) and cell.strip().lower() in ("nan", "#num!")


def with_bounds(values: Sequence[CellValue], readings: Sequence[Hashable]) -> list[CellValue]:
    """Values in which each word for a signal out of range (`words`) has the bound that the other
    signals of its reading give; nothing where there are none. `readings` says which belong
    together.
    """
    read: dict[Hashable, list[float]] = {}
    for reading, each in zip(readings, values, strict=True):
        if each.value is not None:
            read.setdefault(reading, []).append(each.value)
    return [
        _bounded(each, read.get(reading, [])) if each.words else each
        for reading, each in zip(readings, values, strict=True)
    ]


def _bounded(signal: CellValue, read: Sequence[float]) -> CellValue:
    if not read:
        return signal
    if is_underflow(signal.words):
        return replace(signal, censor="left", upper=min(read))
    return replace(signal, censor="right", lower=max(read))
