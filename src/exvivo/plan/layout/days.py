"""Days for donors who have their plates, so that both the days of every group and the days of every
plate differ by one donor at most.

A donor is a line between a plate and a group, a day its colour. Plates and groups are split into
parts of as many donors as there are days; lines with two sorts of ends can then always be coloured
so that no part has a colour twice (Kőnig 1916, doi 10.1007/BF01456961): where no day is free at
both ends of a new line, two days are exchanged along the chain that begins at one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from exvivo.plan.layout.samples import Donor

Rng = np.random.Generator
_End = tuple[str, str, int]
"""A part of a plate or of a group: which of both, its name, and the number of the part."""


def dealt_days(
    donors: Sequence[Donor], plates: Mapping[str, int], days: int, *, rng: Rng
) -> dict[str, int]:
    """The day (from 1) of each donor by id; of free days those on which a donor's traits, then
    anybody, are rarest; ties are drawn.
    """
    deal = _Deal(range(1, days + 1), rng)
    for donor, ends in zip(donors, _ends(donors, plates, days), strict=True):
        deal.add(donor, ends)
    return deal.day


def _ends(
    donors: Sequence[Donor], plates: Mapping[str, int], days: int
) -> Iterator[tuple[_End, _End]]:
    """The part of its plate and the part of its group of each donor."""
    counts: Counter[tuple[str, str]] = Counter()
    for donor in donors:
        plate, group = ("plate", str(plates[donor.id])), ("group", donor.group)
        yield (*plate, counts[plate] // days), (*group, counts[group] // days)
        counts.update([plate, group])


@dataclass(frozen=True)
class _Deal:
    """The day of each donor so far, the ends of each, and who has a day of an end."""

    days: range
    rng: Rng
    day: dict[str, int] = field(default_factory=dict)
    ends: dict[str, tuple[_End, _End]] = field(default_factory=dict)
    taken: dict[tuple[_End, int], str] = field(default_factory=dict)
    donors: dict[str, Donor] = field(default_factory=dict)

    def add(self, donor: Donor, ends: tuple[_End, _End]) -> None:
        """Give a donor a day that is free at both ends, after an exchange where there is none."""
        first, second = (self.free(end) for end in ends)
        both = [day for day in first if day in second]
        if not both:
            self.exchange(ends[1], first[0], second[0])
            both = [first[0]]
        self.donors[donor.id], self.ends[donor.id] = donor, ends
        self.put(donor.id, min(both, key=lambda day: (*self.crowd(day, donor), self.rng.random())))

    def free(self, end: _End) -> list[int]:
        """The days that nobody of an end has."""
        return [day for day in self.days if (end, day) not in self.taken]

    def put(self, donor: str, day: int) -> None:
        """Write down the day of a donor."""
        self.day[donor] = day
        self.taken.update({(end, day): donor for end in self.ends[donor]})

    def exchange(self, end: _End, first: int, second: int) -> None:
        """Exchange two days along the chain of donors that begins at an end with the first one."""
        chain = list(self.chain(end, first, second))
        days = {donor: second if self.day[donor] == first else first for donor in chain}
        for donor in chain:
            for at in self.ends[donor]:
                self.taken.pop((at, self.day[donor]))
        for donor, day in days.items():
            self.put(donor, day)

    def chain(self, end: _End, first: int, second: int) -> Iterator[str]:
        """Donors from an end on, who have the two days in turn."""
        while donor := self.taken.get((end, first)):
            yield donor
            (end,) = (at for at in self.ends[donor] if at != end)
            first, second = second, first

    def crowd(self, day: int, donor: Donor) -> tuple[int, int]:
        """How many people of a day share traits with a donor, and how many there are."""
        there = [self.donors[name] for name, at in self.day.items() if at == day]
        alike = sum(
            other.traits.get(name) == value
            for other in there
            for name, value in donor.traits.items()
        )
        return alike, len(there)
