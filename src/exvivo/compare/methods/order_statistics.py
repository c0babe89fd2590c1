"""Mean and standard deviation of results some of which are undetected, by regression on order
statistics.

Detected results are regressed, on a log scale, on the normal quantiles of their plotting positions
(Hirsch and Stedinger 1987, doi 10.1029/WR023i004p00715, several limits); the undetected ones enter
the two sums by the line's value at their own positions (Helsel and Cohn 1988, doi
10.1029/WR024i012p01997; NADA's `cenros`). It describes one set of results in a table of levels.

When not to use: for anything that is compared or tested. The numbers the line gives are not
measurements: they are used up in the two sums and handed to nobody; a donor's undetected result
stays censored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats


@dataclass(frozen=True)
class Level:
    """Mean and standard deviation (n - 1) of all results, in their own unit, and the detected and
    undetected counts.
    """

    mean: float
    sd: float
    detected: int
    undetected: int


def level(lower: Floats, upper: Floats) -> Level:
    """The level of positive results between `lower` and `upper` (results,), equal where detected,
    else below `upper`.

    Raises ValueError where fewer than three are detected, or a result is not positive, or bounded
    in another way.
    """
    seen = lower == upper
    limits = ~seen & (lower <= 0) & np.isfinite(upper)
    if seen.sum() < 3 or not np.all(seen | limits) or not np.all(upper > 0):
        raise ValueError(
            "regression on order statistics needs three detected results, and limits for the others"
        )
    values, hidden = np.sort(upper[seen]), np.sort(upper[~seen])
    whole = np.concatenate([values, _on_line(values, hidden)])
    return Level(float(whole.mean()), float(whole.std(ddof=1)), len(values), len(hidden))


def _on_line(values: Floats, hidden: Floats) -> Floats:
    """The line's values at the positions of the undetected results: log y = a + b Φ⁻¹(position)."""
    from scipy.special import ndtri

    edges, over = _exceedance(values, hidden)
    positions = _detected_positions(values, edges, over)
    slope, start = np.polyfit(ndtri(positions), np.log(values), 1)
    return np.asarray(np.exp(start + slope * ndtri(_undetected_positions(hidden, edges, over))))


def _detected_positions(values: Floats, edges: Floats, over: Floats) -> Floats:
    """Hirsch and Stedinger's plotting positions of the sorted detected results: shares of all
    results that lie below.
    """
    # The rank of each among those between its own limit and the next.
    at = np.searchsorted(edges, values, side="right") - 1
    rank = np.arange(len(values)) - np.searchsorted(values, edges[at]) + 1
    among = np.bincount(at, minlength=len(edges))
    step = over[:-1] - over[1:]
    return np.asarray(1 - over[at] + step[at] * rank / (among[at] + 1))


def _undetected_positions(hidden: Floats, edges: Floats, over: Floats) -> Floats:
    """The same of the sorted undetected ones, by the rank of each among those of its limit."""
    below = 1 - over[np.searchsorted(edges, hidden)]
    first = np.searchsorted(hidden, hidden)
    rank = np.arange(len(hidden)) - first + 1
    alike = np.searchsorted(hidden, hidden, side="right") - first
    return np.asarray(below * rank / (alike + 1))


def _exceedance(values: Floats, hidden: Floats) -> tuple[Floats, Floats]:
    """The limits from the lowest up (0 before them where results lie under all), and the share of
    results over each.
    """
    edges = np.unique(hidden)
    if not len(edges) or values[0] < edges[0]:
        edges = np.concatenate([[0.0], edges])
    above = np.append(np.searchsorted(values, edges), len(values))
    over = np.zeros(len(edges) + 1)
    for i in range(len(edges) - 1, -1, -1):
        here = above[i + 1] - above[i]
        below = above[i] + np.searchsorted(hidden, edges[i], side="right")
        over[i] = over[i + 1] + here / max(here + below, 1) * (1 - over[i + 1])
    return edges, over
