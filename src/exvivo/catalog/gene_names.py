"""Names of genes: the approved symbol of a gene by its earlier and other symbols, its Ensembl and
its Entrez id (HGNC, CC0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

GeneId = Literal["symbol", "ensembl", "entrez"]
"""What a table calls its genes by."""


@dataclass(frozen=True)
class GeneNames:
    """Approved symbols by every other name: `previous` and `aliases` by symbol, `ensembl` and
    `entrez` by id. A name that stands for several genes is in none of them.
    """

    approved: frozenset[str]
    previous: Mapping[str, str]
    aliases: Mapping[str, str]
    ensembl: Mapping[str, str]
    entrez: Mapping[str, str]
