"""Whether a group, a condition or a day can be told from the plate, row or column of a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

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
    kinds = _levels_by_place(places, levels).values()
    return all(len(of_place) == 1 for of_place in kinds) and len(kinds) < len(places)


def _levels_by_place(
    places: Sequence[Level], levels: Sequence[Level]
) -> Mapping[Level, Set[Level]]:
    """The different levels that each place holds."""
    kinds: dict[Level, set[Level]] = {}
    for place, level in zip(places, levels, strict=True):
        kinds.setdefault(place, set()).add(level)
    return kinds


def told(
    places: Mapping[str, Sequence[Level]], facts: Mapping[str, Sequence[Level]]
) -> Iterable[tuple[str, str]]:
    """Each kind of place with each fact that follows from it."""
    for where, at in places.items():
        for what, levels in facts.items():
            if is_told_by(at, levels):
                yield where, what
