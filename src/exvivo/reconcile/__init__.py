"""Every table of a study held against every other: what the study says and the files do not hold,
and what two files hold twice. What is no fact is a mistake, and refused; facts that cannot both be
true are a flag.
"""

from exvivo.flagged import Flag, coded, with_acceptance
from exvivo.reconcile.blank_cells import blank_cell_mistakes
from exvivo.reconcile.blank_subtracted import blanks_taken_off_some_plates
from exvivo.reconcile.channels_lacking import wells_that_lack_a_channel
from exvivo.reconcile.clocks import runs_before_their_cells
from exvivo.reconcile.codes_in_range import values_that_may_be_codes
from exvivo.reconcile.colours import hard_to_see_colours
from exvivo.reconcile.copied import copied_readings
from exvivo.reconcile.copied_scores import copied_scores
from exvivo.reconcile.copies import copied_files
from exvivo.reconcile.cultures import (
    impossible_viability,
    lots_by_group,
    low_viability,
    stimulated_before_drawn,
    visits_drawn_out_of_order,
)
from exvivo.reconcile.cycles import contradicted_cycles, curves_that_end_early
from exvivo.reconcile.data_scale import scale_mistakes
from exvivo.reconcile.declared import declared_after_every_file
from exvivo.reconcile.dilutions import dilutions_below_one, dilutions_by_group
from exvivo.reconcile.empty_wells import empty_wells_with_a_signal
from exvivo.reconcile.expression import expression_not_read
from exvivo.reconcile.file_names import (
    files_numbered_otherwise,
    files_of_another_analyte,
    files_of_another_plate,
)
from exvivo.reconcile.held import Held, Rule
from exvivo.reconcile.names import (
    donors_named_nowhere,
    doses_named_otherwise,
    names_against_layout,
    names_out_of_habit,
    replicates_named_otherwise,
    with_the_way,
)
from exvivo.reconcile.names_and_groups import names_of_another_group
from exvivo.reconcile.open_ends import last_cells_that_may_be_cut
from exvivo.reconcile.people import (
    donors_without_a_well,
    group_sizes,
    impossible_ages,
    impossible_body_mass_indices,
)
from exvivo.reconcile.readings_possible import impossible_readings
from exvivo.reconcile.results_apart import results_of_plates_apart, results_sorted_alone
from exvivo.reconcile.reverse_items import reverse_items_against_the_others
from exvivo.reconcile.same_plate import plates_exported_twice
from exvivo.reconcile.score_columns import columns_sorted_alone, scores_in_tenths
from exvivo.reconcile.separated import groups_told_apart
from exvivo.reconcile.standards_apart import standards_apart
from exvivo.reconcile.standards_in_place import standards_out_of_place
from exvivo.reconcile.stated_twice import (
    amounts_that_disagree,
    dilutions_that_disagree,
    roles_marked_otherwise,
)
from exvivo.reconcile.tables_cut import exports_that_may_be_cut, tables_that_may_be_cut
from exvivo.reconcile.targets import missing_targets
from exvivo.reconcile.targets_of_plates import targets_of_other_plates
from exvivo.reconcile.time_in_bed import hardly_possible_times_in_bed
from exvivo.reconcile.totals import totals_against_their_items, totals_over_answered_items
from exvivo.reconcile.visits import clinic_visit_mistakes

__all__ = [
    "RULES",
    "Held",
    "blank_cell_mistakes",
    "clinic_visit_mistakes",
    "contradicted_cycles",
    "copied_files",
    "missing_targets",
    "plates_exported_twice",
    "questioned",
    "scale_mistakes",
    "with_the_way",
]

RULES: tuple[Rule, ...] = (
    expression_not_read,
    declared_after_every_file,
    group_sizes,
    donors_without_a_well,
    impossible_ages,
    impossible_body_mass_indices,
    groups_told_apart,
    impossible_viability,
    low_viability,
    stimulated_before_drawn,
    visits_drawn_out_of_order,
    lots_by_group,
    copied_readings,
    copied_scores,
    impossible_readings,
    standards_apart,
    blanks_taken_off_some_plates,
    dilutions_below_one,
    dilutions_by_group,
    names_of_another_group,
    scores_in_tenths,
    columns_sorted_alone,
    values_that_may_be_codes,
    reverse_items_against_the_others,
    totals_against_their_items,
    totals_over_answered_items,
    hardly_possible_times_in_bed,
    files_of_another_analyte,
    files_of_another_plate,
    files_numbered_otherwise,
    names_against_layout,
    names_out_of_habit,
    replicates_named_otherwise,
    donors_named_nowhere,
    doses_named_otherwise,
    targets_of_other_plates,
    results_of_plates_apart,
    results_sorted_alone,
    roles_marked_otherwise,
    amounts_that_disagree,
    dilutions_that_disagree,
    standards_out_of_place,
    empty_wells_with_a_signal,
    runs_before_their_cells,
    last_cells_that_may_be_cut,
    tables_that_may_be_cut,
    exports_that_may_be_cut,
    wells_that_lack_a_channel,
    curves_that_end_early,
    hard_to_see_colours,
)
"""Every rule that holds a study against itself; a new one is a function and a line here."""


def questioned(held: Held) -> list[Flag]:
    """What the tables and files of a study leave in doubt, in the order of the rules. Flags that
    study.yaml accepts by name carry the reason.
    """
    raised = [flag for rule in RULES for flag in coded(rule(held), rule.__name__)]
    return with_acceptance(raised, {each.flag: each.reason for each in held.study.accept})
