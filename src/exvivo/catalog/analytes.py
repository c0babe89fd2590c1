"""The analytes of the catalog: the name a report prints, and every usual spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from exvivo.catalog.load import entries
from exvivo.catalog.spelling import plain


@dataclass(frozen=True, slots=True)
class Entry:
    """An analyte of the catalog: the name a report prints, and its other spellings."""

    id: str
    name: str
    also: tuple[str, ...]


@cache
def analytes() -> Mapping[str, Entry]:
    """Every analyte of the catalog by its id, the HGNC gene symbol.

    >>> analytes()["CXCL8"].name
    'IL-8'
    """
    raw = entries("analytes.yaml").items()
    return {key: Entry(key, fact["name"], tuple(fact.get("also", ()))) for key, fact in raw}


def known_as(spelling: str) -> str | None:
    """The id of an analyte written in any of its usual spellings; None where the catalog does not
    know it.

    >>> known_as("il-8"), known_as("TNF-alpha"), known_as("XYZ")
    ('CXCL8', 'TNF', None)
    """
    return _spellings().get(plain(spelling))


@cache
def _spellings() -> Mapping[str, str]:
    """The id of each spelling, without its signs."""
    ids: dict[str, str] = {}
    for entry in analytes().values():
        for word in (*entry.also, entry.name, entry.id):
            ids[plain(word)] = entry.id
    return ids
