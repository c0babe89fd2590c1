"""How many answers a summary may not tell, and why not, by what a reader would think of each: that
people were too few is another thing than that there was too little to measure.

The answers of the public mode go in, numbers and sentences come out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from exvivo.study.question_records import groups_of
from exvivo.tell.article.sizes import why_none
from exvivo.tell.language import Language
from exvivo.tell.share.answers import Withheld
from exvivo.tell.share.public import Public

_BEYOND = ("too_little", "too_much", "beyond")
_UNINFORMATIVE = "few_informative_donors"
"""The reason of results that lie beyond what can be measured in all but few people."""
_Kind = Literal["people", "results", "measured", "few_tell"]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Answers that are not told.

    They are of too few `people`; of too few `results` of people who are enough;
    of results too low or too high to be `measured`; and those where what could be said would tell
    of a few people (`few_tell`).
    """

    people: int = 0
    results: int = 0
    measured: int = 0
    few_tell: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.people + self.results + self.measured + self.few_tell

    def sentences(self, language: Language) -> Iterator[str]:
        """How many there are, and why they are not told."""
        if self.people:
            yield language.count(
                "{n} answer rests on too few people to be told here.",
                "{n} answers rest on too few people to be told here.",
                self.people,
            )
        if self.results:
            yield language.count(
                "{n} comparison has no answer: too few people had a result for it.",
                "{n} comparisons have no answer: too few people had a result for them.",
                self.results,
            )
        if self.measured:
            yield language.count(
                "{n} comparison has no answer: there was too little or too much to measure.",
                "{n} comparisons have no answer: there was too little or too much to measure.",
                self.measured,
            )
        if self.few_tell:
            yield language.count(
                "{n} answer is not told here, as it would say something of a few people.",
                "{n} answers are not told here, as they would say something of a few people.",
                self.few_tell,
            )


def hidden_of(public: Public) -> Hidden:
    """The answers of a study that are not told."""
    kinds = [_kind(each, public) for each in public.answers.withheld]
    return Hidden(**{kind: kinds.count(kind) for kind in get_args(_Kind)})


def _kind(withheld: Withheld, public: Public) -> _Kind:
    """What keeps an answer from being told; a group of few people goes before what was measured."""
    question = public.answers.questions[withheld.finding.question]
    told = all(group in public.people.groups for group in groups_of(question))
    reason = withheld.finding.reason
    if reason is None or not told:
        return "people" if withheld.kind == "few" else "few_tell"
    if reason.code == _UNINFORMATIVE or why_none(withheld.finding) in _BEYOND:
        return "measured"
    return "results" if withheld.kind == "few" else "few_tell"
