"""A clause held against the answers that it speaks of: what it states more than they bear."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from exvivo.claim_records import Spin
from exvivo.claims.figures import is_of, number_spins, shows_open_interval
from exvivo.claims.lexical import lexical_spins, methodical, stated
from exvivo.claims.matching import Matched, first_group, matched
from exvivo.claims.numbers import Number, value_of
from exvivo.claims.readings import CLAIMS, Clause
from exvivo.claims.rules import rules
from exvivo.claims.subjects import Subjects
from exvivo.claims.tokens import Mark, Phrases
from exvivo.findings import Finding
from exvivo.study import Study

_AT_ISSUE = ("analyte", "blocked", "exposure")
_CONTEXT = (
    *("group", "cell_type", "cells", "response", "ours", "people", "readout", "stimulus"),
    *("exposure", "baseline", "blocked", "scale", "change"),
)


@dataclass(frozen=True)
class Told:
    """The answers of a study, and those that the sentence before spoke of."""

    answers: Collection[Finding]
    before: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What is said of a clause: its spins, the answers it speaks of, whether it states a result,
    and whether it cannot be read of whom.
    """

    spins: tuple[Spin, ...] = ()
    answers: tuple[Finding, ...] = ()
    claims: bool = False
    unread: bool = False


def judge(clause: Clause, numbers: Collection[Number], study: Study, told: Told) -> Judged:
    """A clause held against the answers of a study."""
    lexical = tuple(lexical_spins(clause))
    if not _speaks_of_results(clause):
        return Judged(lexical)
    found = _found(clause, study, told)
    claims = [mark for mark in clause.of(*CLAIMS) if stated(clause, mark)]
    if shows_open_interval(numbers, found.answers):
        claims = [mark for mark in claims if mark.kind not in {"related", "differ"}]
    spins = [*lexical, *_not_asked(clause, found, claims), *_held(clause, found, claims, study)]
    if not clause.beside:
        others = _of_other_kinds(found.answers, told.answers)
        own = [each for each in numbers if not any(is_of(each, other) for other in others)]
        spins += number_spins(clause, own, found.answers, study)
    unread = any(_unread(clause, m, a, study) for m in claims for a in found.answers)
    return Judged(tuple(spins), found.answers, bool(claims or numbers) or clause.open, unread)


def _of_other_kinds(found: Collection[Finding], answers: Collection[Finding]) -> list[Finding]:
    """The answers about the same analytes to other kinds of questions, whose numbers a clause may
    give beside its own.
    """
    asks, analytes = {each.ask for each in found}, {each.analyte for each in found}
    return [each for each in answers if each.ask not in asks and each.analyte in analytes]


def _found(clause: Clause, study: Study, told: Told) -> Matched:
    """The answers of a clause; of one that names nothing itself, those of the sentence before."""
    itself = clause.has(*_AT_ISSUE, "scale", "reference")
    if not itself and clause.inherited and told.before:
        return Matched(told.before)
    return matched(clause, study, told.answers)


def _speaks_of_results(clause: Clause) -> bool:
    """Whether a clause names something that was measured, and who or what it was measured in."""
    if clause.question or clause.has("background") or methodical(clause):
        return False
    if any(clause.ids(kind) for kind in _AT_ISSUE) or clause.has("reference"):
        return clause.has(*_CONTEXT) or bool(clause.inherited)
    if len(clause.own_ids("cell_type")) > 1 and clause.has("response", "higher"):
        return True
    return bool(clause.ids("scale")) and clause.has("response", "cells", "cell_type", "stimulus")


def _not_asked(clause: Clause, found: Matched, claims: list[Mark]) -> Iterator[Spin]:
    """What is stated although no question asks it."""
    if claims and (not found.answers or found.missing):
        yield Spin("not_asked", "nothing_asked", clause.characters(claims[0]))


def _held(clause: Clause, found: Matched, claims: list[Mark], study: Study) -> Iterator[Spin]:
    """Each claim held against each of the answers."""
    for mark in _strongest(clause, claims, found):
        for answer in found.answers:
            rule = _broken(clause, mark, answer, study)
            if rule:
                yield Spin(rules()[rule].kind, rule, clause.characters(mark), answer)
                break


def _strongest(clause: Clause, claims: list[Mark], found: Matched) -> list[Mark]:
    """The claims that count: with "less than the margin" no other one; of a relation, that it is
    one.
    """
    for only in ("equivalent", "unrelated", "same"):
        if named := [mark for mark in claims if mark.kind == only]:
            return named
    if any(each.unit.reading == "coefficient" for each in found.answers):
        named = [mark for mark in claims if mark.kind == "related"]
        return named or claims[:1]
    return claims


def _broken(clause: Clause, mark: Mark, answer: Finding, study: Study) -> str:
    """The rule that a claim breaks at an answer; empty where the answer bears it."""
    negated = clause.negated(mark)
    match mark.kind:
        case "same" | "equivalent":
            return _differs(answer) if negated else _same(answer, "same_not_shown")
        case "unrelated":
            return _differs(answer) if negated else _same(answer, "unrelated_not_shown")
        case "differ" | "related" | "like":
            unrelated = "unrelated_not_shown" if mark.kind == "related" else "same_not_shown"
            return _same(answer, unrelated) if negated else _related(clause, answer)
        case _:
            return _directed(clause, mark, answer, study, negated)


def _same(answer: Finding, rule: str) -> str:
    return "" if answer.verdict == "equivalent" else rule


def _differs(answer: Finding) -> str:
    return "" if answer.verdict == "supported" else "direction_not_given"


def _related(clause: Clause, answer: Finding) -> str:
    """A stated difference or relation, and the sign that a clause gives the relation."""
    if answer.verdict != "supported":
        return "direction_not_given"
    positive, inverse = clause.has("positive"), clause.has("inverse")
    if answer.unit.reading != "coefficient" or answer.estimate is None or positive == inverse:
        return ""
    return "" if positive == (answer.estimate > answer.null) else "direction_opposite"


def _unread(clause: Clause, mark: Mark, answer: Finding, study: Study) -> bool:
    """Whether it cannot be read of which group, or of which analyte, more or less is stated."""
    if answer.ask == "specificity":
        named = clause.of("analyte", "cell_type")
        first = {m.id for m in named if m.first == min(each.first for each in named)}
        return mark.kind == "lower" or not first & {answer.analyte, answer.cell_type}
    sided = mark.kind in {"higher", "lower"} and answer.ask == "difference"
    return sided and subject_group(clause, mark, study) is None


def _directed(clause: Clause, mark: Mark, answer: Finding, study: Study, negated: bool) -> str:
    """A claim of more or less, held against the sign of an answer."""
    if negated:
        if answer.verdict != "supported":
            return _same(answer, "same_not_shown")
        return "direction_opposite" if _agrees(clause, mark, answer, study) else ""
    if answer.verdict != "supported":
        return "direction_not_given"
    return "" if _agrees(clause, mark, answer, study) else "direction_opposite"


def _agrees(clause: Clause, mark: Mark, answer: Finding, study: Study) -> bool:
    """Whether the sign of an answer is the one that is stated; True where a coefficient is."""
    if answer.ask not in {"difference", "effect", "change"} or answer.estimate is None:
        return True
    sign = 1 if mark.kind == "higher" else -1
    if answer.ask == "difference":
        subject = subject_group(clause, mark, study)
        if subject is None:
            return True
        sign *= 1 if subject == first_group(answer, study) else -1
    elif answer.ask == "effect" and (clause.has("lower") or not _by_antagonist(clause, mark)):
        return mark.kind == "higher" or answer.estimate < answer.null
    return sign * (answer.estimate - answer.null) > 0


def _by_antagonist(clause: Clause, mark: Mark) -> bool:
    """Whether a claim is of the antagonist: it is named before, the stimulus alone not later."""
    named = clause.before(mark, ("blocked", "stimulus"))
    return bool(named) and max(named, key=lambda each: each.first).kind == "blocked"


def subject_group(clause: Clause, mark: Mark, study: Study) -> str | None:
    """The group of which more or less is stated: not the one behind "than", "that of" or "over";
    else the nearest one that is named before, else the first that is named.
    """
    groups = clause.of("group")
    if not groups:
        return Subjects(study).patients if clause.has("condition") else None
    named = {group.id for group in groups}
    other = _compared_with(clause, groups)
    if other is not None:
        rest = [group.id for group in study.groups if group.id != other]
        return rest[0] if len(rest) == 1 else None
    if len(named) == 1:
        return groups[0].id
    earlier = {group.id for group in groups if group.last <= mark.first}
    return next(iter(earlier)) if len(earlier) == 1 else None


_COMPARED = Phrases(
    ("than", "", phrase)
    for phrase in (
        *("than", "versus", "vs", "compared with|to", "relative to", "in comparison with|to"),
        *(
            "exceed*",
            "surpass*",
            "outstrip*",
            "out produc*",
            "that|those of|from|in",
            "as much|large|high|strong ... as",
        ),
        *("times|fold|double|twice|half|third that|those|the", "against", "over and above"),
        *("as|than in|from|cells|img", "set against"),
    )
)
"""What stands before the side that something is compared with."""
_PLACES = frozenset({"in", "from", "for", "by", "of", "among", "within", "with"})
"""What stands before "those of" where it is the side that is spoken of (more in those of)."""
_NEAR = 8
"""Words between a word of comparison and the group that it means."""


def _compared_with(clause: Clause, groups: list[Mark]) -> str | None:
    """The group that stands behind a word of comparison."""
    for mark in _COMPARED.marks(list(clause.tokens[clause.first : clause.last])):
        at = mark.last + clause.first
        before = clause.tokens[mark.first + clause.first - 1].word if mark.first else ""
        if before in _PLACES and clause.tokens[mark.first + clause.first].word in {"that", "those"}:
            continue
        if at < clause.last and value_of(clause.tokens[at].word) is not None:
            continue
        later = [group for group in groups if at - 1 <= group.first <= at + _NEAR]
        if later:
            return later[0].id
    return None
