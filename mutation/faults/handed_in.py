"""Faults of: handed in."""

from __future__ import annotations

from mutation.fault import Fault

_AS_HANDED_IN = "study/test_tables_as_handed_in.py"

HANDED_IN = (
    Fault(
        name="merged cells of a table taken for empty ones",
        file="src/exvivo/study/sheets.py",
        right="workbook.spread_rows(name)",
        fault="workbook.marked_rows(name)",
        tests=(f"{_AS_HANDED_IN}::test_merged_cells_hold_for_all_they_cover",),
    ),
    Fault(
        name="wells outside the numbers of a grid dropped",
        file="src/exvivo/study/layout_files.py",
        right="        layout.mistakes += _beside_grids(sheet, grids, others)\n",
        fault="",
        tests=(f"{_AS_HANDED_IN}::test_a_column_left_outside_a_grid_is_asked_about",),
    ),
    Fault(
        name="the first of two grids that contradict one another believed",
        file="src/exvivo/study/layout_files.py",
        right="        if before != text:\n",
        fault="        if False:\n",
        tests=(f"{_AS_HANDED_IN}::test_two_grids_that_contradict_one_another_are_asked_about",),
    ),
    Fault(
        name="a name of two readings taken for one of them",
        file="src/exvivo/study/sample_names.py",
        right="if len(told) == 1 else None",
        fault="if told else None",
        tests=("study/test_sample_names.py::test_a_name_of_two_readings_is_asked_about",),
    ),
    Fault(
        name="one of two tables of donors read",
        file="src/exvivo/study/files.py",
        right="    if len(there) > 1:\n",
        fault="    if False:\n",
        tests=(f"{_AS_HANDED_IN}::test_donors_clinic_and_cultures_may_be_workbooks",),
    ),
    Fault(
        name="letters of another computer taken for Windows'",
        file="src/exvivo/study/sheets.py",
        right="        _refuse_other_letters(raw, file)\n",
        fault="        pass\n",
        tests=(f"{_AS_HANDED_IN}::test_what_cannot_be_told_is_asked_about",),
    ),
    Fault(
        name="another person offered for a donor",
        file="src/exvivo/catalog/spelling.py",
        right=" if _numbers(other) == _numbers(word)",
        fault="",
        tests=("test_spelling.py::test_a_word_with_other_numbers_is_never_offered",),
    ),
    Fault(
        name="wells asked about said to be without a layout",
        file="src/exvivo/gather.py",
        right="        sorted(examined.asked), schema=",
        fault="        [], schema=",
        tests=("test_one_round.py::test_many_alike_are_one_with_five_of_them",),
    ),
)
