"""Donors on plates and days: each donor whole on one plate, each group spread evenly over plates
and over days, and plates and days crossed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.plan.layout.samples import Donor

Rng = np.random.Generator


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
    counts: Counter[tuple[object, ...]] = Counter()
    places: dict[str, Place] = {}
    for donor in _in_random_order(donors, rng):
        plate = _rarest(range(plates), donor, "plate", counts, rng, room=room)
        day = _rarest(range(1, days + 1), donor, "day", counts, rng, plate=plate) if days else 0
        places[donor.id] = Place(plate, day)
        counts.update(_keys(donor, "plate", plate))
        counts.update([*_keys(donor, "day", day), ("both", plate, day)])
    return places


def _in_random_order(donors: Sequence[Donor], rng: Rng) -> list[Donor]:
    """Donors at random within their groups, the largest group first."""
    sizes = Counter(donor.group for donor in donors)
    shuffled = [donors[i] for i in rng.permutation(len(donors))]
    return sorted(shuffled, key=lambda donor: (-sizes[donor.group], donor.group))


def _keys(donor: Donor, what: str, at: int) -> list[tuple[object, ...]]:
    """What is counted of a donor at a plate or day."""
    traits = [(what, at, name, value) for name, value in donor.traits.items()]
    return [(what, at), (what, at, donor.group), *traits]


def _rarest(
    places: Sequence[int],
    donor: Donor,
    what: str,
    counts: Counter[tuple[object, ...]],
    rng: Rng,
    *,
    room: int | None = None,
    plate: int = 0,
) -> int:
    """The place where people like a donor are rarest; one of those at random."""
    free = [at for at in places if room is None or counts[what, at] < room]

    def crowd(at: int) -> tuple[float, ...]:
        traits = sum(counts[what, at, name, value] for name, value in donor.traits.items())
        together = counts["both", plate, at] if what == "day" else 0
        return (counts[what, at, donor.group], together, traits, counts[what, at], rng.random())

    return min(free, key=crowd)
