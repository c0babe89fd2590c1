"""Where a group lies: its mean with an interval, or its median where results are undetected; and
how dots are spread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from exvivo.tell.figures.chart import Numbers, Pair
from exvivo.tell.figures.donors import Results

_FEWEST = 3
"""Results from which a mean has an interval: that of two reaches twelve times as far as its error.
"""


@dataclass(frozen=True, slots=True)
class Centre:
    """A group's centre on log2 scale: `mean` with both ends, `median` without, or nothing that can
    be said.
    """

    n: int
    undetected: int
    kind: Literal["mean", "median"]
    value: float | None = None
    lower: float | None = None
    upper: float | None = None


def centre(results: Results, *, level: float) -> Centre:
    """The centre of one group's results.

    All known: the mean, from three results on with its t interval. Some undetected: the median, if
    bounds leave no doubt where it is.
    """
    count = len(results)
    values = [float(result.exact) for result in results if result.exact is not None]
    undetected = count - len(values)
    if undetected:
        return Centre(count, undetected, "median", _median(results))
    if count < _FEWEST:
        return Centre(count, 0, "mean", math.fsum(values) / count if values else None)
    mean, half_width = mean_interval(values, level)
    return Centre(count, 0, "mean", mean, mean - half_width, mean + half_width)


def mean_interval(values: Numbers, level: float) -> Pair:
    """The mean of two values or more, and half the width of its t interval."""
    count = len(values)
    mean = math.fsum(values) / count
    return mean, t_quantile(count - 1, level) * _sd(values, mean) / math.sqrt(count)


def _sd(values: Numbers, mean: float) -> float:
    squares = [(value - mean) ** 2 for value in values]
    return math.sqrt(math.fsum(squares) / (len(values) - 1))


def t_quantile(df: int, level: float) -> float:
    """How many standard errors an interval of this level reaches to either side: Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def _median(results: Results) -> float | None:
    """The median where both extreme readings of the undetected agree on it, else nothing."""
    sides = zip(*(result.ends for result in results), strict=True)
    low, high = map(_middle, sides)
    return low if math.isfinite(low) and low == high else None


def _middle(values: Numbers) -> float:
    """The median; infinite where one of the two in the middle is."""
    half = len(values) // 2
    low, high = sorted(values)[-half - 1], sorted(values)[half]
    return (low + high) / 2 if math.isfinite(low) and math.isfinite(high) else math.inf


def spread(values: Numbers, *, domain: Numbers, bins: int = 22, step: float = 0.085) -> list[float]:
    """Sideways places for dots so that neighbours do not hide one another: a fixed rule, no chance
    in it.
    """
    width = (domain[1] - domain[0]) / bins or 1.0
    taken: dict[int, int] = {}
    places = [0.0] * len(values)
    for index in sorted(range(len(values)), key=lambda index: (values[index], index)):
        row = math.floor((values[index] - domain[0]) / width)
        count = taken.get(row, 0)
        taken[row] = count + 1
        places[index] = _aside(count, step)
    return places


def _aside(count: int, step: float) -> float:
    """The place of a dot in its row when `count` dots stand there: in turn on either side."""
    side = 1 if count % 2 else -1
    return min(max(side * ((count + 1) // 2) * step, -0.28), 0.28)
