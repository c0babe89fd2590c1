"""The marker panels of the catalog: genes that tell myeloid cells from one another, each with what
supports it, what it does not tell apart, and the references that the panel may be held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from exvivo.catalog.cells import cell_named
from exvivo.catalog.load import entries, plain_name

_ANY = "any"
"""What `meets` says of a panel that may be held against any cells."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A source of the panels: its DOI, and what of it was read or measured."""

    id: str
    doi: str
    read: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A gene of a panel (HGNC symbol): the papers and measured tables that support it; why it is
    doubtful, and against which kinds of cells (cells.yaml); a note where there is no doubt.
    """

    gene: str
    papers: tuple[Paper, ...]
    doubt: str = ""
    against: tuple[str, ...] = ()
    note: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The DOIs of what supports it."""
        return tuple(paper.doi for paper in self.papers)


@dataclass(frozen=True, slots=True)
class MarkerPanel:
    """One panel: its genes, what they are for, and the kinds of cells (cells.yaml) that it may be
    held against; none named: any.
    """

    name: str
    meaning: str
    markers: tuple[Marker, ...]
    meets: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def genes(self) -> tuple[str, ...]:
        """Its genes as HGNC symbols, each once."""
        return tuple(marker.gene for marker in self.markers)

    @property
    def sources(self) -> tuple[str, ...]:
        """The DOIs of the papers that its genes rest on, each once."""
        return _once(chain.from_iterable(marker.sources for marker in self.markers))

    @property
    def doubtful(self) -> tuple[Marker, ...]:
        """Its genes that do not tell every cell apart that the panel may meet."""
        return tuple(marker for marker in self.markers if marker.doubt)

    def doubtful_against(self, cell: str) -> tuple[str, ...]:
        """Its genes that do not tell cells of that name from those it is about; none where the
        catalog does not know them.

        >>> "C1QA" in panels()["human microglia"].doubtful_against("Macrophages")
        True
        """
        kind = cell_named(cell)
        known = self.doubtful if kind is not None else ()
        return tuple(marker.gene for marker in known if kind and kind.name in marker.against)

    def may_meet(self, cell: str) -> bool | None:
        """Whether the panel may be held against cells of that name; None where the catalog does not
        know such cells.

        >>> panel = panels()["human myeloid cells"]
        >>> panel.may_meet("Monocytes"), panel.may_meet("CD8_Tcells"), panel.may_meet("unheard of")
        (True, False, None)
        """
        kind = cell_named(cell)
        if kind is None:
            return None
        return not self.meets or kind.name in self.meets


@cache
def papers() -> Mapping[str, Paper]:
    """Every source of the panels by its letter."""
    listed = entries("markers.yaml")["papers"]
    return {id_: Paper(id_, entry["doi"], entry["read"]) for id_, entry in listed.items()}


def together(kinds: Iterable[str]) -> tuple[str, ...]:
    """Kinds of cells as they are called together, where all of a group are there.

    >>> together(panels()["human microglia"].meets)
    ('microglia', 'monocytes', 'macrophages', 'perivascular macrophages')
    """
    named = tuple(kinds)
    groups = entries("markers.yaml")["kinds"].items()
    whole = {name: members for name, members in groups if set(members) <= set(named)}
    covered = set(chain.from_iterable(whole.values()))
    return (*whole, *(kind for kind in named if kind not in covered))


@cache
def left_out() -> Mapping[str, str]:
    """The genes that no panel has for want of support, with the reason."""
    return dict(entries("markers.yaml")["left_out"])


@cache
def panels() -> Mapping[str, MarkerPanel]:
    """Every marker panel by its name. A panel made `of` others has their genes, each once; a gene
    that several of them have carries what all of them say of it.

    >>> "P2RY12" in panels()["human microglia"].genes
    True
    """
    made: dict[str, MarkerPanel] = {}
    for name, entry in entries("markers.yaml")["panels"].items():
        parts = [made[part] for part in entry.get("of", ())]
        made[name] = _panel(name, entry, parts)
    return made


def _panel(name: str, entry: Mapping[str, Any], parts: Sequence[MarkerPanel]) -> MarkerPanel:
    """The record of a panel that is made of others and its own genes."""
    others = chain.from_iterable(part.markers for part in parts)
    markers = _together(chain(others, map(_marker, entry.get("genes", {}).items())))
    return MarkerPanel(name, entry["meaning"], markers, _meets(entry), _names(entry))


def _meets(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return () if entry["meets"] == _ANY else _once(_flat(entry["meets"]))


def _names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(entry.get("names", ()))


def _marker(gene: tuple[str, Mapping[str, Any]]) -> Marker:
    """The record of a gene of a panel."""
    symbol, entry = gene
    supported = tuple(papers()[letter] for letter in entry["from"])
    against = _once(_flat(entry.get("against", ())))
    return Marker(symbol, supported, entry.get("doubt", ""), against, entry.get("note", ""))


def _together(markers: Iterable[Marker]) -> tuple[Marker, ...]:
    """Every gene once, in the order they come."""
    made: dict[str, Marker] = {}
    for each in markers:
        made[each.gene] = _merged(made.get(each.gene, each), each)
    return (*made.values(),)


def _merged(one: Marker, other: Marker) -> Marker:
    """What two panels say of one gene."""
    papers_ = tuple(dict.fromkeys((*one.papers, *other.papers)))
    doubt = "; ".join(_once(filter(None, (one.doubt, other.doubt))))
    against = _once((*one.against, *other.against))
    return Marker(one.gene, papers_, doubt, against, one.note or other.note)


def _flat(listed: Iterable[Any]) -> Iterator[str]:
    """The names of a list in which some entries are lists."""
    for each in listed:
        if isinstance(each, str):
            yield each
        else:
            yield from each


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def panel_named(name: str) -> MarkerPanel | None:
    """The panel of that name, in upper or lower case; None where the catalog does not know it.

    >>> panel_named("Human Microglia").name, panel_named("unheard of")
    ('human microglia', None)
    """
    return _by_name().get(plain_name(name))


@cache
def _by_name() -> Mapping[str, MarkerPanel]:
    """Every panel by all its names."""
    made = dict(panels())
    for panel in panels().values():
        made |= dict.fromkeys(map(plain_name, panel.names), panel)
    return made
