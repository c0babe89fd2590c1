"""How many donors reach a power or a half width: the smallest number at the planned proportions,
never fewer than planned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exvivo.plan.power.exact import Law, one_mean, welch
from exvivo.tell.planned.needed import Target

MOST = 1000
"""Donors in all beyond which nothing is counted."""
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Planned:
    """The planned donors of the one or two groups of an answer, the effect that is assumed (log2),
    and the level of the tests.
    """

    donors: Sizes
    effect: float
    alpha: float

    def law(self, sizes: Sizes, sd: float) -> Law:
        """How the answer comes out with so many donors of this spread."""
        if len(sizes) == 1:
            return one_mean(self.effect, sd, sizes[0], alpha=self.alpha)
        first, second = sizes
        return welch(self.effect, (sd, sd), (first, second), alpha=self.alpha)

    def reached(self, target: Target, sizes: Sizes, sd: float) -> float:
        """The power, or the half width."""
        law = self.law(sizes, sd)
        return law.claims().supported if target == "power" else law.half_width

    def enough(self, target: Target, wanted: float, sd: float) -> Sizes | None:
        """The smallest numbers of donors that reach what is wanted, from the planned on; None where
        more than `MOST` are needed.
        """

        def is_enough(total: int) -> bool:
            value = self.reached(target, proportioned(self.donors, total), sd)
            return value >= wanted - _ROUNDING if target == "power" else value <= wanted + _ROUNDING

        if sd <= 0:
            return self.donors
        total = _smallest(sum(self.donors), max(MOST, sum(self.donors)), is_enough)
        return None if total is None else proportioned(self.donors, total)


_ROUNDING = 1e-9


def proportioned(planned: Sizes, total: int) -> Sizes:
    """A total dealt out in the planned proportions, by the largest remainders.

    >>> proportioned((14, 10), 25), proportioned((14, 10), 48)
    ((15, 10), (28, 20))
    """
    whole = sum(planned)
    parts = [total * n // whole for n in planned]
    rest = [total * n % whole for n in planned]
    first = sorted(range(len(planned)), key=lambda place: -rest[place])
    for place in first[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def _smallest(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """The smallest whole number between two ends for which something holds, that holds for all
    larger ones.
    """
    if holds(low):
        return low
    if not holds(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
