"""What the field's own effects would give at a size, in standard deviations between donors: exact
figures that a plan starts from, and why small studies exaggerate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from exvivo import catalog
from exvivo.plan.power.exact import Sizes, student, welch
from exvivo.tell.planned.records import PriorOutlook

POWER = 0.8
"""The power that a plan is usually made for."""
_MOST = 100_000
"""Donors of a group up to which a size is looked for."""
ONE = (1.0, 1.0)
"""Both groups with the standard deviation in which effects are stated."""


def prior_outlooks(
    sizes: Sizes, *, alpha: float, analytes: Sequence[str] | None = None
) -> list[PriorOutlook]:
    """That of each analyte (of all that the field knows, where none are named)."""
    known = catalog.prior_differences()
    named = known if analytes is None else [name for name in analytes if name in known]
    return [_outlook(name, sizes, alpha) for name in named]


def _outlook(analyte: str, sizes: Sizes, alpha: float) -> PriorOutlook:
    prior = catalog.prior_differences()[analyte]
    law = welch(prior.smd, ONE, sizes, alpha=alpha)
    claims = law.claims()
    return PriorOutlook(
        analyte=analyte,
        smd=prior.smd,
        lower=prior.lower,
        upper=prior.upper,
        source=prior.source,
        student=student(prior.smd, ONE, sizes, alpha=alpha).claims().power,
        welch=claims.power,
        half_width=law.half_width,
        wrong_sign=claims.wrong_sign,
        exaggeration=claims.exaggeration(prior.smd),
        needed=donors_needed(prior.smd, alpha=alpha),
    )


def donors_needed(effect: float, *, alpha: float, power: float = POWER) -> int:
    """Donors of each of two equal groups with which Student's test finds an effect (in standard
    deviations) with some power.

    >>> [donors_needed(d, alpha=0.05) for d in (0.36, 0.15, 0.26, 0.61)]
    [123, 699, 234, 44]
    """

    def enough(n: int) -> bool:
        return student(effect, ONE, (n, n), alpha=alpha).claims().power >= power

    return smallest(enough, 2, _MOST)


def smallest(enough: Callable[[int], bool], low: int, most: int) -> int:
    """The smallest number that is enough, where all larger ones are; `most` where none is."""
    high = low
    while high < most and not enough(high):
        low, high = high + 1, min(2 * high, most)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def exaggeration_of_d(effect: float, sizes: Sizes, *, alpha: float) -> float:
    """How many times too large Cohen's d is among what Student's test claims.

    d is the estimate over the pooled standard deviation, U / √ν in the notation of `exact`.
    """
    law = student(effect, ONE, sizes, alpha=alpha)
    return law.claimed_over_roots() * math.sqrt(law.df) / law.claims().supported / effect


def two_groups(donors: Mapping[str, int]) -> Sizes | None:
    """The donors of two groups; None of another number of groups."""
    counts = tuple(donors.values())
    return (counts[0], counts[1]) if len(counts) == 2 else None
