"""Faults of: decided."""

from __future__ import annotations

from mutation.fault import Fault

_EXCLUSIONS = "src/exvivo/study/exclusions.py"
_OF_EXCLUSIONS = ("study/test_exclusions.py",)

DECIDED = (
    Fault(
        name="an exclusion needs no reason",
        file=_EXCLUSIONS,
        right='if not is_reason(row["reason"]):',
        fault="if False:",
        tests=_OF_EXCLUSIONS,
    ),
    Fault(
        name="an excluded well keeps its role",
        file=_EXCLUSIONS,
        right='role=pl.when(is_out).then(pl.lit("empty")).otherwise("role"),',
        fault='role=pl.col("role"),',
        tests=_OF_EXCLUSIONS,
    ),
    Fault(
        name="an exclusion of an analyte takes the whole well",
        file=_EXCLUSIONS,
        right='whole = exclusions.filter(pl.col("analyte").is_null())',
        fault="whole = exclusions",
        tests=("test_decisions.py::test_an_analyte_is_left_out_alone",),
    ),
    Fault(
        name="an exclusion of an analyte takes nothing",
        file=_EXCLUSIONS,
        right='some = exclusions.filter(pl.col("analyte").is_not_null())\n    return some.group_by',
        fault='some = exclusions.filter(pl.col("analyte").is_null())\n    return some.group_by',
        tests=("test_decisions.py::test_an_analyte_is_left_out_alone",),
    ),
    Fault(
        name="a line that meets nothing is passed over",
        file=_EXCLUSIONS,
        right="if not wells and not slips:",
        fault="if False:",
        tests=_OF_EXCLUSIONS,
    ),
    Fault(
        name="nothing is put back beside an answer",
        file="src/exvivo/decide/brief.py",
        right="replace(study, layout=layout, exclusions=stay_out)",
        fault="study",
        tests=("test_decisions.py::test_with_it_put_back_an_answer_is_that_of_the_whole_study",),
    ),
    Fault(
        name="a verdict that hangs on exclusions goes without a warning",
        file="src/exvivo/compare/judge/with_and_without.py",
        right="    if answer.verdict == other.verdict:\n        return answer",
        fault="    if answer.verdict:\n        return answer",
        tests=(
            "test_decisions.py::test_a_verdict_that_hangs_on_what_was_left_out_is_warned_about",
        ),
    ),
    Fault(
        name="an answer whose results changed is taken over",
        file="src/exvivo/compare/answers.py",
        right="if (assay, analyte) in self.anew or withheld:",
        fault="if withheld:",
        tests=("test_decisions.py::test_the_preview_is_what_the_run_says_and_writes_nothing",),
    ),
    Fault(
        name="an exclusion by hand comes on no record",
        file="src/exvivo/store/decisions.py",
        right="for key in (now - standing).elements()",
        fault="for key in ()",
        tests=("test_decisions.py::test_decisions_are_rows_of_the_record",),
    ),
    Fault(
        name="an exclusion taken back comes on no record",
        file="src/exvivo/store/decisions.py",
        right="for known in (standing - now).elements():",
        fault="for known in ():",
        tests=("test_decisions.py::test_decisions_are_rows_of_the_record",),
    ),
    Fault(
        name="a decision is written over what another hand wrote",
        file="src/exvivo/store/in_place.py",
        right="if now != before:",
        fault="if False:",
        tests=("test_decisions.py::test_a_file_that_changed_meanwhile_stops_the_decision",),
    ),
    Fault(
        name="more of study.yaml changes than what is accepted",
        file="src/exvivo/study/splice.py",
        right="return in_order(tree_of(compose(text, file=file))) == in_order(wanted)",
        fault="return True",
        tests=("study/test_accepting.py",),
    ),
)
