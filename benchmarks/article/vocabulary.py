"""How a reader of each language takes its phrases: which words say more, less, the same, cannot be
told; how sizes are said; what no summary may say. Written from the languages, not from the product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FILE = Path(__file__).parent / "vocabulary.yaml"
_NUMBER = {
    "en": r"\d[\d,]*(?:\.\d+)?",
    "ja": r"\d[\d,]*(?:\.\d+)?",
    "de": r"\d[\d.]*(?:,\d+)?",
    "es": r"\d[\d.]*(?:,\d+)?",
    "fr": r"\d[\d\u202f\u00a0]*(?:,\d+)?",
}
_THOUSANDS = {"en": ",", "ja": ",", "de": ".", "es": ".", "fr": "\u202f\u00a0"}
_TEXTS = ("not_stated", "simulated", "forbidden", "denial", "never", "jargon", "than", "without")
_ENDS = (
    "absent",
    "supposed",
    "pairs_about",
    "pairs_range",
    "ignore",
    "fits",
    "upwards",
    "up_to",
    "any_size",
    "rests",
    "counted",
    "of_group",
)


@dataclass(frozen=True)
class Size:
    """A phrase for a size: `add` + `times` the number in it."""

    phrase: re.Pattern[str]
    add: float
    times: float


@dataclass(frozen=True)
class Vocabulary:
    """The phrases of a language: `claims` by what they claim, in the order in which they undo one
    another; `than` stands beside what something is compared with, behind it where `than_before`;
    `forbidden` may stand only where a `denial` stands in the same sentence, `absent` (that there
    is no difference) only where it is `supposed` or explained, `never` nowhere.
    """

    code: str
    claims: dict[str, re.Pattern[str]]
    sizes: tuple[Size, ...]
    points: tuple[Size, ...]
    than_before: bool
    texts: dict[str, re.Pattern[str]]

    def has(self, name: str, text: str) -> bool:
        """Whether a phrase of a list stands in a text."""
        return bool(self.texts[name].search(text))

    def numbers(self, text: str) -> list[float]:
        """The numbers of a text."""
        return [self.number(each) for each in re.findall(_NUMBER[self.code], text)]

    def number(self, text: str) -> float:
        """A number as the language writes it."""
        for mark in _THOUSANDS[self.code]:
            text = text.replace(mark, "")
        return float(text.replace(",", ".").rstrip("."))

    def read(self, sizes: Sequence[Size], text: str) -> Iterator[float]:
        """The sizes that a text says, in their order; of phrases at one place the longest."""
        at = 0
        while found := _next(sizes, text, at):
            size, match = found
            number = match.groupdict().get("n")
            yield size.add + size.times * (self.number(number) if number else 0.0)
            at = match.end()


def _next(sizes: Sequence[Size], text: str, at: int) -> tuple[Size, re.Match[str]] | None:
    """The first phrase from a place on, the longest of those that begin there."""
    found = [(size, match) for size in sizes if (match := size.phrase.search(text, at))]
    return min(found, key=lambda pair: (pair[1].start(), -pair[1].end()), default=None)


@cache
def vocabulary(code: str) -> Vocabulary:
    """That of a language."""
    entry: dict[str, Any] = YAML(typ="safe").load(_FILE.read_text(encoding="utf-8"))[code]
    return Vocabulary(
        code=code,
        claims={name: _any(phrases, code) for name, phrases in entry["claims"].items()},
        sizes=tuple(_sizes(entry["sizes"], code)),
        points=tuple(_sizes(entry["points"], code)),
        than_before=bool(entry["than_before"]),
        texts={name: _any(entry[name], code) for name in (*_TEXTS, *_ENDS)}
        | {"run": _run(entry["range"], code)},
    )


def _sizes(rows: Sequence[Any], code: str) -> Iterator[Size]:
    for phrase, add, times in rows:
        pattern = phrase.replace("#", f"(?P<n>{_NUMBER[code]})", 1).replace("#", _NUMBER[code])
        yield Size(re.compile(pattern, re.IGNORECASE), float(add), float(times))


def _run(between: Sequence[str], code: str) -> re.Pattern[str]:
    """A number, or a range of two."""
    number = _NUMBER[code]
    return re.compile(rf"{number}(?:\s*(?:{'|'.join(between)})\s*{number})?")


def _any(phrases: Sequence[str], code: str = "en") -> re.Pattern[str]:
    """One of the phrases, whatever the case of its letters."""
    whole = "|".join(f"(?:{each})" for each in phrases).replace("#", _NUMBER[code])
    return re.compile(whole or r"(?!)", re.IGNORECASE)
