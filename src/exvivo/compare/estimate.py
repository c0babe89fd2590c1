"""What a method gives back: an estimate, its interval and its p value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval and the p value that goes with it; None where it cannot be
    given.
    """

    estimate: float | None
    lower: float
    upper: float
    p: float
