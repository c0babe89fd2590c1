"""Results of one group with scores, drawn together: how the coefficient of an association answers.

Results and scores are two normals that agree as far as is asked (for Spearman's ρ their correlation
is 2 sin(π ρ / 6)); a score is then the same quantile of the scores that the study's donors gave, so
ties and steps of a scale stay. What is true where ties or skewed donors are drawn is read from a
very large sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.calibrated.donors import Donors
from exvivo.compare.calibrated.draws import Setting, resampled
from exvivo.compare.calibrated.trials import NONE, Answers, answers_of
from exvivo.compare.calibrated.wells import DrawnWells
from exvivo.compare.design import held
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.correlation import Coefficient, correlation
from exvivo.compare.methods.ranks import gehan_scores, midranks
from exvivo.compare.sample import Sample

_LARGE = 200_000
"""Donors of the sample that a true coefficient is read from."""
_MANY = 3000
"""The same where every pair of donors is compared."""
_DIGITS = 9
"""Digits behind the point within which results are tied, as in associations."""
_MOST, _NEARLY_ONE = 0.95, 0.999
"""The largest coefficient that is drawn, and that an interval is read at."""


@dataclass(frozen=True)
class KnownPairs:
    """The coefficient of one group's results with scores, after the design is taken out of both."""

    sample: Sample
    scores: Floats
    donors: Donors
    method: Coefficient
    alpha: float

    @property
    def own(self) -> Estimate:
        """The coefficient of the study."""
        return self._of(self.sample.lower, self.scores)

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.donors.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches."""
        return _alternative(self.own)

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """Study by study."""
        latent = truth if self.method == "pearson" else _latent(truth)
        x, y = _pair(latent, (studies, len(self.scores)), rng)
        results = self.donors.drawn(studies, setting, rng, normal=x)
        pairs = zip(results, resampled(self.scores, y), strict=True)
        true = self._large(latent, setting, rng) if truth else 0.0
        return answers_of((self._of(*pair) for pair in pairs), true)

    @cached_property
    def _columns(self) -> Floats:
        return held(self.sample).columns

    def _of(self, results: Floats, scores: Floats) -> Estimate:
        x, y = (self._numbers(values) for values in (results, scores))
        if min(np.ptp(x), np.ptp(y)) <= 0:
            return NONE
        taken_out = self._columns.shape[1]
        return correlation(x, y, alpha=self.alpha, method=self.method, adjusted=taken_out)

    def _numbers(self, values: Floats) -> Floats:
        """Values without the design, as the method wants them."""
        values = values - self._columns @ (self._columns.T @ values)
        return values if self.method == "pearson" else midranks(values.round(_DIGITS))

    def _large(self, latent: float, setting: Setting, rng: np.random.Generator) -> float:
        """The coefficient of a very large sample of the same donors, on one plate."""
        x, y = _pair(latent, (_LARGE,), rng)
        place = np.arange(_LARGE) % len(self.scores)
        own = self.donors.own[place] * rng.normal(size=_LARGE)
        results = self.donors.spread[place] * setting.donors(x) + own
        scores = resampled(self.scores, y)
        if self.method == "spearman":
            results, scores = midranks(results), midranks(scores)
        return float(np.corrcoef(results, scores)[0, 1])


@dataclass(frozen=True)
class BoundedPairs:
    """Spearman's coefficient of one group's results, some of them bounds, with scores."""

    wells: DrawnWells
    scores: Floats
    again: Callable[[Sample, Floats], Estimate]

    @cached_property
    def own(self) -> Estimate:
        """The coefficient of the study."""
        return self.again(self.wells.sample, self.scores)

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.wells.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches."""
        return _alternative(self.own)

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """Study by study."""
        latent = _latent(truth)
        x, y = _pair(latent, (studies, len(self.scores)), rng)
        reads = self.wells.drawn(0.0, studies, setting, rng, normal=x)
        pairs = zip(reads, resampled(self.scores, y), strict=True)
        true = self._large(latent, setting, rng) if truth else 0.0
        return answers_of((self._of(*pair) for pair in pairs), true)

    def _of(self, reads: Floats, scores: Floats) -> Estimate:
        try:
            return self.again(self.wells.sample_of(reads), scores)
        except NotEstimable:
            return NONE

    def _large(self, latent: float, setting: Setting, rng: np.random.Generator) -> float:
        """The coefficient of many studies as one, on one plate."""
        x, y = _pair(latent, (_MANY // len(self.scores), len(self.scores)), rng)
        one_plate = replace(self.wells, levels=())
        reads = one_plate.drawn(0.0, len(x), setting, rng, normal=x)
        low, high = one_plate.results(reads)
        scores = resampled(self.scores, y).ravel()
        ranks = gehan_scores(low.ravel(), high.ravel())
        return float(np.corrcoef(ranks, midranks(scores))[0, 1])


def _alternative(own: Estimate) -> float:
    """A coefficient that a study of this size would find about every second time, by the width of
    its interval on Fisher's scale, or the one it estimates if that is larger.
    """
    lower, upper = np.arctanh(np.clip([own.lower, own.upper], -_NEARLY_ONE, _NEARLY_ONE))
    centre, wide = own.estimate or 0.0, float(np.tanh((upper - lower) / 2))
    return float(np.copysign(min(max(abs(centre), wide), _MOST), centre))


def _latent(rho: float) -> float:
    """The correlation of two normals whose ranks correlate by ρ."""
    return 2 * float(np.sin(np.pi * rho / 6))


def _pair(
    coefficient: float, shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Two standard normals of a correlation."""
    x, y = rng.normal(size=(2, *shape))
    return x, coefficient * x + (1 - coefficient**2) ** 0.5 * y
