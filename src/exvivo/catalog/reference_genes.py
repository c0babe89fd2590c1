"""The usual reference genes of RT-qPCR and their spellings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from exvivo.catalog.load import entries
from exvivo.catalog.spelling import plain


def usual_reference(target: str) -> str | None:
    """The HGNC symbol of a usual reference gene by any of its spellings; None for other targets.

    >>> usual_reference("18s"), usual_reference("b-Actin"), usual_reference("TNF")
    ('RNA18SN1', 'ACTB', None)
    """
    return _spellings().get(plain(target))


def reference_genes() -> Mapping[str, tuple[str, ...]]:
    """Every usual reference gene by its HGNC symbol, with its other spellings.

    >>> "GAPDH" in reference_genes()
    True
    """
    listed = entries("reference_genes.yaml").items()
    return {symbol: tuple(map(str, also)) for symbol, also in listed}


@cache
def _spellings() -> Mapping[str, str]:
    symbols: dict[str, str] = {}
    for symbol, also in entries("reference_genes.yaml").items():
        for word in (*also, symbol):
            symbols[plain(word)] = symbol
    return symbols
