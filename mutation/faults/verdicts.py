"""Faults of: verdicts."""

from __future__ import annotations

from mutation.fault import Fault

_VERDICTS = "src/exvivo/compare/judge/verdicts.py"
_EQUIVALENCE = "src/exvivo/compare/judge/equivalence.py"
_DIFFERENCE = "src/exvivo/compare/asks/difference.py"
_MAXT = "src/exvivo/compare/judge/maxt.py"

VERDICTS = (
    Fault(
        name="Holm off by one",
        file="src/exvivo/compare/judge/holm.py",
        right="left = tests - np.arange(p.shape[-1])",
        fault="left = tests - 1 - np.arange(p.shape[-1])",
        tests=("compare/judge/test_verdicts.py",),
    ),
    Fault(
        name="Benjamini and Hochberg without the number of tests",
        file="src/exvivo/compare/judge/benjamini_hochberg.py",
        right="* tests / left",
        fault="/ left",
        tests=("compare/methods/test_correlations.py::test_false_discovery_is_scipys",),
    ),
    Fault(
        name="max T against each statistic alone",
        file=_MAXT,
        right="np.stack([ranked >= threshold, largest >= threshold])",
        fault="np.stack([ranked >= threshold, ranked >= threshold])",
        tests=("compare/judge/test_maxt.py::test_a_family_is_as_made_by_hand",),
    ),
    Fault(
        name="max T without the observed arrangement",
        file=_MAXT,
        right="(counts + 1) / (len(ranked) + 1)",
        fault="counts / len(ranked)",
        tests=("compare/judge/test_maxt.py::test_the_result_counts_as_one_of_the_draws",),
    ),
    Fault(
        name="supported without correction",
        file=_VERDICTS,
        right="answer.excludes_null and answer.p_adjusted <= study.plan.alpha",
        fault="answer.excludes_null",
        tests=(
            "compare/judge/test_verdicts.py::test_a_supported_answer_of_a_family_needs_the_corrected_p_value",
        ),
    ),
    Fault(
        name="supported without the interval",
        file=_VERDICTS,
        right="answer.excludes_null and answer.p_adjusted <= study.plan.alpha",
        fault="answer.p_adjusted <= study.plan.alpha",
        tests=(
            "compare/judge/test_verdicts.py::test_supported_needs_both_the_interval_and_the_p_value",
        ),
    ),
    Fault(
        name="equivalent with one end of the interval inside",
        file=_EQUIVALENCE,
        right="-margin < finding.lower and finding.upper < margin",
        fault="(-margin < finding.lower or finding.upper < margin)",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="equivalent with the lower end outside",
        file=_EQUIVALENCE,
        right="-margin < finding.lower and",
        fault="",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="equivalent with the upper end outside",
        file=_EQUIVALENCE,
        right="and finding.upper < margin",
        fault="",
        tests=(
            "compare/judge/test_verdicts.py::test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold",
        ),
    ),
    Fault(
        name="donors rearranged in spite of shared errors",
        file=_DIFFERENCE,
        right="sides.bounded or _shares(sides, evidence.alpha)",
        fault="sides.bounded",
        tests=(
            "compare/judge/test_verdicts.py::test_a_family_with_an_undetected_donor_or_few_donors_or_shared_errors_is_holms",
        ),
    ),
)
