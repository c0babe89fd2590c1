"""The catalog's YAML files, each read once when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def entries(file: str) -> Mapping[str, Any]:
    """The entries of a file of the catalog by their names."""
    from ruamel.yaml import YAML

    text = files("exvivo.catalog").joinpath(file).read_text(encoding="utf-8")
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def plain_name(name: str) -> str:
    """A name in lower case with single spaces, as people may write it."""
    return " ".join(name.split()).casefold()
