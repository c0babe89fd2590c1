"""The answers of a study as they may be handed on to anybody: no donor in them, no small number of
people, and nothing that the difference of two answers would tell of a few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from exvivo.findings import Caveat, CaveatCode, Count, Fact, Finding
from exvivo.study import Change, Question, Study
from exvivo.study.days import days_of
from exvivo.study.question_records import Treatment, groups_of
from exvivo.study.visits import ordered
from exvivo.tell.asks import ASKS
from exvivo.tell.names import about
from exvivo.tell.phrases import caveat_words
from exvivo.tell.share.people import People
from exvivo.tell.share.suppress import at_least
from exvivo.tell.tables import Shown

CAUTION = (
    "A caution stands at this answer in the laboratory's report. What it tells is of few people, "
    "and is not printed here."
)
_OF_PERSONS = ("donor", "donors", "flags", "flag", "names", "references", "why")
"""Facts that may name a donor, or hold what somebody wrote."""
_NO_PEOPLE = ("needed", "most", "families", "genes", "studies")
"""Facts whose numbers count no people of the study."""


class Between(int):
    """A number of people that is counted with, and printed as the range in which it lies."""

    low: int
    high: int

    def __new__(cls, n: int, low: int, high: int) -> Between:
        """The number, with the ends of its range."""
        made = super().__new__(cls, n)
        made.low, made.high = low, high
        return made

    def __add__(self, other: int) -> Between:
        """Two numbers of people together."""
        low, high = getattr(other, "low", other), getattr(other, "high", other)
        return Between(int(self) + int(other), self.low + low, self.high + high)

    __radd__ = __add__

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass(frozen=True, slots=True)
class NotHere:
    """Something that the laboratory's results have and these have not, and why."""

    what: str
    why: str


Withholding = Literal["few", "reason", "differs"]
"""What keeps an answer from being handed on: it rests on few people, the reason why there is none
tells of a few, or it differs by few people from another.
"""


@dataclass(frozen=True, slots=True)
class Withheld:
    """An answer that may not be handed on, with the kind of reason and the reason in words."""

    finding: Finding
    kind: Withholding
    why: str


Cap = CaveatCode | Literal["few_genes_measured"]
"""What keeps an answer from being supported."""


def cap_of(caveat: Caveat) -> Cap:
    """The code of a cap; where what cells are like cannot be asked for want of genes, that."""
    few = caveat.facts.get("why") in ("few_genes", "few_gate_genes", "filtered", "hidden")
    return "few_genes_measured" if few and caveat.code == "gate_not_possible" else caveat.code


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that may be handed on: `flags` is how many flags stand at it in the laboratory's
    report, `cautions` what a reader must know beside it; `caps` are the codes of what keeps it from
    being supported, also where their facts may not be told.
    """

    finding: Finding
    sentence: str
    cautions: tuple[str, ...]
    flags: int
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True)
class Answers:
    """The answers of a run, those that may be handed on and those that may not."""

    study: Study
    people: People
    every: Sequence[Shown]

    @cached_property
    def _held(self) -> dict[int, Withheld]:
        """The answers that are not handed on, by their place; those before count for the later."""
        held: dict[int, Withheld] = {}
        told: list[Finding] = []
        for place, shown in enumerate(self.every):
            withheld = self._withheld(shown.finding, told)
            if withheld:
                held[place] = withheld
            else:
                told.append(shown.finding)
        return held

    def _withheld(self, finding: Finding, told: Sequence[Finding]) -> Withheld | None:
        """Why an answer is not handed on beside those `told` before it; None where it may be."""
        if why := self._too_few(finding):
            return Withheld(finding, "few", why)
        if finding.reason and not self._may_be_told(finding.reason):
            why = "why it cannot be estimated is told by few people or by name"
            return Withheld(finding, "reason", why)
        if why := _differs_by_few(finding, told, self.people):
            return Withheld(finding, "differs", why)
        return None

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """The answers that may not be handed on."""
        return tuple(self._held.values())

    @cached_property
    def told(self) -> tuple[Answer, ...]:
        """The answers that may be handed on."""
        return tuple(
            self._answer(shown.finding)
            for place, shown in enumerate(self.every)
            if place not in self._held
        )

    def not_told(self) -> Iterator[NotHere]:
        """The answers that may not, each with the reason."""
        for each in self.withheld:
            subject = about(each.finding, self.study)
            yield NotHere(f"{each.finding.question}: {subject}", each.why)

    def of(self, question: Question) -> list[Answer]:
        """Those of a question."""
        return [each for each in self.told if each.finding.question == question.id]

    def _too_few(self, finding: Finding) -> str:
        """Which people of an answer are too few for it to be handed on; empty where none are."""
        smallest, question = self.people.smallest, self.questions[finding.question]
        if any(group not in self.people.groups for group in groups_of(question)):
            return f"a group of fewer than {smallest} people"
        if any(count.n < smallest for count in finding.n) or not finding.n:
            return f"it rests on fewer than {smallest} people of a group"
        if isinstance(question, Treatment) and self._fewest(question, finding) < smallest:
            return f"fewer than {smallest} people with, or without, {question.exposure}"
        return ""

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The questions by their ids, with numbers for visits that are named by days."""
        return {question.id: self._undated(question) for question in self.study.questions}

    def _undated(self, question: Question) -> Question:
        """A question that names no day; a visit that no well has is numbered by its place."""
        if not isinstance(question, Change):
            return question
        named = enumerate(question.visits, 1)
        told = (self.visits.get(name, str(at) if days_of(name) else name) for at, name in named)
        return replace(question, visits=tuple(told))

    def _fewest(self, question: Treatment, finding: Finding) -> int:
        """How many people the smaller side of an exposure has in an answer."""
        words = dict(self.study.donors.select("donor", question.exposure).iter_rows())
        exposed = [donor for donor in finding.donors if words.get(donor) == question.exposed]
        return min(len(exposed), len(finding.donors) - len(exposed))

    def _answer(self, finding: Finding) -> Answer:
        question = self.questions[finding.question]
        told = [caveat for caveat in finding.warnings if self._may_be_told(caveat)]
        hidden = (CAUTION,) if len(told) < len(finding.warnings) else ()
        public = replace(
            finding,
            n=tuple(map(self._count, finding.n)),
            donors=(),
            flags=(),
            visit=self._visit(finding.visit),
            warnings=tuple(map(self._named, told)),
            reason=self._named(finding.reason) if finding.reason else None,
        )
        cautions = (*(caveat_words(each, self.study) for each in public.warnings), *hidden)
        sentence = ASKS[finding.ask].sentence(public, question, self.study)
        caps = tuple(dict.fromkeys(map(cap_of, finding.caps)))
        return Answer(public, sentence, cautions, len(finding.flags), caps)

    def _count(self, count: Count) -> Count:
        """The people of a group in an answer, as they are printed."""
        ends = at_least(count.n, self.people.sizes[count.group], self.people.smallest)
        return Count(count.group, Between(count.n, *ends))

    def _may_be_told(self, caveat: Caveat) -> bool:
        """Whether a caveat names nobody and counts nobody in small numbers."""
        return not any(self._tells(name, fact) for name, fact in caveat.facts.items())

    def _tells(self, name: str, fact: Fact) -> bool:
        """Whether a fact tells of a person: by name, in words, or as one of few."""
        if isinstance(fact, str | tuple):
            return name in _OF_PERSONS
        counted = type(fact) is int and name not in _NO_PEOPLE
        return counted and 0 < fact < self.people.smallest

    def _named(self, caveat: Caveat) -> Caveat:
        """A caveat whose visit is no date."""
        visit = caveat.facts.get("visit")
        if not isinstance(visit, str):
            return caveat
        return Caveat(caveat.code, {**caveat.facts, "visit": self._visit(visit) or ""})

    def _visit(self, visit: str | None) -> str | None:
        """The name of a visit; its number where it is named by a day."""
        return None if visit is None else self.visits.get(visit, visit)

    @cached_property
    def visits(self) -> dict[str, str]:
        """The numbers of visits that are named by days."""
        names = {shown.finding.visit for shown in self.every} - {None}
        layout = self.study.layout
        if "visit" in layout.columns:
            names |= {*layout["visit"].drop_nulls()}
        visits = ordered((name for name in names if name), self.study.visits)
        return {name: str(at) for at, name in enumerate(visits, 1) if days_of(name)}


def _differs_by_few(finding: Finding, told: Iterable[Finding], people: People) -> str:
    """Whether an answer asks of the same numbers as one that is told already, in a few people more
    or less: the two together would tell the results of those few.
    """
    for other in told:
        few = len({*finding.donors} ^ {*other.donors})
        if 0 < few < people.smallest and _subject(finding) == _subject(other):
            name = f"{other.question}"
            return f"beside `{name}`, from which it differs by few people, it would tell of these"
    return ""


def _subject(finding: Finding) -> tuple[object, ...]:
    """What an answer is about and how it was estimated."""
    about = (finding.assay, finding.on, finding.analyte, finding.cell_type, finding.stimulus)
    under = (finding.condition, finding.visit, finding.scale, finding.estimand.code)
    return (*about, *under, tuple(count.group for count in finding.n))
