"""The plain-language summary as records: its sections in order, with their sentences, answers and
pictures, in one language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from exvivo.findings import Finding
from exvivo.tell.language import Language

SectionId = Literal[
    "key",
    "why",
    "who",
    "done",
    "found",
    "sure",
    "limits",
    "next",
    "words",
    "about",
]
"""Key messages; why it was done; who took part; what was done; what was found; how sure that is;
what it does not show; what happens next and who to ask; words explained; who paid, ethics,
registration, date and version.
"""
Certainty = Literal[
    "higher",
    "lower",
    "larger",
    "together",
    "opposite",
    "like",
    "like_none",
    "goes_along",
    "same",
    "cannot_tell",
    "no_answer",
]
"""What a reader is told of an answer, by its verdict and its interval: the rows of one table
(`certainty.py`). The last three are never a finding: `same` is within a declared margin,
`cannot_tell` is not resolved, `no_answer` not estimable.
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that stands in the page, and the same as a sentence for who does not see it."""

    name: str
    svg: str
    alt: str


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """One or several answers of a question that read the same: the findings behind the sentence,
    how sure it is, and the picture beside it.
    """

    findings: tuple[Finding, ...]
    certainty: Certainty
    sentence: str
    size: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in plain words with its answers."""

    question: str
    words: str
    answers: tuple[PlainAnswer, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A word that readers may not know, with the sentence that explains it; `source` is empty where
    the study itself explains it. `line` is both as they stand in a line.
    """

    word: str
    meaning: str
    source: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: a heading, paragraphs, points of a list; what was found has its questions, and
    the words explained theirs.
    """

    id: SectionId
    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    explained: tuple[Explained, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def lines(self) -> Iterator[str]:
        """Everything that is read in it, in the order in which it is read."""
        yield from self.paragraphs
        for picture in self.pictures:
            yield picture.alt
        yield from self.points
        for asked in self.asked:
            yield asked.words
            for answer in asked.answers:
                yield from filter(None, (answer.sentence, answer.size))
        for each in self.explained:
            yield each.line


@dataclass(frozen=True, slots=True)
class Article:
    """A whole summary. `notes` stand under the title: that the data are simulated, that nobody
    reviewed the language, which of the study's own words are missing in it.
    """

    language: Language
    title: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    version: str
    day: str
