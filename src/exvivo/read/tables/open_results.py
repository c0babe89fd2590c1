"""Results that a table leaves open although something was measured: blanks beside a signal, NaN,
and words for a signal beyond the range.

A program writes NaN, *** or nothing where it has no number, and that happens most where the signal
lies beyond the curve. The signal beside (a column MFI, OD, ...) orders such a sample among those
that have a result: above, where none of those with a number or a `<` reaches it or those with a
`>` do not all exceed it; below, the other way round. Where neither or both hold, it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from exvivo.cells.cell import Cell, blank
from exvivo.read.cells.values import CellValue, above, below

MISSING = "missing"
"""What a person writes into a cell of which it is known that nothing was measured."""
_TOO_HIGH = re.compile(
    r"#?(?:over|ovrflw|overflow|sat|saturated|high)|out of range high$", re.IGNORECASE
)
_OPEN = re.compile(r"nan|#num!|\*{2,}|-{3,}|out of range|range\?|oor$", re.IGNORECASE)
SIGNALS = (
    "mfi",
    "median",
    "median mfi",
    "median fi",
    "fi",
    "net mfi",
    "net median",
    "fi bkgd",
    "signal",
    "mean signal",
    "fluorescence",
    "od",
    "absorbance",
    "rfu",
    "rlu",
    "luminescence",
)
"""What a column of signals is called, in lower case, the ones before the others."""
Side = Literal["left", "right"]


def signal_column(names: Sequence[str], but: Iterable[str] = (), *, of: str = "") -> int | None:
    """The column of the signal behind results, by its name: in a wide table that of an analyte
    (`of`).

    >>> signal_column(["Sample", "TNF", "TNF (MFI)"], of="TNF"), signal_column(["OD", "TNF"])
    (2, 0)
    """
    taken = set(but)
    plain: dict[str, int] = {}
    for column, name in enumerate(names):
        rest = name.casefold().replace(of.casefold(), " ", 1) if of else name.casefold()
        if name not in taken and (not of or of.casefold() in name.casefold()):
            plain.setdefault(" ".join(re.findall(r"[a-z]+", rest)), column)
    return next((plain[word] for word in SIGNALS if word in plain), None)


def is_missing(cell: Cell) -> bool:
    """Whether a person wrote that nothing was measured."""
    return isinstance(cell, str) and cell.strip().casefold() == MISSING


def is_too_high(cell: Cell) -> bool:
    """Whether a cell says that the signal was too high, without a bound."""
    return isinstance(cell, str) and _TOO_HIGH.fullmatch(cell.strip()) is not None


def is_open(cell: Cell, signal: float | None) -> bool:
    """Whether a cell holds no result although something was measured: by its words, or by the
    signal beside it.
    """
    if not isinstance(cell, str) or is_missing(cell):
        return False
    says = is_too_high(cell) or _OPEN.fullmatch(cell.strip()) is not None
    return says or (signal is not None and blank(cell))


def says_nothing(cell: Cell, signal: float | None) -> bool:
    """Whether a cell says that nothing was measured, or nothing says anything else."""
    return is_missing(cell) or (blank(cell) and not is_open(cell, signal))


def holds_result(cell: Cell, signal: float | None) -> bool:
    """Whether a cell holds a result, or what should be one."""
    return not says_nothing(cell, signal) and not is_open(cell, signal)


@dataclass
class Beside:
    """The signals beside the results of one analyte that are known: below a bound, with a number,
    above a bound; and the bounds and numbers themselves.
    """

    signals: dict[str, list[float]] = field(
        default_factory=lambda: {"left": [], "none": [], "right": []}
    )
    bounds: dict[str, list[float]] = field(default_factory=lambda: {"left": [], "right": []})
    numbers: list[float] = field(default_factory=list)

    def add(self, value: CellValue, signal: float | None) -> None:
        """One result that is known, and its signal."""
        if signal is not None:
            self.signals[value.censor].append(signal)
        if value.value is not None:
            self.numbers.append(value.value)
        elif value.censor in self.bounds:
            bound = value.upper if value.censor == "left" else value.lower
            self.bounds[value.censor].append(0.0 if bound is None else bound)

    def side(self, signal: float) -> Side | None:
        """Where a sample of this signal lies; None where that is open."""
        left, none, right = (self.signals[name] for name in ("left", "none", "right"))
        is_above = _beyond(signal, [*left, *none], left, right)
        is_below = _beyond(
            -signal, [-x for x in (*none, *right)], [-x for x in right], [-x for x in left]
        )
        if is_above == is_below:
            return None
        return "right" if is_above else "left"

    def bounded(self, side: Side, stated: Mapping[Side, float | None]) -> CellValue | None:
        """A result on that side, at the limit that is stated, else at that of the other results,
        else at the outermost number; None where there is none.
        """
        limit = stated[side]
        if side == "right":
            limits = [limit] if limit is not None else self.bounds["right"]
            ends = [min(limits)] if limits else [max(self.numbers)] if self.numbers else []
            return above(ends[0]) if ends else None
        limits = [limit] if limit is not None else self.bounds["left"]
        positive = [number for number in self.numbers if number > 0]
        ends = [max(limits)] if limits else [min(positive)] if positive else []
        return below(ends[0]) if ends else None


def _beyond(
    signal: float, reached: Sequence[float], near: Sequence[float], far: Sequence[float]
) -> bool:
    """Whether a signal lies beyond all results it could be among (`reached`), or among those that
    are `far` and past all that are `near`; never short of all that are far.
    """
    past = bool(reached) and signal > max(reached)
    among = bool(far) and (not near or signal > max(near))
    return (past or among) and (not far or signal >= min(far))
