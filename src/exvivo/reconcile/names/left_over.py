"""How a layout has to be moved that leaves wells of its file without a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from exvivo.errors import Mistake
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.moved import moved
from exvivo.reconcile.names.plate import named_plate
from exvivo.study import Plate


def with_the_way(mistakes: Iterable[Mistake], held: Held, plate: Plate) -> list[Mistake]:
    """Mistakes of a plate; those of its layout as a whole say how it has to be moved for the names
    in the file to agree, where a move explains them. `held` has all readings of the plate, those of
    the wells left over without role and donor.
    """
    way = moved(named_plate(held, plate.id))
    if way is None:
        return list(mistakes)
    words = (
        f"; the layout agrees with the names in the file when it is {way.words} "
        f"({way.agree} wells agree then)"
    )
    return [_with(each, words) if each.where == plate.place else each for each in mistakes]


def _with(mistake: Mistake, words: str) -> Mistake:
    return replace(mistake, found=f"{mistake.found}{words}")
