"""The method of an answer as studies are drawn for it: one record for each way to answer.

Every trial is first asked of the study's own results. Only what gives the answer that stands in the
report is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.calibrated.donors import Donors, with_results
from exvivo.compare.calibrated.draws import Setting
from exvivo.compare.calibrated.wells import DrawnWells
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.regression import coefficients_of
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.units import PROBABILITY

_SAME = 1e-6
"""How near a trial must come to the answer of the study."""
_RARE = 0.05
"""The least probability of the higher result that is drawn."""
Again = Callable[[Sample], Estimate]
"""The method of an answer, for other results of the same donors. Raises NotEstimable."""


@dataclass(frozen=True)
class Answers:
    """What a method gave for some studies: intervals and p values (studies,), NaN where it gave
    none; and what was true of them.
    """

    lower: Floats
    upper: Floats
    p: Floats
    truth: float

    @property
    def answered(self) -> Bools:
        """Which studies have an answer."""
        return np.asarray(np.isfinite(self.p))

    def claims(self, alpha: float) -> int:
        """How many claim that something differs: interval and p value both say so."""
        outside = (self.lower > self.truth) | (self.upper < self.truth)
        return int((outside & (self.p <= alpha)).sum())

    def covers(self) -> int:
        """How many intervals hold the truth."""
        return int(((self.lower <= self.truth) & (self.truth <= self.upper)).sum())


def answers_of(estimates: Iterator[Estimate], truth: float) -> Answers:
    """The answers of some studies."""
    rows = np.array([(one.lower, one.upper, one.p) for one in estimates]).reshape(-1, 3)
    return Answers(rows[:, 0], rows[:, 1], rows[:, 2], truth)


NONE = Estimate(None, np.nan, np.nan, np.nan)


class Trial(Protocol):
    """A method, and the studies that are drawn for it."""

    @property
    def own(self) -> Estimate:
        """The answer to the study's own results. Raises NotEstimable."""

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""

    @property
    def alternative(self) -> float:
        """A difference (a coefficient) that is drawn beside none."""

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """The answers of studies with a difference (a coefficient) of `truth`."""


def reproduces(trial: Trial, answer: tuple[float | None, ...]) -> bool:
    """Whether a trial gives an answer (lower, upper, p) that stands in the report."""
    try:
        own = trial.own
    except NotEstimable:
        return False
    given = np.array([np.nan if number is None else number for number in answer])
    return bool(np.allclose([own.lower, own.upper, own.p], given, rtol=_SAME, atol=_SAME))


def alternative(own: Estimate) -> float:
    """A difference that a study of this size would find about every second time, or the one it
    estimates if that is larger: towards its estimate.
    """
    centre = own.estimate or 0.0
    size = max(abs(centre), (own.upper - own.lower) / 2)
    return float(np.copysign(size if np.isfinite(size) else 0.0, centre))


@dataclass(frozen=True)
class KnownSides:
    """Least squares on two sides of donors: one product of matrices for all studies."""

    sides: Sides
    donors: Donors
    alpha: float

    @property
    def own(self) -> Estimate:
        """The fit of the study."""
        return self.sides.fit(alpha=self.alpha)[0].estimate

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.donors.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches."""
        return alternative(self.own)

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """By the weights that the design makes."""
        from scipy.special import stdtr, stdtrit

        results = self.donors.drawn(studies, setting, rng) + truth * self.sides.column
        fits = coefficients_of(self.sides.weights, results, shared=self.sides.shared)
        half_width = stdtrit(fits.df, 1 - self.alpha / 2) * fits.errors
        p = 2 * stdtr(fits.df, -np.abs(fits.slopes) / fits.errors)
        return Answers(fits.slopes - half_width, fits.slopes + half_width, p, truth)


@dataclass(frozen=True)
class KnownMean:
    """The mean of one group's results, by any method of them."""

    sample: Sample
    donors: Donors
    again: Again

    @property
    def own(self) -> Estimate:
        """The mean of the study."""
        return self.again(self.sample)

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.donors.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches."""
        return alternative(self.own)

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """Study by study."""
        drawn = truth + self.donors.drawn(studies, setting, rng)
        return answers_of((self.again(with_results(self.sample, row)) for row in drawn), truth)


@dataclass(frozen=True)
class Bounded:
    """Any method of donors of whom some are bounds, asked again of each study's wells."""

    wells: DrawnWells
    again: Again
    probability: bool = False

    @cached_property
    def own(self) -> Estimate:
        """The answer to the study."""
        return self.again(self.wells.sample)

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.wells.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches; of a probability, how far groups lie
        apart that have it.
        """
        if not self.probability:
            return alternative(self.own)
        from scipy.special import ndtri

        ends = np.abs(ndtri(np.clip([self.own.lower, self.own.upper], _RARE, 1 - _RARE)))
        apart = float(ends.max()) * self.wells.donors_sd(-1) * 2**0.5
        return float(np.copysign(apart, (self.own.estimate or 0.5) - 0.5))

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """Study by study."""
        reads = self.wells.drawn(truth, studies, setting, rng)
        estimates = [self._of(row) for row in reads]
        if not self.probability:
            return answers_of(iter(estimates), truth)
        # The share of pairs is unbiased: its mean over studies is what is true of them.
        shares = [one.estimate for one in estimates if one.estimate is not None]
        true = float(np.mean(shares)) if truth and shares else PROBABILITY.null
        return answers_of(iter(estimates), true)

    def _of(self, reads: Floats) -> Estimate:
        try:
            return self.again(self.wells.sample_of(reads))
        except NotEstimable:
            return NONE
