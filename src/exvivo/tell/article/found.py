"""What was found: each question in plain words with its answers, those that read the same in one
sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.findings import Count, Finding
from exvivo.study import Question
from exvivo.tell.article.asks import PLAIN_ASKS
from exvivo.tell.article.certainty import CLAIMS, certainty_of
from exvivo.tell.article.records import Asked, PlainAnswer
from exvivo.tell.article.sizes import has_range, size, why_none
from exvivo.tell.article.telling import Alike, Telling, ends_of, is_amount
from exvivo.tell.asks.numbers import points_up
from exvivo.tell.phrases import clauses
from exvivo.tell.share.answers import CAUTION, Answer, Between


@dataclass(frozen=True)
class Found:
    """A question with its answers that may be told."""

    question: Question
    answers: tuple[Answer, ...]
    telling: Telling

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the answers."""
        return tuple(answer.finding for answer in self.answers)

    def asked(self) -> Asked:
        """The question as it is printed, with everybody whom all its answers rest on."""
        words = PLAIN_ASKS[self.question.ask].asked(self.question, self.telling)
        told = self.telling.language.joined([words, self._people()])
        return Asked(self.question.id, told, tuple(map(self._answer, self.alike())))

    def _people(self) -> str:
        """Whom all answers rest on; empty where they differ in that, or rest on nobody."""
        counts = self._same_people()
        if not counts:
            return ""
        people = self.telling.people(counts)
        return self.telling.language.tell("Asked of {people}.", people=people)

    def _same_people(self) -> tuple[Count, ...]:
        told = [finding.n for finding in self.findings if finding.n]
        same = {tuple((count.group, *ends_of(count)) for count in n) for n in told}
        return told[0] if len(same) == 1 and len(told) == len(self.findings) else ()

    def alike(self) -> list[Alike]:
        """The answers, those that read the same together; claims first."""
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for number, finding in enumerate(self.findings):
            apart = number if self._stands_alone(finding) else None
            groups.setdefault((*_reads(finding, self), apart), []).append(finding)
        made = [Alike(self.question, tuple(group), self.telling) for group in groups.values()]
        return sorted(_same_targets(made), key=lambda each: each.certainty not in CLAIMS)

    def _stands_alone(self, finding: Finding) -> bool:
        """Whether an answer has a sentence of its own: a claim, where they are few."""
        certainties = [certainty_of(each) for each in self.findings]
        claims = sum(each in CLAIMS for each in certainties)
        sized = certainty_of(finding) in ("higher", "lower", "goes_along") and has_range(finding)
        return sized and claims <= self.telling.detail.claims

    def _answer(self, alike: Alike) -> PlainAnswer:
        """An answer as it is printed."""
        return PlainAnswer(alike.findings, alike.certainty, sentence(alike), self._behind(alike))

    def _behind(self, alike: Alike) -> str:
        """What stands behind the sentence: size, people where answers differ in them, cautions."""
        parts = [size(alike), *_added(alike), self._rests_on(alike), self._caution(alike)]
        return self.telling.language.joined(parts)

    def _rests_on(self, alike: Alike) -> str:
        counts = people_of(alike.findings)
        if not counts or self._same_people():
            return ""
        people = self.telling.people(counts)
        return self.telling.language.tell("This rests on {people}.", people=people)

    def _caution(self, alike: Alike) -> str:
        """That a claim is worth less than its numbers say."""
        if alike.certainty not in CLAIMS or not any(map(self._is_tempered, alike.findings)):
            return ""
        return self.telling.language.tell("Take this with care: the full report says why.")

    def _is_tempered(self, finding: Finding) -> bool:
        own = next(answer for answer in self.answers if answer.finding is finding)
        return CAUTION in own.cautions or bool(
            clauses(finding.warnings, finding, self.telling.study)
        )


def sentence(alike: Alike) -> str:
    """The sentence of answers that read the same."""
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


def _reads(finding: Finding, found: Found) -> tuple[object, ...]:
    """Everything in which two answers must agree to read the same."""
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
        (bool(finding.caps), finding.excludes_null) if certainty == "cannot_tell" else (),
    )


def _same_targets(made: Sequence[Alike]) -> list[Alike]:
    """Answers that stay open over several scores of the same analytes, in one sentence."""
    groups: dict[object, list[Alike]] = {}
    for place, alike in enumerate(made):
        groups.setdefault(_but_for_the_scale(alike, place), []).append(alike)
    return [_joined(group) for group in groups.values()]


def _but_for_the_scale(alike: Alike, place: int) -> object:
    """What answers must agree in to be told over several scores."""
    if alike.first.scale is None or alike.certainty not in ("cannot_tell", "no_answer"):
        return place
    targets = tuple((each.analyte, each.assay, each.readout) for each in alike.findings)
    first = replace(alike.first, scale=None)
    return (targets, why_none(first), alike.first.excludes_null, alike.certainty, first.stimulus)


def _joined(group: Sequence[Alike]) -> Alike:
    findings = tuple(finding for alike in group for finding in alike.findings)
    return replace(group[0], findings=findings)


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
