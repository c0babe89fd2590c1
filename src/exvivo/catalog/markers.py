"""The marker panels of the catalog: genes that tell myeloid cells from one another, each with where
that is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from exvivo.catalog.load import entries, plain_name


@dataclass(frozen=True, slots=True)
class MarkerPanel:
    """One panel: its genes as HGNC symbols, what they are for, and the DOIs of the papers they rest
    on.
    """

    name: str
    meaning: str
    genes: tuple[str, ...]
    sources: tuple[str, ...]


@cache
def panels() -> Mapping[str, MarkerPanel]:
    """Every marker panel by its name. A panel made `of` others has their genes, each once.

    >>> "P2RY12" in panels()["human microglia"].genes
    True
    """
    made: dict[str, MarkerPanel] = {}
    for name, entry in entries("markers.yaml").items():
        genes: list[str] = []
        sources: list[str] = []
        for part in entry.get("of", ()):
            genes += made[part].genes
            sources += made[part].sources
        genes += entry.get("genes", ())
        sources += entry.get("sources", ())
        made[name] = MarkerPanel(name, entry["meaning"], _once(genes), _once(sources))
    return made


def _once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def panel_named(name: str) -> MarkerPanel | None:
    """The panel of that name, in upper or lower case; None where the catalog does not know it.

    >>> panel_named("Human Microglia").name, panel_named("unheard of")
    ('human microglia', None)
    """
    return panels().get(plain_name(name))
