"""Why a donor or a well is not in an answer, in words: one wording for each code.

They stand behind a name in brackets: `RA03 (no well of LPS)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from exvivo.findings import LeftOut, LeftOutCode
from exvivo.study import Study
from exvivo.study.exclusions import signed
from exvivo.tell.phrases.statement import Statement, Wording
from exvivo.words import listed


def _plain(words: str) -> Wording:
    """A statement without facts."""
    return lambda facts: words


def _condition(facts: Statement) -> str:
    """The wells of a condition, where there are several: `well of LPS`."""
    return f"well of {facts.name('stimulus')}" if "stimulus" in facts else "well"


def _every(what: str) -> Wording:
    """What became of every well that a donor has in a condition."""

    def words(facts: Statement) -> str:
        return f"{_all(facts.integer('wells'), _condition(facts))} {what}"

    return words


def _all(n: int, wells: str) -> str:
    """`every well of LPS (3)`."""
    return f"its only {wells}" if n == 1 else f"every {wells} ({n})"


def _other_visit(facts: Statement) -> str:
    visits = facts.texts("visits")
    at = f"at visit {listed(visits)} only" if visits else "at another visit"
    return f"measured {at}"


def _well_of_other_visit(facts: Statement) -> str:
    return f"visit {facts.text('of')}; the answer is of visit {listed(facts.texts('visits'))}"


def _no_score(facts: Statement) -> str:
    return f"no score of {facts.name('scale')} at visit {facts.text('visit')}"


def _unknown(facts: Statement) -> str:
    return f"donors.csv does not say its {listed(facts.texts('columns'))}"


def _excluded(facts: Statement) -> str:
    said = [facts.text(name) if name in facts else None for name in ("by", "day", "labels")]
    by = signed(*said)
    return f"left out by hand: {facts.text('why')}" + f" ({by})" * bool(by)


LEFT_OUT: Mapping[LeftOutCode, Wording] = {
    # Donors, in the order of the way.
    "not_on_plates": _plain("no layout of this assay names this donor"),
    "no_well_of_analyte": lambda facts: (
        f"measured on {listed(facts.texts('plates'))}, where nothing is read as this analyte"
    ),
    "no_well_of_cells": lambda facts: f"no well of {facts.name('cell_type')}",
    "other_visit": _other_visit,
    "no_well_of_condition": lambda facts: f"no {_condition(facts)}",
    "wells_excluded": _every("is left out by hand"),
    "wells_set_empty": _every("is set to `empty` in the layout, though its file holds a reading"),
    "wells_not_read": _every("has no reading of this analyte in its file"),
    "wells_without_result": _every("was measured without a result"),
    "says_nothing": _plain("its wells lie beyond limits, so that its result could be anything"),
    "no_score": _no_score,
    "unknown_exposure": lambda facts: f"donors.csv does not say its {facts.text('column')}",
    "unknown_in_donors": _unknown,
    "no_profile": _plain("no profile of its cells"),
    "cell_type_not_named": lambda facts: (
        f"the question names none of the cell types {facts.joined('cell_types')}"
    ),
    "not_used": _plain("it has a result that the answer does not use"),
    # Wells.
    "excluded": _excluded,
    "set_empty": _plain("`empty` in the layout, though its file holds a reading"),
    "not_read": _plain("no reading of it in its file"),
    "no_result": _plain("measured without a result"),
    "other_dilution": _plain("another dilution of its sample was taken, which is within limits"),
    "well_of_other_visit": _well_of_other_visit,
    "unpaired": _plain("its plate lacks the other condition of this donor"),
    "donor_left_out": _plain("its donor is left out"),
}
"""What is said of each code."""


def left_out_words(out: LeftOut, study: Study) -> str:
    """Why a donor or a well is not in an answer, with what of several results is meant."""
    facts = Statement(out.facts, study)
    return LEFT_OUT[out.code](facts) + _which(facts)


def _which(facts: Statement) -> str:
    """Which of several results of a donor is meant: ` (IL-10, at visit 2)`."""
    parts = [facts.name(name) for name in ("needs_analyte", "needs_cells")]
    named = ", ".join(filter(None, [*parts, _at_visit(facts)]))
    return f" ({named})" if named else ""


def _at_visit(facts: Statement) -> str:
    """`at visit 2`, where one of several is meant."""
    return f"at visit {facts.text('needs_visit')}" if "needs_visit" in facts else ""
