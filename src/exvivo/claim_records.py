"""What is said of the sentences of a text: codes and facts, never words.

`claims` makes them and `tell` puts them into words. The kinds of spin are the eight of
`rules.yaml`, where each has its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exvivo.findings import Finding

SpinKind = Literal[
    "direction",
    "no_difference",
    "everyone",
    "beyond_cells",
    "cause",
    "use",
    "not_asked",
    "numbers",
]
"""How a sentence can say more than its answer bears: a direction that no answer gives; no
difference where an answer is only not resolved; everyone for a mean of a group; the brain or the
patient for cells in a dish; cause where the design gives association; a use (biomarker, prediction,
treatment); what the study did not ask; a number that differs.
"""
Judgement = Literal["borne_out", "stronger", "not_judged", "nothing"]
"""`borne_out`: every claim of the sentence is that of an answer; `stronger`: at least one says more
(its spins say how); `not_judged`: it speaks of the study, but no rule can tell; `nothing`: it
claims nothing of the study's results (background, methods, plans).
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands: its first line, and its characters from `start` up to `end` of the
    text as it was handed in.
    """

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Spin:
    """One way in which a sentence says more than its answer: the rule that noticed it, the words of
    the sentence that it noticed (characters of the sentence), and the answer it was held against.
    """

    kind: SpinKind
    rule: str
    words: tuple[int, int]
    against: Finding | None = None
    stated: float | None = None
    expected: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that was judged: its text and place, the answers it speaks of, what it says
    more.
    """

    text: str
    place: Place
    judgement: Judgement
    answers: tuple[Finding, ...] = ()
    spins: tuple[Spin, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text that was held against the answers of a study."""

    name: str
    sentences: tuple[Sentence, ...]

    @property
    def stronger(self) -> tuple[Sentence, ...]:
        """The sentences that say more than their answers."""
        return tuple(each for each in self.sentences if each.judgement == "stronger")
