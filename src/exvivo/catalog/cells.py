"""Kinds of cells: their names, their lineage, and the checklist of what speaks of what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from exvivo.catalog.load import entries, plain_name


@dataclass(frozen=True, slots=True)
class CellKind:
    """A kind of cell, by the name of the catalog and by others that people write, and the lineage
    it belongs to.
    """

    name: str
    names: tuple[str, ...]
    lineage: str


@cache
def cells() -> Mapping[str, CellKind]:
    """Every kind of cell by its name."""
    return {
        name: CellKind(name, tuple(entry.get("names", ())), entry["lineage"])
        for name, entry in entries("cells.yaml").items()
    }


def cell_named(name: str) -> CellKind | None:
    """The kind of that name, however it is written; None where the catalog does not know it.

    >>> cell_named("Primary Microglia").lineage
    'myeloid'
    """
    plain = plain_name(name)
    for kind in cells().values():
        if plain in {plain_name(each) for each in (kind.name, *kind.names)}:
            return kind
    return None
