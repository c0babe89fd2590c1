"""The rules and lists of words of `rules.yaml` as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from exvivo.claim_records import SpinKind


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of spin: what such a sentence does, and where the kind is described."""

    id: SpinKind
    meaning: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its kind, what it notices in one sentence, and the listed words it begins from, with
    the names of their lists.
    """

    id: str
    kind: SpinKind
    meaning: str
    lists: tuple[str, ...]
    words: tuple[str, ...]
    source: tuple[str, ...]


@cache
def kinds() -> Mapping[SpinKind, Kind]:
    """The eight kinds of spin by their ids."""
    listed = _file()["kinds"].items()
    return {key: Kind(key, kind["meaning"], tuple(kind["sources"])) for key, kind in listed}


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id.

    >>> rules()["cause_stated"].kind
    'cause'
    """
    return {key: _rule(key, rule) for key, rule in _file()["rules"].items()}


def _rule(key: str, rule: Mapping[str, Any]) -> Rule:
    words = [word for listed in rule["words"] for word in word_lists()[listed]]
    lists, sources = tuple(rule["words"]), kinds()[rule["kind"]].sources
    return Rule(key, rule["kind"], rule["meaning"], lists, tuple(words), sources)


@cache
def word_lists() -> Mapping[str, tuple[str, ...]]:
    """The lists of words by their names."""
    return {name: tuple(map(str, listed)) for name, listed in _file()["words"].items()}


@cache
def _file() -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    text = files("exvivo.claims").joinpath("rules.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded
