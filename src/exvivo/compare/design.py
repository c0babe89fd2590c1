"""What a layout makes matter: how many donors are enough, and which plates hold which groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    counts: dict[str, tuple[int, int]] = {}
    for group, plates in zip(sample.groups, sample.plates, strict=True):
        for plate in plates:
            a, b = counts.get(plate, (0, 0))
            counts[plate] = (a + 1, b) if group == first else (a, b + 1)
    return counts


def confounded(sample: Sample, first: str) -> bool:
    """True where every plate holds one group only (and plates are shared by donors at all)."""
    pairs = _on_plates(sample, first).values()
    return all(min(pair) == 0 for pair in pairs) and any(sum(pair) > 1 for pair in pairs)


def uneven_plates(sample: Sample, first: str) -> tuple[str, ...]:
    """The plates that hold the groups in other proportions than the study does, by more than one
    donor.
    """
    counts = _on_plates(sample, first)
    share = float(np.mean(sample.groups == first))
    if all(sum(pair) == 1 for pair in counts.values()):
        return ()
    uneven = (plate for plate, (a, b) in counts.items() if abs(a - (a + b) * share) > 1)
    return tuple(sorted(uneven))


def sides_of(sample: Sample, groups: tuple[str, ...]) -> Iterator[Sample]:
    """The donors of each of some groups."""
    return (sample.only(np.asarray(sample.groups == group)) for group in groups)
