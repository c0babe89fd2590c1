"""Scoring keys from their YAML: of the catalog, and of a scale of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from exvivo.catalog.scales import file_stem, scale_files, scale_text
from exvivo.errors import Mistake
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.nodes import Caster, compose
from exvivo.study.scoring import Coding, Items, Score, ScoringKey
from exvivo.study.scoring_checks import key_mistakes

_MOST_ITEMS = 500
"""Of a questionnaire. A range that stands for more is written out no further."""
_RANGE = re.compile(r"(\d+)-(\d+)")
_PATTERN = re.compile(r"(.*)\{(\d+)-(\d+)\}(.*)")


@dataclass(frozen=True)
class KeyRead:
    """A scoring key as far as it could be read, everything that is to fix in it, and its parts as
    entries that know their lines.
    """

    key: ScoringKey | None
    entry: Entry
    mistakes: list[Mistake]


def read_key(text: str, *, file: str) -> KeyRead:
    """The scoring key of a YAML text. Raises `StudyError` for a slip in the form of the YAML.

    What its parts must agree on is looked at once each of them could be read; its examples are not
    scored here: `quantify.scores.examples` does that.
    """
    caster = Caster(file)
    key = cast("ScoringKey | None", caster.cast(compose(text, file=file), ScoringKey))
    if key is None or caster.mistakes:
        return KeyRead(None, caster.entry, caster.mistakes)
    spelt = _spelt_out(key)
    long = list(_too_long(spelt, caster.entry))
    return KeyRead(spelt, caster.entry, long or list(key_mistakes(spelt, caster.entry)))


def scoring_key(text: str, *, file: str) -> tuple[ScoringKey | None, list[Mistake]]:
    """The scoring key of a YAML text, and everything that is to fix in it; None where it is no key.
    Raises `StudyError` for a slip in the form of the YAML.
    """
    read = read_key(text, file=file)
    return read.key, read.mistakes


def catalog_key(questionnaire: str) -> ScoringKey | None:
    """The scoring key that the catalog has of a questionnaire; None where it has none."""
    return _of_stem(file_stem(questionnaire))


@cache
def _of_stem(stem: str) -> ScoringKey | None:
    """The scoring key of a file of the catalog, each of which is read once."""
    text = scale_text(stem)
    return scoring_key(text, file=f"the scoring key of {stem}")[0] if text else None


def catalog_keys() -> Iterator[ScoringKey]:
    """The scoring keys of the catalog, in the order of their files."""
    return (key for stem in scale_files() if (key := catalog_key(stem)))


def _too_long(key: ScoringKey, entry: Entry) -> Mistakes:
    """Rows of items that stand for more of them than any questionnaire has."""
    for i, row in enumerate(key.items):
        if len(row.ids) > _MOST_ITEMS:
            at, cure = entry.at("items", i), "correct the numbers: `1-14` stands for fourteen items"
            finding, expected = f"more than {_MOST_ITEMS} items", f"at most {_MOST_ITEMS}"
            yield at.mistake(finding, expected, cure, field="ids")


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
    return replace(
        score, items=item_ids(score.items), groups=tuple(item_ids(g) for g in score.groups)
    )


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
    numbers = range(int(first), int(last) + 1)
    return [f"{number:0{width}d}" for number in numbers[: _MOST_ITEMS + 1]]
