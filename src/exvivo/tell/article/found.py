"""What was found: each question in plain words with its answers, those that read the same in one
sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from exvivo.findings import Count, Finding
from exvivo.study import Identity, Question
from exvivo.tell.article.asks import PLAIN_ASKS
from exvivo.tell.article.asks.subject import cells_of
from exvivo.tell.article.care import care
from exvivo.tell.article.certainty import CLAIMS, certainty_of
from exvivo.tell.article.records import Asked, PlainAnswer
from exvivo.tell.article.sizes import has_range, size, why_none
from exvivo.tell.article.telling import (
    Alike,
    Telling,
    ends_of,
    is_amount,
    is_short,
    short_enough,
)
from exvivo.tell.article.why_open import caps_of, is_of_many
from exvivo.tell.asks.numbers import points_up
from exvivo.tell.phrases import clauses
from exvivo.tell.share.answers import CAUTION, Answer, Between

Ends = tuple[int, int]
"""A number of people as it may be printed: from, to."""


@dataclass(frozen=True)
class Found:
    """A question with its answers that may be told; `usual` is how many people of each group most
    answers that compare groups rest on, which is told once for all of these.
    """

    question: Question
    answers: tuple[Answer, ...]
    telling: Telling
    usual: Mapping[str, Ends]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the answers."""
        return tuple(answer.finding for answer in self.answers)

    @property
    def has_claim(self) -> bool:
        """Whether an answer says something of the question."""
        return any(certainty_of(finding) in CLAIMS for finding in self.findings)

    @property
    def has_same(self) -> bool:
        """Whether an answer says that two sides are much the same."""
        return any(certainty_of(finding) == "same" for finding in self.findings)

    def asked(self) -> Asked:
        """The question as it is printed, with everybody whom all its answers rest on."""
        ask = PLAIN_ASKS[self.question.ask].asked
        words = short_enough(lambda telling: ask(self.question, telling), self.telling)
        cells = cells_of(self.question, self.telling)
        told = self.telling.language.joined([words, cells, self._people()])
        below = (replace(alike, under_question=True) for alike in self.alike())
        return Asked(self.question.id, told, tuple(map(self._answer, below)))

    def _people(self) -> str:
        """Whom all answers rest on, where these are not as many as usual; empty where answers
        differ in that.
        """
        counts = people_of(self.findings)
        if not self._agree() or self._are_usual(counts):
            return ""
        people = self.telling.people(counts)
        return self.telling.language.tell("Asked of {people}.", people=people)

    def _agree(self) -> bool:
        """Whether all answers rest on the same numbers of people."""
        return len({tuple(map(_ends, finding.n)) for finding in self.findings}) == 1

    def _are_usual(self, counts: Sequence[Count]) -> bool:
        return dict(map(_ends, counts)) == self.usual

    def alike(self) -> list[Alike]:
        """The answers, those that read the same together; claims first."""
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for number, finding in enumerate(self.findings):
            apart = number if self._stands_alone(finding) else None
            caps = caps_of(finding, self._own(finding).caps)
            reads = _reads(finding, self.telling), caps, apart
            groups.setdefault(reads, []).append(finding)
        made = [
            Alike(self.question, tuple(group), self.telling, caps=self._own(group[0]).caps)
            for group in groups.values()
        ]
        return sorted(_joined_over_scales(made), key=lambda each: each.certainty not in CLAIMS)

    def _stands_alone(self, finding: Finding) -> bool:
        """Whether an answer has a sentence of its own: a claim, where they are few."""
        certainties = [certainty_of(each) for each in self.findings]
        claims = sum(each in CLAIMS for each in certainties)
        sized = certainty_of(finding) in ("higher", "lower", "goes_along") and has_range(finding)
        return sized and claims <= self.telling.detail.claims

    def _answer(self, alike: Alike) -> PlainAnswer:
        """An answer as it is printed; where it is that of the whole question, without its names."""
        whole = len(alike.findings) == len(self.findings) and _covers(self.question, self.findings)
        words = in_short(alike, whole=whole)
        return PlainAnswer(alike.findings, alike.certainty, words, self._behind(alike))

    def _behind(self, alike: Alike) -> str:
        """What stands behind the sentence: size, people where answers differ in them, cautions."""
        parts = [size(alike), *_added(alike), self._rests_on(alike), self._caution(alike)]
        return self.telling.language.joined(parts)

    def _rests_on(self, alike: Alike) -> str:
        counts = people_of(alike.findings)
        if self._agree() or self._are_usual(counts):
            return ""
        people = self.telling.people(counts)
        return self.telling.language.tell("This rests on {people}.", people=people)

    def _caution(self, alike: Alike) -> str:
        """That a claim is worth less than its numbers say."""
        if alike.certainty not in CLAIMS or not any(map(self._is_tempered, alike.findings)):
            return ""
        codes = {caveat.code for finding in alike.findings for caveat in finding.warnings}
        return care(codes, self.telling.language)

    def _is_tempered(self, finding: Finding) -> bool:
        return CAUTION in self._own(finding).cautions or bool(
            clauses(finding.warnings, finding, self.telling.study)
        )

    def _own(self, finding: Finding) -> Answer:
        return next(answer for answer in self.answers if answer.finding is finding)


def _covers(question: Question, findings: Sequence[Finding]) -> bool:
    """Whether some answers are about everything that a question names."""
    if isinstance(question, Identity):
        return True
    analytes, assays = {each.analyte for each in findings}, {each.assay for each in findings}
    scales = {each.scale for each in findings if each.scale}
    named = ({*question.analytes}, {*question.assays}, {*getattr(question, "scales", ())})
    return (analytes, assays, scales) == named


def sentence(alike: Alike) -> str:
    """The sentence of answers that read the same."""
    text = short_enough(lambda telling: _sentence(replace(alike, telling=telling)), alike.telling)
    if is_short(text, alike.language) or alike.under_question:
        return text
    return sentence(replace(alike, under_question=True))


def _sentence(alike: Alike) -> str:
    words = PLAIN_ASKS[alike.question.ask]
    match alike.certainty:
        case "same":
            return words.same(alike)
        case "cannot_tell":
            return words.open_(alike)
        case "no_answer":
            return _no_answer(alike)
        case _:
            return words.claim(alike)


def in_short(alike: Alike, *, whole: bool) -> str:
    """The sentence below its question: what is not claimed need not repeat what was asked, nor what
    it is about where that is the `whole` question.
    """
    return short_enough(
        lambda telling: _in_short(replace(alike, telling=telling), whole=whole), alike.telling
    )


def _in_short(alike: Alike, *, whole: bool) -> str:
    language, about = alike.language, _about(alike)
    match alike.certainty:
        case "same" if whole:
            return language.tell("The two were probably much the same on average.")
        case "cannot_tell" if whole and len(alike.findings) == 1:
            return language.tell("We cannot tell.")
        case "cannot_tell" if whole:
            return language.count(
                "In none of {n} comparisons can we tell.",
                "In none of {n} comparisons can we tell.",
                len(alike.findings),
            )
        case "no_answer" if whole:
            return language.tell("There is no answer.")
        case "same":
            return language.tell(
                "For {about}, the two were probably much the same on average.", about=about
            )
        case "cannot_tell":
            return language.tell("For {about}, we cannot tell.", about=about)
        case "no_answer":
            return language.tell("For {about}, there is no answer.", about=about)
        case _:
            return sentence(alike)


def _about(alike: Alike) -> str:
    """What answers are about, by name: `TNF and IL-6`, `TNF and pain`, other cells."""
    if isinstance(alike.question, Identity):
        return alike.telling.kinds([alike.names.cells(each.analyte) for each in alike.findings])
    if not alike.scales:
        return alike.targets
    # Translators: {analyte} may be several, {scale} too: "TNF and IL-6 with pain and anxiety".
    return alike.language.tell("{analyte} with {scale}", analyte=alike.targets, scale=alike.scales)


def _no_answer(alike: Alike) -> str:
    if alike.question.ask == "identity":
        cells = alike.names.cells(alike.question.cell_type)
        return alike.language.tell("There is no answer about {what}.", what=cells)
    if alike.scales:
        return alike.language.tell(
            "There is no answer about {what} and {scale}.", what=alike.what, scale=alike.scales
        )
    return alike.language.tell("There is no answer about {what}.", what=alike.what)


def _added(alike: Alike) -> Iterator[str]:
    """What must stand behind a claim of a kind of question."""
    if alike.certainty in CLAIMS and alike.certainty != "same":
        yield PLAIN_ASKS[alike.question.ask].added(alike)


def _reads(finding: Finding, telling: Telling) -> tuple[object, ...]:
    """Everything but caps in which two answers must agree to read the same."""
    certainty = certainty_of(finding)
    return (
        certainty,
        certainty in CLAIMS and certainty != "same" and points_up(finding),
        finding.larger,
        finding.cell_type,
        finding.stimulus,
        finding.condition,
        finding.visit,
        finding.scale,
        finding.unit.reading,
        is_amount(finding),
        why_none(finding) if certainty == "no_answer" else "",
        certainty == "cannot_tell"
        and telling.detail.why_open
        and is_of_many(finding, telling.study.plan.alpha),
    )


def _joined_over_scales(made: Sequence[Alike]) -> list[Alike]:
    """Answers that stay open told together over analytes and scores, where every analyte is open
    with every score; whichever way needs fewer sentences.
    """
    by_scale = _merged(made, _targets_of)
    apart = [replace(alike, findings=(each,)) for alike in made for each in alike.findings]
    by_target = _merged(_merged(apart, _targets_of), _scales_of)
    return min(by_scale, by_target, key=len) if any(map(_is_open, made)) else list(made)


def _targets_of(alike: Alike) -> object:
    """The analytes of answers, as they are told."""
    return frozenset((each.analyte, each.readout) for each in alike.findings)


def _scales_of(alike: Alike) -> object:
    """The scores of answers."""
    return frozenset(each.scale for each in alike.findings)


def _is_open(alike: Alike) -> bool:
    """Whether answers about scores say nothing of their question."""
    return alike.first.scale is not None and alike.certainty not in CLAIMS


def _merged(made: Sequence[Alike], by: Callable[[Alike], object]) -> list[Alike]:
    """Open answers that agree in something and read the same, together; the others as they are."""
    groups: dict[object, list[Alike]] = {}
    for place, alike in enumerate(made):
        reads = (
            _reads(replace(alike.first, scale=None), alike.telling) if _is_open(alike) else place
        )
        groups.setdefault((reads, by(alike) if _is_open(alike) else None), []).append(alike)
    return [_joined(group) for group in groups.values()]


def _joined(group: Sequence[Alike]) -> Alike:
    findings = tuple(finding for alike in group for finding in alike.findings)
    return replace(group[0], findings=findings)


def usual_people(findings: Iterable[Finding]) -> dict[str, Ends]:
    """How many people of each group most answers that compare groups rest on; where none compares
    groups, most answers.
    """
    every = [tuple(map(_ends, finding.n)) for finding in findings]
    between = [people for people in every if len(people) > 1]
    ranked = Counter(between or every).most_common(1)
    return dict(ranked[0][0]) if ranked else {}


def _ends(count: Count) -> tuple[str, Ends]:
    return count.group, ends_of(count)


def people_of(findings: Sequence[Finding]) -> tuple[Count, ...]:
    """The people whom answers rest on, group by group; a range where they differ."""
    groups: dict[str, list[tuple[int, int]]] = {}
    for finding in findings:
        for count in finding.n:
            groups.setdefault(count.group, []).append(ends_of(count))
    return tuple(Count(group, _between(ends)) for group, ends in groups.items())


def _between(ends: Sequence[tuple[int, int]]) -> Between:
    """The smallest and the largest of some numbers of people."""
    lows, highs = zip(*ends, strict=True)
    return Between(min(lows), min(lows), max(highs))
