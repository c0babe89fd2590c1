"""The marker panels of the catalog: genes that tell myeloid cells from one another, each with where
that is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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
    from ruamel.yaml import YAML

    text = files("exvivo.catalog").joinpath("markers.yaml").read_text(encoding="utf-8")
    made: dict[str, MarkerPanel] = {}
    for name, entry in YAML(typ="safe", pure=True).load(text).items():
        parts = [made[part] for part in entry.get("of", ())]
        genes = dict.fromkeys(
            [*(gene for part in parts for gene in part.genes), *entry.get("genes", ())]
        )
        sources = dict.fromkeys(
            [*(doi for part in parts for doi in part.sources), *entry.get("sources", ())]
        )
        made[name] = MarkerPanel(name, entry["meaning"], tuple(genes), tuple(sources))
    return made


def panel_named(name: str) -> MarkerPanel | None:
    """The panel of that name, in upper or lower case; None where the catalog does not know it.

    >>> panel_named("Human Microglia").name, panel_named("unheard of")
    ('human microglia', None)
    """
    return panels().get(" ".join(name.split()).casefold())
