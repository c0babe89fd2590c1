"""Values row by row, in arrays: what a step of the logic takes and gives.

A value is unknown, blank, a number or a text. A condition is -1 false, 0 not known or 1 true, so
that `and` is the smaller and `or` the greater of two (Kleene's logic of three values).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from exvivo.arrays import Floats

Conditions: TypeAlias = NDArray[np.int8]
Kinds: TypeAlias = NDArray[np.int8]
Bools: TypeAlias = NDArray[np.bool_]
Objects: TypeAlias = NDArray[Any]

UNKNOWN, BLANK, NUMBER, TEXT = range(4)
FALSE, NOT_KNOWN, TRUE = -1, 0, 1

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Values:
    """One value a row (or one for all rows: length 1). `number` is NaN where `kind` is no NUMBER;
    `text` is empty for a number without quotes or of a calculation.
    """

    kind: Kinds
    number: Floats
    text: Objects


def values_of(texts: Sequence[str | None], *, box: bool = False) -> Values:
    """Texts of an export, at least one. None is unknown; a blank box of a checkbox counts as 0.

    Each different text is read once.
    """
    places: dict[str | None, int] = {text: place for place, text in enumerate(set(texts))}
    kind, number, text = zip(*(_parsed(each, box) for each in places), strict=True)
    row = np.fromiter(map(places.__getitem__, texts), np.intp, len(texts))
    return Values(
        np.array(kind, np.int8)[row], np.array(number, float)[row], np.array(text, object)[row]
    )


def _parsed(text: str | None, box: bool) -> tuple[int, float, str]:
    if text is None:
        return UNKNOWN, np.nan, ""
    if text.strip() in ("", "NaN"):
        return (NUMBER, 0.0, "0") if box else (BLANK, np.nan, "")
    if _NUMBER.fullmatch(text):
        return NUMBER, float(text), text
    return TEXT, np.nan, text


def numbers(values: Floats, *, where: Bools, blank: Bools | None = None) -> Values:
    """Calculated numbers where they hold and are finite; blank or unknown elsewhere."""
    holds = where & np.isfinite(values)
    kind = np.where(holds, NUMBER, UNKNOWN)
    if blank is not None:
        kind = np.where(blank, BLANK, kind)
    number = np.where(kind == NUMBER, values, np.nan)
    return Values(kind.astype(np.int8), number, np.full(number.shape, "", object))


def conditions(true: Bools, *, known: Bools) -> Conditions:
    """Conditions: true or false where known."""
    return np.where(known, np.where(true, TRUE, FALSE), NOT_KNOWN).astype(np.int8)
