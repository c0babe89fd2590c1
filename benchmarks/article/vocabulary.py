"""How a reader of each language takes its phrases: which words say more, less, the same, cannot be
told; how sizes are said; what no summary may say. Written from the languages, not from the product.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_FILE = Path(__file__).parent / "vocabulary.yaml"
STANCES = (
    "no_answer",
    "cannot_tell",
    "like_none",
    "same",
    "goes_along",
    "opposite",
    "together",
    "larger",
    "like",
    "lower",
    "higher",
)
"""What a sentence may claim, those first that undo what stands beside them: `we cannot tell whether
it is higher` says nothing of higher.
"""


@dataclass(frozen=True)
class Vocabulary:
    """The phrases of a language: `claims` by what they claim, in the order of `STANCES`; `than`
    stands beside what something is compared with; `sizes` are phrases for a number of times;
    `forbidden` may stand only where a `denial` stands in the same sentence, `never` nowhere.
    """

    claims: dict[str, re.Pattern[str]]
    sizes: tuple[tuple[re.Pattern[str], float], ...]
    not_stated: re.Pattern[str]
    simulated: re.Pattern[str]
    forbidden: re.Pattern[str]
    denial: re.Pattern[str]
    never: re.Pattern[str]
    jargon: re.Pattern[str]


@cache
def vocabulary(code: str) -> Vocabulary:
    """That of a language."""
    entry: dict[str, Any] = YAML(typ="safe").load(_FILE.read_text(encoding="utf-8"))[code]
    return Vocabulary(
        claims={name: _any(entry["claims"][name]) for name in STANCES},
        sizes=tuple((_any([words]), float(size)) for words, size in entry["sizes"]),
        **{name: _any(entry[name]) for name in _LISTS},
    )


_LISTS = ("not_stated", "simulated", "forbidden", "denial", "never", "jargon")


def _any(phrases: list[str]) -> re.Pattern[str]:
    """One of the phrases, whatever the case of its letters."""
    return re.compile("|".join(phrases) or r"(?!)", re.IGNORECASE)
