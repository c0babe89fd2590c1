"""Why there is no answer, and what to know beside one, in words: one wording for each code."""

from __future__ import annotations

from exvivo.findings import CaveatCode
from exvivo.tell.phrases.estimands import POOLED
from exvivo.tell.phrases.statement import Statement, Wording
from exvivo.words import shortened

_LISTED = 8
"""Genes of a warning that are named."""
_NO_PLATE = "no plate holds donors of both groups"


def _plain(words: str) -> Wording:
    """A statement without facts."""
    return lambda said: words


def _who(said: Statement) -> str:
    """The donors of a statement: a group, one side of an exposure, or all groups."""
    if "side" in said:
        exposed = said.text("side") == "exposed"
        return f"donors with {said.text('exposure')}" if exposed else "donors without"
    return said.name("group") if said.text("group") else "all groups"


def _few(what: str) -> Wording:
    """Too few donors of a group."""
    return lambda said: (
        f"{_who(said)}: {said.integer('n')} donors {what}; "
        f"at least {said.integer('needed')} are needed"
    )


def _of(words: str) -> Wording:
    """Something that holds for the donors of a group."""
    return lambda said: f"{_who(said)}: {words}"


def _no_result(said: Statement) -> str:
    when = f" at visit {said.text('visit')}" if "visit" in said else ""
    return f"there is no result{when} to answer it with"


def _all_undetected(said: Statement) -> str:
    detected, wells = said.integer("detected_wells"), said.integer("wells")
    some = f" ({detected} of {wells} wells are detected, but no donor's on both sides)"
    return f"every result of both groups is undetected{some if detected else ''}"


def _many_covariates(said: Statement) -> str:
    return (
        f"{len(said.texts('columns'))} covariate columns ({said.joined('columns')}) for "
        f"{said.integer('donors')} donors; at most {said.integer('most')} can be adjusted for "
        "(one for every ten)"
    )


def _few_genes(said: Statement) -> str:
    more = said.integer("without_capitals")
    hint = f" ({more} would be if capital letters were not told apart)"
    return (
        f"{said.integer('compared')} of the {said.integer('asked')} genes asked for are in both "
        "tables, measured in every sample and not the same in all; "
        f"at least {said.integer('needed')} are needed"
        f"{hint if more >= said.integer('needed') else ''}"
    )


def _no_reference_of(said: Statement) -> str:
    there = said.joined("references")
    return f"no reference sample is of {said.name('like')}; there are: {there}"


def _unlike_both(said: Statement) -> str:
    return (
        f"the cells differ from the mean of the references in another way than {said.name('like')} "
        f"and than {said.name('against')} do: nearer to one is not near"
    )


def _markers_missing(said: Statement) -> str:
    missing = said.texts("missing")
    return (
        f"{len(missing)} of the {said.integer('asked')} marker genes could not be compared: "
        f"{shortened(missing, _LISTED)}"
    )


CAVEATS: dict[CaveatCode, Wording] = {
    # Reasons: too few donors, or no result.
    "no_result": _no_result,
    "cell_type_not_named": lambda said: (
        f"the question names none of the cell types {said.joined('cell_types')}"
    ),
    "few_donors": _few("with a result"),
    "few_informative_donors": _few("whose result says anything"),
    "few_donors_on_both_sides": _few("with a result on both sides"),
    "few_scored_donors": _few("with a result and a score"),
    "no_scored_donor": _of("no donor has both a result and a score"),
    "few_donors_at_two_visits": lambda said: (
        f"{said.integer('n')} donors with a result and a score at two visits; "
        f"at least {said.integer('needed')} are needed"
    ),
    "few_donors_in_groups": _plain("too few donors in more than one group"),
    # Reasons: the design.
    "confounded_with_plate": _plain(f"group confounded with plate: {_NO_PLATE}"),
    "sides_confounded_with_plate": _plain(
        "the two sides are confounded with plate: no plate holds donors of both"
    ),
    "visit_confounded_with_plate": _plain(
        "visit confounded with plate: no plate holds both visits, and no control or calibrator "
        "ties the plates together"
    ),
    "visits_differ": lambda said: (
        f"the two sides were first measured at different visits ({said.joined('visits')})"
    ),
    # Reasons: results that do not differ, or are not known.
    "all_undetected": _all_undetected,
    "group_undetected": _of("every result is undetected"),
    "mostly_bounds": _of("more than half of the donors are known only by bounds"),
    "one_result": _plain("every donor has the same result"),
    "one_result_each_group": _plain("the donors of each group all have the same result"),
    "one_result_each_side": _plain("the donors of each side all have the same result"),
    "results_not_distinct": _of("no two results can be told apart"),
    "one_score": _plain("every donor has the same score"),
    "one_score_in_group": _of("every donor has the same score"),
    "changed_alike": _plain("every donor changed alike"),
    "nothing_within_donors": lambda said: (
        f"{said.integer('results')} results of {said.integer('donors')} donors leave nothing to "
        "correlate within donors"
    ),
    "constant_within_donors": _plain("one of the two measurements does not vary within any donor"),
    # Reasons: regressions.
    "constant_covariates": lambda said: f"{said.joined('columns')} is the same for every donor",
    "many_covariates": _many_covariates,
    "covariates_not_separable": lambda said: (
        f"{said.integer('covariates')} covariates cannot be held with "
        f"{said.integer('donors')} donors"
    ),
    "covariates_explain_all": _plain("the covariates explain one of the two sides wholly"),
    "covariates_tell_sides": lambda said: (
        f"what is adjusted for ({said.joined('columns')}) tells the two sides apart by itself"
    ),
    "no_best_estimate": _plain("the bounds leave no best estimate"),
    "bounds_in_least_squares": lambda said: (
        f"{said.integer('n')} donors are known only by bounds, which least squares cannot use"
    ),
    "groups_tell_result": _plain(
        "the groups, or what is adjusted for, tell the result by themselves"
    ),
    "score_without_spread": _plain("the score follows from group and result without any spread"),
    # Reasons: identity.
    "no_profile": _plain("there is no profile to answer it with"),
    "no_reference_of": _no_reference_of,
    "one_reference_class": lambda said: (
        f"all references are of {said.name('like')}: likeness shows only beside cells of another "
        "kind"
    ),
    "few_profiles": lambda said: (
        f"{said.integer('n')} donors with a profile; at least {said.integer('needed')} are needed"
    ),
    "few_genes": _few_genes,
    "flat_references": lambda said: (
        f"in these genes {' and '.join(said.names('cells'))} differ from the mean of the "
        "references in nothing"
    ),
    "flat_profiles": lambda said: (
        f"the profile of {said.joined('donors')} differs from the mean of the references in no gene"
    ),
    # Reasons: the joint model.
    "joint_reason": lambda said: said.text("why"),
    "joint_not_asked": _plain("the joint model was not asked of it"),
    "no_such_correlation": _plain("no correlation of such donors could be so high"),
    # Warnings.
    "several_visits": lambda said: (
        f"several visits were measured; this is visit {said.text('visit')} only"
    ),
    "uneven_plates": lambda said: (
        f"the groups are spread unevenly over plates ({said.joined('plates')})"
    ),
    "uneven_plates_of_sides": lambda said: (
        f"the two sides are spread unevenly over plates ({said.joined('plates')})"
    ),
    "no_margin_for_undetected": _plain(
        "too many results are undetected to hold them against the declared margin"
    ),
    "no_single_shift": _plain(
        "undetected results leave no single best shift; only its interval is known"
    ),
    "shared_errors_left_out": lambda said: (
        f"errors shared between donors (standard deviation {said.number('sd'):.2f} log2) are not "
        "in this interval"
    ),
    "smaller_than_margin": lambda said: (
        f"the difference is smaller than the {2 ** said.number('margin'):.3g}-fold that was "
        "declared to matter"
    ),
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
    "ranks_instead": _plain("some results are undetected, so ranks answer instead of Pearson's r"),
    "pooled_groups": _plain(POOLED),
    "donors_lost": lambda said: (
        f"{said.integer('lost')} of {said.integer('began')} donors of the first visit have no "
        "result at the last"
    ),
    "bounds_left_out": lambda said: (
        f"{said.integer('n')} results known only by bounds take no part"
    ),
    "unknown_in_donors": lambda said: (
        f"{said.integer('n')} donors of whom donors.csv does not say it take no part"
    ),
    "unlike_both": _unlike_both,
    "single_reference": lambda said: (
        f"a single reference sample is of {said.name('cell')}: how much such cells differ among "
        "themselves is unknown"
    ),
    "own_reference_only": lambda said: (
        f"the only sample of {said.name('cell')} is of a donor of the study, and that donor is "
        "compared with it"
    ),
    "two_references": _plain(
        "with two references, likeness to one is unlikeness to the other: only a third would show "
        "whether the cells are like either"
    ),
    "markers_missing": _markers_missing,
    "no_markers": lambda said: (
        f"no markers were named: all {said.integer('genes')} genes of both tables that vary were "
        "compared"
    ),
    "libraries_of_table": lambda said: (
        f"library sizes are sums over the {said.integer('genes')} genes of a table, not over all "
        "that was read"
    ),
}
"""The wording of every reason and warning."""
