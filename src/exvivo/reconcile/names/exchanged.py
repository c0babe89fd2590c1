"""Plates whose file agrees with the layout of another plate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exvivo.reconcile.names.moved import FEWEST
from exvivo.reconcile.names.plate import NamedPlate

_LEFT, _EXPLAINED = 0.1, 0.6
"""The share of contradictions that the other layout may leave, and of the names that say something
that must agree with it.
"""


class Exchanged(NamedTuple):
    """Plates, and by plate that of the layout which its file agrees with."""

    plates: list[NamedPlate]
    pairs: list[tuple[str, str]]


def exchanged(plates: Sequence[NamedPlate]) -> Iterator[Exchanged]:
    """Plates whose files agree with one another's layouts, in a circle."""
    wrong = [plate for plate in plates if len(plate.differences) >= FEWEST]
    other = {plate.id: _other(plate, wrong) for plate in wrong}
    by_id = {plate.id: plate for plate in wrong}
    seen: set[str] = set()
    for plate in wrong:
        circle = _circle(plate.id, other)
        if plate.id not in seen and circle:
            seen.update(circle)
            pairs = [(each, str(other[each])) for each in circle]
            yield Exchanged([by_id[each] for each in circle], pairs)


def _other(plate: NamedPlate, plates: Sequence[NamedPlate]) -> str | None:
    """The plate whose layout the file of another agrees with."""
    telling = sum(bool(plate.says(well)) for well in plate.names)
    for each in plates:
        if each is plate:
            continue
        differ = len(plate.against(each.records))
        agree = plate.agreeing(each.records)
        if differ <= _LEFT * len(plate.differences) and agree >= _EXPLAINED * telling:
            return each.id
    return None


def _circle(start: str, other: dict[str, str | None]) -> list[str]:
    """The plates from one back to itself; empty where they do not lead back."""
    circle, at = [start], other.get(start)
    while at is not None and at not in circle:
        circle.append(at)
        at = other.get(at)
    return circle if at == start else []
