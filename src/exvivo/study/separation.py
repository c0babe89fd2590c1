"""Whether something that is known of people tells two groups of them apart: all of one lie beyond
all of the other, or nearly all.

How near is measured by pairs: of all pairs of one person from each group, the share in which the
same group has the higher number (ties count half), whichever group that is. It is 1/2 where the
groups are alike and 1 where they do not overlap (the area under the ROC curve; Hanley and McNeil
1982, doi 10.1148/radiology.143.1.7063747). Of categories the levels take the order of how much more
often one group has them. Nearly apart are groups with a share of 0.9 (two normal groups 1.8
standard deviations apart) that is no chance of few people: three standard deviations of the share
of groups that are alike, sqrt((n + m + 1) / (12 n m)), from 1/2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats

NEARLY = 0.9
"""The share of pairs in one order from which groups are nearly apart."""
_NO_CHANCE = 3.0
"""Standard deviations of the share of two groups that are alike."""
PEOPLE_EACH = 4
"""People that a level must have on average: where nearly everybody has a level of their own, groups
share none by themselves.
"""


@dataclass(frozen=True, slots=True)
class Separation:
    """Two groups that are apart, or nearly: the share of pairs in one order."""

    share: float
    complete: bool


def apart_by_numbers(
    first: Sequence[float] | Floats, second: Sequence[float] | Floats
) -> Separation | None:
    """Whether numbers tell two groups apart; None where they do not.

    >>> apart_by_numbers([60, 61, 62, 70], [20, 30, 41, 59])
    Separation(share=1.0, complete=True)
    >>> apart_by_numbers([60, 61, 62, 70], [20, 30, 65, 59]) is None
    True
    """
    if not len(first) or not len(second):
        return None
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    above = np.sign(x[:, None] - y[None, :])
    share = float((above.mean() + 1) / 2)
    complete = bool((above == 1).all() or (above == -1).all())
    return _separation(max(share, 1 - share), complete, len(x), len(y))


def apart_by_levels(first: Sequence[str], second: Sequence[str]) -> Separation | None:
    """Whether categories tell two groups apart; None where they do not.

    >>> apart_by_levels(["yes"] * 8, ["no"] * 8)
    Separation(share=1.0, complete=True)
    >>> apart_by_levels(["yes", "yes", "no", "no"], ["no"] * 4) is None
    True
    """
    levels = sorted({*first, *second})
    n, m = len(first), len(second)
    if not n or not m or n + m < PEOPLE_EACH * len(levels):
        return None
    p = np.array([list(first).count(level) for level in levels]) / n
    q = np.array([list(second).count(level) for level in levels]) / m
    lean = p / (p + q)
    above = np.sign(lean[:, None] - lean[None, :])
    share = float((p @ above @ q + 1) / 2)
    return _separation(share, not (p * q).any(), n, m)


def _separation(share: float, complete: bool, n: int, m: int) -> Separation | None:
    """The separation of a share of pairs, where it is one."""
    chance = math.sqrt((n + m + 1) / (12 * n * m))
    if complete or (share >= NEARLY and share - 0.5 >= _NO_CHANCE * chance):
        return Separation(share, complete)
    return None
