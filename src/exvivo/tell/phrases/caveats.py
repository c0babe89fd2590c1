"""Why there is no answer, and what to know beside one, in words: one wording for each code."""

from __future__ import annotations

from exvivo.findings import CaveatCode
from exvivo.tell.phrases.estimands import POOLED
from exvivo.tell.phrases.likeness import LIKENESS
from exvivo.tell.phrases.statement import Statement, Wording
from exvivo.tell.phrases.terms import places
from exvivo.tell.phrases.unseen import mostly_unseen, no_result_known, no_result_of_group
from exvivo.words import counted, shortened

_LISTED = 8
"""Genes of a warning that are named."""


def _plain(words: str) -> Wording:
    """A statement without facts."""
    return lambda facts: words


def _who(facts: Statement) -> str:
    """The donors of a statement: a group, one side of an exposure, or all groups."""
    if "side" in facts:
        exposed = facts.text("side") == "exposed"
        return f"donors with {facts.text('exposure')}" if exposed else "donors without"
    return facts.name("group") if facts.text("group") else "all groups"


def _places(facts: Statement) -> str:
    """What terms of the design are called."""
    return places(facts.texts("terms"))


def _counted(facts: Statement, one: str, many: str | None = None, *, name: str = "n") -> str:
    """A count of a statement with its noun, and verb where it has one."""
    return counted(facts.integer(name), one, many)


def _few(what: str) -> Wording:
    """Too few donors of a group."""
    return lambda facts: (
        f"{_who(facts)}: {_counted(facts, 'donor')} {what}; "
        f"at least {facts.integer('needed')} are needed"
    )


def _of(words: str) -> Wording:
    """Something that holds for the donors of a group."""
    return lambda facts: f"{_who(facts)}: {words}"


def _no_result(facts: Statement) -> str:
    when = f" at visit {facts.text('visit')}" if "visit" in facts else ""
    return f"there is no result{when} to answer it with"


def _exclusions_decide(facts: Statement) -> str:
    wells = facts.integer("wells")
    out = f" ({_counted(facts, 'well', name='wells')})" * bool(wells)
    return (
        f"with what people left out{out} put back, this is {facts.text('with')}: the verdict hangs "
        "on that choice"
    )


def _many_covariates(facts: Statement) -> str:
    return (
        f"{counted(len(facts.texts('columns')), 'covariate column')} ({facts.joined('columns')}) "
        f"for {_counted(facts, 'donor', name='donors')}; at most {facts.integer('most')} can be "
        "adjusted for (one for every ten)"
    )


def _few_genes(facts: Statement) -> str:
    more = facts.integer("without_capitals")
    hint = f" ({more} would be if capital letters were not told apart)"
    return (
        f"{facts.integer('compared')} of the {_counted(facts, 'gene', name='asked')} asked for are "
        "in both tables, measured in every sample and not the same in all; "
        f"at least {facts.integer('needed')} are needed"
        f"{hint if more >= facts.integer('needed') else ''}"
    )


def _no_reference_of(facts: Statement) -> str:
    there = facts.joined("references")
    return f"no reference sample is of {facts.name('like')}; there are: {there}"


def _markers_missing(facts: Statement) -> str:
    missing = facts.texts("missing")
    return (
        f"{len(missing)} of the {facts.integer('asked')} marker genes could not be compared: "
        f"{shortened(missing, _LISTED)}"
    )


_SETTINGS = {
    "normal": "",
    "skewed": " with skewed donors",
    "apart": " with plates and other terms as far apart as donors",
}
"""How donors and terms of simulated studies were drawn."""


_NOT_SIMULATED = {
    "method": "how it is answered is not simulated yet",
    "bounds": "contrasts with results beyond a limit are not simulated yet",
    "time": "each takes its method too long for enough of them in a minute",
}
"""Why no studies of an answer were simulated."""


def _outside_simulated_band(facts: Statement) -> str:
    share = f"{100 * facts.number('share'):.1f} %"
    promised = f"{100 * facts.number('promised'):.4g} %"
    drawn = _SETTINGS[facts.text("setting")]
    n = counted(facts.integer("studies"), "simulated study", "simulated studies")
    studies = f"{n} of this very design{drawn}"
    if facts.text("what") == "error":
        return f"in {studies} its method made a false claim in {share}, not {promised}"
    return f"in {studies} its intervals held the truth in {share}, not {promised}"


_CONTROLS = {
    "ntc": "a control without template",
    "no_rt": "a control without reverse transcriptase",
    "blank": "the blanks",
}
"""What controls are called by their role."""


def control_shows(facts: Statement) -> str:
    """A control with what it shows: its Cq, or the signal."""
    role, shows = facts.text("role"), facts.number("shows")
    shown = f"signal {shows:.3g}" if role == "blank" else f"Cq {shows:.1f}"
    return f"{_CONTROLS[role]} ({shown})"


def _wells_of(facts: Statement) -> str:
    """How many wells of how many donors are somewhere."""
    wells, donors = facts.integer("wells"), facts.integer("donors")
    return f"{counted(wells, 'well')} of {counted(donors, 'donor')} {'is' if wells == 1 else 'are'}"


CAVEATS: dict[CaveatCode, Wording] = {
    # Reasons: too few donors, or no result.
    "no_result": _no_result,
    "cell_type_not_named": lambda facts: (
        f"the question names none of the cell types {facts.joined('cell_types')}"
    ),
    "few_donors": _few("with a result"),
    "few_detected_donors": _few("with a well in every condition that has a value"),
    "few_informative_donors": _few("whose result says anything"),
    "few_donors_on_both_sides": _few("with a result on both sides"),
    "few_scored_donors": _few("with a result and a score"),
    "no_scored_donor": _of("no donor has both a result and a score"),
    "few_donors_at_two_visits": lambda facts: (
        f"{_counted(facts, 'donor')} with a result and a score at two visits; "
        f"at least {facts.integer('needed')} are needed"
    ),
    "few_donors_in_groups": _plain("too few donors in more than one group"),
    # Reasons: the design.
    "confounded_with_design": lambda facts: (
        f"{'the two sides are' if facts.facts.get('sides') else 'group'} confounded with "
        f"{_places(facts)}: no {_places(facts)} holds donors of both"
        f"{'' if facts.facts.get('sides') else ' groups'}"
    ),
    "conditions_confounded_with_design": lambda facts: (
        f"no {_places(facts)} holds both sides of the comparison, so what differs between them "
        f"could be the {_places(facts)}"
    ),
    "nothing_left_to_compare": _plain(
        "what the design holds (plates, batches, covariates) leaves too few donors to compare; "
        "measure both groups on fewer plates"
    ),
    "design_takes_all": lambda facts: (
        f"holding {_places(facts)} leaves too few degrees of freedom: the donors would have to "
        f"share fewer of them"
    ),
    "method_cannot_hold": lambda facts: (
        f"too little is detected for a model, and ranks cannot hold {_places(facts)} where a donor "
        "has results of several"
    ),
    "mostly_bounds_of_response": mostly_unseen,
    "visits_differ": lambda facts: (
        f"the two sides were first measured at different visits ({facts.joined('visits')})"
    ),
    # Reasons: results that do not differ, or are not known.
    "all_undetected": no_result_known,
    "group_undetected": lambda facts: f"{_who(facts)}: {no_result_of_group(facts)}",
    "mostly_bounds": _of("more than half of the donors are known only by bounds"),
    "mostly_bounds_over_visits": _of("more than half of the results are known only by bounds"),
    "one_result": _plain("every donor has the same result"),
    "one_result_each_group": _plain("the donors of each group all have the same result"),
    "one_result_each_side": _plain("the donors of each side all have the same result"),
    "results_not_distinct": _of("no two results can be told apart"),
    "one_score": _plain("every donor has the same score"),
    "one_score_in_group": _of("every donor has the same score"),
    "changed_alike": _plain("every donor changed alike"),
    "nothing_within_donors": lambda facts: (
        "nothing is left to correlate within donors of "
        f"{_counted(facts, 'result', name='results')} of "
        f"{_counted(facts, 'donor', name='donors')}"
    ),
    "constant_within_donors": _plain("one of the two measurements does not vary within any donor"),
    # Reasons: regressions.
    "constant_covariates": lambda facts: f"{facts.joined('columns')} is the same for every donor",
    "many_covariates": _many_covariates,
    "covariates_not_separable": lambda facts: (
        f"{_counted(facts, 'covariate', name='covariates')} cannot be held with "
        f"{_counted(facts, 'donor', name='donors')}"
    ),
    "covariates_explain_all": _plain("the covariates explain one of the two sides wholly"),
    "covariates_tell_sides": lambda facts: (
        f"what is adjusted for ({facts.joined('columns')}) tells the two sides apart by itself"
    ),
    "no_best_estimate": _plain("the bounds leave no best estimate"),
    "bounds_in_least_squares": lambda facts: (
        f"{_counted(facts, 'donor is', 'donors are')} known only by bounds, which least squares "
        "cannot use"
    ),
    "groups_tell_result": _plain(
        "the groups, or what is adjusted for, tell the result by themselves"
    ),
    "score_without_spread": _plain("the score follows from group and result without any spread"),
    # Reasons: identity.
    "no_profile": _plain("there is no profile to answer it with"),
    "no_reference_of": _no_reference_of,
    "one_reference_class": lambda facts: (
        f"all references are of {facts.name('like')}: likeness shows only beside cells of another "
        "kind"
    ),
    "few_profiles": lambda facts: (
        f"{_counted(facts, 'donor')} with a profile; at least {facts.integer('needed')} are needed"
    ),
    "few_genes": _few_genes,
    "flat_references": lambda facts: (
        f"in these genes {' and '.join(facts.names('cells'))} differ from the mean of the "
        "references in nothing"
    ),
    "flat_profiles": lambda facts: (
        f"the profile of {facts.joined('donors')} differs from the mean of the references in no "
        f"gene"
    ),
    # Reasons: the joint model.
    "contradiction": lambda facts: (
        "what was handed in cannot be right as it stands: fix it, or accept it by its name with a "
        f"reason ({facts.joined('flags')})"
    ),
    "joint_reason": lambda facts: facts.text("why"),
    "joint_not_asked": _plain("the joint model was not asked of it"),
    "no_such_correlation": _plain("no correlation of such donors could be so high"),
    # Warnings.
    "several_visits": lambda facts: (
        f"several visits were measured; this is visit {facts.text('visit')} only"
    ),
    "below_one_copy": lambda facts: (
        f"{_counted(facts, 'well reads', 'wells read')} less than a single copy, by which copies "
        "are counted: its Cq is another, or they show something else"
    ),
    "alone_in_design": lambda facts: (
        f"no other donor shares the {_places(facts)} of "
        f"{_counted(facts, 'donor, who therefore counts', 'donors, who therefore count')} for "
        "nothing here"
    ),
    "visits_on_plates_of_their_own": _plain(
        "no plate holds both visits, so what a plate does to stimulated wells counts as change"
    ),
    "skewed_unequal": _plain(
        "results are skewed and the groups unequal in size or spread, where intervals of means "
        "claim too much"
    ),
    "heavy_tails": lambda facts: (
        "the coefficient rests on results and scores that are jointly normal: without that "
        f"assumption p is {facts.number('p'):.2g}"
    ),
    "not_across_families": lambda facts: (
        f"corrected within its own family only: over the {facts.integer('families')} families of "
        "the study it would not stand"
    ),
    "no_margin_for_undetected": _plain(
        "too many results are known only by bounds to hold them against the declared margin"
    ),
    "no_single_shift": _plain(
        "results known only by bounds leave no single best shift; only its interval is known"
    ),
    "shared_errors_left_out": lambda facts: (
        f"errors shared between donors (standard deviation {facts.number('sd'):.2f} log2) are not "
        "in this interval"
    ),
    "smaller_than_margin": lambda facts: (
        f"the difference is smaller than the {2 ** facts.number('margin'):.3g}-fold that was "
        "declared to matter"
    ),
    "outside_simulated_band": _outside_simulated_band,
    "not_simulated": lambda facts: _NOT_SIMULATED[facts.text("cause")],
    "margin_without_reason": lambda facts: (
        f"a margin of {2 ** facts.number('margin'):.3g}-fold lets pass what others take for a "
        "difference: equivalence is not claimed without its reason (`margin_reason` beside "
        "`margin` in study.yaml)"
    ),
    "equivalence_not_corrected": lambda facts: (
        f"the interval alone lies within the declared {2 ** facts.number('margin'):.3g}-fold, but "
        "not after correction for all that was asked together"
    ),
    "exclusions_decide": _exclusions_decide,
    "one_donor_decides": _plain(
        "without one donor (see how firm the answers are) the interval would not point one way"
    ),
    "against_expectation": _plain("the direction is opposite to the one expected beforehand"),
    "perfect_correlation": _plain(
        "a perfect correlation in the donors measured: look whether the score was made from the "
        "result"
    ),
    "many_bounds": _plain(
        "many results are known only by a bound and enter as ties, which draws the coefficient "
        "towards 0"
    ),
    "ranks_instead": _plain(
        "some results are known only by bounds, so ranks answer instead of Pearson's r"
    ),
    "pooled_groups": _plain(POOLED),
    "donors_lost": lambda facts: (
        f"{facts.integer('lost')} of {_counted(facts, 'donor', name='began')} of the first visit "
        f"{'has' if facts.integer('lost') == 1 else 'have'} no result at the last"
    ),
    "bounded_by_control": lambda facts: (
        f"{_wells_of(facts)} not clearly above {control_shows(facts)}: each is taken as a bound, "
        "at most what the control shows, never as a value"
    ),
    "share_of_control": lambda facts: (
        f"{_wells_of(facts)} less than five cycles before {control_shows(facts)}: up to "
        f"{100 * facts.number('share'):.0f} % of their signal may not be the sample's, and their "
        "errors carry that"
    ),
    "control_in_doubt": lambda facts: (
        f"{_wells_of(facts)} not clearly above {control_shows(facts)}; too few of these controls "
        "show the product to make bounds of the wells, so they count as read"
    ),
    "bounds_left_out": lambda facts: (
        f"{_counted(facts, 'result')} of which nothing is known "
        f"{'takes' if facts.integer('n') == 1 else 'take'} no part"
    ),
    "unknown_in_donors": lambda facts: (
        f"{_counted(facts, 'donor takes', 'donors take')} no part, as donors.csv does not say it "
        "of them"
    ),
    "covariates_apart": lambda facts: (
        f"no donor of one side overlaps with the other in {facts.joined('columns')}, which is "
        "adjusted for: the adjusted answer rests on a line drawn beyond what was measured"
    ),
    "covariates_nearly_apart": lambda facts: (
        f"the two sides hardly overlap in {facts.joined('columns')}, which is adjusted for (of 100 "
        f"pairs of a donor from each side, {100 * facts.number('share'):.0f} stand in the same "
        "order): the adjusted answer rests mostly on a line drawn beyond what was measured"
    ),
    **LIKENESS,
    "own_reference_only": lambda facts: (
        f"the only sample of {facts.name('cell')} is of a donor of the study, and that donor is "
        "compared with it"
    ),
    "two_references": _plain(
        "with two references, likeness to one is unlikeness to the other: only a third would show "
        "whether the cells are like either"
    ),
    "markers_missing": _markers_missing,
    "no_markers": lambda facts: (
        f"no markers were named: all that vary in both tables were compared, "
        f"{_counted(facts, 'gene', name='genes')}"
    ),
    "libraries_of_table": lambda facts: (
        f"library sizes are sums over the {_counted(facts, 'gene', name='genes')} of a table, not "
        "over all that was read"
    ),
}
"""The wording of every reason and warning."""
