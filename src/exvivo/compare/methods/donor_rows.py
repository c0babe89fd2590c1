"""The likelihoods of the donors on one or two sides as rows that normal algebra can add up.

A row has a normal value on each side (with a variance so large that it says nothing where there is
none), a weight, and on at most one side limits that a normal must lie between. The likelihood of a
donor is the sum of its rows. Limits on both sides of a donor are one integral more: the first side
becomes Gauss-Legendre points between its limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.methods.donor_likelihoods import NEGLIGIBLE, Likelihood, Limits

_NOTHING = 1e8
"""The variance (log2²) of a value that says nothing."""
_NODES = 32
"""Points between limits."""
_REACH = 6.0
"""How far around a value (in its errors) points stand."""


@dataclass(frozen=True, slots=True)
class Box:
    """The rows (`at`) whose normal on one side, with an error of `variance`, lies between `lower`
    and `upper`; all arrays (rows with limits,).
    """

    side: int
    at: Ints
    lower: Floats
    upper: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows, those of a donor together: `donor` (rows,) its place and `first` (donors,) its
    first row; `values` and `variances` (sides, rows); `log_weights` (rows,). `valued` (sides,
    donors): who has more than limits on a side; `pointed`: whether a likelihood stands on points.
    """

    donor: Ints
    first: Ints
    values: Floats
    variances: Floats
    log_weights: Floats
    boxes: tuple[Box, ...]
    valued: Bools
    pointed: bool

    @property
    def single(self) -> bool:
        """Whether every donor has one row."""
        return len(self.donor) == len(self.first)


@dataclass(frozen=True, slots=True)
class _Row:
    donor: int
    values: tuple[float, ...]
    variances: tuple[float, ...]
    log_weight: float
    limits: tuple[Limits, ...]


def rows_of(sides: Sequence[Sequence[Likelihood]], scale: float) -> Rows:
    """The rows of some donors, from their likelihoods on each side (sides, donors); `scale` is
    about how far quantities spread.
    """
    rows: list[_Row] = []
    for donor, likelihoods in enumerate(zip(*sides, strict=True)):
        points = all(one.limits.open for one in likelihoods)
        rows += _rows_of_donor(donor, _one_box(likelihoods, scale), points=points)
    donors = np.array([row.donor for row in rows])
    return Rows(
        donor=donors,
        first=np.flatnonzero(np.diff(donors, prepend=-1)),
        values=np.array([row.values for row in rows]).T,
        variances=np.array([row.variances for row in rows]).T,
        log_weights=np.array([row.log_weight for row in rows]),
        boxes=tuple(_boxes(rows, len(sides))),
        valued=np.array([[len(one.values) > 0 for one in side] for side in sides]),
        pointed=any(len(one.values) > 1 for side in sides for one in side),
    )


def _one_box(likelihoods: tuple[Likelihood, ...], scale: float) -> tuple[Likelihood, ...]:
    """The likelihoods of a donor with limits on one side at most."""
    first, *others = likelihoods
    if not others or any(one.limits.open for one in likelihoods):
        return likelihoods
    return (_as_points(first, scale), *others)


def _as_points(one: Likelihood, scale: float) -> Likelihood:
    """A likelihood with limits as points between them; beside values, points around these."""
    at, weights = _gauss_legendre()
    if not len(one.values):
        points, weights = _between(one.limits, scale)
        variances = np.full(_NODES, one.limits.variance)
        return Likelihood(points, variances, np.log(weights), Limits())
    room = _REACH * math.sqrt(float(one.variances[0]))
    points = float(one.values[0]) + room * (2 * at - 1)
    logs = np.log(weights * 2 * room) - 0.5 * (points - one.values[0]) ** 2 / one.variances[0]
    logs += log_between(points, one.limits)
    return Likelihood(points, np.zeros(_NODES), logs, Limits())


def log_between(points: Floats, limits: Limits) -> Floats:
    """The log probability that a point and its error lie between limits."""
    from scipy.special import ndtr

    error = math.sqrt(limits.variance) or 1e-9
    inside = ndtr((limits.upper - points) / error) - ndtr((limits.lower - points) / error)
    return np.asarray(np.log(np.maximum(inside, 1e-300)))


def _between(limits: Limits, scale: float) -> tuple[Floats, Floats]:
    """Points and weights between two limits; to an open end by t = u - scale x / (1 - x)."""
    at, weights = _gauss_legendre()
    if math.isfinite(limits.lower) and math.isfinite(limits.upper):
        width = limits.upper - limits.lower
        return limits.lower + width * at, width * weights
    away, weights = scale * at / (1 - at), scale * weights / (1 - at) ** 2
    return (limits.upper - away if math.isfinite(limits.upper) else limits.lower + away), weights


@cache
def _gauss_legendre() -> tuple[Floats, Floats]:
    """Points and weights between 0 and 1."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    return (points + 1) / 2, weights / 2


def _rows_of_donor(
    donor: int, likelihoods: tuple[Likelihood, ...], *, points: bool
) -> Iterator[_Row]:
    """Every combination of the terms of a donor's sides; where all are points of likelihoods,
    those that are not negligible.
    """
    limits = tuple(one.limits for one in likelihoods)
    terms = [_terms(one) for one in likelihoods]
    least = -math.inf
    if points:
        least = sum(max(term[2] for term in side) for side in terms) - NEGLIGIBLE
    for chosen in product(*terms):
        values, variances, logs = zip(*chosen, strict=True)
        if sum(logs) >= least:
            yield _Row(donor, values, variances, sum(logs), limits)


_Term = tuple[float, float, float]


def _terms(one: Likelihood) -> list[_Term]:
    """Value, variance and log weight of every term; one that says nothing where there is none."""
    if not len(one.values):
        # The weight takes the density of a value that says nothing to 1 over the root of 2 pi.
        return [
            (one.middle if math.isfinite(one.middle) else 0.0, _NOTHING, 0.5 * math.log(_NOTHING))
        ]
    lists = (one.values.tolist(), one.variances.tolist(), one.log_weights.tolist())
    return list(zip(*lists, strict=True))


def _boxes(rows: Sequence[_Row], sides: int) -> Iterator[Box]:
    """The limits of all rows, side by side."""
    for side in range(sides):
        at = [i for i, row in enumerate(rows) if not row.limits[side].open]
        if at:
            limits = [rows[i].limits[side] for i in at]
            ends = [(one.lower, one.upper, one.variance) for one in limits]
            lower, upper, variance = np.array(ends).T
            yield Box(side, np.array(at), lower, upper, variance)
