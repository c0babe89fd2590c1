"""Faults of: contradictions."""

from __future__ import annotations

from mutation.fault import Fault

CONTRADICTIONS = (
    Fault(
        name="one plate exported twice taken for two",
        file="src/exvivo/gather.py",
        right="    reading.study_mistakes += reconcile.plates_exported_twice(readings, study)\n",
        fault="",
        tests=("test_same_plate.py",),
    ),
    Fault(
        name="equal numbers looked for beyond the decimals of a file",
        file="src/exvivo/reconcile/same_plate.py",
        right="half_unit = max(self.half_unit[i], self.half_unit[j])",
        fault="half_unit = min(self.half_unit[i], self.half_unit[j])",
        tests=("test_same_plate.py::test_a_file_that_rounds_is_the_same_plate",),
    ),
    Fault(
        name="a few equal Cq by chance make two plates one",
        file="src/exvivo/reconcile/same_plate.py",
        right="_SHARE = 0.9",
        fault="_SHARE = 0.1",
        tests=("test_same_plate.py",),
    ),
    Fault(
        name="an omitted well called undetected",
        file="src/exvivo/read/qpcr/applied_biosystems.py",
        right="if value is None and _is_omitted(line):",
        fault='if value is None and _is_omitted(line) and is_blank(line.text("cq")):',
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="the curve of an omitted well in another file kept",
        file="src/exvivo/plate_files.py",
        right="rest = [(name, read.without(left_out)) for name, read in every]",
        fault="rest = list(every)",
        tests=("read/qpcr/test_two_files.py",),
    ),
    Fault(
        name="results of a target written in another case lost",
        file="src/exvivo/reconcile/targets.py",
        right="if one.samples.height]",
        fault="if one.samples.height > 6]",
        tests=("test_look_alikes.py",),
    ),
    Fault(
        name="a Greek letter taken for a Latin one by the catalog",
        file="src/exvivo/catalog/spelling.py",
        right="return _joined(_compatible(_printing(name)).casefold())",
        fault="return _key(name)",
        tests=("test_spelling.py",),
    ),
    Fault(
        name="cycles of the study believed against the curves",
        file="src/exvivo/reconcile/cycles.py",
        right="if cycles != assay.cycles:",
        fault="if cycles > assay.cycles:",
        tests=("test_look_alikes.py",),
    ),
    Fault(
        name="the slope of a melting curve read as fluorescence",
        file="src/exvivo/read/qpcr/melting_table.py",
        right="curve = points if table in falling else fluorescence_of(points)",
        fault="curve = points",
        tests=("read/qpcr/test_cfx.py",),
    ),
    Fault(
        name="calls of presence taken for results",
        file="src/exvivo/read/qpcr/applied_biosystems_tables.py",
        right="if table in results and len(table.columns) < most else table",
        fault="if False else table",
        tests=("read/qpcr/test_applied_biosystems.py",),
    ),
    Fault(
        name="cycles stated for a file in which nothing was measured",
        file="src/exvivo/read/qpcr/rdml.py",
        right="if value != value and not has_curve:",
        fault="if False:",
        tests=("read/qpcr/test_rdml.py",),
    ),
)
