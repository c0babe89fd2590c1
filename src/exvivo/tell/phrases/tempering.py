"""Which warnings temper an answer: the short clause that each adds to its sentence and to the plain
summary.

Every warning stands under its answer. One that makes the answer worth less than its interval says
(it hangs on one donor) also stands in the sentence; one that only says what was done does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exvivo.findings import Caveat, CaveatCode, Finding
from exvivo.study import Study
from exvivo.tell.phrases.likeness import AGAINST
from exvivo.tell.phrases.statement import Clause, Statement, always
from exvivo.words import counted, listed

_MANY = 0.2
"""The share of donors who take no part from which their absence tempers an answer."""

_PART = 0.1
"""The share of a signal that may be a control's from which that tempers an answer."""
_TWICE = 2 * (1 - 1e-9)
"""How many times as often as it says a method must be wrong before that tempers an answer."""


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
    "below_one_copy": always("wells read less than the single copy that copies are counted by"),
    "alone_in_design": _alone,
    "visits_on_plates_of_their_own": always(
        "what a plate does to stimulated wells counts as change"
    ),
    "skewed_unequal": always("results are skewed and the groups unequal"),
    "heavy_tails": always("it rests on tails that are normal"),
    "not_across_families": lambda facts, donors: (
        f"corrected over the study's {facts.integer('families')} families it would not stand"
    ),
    "no_margin_for_undetected": None,
    "no_single_shift": None,
    "shared_errors_left_out": always("the interval leaves out errors that donors share"),
    "smaller_than_margin": always("it is smaller than what was declared to matter"),
    "margin_without_reason": always("its declared margin is given no reason"),
    "equivalence_not_corrected": always("its interval alone lies within the declared margin"),
    "outside_simulated_band": _outside_band,
    "one_donor_decides": always("it hangs on one donor"),
    "exclusions_decide": always("it hangs on what was left out by hand"),
    "against_expectation": always("it goes against what was expected beforehand"),
    "perfect_correlation": always("so perfect a relation may have been made, not found"),
    "many_bounds": always("many results known only by bounds draw it towards 0"),
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
    **AGAINST,
    "own_reference_only": always("the only reference is of a donor of the study"),
    "two_references": None,
    "markers_missing": None,
    "no_markers": None,
    "libraries_of_table": None,
}
"""The clause of every warning that tempers; None of one that does not."""


def tempered(finding: Finding, study: Study) -> str:
    """What tempers an answer, as one clause; empty where nothing does."""
    return listed(clauses(finding.warnings, finding, study))


def clauses(caveats: Iterable[Caveat], finding: Finding, study: Study) -> list[str]:
    """The clauses of some warnings of a finding, each once."""
    donors = sum(count.n for count in finding.n)
    made = []
    for caveat in caveats:
        clause = TEMPERING.get(caveat.code)
        made.append(clause(Statement(caveat.facts, study), donors) if clause else "")
    return list(dict.fromkeys(filter(None, made)))
