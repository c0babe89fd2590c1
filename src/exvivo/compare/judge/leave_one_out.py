"""Does an answer hang on one donor? The estimate with every donor left out in turn.

A range, not an interval: it says how far the estimate moves, and who moves it most. Nobody is left
out of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks.difference import BOUNDED, COUNTED, FEWEST, WELCH
from exvivo.compare.finding import Finding
from exvivo.compare.methods.welch import shared_variance, welch
from exvivo.compare.methods.well_likelihood import without_each
from exvivo.compare.sample import Sample

LEAVE_ONE_OUT = "leaving out one donor at a time"
_MOST_REFITS = 60
"""Donors up to which a method that has no short way is run again without each."""


def difference_without_each(
    answer: Finding,
    sample: Sample,
    groups: tuple[str, ...],
    again: Callable[[Sample], float | None],
) -> list[Finding]:
    """The range of a difference between two groups, by the method of its answer."""
    x, y = (sample.only(np.asarray(sample.groups == group)) for group in groups)
    if answer.method == WELCH:
        estimates = np.concatenate(
            [_means(x.lower) - y.lower.mean(), x.lower.mean() - _means(y.lower)]
        )
        return ranged(
            answer, (*x.donors, *y.donors), estimates, _without_each_p(x, y, 1 - answer.level)
        )
    if answer.method in (COUNTED, BOUNDED):
        estimates = without_each(x.wells, y.wells)
    else:
        return refitted(answer, sample.only(np.isin(sample.groups, groups)), again)
    return ranged(answer, (*x.donors, *y.donors), estimates)


def refitted(
    answer: Finding, sample: Sample, again: Callable[[Sample], float | None]
) -> list[Finding]:
    """The range of any estimate, by running its method again without each donor."""
    donors = sample.donors
    if answer.estimate is None or len(donors) > _MOST_REFITS:
        return []
    keep = ~np.eye(len(donors), dtype=np.bool_)
    found = [again(sample.only(keep[i])) for i in range(len(donors))]
    estimates = np.array(
        [np.nan if estimate is None else estimate for estimate in found], dtype=np.float64
    )
    return ranged(answer, donors, estimates)


def ranged(
    answer: Finding, donors: tuple[str, ...], estimates: Floats, p: Sequence[float] = ()
) -> list[Finding]:
    """The range beside an answer; none where any of the estimates cannot be made, or there are
    fewer than three.

    estimates (donors,): the estimate without each; NaN where it could not be made; `p` the p values
    without each, where they come cheap: the largest stands in the row.
    """
    known = np.isfinite(estimates)
    if answer.estimate is None or not known.all() or known.sum() < FEWEST:
        return []
    moved = np.where(known, np.abs(estimates - answer.estimate), -1.0)
    most = donors[int(np.argmax(moved))]
    low, high = float(estimates[known].min()), float(estimates[known].max())
    return [
        replace(
            answer,
            part="robustness",
            method=LEAVE_ONE_OUT,
            lower=low,
            upper=high,
            p=max(p, default=None),
            p_permutation=None,
            effect_size=None,
            estimand=f"{LEAVE_ONE_OUT}, the estimate stays within this range ({most} moves it most)",
            warnings=[],
        )
    ]


def with_range(answer: Finding, range_: list[Finding]) -> list[Finding]:
    """The answer, warned where it points one way and would not without a single donor; and its
    range behind it.
    """
    if not range_ or answer.lower is None or answer.upper is None:
        return [answer, *range_]
    without = range_[0].p
    if (
        without is not None
        and without > 1 - answer.level
        and not answer.lower <= answer.null <= answer.upper
    ):
        said = (
            "without one donor (see how firm the answers are) the interval would not point one way"
        )
        answer = replace(answer, warnings=[*answer.warnings, said])
    return [answer, *range_]


def _without_each_p(x: Sample, y: Sample, alpha: float) -> list[float]:
    """Welch's p value without each donor, for groups that are large enough to lose one."""
    if min(len(x.lower), len(y.lower)) <= 2:
        return []
    shared = shared_variance(x, y)
    pairs = [(np.delete(x.lower, i), y.lower) for i in range(len(x.lower))]
    pairs += [(x.lower, np.delete(y.lower, i)) for i in range(len(y.lower))]
    varied = [(a, b) for a, b in pairs if np.ptp(a) > 0 or np.ptp(b) > 0]
    return [welch(a, b, alpha=alpha, shared=shared).p for a, b in varied]


def _means(values: Floats) -> Floats:
    """The mean without each value."""
    return np.asarray((values.sum() - values) / (len(values) - 1))
