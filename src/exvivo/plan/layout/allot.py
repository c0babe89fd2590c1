"""Donors on plates and days: each donor whole on one plate, each group spread evenly over plates
and over days, and plates and days crossed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from exvivo.plan.layout.days import dealt_days
from exvivo.plan.layout.samples import Donor

Rng = np.random.Generator
_Key = tuple[object, ...]
"""What is counted: everybody on a plate, or people of one kind there."""


@dataclass(frozen=True)
class Place:
    """The plate (counted from 0) and the day (from 1; 0: no days) of a donor."""

    plate: int
    day: int = 0


def allotted(
    donors: Sequence[Donor], *, plates: int, room: int, days: int = 0, rng: Rng
) -> dict[str, Place]:
    """The place of each donor, by its id; no plate gets more than `room` donors.

    Donors come in random order, group by group, the largest first; each takes the plate on which
    its group, then its traits, then anybody is rarest. Ties are drawn. Days are dealt then.
    """
    crowds = _Crowds(plates, room, rng)
    ordered = _in_random_order(donors, rng)
    seats = {donor.id: crowds.seated(donor) for donor in ordered}
    dealt = dealt_days(ordered, seats, days, rng=rng) if days else {}
    return {name: Place(plate, dealt.get(name, 0)) for name, plate in seats.items()}


def _in_random_order(donors: Sequence[Donor], rng: Rng) -> list[Donor]:
    """Donors at random within their groups, the largest group first."""
    sizes = Counter(donor.group for donor in donors)
    shuffled = _shuffled(donors, rng)
    return sorted(shuffled, key=lambda donor: (-sizes[donor.group], donor.group))


def _shuffled(donors: Sequence[Donor], rng: Rng) -> list[Donor]:
    """Donors in an order of chance."""
    return [donors[i] for i in rng.permutation(len(donors))]


@dataclass(frozen=True)
class _Crowds:
    """Who is on which plate so far (`counts`); a plate has room for `room` donors."""

    plates: int
    room: int
    rng: Rng
    counts: Counter[_Key] = field(default_factory=Counter)

    def seated(self, donor: Donor) -> int:
        """The plate that a donor takes, where it is counted from now on."""
        free = [at for at in range(self.plates) if self.counts[at,] < self.room]
        plate = min(free, key=lambda at: (*self.crowd(at, donor), self.rng.random()))
        self.counts.update([(plate,), (plate, donor.group), *_traits(donor, plate)])
        return plate

    def crowd(self, plate: int, donor: Donor) -> tuple[int, ...]:
        """The people like a donor on a plate, those that count most first."""
        traits = sum(self.counts[key] for key in _traits(donor, plate))
        return self.counts[plate, donor.group], traits, self.counts[plate,]


def _traits(donor: Donor, plate: int) -> Iterator[_Key]:
    """What is counted of the traits of a donor on a plate."""
    for name, value in donor.traits.items():
        yield plate, name, value
