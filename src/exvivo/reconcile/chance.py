"""How likely numbers agree by chance: from their resolution and their spread.

Two independent readings with the local density f agree at the value v with probability f(v) r,
where r is one step of the last digit. Integers of a small range agree all the time; three decimals
hardly ever.
"""

from __future__ import annotations

from math import comb, log10

import numpy as np

from exvivo.arrays import Bools, Floats

_STEPS = [part * 10.0**decade for decade in range(-9, 3) for part in (1.0, 2.0, 2.5, 5.0)]
"""The steps that numbers are written in, ascending."""
_ROUNDING = 1e-6
"""What a number may lose, of its size, on its way through a program as a binary fraction."""
_RELATED = 2.0
"""How many times as likely readings agree as independent ones would: analytes and conditions of one
donor go together, and so do people of one group.
"""
_TILTS = np.linspace(0.3, 0.95, 14)
"""Exponents of the tail bound; the best of them is taken."""
_LEAST = 1e-9
"""The smallest chance that is counted with."""
_LEAST_CV = 0.02
"""The least technical spread of readings, of their size, where no replicates tell it."""
_WINDOW = 12
"""Neighbours in rank from whose ties the width of a grid is read."""
_NEAREST = 5
"""Replicates around a value from which its technical spread is read."""
_MEDIAN_TO_SD = 0.954
"""The median distance of two readings of one sample, in their standard deviations (normal)."""


def steps(values: Floats) -> Floats:
    """One step of the last digit of each number, as the numbers of its power of ten are written:
    the largest of 1, 2, 2.5 or 5 times a power of ten that they are all multiples of. A zero is
    written as the finest of the others.
    """
    with np.errstate(divide="ignore"):
        decades = np.floor(np.log10(np.abs(values)))
    decades[~np.isfinite(decades)] = -99.0
    _, place = np.unique(decades, return_inverse=True)
    step = np.full(place.max(initial=0) + 1, _STEPS[0])
    for candidate in _STEPS[1:]:
        strange = np.zeros(step.size, dtype=np.bool_)
        np.logical_or.at(strange, place, ~_multiples(values, candidate))
        step[~strange] = candidate
    each: Floats = step[place]
    is_zero = values == 0
    each[is_zero] = each[~is_zero].min(initial=1.0)
    return each


def _multiples(values: Floats, step: float) -> Bools:
    """Which numbers are multiples of a step, but for what programs lose of them."""
    scaled = values / step
    tolerance = np.minimum(_ROUNDING * np.maximum(1.0, np.abs(scaled)), 0.01)
    whole: Bools = np.abs(scaled - np.rint(scaled)) <= tolerance
    return whole


def by_density(values: Floats, step: Floats) -> Floats:
    """The chance that another reading of the same kind has the same number, for each of `values`.

    The density is k / (2 d (n - 1)) with d the distance to the k-th nearest other, k about the
    square root of n (Loftsgaarden and Quesenberry 1965, doi:10.1214/aoms/1177700079). Numbers that
    others share agree at least as often as they do.
    """
    n = values.size
    if n < 2:
        return np.ones(n)
    k = min(max(2, round(n**0.5)), n - 1)
    order = np.argsort(values, kind="stable")
    nearest = np.empty(n)
    nearest[order] = _kth_nearest(values[order], k)
    density = k / (2.0 * (nearest + step / 2) * (n - 1))
    chance = np.maximum(density * step, _ties(values) / (n - 1))
    clipped: Floats = np.clip(_RELATED * chance, _LEAST, 1.0)
    return clipped


def _kth_nearest(ordered: Floats, k: int) -> Floats:
    """The distance of each of the ascending numbers to the k-th nearest other."""
    n, best = ordered.size, np.full(ordered.size, np.inf)
    for below in range(k + 1):
        low, high = np.arange(n) - below, np.arange(n) - below + k
        inside = (low >= 0) & (high < n)
        ends = ordered[low[inside]], ordered[high[inside]]
        far = np.maximum(ordered[inside] - ends[0], ends[1] - ordered[inside])
        best[inside] = np.minimum(best[inside], far)
    return best


def _ties(values: Floats) -> Floats:
    """How many others beyond one have each number: the one may be its copy."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ties: Floats = np.maximum(counts[place] - 2.0, 0.0)
    return ties


def by_grid(values: Floats, step: Floats, others: Floats) -> Floats:
    """How many times as likely numbers agree as their decimals say, where they lie on a coarser
    grid: concentrations read off whole counts have many decimals and few different values.

    Of `others`, all of one sort, the neighbours in rank of a value (12) are tied with the next one
    with probability 1 - exp(-n f g), g the width of the grid there; ties of the value itself, which
    may be of a copy, do not count.
    """
    if others.size < 2 * _WINDOW or values.size < 2:
        return np.ones(values.size)
    ordered = np.sort(others)
    tied = ordered[:-1] == ordered[1:]
    before = np.concatenate([[0], np.cumsum(tied)])
    first, last = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    low = np.clip((first + last) // 2 - _WINDOW // 2, 0, tied.size - _WINDOW)
    own = np.clip(np.minimum(last - 1, low + _WINDOW) - np.maximum(first, low), 0, None)
    among = np.maximum(_WINDOW - own - 2.0 * (last > first), 1.0)
    share = np.clip((before[low + _WINDOW] - before[low] - own) / among, 0.0, 0.95)
    coarse: Floats = _RELATED * -np.log1p(-share) / others.size / by_density(values, step)
    return np.maximum(coarse, 1.0)


def by_replicates(values: Floats, step: Floats, levels: Floats, apart: Floats) -> Floats:
    """The chance that a second reading of an equal sample has the same number, r / (2 s sqrt(pi)),
    for each of `values`; s is the technical spread near it, from pairs of replicates with means
    `levels` and distances `apart`, in units or as a part of the level, whichever is less.
    """
    spread = _LEAST_CV * np.abs(values)
    if levels.size >= _NEAREST:
        size = np.maximum(np.abs(levels), 1e-12)
        parts = _near(values, levels, apart / size) * np.abs(values)
        spread = np.minimum(_near(values, levels, apart), parts) / _MEDIAN_TO_SD
    spread = np.maximum(spread, step / 4)
    chance: Floats = _RELATED * step / (2 * np.sqrt(np.pi) * spread)
    return np.minimum(np.maximum(chance, _LEAST), 1.0)


def _near(values: Floats, levels: Floats, distances: Floats) -> Floats:
    """The median distance of the replicates whose level is nearest to each value."""
    order = np.argsort(levels, kind="stable")
    windows = np.lib.stride_tricks.sliding_window_view(distances[order], _NEAREST)
    medians = np.median(windows, axis=1)
    place = np.searchsorted(levels[order], values) - _NEAREST // 2
    near: Floats = medians[np.clip(place, 0, medians.size - 1)]
    return near


def log10_tail(equal: Bools, chances: Floats) -> float:
    """The log10 of a bound on the chance that independent numbers, each equal with its own of
    `chances`, agree as well as `equal` says.

    The smaller of two bounds: on the digits that agree, S, the sum of -log10 p of what is equal
    (Chernoff), P(S >= s) <= 10^(-t s) prod(1 - p + p^(1 - t)) at the best t; and on their count,
    P(at most k differ) <= C(n, k) times the product of the n - k largest p.
    """
    p = np.clip(chances, _LEAST, 1.0)
    digits = -np.log10(p)
    tilted = np.log10(1 - p[:, None] + p[:, None] ** (1 - _TILTS)).sum(axis=0)
    by_digits = float((tilted - _TILTS * digits[equal].sum()).min(initial=0.0))
    differ = int(p.size - equal.sum())
    least = np.sort(digits)[: p.size - differ].sum()
    return min(by_digits, log10(comb(p.size, differ)) - float(least), 0.0)
