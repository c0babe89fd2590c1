"""The gates of the catalog: by which genes a cell is told to be of a lineage at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from exvivo.catalog.load import entries


@dataclass(frozen=True, slots=True)
class Lineage:
    """A lineage of cells: genes that all of them express highly (HGNC symbols), the percentile
    `cut` that the median of these reaches in such cells, and what that was measured on; empty where
    it was not. Cells that pass another gate hold some of these where it reaches `among`, which is
    lower where these become few among others.
    """

    name: str
    meaning: str
    genes: tuple[str, ...]
    cut: float
    sources: tuple[str, ...]
    among: float
    measured: str = ""


@cache
def lineages() -> Mapping[str, Lineage]:
    """Every lineage by its name.

    >>> "TYROBP" in lineages()["myeloid"].genes
    True
    """
    return {
        name: Lineage(
            name=name,
            meaning=entry["meaning"],
            genes=tuple(entry["genes"]),
            cut=float(entry["cut"]),
            sources=tuple(entry["sources"]),
            among=float(entry.get("among", entry["cut"])),
            measured=entry.get("measured", ""),
        )
        for name, entry in entries("lineages.yaml").items()
    }
