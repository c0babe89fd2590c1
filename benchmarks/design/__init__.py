"""One design for every answer, measured: false claims where plates, batches, visits, unequal
spreads and bounds are in the way; laws of the layout; and what it costs.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.design.cells import CELLS, FRESH, QUICK, Cell, Outcome, bar_of, holds, measured
from benchmarks.design.handed import handed
from benchmarks.design.laws import broken_laws
from benchmarks.design.times import times
from benchmarks.row import Row


def rows(*, quick: bool = False) -> list[Row]:
    """What was measured; `quick` draws few studies a cell, and none anew."""
    return [*cells(CELLS, quick=quick), *handed(), *broken_laws(), *times()]


def cells(of: Sequence[Cell], *, quick: bool = False) -> list[Row]:
    """False claims of every cell. One that fails is drawn once more, with 4,000 fresh studies that
    decide.
    """
    outcomes = measured(of, studies=QUICK if quick else 0)
    failed = [i for i, (cell, o) in enumerate(zip(of, outcomes, strict=True)) if not holds(cell, o)]
    if failed and not quick:
        again = measured([of[i] for i in failed], studies=FRESH, fresh=True)
        for i, outcome in zip(failed, again, strict=True):
            outcomes[i] = outcome
    return [row for pair in zip(of, outcomes, strict=True) for row in _rows(*pair)]


def _rows(cell: Cell, outcome: Outcome) -> list[Row]:
    """The row of false claims; those of tempered claims, of studies without an answer and of true
    differences where there are any.
    """
    n = outcome.studies
    bar = f"<= {bar_of(cell, outcome):.4g}"
    found = [Row(what=cell.name, value=outcome.false / n, unit=f"of {n}", bar=bar)]
    if cell.least_answered:
        least = f">= {cell.least_answered:g}"
        answered = 1 - outcome.silent / n
        found.append(Row(what="  of them answered", value=answered, unit=f"of {n}", bar=least))
    beside = {
        "tempered in the sentence": outcome.tempered,
        "not estimable": 0 if cell.least_answered else outcome.silent,
        "supported, and right": outcome.right,
    }
    return found + [
        Row(what=f"  of them {what}", value=count / n, unit=f"of {n}")
        for what, count in beside.items()
        if count
    ]
