"""The catalog's files as records, read once when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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
    from ruamel.yaml import YAML

    text = files("exvivo.catalog").joinpath("analytes.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe", pure=True).load(text)
    return {
        key: Entry(key, entry["name"], tuple(entry.get("also", ()))) for key, entry in raw.items()
    }


def known_as(spelling: str) -> str | None:
    """The id of an analyte written in any of its usual spellings; None where the catalog does not
    know it.

    >>> known_as("il-8"), known_as("TNF-alpha"), known_as("XYZ")
    ('CXCL8', 'TNF', None)
    """
    return _spellings().get(_plain(spelling))


@cache
def _spellings() -> Mapping[str, str]:
    return {
        _plain(word): entry.id
        for entry in analytes().values()
        for word in (*entry.also, entry.name, entry.id)
    }


def _plain(word: str) -> str:
    return word.casefold().replace("-", "").replace(" ", "").replace("_", "")
