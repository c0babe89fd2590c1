"""Does an answer depend on one donor? The estimate with every donor left out in turn.

A range, not an interval: it says how far the estimate moves, and who moves it most. Nobody is left
out of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.design import FEWEST
from exvivo.compare.estimate import warned
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.findings import Caveat, Estimand, Finding
from exvivo.methods import LEAVE_ONE_OUT, Method

MOST_REFITS = 60
"""Donors up to which a method that has no short way is run again without each."""


def of_sides(answer: Finding, sides: Sides) -> list[Finding]:
    """The range of a difference between two sides, by the method of its answer."""
    p = list(sides.p_without_each(alpha=1 - answer.level))
    return ranged(answer, sides.donors.donors, sides.estimates_without_each(), p)


def refitted(
    answer: Finding, sample: Sample, again: Callable[[Sample], float | None]
) -> list[Finding]:
    """The range of any estimate, by running its method again without each donor."""
    if answer.estimate is None or len(sample.donors) > MOST_REFITS:
        return []
    estimates = np.array(list(map(again, sample.without_each())), dtype=np.float64)
    return ranged(answer, sample.donors, estimates)


def ranged(
    answer: Finding, donors: tuple[str, ...], estimates: Floats, p: Sequence[float] = ()
) -> list[Finding]:
    """The range beside an answer; none where any of the estimates cannot be made, or there are
    fewer than three.

    estimates (donors,): the estimate without each; NaN where it could not be made; `p` the p values
    without each, where they come cheap: the largest stands in the row.
    """
    if answer.estimate is None or len(estimates) < FEWEST or not np.isfinite(estimates).all():
        return []
    facts = {"donor": farthest(donors, estimates, answer.estimate)}
    finding = range_of(answer, LEAVE_ONE_OUT, estimates, Estimand("leave_one_out", facts))
    return [replace(finding, p=max(p, default=None))]


def farthest(names: Sequence[str], estimates: Floats, estimate: float) -> str:
    """The name of whoever moves an estimate most."""
    return names[int(np.argmax(np.abs(estimates - estimate)))]


def range_of(answer: Finding, method: Method, estimates: Floats, asked: Estimand) -> Finding:
    """The smallest and the largest of some estimates, as a row behind the answer."""
    return replace(
        answer,
        part="robustness",
        method=method,
        method_facts={},
        lower=float(estimates.min()),
        upper=float(estimates.max()),
        p=None,
        p_permutation=None,
        effect_size=None,
        estimand=asked,
        warnings=(),
    )


def with_range(answer: Finding, range_: list[Finding]) -> list[Finding]:
    """The answer, warned where it points one way and would not without a single donor; and its
    range behind it.
    """
    without = range_[0].p if range_ else None
    if without is None or without <= 1 - answer.level or not answer.excludes_null:
        return [answer, *range_]
    return [warned(answer, Caveat("one_donor_decides")), *range_]


def means_without_each(values: Floats) -> Floats:
    """The mean without each value."""
    return np.asarray((values.sum() - values) / (len(values) - 1))
