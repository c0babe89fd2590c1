"""Ready totals beside the items they are made of: when they agree, and what programs make of a form
that is not finished.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.study.answered_forms import AnsweredForms
from exvivo.study.scoring import Score

_LOST = 1e-9
"""What numbers lose on their way through a program."""


def within_rounding(totals: Floats, scores: Floats) -> Bools:
    """Whether totals are scores as far as their decimals go: 9.33 and 9.3 are 9.3333, 9.4 is not.

    >>> within_rounding(np.array([9.33, 9.3, 9.4]), np.array([28 / 3]))
    array([ True,  True, False])
    """
    half = np.array([_half_of_last_decimal(total) for total in totals.tolist()])
    agree: Bools = np.abs(totals - scores) <= half + _LOST
    return agree


def _half_of_last_decimal(total: float) -> float:
    """Half of the last decimal that is written of a number."""
    if not np.isfinite(total):
        return 0.0
    exponent = Decimal(repr(total)).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return float(0.5 * 10.0 ** min(exponent, 0))


def sums_of_answered(forms: AnsweredForms, score: Score) -> list[Floats]:
    """What a program may give as the total of a form with gaps: the sum of the answers that are
    there, as they are written and as points (REDCap's sum()), and that sum prorated.
    """
    if score.rule not in ("sum", "mean") or not score.items:
        return []
    columns, n = forms.columns_of(score.id), len(score.items)
    given = forms.given(score.id)
    answered = np.maximum(given.sum(axis=1), 1)
    factor = score.times / score.divide / (n if score.rule == "mean" else 1)
    sums = [
        np.where(given, each[:, columns], 0.0).sum(axis=1) * factor
        for each in (forms.answers, forms.points)
    ]
    return [*sums, sums[1] * n / answered]


def is_sum_of_answered(totals: Floats, forms: AnsweredForms, score: Score) -> Bools:
    """Whether the total of a form with gaps is one that a program makes of what was answered; of a
    form without any answer it makes 0.
    """
    given = forms.given(score.id)
    either: Bools = ~given.any(axis=1) & (totals == 0)
    for sums in sums_of_answered(forms, score):
        either |= within_rounding(totals, sums)
    agree: Bools = either & ~given.all(axis=1)
    return agree


def counted_totals(
    totals: Floats, forms: AnsweredForms, score: Score, bounds: tuple[Floats, Floats]
) -> Bools:
    """Where a ready total may stand for a score that the items do not give: it lies within what
    their gaps allow, and is no sum of the answers that are there.
    """
    lowest, highest = bounds
    none_given = ~forms.given(score.id).any(axis=1)
    inside = (totals >= lowest - _LOST) & (totals <= highest + _LOST)
    possible: Bools = (none_given | inside) & ~is_sum_of_answered(totals, forms, score)
    return ~np.isnan(totals) & ~forms.unasked(score.id) & possible
