"""Captions that do not say again how marks are read: what holds for all figures stands in one list.

A caption keeps what is drawn, of whom, at which visit, and what is held; a sentence that explains a
mark, and says nothing of this study, stands in the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
OF_MARKS = (
    "Small dots are",
    "A group in which donors are known only by bounds",
    "Donors of whom the wells leave",
    "Grey: the range declared",
    "A filled dot",
    "A broken line joins",
    "The dashed line says",
    "Filled: supported",
    "A triangle marks",
    "Upright bars:",
    "The cells share their data",
    "A fold of the signal is not",
)
"""How sentences begin that explain a mark."""


def of_marks(captions: Iterable[str]) -> tuple[str, ...]:
    """The sentences of captions that explain marks, each once.

    >>> of_marks(["Donors at visit 1. A triangle marks an end.", "Pairs. A triangle marks an end."])
    ('A triangle marks an end.',)
    """
    every = (sentence for caption in captions for sentence in _BREAK.split(caption))
    return tuple(dict.fromkeys(sentence for sentence in every if sentence.startswith(OF_MARKS)))


def brief(caption: str) -> str:
    """A caption without the sentences that explain marks.

    >>> brief("Donors at visit 1. A triangle marks an end. Plate is held.")
    'Donors at visit 1. Plate is held.'
    """
    return " ".join(_own(caption))


def _own(caption: str) -> Iterator[str]:
    for sentence in _BREAK.split(caption):
        if not sentence.startswith(OF_MARKS):
            yield sentence
