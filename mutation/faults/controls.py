"""Faults of: controls."""

from __future__ import annotations

from mutation.fault import Fault

_CONTROLS = "src/exvivo/quantify/qpcr/controls.py"
_OF_CONTROLS = "quantify/test_qpcr_controls.py"

CONTROLS = (
    Fault(
        name="wells later than their control kept as values",
        file=_CONTROLS,
        right="pl.when(half & (share > HALF))",
        fault="pl.when(half & (share > 1e9))",
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="one late primer dimer bounds a plate",
        file=_CONTROLS,
        right='half = 2 * pl.col("alike") >= pl.col("wells")',
        fault='half = pl.col("alike") > 0',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="wells that a control bounds counted as without a copy",
        file=_CONTROLS,
        right='_UNKNOWN = ("cq", "one_copy", "one_copy_sd", "run_end")',
        fault='_UNKNOWN = ("cq",)',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="share of a control left out of the errors",
        file=_CONTROLS,
        right='.then(with_error).otherwise("ref_shared")',
        fault='.then("ref_shared").otherwise("ref_shared")',
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="controls that melt elsewhere taken for the product",
        file=_CONTROLS,
        right="& ~apart.fill_null(False) &",
        fault="&",
        tests=(_OF_CONTROLS,),
    ),
    Fault(
        name="answers silent about controls",
        file="src/exvivo/compare/answers.py",
        right="    by_question = with_controls(study.questions, by_question, evidence)\n",
        fault="",
        tests=("test_beside_controls.py::test_samples_later_than_the_control_are_no_number",),
    ),
    Fault(
        name="blanks that the curve detects pass",
        file="src/exvivo/quantify/concentrations.py",
        right="    read = concentrations_over_blanks(read, wells, curves)\n",
        fault="    read = read.with_columns(near_control=pl.lit(None))\n",
        tests=("quantify/test_blanks.py",),
    ),
    Fault(
        name="excluded wells take part",
        file="src/exvivo/study/exclusions.py",
        right='role=pl.when(is_out).then(pl.lit("empty")).otherwise("role"),',
        fault='role="role",',
        tests=("study/test_exclusions.py",),
    ),
)
