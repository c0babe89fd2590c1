"""Which warnings temper an answer: the short clause that each adds to its sentence and to the plain
summary.

Every warning stands under its answer. One that makes the answer worth less than its interval says
(it hangs on one donor) also stands in the sentence; one that only says what was done does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exvivo.findings import CaveatCode, Finding
from exvivo.study import Study
from exvivo.tell.phrases.statement import Statement
from exvivo.words import counted, listed

Clause = Callable[[Statement, int], str]
"""The clause of a warning, of its facts and the number of donors in the answer; empty where it is
not serious enough.
"""
_MANY = 0.2
"""The share of donors who take no part from which their absence tempers an answer."""

_PART = 0.1
"""The share of a signal that may be a control's from which that tempers an answer."""
_TWICE = 2 * (1 - 1e-9)
"""How many times as often as it says a method must be wrong before that tempers an answer."""


def _always(clause: str) -> Clause:
    """A clause without facts."""
    return lambda facts, donors: clause


def _of_many(without: str) -> Clause:
    """A clause where many donors take no part, who are `without` something."""

    def clause(facts: Statement, donors: int) -> str:
        n = facts.integer("n")
        if n <= _MANY * (n + donors):
            return ""
        return f"{counted(n, 'donor takes', 'donors take')} no part, {without}"

    return clause


def _donors_lost(facts: Statement, donors: int) -> str:
    lost, began = facts.integer("lost"), facts.integer("began")
    has = "has" if lost == 1 else "have"
    return f"{lost} of {counted(began, 'donor')} {has} no result at the last visit"


def _alone(facts: Statement, donors: int) -> str:
    return f"{counted(facts.integer('n'), 'donor counts', 'donors count')} for nothing in it"


def _outside_band(facts: Statement, donors: int) -> str:
    """Where a method is wrong at least twice as often as it says."""
    share, promised = facts.number("share"), facts.number("promised")
    if facts.text("what") == "coverage":
        share, promised = 1 - share, 1 - promised
    if share < _TWICE * promised:
        return ""
    return f"its method is wrong in {100 * share:.0f} % of simulated studies like this one"


def _wells_of(facts: Statement) -> str:
    wells, donors = facts.integer("wells"), facts.integer("donors")
    return f"{counted(wells, 'well')} of {counted(donors, 'donor')} {'is' if wells == 1 else 'are'}"


def _share(facts: Statement, donors: int) -> str:
    """Where a control may have a large part in the signal of some wells."""
    share = facts.number("share")
    return f"up to {100 * share:.0f} % of a signal may be its control's" if share > _PART else ""


TEMPERING: Mapping[CaveatCode, Clause | None] = {
    "several_visits": None,
    "below_one_copy": _always("wells read less than the single copy that copies are counted by"),
    "alone_in_design": _alone,
    "visits_on_plates_of_their_own": _always(
        "what a plate does to stimulated wells counts as change"
    ),
    "skewed_unequal": _always("results are skewed and the groups unequal"),
    "heavy_tails": _always("it rests on tails that are normal"),
    "not_across_families": lambda facts, donors: (
        f"corrected over the study's {facts.integer('families')} families it would not stand"
    ),
    "no_margin_for_undetected": None,
    "no_single_shift": None,
    "shared_errors_left_out": _always("the interval leaves out errors that donors share"),
    "smaller_than_margin": _always("it is smaller than what was declared to matter"),
    "margin_without_reason": _always("its declared margin is given no reason"),
    "equivalence_not_corrected": _always("its interval alone lies within the declared margin"),
    "outside_simulated_band": _outside_band,
    "one_donor_decides": _always("it hangs on one donor"),
    "exclusions_decide": _always("it hangs on what was left out by hand"),
    "against_expectation": _always("it goes against what was expected beforehand"),
    "perfect_correlation": _always("so perfect a relation may have been made, not found"),
    "many_bounds": _always("many results known only by bounds draw it towards 0"),
    "ranks_instead": None,
    "pooled_groups": None,
    "donors_lost": _donors_lost,
    "bounded_by_control": lambda facts, donors: f"{_wells_of(facts)} not clearly above a control",
    "share_of_control": _share,
    "control_in_doubt": lambda facts, donors: (
        f"{_wells_of(facts)} not clearly above one control of several"
    ),
    "bounds_left_out": _of_many("as nothing is known of them"),
    "unknown_in_donors": _of_many("as donors.csv does not say it of them"),
    "covariates_apart": lambda facts, donors: (
        f"the two sides share nothing of {facts.joined('columns')}, which is adjusted for"
    ),
    "covariates_nearly_apart": lambda facts, donors: (
        f"the two sides hardly overlap in {facts.joined('columns')}, which is adjusted for"
    ),
    "gate_not_possible": _always("whether the cells are like any of them cannot be asked"),
    "gate_not_measured": None,
    "gate_failed_by_donors": _always("some donors' cells are of another lineage"),
    "gate_of_several": _always("they may be a mixture of cells"),
    "reference_fails_gate": _always("a reference is not what it is called"),
    "nearer_not_alike": _always("the cells may be unlike both"),
    "panel_against_all_genes": _always("all genes point the other way"),
    "panel_outside_its_range": _always("the panel was not made for these references"),
    "class_decides": _always("it hangs on which other references there are"),
    "batch_decides": _always("it hangs on one batch of the references"),
    "batch_is_class": _always("batches and kinds of reference cells are the same"),
    "pair_axis_against": _always("without the other references it points the other way"),
    "programme_without_reference": lambda facts, donors: (
        f"{facts.text('condition')} cannot be told from the kind of cell"
    ),
    "shared_programme": _always("a shared programme may decide it"),
    "one_donor_a_class": _always("a single donor stands for a kind of cell"),
    "pairs_without_control": None,
    "own_reference_only": _always("the only reference is of a donor of the study"),
    "two_references": None,
    "markers_missing": None,
    "no_markers": None,
    "libraries_of_table": None,
}
"""The clause of every warning that tempers; None of one that does not."""


def tempered(finding: Finding, study: Study) -> str:
    """What tempers an answer, as one clause; empty where nothing does."""
    donors = sum(count.n for count in finding.n)
    clauses = []
    for caveat in finding.warnings:
        clause = TEMPERING.get(caveat.code)
        clauses.append(clause(Statement(caveat.facts, study), donors) if clause else "")
    return listed(dict.fromkeys(filter(None, clauses)))
