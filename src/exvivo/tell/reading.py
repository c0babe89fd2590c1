"""Captions that say once what holds for every figure: how to read marks that many figures share.

A caption keeps its first sentence, which says what is drawn, and whatever is said of no other
figure; the rest stands in one list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_BEFORE = ("Simulated data.",)
"""What may stand before the sentence that says what is drawn."""


def shared(captions: Iterable[str]) -> tuple[str, ...]:
    """The sentences that several captions have beside their first, each once.

    >>> shared(["Donors. A triangle: above.", "Pairs. A triangle: above. Grey: small."])
    ('A triangle: above.',)
    """
    counts = Counter(
        sentence for caption in captions for sentence in dict.fromkeys(_beside(caption))
    )
    return tuple(sentence for sentence, count in counts.items() if count > 1)


def brief(caption: str, elsewhere: Iterable[str]) -> str:
    """A caption without the sentences that stand elsewhere.

    >>> brief("Pairs. A triangle: above. Grey: small.", ["A triangle: above."])
    'Pairs. Grey: small.'
    """
    left_out = {*elsewhere}
    kept = [sentence for sentence in _beside(caption) if sentence not in left_out]
    return " ".join([*_first(caption), *kept])


def _first(caption: str) -> list[str]:
    sentences = _BREAK.split(caption)
    return sentences[: 2 if sentences[0] in _BEFORE else 1]


def _beside(caption: str) -> Iterator[str]:
    """The sentences of a caption behind the one that says what is drawn, in order."""
    yield from _BREAK.split(caption)[len(_first(caption)) :]
