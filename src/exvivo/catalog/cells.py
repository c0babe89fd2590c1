"""Kinds of cells: their names, their lineage, and the checklist of what speaks of what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from exvivo.catalog.load import entries

How = Literal["protein", "function", "genotype"]
"""What an item of a checklist asks for: a marker seen as protein, something that the cells do, or
whose genome they carry.
"""
_BETWEEN = re.compile(r"[\s_\-.,/()+]+")
_LACKED = re.compile(r"(?<=\d)[-\u2212](?=$|[\s_/,)]|cd\d)")
"""The minus behind a CD number: the cells without it."""
_OF_NO_KIND = frozenset({"human", "primary"})


@dataclass(frozen=True, slots=True)
class Protein:
    """A protein by the HGNC symbol of its gene, and its other names."""

    gene: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a checklist: its id and its name, what it shows, and by what it is seen.

    `analytes` are the proteins of an item seen as protein, by an antibody that needs its isotype
    control where `isotype` says so; `stimuli` and `blockers` the names under which a function is
    asked for and blocked, the usual one first; `control` is what it must be held against;
    `sources` are DOIs.
    """

    id: str
    name: str
    shows: str
    how: How
    control: str
    sources: tuple[str, ...]
    analytes: tuple[Protein, ...] = ()
    isotype: bool = False
    stimuli: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellKind:
    """A kind of cell, by the name of the catalog and by others that people write, the lineage it
    belongs to (empty where no genes are known that tell it), and the checklist of what beside
    expression speaks of what it is.
    """

    name: str
    names: tuple[str, ...]
    lineage: str
    checklist: tuple[Item, ...] = ()

    def item(self, id_: str) -> Item | None:
        """The item of that id; None where the checklist has no such item."""
        return next((item for item in self.checklist if item.id == id_), None)


@cache
def cells() -> Mapping[str, CellKind]:
    """Every kind of cell by its name.

    >>> [item.id for item in cells()["microglia"].checklist][:2]
    ['markers_by_protein', 'phagocytosis']
    """
    listed = entries("cells.yaml")
    return {name: _kind(name, entry) for name, entry in listed.items()}


def _kind(name: str, entry: Mapping[str, Any]) -> CellKind:
    """The record of a kind; one that says `checklist_of` has the checklist of that kind."""
    names = tuple(map(str, entry.get("names", ())))
    return CellKind(name, names, entry.get("lineage", ""), tuple(_items(entry)))


def _items(entry: Mapping[str, Any]) -> Iterator[Item]:
    other = entry.get("checklist_of")
    listed = entries("cells.yaml")[other] if other else entry
    for id_, item in listed.get("checklist", {}).items():
        yield _item(id_, item)


def _item(id_: str, entry: Mapping[str, Any]) -> Item:
    """The record of an item."""
    facts = {key: _tuple(value) for key, value in entry.items() if key != "analytes"}
    return Item(id_, analytes=_proteins(entry.get("analytes", {})), **facts)


def _proteins(listed: Mapping[str, Iterable[str]]) -> tuple[Protein, ...]:
    return tuple(_protein(*each) for each in listed.items())


def _protein(gene: str, names: Iterable[str]) -> Protein:
    return Protein(gene, tuple(names))


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def key_of_cells(name: str) -> str:
    """A name of cells without what people write in different ways: capitals, spaces, underscores,
    hyphens and the s of a plural; nor the words human and primary, which say nothing of the kind.

    >>> key_of_cells("CD8_Tcells"), key_of_cells("Primary human microglia")
    ('cd8tcell', 'microglia')
    >>> key_of_cells("CD4+CD25- T cells"), key_of_cells("CD4+CD25+ T cells")
    ('cd4cd25withouttcell', 'cd4cd25tcell')
    """
    words = _BETWEEN.split(_LACKED.sub("without ", name.casefold()))
    return "".join(_singular(word) for word in words if word not in _OF_NO_KIND)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 2 and word.endswith("s") else word


@cache
def _by_key() -> Mapping[str, CellKind]:
    """Every kind by the keys of all its names."""
    made: dict[str, CellKind] = {}
    for kind in cells().values():
        made |= dict.fromkeys(map(key_of_cells, (kind.name, *kind.names)), kind)
    return made


def cell_named(name: str) -> CellKind | None:
    """The kind of that name, however it is written; None where the catalog does not know it. A part
    of a name is never taken for the whole, but what stands behind a comma, the condition of the
    cells, may be passed over.

    >>> cell_named("Primary Microglia").lineage, cell_named("CD4_Tcells").lineage
    ('myeloid', 'T')
    >>> cell_named("monocyte, LPS 24 h").name
    'monocyte'
    >>> cell_named("microglia depleted culture")
    """
    known = _by_key()
    return known.get(key_of_cells(name)) or known.get(key_of_cells(name.rpartition(",")[0]))


def asked_kind(*names: str) -> CellKind | None:
    """The first kind with a checklist among these names: of the cells that a question's cells are
    said to be like, then of these themselves. None where no name is one of the catalog's.

    >>> asked_kind("microglia", "iMG").name
    'microglia'
    """
    known = filter(None, map(cell_named, names))
    return next((kind for kind in known if kind.checklist), None)
