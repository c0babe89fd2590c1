"""The spread of donors within groups, told without knowing who is of which group.

Let N donors lie on K plates, with numbers y that are normal around the mean of their group and
plate with the variance σ², and let a share p of them be of the first group, whose mean is larger by
Δ. With SS the sum of squares of y about the mean of each plate,

    E[SS] = (N - K) σ² + N p (1 - p) Δ²

so that σ² is (SS - N p (1 - p) Δ²) / (N - K) for an assumed Δ and the planned p: the one-sample
variance less what the assumed difference adds (Kieser and Friede 2003, Statistics in Medicine
22:3571, doi 10.1002/sim.1585). Neither the true Δ nor any label enters. Where the groups truly
differ more than assumed, the spread is told too large, and more donors are asked for than needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats

_LEVEL = 0.95
_FEWEST_LEFT = 3
"""Degrees of freedom that plates must leave; with fewer they are not held."""


@dataclass(frozen=True)
class Spread:
    """A standard deviation with its interval, and the degrees of freedom behind it. It is NaN where
    the assumed difference alone explains more than was seen.

    The interval (95 %) is that of SS as of σ² + what the difference adds, by χ²: a little wide, as
    the difference is no spread.
    """

    sd: float
    lower: float
    upper: float
    df: int


def blinded_spread(
    values: Floats, plates: Sequence[str], *, difference: float, share: float
) -> Spread:
    """The spread within groups of donors' numbers; `difference` is the assumed one, `share` that of
    the first group among the planned donors (0 where one group is asked about).
    """
    held = _held(plates)
    residuals = values - _means(values, held)
    df = len(values) - len(set(held))
    added = len(values) * share * (1 - share) * difference**2
    squares = float(residuals @ residuals)
    variance = (squares - added) / df
    if not variance > 0:
        return Spread(math.nan, math.nan, math.nan, df)
    ends = [max(squares / each - added / df, 0.0) for each in _quantiles(df)]
    return Spread(math.sqrt(variance), math.sqrt(ends[0]), math.sqrt(ends[1]), df)


def _held(plates: Sequence[str]) -> list[str]:
    """The plate of each donor, where plates leave enough; else one for all."""
    return list(plates) if _leave_enough(plates) else [""] * len(plates)


def _leave_enough(plates: Sequence[str]) -> bool:
    """Whether plates leave enough degrees of freedom to be held."""
    left = len(plates) - len(set(plates))
    return left >= max(_FEWEST_LEFT, len(plates) / 2)


def _means(values: Floats, held: Sequence[str]) -> Floats:
    """The mean of each donor's plate."""
    _, place = np.unique(held, return_inverse=True)
    return np.asarray((np.bincount(place, values) / np.bincount(place))[place])


def _quantiles(df: int) -> tuple[float, float]:
    """The quantiles of χ² that the lower and the upper end are told by."""
    from scipy.special import chdtri

    tail = (1 - _LEVEL) / 2
    return float(chdtri(df, tail)), float(chdtri(df, 1 - tail))
