"""What a clause says by its words alone beyond any answer: a cause, a use, everyone, the body, an
analyte or an outcome that was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exvivo.claim_records import Spin
from exvivo.claims.readings import CLAIMS, Clause
from exvivo.claims.rules import rules
from exvivo.claims.tokens import Mark

_BEFORE = ("hypothesis", "plan", "whether", "unresolved", "limit", "denial")
_TURNED_LATER = frozenset({"use", "body", "everyone"})
"""Words that a negation behind them turns round (a biomarker was not found)."""
_NEAR = 1
"""Words between a claim and the limit of an assay that it is about."""
_OF_STUDY = ("analyte", "group", "condition", "cell_type", "ours", "blocked", "scale")


def stated(clause: Clause, mark: Mark) -> bool:
    """Whether a claim is stated as a result, not asked, supposed, planned, cited or called open."""
    if clause.question or clause.open or clause.beside or _supposed(clause, mark):
        return False
    if clause.has("background", "limit", "some") or _of_a_limit(clause, mark):
        return False
    if clause.has("method") and mark.kind not in {"higher", "lower", "equivalent"}:
        return False
    return not clause.before(mark, ("hypothesis", "plan", "whether"))


def _supposed(clause: Clause, mark: Mark) -> bool:
    """Whether a claim is only what would be (if TNF caused pain, a blocker would help)."""
    words = [token.word for token in clause.tokens]
    inverted = words[clause.first] in {"had", "were"}
    supposed = inverted or "if" in words[clause.first : mark.first]
    return supposed and "would" in words[clause.first : clause.last]


def _of_a_limit(clause: Clause, mark: Mark) -> bool:
    """Whether more or less is said of a limit of the assay (fell below the limit)."""
    return any(
        0 <= each.first - mark.last <= _NEAR or each.overlaps(mark)
        for each in clause.of("detection")
    )


def affirmed(clause: Clause, mark: Mark) -> bool:
    """Whether words that go beyond every answer are meant as they stand."""
    if clause.question or clause.has("background", "unresolved", "untrue", "unasked"):
        return False
    if _supposed(clause, mark):
        return False
    if clause.before(mark, _BEFORE) or (clause.open and not clause.has("unresolved", "limit")):
        return False
    after = clause.negations_after(mark) if mark.kind in _TURNED_LATER else 0
    return (clause.negations(mark) + after) % 2 == 0


def lexical_spins(clause: Clause) -> Iterator[Spin]:
    """What a clause says beyond every answer by its words."""
    if not clause.has(*_OF_STUDY) and not clause.ids("analyte"):
        return
    for rule, (kinds, applies) in _RULES.items():
        for mark in clause.of(*kinds):
            if affirmed(clause, mark) and applies(clause, mark):
                yield Spin(rules()[rule].kind, rule, clause.characters(mark))
                break


def _promises(clause: Clause, mark: Mark) -> bool:
    return clause.has("analyte", "condition", "group", "cell_type", "blocked", "scale")


def _of_drug(clause: Clause, mark: Mark) -> bool:
    """A medicine that is said to be of use, not only named."""
    return clause.has("helps") and clause.has("condition", "group", "scale", "disease", "people")


def _causes(clause: Clause, mark: Mark) -> bool:
    """A cause between what was measured and the disease: the words of both stand in the clause,
    and the words of cause are not of a stimulus (ATP-induced).
    """
    if clause.before(mark, ("stimulus",), within=1):
        return False
    measured = clause.has("analyte", "cell_type", "cells", "blocked") or bool(clause.ids("analyte"))
    return measured and clause.has("scale", "disease", "condition")


def _of_exposure(clause: Clause, mark: Mark) -> bool:
    """A cause that a medication is said to be, which nobody assigned."""
    return clause.has("exposure") and clause.has("analyte", "response")


def _in_the_body(clause: Clause, mark: Mark) -> bool:
    """A word of the body that is not where the cells came from, said of people."""
    inside = [each for each in clause.of("source_of_cells", "cell_type") if each.overlaps(mark)]
    of_people = clause.has("group", "condition", "people")
    return of_people and not inside and not methodical(clause)


def _in_people(clause: Clause, mark: Mark) -> bool:
    """People in whom an antagonist is said to act, where it was given to cells."""
    in_culture = clause.has("cells", "cell_type", "response", "source_of_cells", "stimulus")
    return clause.has("blocked") and not in_culture and clause.has(*CLAIMS)


def _own_cells(clause: Clause, mark: Mark) -> bool:
    """Cells of the body as whose the study's cells are told."""
    cultured = clause.has("source_of_cells", "reference", "like")
    return not cultured and clause.has("group", "condition") and clause.has(*CLAIMS)


def _of_everyone(clause: Clause, mark: Mark) -> bool:
    tells = clause.has(*CLAIMS, "response", "result")
    return tells and not methodical(clause) and not clause.has("detection") and not clause.beside


def _other_result(clause: Clause, mark: Mark) -> bool:
    where = clause.has("group", "cells", "response") and not clause.has("blocked", "hedge")
    return where and clause.has(*CLAIMS) and not methodical(clause)


def _other_outcome(clause: Clause, mark: Mark) -> bool:
    tells = clause.has("analyte", "response") and clause.has(*CLAIMS, "outcome", "course")
    tells = tells and clause.has("group", "people", "cells", "cell_type", "stimulus", "response")
    known = clause.of("scale", "exposure", "analyte", "group", "change")
    tells = tells and not any(mark.overlaps(each) for each in known)
    return tells and not methodical(clause) and not clause.has("hedge")


def methodical(clause: Clause) -> bool:
    """Whether a clause tells how something was done, and states nothing of two sides."""
    return clause.has("method") and not clause.has(*CLAIMS)


_Applies = Callable[[Clause, Mark], bool]
_RULES: dict[str, tuple[tuple[str, ...], _Applies]] = {
    "use_promised": (("use",), _promises),
    "drug_promised": (("drug",), _of_drug),
    "advice_given": (("advice",), _promises),
    "cause_stated": (("cause", "mechanism"), _causes),
    "cause_of_exposure": (("cause",), _of_exposure),
    "body_for_cells": (("body",), _in_the_body),
    "people_for_cells": (("in_people",), _in_people),
    "own_cells_for_cultured": (("body_cells",), _own_cells),
    "everyone_for_mean": (("everyone",), _of_everyone),
    "analyte_not_asked": (("other_analyte",), _other_result),
    "outcome_not_asked": (("outcome", "subgroup", "course", "other_stimulus"), _other_outcome),
}
"""Each rule with the lists of words it begins from, and when they are meant so."""
