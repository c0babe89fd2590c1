"""What was estimated, in words: one wording for each code."""

from __future__ import annotations

from exvivo.findings import EstimandCode
from exvivo.tell.phrases.statement import Statement, Wording

_COEFFICIENTS = {"spearman": "Spearman's rho", "pearson": "Pearson's r"}


def _measured(said: Statement) -> str:
    """The response or level that a difference is of."""
    return f"log2 response to {said.name('stimulus')}" if said.text("stimulus") else "log2 level"


def _minus(said: Statement) -> str:
    first, second = said.names("groups")
    return f"{first} minus {second}"


def _difference(what: str) -> Wording:
    """A difference of two groups, by what it is a difference of."""
    return lambda said: f"{what} {_measured(said)}, {_minus(said)}"


def _probability(said: Statement) -> str:
    first, second = said.names("groups")
    return (
        f"probability of the higher {_measured(said)}: {first} against {second}; "
        "pairs that cannot be ordered count half, 0.5 is even"
    )


def _equivalence(said: Statement) -> str:
    return (
        f"equivalence within {2 ** said.number('margin'):.3g}-fold (a study of this size and "
        f"spread reaches it in {100 * said.number('power'):.0f} % of cases if the true difference "
        "is zero)"
    )


def _coefficient(said: Statement) -> str:
    """A coefficient with its scale."""
    return f"{_COEFFICIENTS[said.text('coefficient')]} with {said.name('scale')}"


def _adjusted(said: Statement) -> str:
    """The columns of donors.csv that were adjusted for; nothing where there are none."""
    return f", adjusted for {said.joined('adjust')}" if said.texts("adjust") else ""


def _exposure(said: Statement) -> str:
    exposed = f"{said.text('exposure')} ({said.text('exposed')})"
    return f"difference in mean, donors with {exposed} less donors without{_adjusted(said)}"


def _adjusted_difference(said: Statement) -> str:
    return f"difference in mean, {_minus(said)}{_adjusted(said)}"


def _robustness(what: str) -> Wording:
    """How strong something unmeasured must be, of the estimate that the facts describe."""

    def words(said: Statement) -> str:
        of = _exposure if said.text("of") == "exposure_difference" else _adjusted_difference
        share = "share something unmeasured must explain of both sides"
        return f"to take {what} to nothing: {share}; {of(said)}"

    return words


def _similarity_contrast(said: Statement) -> str:
    against = said.name("against") if said.text("against") else "other references"
    return f"similarity to {said.name('like')} less that to {against}"


def _own_across_donors(said: Statement) -> str:
    return (
        f"gene by gene across {said.integer('donors')} donors who gave both, correlation with "
        f"their own {said.name('cell')}, mean of {said.integer('genes')} genes (the middle half "
        f"from {said.number('low'):.2f} to {said.number('high'):.2f})"
    )


def _own_pairs(said: Statement) -> str:
    floor = ""
    if "floor" in said:
        floor = f" (with so few donors p cannot be below {said.number('floor'):.2g})"
    own = said.name("cell")
    return (
        f"likeness of a donor's cells to their own {own} less that to those of other donors{floor}"
    )


def _genes_compared(said: Statement) -> str:
    parts = []
    if said.integer("missing"):
        missing = said.integer("missing")
        parts.append(f"{missing} not in both tables or not measured in every sample")
    if said.integer("constant"):
        parts.append(f"{said.integer('constant')} the same in all samples")
    lost = f" ({'; '.join(parts)})" if parts else ""
    return (
        f"share of the {said.integer('asked')} genes asked for that were compared, "
        f"{said.integer('compared')}{lost}"
    )


def _joint(said: Statement) -> str:
    return "sceptical joint model" if said.facts["sceptical"] else "joint model"


_JOINT_NUMBERS = {
    "response": "difference in response",
    "level": "difference in level",
    "contrast": "the same less the mean of the others",
    "correlation": "correlation of the donors' own values",
}


def _joint_what(said: Statement) -> str:
    """Which number of the joint model it is."""
    against = zip(said.texts("analytes"), said.texts("assays"), strict=True)
    series = [
        f"{said.study.name_of(analyte)} {said.study.assay(assay).readout}"
        for analyte, assay in against
    ]
    others = f" ({', '.join(series)})" if series else ""
    return f"{_joint(said)}, {_JOINT_NUMBERS[said.text('what')]}{others}"


def _joint_number(said: Statement) -> str:
    words = _joint_what(said)
    if "probability" not in said:
        return words
    corrected = ", corrected for the error between cultures" if said.facts["corrected"] else ""
    null = "zero" if said.text("what") == "correlation" else "equality"
    return (
        f"{words}{corrected}; probability {said.number('probability'):.3f} that it is above {null}"
    )


def _joint_reliability(said: Statement) -> str:
    share = 100 * said.number("reliability")
    return (
        f"{_joint_what(said)}, if {share:.0f} % of the spread between donors were the donors' own"
    )


def _range(what: str, fact: str) -> Wording:
    """A range of estimates, with what moves it most."""
    return lambda said: (
        f"{what}, the estimate stays within this range ({said.text(fact)} moves it most)"
    )


ESTIMANDS: dict[EstimandCode, Wording] = {
    "unstated": lambda said: "",
    "difference": lambda said: f"difference between {' and '.join(said.names('groups'))}",
    "difference_in_mean": _difference("difference in mean"),
    "rank_shift": _difference("Hodges and Lehmann's shift in"),
    "shift": _difference("shift in"),
    "probability_of_higher": _probability,
    "distributions_differ": lambda said: "whether the groups' distributions differ at all",
    "group_mean": lambda said: f"mean of {said.name('group')}, in the unit of the assay",
    "equivalence": _equivalence,
    "specification_cell": lambda said: "",
    "correlation_within": lambda said: f"{_coefficient(said)} within {said.name('group')}",
    "correlation_adjusted": lambda said: (
        f"{_coefficient(said)} within {said.name('group')}, {said.joined('adjust')} held"
    ),
    "correlation_group_adjusted": lambda said: f"{_coefficient(said)}, group adjusted for",
    "correlation_pooled": lambda said: f"{_coefficient(said)}, {POOLED}",
    "kendall": lambda said: "Kendall's tau, pairs of donors that bounds leave open counted as ties",
    "contrast_of_differences": lambda said: (
        f"contrast of the differences {_minus(said)} (log2 fold of folds)"
    ),
    "asked_difference": lambda said: "the difference that was asked",
    "held_against": lambda said: "the difference it is held against",
    "change": lambda said: (
        f"log2 change from visit {said.text('first')} to visit {said.text('last')} "
        f"within {said.name('group')}"
    ),
    "correlation_of_changes": lambda said: (
        f"Pearson's r of the change with that of {said.name('scale')} within {said.name('group')}"
    ),
    "correlation_within_donors": lambda said: (
        f"Pearson's r with {said.name('scale')} within donors of {said.name('group')}"
    ),
    "result_with_next_score": lambda said: (
        "Pearson's r within donors, each result with the next visit's score"
    ),
    "score_with_next_result": lambda said: (
        "Pearson's r within donors, each score with the next visit's result"
    ),
    "effect": lambda said: (
        f"{said.name('blocked')} less {said.name('stimulus')}, log2, "
        f"in cultures of {said.name('group')}"
    ),
    "exposure_difference": _exposure,
    "adjusted_difference": _adjusted_difference,
    "robustness_of_estimate": _robustness("it"),
    "robustness_of_interval": _robustness("its interval"),
    "mediated_part": lambda said: (
        f"part of the difference in {said.name('scale')}, {_minus(said)}, that goes along with it"
    ),
    "whole_difference": lambda said: (
        f"the whole difference in {said.name('scale')}, {_minus(said)}"
    ),
    "rest_of_difference": lambda said: "what is left of it with the result held",
    "unmeasured_causes": lambda said: (
        "Pearson's r of unmeasured causes of result and score that would leave nothing of the part"
    ),
    "similarity_contrast": _similarity_contrast,
    "similarity_contrast_within": lambda said: (
        f"within {said.name('group')}: {_similarity_contrast(said)}"
    ),
    "similarity": lambda said: f"similarity to {said.name('cell')}, {said.integer('genes')} genes",
    "plain_correlation": lambda said: (
        f"plain correlation with {said.name('cell')}, nothing taken off: high for any two kinds of "
        "cells that share most genes, as genes differ more than cells do"
    ),
    "plain_correlation_of_references": lambda said: (
        f"plain correlation of the references {said.name('first')} and {said.name('second')} with "
        "each other, nothing taken off"
    ),
    "own_across_donors": _own_across_donors,
    "own_pairs": _own_pairs,
    "genes_compared": _genes_compared,
    "joint": _joint,
    "joint_number": _joint_number,
    "joint_reliability": _joint_reliability,
    "leave_one_out": _range("leaving out one donor at a time", "donor"),
    "without_reference": _range("leaving out one reference sample at a time", "reference"),
}
"""The wording of every estimand; what stands behind a choice of the grid is said by its choices."""
POOLED = "donors of all groups together: the difference between the groups is mixed in"
