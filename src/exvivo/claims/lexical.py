"""What a clause says by its words alone beyond any answer: a cause, a use, everyone, the body, an
analyte or an outcome that was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.claim_records import Spin
from exvivo.claims.readings import CLAIMS, Clause
from exvivo.claims.rules import rules
from exvivo.claims.tokens import Mark
from exvivo.study import Study

_FRAMES = ("hypothesis", "plan", "whether", "unresolved", "limit")
_RESULT = ("higher", "lower", "related", "response", "differ")


def stated(clause: Clause, mark: Mark) -> bool:
    """Whether a claim is stated as a result: not asked, supposed, planned, cited, or called open."""
    if clause.question or clause.has("unresolved", "background", "limit"):
        return False
    if clause.has("method") and mark.kind not in {"higher", "lower"}:
        return False
    return not clause.before(mark, ("hypothesis", "plan", "whether"))


def affirmed(clause: Clause, mark: Mark) -> bool:
    """Whether words that go beyond every answer are meant as they stand."""
    if clause.question or clause.has("background", "unresolved"):
        return False
    if clause.has("untrue") or clause.before(mark, (*_FRAMES, "denial")):
        return False
    return clause.negations(mark) % 2 == 0


def lexical_spins(clause: Clause, study: Study) -> Iterator[Spin]:
    """What a clause says beyond every answer by its words."""
    if not _of_study(clause):
        return
    for kind, rule, applies in (
        (("use",), "use_promised", _promises),
        (("advice",), "advice_given", _promises),
        (("cause", "mechanism"), "cause_stated", _causes),
        (("body",), "body_for_cells", _in_the_body),
        (("reference_cells",), "own_cells_for_cultured", _in_the_body),
        (("everyone",), "everyone_for_mean", _of_everyone),
        (("other_analyte",), "analyte_not_asked", _other_result),
        (("outcome", "subgroup", "course"), "outcome_not_asked", _other_outcome),
    ):
        mark = next(
            (m for m in clause.of(*kind) if affirmed(clause, m) and applies(clause, m)), None
        )
        if mark:
            yield Spin(rules()[rule].kind, rule, clause.characters(mark))


def _of_study(clause: Clause) -> bool:
    """Whether a clause speaks of what the study measured, of its people or of itself."""
    return clause.has("analyte", "group", "condition", "cell_type", "ours", "blocked", "scale") or (
        bool(clause.ids("analyte"))
    )


def _promises(clause: Clause, mark: Mark) -> bool:
    return clause.has("analyte", "condition", "group", "cell_type", "blocked", "scale")


def _causes(clause: Clause, mark: Mark) -> bool:
    """A cause between what was measured and the disease: the words of both stand in the clause."""
    return clause.has("scale", "disease", "condition") and (
        clause.has("analyte", "cell_type", "cells", "blocked") or bool(clause.ids("analyte"))
    )


def _in_the_body(clause: Clause, mark: Mark) -> bool:
    """A body word that is not where the cells came from, in a clause that states something."""
    inside = [each for each in clause.of("source_of_cells", "cell_type") if _overlap(each, mark)]
    return not inside and not clause.has("method") and clause.has("group", "condition", "people")


def _of_everyone(clause: Clause, mark: Mark) -> bool:
    return clause.has(*CLAIMS, "response") and not clause.has("method")


def _other_result(clause: Clause, mark: Mark) -> bool:
    return (
        clause.has(*CLAIMS)
        and not clause.has("method")
        and clause.has("group", "cells", "response")
    )


def _other_outcome(clause: Clause, mark: Mark) -> bool:
    return (
        clause.has("analyte", "response")
        and clause.has(*CLAIMS, "course", "outcome")
        and not clause.has("method")
    )


def _overlap(one: Mark, other: Mark) -> bool:
    return one.first < other.last and other.first < one.last
