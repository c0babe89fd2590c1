"""What a layout makes matter: how many donors are enough, and which plates hold which groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, CaveatCode

FEWEST = 3
"""Donors a group must have before anything is estimated."""
FEWEST_SCORED = 5
"""Donors with a result and a score before a coefficient is estimated."""
SAME_RESULT = 1e-9
"""Results that lie no further apart (log2) are the same: what differs is rounding."""
CONFOUNDED = Caveat("confounded_with_plate")


def too_few(code: CaveatCode, groups: Sequence[str], donors: Sequence[int]) -> Caveat | None:
    """The first group with fewer donors than anything is estimated from."""
    for group, n in zip(groups, donors, strict=True):
        if n < FEWEST:
            return Caveat(code, {"group": group, "n": n, "needed": FEWEST})
    return None


def _on_plates(sample: Sample, first: str) -> dict[str, tuple[int, int]]:
    """Donors of the first and of the second group on each plate."""
    in_first = np.asarray(sample.groups == first)
    sides = (sample.only(in_first), sample.only(~in_first))
    a, b = (Counter(chain(*side.plates)) for side in sides)
    return {plate: (a[plate], b[plate]) for plate in a | b}


def confounded(sample: Sample, first: str) -> bool:
    """True where every plate holds one group only (and plates are shared by donors at all)."""
    pairs = _on_plates(sample, first).values()
    return all(min(pair) == 0 for pair in pairs) and any(sum(pair) > 1 for pair in pairs)


def uneven_plates(code: CaveatCode, sample: Sample, first: str) -> tuple[Caveat, ...]:
    """A warning of the plates that hold the groups in other proportions than the study does, by
    more than one donor; none where there is no such plate.
    """
    counts = _on_plates(sample, first)
    if all(sum(pair) == 1 for pair in counts.values()):
        return ()
    share = float(np.mean(sample.groups == first))
    uneven = [plate for plate, (a, b) in counts.items() if abs(a - (a + b) * share) > 1]
    return (Caveat(code, {"plates": tuple(sorted(uneven))}),) if uneven else ()


def sides_of(sample: Sample, groups: tuple[str, ...]) -> Iterator[Sample]:
    """The donors of each of some groups."""
    return (sample.of(group) for group in groups)
