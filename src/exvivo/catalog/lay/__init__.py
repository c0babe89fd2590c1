"""Plain words for what the field names: analytes, cells, stimuli, scales and readouts, each with
one sentence that explains it and where that can be read.

The words are English; the other languages have them in the catalogs of `tell/languages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from exvivo.catalog.analytes import known_as
from exvivo.catalog.cells import cell_named
from exvivo.catalog.load import entries
from exvivo.catalog.spelling import plain

LayKind = Literal["analytes", "cells", "stimuli", "scales", "readouts"]
LAY_KINDS: tuple[LayKind, ...] = get_args(LayKind)


@dataclass(frozen=True, slots=True)
class LayTerm:
    """A term in plain words: what to call it, and one sentence that explains it."""

    kind: LayKind
    id: str
    name: str
    meaning: str
    source: str
    also: tuple[str, ...] = ()


@cache
def lay_terms(kind: LayKind) -> Mapping[str, LayTerm]:
    """The plain words of a kind by the id of the catalog."""
    raw = (entries(f"lay/{kind}.yaml") or {}).items()
    return {key: _term(kind, key, fact) for key, fact in raw}


def _term(kind: LayKind, key: str, fact: Mapping[str, Any]) -> LayTerm:
    """The record of an entry."""
    also = tuple(fact.get("also", ()))
    return LayTerm(kind, key, fact["name"], fact["meaning"], fact["source"], also)


def lay_term(kind: LayKind, spelling: str) -> LayTerm | None:
    """The plain words for something by its id or another spelling, analytes and cells also by
    every name that the catalog knows of them; None where the catalog has none.

    >>> lay_term("stimuli", "Extracellular ATP").id, lay_term("stimuli", "XYZ")
    ('ATP', None)
    >>> lay_term("analytes", "TNF-alpha").id, lay_term("cells", "iMG").name
    ('TNF', 'microglia-like cells made from blood')
    """
    known = _by_spelling(kind).get(plain(spelling))
    return known or lay_terms(kind).get(_id_known(kind, spelling))


def _id_known(kind: LayKind, spelling: str) -> str:
    """The id of an analyte or of a kind of cells in the catalog; empty where it knows none."""
    if kind == "cells":
        cells = cell_named(spelling)
        return cells.name if cells else ""
    return (known_as(spelling) or "") if kind == "analytes" else ""


@cache
def _by_spelling(kind: LayKind) -> Mapping[str, LayTerm]:
    """Each spelling without its signs, with its term."""
    terms = lay_terms(kind).values()
    return {plain(word): term for term in terms for word in (*term.also, term.name, term.id)}
