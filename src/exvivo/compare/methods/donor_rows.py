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

    def only(self, chosen: Bools, place: Ints) -> Box:
        """The limits of some of its rows, which have another `place` (rows,) now."""
        ends = (self.lower[chosen], self.upper[chosen], self.variance[chosen])
        return Box(self.side, place[self.at[chosen]], *ends)


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

    @property
    def rest(self) -> Bools:
        """The rows (rows,) that are more than a point: with an error on a side, or with limits."""
        rest = np.asarray(self.variances.any(axis=0))
        for box in self.boxes:
            rest[box.at] = True
        return rest

    def only(self, chosen: Bools) -> Rows:
        """Some of the rows by themselves, each as if it was a donor."""
        place = np.cumsum(chosen) - 1
        boxes = [box.only(chosen[box.at], place) for box in self.boxes]
        return Rows(
            donor=np.arange(int(chosen.sum())),
            first=np.arange(int(chosen.sum())),
            values=self.values[:, chosen],
            variances=self.variances[:, chosen],
            log_weights=self.log_weights[chosen],
            boxes=tuple(boxes),
            valued=self.valued,
            pointed=self.pointed,
        )


@dataclass(frozen=True, slots=True)
class _Donor:
    """The rows of one donor: `values` and `variances` (sides, rows), `log_weights` (rows,), and the
    limits that all of them have on each side.
    """

    values: Floats
    variances: Floats
    log_weights: Floats
    limits: tuple[Limits, ...]


def rows_of(sides: Sequence[Sequence[Likelihood]], scale: float) -> Rows:
    """The rows of some donors, from their likelihoods on each side (sides, donors); `scale` is
    about how far quantities spread.
    """
    donors = []
    for likelihoods in zip(*sides, strict=True):
        points = all(one.limits.open for one in likelihoods)
        donors.append(_rows_of_donor(_one_box(likelihoods, scale), points=points))
    counts = np.array([len(donor.log_weights) for donor in donors])
    return Rows(
        donor=np.repeat(np.arange(len(donors)), counts),
        first=np.cumsum(counts) - counts,
        values=np.concatenate([donor.values for donor in donors], axis=1),
        variances=np.concatenate([donor.variances for donor in donors], axis=1),
        log_weights=np.concatenate([donor.log_weights for donor in donors]),
        boxes=tuple(_boxes(donors, counts)),
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


def _rows_of_donor(likelihoods: tuple[Likelihood, ...], *, points: bool) -> _Donor:
    """Every combination of the terms of a donor's sides; where all are points of likelihoods,
    those that are not negligible.
    """
    limits = tuple(one.limits for one in likelihoods)
    terms = [_terms(one) for one in likelihoods]
    grid = np.indices([len(logs) for _, _, logs in terms]).reshape(len(terms), -1)
    chosen = list(zip(terms, grid, strict=True))
    logs = np.sum([side[2][at] for side, at in chosen], axis=0)
    kept = np.ones_like(logs, dtype=np.bool_)
    if points:
        kept = logs >= sum(float(side[2].max()) for side in terms) - NEGLIGIBLE
    values = np.array([side[0][at] for side, at in chosen])
    variances = np.array([side[1][at] for side, at in chosen])
    return _Donor(values[:, kept], variances[:, kept], logs[kept], limits)


def _terms(one: Likelihood) -> tuple[Floats, Floats, Floats]:
    """Values, variances and log weights of all terms; one that says nothing where there is none."""
    if len(one.values):
        return one.values, one.variances, one.log_weights
    # The weight takes the density of a value that says nothing to 1 over the root of 2 pi.
    nothing = (one.middle if math.isfinite(one.middle) else 0.0, _NOTHING)
    value, variance, log_weight = np.array([*nothing, 0.5 * math.log(_NOTHING)])[:, None]
    return value, variance, log_weight


def _boxes(donors: Sequence[_Donor], counts: Ints) -> Iterator[Box]:
    """The limits of all rows, side by side; `counts` are the rows of each donor."""
    for side in range(len(donors[0].limits)):
        limits = [donor.limits[side] for donor in donors]
        rows = np.repeat([not one.open for one in limits], counts)
        if rows.any():
            ends = np.array([(one.lower, one.upper, one.variance) for one in limits])
            lower, upper, variance = np.repeat(ends, counts, axis=0)[rows].T
            yield Box(side, np.flatnonzero(rows), lower, upper, variance)
