"""The numbers of a clause, held against those of the answers it speaks of.

A number fits when the answer's rounds to it with the digits that are given; "about", and numbers in
words (twice), leave an eighth. A percentage is read as the fold it makes (105 % more is 2.05-fold).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from exvivo.claim_records import Spin
from exvivo.claims.numbers import Number, People, WHOLE_GROUP, fits, people_of, value_of
from exvivo.claims.readings import Clause
from exvivo.claims.tokens import folded
from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.study.question_records import margin_of


def number_spins(
    clause: Clause, numbers: Collection[Number], answers: Collection[Finding], study: Study
) -> Iterator[Spin]:
    """The numbers of a clause that are no answer's."""
    start = clause.tokens[clause.first].start
    end = clause.tokens[clause.last - 1].end
    for number in numbers:
        told = number.slack or not clause.open
        if start <= number.start < end and answers and told:
            yield from _held(number, answers, study)


def _held(number: Number, answers: Collection[Finding], study: Study) -> Iterator[Spin]:
    match number.kind:
        case "p":
            expected = [p for each in answers for p in (each.p_adjusted, each.p) if p is not None]
            rule = "p_differs"
        case "coefficient":
            expected = _estimates(answers, log2=False)
            rule = "coefficient_differs"
        case "interval":
            if any(_same_interval(number, each) for each in answers):
                return
            expected = [end for each in answers for end in ends(each)]
            if number.relative and _within(number, _estimates(answers, log2=True)):
                return
            rule = "interval_differs"
        case "fold":
            expected = [*_estimates(answers, log2=True), *_margins(answers, study)]
            expected += [end for each in answers if each.unit.log2 for end in ends(each)]
            expected += [1 / value for value in expected if value]
            rule = "fold_differs"
    if expected and not any(number.fits(value) for value in expected):
        against = next(iter(answers))
        yield Spin(
            "numbers",
            rule,
            (number.start, number.end),
            against,
            number.values[0],
            tuple(expected[:2]),
        )


def _within(number: Number, estimates: list[float]) -> bool:
    low, high = number.values
    return any(low * 0.9 <= each <= high * 1.1 for each in estimates)


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
    """ "Fourteen of fourteen patients": everyone, in numbers."""
    for match in WHOLE_GROUP.finditer(folded(text)):
        speaks = any(clause.has("analyte", "response", "blocked") for clause in clauses)
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
