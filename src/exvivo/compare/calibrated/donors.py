"""New results of the donors of an answer whose results are all known.

A result is what the donor is, what the levels of shared terms add, what errors that donors share
add, and the error of the donor's own wells:

    y_i = δ a_i + τ_g(i) z_i + Z_i u + l_i s + e_i,   e_i ~ N(0, sd_i²)

with the variance τ_g² + mean sd² of a group that of its fit, u normal with the spread that the fit
shows, and z standard: normal, or lognormal with the same mean and variance. Donors of one group
differ in spread as their wells do, which no method of donors assumes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.calibrated.draws import Levels, Setting, levels_of
from exvivo.compare.methods.regression import least_squares_rest
from exvivo.compare.sample import Sample, loading_matrix
from exvivo.compare.sides import Sides

_DONORS_EACH = 2
_LEAST_SD = 1e-6
"""Of donors and levels that do not differ at all (log2)."""


@dataclass(frozen=True)
class Donors:
    """What results are drawn from: `spread` (donors,) the standard deviation of the donors of each
    one's group, `own` (donors,) that of its wells, `loadings` (donors, errors) of shared errors.
    """

    spread: Floats
    own: Floats
    levels: Levels
    loadings: Floats

    def drawn(
        self, studies: int, setting: Setting, rng: np.random.Generator, normal: Floats | None = None
    ) -> Floats:
        """Results without any difference (studies, donors); `normal` are the donors' own standard
        normal numbers where they are drawn elsewhere.
        """
        shape = (studies, len(self.spread))
        own = rng.normal(size=shape) if normal is None else normal
        shared = rng.normal(size=(studies, self.loadings.shape[1])) @ self.loadings.T
        results = self.spread * setting.donors(own) + self.own * rng.normal(size=shape) + shared
        return np.asarray(results + self.levels.drawn(studies, self.apart(setting), rng))

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return bool(self.levels.weights.size)

    def apart(self, setting: Setting) -> float:
        """How far the levels of terms lie apart."""
        donors = float(np.sqrt(np.mean(self.spread**2 + self.own**2)))
        return donors if setting.apart else self.levels.sd


def of_sides(sides: Sides) -> Donors:
    """The donors of two sides, each with the spread that its fit shows."""
    weights, y = sides.weights, sides.donors.lower
    variances = np.asarray(np.linalg.solve(weights.expected, weights.squares(y)), np.float64)
    others = np.column_stack([sides.column, sides.covariates])
    return _donors(sides.donors, shared_terms(sides.donors), others, variances, weights.spread)


def of_one_group(sample: Sample, terms: tuple[str, ...], columns: Floats) -> Donors:
    """The donors of one group, with the spread that is left beside columns (donors, k) that hold
    some terms.
    """
    donors = len(sample.donors)
    e = least_squares_rest(sample.lower, np.column_stack([np.ones(donors), columns]))
    variance = float(e @ e) / (donors - 1 - columns.shape[1])
    one = np.zeros(donors, dtype=np.intp)
    return _donors(sample, terms, np.empty((donors, 0)), np.array([variance]), one)


def _donors(
    sample: Sample,
    terms: tuple[str, ...],
    others: Floats,
    variances: Floats,
    group: Ints,
) -> Donors:
    """The donors of groups of some variances, of which their wells make a part."""
    errors = np.nan_to_num(sample.sd, nan=0.0) ** 2
    variances = np.maximum(variances, _LEAST_SD**2)
    mean = np.bincount(group, errors, minlength=len(variances)) / np.bincount(group)
    # Wells may say they err more than all donors differ: then they are what differs.
    shares = np.minimum(1.0, variances / np.maximum(mean, 1e-300))
    spread = np.sqrt(np.maximum(variances - shares * mean, 0.0))
    weights = weights_of_terms(sample, terms)
    levels = levels_of(weights, others, sample.lower, float(variances[group].mean()))
    return Donors(spread[group], np.sqrt(errors * shares[group]), levels, loadings_of(sample))


def shared_terms(sample: Sample) -> tuple[str, ...]:
    """The terms whose levels donors share, at least two donors a level on average. Told by the
    layout alone, not by what an answer says that it holds.
    """
    donors = len(sample.donors)
    return tuple(term.id for term in sample.terms if len(term.levels) * _DONORS_EACH <= donors)


def weights_of_terms(sample: Sample, terms: tuple[str, ...]) -> Floats:
    """The weights (donors, levels) of the levels of some terms."""
    weights = [term.weights for term in sample.terms if term.id in terms]
    return np.column_stack([np.empty((len(sample.donors), 0)), *weights])


def loadings_of(sample: Sample) -> Floats:
    """The loadings (donors, errors) of the errors that donors share."""
    keys = sorted(set(chain(*sample.shared)))
    return loading_matrix(sample.shared, keys).reshape(len(sample.donors), len(keys))


def with_results(sample: Sample, results: Floats) -> Sample:
    """The sample with other results, all of them known."""
    return replace(sample, lower=results, upper=results)
