"""A clause held against the answers that it speaks of: what it states more than they bear."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from exvivo.claim_records import Spin
from exvivo.claims.figures import number_spins
from exvivo.claims.lexical import lexical_spins, stated
from exvivo.claims.matching import Matched, first_group, matched
from exvivo.claims.readings import Clause
from exvivo.claims.rules import rules
from exvivo.claims.tokens import Mark
from exvivo.findings import Finding
from exvivo.study import Study

_AT_ISSUE = ("analyte", "blocked", "exposure")


@dataclass(frozen=True)
class Judged:
    """What is said of a clause: its spins, the answers it speaks of, and whether it states a
    result.
    """

    spins: tuple[Spin, ...] = ()
    answers: tuple[Finding, ...] = ()
    claims: bool = False


def judge(clause: Clause, text: str, study: Study, answers: Collection[Finding]) -> Judged:
    """A clause held against the answers of a study."""
    lexical = tuple(lexical_spins(clause, study))
    if not _speaks_of_results(clause):
        return Judged(lexical)
    found = matched(clause, study, answers)
    claims = [mark for mark in claims_of(clause) if stated(clause, mark)]
    spins = [*lexical, *_not_asked(clause, found, claims), *_held(clause, found, claims, study)]
    spins += number_spins(clause, text, found.answers, study)
    told = bool(claims) or clause.has("unresolved")
    return Judged(tuple(spins), found.answers, told)


def _speaks_of_results(clause: Clause) -> bool:
    """Whether a clause names something that was measured, and who or what it was measured in."""
    if clause.question or clause.has("background"):
        return False
    named = any(clause.ids(kind) for kind in _AT_ISSUE) or clause.has("reference", "scale")
    context = ("group", "cell_type", "cells", "response", "ours", "people", "readout", "stimulus")
    return named and (
        clause.has(*context, "baseline", "blocked", "scale") or bool(clause.inherited)
    )


def claims_of(clause: Clause) -> list[Mark]:
    """The phrases that state something of two sides; a relation covers a direction beside it."""
    marks = clause.of(
        "higher", "lower", "differ", "same", "equivalent", "related", "unrelated", "like"
    )
    return marks


def _not_asked(clause: Clause, found: Matched, claims: list[Mark]) -> Iterator[Spin]:
    """What is stated although no question asks it."""
    if claims and (not found.answers or found.missing):
        mark = claims[0]
        yield Spin("not_asked", "nothing_asked", clause.characters(mark))


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
    if found.ask in {"association"} or (
        found.answers and found.answers[0].unit.reading == "coefficient"
    ):
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
            return _same(answer, unrelated) if negated else _differs(answer)
        case _:
            return _directed(clause, mark, answer, study, negated)


def _same(answer: Finding, rule: str) -> str:
    return "" if answer.verdict == "equivalent" else rule


def _differs(answer: Finding) -> str:
    return "" if answer.verdict == "supported" else "direction_not_given"


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
    elif answer.ask == "effect" and mark.kind == "higher":
        return True
    return sign * (answer.estimate - answer.null) > 0


def subject_group(clause: Clause, mark: Mark, study: Study) -> str | None:
    """The group of which more or less is stated: not the one behind "than", "that of" or "over";
    else the nearest one that is named before, else the first that is named.
    """
    groups = clause.of("group") or [each for each in clause.inherited if each.kind == "group"]
    if not groups:
        return None
    other = _compared_with(clause, mark, groups)
    if other is not None:
        rest = [group.id for group in study.groups if group.id != other]
        return rest[0] if len(rest) == 1 else None
    earlier = [group for group in groups if group.last <= mark.first]
    if len({group.id for group in groups}) == 1:
        return groups[0].id
    return (earlier or groups)[0].id if earlier else groups[0].id


_THAN = frozenset({"than", "over", "exceed", "exceeded", "exceeds", "exceeding", "versus", "vs"})


def _compared_with(clause: Clause, mark: Mark, groups: list[Mark]) -> str | None:
    """The group behind a word of comparison that follows a claim."""
    words = [token.word for token in clause.tokens]
    for at in range(mark.first, clause.last):
        behind = words[at] in _THAN or words[at : at + 2] in (["that", "of"], ["those", "of"])
        if behind:
            later = [group for group in groups if group.first > at]
            return later[0].id if later else None
    return None
