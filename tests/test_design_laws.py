"""One design for every answer: what plates, batches and visits do to all of their results changes
nothing, a bound says less than a value, and few of the cells of `python -m benchmarks design`.

The laws and cells are those of the benchmark, which holds far more of them.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.design.cells import CELLS, highest, outcome
from benchmarks.design.laws import CASES, Broken, Law, broken

CASE_NAMES = [f"{law.name}, {100 * share:g} %" for law, share in CASES]
SEEDED = {cell.name: cell for cell in CELLS}
FEW = (
    ("flip: the same, one result of 24 marked <", 12),
    ("simpson as treatment: claims 'higher'", 12),
    ("treatment, exposure 80/20 over two plates SD .5", 12),
    ("association, a score drifting over three plates", 12),
    ("repeated measures, drift that all 14 share over 3 visits", 12),
    ("repeated measures, slopes that differ, 8 donors, 5 visits", 12),
    ("plate x stimulus SD .3, 80/20, 40 v 40 on 2 plates", 8),
)
"""Cells that went wrong in 23 to 100 % of studies, and how many studies are asked here."""


@pytest.mark.parametrize(("law", "share"), CASES, ids=CASE_NAMES)
def test_no_verdict_improves_and_no_estimate_moves(law: Law, share: float) -> None:
    """Every kind of question, asked of one study that is written in two ways. With bounds estimates
    may move: of ranks as far as a bound loses its order with others, of the likelihood by a quarter
    of a standard error (the benchmark shows which stay within a tenth).
    """
    found, held = broken(law, share, series=1)
    assert held > 0
    far = [one for one in found if not _may_move(one, law, share)]
    assert [f"{one.kind}: {one.what}" for one in far] == []


def _may_move(one: Broken, law: Law, share: float) -> bool:
    """Whether an estimate moved no further than bounds let it."""
    bounded = share > 0 or not law.exact
    return bounded and np.isfinite(one.errors) and (one.kind in OF_RANKS or one.errors <= 0.25)


OF_RANKS = ("association", "association of levels", "change with a score", "repeated measures")
"""Kinds of questions that are answered by ranks where a result is a bound."""


@pytest.mark.parametrize(("name", "studies"), FEW, ids=[name for name, _ in FEW])
def test_few_studies_where_nothing_differs(name: str, studies: int) -> None:
    """No more false claims than 99 of 100 such handfuls have where 5 % are allowed."""
    cell = SEEDED[name]
    counted = outcome(cell, 0, studies=studies)
    assert counted.false <= round(highest(studies, cell.allowed) * studies)


def test_specificity_is_answered_where_baselines_are_undetected() -> None:
    cell = SEEDED["specificity, 30 % of unstimulated wells undetected"]
    assert outcome(cell, 0, studies=3).silent == 0
