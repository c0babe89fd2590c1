"""What the study itself leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, groupby
from operator import itemgetter

from exvivo.flag.look import Flags, Look, counted, flag, listed
from exvivo.flagged import Flag, Scope
from exvivo.study import Identity
from exvivo.study.questions import margins_without_reason


def no_question(look: Look) -> Flags:
    """Without a declared question nothing is answered."""
    if not look.study.questions:
        yield flag(
            "findings",
            "all",
            what="no question is declared, so nothing is answered",
            why="a question chosen after seeing the results is answered too well by them",
            cure="declare the questions under `questions` in study.yaml",
        )


def questions_without_a_date(look: Look) -> Flags:
    """A plan that does not say when it was made cannot show that it came first."""
    if look.study.questions and not look.study.plan.declared:
        yield flag(
            "findings",
            "all",
            severity="note",
            what="study.yaml does not say when the questions were declared",
            why=(
                "readers cannot tell questions asked beforehand from questions suggested by the "
                "results"
            ),
            cure="write the date under `plan: declared:`",
        )


def large_margins_without_a_reason(look: Look) -> Flags:
    """Margins within which nearly everything would be called equivalent."""
    for question, margin in margins_without_reason(look.study).items():
        yield flag(
            "findings",
            question,
            scope=Scope(questions=(question,)),
            what=f"the margin of {2**margin:.3g}-fold has no reason",
            why=(
                "a difference that large is taken for real elsewhere, so equivalence within it is "
                "not claimed"
            ),
            cure="write `margin_reason` beside `margin` in study.yaml, or a smaller margin",
        )


def donors_without_a_result(look: Look) -> Flags:
    """Donors with a well that no result stands for; those without a well are told by
    `reconcile`.
    """
    absent = _absent(look)
    if absent:
        yield flag(
            "responses",
            listed(absent),
            scope=Scope(donors=tuple(absent)),
            what=counted(
                len(absent),
                "donor with a well has no result",
                "donors with a well have no result",
            ),
            why=(
                "people who are missing for a reason that has to do with the question bias the "
                "answer"
            ),
            cure="say in the report why they are missing, or check the plate layouts",
        )


def _absent(look: Look) -> list[str]:
    answered, placed = set(look.responses["donor"]), set(look.study.layout["donor"].drop_nulls())
    return [donor for donor in look.study.donors["donor"] if donor in placed - answered]


def not_read(look: Look) -> Flags:
    """What readers left out of files, by reason; what they left out of tables of expression was
    told before.
    """
    reason = itemgetter(2)
    asked = (q.files for q in look.study.questions if isinstance(q, Identity))
    told = set(chain.from_iterable(asked))
    others = [each for each in look.ignored if each[0] not in told]
    for why, rows in groupby(sorted(others, key=reason), key=reason):
        files, parts, _ = map(dict.fromkeys, zip(*rows, strict=True))
        yield flag(
            "readings",
            listed(files),
            severity="note",
            what=f"not read: {listed(parts)}",
            why=why,
            cure="nothing, if that is as it should be; if not, hand in a file that holds it",
        )


def accepted_and_not_raised(accepted: Iterable[str], raised: Iterable[Flag]) -> Flags:
    """Flags that study.yaml accepts and that nothing raises: fixed by now, or misspelt."""
    names = {each.name for each in raised}
    idle = [name for name in accepted if name not in names]
    if idle:
        yield replace(
            flag(
                "flags",
                listed(idle),
                severity="note",
                what=f"`accept` names {counted(len(idle), 'flag', 'flags')} that nothing raises",
                why="what was accepted is fixed, or has changed since and must be looked at anew",
                cure="take it out of study.yaml, or correct the name",
            ),
            code="accepted_and_not_raised",
        )
