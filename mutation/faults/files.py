"""Faults of: files."""

from __future__ import annotations

from mutation.fault import Fault

_GUARDS = "src/exvivo/cells/guards.py"
_RESULTS = "src/exvivo/store/results.py"
_EXCHANGE = "src/exvivo/store/exchange.py"

FILES = (
    Fault(
        name="`<` taken as a value (plates)",
        file="src/exvivo/read/cells/values.py",
        right='return below(limit) if cell[0] == "<" else above(limit)',
        fault="return CellValue(limit)",
        tests=("read/plate_reader/test_plate_matrix.py::test_a_stated_bound_is_kept",),
    ),
    Fault(
        name="`<` taken as `>` (tables of results)",
        file="src/exvivo/read/tables/results.py",
        right='return below(value) if stated[1][0] in "<≤" else above(value)',
        fault='return above(value) if stated[1][0] in "<≤" else below(value)',
        tests=("read/tables/test_read_results.py",),
    ),
    Fault(
        name="`<` taken as a value (tables of results)",
        file="src/exvivo/read/tables/results.py",
        right='return below(value) if stated[1][0] in "<≤" else above(value)',
        fault="return CellValue(value)",
        tests=("read/tables/test_read_results.py",),
    ),
    Fault(
        name="decimal comma read as one of thousands",
        file="src/exvivo/cells/text.py",
        right='return next(iter(examples), ".")',
        fault='return "."',
        tests=("read/cells/test_text.py",),
    ),
    Fault(
        name="1,234 taken for a thousand unasked",
        file="src/exvivo/cells/text.py",
        right="if ambiguous and not examples:",
        fault="if False:",
        tests=("read/cells/test_text.py",),
    ),
    Fault(
        name="zip bomb by its ratio inflated",
        file=_GUARDS,
        right="min(room, max(SMALL_MEMBER, LARGEST_RATIO * len(packed)))",
        fault="room",
        tests=(
            "read/cells/test_guards.py::test_a_member_of_usual_size_must_not_grow_out_of_proportion",
        ),
    ),
    Fault(
        name="members of a zip not counted together",
        file=_GUARDS,
        right="LARGEST_CONTENT - total, source",
        fault="LARGEST_CONTENT, source",
        tests=("read/cells/test_guards.py::test_many_members_are_counted_together",),
    ),
    Fault(
        name="entities of XML allowed",
        file=_GUARDS,
        right="guard.StartDoctypeDeclHandler = forbid",
        fault="pass",
        tests=("read/cells/test_guards.py",),
    ),
    Fault(
        name="number of FCS events unchecked",
        file="src/exvivo/read/cytometer/fcs.py",
        right="if not whole or not len(events):",
        fault="if not len(events):",
        tests=(
            "read/cytometer/test_fcs.py::test_a_file_with_more_or_fewer_events_than_it_states_is_refused",
        ),
    ),
    Fault(
        name="FCS file of another well read",
        file="src/exvivo/read/cytometer/fcs.py",
        right="gathered.mistakes += _other_well(data.flow.text, request)",
        fault="pass",
        tests=("read/cytometer/test_fcs_facts.py",),
    ),
    Fault(
        name="a well that all files state held against the layout",
        file="src/exvivo/read/cytometer/fcs.py",
        right="well not in (here, request.constant_well)",
        fault="well != here",
        tests=(
            "read/cytometer/test_fcs_facts.py::test_a_constant_well_is_not_held_against_the_layout_and_is_listed",
        ),
    ),
    Fault(
        name="directions of bead positions ignored",
        file="src/exvivo/quantify/beads/labeling.py",
        right="bright = centre[:, [letter, 1 - letter]] * convention.directions",
        fault="bright = centre[:, [letter, 1 - letter]]",
        tests=(
            "quantify/test_labeling.py::test_a_kit_tells_the_beads_in_either_order_of_the_channels",
        ),
    ),
    Fault(
        name="a second labeling of beads that fits is overlooked",
        file="src/exvivo/quantify/beads/naming.py",
        right="return best.even and all(other.behind(best) for other in others)",
        fault="return best.even",
        tests=(
            "quantify/test_labeling.py::test_two_labelings_that_fit_are_refused_and_both_are_shown",
        ),
    ),
    Fault(
        name="beads named however badly they lie",
        file="src/exvivo/quantify/beads/labeling.py",
        right="return max(self.off) <= EVEN and math.isfinite(self.misfit)",
        fault="return True",
        tests=("quantify/test_labeling.py::test_the_other_lot_of_a_bead_is_proposed",),
    ),
    Fault(
        name="order of the classifiers not held against the beads",
        file="src/exvivo/quantify/beads/naming.py",
        right="return best.convention.letter != 0",
        fault="return False",
        tests=("quantify/test_labeling.py::test_what_a_refusal_proposes_is_taken",),
    ),
    Fault(
        name="absolute paths of instrument files allowed",
        file="src/exvivo/sources.py",
        right="        if not is_absolute and path.is_relative_to(_real(self.root)):",
        fault="        if is_absolute or path.is_relative_to(_real(self.root)):",
        tests=(
            "study/test_load.py::test_no_file_of_a_plate_is_named_from_the_root_of_this_computer",
            "study/test_load.py::test_no_file_of_a_well_is_named_from_the_root_of_this_computer",
        ),
    ),
    Fault(
        name="absolute paths of profiles allowed",
        file="src/exvivo/study/walls.py",
        right="for field, name in question.named_files.items():",
        fault="for field, name in ():",
        tests=(
            "study/test_identity_checks.py::test_a_table_elsewhere_on_this_computer_is_let_in_by_raw_roots_alone",
        ),
    ),
    Fault(
        name="tables of expression no data at a lock",
        file="src/exvivo/past.py",
        right="return not (self.instrument_files or self.expression_files or self.runs)",
        fault="return not (self.instrument_files or self.runs)",
        tests=(
            "study/test_identity_checks.py::test_tables_of_expression_are_data_that_a_lock_comes_after",
        ),
    ),
    Fault(
        name="tables of samples no data at a lock",
        file="src/exvivo/study/question_records.py",
        right="named = (self.profiles, self.references, self.samples)",
        fault="named = (self.profiles, self.references)",
        tests=(
            "study/test_identity_checks.py::test_tables_of_expression_are_data_that_a_lock_comes_after",
        ),
    ),
    Fault(
        name="guard against formulas cut to `=`",
        file="src/exvivo/csv_text.py",
        right=r'_FORMULA = r"^[=+\-@\t\r]"',
        fault='_FORMULA = r"^="',
        tests=("test_csv_text.py::test_no_text_cell_opens_as_a_formula",),
    ),
    Fault(
        name="changed file of the same size not noticed",
        file="src/exvivo/store/verify.py",
        right="(now.sha256, now.bytes) == (file.sha256, file.bytes)",
        fault="now.bytes == file.bytes",
        tests=(
            "store/test_store.py::test_verify_names_what_changed_what_is_missing_and_what_is_new",
        ),
    ),
    Fault(
        name="torn results taken for those on record",
        file=_EXCHANGE,
        right="return bool(outputs) and path.is_dir() and as_results(path) == outputs",
        fault="return path.is_dir()",
        tests=(
            "store/test_store.py::test_killed_between_record_and_exchange_the_recorded_results_win",
        ),
    ),
    Fault(
        name="results put in place before they are on record",
        file=_RESULTS,
        right="        drop_empty(new)\n        flush(new)\n",
        fault="        drop_empty(new)\n"
        "        exchange.exchange(new.parent, new)\n"
        "        new = new.parent / RESULTS\n",
        tests=("store/test_store.py::test_results_that_are_not_on_record_do_not_count",),
    ),
)
