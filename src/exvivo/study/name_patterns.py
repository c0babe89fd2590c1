"""Patterns of sample names: `{donor} {stimulus}[ {replicate}]`, where a part in brackets may be
absent.
"""

from __future__ import annotations

import re

from exvivo.study.sample_names import Named, Words, split, unknown_places

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_BRACES = re.compile(r"\{\w+\}")
_MOST_OPTIONAL = 4
"""Parts of a pattern that may be absent."""


def pattern_trouble(pattern: str) -> str:
    """Why a pattern cannot be used; empty where it can.

    >>> pattern_trouble("{donor} {stimulus}[ {replicate}]"), pattern_trouble("{donr}")
    ('', 'the field `{donr}`; `{donor}` may be meant')
    """
    for name, meant in unknown_places(pattern):
        return f"the field `{{{name}}}`" + (f"; `{{{meant}}}` may be meant" if meant else "")
    if "{donor}" not in pattern:
        return "no `{donor}`"
    if len(set(_BRACES.findall(pattern))) < len(_BRACES.findall(pattern)):
        return "a field twice"
    if re.search(r"[{}\[\]]", _BRACES.sub("", _OPTIONAL.sub(r"\1", pattern))):
        return "a brace or bracket without its partner"
    too_many = len(_OPTIONAL.findall(pattern)) > _MOST_OPTIONAL
    return f"more than {_MOST_OPTIONAL} parts in brackets" if too_many else ""


def variants(pattern: str) -> list[str]:
    """A pattern with each of its parts in brackets, and without.

    >>> variants("{donor}[ {stimulus}]")
    ['{donor} {stimulus}', '{donor}']
    """
    optional = _OPTIONAL.search(pattern)
    if optional is None:
        return [pattern]
    before, after = pattern[: optional.start()], pattern[optional.end() :]
    return [*variants(before + optional[1] + after), *variants(before + after)]


def split_by(name: str, words: Words, pattern: str) -> Named | None:
    """What a name says by a pattern; None where it is not made so, or could be in two ways."""
    readings = {split(name, words, each) for each in variants(pattern)} - {None}
    return readings.pop() if len(readings) == 1 else None
