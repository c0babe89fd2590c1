"""What was estimated, in words: one wording for each code."""

from __future__ import annotations

from exvivo.findings import EstimandCode
from exvivo.tell.phrases.statement import Statement, Wording
from exvivo.tell.words import sized
from exvivo.units import UNITS
from exvivo.words import counted, number

_COEFFICIENTS = {"spearman": "Spearman's rho", "pearson": "Pearson's r"}


def _measured(facts: Statement) -> str:
    """The response or level that a difference is of."""
    return f"log2 response to {facts.name('stimulus')}" if facts.text("stimulus") else "log2 level"


def _minus(facts: Statement) -> str:
    first, second = facts.names("groups")
    return f"{first} minus {second}"


def _difference(what: str) -> Wording:
    """A difference of two groups, by what it is a difference of."""
    return lambda facts: f"{what} {_measured(facts)}, {_minus(facts)}"


def _probability(facts: Statement) -> str:
    first, second = facts.names("groups")
    return (
        f"probability of the higher {_measured(facts)}: {first} against {second}; "
        "pairs that cannot be ordered count half, 0.5 is even"
    )


def _equivalence(facts: Statement) -> str:
    return (
        f"equivalence within {2 ** facts.number('margin'):.3g}-fold (a study of this size and "
        f"spread reaches it in {100 * facts.number('power'):.0f} % of cases if the true difference "
        "is zero)"
    )


def _name(facts: Statement) -> str:
    """The name of a coefficient."""
    return _COEFFICIENTS[facts.text("coefficient")]


def _coefficient(facts: Statement) -> str:
    """A coefficient with its scale."""
    return f"{_name(facts)} with {facts.name('scale')}"


def _adjusted(facts: Statement) -> str:
    """The columns of donors.csv that were adjusted for; nothing where there are none."""
    return f", adjusted for {facts.joined('adjust')}" if facts.texts("adjust") else ""


def _exposure(facts: Statement) -> str:
    exposed = f"{facts.text('exposure')} ({facts.text('exposed')})"
    return f"difference in mean, donors with {exposed} less donors without{_adjusted(facts)}"


def _adjusted_difference(facts: Statement) -> str:
    return f"difference in mean, {_minus(facts)}{_adjusted(facts)}"


def _robustness(what: str) -> Wording:
    """How strong something unmeasured must be, of the estimate that the facts describe."""

    def words(facts: Statement) -> str:
        of = _exposure if facts.text("of") == "exposure_difference" else _adjusted_difference
        share = "share something unmeasured must explain of both sides"
        return f"to take {what} to nothing: {share}; {of(facts)}"

    return words


def _similarity_contrast(facts: Statement) -> str:
    against = facts.name("against") if facts.text("against") else "other references"
    return f"similarity to {facts.name('like')} less that to {against}"


def _own_across_donors(facts: Statement) -> str:
    return (
        f"gene by gene across {counted(facts.integer('donors'), 'donor')} who gave both, "
        f"correlation with their own {facts.name('cell')}, mean of "
        f"{counted(facts.integer('genes'), 'gene')} (the middle half "
        f"from {number(facts.number('low'))} to {number(facts.number('high'))})"
    )


def _own_pairs(facts: Statement) -> str:
    own = f"likeness of a donor's cells to their own {facts.name('cell')}"
    return f"{own} less that to those of other donors{_floor(facts)}"


def _gate(facts: Statement) -> str:
    """Of the cultured cells the lowest donor is told, of a reference its middle sample."""
    cell, cultured = facts.text("cell"), {cells.id for cells in facts.study.cell_types}
    whose = "the lowest donor" if cell in cultured else "the middle sample"
    return (
        f"share of what was measured in {facts.name('cell')}, {whose}, that stands below the genes "
        f"which {facts.text('lineage')} cells all express highly; in such cells "
        f"{facts.number('cut'):g} or more"
    )


def _own_pairs_beyond(facts: Statement) -> str:
    return (
        f"likeness of a donor's cells to their own {facts.name('cell')} beyond that to their own "
        f"{facts.name('control')}, each less the likeness to those of other donors{_floor(facts)}: "
        "what a person does to all cells cancels"
    )


def _floor(facts: Statement) -> str:
    """The smallest p, where it lies above the level."""
    if "floor" not in facts:
        return ""
    return f" (with so few donors p cannot be below {facts.number('floor'):.2g})"


def _genes_compared(facts: Statement) -> str:
    parts = []
    if facts.integer("missing"):
        missing = facts.integer("missing")
        parts.append(f"{missing} not in both tables or not measured in every sample")
    if facts.integer("constant"):
        parts.append(f"{facts.integer('constant')} the same in all samples")
    lost = f" ({'; '.join(parts)})" if parts else ""
    return (
        f"share of the {facts.integer('asked')} genes asked for that were compared, "
        f"{facts.integer('compared')}{lost}"
    )


def _joint(facts: Statement) -> str:
    return "sceptical joint model" if facts.facts["sceptical"] else "joint model"


_JOINT_NUMBERS = {
    "response": "difference in response",
    "level": "difference in level",
    "contrast": "the same less the mean of the others",
    "correlation": "correlation of the donors' own values",
}


def _joint_what(facts: Statement) -> str:
    """Which number of the joint model it is."""
    against = zip(facts.texts("analytes"), facts.texts("assays"), strict=True)
    series = [
        f"{facts.study.name_of(analyte)} {facts.study.assay(assay).readout}"
        for analyte, assay in against
    ]
    others = f" ({', '.join(series)})" if series else ""
    return f"{_joint(facts)}, {_JOINT_NUMBERS[facts.text('what')]}{others}"


def _joint_number(facts: Statement) -> str:
    words = _joint_what(facts)
    if "probability" not in facts:
        return words
    corrected = ", corrected for the error between cultures" if facts.facts["corrected"] else ""
    null = "zero" if facts.text("what") == "correlation" else "equality"
    return (
        f"{words}{corrected}; probability {facts.number('probability'):.3f} that it is above {null}"
    )


def _joint_reliability(facts: Statement) -> str:
    share = 100 * facts.number("reliability")
    return (
        f"{_joint_what(facts)}, if {share:.0f} % of the spread between donors were the donors' own"
    )


def _range(what: str, fact: str) -> Wording:
    """A range of estimates, with what moves it most."""
    return lambda facts: (
        f"{what}, the estimate stays within this range ({facts.text(fact)} moves it most)"
    )


_DRAWN = {"skewed": "skewed donors", "apart": "plates and other terms as far apart as donors"}
"""Donors and terms that are drawn otherwise, by the name of the setting."""


def _simulated(words: str, otherwise: str) -> Wording:
    """A share of simulated studies, with that of studies drawn otherwise."""

    def share(facts: Statement) -> str:
        others = [
            f"{drawn} {100 * facts.number(name):.1f} %"
            for name, drawn in _DRAWN.items()
            if name in facts
        ]
        behind = f"; {', '.join(others)}" if others else ""
        studies = f"{facts.integer('studies')} simulated studies of this very design"
        promised = f"{100 * facts.number('promised'):.4g} % {otherwise}"
        return f"{words} in {studies} ({promised}{behind})"

    return share


def _percent(facts: Statement, name: str) -> str:
    """A share as a whole percentage; `less than 1` where it is."""
    share = 100 * facts.number(name)
    return f"{share:.0f} %" if share >= 1 else "less than 1 %"


def _half_true(facts: Statement) -> str:
    claimed = sized(facts.number("claimed"), UNITS[facts.text("unit")])
    return (
        "half of it, if only that were true: studies like this one would claim it in "
        f"{_percent(facts, 'power')} of cases, on average as {claimed} "
        f"({facts.number('exaggeration'):.1f} times too large), and in "
        f"{_percent(facts, 'wrong_sign')} of these the wrong way round"
    )


def _replication(facts: Statement) -> str:
    return (
        "the chance that a next study like this one, of the same size, claims it in the same "
        "direction, with nothing known but this estimate (with twice the donors "
        f"{facts.number('twice'):.2f})"
    )


def _calibrated(facts: Statement) -> str:
    return (
        f"the same less what moves the {facts.integer('controls')} negative controls beyond their "
        f"own error (mean {facts.number('mean'):.2f}, standard deviation {facts.number('sd'):.2f} "
        "log2)"
    )


ESTIMANDS: dict[EstimandCode, Wording] = {
    "unstated": lambda facts: "",
    "difference": lambda facts: f"difference between {' and '.join(facts.names('groups'))}",
    "difference_in_mean": _difference("difference in mean"),
    "rank_shift": _difference("Hodges and Lehmann's shift in"),
    "shift": _difference("shift in"),
    "probability_of_higher": _probability,
    "distributions_differ": lambda facts: "whether the groups' distributions differ at all",
    "group_mean": lambda facts: f"mean of {facts.name('group')}, in the unit of the assay",
    "equivalence": _equivalence,
    "specification_cell": lambda facts: "",
    "correlation_within": lambda facts: f"{_coefficient(facts)} within {facts.name('group')}",
    "correlation_adjusted": lambda facts: (
        f"{_coefficient(facts)} within {facts.name('group')}, {facts.joined('adjust')} held"
    ),
    "correlation_group_adjusted": lambda facts: f"{_coefficient(facts)}, group adjusted for",
    "correlation_pooled": lambda facts: f"{_coefficient(facts)}, {POOLED}",
    "kendall": lambda facts: (
        "Kendall's tau, pairs of donors that bounds leave open counted as ties"
    ),
    "contrast_of_differences": lambda facts: (
        f"contrast of the differences {_minus(facts)} (log2 fold of folds)"
    ),
    "asked_difference": lambda facts: "the difference that was asked",
    "held_against": lambda facts: "the difference it is held against",
    "change": lambda facts: (
        f"log2 change from visit {facts.text('first')} to visit {facts.text('last')} "
        f"within {facts.name('group')}"
    ),
    "correlation_of_changes": lambda facts: (
        f"{_name(facts)} of the change with that of {facts.name('scale')} "
        f"within {facts.name('group')}"
    ),
    "correlation_within_donors": lambda facts: (
        f"{_coefficient(facts)} within donors of {facts.name('group')}, "
        "what all share at a visit taken out"
    ),
    "result_with_next_score": lambda facts: (
        f"{_name(facts)} within donors, each result with the next visit's score"
    ),
    "score_with_next_result": lambda facts: (
        f"{_name(facts)} within donors, each score with the next visit's result"
    ),
    "effect": lambda facts: (
        f"{facts.name('blocked')} less {facts.name('stimulus')}, log2, "
        f"in cultures of {facts.name('group')}"
    ),
    "exposure_difference": _exposure,
    "adjusted_difference": _adjusted_difference,
    "robustness_of_estimate": _robustness("it"),
    "robustness_of_interval": _robustness("its interval"),
    "mediated_part": lambda facts: (
        f"part of the difference in {facts.name('scale')}, {_minus(facts)}, that goes along with it"
    ),
    "whole_difference": lambda facts: (
        f"the whole difference in {facts.name('scale')}, {_minus(facts)}"
    ),
    "rest_of_difference": lambda facts: "what is left of it with the result held",
    "unmeasured_causes": lambda facts: (
        "Pearson's r of unmeasured causes of result and score that would leave nothing of the part"
    ),
    "similarity_contrast": _similarity_contrast,
    "similarity_contrast_within": lambda facts: (
        f"within {facts.name('group')}: {_similarity_contrast(facts)}"
    ),
    "similarity": lambda facts: (
        f"similarity to {facts.name('cell')}, {counted(facts.integer('genes'), 'gene')}"
    ),
    "plain_correlation": lambda facts: (
        f"plain correlation with {facts.name('cell')}, nothing taken off: high for any two kinds "
        f"of "
        "cells that share most genes, as genes differ more than cells do"
    ),
    "plain_correlation_of_references": lambda facts: (
        f"plain correlation of the references {facts.name('first')} and {facts.name('second')} "
        f"with "
        "each other, nothing taken off"
    ),
    "own_across_donors": _own_across_donors,
    "own_pairs": _own_pairs,
    "genes_compared": _genes_compared,
    "gate": _gate,
    "pair_axis": lambda facts: f"{_similarity_contrast(facts)}, without the other references",
    "all_genes": lambda facts: (
        f"{_similarity_contrast(facts)}, all {counted(facts.integer('genes'), 'gene')}"
    ),
    "without_class": _range("leaving out one kind of reference at a time", "cell"),
    "without_batch": _range("leaving out one batch of the references at a time", "batch"),
    "without_programme": lambda facts: (
        f"{_similarity_contrast(facts)}, without the genes' direction of {facts.text('condition')}"
    ),
    "own_pairs_beyond": _own_pairs_beyond,
    "joint": _joint,
    "joint_number": _joint_number,
    "joint_reliability": _joint_reliability,
    "leave_one_out": _range("leaving out one donor at a time", "donor"),
    "simulated_error": _simulated("false claims where nothing differs", "are allowed"),
    "simulated_coverage": _simulated("intervals that hold the truth", "are promised"),
    "simulated": lambda facts: "simulated studies of this very design",
    "without_reference": _range("leaving out one reference sample at a time", "reference"),
    "detectable": lambda facts: (
        f"what a study of this size and spread finds in {_percent(facts, 'power')} of cases, if it "
        "is there"
    ),
    "half_true": _half_true,
    "replication": _replication,
    "calibrated": _calibrated,
}
"""The wording of every estimand; what stands behind a choice of the grid is said by its choices."""
POOLED = "donors of all groups together: the difference between the groups is mixed in"
