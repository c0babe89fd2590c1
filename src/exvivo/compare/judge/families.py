"""The p values of a family corrected together: by max T where its answers are regressions on the
same donors, else by Holm's method; in a screen by Benjamini and Hochberg's.

Which of them answers is told by the layout and the methods of the answers, never by the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.judge.benjamini_hochberg import false_discovery
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import FEWEST_EACH, max_t
from exvivo.findings import Finding
from exvivo.study import Plan


@dataclass(frozen=True)
class Regressed:
    """The numbers behind an answer that is a coefficient of least squares on donors: the result of
    each, whether it is on the first side, and the columns held beside that (donors, k).
    """

    donors: tuple[str, ...]
    values: Floats
    first: Bools
    held: Floats


RegressedOf = Mapping[tuple[str, str, str], Regressed]
"""Those of several answers, by question, assay and analyte."""


def corrected(
    answers: Sequence[Finding], tables: Sequence[Regressed | None], *, screen: bool, plan: Plan
) -> list[float]:
    """The corrected p values of the answers of one family; `tables` are the numbers behind each."""
    p = [answer.p or 0.0 for answer in answers]
    if screen:
        return false_discovery(p)
    together = by_max_t([table for table in tables if table is not None], plan)
    if together is None or len(together) < len(p):
        return holm(p)
    return [max(pair) for pair in zip(together.tolist(), p, strict=True)]


def by_max_t(tables: Sequence[Regressed], plan: Plan) -> Floats | None:
    """The p values of max T; None where there is nothing to correct, or too few donors."""
    first = _sides(tables)
    if len(tables) < 2 or first is None or not plan.permutations:
        return None
    donors = sorted(first)
    values, held = _arrays(tables, donors)
    asked = np.array([first[donor] for donor in donors])
    adjusted = max_t(values, asked, held, number=plan.permutations, seed=plan.seed).adjusted
    return None if np.isnan(adjusted).any() else adjusted


def _sides(tables: Sequence[Regressed]) -> dict[str, bool] | None:
    """The side of each donor; None where a donor is on one side in one answer and on the other in
    another, or a side has too few donors.
    """
    first: dict[str, bool] = {}
    for table in tables:
        if min(table.first.sum(), (~table.first).sum()) < FEWEST_EACH:
            return None
        for donor, side in zip(table.donors, table.first.tolist(), strict=True):
            if first.setdefault(donor, side) != side:
                return None
    return first


def _arrays(tables: Sequence[Regressed], donors: Sequence[str]) -> tuple[Floats, Floats]:
    """The results (donors, analytes), NaN where a donor has none, and what is held of each analyte
    (analytes, donors, k); 0 in columns that only others hold.
    """
    row_of = {donor: row for row, donor in enumerate(donors)}
    widest = max(table.held.shape[1] for table in tables)
    values = np.full((len(donors), len(tables)), np.nan)
    held = np.zeros((len(tables), len(donors), widest))
    for analyte, table in enumerate(tables):
        rows = [row_of[donor] for donor in table.donors]
        values[rows, analyte] = table.values
        held[analyte, rows, : table.held.shape[1]] = table.held
    return values, held
