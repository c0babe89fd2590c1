"""What the catalog knows, as one dictionary with a search: analytes, kits, questionnaires,
reference genes, medication, marker panels and kinds of cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal

from exvivo.catalog import analytes, kits
from exvivo.catalog.cells import CellKind, cells
from exvivo.catalog.markers import Marker, MarkerPanel, panels, together
from exvivo.catalog.medication import classes, substances
from exvivo.catalog.reference_genes import reference_genes
from exvivo.catalog.spelling import key as likeness
from exvivo.study.scoring_keys import catalog_keys
from exvivo.tell.scales import score_ranges
from exvivo.words import counted, listed

Kind = Literal["analytes", "kits", "scales", "genes", "medication", "panels", "cells"]
KINDS: dict[Kind, str] = {
    "analytes": "analyte",
    "kits": "kit of beads",
    "scales": "questionnaire",
    "genes": "reference gene",
    "medication": "medication",
    "panels": "marker panel",
    "cells": "kind of cell",
}
"""The kinds of entries, each in words."""
MOST_SHOWN = 60


@dataclass(frozen=True)
class DictionaryEntry:
    """An entry: its kind and id, its name, its other spellings, and facts (a label and a text
    each).
    """

    kind: Kind
    id: str
    name: str
    also: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """In words what it is."""
        return KINDS[self.kind]


@cache
def every_entry() -> tuple[DictionaryEntry, ...]:
    """All entries, kind by kind."""
    of_cells = (*map(_panel, panels().values()), *map(_kind_of_cell, cells().values()))
    return (*_analytes(), *_kits(), *_scales(), *_genes(), *_medication(), *of_cells)


def _analytes() -> Iterator[DictionaryEntry]:
    of_kits: dict[str, list[str]] = {}
    for kit in kits().values():
        for analyte in kit.beads:
            of_kits.setdefault(analyte, []).append(kit.name)
    for entry in analytes().values():
        held = of_kits.get(entry.id, [])
        facts = [("gene symbol", entry.id)]
        facts += [("beads of", "; ".join(held))] if held else []
        yield DictionaryEntry("analytes", entry.id, entry.name, entry.also, tuple(facts))


def _kits() -> Iterator[DictionaryEntry]:
    for kit in kits().values():
        names = analytes()
        beads = (
            f"{names[each].name if each in names else each} ({' or '.join(places)})"
            for each, places in kit.beads.items()
        )
        facts = (
            (counted(len(kit.beads), "analyte"), ", ".join(beads)),
            ("channels", f"{', '.join(kit.classifier)} tell the beads, {kit.reporter} reports"),
            ("source", kit.source),
        )
        yield DictionaryEntry("kits", kit.name, kit.name, (), facts)


def _scales() -> Iterator[DictionaryEntry]:
    for key in catalog_keys():
        items = counted(len(key.every_item), "item") if key.every_item else "totals only"
        facts = (
            ("form", f"{items}{f'; {key.version}' if key.version else ''}"),
            ("scores", "; ".join(score_ranges(key.scores))),
            ("licence", key.licence),
            ("sources", "; ".join(key.sources)),
        )
        scores = tuple(score.id for score in key.scores if score.id != key.id)
        yield DictionaryEntry("scales", key.id, key.name, scores, facts)


def _genes() -> Iterator[DictionaryEntry]:
    for symbol, also in reference_genes().items():
        yield DictionaryEntry("genes", symbol, symbol, also)


def _medication() -> Iterator[DictionaryEntry]:
    for one in classes().values():
        but = f", but not {listed(one.but)}" if one.but else ""
        facts = (("codes", f"ATC codes that begin with {listed(one.atc)}{but}"),)
        also = () if one.name == one.id else (one.id,)
        yield DictionaryEntry("medication", one.id, one.name, also, facts)
    for each in substances():
        held = [one.name for one in classes().values() if one.holds(each.atc)]
        about = (("ATC code", each.atc), ("class", "; ".join(held) or "none of those above"))
        yield DictionaryEntry("medication", each.name, each.name, each.also, about)


def _panel(panel: MarkerPanel) -> DictionaryEntry:
    """A marker panel: every gene with its sources, and against what it is doubtful."""
    facts = [
        ("for", panel.meaning),
        ("may be held against", listed(together(panel.meets), last="or") or "any cells"),
        ("numbers", "log2(TPM + 1) of one profile a kind: only large gaps count"),
        *((marker.gene, _marker(marker)) for marker in panel.markers),
    ]
    return DictionaryEntry("panels", panel.name, panel.name, panel.names, tuple(facts))


def _marker(marker: Marker) -> str:
    """What supports a gene, and what speaks against it."""
    doubt = (
        f"doubtful against {listed(together(marker.against), last='or')}: {marker.doubt}"
        if marker.doubt
        else ""
    )
    return "; ".join(filter(None, (doubt, marker.note, _dois(marker.sources))))


def _dois(sources: Iterable[str]) -> str:
    return ", ".join(f"doi {doi}" for doi in sources)


def _kind_of_cell(kind: CellKind) -> DictionaryEntry:
    """A kind of cell: its lineage, and the checklist of what beside expression speaks of it."""
    lineage = [("lineage", kind.lineage)] if kind.lineage else []
    items = ((item.name, f"{item.shows}; {_dois(item.sources)}") for item in kind.checklist)
    return DictionaryEntry("cells", kind.name, kind.name, kind.names, (*lineage, *items))


def search(query: str, kind: str = "") -> list[DictionaryEntry]:
    """The entries that hold every word of a query in a name, a spelling or a fact, the likest
    first; all of a kind without a query.

    >>> [entry.id for entry in search("il8", "analytes")][:1]
    ['CXCL8']
    """
    words = [likeness(word) for word in query.split()]
    ranked = [
        (_rank(entry, likeness(query), words), at, entry)
        for at, entry in enumerate(every_entry())
        if kind in ("", entry.kind)
    ]
    return [entry for rank, _, entry in sorted(ranked, key=lambda one: one[:2]) if rank < _NONE]


_NONE = 9


def _rank(entry: DictionaryEntry, query: str, words: list[str]) -> int:
    """How near an entry is to a query: 0 for its own name, 9 where a word is lacking."""
    names, facts = _searched(entry)
    if query in names:
        return 0
    if any(name.startswith(query) for name in names):
        return 1
    text = " ".join(names)
    if all(word in text for word in words):
        return 2
    return 3 if all(word in text or word in facts for word in words) else _NONE


@cache
def _searched(entry: DictionaryEntry) -> tuple[tuple[str, ...], str]:
    """The names of an entry, and its facts, as they are compared."""
    names = dict.fromkeys(likeness(name) for name in (entry.name, entry.id, *entry.also))
    return tuple(names), " ".join(map(likeness, chain.from_iterable(entry.facts)))
