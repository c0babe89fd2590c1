"""Never beyond the findings: summaries of random answers in five languages, read back by the
phrases of the language. Claims, people, sizes, counts and key messages against the findings;
forbidden words; nothing left in English.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from benchmarks.article.drawn import drawn
from benchmarks.article.forbidden import forbidden
from benchmarks.article.names import Names
from benchmarks.article.readback import Reader, Wrong
from benchmarks.article.summaries import LANGUAGES, LanguageCode, Summary, summary_of
from benchmarks.row import Row

SETS = 5000
_PIECE = 50
"""Sets that are read in one go."""
_SHOWN = 3
"""Examples of each kind of wrong that are printed, in a language."""
_KINDS = {
    "claim": "claims read otherwise than the verdict",
    "people": "numbers of people read otherwise",
    "size": "sizes read otherwise",
    "analyte": "answers without what was measured",
    "counted": "answers counted otherwise",
    "told": "answers twice, of no finding, or left out silently",
    "key": "key messages and titles that no answer bears",
    "count": "counts of comparisons that are otherwise",
    "forbidden": "forbidden words",
    "never": "words that may never stand",
    "simulated": "titles that do not say whether data are simulated",
    "person": "donors named",
    "markdown": "lines that the text lacks",
    "untranslated": "sentences left in English",
    "failed": "summaries that could not be made",
}


@dataclass
class Tally:
    """What was read in a language: answers, and what was wrong by kind."""

    answers: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """More of the same language."""
        self.answers += other.answers
        self.wrong += other.wrong
        self.shown += other.shown


def rows(*, number: int = SETS) -> Iterator[Row]:
    """For each language a row for each kind of wrong."""
    tallies = {code: Tally() for code in LANGUAGES}
    firsts = range(0, number, _PIECE)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for read_there in pool.map(read, firsts, [min(first + _PIECE, number) for first in firsts]):
            for code, tally in read_there.items():
                tallies[code].add(tally)
    for code, tally in tallies.items():
        print("\n".join(_examples(tally)), file=sys.stderr)
        what = f"{code}: answers read in {number} sets"
        yield Row(what=what, value=tally.answers, unit="answers")
        for kind, words in _KINDS.items():
            if kind != "untranslated" or code != "en":
                yield Row(what=f"{code}: {words}", value=tally.wrong[kind], unit="", bar="<= 0")


def _examples(tally: Tally) -> Iterator[str]:
    shown: Counter[str] = Counter()
    for line in tally.shown:
        kind = line.split()[2]
        shown[kind] += 1
        if shown[kind] <= _SHOWN:
            yield line


def read(first: int, end: int) -> dict[LanguageCode, Tally]:
    """What was read in some sets, by language."""
    tallies = {code: Tally() for code in LANGUAGES}
    for number in range(first, end):
        for code, (answers, wrong) in of_set(number).items():
            tally = tallies[code]
            tally.answers += answers
            tally.wrong.update(each.kind for each in wrong)
            tally.shown += [f"{code} {number} {w.kind}: {w.told} | {w.why}" for w in wrong]
    return tallies


Told = tuple[int, list[Wrong]]
"""How many answers a summary tells, and everything that is wrong."""


def of_set(number: int, languages: Sequence[LanguageCode] = LANGUAGES) -> dict[LanguageCode, Told]:
    """What was read in a set in each language."""
    public = drawn(number).public
    english: set[str] = set()
    told: dict[LanguageCode, Told] = {}
    for code in languages:
        try:
            summary = summary_of(public, code)
        except Exception as error:  # any failure is a finding of this benchmark
            told[code] = 0, [Wrong("failed", type(error).__name__, str(error))]
            continue
        wrong = [*Reader(summary).wrong(), *forbidden(summary)]
        if code == "en":
            english = {*summary.lines}
        else:
            wrong += untranslated(english & {*summary.lines}, code)
            wrong += half_translated(summary)
        told[code] = sum(1 for _ in summary.answers), wrong
    return told


def untranslated(lines: set[str], code: str) -> Iterator[Wrong]:
    """Lines that are the same in English, but for names and what a study states itself."""
    for line in sorted(lines):
        if len(line.split()) > 3 and "Invented" not in line:
            yield Wrong("untranslated", line, code)


_ENGLISH = re.compile(r"\b(?:the|and|with|were|whether|anything|which|this)\b", re.IGNORECASE)


def half_translated(summary: Summary) -> Iterator[Wrong]:
    """Sentences in which English words stand beside the names of the study."""
    names = Names(summary.public.study, summary.code)
    for section in summary.article.sections:
        for line in section.lines():
            if match := _ENGLISH.search(names.signed(line)):
                yield Wrong("untranslated", line, match.group(0))
