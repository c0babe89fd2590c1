"""Donors on plates and days: each donor whole on one plate, each group spread evenly over plates
and over days, and plates and days crossed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from exvivo.plan.layout.samples import Donor

Rng = np.random.Generator
_Key = tuple[object, ...]
"""What is counted: a plate or day, or people of one kind there."""


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
    its group, then its traits, then anybody is rarest, and then the day in the same way, first of
    all among the donors of its plate. Ties are drawn.
    """
    crowds = _Crowds(plates, room, days, rng)
    return {donor.id: crowds.seated(donor) for donor in _in_random_order(donors, rng)}


def _in_random_order(donors: Sequence[Donor], rng: Rng) -> list[Donor]:
    """Donors at random within their groups, the largest group first."""
    sizes = Counter(donor.group for donor in donors)
    shuffled = _shuffled(donors, rng)
    return sorted(shuffled, key=lambda donor: (-sizes[donor.group], donor.group))


def _shuffled(donors: Sequence[Donor], rng: Rng) -> list[Donor]:
    """Donors in an order of chance."""
    return [donors[i] for i in rng.permutation(len(donors))]


def _keys(donor: Donor, what: str, at: int) -> list[_Key]:
    """What is counted of a donor at a plate or day."""
    return [(what, at), (what, at, donor.group), *_traits(donor, what, at)]


def _traits(donor: Donor, what: str, at: int) -> Iterator[_Key]:
    """What is counted of the traits of a donor at a plate or day."""
    for name, value in donor.traits.items():
        yield what, at, name, value


@dataclass(frozen=True)
class _Crowds:
    """Who is on which plate and day so far (`counts`); a plate has room for `room` donors."""

    plates: int
    room: int
    days: int
    rng: Rng
    counts: Counter[_Key] = field(default_factory=Counter)

    def seated(self, donor: Donor) -> Place:
        """The place that a donor takes, where it is counted from now on."""
        plate = self.rarest("plate", self.free_plates(), donor)
        place = Place(plate, self.day_on(plate, donor))
        self.add(donor, place)
        return place

    def day_on(self, plate: int, donor: Donor) -> int:
        """The day that a donor of a plate takes; 0 where there are no days."""
        days = range(1, self.days + 1)
        return self.rarest("day", days, donor, plate=plate) if days else 0

    def free_plates(self) -> list[int]:
        """The plates that have room for one more."""
        return [at for at in range(self.plates) if self.counts["plate", at] < self.room]

    def rarest(self, what: str, places: Iterable[int], donor: Donor, *, plate: int = 0) -> int:
        """The place where people like a donor are rarest; one of those at random."""
        return min(places, key=lambda at: (*self.crowd(what, at, donor, plate), self.rng.random()))

    def crowd(self, what: str, at: int, donor: Donor, plate: int) -> tuple[int, ...]:
        """The people like a donor at a place, those that count most first."""
        alike = self.counts[what, at, donor.group]
        together = self.counts["both", plate, at] if what == "day" else 0
        traits = sum(self.counts[key] for key in _traits(donor, what, at))
        return alike, together, traits, self.counts[what, at]

    def add(self, donor: Donor, place: Place) -> None:
        """Count a donor at its plate and day."""
        self.counts.update(_keys(donor, "plate", place.plate))
        self.counts.update(_keys(donor, "day", place.day))
        self.counts["both", place.plate, place.day] += 1
