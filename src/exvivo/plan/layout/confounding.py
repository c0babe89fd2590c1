"""Whether a group, a condition or a day can be told from the plate, row or column of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Level = str | int


def is_told_by(places: Sequence[Level], levels: Sequence[Level]) -> bool:
    """Whether the level of every sample follows from its place: there are several levels, some
    place holds several samples, and no place holds two levels.

    >>> is_told_by(["A", "A", "B", "B"], ["FM", "FM", "HC", "HC"])
    True
    >>> is_told_by(["A", "A", "B", "B"], ["FM", "HC", "FM", "HC"])
    False
    """
    if len(set(levels)) < 2:
        return False
    by_place: dict[Level, list[Level]] = {}
    for place, level in zip(places, levels, strict=True):
        by_place.setdefault(place, []).append(level)
    mixed = any(len(set(inside)) > 1 for inside in by_place.values())
    return not mixed and any(len(inside) > 1 for inside in by_place.values())


def told(
    places: Mapping[str, Sequence[Level]], facts: Mapping[str, Sequence[Level]]
) -> Iterable[tuple[str, str]]:
    """Each kind of place with each fact that follows from it."""
    for where, at in places.items():
        for what, levels in facts.items():
            if is_told_by(at, levels):
                yield where, what
