"""Where most people of a group lie: what the bars of a picture are drawn from.

Model. The results of a group are taken to be normal on their own scale (log2 of an amount):
results x_i of which some are known only to lie between a_i and b_i. Mean m and standard deviation
s are those of greatest likelihood, found by expectation and maximisation:

    m = mean of E[x_i],   s^2 = mean of E[(x_i - m)^2],

both under the normal of the last step cut to [a_i, b_i] (Dempster 1977,
doi:10.1111/j.2517-6161.1977.tb01600.x, 4.3). The bar reaches from m - 0.967 s to m + 0.967 s,
between which two thirds of a normal distribution lie. It ends at no person's result, and a group
of fewer than five people, or of whom half or more are known only by bounds, has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from exvivo.tell.figures.donors import Results

FEWEST = 5
"""People of a group from whom a bar is drawn."""
_TWO_THIRDS = 0.967
"""Standard deviations to either side of the mean that hold two thirds of a normal distribution."""
_STEPS = 60
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of a group and the ends of its bar, on the scale of its results. `fades_low` and
    `fades_high` say to which side some results are too small, or too large, to be measured.
    """

    mean: float
    low: float
    high: float
    fades_low: bool = False
    fades_high: bool = False


def spread_of(results: Results) -> Spread | None:
    """Where most of a group lie; None where that may not or cannot be said."""
    ends = [result.ends for result in results if any(map(math.isfinite, result.ends))]
    known = sum(low == high for low, high in ends)
    if len(ends) < FEWEST or 2 * known <= len(ends):
        return None
    mean, sd = _fitted(ends)
    if not sd > 0 or not math.isfinite(mean + sd):
        return None
    below = any(math.isinf(low) for low, _ in ends)
    above = any(math.isinf(high) for _, high in ends)
    return Spread(mean, mean - _TWO_THIRDS * sd, mean + _TWO_THIRDS * sd, below, above)


def _fitted(ends: Sequence[Ends]) -> Ends:
    """Mean and standard deviation of results of which some are known by bounds."""
    known = [low for low, high in ends if low == high]
    mean, sd = _moments([(value, 0.0) for value in known])
    if len(known) == len(ends):
        return mean, sd * math.sqrt(len(known) / (len(known) - 1))
    for _ in range(_STEPS):
        mean, sd = _moments([_expected(*each, mean, sd or 1.0) for each in ends])
    return mean, sd


def _moments(parts: Sequence[Ends]) -> Ends:
    """Mean and standard deviation of values, each given as its mean and its variance."""
    mean = math.fsum(value for value, _ in parts) / len(parts)
    squares = math.fsum((value - mean) ** 2 + variance for value, variance in parts)
    return mean, math.sqrt(squares / len(parts))


def _expected(low: float, high: float, mean: float, sd: float) -> Ends:
    """Mean and variance of a normal value that lies between two bounds."""
    if low == high:
        return low, 0.0
    a, b = (low - mean) / sd, (high - mean) / sd
    inside = _below(b) - _below(a)
    if inside < 1e-9:
        return (low if math.isinf(high) or a > 0 else high), 0.0
    first = (_density(a) - _density(b)) / inside
    second = 1 + (_times(a) - _times(b)) / inside - first**2
    return mean + sd * first, sd**2 * max(second, 0.0)


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _times(z: float) -> float:
    return z * _density(z) if math.isfinite(z) else 0.0


def _below(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2
