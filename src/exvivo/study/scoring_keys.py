"""Scoring keys from their YAML: of the catalog, and of a scale of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import cast

from exvivo.catalog.scales import scale_text
from exvivo.errors import Mistake
from exvivo.study.nodes import Caster, compose
from exvivo.study.scoring import Coding, Items, Score, ScoringKey

_RANGE = re.compile(r"(\d+)-(\d+)")
_PATTERN = re.compile(r"(.*)\{(\d+)-(\d+)\}(.*)")


def scoring_key(text: str, *, file: str) -> tuple[ScoringKey | None, list[Mistake]]:
    """The scoring key of a YAML text, and everything in its grammar that is to fix; None where it
    is no key. Raises `StudyError` for a slip in the form of the YAML.
    """
    caster = Caster(file)
    key = cast("ScoringKey | None", caster.cast(compose(text, file=file), ScoringKey))
    return (None if key is None else _spelt_out(key)), caster.mistakes


@cache
def catalog_key(questionnaire: str) -> ScoringKey | None:
    """The scoring key that the catalog has of a questionnaire; None where it has none."""
    text = scale_text(questionnaire)
    return scoring_key(text, file=f"the scoring key of {questionnaire}")[0] if text else None


def _spelt_out(key: ScoringKey) -> ScoringKey:
    """A key whose ranges of items are written out."""
    return replace(
        key,
        items=tuple(_items_out(row) for row in key.items),
        codings=tuple(_coding_out(coding) for coding in key.codings),
        reverse_items=item_ids(key.reverse_items),
        scores=tuple(_score_out(score) for score in key.scores),
    )


def _items_out(row: Items) -> Items:
    return replace(row, ids=item_ids(row.ids))


def _coding_out(coding: Coding) -> Coding:
    return replace(coding, reversed=item_ids(coding.reversed))


def _score_out(score: Score) -> Score:
    return replace(score, items=item_ids(score.items))


def item_ids(words: Iterable[str]) -> tuple[str, ...]:
    """Items one by one.

    >>> item_ids(["1-3", "neck"])
    ('1', '2', '3', 'neck')
    """
    names: list[str] = []
    for word in words:
        match = _RANGE.fullmatch(word)
        names += _counted(match[1], match[2]) if match else [word]
    return tuple(names)


def column_names(patterns: Iterable[str]) -> tuple[str, ...]:
    """Columns one by one: a range in braces stands for all of its numbers.

    >>> column_names(["hads{1-3}", "q{08-10}_now", "months"])
    ('hads1', 'hads2', 'hads3', 'q08_now', 'q09_now', 'q10_now', 'months')
    """
    names: list[str] = []
    for pattern in patterns:
        match = _PATTERN.fullmatch(pattern)
        numbers = _counted(match[2], match[3]) if match else []
        names += [f"{match[1]}{n}{match[4]}" for n in numbers] if match else [pattern]
    return tuple(names)


def _counted(first: str, last: str) -> list[str]:
    """The numbers from the first to the last, as wide as the first is written."""
    width = len(first) if first.startswith("0") else 0
    return [f"{number:0{width}d}" for number in range(int(first), int(last) + 1)]
