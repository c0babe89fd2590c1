"""What the wells of a donor say of its log2 quantity t: their likelihood on a grid of t.

With e the error of a well beside counting, a well tells

    a value v:                 log L(t) = -(v - t)² / 2 e²
    a bound below u (above l): log L(t) = log Φ((u - t) / e)   (log Φ((t - l) / e))
    no copy, one copy at c:    log L(t) = -k(t),  k(t) = 2^(t - c), Poisson with mean k
    a value of few copies:     L(t) = Σ_n Poisson(n; k(t)) N(v - c; log2 n, e²)
    a value of many copies:    normal, variance e² + 1 / (k(t) ln²2)

(Matz et al. 2013, doi 10.1371/journal.pone.0071448). Wells of a donor are independent given t, so
their log likelihoods add. Nothing is put in the place of an undetected well and none is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.sample import Well

LEAST_SD = 0.05
"""The smallest error a well is given (log2), so that no likelihood is a spike between two points of
the grid.
"""
USUAL_SD = 0.15
"""The error of a well where none of its kind tells."""
FROM_NORMAL = 60.0
"""Copies from which counting is normal."""
_POINTS, _SEARCHED = 24, 200
"""Points on which a donor's likelihood stands, and among which its range is sought."""
_NEGLIGIBLE = 14.0
"""Log likelihood below the highest from which nothing is left."""
_LN2 = math.log(2.0)

Wells = tuple[tuple[Well, ...], ...]
"""The wells of each donor of a group."""


@dataclass(frozen=True, slots=True)
class Donors:
    """Likelihoods of the donors on one side: `weights` (donors, points) at each donor's own
    `points`, highest 1.
    """

    points: Floats
    weights: Floats

    def middles(self) -> Floats:
        """The mean of each donor's likelihood."""
        return np.asarray((self.weights * self.points).sum(axis=1) / self.weights.sum(axis=1))

    def without(self, donor: int) -> Donors:
        """All donors but one."""
        points, weights = (np.delete(a, donor, axis=0) for a in (self.points, self.weights))
        return Donors(points, weights)


def sides_of_wells(donors: Wells) -> list[float]:
    """The sides that some wells stand on, in order."""
    return sorted({well.side for donor in donors for well in donor})


def likelihoods_of(donors: Wells, side: float) -> Donors:
    """Each donor's likelihood where it is not nothing: on points spread evenly between the ends of
    that range.
    """
    wells = [_on(donor, side) for donor in donors]
    wide = _wide_grid(wells)
    points = np.array([np.linspace(*_range(own, wide), _POINTS) for own in wells])
    logs = np.array([_summed(own, at) for own, at in zip(wells, points, strict=True)])
    return Donors(points, np.exp(logs - logs.max(axis=1, keepdims=True)))


def _on(donor: Sequence[Well], side: float) -> list[Well]:
    """The wells of a donor on one side."""
    return [well for well in donor if well.side == side]


def _wide_grid(wells: Sequence[Sequence[Well]]) -> Floats:
    """A grid that no donor's likelihood reaches beyond."""
    places = list(_places(wells))
    spread = max(float(np.std(places)), 1.0)
    return np.linspace(min(places) - 5 * spread, max(places) + 4 * spread, _SEARCHED)


def _places(wells: Sequence[Sequence[Well]]) -> Iterator[float]:
    """All numbers that wells bring: values, bounds and single copies."""
    for donor in wells:
        for well in donor:
            numbers = (well.value, well.lower, well.upper, well.one_copy)
            yield from (number for number in numbers if number is not None)


def _range(wells: list[Well], wide: Floats) -> tuple[float, float]:
    """Where a donor's likelihood is more than a millionth of its highest."""
    low, high = _rough_range(wells, wide)
    values = [well.value for well in wells if well.value is not None]
    if values and all(map(_normal, wells)):
        # Normal likelihoods are narrow: they end five errors beyond the values.
        room = 5 * min(error_of(well) for well in wells if well.value is not None)
        low, high = max(low, min(values) - room), min(high, max(values) + room)
    return low, high


def _rough_range(wells: list[Well], wide: Floats) -> tuple[float, float]:
    """The same on the wide grid, wells taken as if their copies had been seen."""
    logs = _summed(wells, wide, _roughly)
    inside = np.flatnonzero(logs > logs.max() - _NEGLIGIBLE)
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, wide.size - 1)
    return float(wide[first]), float(wide[last])


def _normal(well: Well) -> bool:
    """Whether the likelihood of a well is normal: nothing to count, or many copies."""
    if well.one_copy is None:
        return True
    return (well.value or well.one_copy) - well.one_copy > math.log2(FROM_NORMAL)


def _roughly(well: Well, at: Floats) -> Floats:
    """A wide stand-in for the likelihood of a well, by which its range is sought."""
    if well.one_copy is None or well.value is None:
        return log_likelihood(well, at)
    copies = (at - well.one_copy) * _LN2
    seen = 2.0 ** min(well.value - well.one_copy, 30.0) + 1.0
    poisson = seen * copies - np.exp(np.minimum(copies, 40.0))
    return np.asarray(poisson / (1 + seen * (error_of(well) * _LN2) ** 2))


def error_of(well: Well) -> float:
    """The error of a well beside counting: what is left of its standard deviation."""
    whole = well.sd or USUAL_SD
    if well.one_copy is None or well.value is None:
        return max(whole, LEAST_SD)
    counting = 2.0 ** (well.one_copy - well.value) / _LN2**2
    return math.sqrt(max(whole**2 - counting, LEAST_SD**2))


def log_likelihood(well: Well, grid: Floats) -> Floats:
    """The log likelihood of one well at each of these quantities."""
    if well.one_copy is not None:
        return _of_copies(well, well.one_copy, grid)
    error = error_of(well)
    if well.value is not None:
        return np.asarray(-0.5 * ((well.value - grid) / error) ** 2)
    return _of_bounds(well, error, grid)


def _summed(
    wells: list[Well], at: Floats, of: Callable[[Well, Floats], Floats] = log_likelihood
) -> Floats:
    """The log likelihood of all wells of a donor."""
    return sum((of(well, at) for well in wells), np.zeros_like(at))


def _of_bounds(well: Well, error: float, grid: Floats) -> Floats:
    """The log probability to lie beyond each bound of a well."""
    from scipy.special import log_ndtr

    logs = np.zeros_like(grid)
    if well.upper is not None:
        logs += log_ndtr((well.upper - grid) / error)
    if well.lower is not None:
        logs += log_ndtr((grid - well.lower) / error)
    return logs


def _of_copies(well: Well, one_copy: float, grid: Floats) -> Floats:
    """The log likelihood of a well whose copies can be counted."""
    copies = 2.0 ** np.minimum(grid - one_copy, 40.0)
    if well.value is None:
        # Poisson: P(0; k) = exp(-k).
        return -copies
    error, read = error_of(well), well.value - one_copy
    if 2.0**read <= FROM_NORMAL:
        return _of_few_copies(copies, read, error)
    # The variance of counting k copies is 1 / k on the ln scale.
    return _log_normal(well.value - grid, error**2 + 1 / (copies * _LN2**2))


def _log_normal(off: Floats, variance: Floats) -> Floats:
    """The log density of a normal deviation, up to a constant."""
    return np.asarray(-0.5 * off**2 / variance - 0.5 * np.log(variance))


def _of_few_copies(copies: Floats, read: float, error: float) -> Floats:
    """Log of Σ_n Poisson(n; k) N(read; log2 n, e²) over the numbers n of copies a well may have
    held, given the log2 number that was read.
    """
    from scipy.special import gammaln, logsumexp

    number = _copy_numbers(read, error)
    reading = -0.5 * ((read - np.log2(number)) / error) ** 2
    rate = np.log(np.maximum(copies, 1e-300))[:, None]
    counting = number * rate - copies[:, None] - gammaln(number + 1)
    return np.asarray(logsumexp(counting + reading, axis=1))


def _copy_numbers(read: float, error: float) -> Floats:
    """The numbers of copies within five errors of what was read."""
    fewest = max(int(2.0 ** (read - 5 * error)), 1)
    most = int(2.0 ** min(read + 5 * error, 8.0)) + 3
    return np.arange(fewest, most, dtype=np.float64)
