"""Two sides of donors (two groups, exposed and others) and what is held beside them: the one way
in which any answer compares sides.

Where every result is known, least squares with a variance for each side (`regression`; Welch's
interval where nothing is held). Where some are bounds, the likelihood of the wells with the same
columns (`well_likelihood`). What the results look like changes the method, never what is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.design import Held, confounded, held
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.donor_likelihoods import Wells
from exvivo.compare.methods.intervals import critical_t, student_p
from exvivo.compare.methods.regression import (
    Fit,
    Weights,
    coefficient_of,
    shared_added,
    weights_of,
    without_each,
)
from exvivo.compare.methods.well_likelihood import (
    FEWEST_DETECTED,
    coefficient_without_each,
    likelihood_coefficient,
)
from exvivo.compare.sample import Sample, loading_matrix
from exvivo.findings import Caveat
from exvivo.methods import BOUNDED, COUNTED, LEAST_SQUARES, WELCH, Method

MOST_UNSEEN = 0.5
"""The share of a side's donors without a detected well in a condition above which no difference is
given: it would rest on the assumed shape of what nobody saw.
"""


_MOST_REFITTED = 60
"""Donors up to which the error is made anew without each: one of more hardly moves it."""
_UNEQUAL_SIZES, _UNEQUAL_SPREADS = 2.0, 1.5
"""How many times larger, or wider, one side must be for skewness to matter."""
_SKEWED = 2.0
"""Standard errors of the skewness of normal results (about the root of 6 / n) from which it is a
warning.
"""


@dataclass(frozen=True)
class Sides:
    """Donors on two sides: `first` (donors,) marks those of the first. `design` is what is held of
    the layout, `covariates` (donors, m) what is adjusted for beside it.
    """

    donors: Sample
    first: Bools
    design: Held
    covariates: Floats

    @classmethod
    def of(cls, donors: Sample, first: Bools, covariates: Floats | None = None) -> Sides:
        """The sides of some donors with the terms that they share."""
        columns = np.empty((len(first), 0)) if covariates is None else covariates
        return cls(donors, first, held(donors, first.astype(np.float64)), columns)

    @classmethod
    def of_group(cls, donors: Sample, group: str) -> Sides:
        """The donors of a group, and the others."""
        return cls.of(donors, np.asarray(donors.groups == group))

    @property
    def samples(self) -> tuple[Sample, Sample]:
        """The donors of either side."""
        return self.donors.only(self.first), self.donors.only(~self.first)

    @property
    def column(self) -> Floats:
        """1 for donors of the first side, 0 for the others."""
        return self.first.astype(np.float64)

    @cached_property
    def columns(self) -> Floats:
        """Everything that is held beside the sides (donors, k)."""
        return self.design.beside(self.covariates)

    @property
    def plain(self) -> bool:
        """Whether nothing at all is held."""
        return not self.columns.shape[1]

    @property
    def bounded(self) -> bool:
        """Whether some results are known only by bounds."""
        return bool(self.donors.undetected.any())

    @cached_property
    def weights(self) -> Weights:
        """What every donor counts in the difference by least squares."""
        return weights_of(self.column, self.columns, self.first)

    @property
    def shared(self) -> float:
        """The variance that errors which donors share add to the difference."""
        keys = sorted(set(chain(*self.donors.shared)))
        if not keys:
            return 0.0
        return shared_added(self.weights, loading_matrix(self.donors.shared, keys))

    def only(self, chosen: Bools) -> Sides:
        """The same with some of the donors, and the terms that these share."""
        return Sides.of(self.donors.only(chosen), self.first[chosen], self.covariates[chosen])

    @property
    def informative(self) -> Sides:
        """The donors whose result says anything."""
        return self.only(self.donors.informative)

    @property
    def most_unseen(self) -> float:
        """The larger share of either side that has no detected well in some condition."""
        unseen = ~self.seen
        return max(float(unseen[side].mean()) for side in (self.first, ~self.first))

    def confounded(self, *, sides: bool = False) -> Caveat | None:
        """Why what is held tells the sides; None if it does not."""
        return confounded(self.donors, self.column, self.design, sides=sides)

    @property
    def less_seen(self) -> int:
        """The side (0 or 1) of which fewer donors have a detected well in every condition."""
        return int(self.seen[self.first].mean() > self.seen[~self.first].mean())

    @cached_property
    def seen(self) -> Bools:
        """The donors who have a detected well in every condition."""
        wells = self.donors.seen_wells
        conditions = sorted({well.side for donor in wells for well in donor})
        seen = [_detected(wells, condition) for condition in conditions]
        whole = np.array(seen, dtype=np.bool_).reshape(len(conditions), len(wells))
        return np.asarray(whole.all(axis=0), dtype=np.bool_)

    @property
    def few_seen(self) -> tuple[int, int] | None:
        """The donors of either side with a detected well in every condition, where one has fewer
        than a likelihood needs.
        """
        first, second = (int(self.seen[side].sum()) for side in (self.first, ~self.first))
        return (first, second) if min(first, second) < FEWEST_DETECTED else None

    @property
    def skewed_unequal(self) -> tuple[Caveat, ...]:
        """A warning of skewed results in sides that are unequal in size or spread, judged by the
        results that are known.
        """
        known = ~self.donors.undetected
        values = [self.donors.lower[known & side] for side in (self.first, ~self.first)]
        few, many = sorted(map(len, values))
        if few < 2:
            return ()
        spreads = sorted(float(side.std(ddof=1)) for side in values)
        unequal = many >= _UNEQUAL_SIZES * few or spreads[1] > _UNEQUAL_SPREADS * spreads[0]
        skewed = abs(_skewness(values)) > _SKEWED * (6 / (few + many)) ** 0.5
        return (Caveat("skewed_unequal"),) if unequal and skewed else ()

    def fit(self, *, alpha: float) -> tuple[Fit, Method]:
        """The first side less the second, and the method. Raises NotEstimable."""
        if self.bounded:
            return self._by_likelihood(alpha)
        fit = coefficient_of(self.weights, self.donors.lower, alpha=alpha, shared=self.shared)
        return fit, WELCH if self.plain else LEAST_SQUARES

    def of_one_spread(self, fit: Fit, *, alpha: float) -> Fit:
        """A fit as one variance for all donors would have it, of which partial R² is made; where
        some are bounds the fit itself.
        """
        if self.bounded:
            return fit
        weights = replace(self.weights, spread=np.zeros_like(self.weights.spread))
        df = len(self.first) - 2 - self.columns.shape[1]
        ordinary = coefficient_of(weights, self.donors.lower, alpha=alpha, shared=self.shared)
        return replace(ordinary, df=df)

    def _by_likelihood(self, alpha: float) -> tuple[Fit, Method]:
        wells = self.donors.seen_wells
        estimate = likelihood_coefficient(
            wells, self.column, self.columns, alpha=alpha, shared=self.shared**0.5
        )
        counted = any(well.one_copy is not None for well in chain(*wells))
        df = len(wells) - 2 - self.columns.shape[1]
        return _of_estimate(estimate, df, alpha), COUNTED if counted else BOUNDED

    def estimates_without_each(self) -> Floats:
        """The difference with each donor left out in turn (donors,); NaN where it cannot be
        made.
        """
        if self.bounded:
            wells = self.donors.seen_wells
            try:
                return coefficient_without_each(wells, self.column, self.columns)
            except NotEstimable:
                return np.full(len(wells), np.nan)
        return without_each(self.donors.lower, self.column, self.columns)

    def p_without_each(self, *, alpha: float) -> Iterator[float]:
        """The p values without each donor, where there is one and it comes cheap: of results that
        are all known. In large studies with the error and degrees of freedom of all donors.
        """
        if self.bounded:
            return
        if len(self.first) > _MOST_REFITTED:
            fit = self.fit(alpha=alpha)[0]
            t = self.estimates_without_each() / fit.error
            yield from (student_p(one, fit.df) for one in t[np.isfinite(t)].tolist())
            return
        for keep in ~np.eye(len(self.first), dtype=np.bool_):
            fewer = replace(
                self,
                donors=self.donors.only(keep),
                first=self.first[keep],
                design=replace(self.design, columns=self.design.columns[keep]),
                covariates=self.covariates[keep],
            )
            try:
                yield fewer.fit(alpha=alpha)[0].estimate.p
            except NotEstimable:
                continue


def _skewness(sides: Sequence[Floats]) -> float:
    """The skewness of results, each side around its mean in units of its spread."""
    scaled = [(side - side.mean()) / max(float(side.std()), 1e-300) for side in sides]
    return float(np.mean(np.concatenate(scaled) ** 3))


def _of_estimate(estimate: Estimate, df: float, alpha: float) -> Fit:
    """A fit of an estimate with its interval: the standard error that the interval amounts to."""
    error = (estimate.upper - estimate.lower) / 2 / critical_t(df, alpha)
    return Fit(estimate, error, (estimate.estimate or 0.0) / error, df)


def _detected(wells: Wells, condition: float) -> Bools:
    """The donors who have a detected well in a condition."""
    detected = []
    for donor in wells:
        seen = (well.side == condition and well.value is not None for well in donor)
        detected.append(any(seen))
    return np.array(detected, dtype=np.bool_)
