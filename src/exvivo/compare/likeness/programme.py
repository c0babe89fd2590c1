"""Programmes that cells share by what was done to them, not by their kind."""

from __future__ import annotations

from exvivo.compare.likeness.record import Likeness
from exvivo.findings import Caveat, Finding


def programme(
    likeness: Likeness, name: str, estimate: float
) -> tuple[tuple[Caveat, ...], list[Finding]]:
    """What a shared programme says against the contrast with one other class."""
    return (), []
