"""What a person must look at before trusting the findings. A flag adds a reason and drops
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import polars as pl

from exvivo.flag import (
    beads,
    curves,
    dilutions,
    directions,
    findings,
    immunoassay,
    numbers,
    plates,
    positions,
    qpcr,
    reactions,
    references,
    study,
    wells,
)
from exvivo.flag.look import Look, Rule, code_of, each
from exvivo.flagged import Flag, coded, with_acceptance
from exvivo.tables import FLAGS, SEVERITIES

__all__ = ["RULES", "Look", "flags"]

RULES: tuple[Rule, ...] = (
    study.no_question,
    study.questions_without_a_date,
    study.large_margins_without_a_reason,
    study.donors_without_a_result,
    findings.negative_controls_that_differ,
    wells.planned_and_not_measured,
    wells.excluded_wells,
    wells.measured_without_a_result,
    wells.targets_the_study_does_not_name,
    wells.targets_that_look_alike,
    wells.replicates_apart,
    positions.positions_that_matter,
    directions.responses_of_the_other_direction,
    *each(
        "efficiency",
        qpcr.efficiency_not_measured,
        reactions.efficiency_from_curves,
        reactions.single_copy_assumed,
        reactions.later_than_one_copy,
        reactions.instrument_disagrees,
        reactions.falling_curves,
        reactions.disturbed_curves,
        reactions.no_plateau,
        reactions.inhibition,
        reactions.several_products,
    ),
    reactions.calibrators_missing,
    plates.references_on_other_plates,
    *each("efficiency", qpcr.efficiency_out_of_range, qpcr.template_in_controls),
    *each(
        "reference",
        references.samples_without_reference,
        references.one_reference,
        references.references_that_move,
        references.unstable_references,
        references.references_not_shown_to_hold,
        references.references_that_move_together,
        references.steadier_pair,
        references.one_more_reference,
    ),
    *each(
        "population",
        beads.few_beads,
        beads.tubes_with_few_gated_events,
        beads.letters_along_the_second,
    ),
    *each("curve", beads.standards_not_recovered),
    *each(
        "curve",
        curves.standards_that_do_not_rise,
        curves.blanks_above_standards,
        immunoassay.standards_out_of_line,
        immunoassay.curves_without_a_range,
        immunoassay.curves_that_do_not_fit,
    ),
    immunoassay.samples_above_the_range,
    dilutions.samples_with_a_hook,
    curves.midpoints_apart,
    *each("control", immunoassay.controls_off, curves.bridges_that_drift),
    immunoassay.plates_without_controls,
    *each("control", immunoassay.samples_that_do_not_dilute, immunoassay.spikes_not_recovered),
    immunoassay.instrument_reads_otherwise,
    immunoassay.units_that_disagree,
    immunoassay.instrument_warnings,
    *each(
        "population",
        numbers.probable_limits,
        numbers.smallest_of_one_condition,
        numbers.results_below_zero,
    ),
    numbers.scale_left_open,
    numbers.shares_as_amounts,
    numbers.groups_written_differently,
    study.not_read,
)
"""Every rule: it takes a `Look`, or a `Fit` of one kind, and yields flags. A new rule is a function
and a line here.
"""


def flags(look: Look, at_the_door: Iterable[Flag] = ()) -> pl.DataFrame:
    """The FLAGS of a run: most severe first, then those raised at the door, then in the order of
    the rules. Those that study.yaml accepts by name carry the reason.
    """
    own = chain.from_iterable(coded(rule(look), code_of(rule)) for rule in RULES)
    reasons = {each.flag: each.reason for each in look.study.accept}
    raised = with_acceptance([*at_the_door, *own], reasons)
    raised += study.accepted_and_not_raised(reasons, raised)
    by_severity = sorted(raised, key=lambda each: SEVERITIES.index(each.severity))
    return FLAGS.frame([each.row_of_table() for each in by_severity])
