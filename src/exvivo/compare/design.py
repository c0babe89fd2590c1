"""What a layout makes matter: which plates hold which groups, and in what proportions."""

from __future__ import annotations

import numpy as np

from exvivo.compare.sample import Sample


def _on_plates(of: Sample, first: str) -> dict[str, tuple[int, int]]:
    """Donors of the first and of the second group on each plate."""
    held: dict[str, tuple[int, int]] = {}
    for group, plates in zip(of.groups, of.plates, strict=True):
        for plate in plates:
            a, b = held.get(plate, (0, 0))
            held[plate] = (a + 1, b) if group == first else (a, b + 1)
    return held


def confounded(of: Sample, first: str) -> bool:
    """True where every plate holds one group only (and plates are shared by donors at all)."""
    held = _on_plates(of, first)
    return all(min(pair) == 0 for pair in held.values()) and any(
        sum(pair) > 1 for pair in held.values()
    )


def uneven(of: Sample, first: str) -> list[str]:
    """A warning where plates hold the groups in other proportions than the study does (by more than
    one donor).
    """
    held = _on_plates(of, first)
    share = float(np.mean(of.groups == first))
    if all(sum(pair) == 1 for pair in held.values()):
        return []
    uneven = sorted(plate for plate, (a, b) in held.items() if abs(a - (a + b) * share) > 1)
    return [f"the groups are spread unevenly over plates ({', '.join(uneven)})"] if uneven else []
