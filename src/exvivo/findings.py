"""Findings as records: what was estimated, how, and what a reader must know. Codes, never words.

`compare` makes them and `tell` puts them into words: no number, verdict or flag depends on a text.
One list of fields serves the record and the table FINDINGS.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

import polars as pl

from exvivo.methods import METHODS, NOT_ESTIMABLE, Method
from exvivo.units import UNITS, Unit

Fact = str | int | float | bool | tuple[str, ...]
"""One fact of a coded statement: an id of study.yaml, a number, or several ids."""
Facts = Mapping[str, Fact]
Part = Literal["answer", "beside", "robustness"]
Verdict = Literal["supported", "equivalent", "not resolved", "not estimable"]
On = Literal["amount", "signal"]
"""What an answer is about: the amount, or the signal it was read from, without a curve. Where the
signal is all an assay gives, it stands in the place of the amount.
"""

EstimandCode = Literal[
    "unstated",
    "difference",
    "difference_in_mean",
    "rank_shift",
    "shift",
    "probability_of_higher",
    "distributions_differ",
    "group_mean",
    "equivalence",
    "specification_cell",
    "correlation_within",
    "correlation_adjusted",
    "correlation_group_adjusted",
    "correlation_pooled",
    "kendall",
    "contrast_of_differences",
    "asked_difference",
    "held_against",
    "change",
    "correlation_of_changes",
    "correlation_within_donors",
    "result_with_next_score",
    "score_with_next_result",
    "effect",
    "exposure_difference",
    "adjusted_difference",
    "robustness_of_estimate",
    "robustness_of_interval",
    "mediated_part",
    "whole_difference",
    "rest_of_difference",
    "unmeasured_causes",
    "similarity_contrast",
    "similarity_contrast_within",
    "similarity",
    "plain_correlation",
    "plain_correlation_of_references",
    "own_across_donors",
    "own_pairs",
    "genes_compared",
    "gate",
    "pair_axis",
    "all_genes",
    "without_class",
    "without_batch",
    "without_programme",
    "own_pairs_beyond",
    "joint",
    "joint_number",
    "joint_reliability",
    "leave_one_out",
    "without_reference",
    "simulated_error",
    "simulated_coverage",
    "simulated",
    "detectable",
    "half_true",
    "replication",
    "calibrated",
]
"""What can be estimated; `tell.phrases.estimands` words each."""
ReasonCode = Literal[
    "no_result",
    "cell_type_not_named",
    "few_donors",
    "few_informative_donors",
    "few_detected_donors",
    "few_donors_on_both_sides",
    "few_scored_donors",
    "no_scored_donor",
    "few_donors_at_two_visits",
    "few_donors_in_groups",
    "confounded_with_design",
    "conditions_confounded_with_design",
    "design_takes_all",
    "nothing_left_to_compare",
    "method_cannot_hold",
    "visits_differ",
    "all_undetected",
    "group_undetected",
    "mostly_bounds",
    "mostly_bounds_of_response",
    "mostly_bounds_over_visits",
    "one_result",
    "one_result_each_group",
    "one_result_each_side",
    "results_not_distinct",
    "one_score",
    "one_score_in_group",
    "changed_alike",
    "nothing_within_donors",
    "constant_within_donors",
    "constant_covariates",
    "many_covariates",
    "covariates_not_separable",
    "covariates_explain_all",
    "covariates_tell_sides",
    "no_best_estimate",
    "bounds_in_least_squares",
    "groups_tell_result",
    "score_without_spread",
    "no_profile",
    "no_reference_of",
    "one_reference_class",
    "few_profiles",
    "few_genes",
    "flat_references",
    "flat_profiles",
    "like_none",
    "joint_reason",
    "joint_not_asked",
    "no_such_correlation",
    "not_simulated",
    "contradiction",
]
"""Reasons why there is no answer; `tell.phrases.caveats` words each."""
WarningCode = Literal[
    "several_visits",
    "below_one_copy",
    "alone_in_design",
    "visits_on_plates_of_their_own",
    "skewed_unequal",
    "heavy_tails",
    "not_across_families",
    "no_margin_for_undetected",
    "no_single_shift",
    "shared_errors_left_out",
    "smaller_than_margin",
    "margin_without_reason",
    "equivalence_not_corrected",
    "one_donor_decides",
    "exclusions_decide",
    "outside_simulated_band",
    "against_expectation",
    "perfect_correlation",
    "many_bounds",
    "ranks_instead",
    "pooled_groups",
    "donors_lost",
    "bounded_by_control",
    "share_of_control",
    "control_in_doubt",
    "bounds_left_out",
    "unknown_in_donors",
    "covariates_apart",
    "covariates_nearly_apart",
    "gate_not_possible",
    "gate_not_measured",
    "gate_failed_by_donors",
    "gate_of_several",
    "reference_fails_gate",
    "nearer_not_alike",
    "panel_against_all_genes",
    "panel_outside_its_range",
    "class_decides",
    "batch_decides",
    "batch_is_class",
    "batch_of_cells",
    "pair_axis_against",
    "programme_without_reference",
    "shared_programme",
    "one_donor_a_class",
    "own_reference_only",
    "pairs_without_control",
    "two_references",
    "markers_missing",
    "no_markers",
    "libraries_of_table",
]
"""Warnings beside an answer; `tell.phrases.caveats` words each, and `tell.phrases.tempering` says
which of them temper its sentence.
"""
CAPS: frozenset[WarningCode] = frozenset(
    {
        "gate_not_possible",
        "gate_failed_by_donors",
        "gate_of_several",
        "reference_fails_gate",
        "nearer_not_alike",
        "panel_against_all_genes",
        "panel_outside_its_range",
        "class_decides",
        "batch_decides",
        "batch_of_cells",
        "pair_axis_against",
        "programme_without_reference",
        "shared_programme",
        "one_donor_a_class",
    }
)
"""Warnings with which an answer is `not resolved` whatever its interval: what stands against it is
no matter of donors.
"""
CaveatCode = Literal[ReasonCode, WarningCode]
"""Everything a reader must know beside a verdict, or in its place."""
LeftOutCode = Literal[
    "not_on_plates",
    "no_well_of_analyte",
    "no_well_of_cells",
    "other_visit",
    "no_well_of_condition",
    "wells_excluded",
    "wells_set_empty",
    "wells_not_read",
    "wells_without_result",
    "says_nothing",
    "no_score",
    "unknown_exposure",
    "unknown_in_donors",
    "no_profile",
    "cell_type_not_named",
    "not_used",
    "excluded",
    "set_empty",
    "not_read",
    "no_result",
    "other_dilution",
    "well_of_other_visit",
    "unpaired",
    "donor_left_out",
]
"""Why a donor or a well is not in an answer; `tell.phrases.left_out` words each."""

CODED = pl.Struct({"code": pl.String, "facts": pl.String})
"""A coded statement in a table: its code, and its facts as a JSON object."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Something to be said, as a code and the facts that fill its sentence.

    Facts are ids of study.yaml and numbers, never words.

    >>> Caveat("method_cannot_hold", {"terms": ("plate", "site")}).row()
    {'code': 'method_cannot_hold', 'facts': '{"terms": ["plate", "site"]}'}
    """

    code: str
    facts: Facts = field(default_factory=dict)

    def row(self) -> dict[str, str]:
        """As a table holds it."""
        return {"code": self.code, "facts": json.dumps(self.facts, ensure_ascii=False)}

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Self:
        """Back from a table."""
        return cls(row["code"], _facts(row["facts"]))


def _facts(text: str) -> Facts:
    """Facts of their JSON text; lists become tuples again."""
    facts = json.loads(text)
    return {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}


@dataclass(frozen=True, slots=True)
class Estimand(Coded):
    """What was estimated."""

    code: EstimandCode


@dataclass(frozen=True, slots=True)
class Caveat(Coded):
    """What a reader must know beside a verdict, or why there is no answer."""

    code: CaveatCode


@dataclass(frozen=True, slots=True)
class LeftOut(Coded):
    """Why a donor or a well is not in an answer."""

    code: LeftOutCode


@dataclass(frozen=True, slots=True)
class Count:
    """Donors of a group, and how many of them are known only by bounds."""

    group: str
    n: int
    undetected: int = 0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row of FINDINGS. `estimate`, `lower` and `upper` are in `unit`; an open end is infinite.

    `visit` is the one it is about, where the cells or the scores have several. `choices` are those
    of one cell of the specification grid: measure, family of the method, adjustment. `larger` says
    of a contrast that the asked difference points its way and is larger than what it is held
    against. `method_facts` are the facts of how the method ran, `held` the terms of the design that
    the method held, `flags` the names of the flags that touch the finding. `donors` are those who
    are in it, by name, group after group as `n` counts them; a donor whose result says nothing is
    not in it.
    """

    question: str
    ask: str
    family: str
    assay: str
    readout: str
    analyte: str
    level: float
    unit: Unit
    n: tuple[Count, ...]
    donors: tuple[str, ...] = ()
    estimand: Estimand
    method: Method = NOT_ESTIMABLE
    method_facts: Facts = field(default_factory=dict)
    held: tuple[str, ...] = ()
    part: Part = "answer"
    on: On = "amount"
    choices: tuple[str, ...] = ()
    larger: bool = False
    cell_type: str | None = None
    stimulus: str | None = None
    condition: str | None = None
    visit: str | None = None
    scale: str | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    p_permutation: float | None = None
    effect_size: float | None = None
    verdict: Verdict | None = None
    reason: Caveat | None = None
    warnings: tuple[Caveat, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def null(self) -> float:
        """The estimate that would say nothing in either direction."""
        return self.unit.null

    @property
    def excludes_null(self) -> bool:
        """Whether the interval lies on one side of `null`; False where there is no interval."""
        if self.lower is None or self.upper is None:
            return False
        return not self.lower <= self.null <= self.upper

    @property
    def caps(self) -> tuple[Caveat, ...]:
        """The warnings that keep the answer from being supported."""
        return tuple(caveat for caveat in self.warnings if caveat.code in CAPS)

    @property
    def like_none(self) -> bool:
        """Whether the finding is that cells are like none of the references: no estimate, but an
        answer.
        """
        return self.reason is not None and self.reason.code == "like_none"

    def warns(self, code: str) -> bool:
        """Whether a warning of this code stands beside the finding."""
        return any(caveat.code == code for caveat in self.warnings)

    def row(self) -> dict[str, Any]:
        """The finding as a row of the FINDINGS table."""
        return {
            **{f.name: getattr(self, f.name) for f in fields(self)},
            "unit": self.unit.id,
            "method": self.method.id,
            "method_facts": json.dumps(self.method_facts, ensure_ascii=False),
            "held": list(self.held),
            "choices": list(self.choices),
            "donors": list(self.donors),
            "n": [{"group": c.group, "n": c.n, "undetected": c.undetected} for c in self.n],
            "estimand": self.estimand.row(),
            "reason": self.reason.row() if self.reason else None,
            "warnings": [caveat.row() for caveat in self.warnings],
            "flags": list(self.flags),
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Finding:
        """The record of a row of FINDINGS; further columns of the row are passed over."""
        reason = row["reason"]
        return cls(
            **{
                **{f.name: row[f.name] for f in fields(cls)},
                "unit": UNITS[row["unit"]],
                "method": METHODS[row["method"]],
                "method_facts": _facts(row["method_facts"]),
                "held": tuple(row["held"]),
                "choices": tuple(row["choices"]),
                "donors": tuple(row["donors"]),
                "n": tuple(Count(**count) for count in row["n"]),
                "estimand": Estimand.of_row(row["estimand"]),
                "reason": Caveat.of_row(reason) if reason else None,
                "warnings": tuple(Caveat.of_row(caveat) for caveat in row["warnings"]),
                "flags": tuple(row["flags"]),
            }
        )


def findings_of(frame: pl.DataFrame) -> list[Finding]:
    """The records of a FINDINGS table, in its order."""
    return [Finding.of_row(row) for row in frame.iter_rows(named=True)]


def rows_of(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings as rows for `FINDINGS.frame`."""
    return [finding.row() for finding in findings]
