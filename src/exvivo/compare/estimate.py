"""What a method gives back: an estimate, its interval and its p value; and how it fills a
finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, CaveatCode, Finding
from exvivo.methods import NOT_ESTIMABLE, Method


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval and the p value that goes with it; None where it cannot be
    given.
    """

    estimate: float | None
    lower: float
    upper: float
    p: float


@dataclass(frozen=True)
class Estimates:
    """The estimates of many studies, with their intervals and p values: arrays with an axis of
    studies, or without one; NaN where a study gives none.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    p: Floats

    @property
    def one(self) -> Estimate:
        """The estimate of a single study."""
        return Estimate(float(self.estimate), float(self.lower), float(self.upper), float(self.p))

    def where(self, given: Bools) -> Estimates:
        """The same with NaN where studies (studies,) are not among those `given`."""
        numbers = (self.estimate, self.lower, self.upper, self.p)
        return Estimates(*(np.where(given, each, np.nan) for each in numbers))


class NotEstimable(ValueError):
    """Why a method cannot answer, as a caveat."""

    def __init__(self, caveat: Caveat) -> None:
        super().__init__(caveat.code)
        self.caveat = caveat


def counted(blank: Finding, donors: Sample, groups: Iterable[str]) -> Finding:
    """The finding with who is in it: the donors of some groups, by name and as counts."""
    groups = tuple(groups)
    names = chain.from_iterable(donors.of(group).donors for group in groups)
    return replace(blank, n=tuple(map(donors.count, groups)), donors=tuple(names))


def filled(blank: Finding, method: Method, estimate: Estimate) -> Finding:
    """The finding with what a method gave."""
    return replace(
        blank,
        method=method,
        estimate=estimate.estimate,
        lower=estimate.lower,
        upper=estimate.upper,
        p=estimate.p,
    )


def not_estimable(blank: Finding, reason: Caveat) -> Finding:
    """The finding without an answer, and why."""
    return replace(blank, method=NOT_ESTIMABLE, reason=reason)


def attempted(blank: Finding, method: Method, estimate: Callable[[], Estimate]) -> Finding:
    """The finding with what a method gives, or with the reason why it gives nothing."""
    try:
        return filled(blank, method, estimate())
    except NotEstimable as error:
        return not_estimable(blank, error.caveat)


def warned(finding: Finding, *caveats: Caveat) -> Finding:
    """The finding with further warnings behind those it has."""
    return replace(finding, warnings=(*finding.warnings, *caveats))


def warning_of(code: CaveatCode, n: int) -> tuple[Caveat, ...]:
    """A warning that so many donors are concerned; none where no donor is."""
    return (Caveat(code, {"n": n}),) if n else ()


def as_beside(answer: Finding) -> Finding:
    """An answer as a number beside another one: without its own warnings, permutations and
    effect size.
    """
    return replace(answer, part="beside", warnings=(), p_permutation=None, effect_size=None)


def emptied(answer: Finding) -> Finding:
    """What an answer is about, for a number beside it: without any number of its own."""
    return replace(as_beside(answer), estimate=None, lower=None, upper=None, p=None, reason=None)
