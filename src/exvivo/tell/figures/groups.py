"""Where a group lies: its mean with an interval, or its median where results are known only by
bounds; and how dots are spread.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from exvivo.findings import Finding
from exvivo.tell.figures.chart import Numbers, Pair
from exvivo.tell.figures.donors import Results

_FEWEST_FAR = 5
"""Results from which one of them can stand far from the others."""
_FEWEST = 3
"""Results from which a mean has an interval: that of two reaches twelve times as far as its error.
"""


@dataclass(frozen=True, slots=True)
class Centre:
    """A group's centre on log2 scale, a mean or a median, with the ends of its interval (infinite
    where one is open), as far as they can be said.

    `lowest` and `highest` are what the bounds leave the median to be, where they leave doubt.
    """

    n: int
    undetected: int
    kind: Literal["mean", "median"]
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    lowest: float | None = None
    highest: float | None = None


def centre(results: Results, *, level: float) -> Centre:
    """The centre of one group's results.

    All known: the mean, from three results on with its t interval. Some known only by bounds: the
    median and its interval by ranks, as far as the bounds tell them.
    """
    count = len(results)
    values = [float(result.exact) for result in results if result.exact is not None]
    undetected = count - len(values)
    if undetected:
        return _median_of(results, undetected, level)
    if count < _FEWEST:
        return Centre(count, 0, "mean", math.fsum(values) / count if values else None)
    mean, half_width = mean_interval(values, level)
    return Centre(count, 0, "mean", mean, mean - half_width, mean + half_width)


def centre_beside(finding: Finding, results: Results) -> Centre:
    """The centre of one side of an answer; without a place where a contradiction withholds the
    answer, which two centres would tell.
    """
    middle = centre(results, level=finding.level)
    if finding.reason is None or finding.reason.code != "contradiction":
        return middle
    return Centre(middle.n, middle.undetected, middle.kind)


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


def _median_of(results: Results, undetected: int, level: float) -> Centre:
    """The median of results of which some lie between bounds.

    With every result at its lower end the median is the least it can be, with every one at its
    upper end the most. Its interval goes from the k-th lowest of the lower ends to the k-th highest
    of the upper ends, and holds the median of the population with the level at least:
    1 - 2 P(B < k) >= level, with B binomial of n and 1/2 (David and Nagaraja 2003,
    doi:10.1002/0471722162, 7.1). With fewer than six results no such k exists at 95 %.
    """
    lows, highs = (sorted(side) for side in zip(*(result.ends for result in results), strict=True))
    low, high = _middle(lows), _middle(highs)
    known = low == high and math.isfinite(low)
    rank = rank_of(len(results), level)
    return Centre(
        len(results),
        undetected,
        "median",
        low if known else None,
        lows[rank - 1] if rank else None,
        highs[-rank] if rank else None,
        None if known else low,
        None if known else high,
    )


def with_ends(drawn: Numbers, centres: Iterable[Centre]) -> list[float]:
    """What is drawn with the ends of the intervals of centres, as far as half of its own range."""
    if not drawn:
        return []
    low, high = min(drawn), max(drawn)
    room = (high - low) / 2
    ends = [end for each in centres for end in (each.lower, each.upper) if end is not None]
    near = [min(max(end, low - room), high + room) for end in ends if math.isfinite(end)]
    return [*drawn, *near]


def rank_of(count: int, level: float) -> int:
    """The largest rank k from both ends between which the median lies with at least this level; 0
    where there is none.

    >>> [rank_of(count, 0.95) for count in (5, 6, 8, 9, 14)]
    [0, 1, 1, 2, 3]
    """
    below, rank = 0.5**count, 0
    while 1 - 2 * below >= level:
        rank += 1
        below += math.comb(count, rank) * 0.5**count
    return rank


def _middle(values: Numbers) -> float:
    """The median of sorted values; where one of the two in the middle is infinite, that one."""
    half = len(values) // 2
    return (values[-half - 1] + values[half]) / 2


def fences(values: Numbers) -> Pair:
    """Beyond which of both values a result stands far from the others: half as far again as the
    middle half of them is wide, from its ends (Tukey 1977, hinges); nowhere with fewer than five.

    >>> fences([0, 1, 2, 3, 4])
    (-2.0, 6.0)
    """
    count, ordered = len(values), sorted(values)
    if count < _FEWEST_FAR:
        return -math.inf, math.inf
    half = (count + 1) // 2
    low, high = _middle(ordered[:half]), _middle(ordered[-half:])
    room = 1.5 * (high - low)
    return low - room, high + room


def spread(values: Numbers, *, domain: Numbers, bins: int = 24, step: float = 0.11) -> list[float]:
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
