"""What the wells of a donor say of its log2 quantity t on one side: their likelihood.

With e the error of a well beside counting, a well tells

    a value v:                 N(v; t, e²)
    a bound below u (above l): Φ((u - t) / e)   (Φ((t - l) / e)); without error: t < u  (t > l)
    not seen, one copy at c:   P(fewer copies than show by the end of the run), k(t) = 2^(t - c)
                               expected; exp(-k) where one copy shows (`counted_copies`)
    a value of few copies:     Σ_N Poisson(N; k(t)) N(v - c; log2 N, e²)
    a value of many copies:    N(v - 1 / (2 k ln 2); t, e² + 1 / (k ln²2)) at the k that was read
    not seen where k copies show last, many:  a bound at the end of the run, of that variance

(Matz et al. 2013, doi 10.1371/journal.pone.0071448). Wells of a donor are independent given t, so
their likelihoods multiply. Values become one normal, bounds one normal limit (the least of several
by Clark's moments, doi 10.1287/opre.9.2.145), and what counts few copies a sum over points of t.
Nothing is put in the place of an undetected well and none is left out. A well without an error is
exact: it is the donor's quantity itself, or a bound of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.methods.counted_copies import log_not_seen, log_of_reading
from exvivo.compare.sample import Well

LEAST_SD = 0.05
"""The smallest error of a well whose copies are counted (log2), so that no likelihood is a spike
between two points.
"""
FROM_NORMAL = 60.0
"""Copies from which counting is normal."""
BOUND_FROM = 150.0
"""Copies that show last from which a well that is not seen is a bound."""
_POINTS, _SEARCHED = 20, 200
"""Points on which a likelihood stands, and among which its range is sought."""
NEGLIGIBLE = 10.0
"""Log likelihood below the highest from which it is nothing."""
_FEW_WHO_SAY_NOTHING = 0.1
"""The share of donors who may be left out because they say nothing."""
_LN2 = math.log(2.0)

Wells = tuple[tuple[Well, ...], ...]
"""The wells of each donor of a group."""


@dataclass(frozen=True, slots=True)
class Limits:
    """That t and a normal error of this `variance` lie between `lower` and `upper`."""

    lower: float = -math.inf
    upper: float = math.inf
    variance: float = 0.0

    @property
    def open(self) -> bool:
        """Whether they say nothing."""
        return math.isinf(self.lower) and math.isinf(self.upper)


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A likelihood of t: the sum of normals at `values` with `variances`, each by its weight
    (`log_weights`; all arrays (terms,)), times the probability to lie between `limits`.

    Without a value there are no terms; points are normals without variance.
    """

    values: Floats
    variances: Floats
    log_weights: Floats
    limits: Limits

    @property
    def middle(self) -> float:
        """About where t lies, for a first guess."""
        if len(self.values):
            weights = np.exp(self.log_weights - self.log_weights.max())
            return float(weights @ self.values / weights.sum())
        return self._middle_of_limits()

    def _middle_of_limits(self) -> float:
        """The mean of the limits that are finite; NaN where none is."""
        ends = [end for end in (self.limits.lower, self.limits.upper) if math.isfinite(end)]
        return sum(ends) / len(ends) if ends else math.nan


def sides_of_wells(donors: Wells) -> list[float]:
    """The sides that some wells stand on, in order."""
    return sorted({well.side for donor in donors for well in donor})


def taking_part(donors: Wells) -> Bools:
    """Which donors (donors,) take part: all, but where no well brings an error for the few (a tenth
    at most) whose bounds leave their level or response anything.

    Such a donor tells only how far levels spread, and one far below all others does so wrongly. But
    where there are many, leaving them out would choose the donors by their results: with 30 % of
    the unstimulated wells undetected and one group three times as wide, without a difference, the
    estimate was 0.24 log2 off (300 studies), and 0.01 with this rule.
    """
    telling = np.array([_says_something(donor) for donor in donors], dtype=np.bool_)
    few = np.mean(~telling) <= _FEW_WHO_SAY_NOTHING
    return telling if few and not _errors(donors) else np.ones_like(telling)


def _errors(donors: Wells) -> list[float]:
    """The errors that wells bring."""
    return [well.sd for donor in donors for well in donor if well.sd]


def _says_something(donor: Sequence[Well]) -> bool:
    if any(well.value is not None or well.one_copy is not None for well in donor):
        return True
    ends = [(well.side, well.lower is not None, well.upper is not None) for well in donor]
    last = max((side for side, _, _ in ends), default=1.0)
    # At least: from below on the last side and from above on the other; at most: the other way.
    at_least = {side for side, low, high in ends if (low if side == last else high)}
    at_most = {side for side, low, high in ends if (high if side == last else low)}
    sides = {side for side, _, _ in ends}
    return bool(sides) and (at_least == sides or at_most == sides)


def on_side(donors: Wells, side: float) -> Wells:
    """The wells of each donor on one side."""
    return tuple(tuple(well for well in donor if well.side == side) for donor in donors)


def places_of(donors: Wells) -> Floats:
    """About where the wells of each donor lie (donors,): the mean of all numbers they bring; NaN
    where there is none.
    """
    places = map(_places, donors)
    return np.array([np.mean(numbers) if numbers else np.nan for numbers in places])


def likelihoods_of(donors: Wells, scale: float) -> list[Likelihood]:
    """Each donor's likelihood from its wells on one side; `scale` is about how far the donors
    spread.
    """
    return [
        _of_points(own, scale) if any(map(_few_copies, own)) else _normal(own) for own in donors
    ]


def _places(wells: Sequence[Well]) -> list[float]:
    """All numbers that wells bring: values, bounds, and single copies (not where a run ended long
    before one shows).
    """
    numbers = [
        (well.value, well.lower, well.upper, well.one_copy if shown_last(well) < 2 else None)
        for well in wells
    ]
    return [number for number in chain(*numbers) if number is not None]


def _few_copies(well: Well) -> bool:
    """Whether a well counts copies, and too few of them for a normal."""
    if well.one_copy is None:
        return False
    if well.value is None:
        return shown_last(well) <= math.log2(BOUND_FROM)
    return well.value - well.one_copy <= math.log2(FROM_NORMAL)


def shown_last(well: Well) -> float:
    """log2 of the copies that show last in the run of a counted well; minus infinity where one
    always does.
    """
    if well.run_end is None or well.one_copy is None:
        return -math.inf
    return well.run_end - well.one_copy


def _normal(wells: Sequence[Well]) -> Likelihood:
    """The product of normal values and bounds."""
    values = [well for well in wells if well.value is not None]
    limits = _limits([well for well in wells if well.value is None])
    if not values:
        return _likelihood([], [], limits)
    value, variance = _mean_of_values(values)
    if variance > 0.0 or limits.variance > 0.0:
        return _likelihood([value], [variance], limits)
    # Exact: a bound on the wrong side of a value leaves t anywhere between the two.
    low, high = min(value, limits.upper), max(value, limits.lower)
    return _likelihood([value], [0.0], Limits()) if low == high else _between(low, high)


def _likelihood(values: list[float], variances: list[float], limits: Limits) -> Likelihood:
    return Likelihood(np.array(values), np.array(variances), np.zeros(len(values)), limits)


def _between(low: float, high: float) -> Likelihood:
    return _likelihood([], [], Limits(low, high))


def _mean_of_values(wells: Sequence[Well]) -> tuple[float, float]:
    """The mean of values by their precision, and its variance; a plain mean where some are
    exact.
    """
    values = np.array([_value(well) for well in wells])
    variances = np.array([(well.sd or 0.0) ** 2 for well in wells])
    exact = variances == 0.0
    if exact.any():
        return float(values[exact].mean()), 0.0
    precision = 1 / variances
    return float(precision @ values / precision.sum()), float(1 / precision.sum())


def _value(well: Well) -> float:
    """The value of a well; read of k copies, the mean of its likelihood lies 1 / (2 k ln 2)
    below, for the likelihood of a count leans that way.
    """
    value = well.value or 0.0
    return value if well.one_copy is None else value - 2.0 ** (well.one_copy - value) / (2 * _LN2)


def _limits(wells: Sequence[Well]) -> Limits:
    """What bounds say together."""
    wells = [well if well.one_copy is None else _end_of_run(well) for well in wells]
    variances = [(well.sd or 0.0) ** 2 for well in wells]
    pairs = list(zip(wells, variances, strict=True))
    upper = _least([(well.upper, variance) for well, variance in pairs if well.upper is not None])
    lower = _least([(-well.lower, variance) for well, variance in pairs if well.lower is not None])
    return Limits(-lower[0], upper[0], max(lower[1], upper[1]))


def _end_of_run(well: Well) -> Well:
    """A counted well that is not seen where many copies show last, as a bound."""
    counting = 2.0 ** -shown_last(well) / _LN2**2
    return replace(well, upper=well.run_end, sd=math.sqrt(error_of(well) ** 2 + counting))


def _least(ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean and variance of the least of normals; infinite where there is none."""
    return reduce(_lesser, ends) if ends else (math.inf, 0.0)


def _lesser(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Mean and variance of the lesser of two normals (Clark 1961)."""
    from scipy.special import ndtr

    spread = math.sqrt(a[1] + b[1])
    if spread == 0.0:
        return min(a, b)
    off = b[0] - a[0]
    below, density = float(ndtr(off / spread)), _density(off / spread)
    mean = off * (1 - below) - spread * density
    square = a[1] * below + (off**2 + b[1]) * (1 - below) - off * spread * density
    return a[0] + mean, square - mean**2


def _density(z: float) -> float:
    """The standard normal density."""
    return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def _of_points(wells: Sequence[Well], scale: float) -> Likelihood:
    """The product of any wells, as points spread evenly where it is not nothing."""
    places, scale = _places(wells), max(scale, 1.0)
    wide = np.linspace(min(places) - 5 * scale, max(places) + 4 * scale, _SEARCHED)
    points = np.linspace(*_range(wells, wide), _POINTS)
    logs = _summed(wells, points)
    step = math.log(points[1] - points[0])
    return Likelihood(points, np.zeros(_POINTS), logs - logs.max() + step, Limits())


def _range(wells: Sequence[Well], wide: Floats) -> tuple[float, float]:
    """Where a donor's likelihood is not negligible, wells taken as if their
    copies had been seen.
    """
    logs = _summed(wells, wide, _roughly)
    inside = np.flatnonzero(logs > logs.max() - NEGLIGIBLE)
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, wide.size - 1)
    return float(wide[first]), float(wide[last])


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
    whole = well.sd or 0.0
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
    wells: Sequence[Well], at: Floats, of: Callable[[Well, Floats], Floats] = log_likelihood
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
    copies, error = 2.0 ** np.minimum(grid - one_copy, 40.0), error_of(well)
    if well.value is None:
        return log_not_seen(copies, shown_last(well), error)
    read = well.value - one_copy
    if 2.0**read <= FROM_NORMAL:
        return log_of_reading(copies, read, error)
    # The variance of counting k copies is 1 / k on the ln scale.
    return _log_normal(well.value - grid, error**2 + 1 / (copies * _LN2**2))


def _log_normal(off: Floats, variance: Floats) -> Floats:
    """The log density of a normal deviation, up to a constant."""
    return np.asarray(-0.5 * off**2 / variance - 0.5 * np.log(variance))


def with_errors(wells: Wells) -> Wells:
    """The wells with an error each, where one is known: those that bring none take the middle one
    of those that do, else the pooled standard deviation of replicates (same donor and side). Where
    neither is known the wells stay without an error.
    """
    error = _error_of_others(wells)

    def filled(well: Well) -> Well:
        return replace(well, sd=well.sd or error)

    return tuple(tuple(map(filled, donor)) for donor in wells)


def _error_of_others(wells: Wells) -> float | None:
    """The error of a well that brings none."""
    errors = _errors(wells)
    return float(np.median(errors)) if errors else replicate_sd(wells)


def replicate_sd(wells: Wells) -> float | None:
    """The pooled standard deviation of replicate values of a donor on one side; None where there
    are none, or all are the same.
    """
    squares, df = 0.0, 0
    for donor in wells:
        for side in {well.side for well in donor}:
            values = [w.value for w in donor if w.side == side and w.value is not None]
            squares += float(np.var(values)) * len(values) if values else 0.0
            df += max(len(values) - 1, 0)
    return math.sqrt(squares / df) if df and squares > 0 else None
