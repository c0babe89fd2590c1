"""The numbers of a clause, held against those of the answers it speaks of.

A number fits when the answer's rounds to it with the digits that are given; "about", and numbers in
words (twice), leave an eighth. A percentage is read as the fold it makes (105 % more is 2.05-fold).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import assert_never

from exvivo.claim_records import Spin
from exvivo.claims.numbers import WHOLE_GROUP, Number, People, fits, people_of, value_of
from exvivo.claims.readings import CLAIMS, Clause
from exvivo.claims.tokens import folded
from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.study.question_records import margin_of


def number_spins(
    clause: Clause, numbers: Collection[Number], answers: Collection[Finding], study: Study
) -> Iterator[Spin]:
    """The numbers of a clause that are no answer's; logarithms are not read."""
    if any(token.word.startswith("log") for token in clause.tokens):
        return
    start = clause.tokens[clause.first].start
    end = clause.tokens[clause.last - 1].end
    for number in numbers:
        told = number.slack or not clause.open
        if start <= number.start < end and answers and told:
            yield from _held(number, answers, study)


def _held(number: Number, answers: Collection[Finding], study: Study) -> Iterator[Spin]:
    """A number that is none of those that the answers allow."""
    rule = f"{number.kind}_differs"
    if _allowed_interval(number, answers) or any(
        map(number.fits, _expected(number, answers, study))
    ):
        return
    against = next((each for each in answers if _shown(number, each)), None)
    if against is not None:
        words = (number.start, number.end)
        yield Spin("numbers", rule, words, against, number.values[0], _shown(number, against))


def _expected(number: Number, answers: Collection[Finding], study: Study) -> list[float]:
    """The numbers that a sentence may give: an answer's own, the ends of its interval where a
    fold is given exactly, the declared margin, and each the other way round (half of the one is
    twice the other).
    """
    match number.kind:
        case "p":
            return [p for each in answers for p in (each.p_adjusted, each.p) if p is not None]
        case "coefficient":
            return _estimates(answers, log2=False)
        case "interval":
            return []
        case "fold":
            folds = [*_estimates(answers, log2=True), *_margins(answers, study)]
            if not number.relative and not number.bound:
                folds += [end for each in answers if each.unit.log2 for end in ends(each)]
            return [*folds, *(1 / value for value in folds if value)]
    assert_never(number.kind)


def _allowed_interval(number: Number, answers: Collection[Finding]) -> bool:
    """Whether two numbers are the ends of an answer, or hold estimates that they are a range of."""
    if number.kind != "interval":
        return False
    if any(_same_interval(number, each) for each in answers):
        return True
    return _spans_estimates(number, sorted(_estimates(answers, log2=True)))


def _spans_estimates(number: Number, estimates: list[float]) -> bool:
    """Whether two numbers are the smallest and the largest of several estimates."""
    if len(estimates) < 2:
        return False
    low, high = number.values
    return fits(low, estimates[0], number) and fits(high, estimates[-1], number)


def is_of(number: Number, finding: Finding) -> bool:
    """Whether a fold, coefficient or interval is that of an answer."""
    if number.kind == "interval":
        return _same_interval(number, finding)
    log2 = number.kind == "fold"
    return number.kind != "p" and any(map(number.fits, _estimates([finding], log2=log2)))


def _shown(number: Number, finding: Finding) -> tuple[float, ...]:
    """What the answer has in the place of a number that differs."""
    match number.kind:
        case "p":
            p = finding.p if finding.p_adjusted is None else finding.p_adjusted
            return () if p is None else (p,)
        case "interval":
            return ends(finding)
        case "coefficient" | "fold":
            right = finding.unit.log2 == (number.kind == "fold")
            known = right and finding.estimate is not None
            return (as_read(finding.estimate or 0.0, finding),) if known else ()
    assert_never(number.kind)


def _estimates(answers: Collection[Finding], *, log2: bool) -> list[float]:
    return [
        as_read(each.estimate, each)
        for each in answers
        if each.estimate is not None and each.unit.log2 == log2
    ]


def _margins(answers: Collection[Finding], study: Study) -> list[float]:
    asked = {each.question for each in answers}
    margins = (margin_of(each) for each in study.questions if each.id in asked)
    return [2.0**margin for margin in margins if margin is not None]


def as_read(value: float, finding: Finding) -> float:
    """A number as a reader takes it: a fold, not its logarithm."""
    return float(2.0**value) if finding.unit.log2 else value


def ends(finding: Finding) -> tuple[float, ...]:
    """Both ends of an interval as a reader takes them."""
    if finding.lower is None or finding.upper is None:
        return ()
    return as_read(finding.lower, finding), as_read(finding.upper, finding)


def shows_open_interval(numbers: Collection[Number], answers: Collection[Finding]) -> bool:
    """Whether a sentence gives the interval of an answer that leaves the direction open: its reader
    sees that a correlation, or a difference, is only estimated.
    """
    given = [number for number in numbers if number.kind == "interval"]
    unsure = [each for each in answers if not each.excludes_null]
    pairs = [(number, each) for number in given for each in unsure]
    return any(_same_interval(number, each) for number, each in pairs)


def _same_interval(number: Number, finding: Finding) -> bool:
    both = ends(finding)
    return bool(both) and all(map(fits, number.values, both, (number, number)))


def people_spins(
    text: str, clauses: Collection[Clause], sizes: Mapping[str, int], findings: Collection[Finding]
) -> Iterator[Spin]:
    """The numbers of people that are not the study's."""
    if not any(
        clause.has("condition", "named_group", "analyte", "cell_type", "stimulus")
        for clause in clauses
    ):
        return
    for people in people_of(text):
        group = _group_of(people, clauses)
        allowed = _allowed(group, people, sizes, findings)
        if allowed and people.n not in allowed:
            yield Spin(
                "numbers",
                "people_differ",
                (people.start, people.end),
                None,
                people.n,
                tuple(sorted(allowed))[-2:],
            )


def whole_group_spins(text: str, clauses: Collection[Clause]) -> Iterator[Spin]:
    """Everyone, in numbers (fourteen of fourteen patients)."""
    for match in WHOLE_GROUP.finditer(folded(text)):
        speaks = any(
            clause.has("analyte", "response", "blocked") and clause.has(*CLAIMS)
            for clause in clauses
        )
        if speaks and value_of(match["some"]) == value_of(match["all"]):
            yield Spin("everyone", "everyone_for_mean", match.span())


def _group_of(people: People, clauses: Collection[Clause]) -> str | None:
    for clause in clauses:
        for mark in clause.of("group"):
            start, end = clause.characters(mark)
            if people.start < end and start <= people.end + 1:
                return mark.id
    return None


def _allowed(
    group: str | None, people: People, sizes: Mapping[str, int], findings: Collection[Finding]
) -> set[float]:
    """The numbers of people of a group that a text may give: of the study, of an answer, and of
    those that are not in one.
    """
    if people.who in {"women", "men", "adults"} or group is None:
        return set()
    whole = sizes.get(group, 0)
    numbers = {float(count.n) for each in findings for count in each.n if count.group == group}
    undetected = {float(c.undetected) for each in findings for c in each.n if c.group == group}
    return {*numbers, *undetected, float(whole), *(whole - n for n in numbers)}
