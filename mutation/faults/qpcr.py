"""Faults of: qpcr."""

from __future__ import annotations

from mutation.fault import Fault

_RELATIVE = "src/exvivo/quantify/qpcr/relative.py"
_POOLED = "src/exvivo/quantify/qpcr/pooled.py"
_GROWTH = "src/exvivo/quantify/qpcr/growth.py"

QPCR = (
    Fault(
        name="well not seen in time taken to have held no copy",
        file="src/exvivo/compare/methods/donor_likelihoods.py",
        right="return log_not_seen(copies, shown_last(well), error)",
        fault="return -copies",
        tests=(
            "compare/methods/test_counted_copies.py::test_a_donor_counts_what_all_its_wells_say",
        ),
    ),
    Fault(
        name="end of the run drawn to three copies with the bound",
        file="src/exvivo/quantify/qpcr/copies.py",
        right="run_end=pl.when(one_copy.is_not_null()).then(bound)",
        fault="run_end=pl.when(one_copy.is_not_null()).then(three_copies)",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="offset of a plate left in the end of the run",
        file="src/exvivo/quantify/qpcr/calibrators.py",
        right='pl.col("quantity", "one_copy", "run_end")',
        fault='pl.col("quantity", "one_copy")',
        tests=(
            "quantify/test_qpcr.py::test_the_end_of_the_run_moves_with_the_offset_of_its_plate",
        ),
    ),
    Fault(
        name="curves not called counted as crossing until the last cycle",
        file="src/exvivo/quantify/qpcr/threshold.py",
        right="if number < len(late) else last",
        fault="if number < 0 else last",
        tests=(
            "quantify/test_qpcr_curves.py::test_the_bound_is_the_latest_cq_that_a_shorter_run_shows",
        ),
    ),
    Fault(
        name="maximum in the last half cycle taken to be seen",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="calls.bound - _HALF_CYCLE",
        fault="calls.bound",
        tests=(
            "quantify/test_qpcr_curves.py::test_the_bound_is_the_latest_cq_that_a_shorter_run_shows",
        ),
    ),
    Fault(
        name="counted wells of a stopped run drawn again as always seen",
        file="src/exvivo/compare/calibrated/wells.py",
        right="return well.upper if well.one_copy is None else well.run_end",
        fault="return well.upper if well.one_copy is None else None",
        tests=(
            "compare/methods/test_counted_copies.py::test_new_wells_of_a_study_are_undetected_as_often_as_their_run_says",
        ),
    ),
    Fault(
        name="shared error of the efficiency dropped",
        file=_RELATIVE,
        right='pl.concat_list(pl.struct("key", "loading"), "ref_shared")',
        fault='pl.col("ref_shared")',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="shared error of the references' efficiency dropped",
        file=_RELATIVE,
        right='-pl.col("loading") / n',
        fault='0 * pl.col("loading")',
        tests=(
            "quantify/test_qpcr.py::test_loadings_agree_with_brute_force_over_efficiency_and_reference_errors",
        ),
    ),
    Fault(
        name="error common to efficiencies dropped",
        file=_RELATIVE,
        right="pl.when(loading != 0)",
        fault="pl.when(False)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="error common to efficiencies added over target and references",
        file=_RELATIVE,
        right='pl.col("common") - pl.col("ref_common")',
        fault='pl.col("common") + pl.col("ref_common")',
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="common part of an efficiency's error counted twice",
        file=_RELATIVE,
        right="math.sqrt(fit.sd**2 - fit.common**2)",
        fault="fit.sd",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="impossible efficiency of curves as sure as any",
        file=_POOLED,
        right="+ np.maximum(fitted - MOST, 0.0) ** 2",
        fault="",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="poor assay drawn to a working one",
        file=_POOLED,
        right="+ np.maximum(LEAST - fitted, 0.0) ** 2",
        fault="+ 0.0 * fitted",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="scatter of the curves left out of their efficiency's error",
        file=_POOLED,
        right="_model_variance(fits) + fits.sd**2",
        fault="_model_variance(fits)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="standards of other targets say nothing of curves",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="believed(growth, known)",
        fault="believed(growth)",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="curves err alike on every instrument though standards tell otherwise",
        file=_POOLED,
        right="    if not n:",
        fault="    if n >= 0:",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="curves judged by two standards",
        file=_POOLED,
        right="_FEWEST_MEASURED, _MOST_MEASURED = 3, 2.1",
        fault="_FEWEST_MEASURED, _MOST_MEASURED = 2, 2.1",
        tests=("quantify/test_pooled.py",),
    ),
    Fault(
        name="drift of the base taken for growth",
        file=_GROWTH,
        right="_unit(_off(root * offset, level))",
        fault="0.0 * root",
        tests=("quantify/test_growth.py",),
    ),
    Fault(
        name="scatter of an efficiency between curves understated",
        file=_GROWTH,
        right="np.stack([ss, -rs]) / np.where",
        fault="0.3 * np.stack([ss, -rs]) / np.where",
        tests=("quantify/test_growth.py",),
    ),
    Fault(
        name="log2 of the efficiency taken as ln",
        file=_RELATIVE,
        right="math.log2(fit.value)",
        fault="math.log(fit.value)",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="dilution of cDNA inverted",
        file=_RELATIVE,
        right='quantity=pl.col("dilution").log(2)',
        fault='quantity=-pl.col("dilution").log(2)',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="first reference instead of their mean",
        file=_RELATIVE,
        right='pl.col("quantity").mean().alias("ref_quantity")',
        fault='pl.col("quantity").first().alias("ref_quantity")',
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="sample with one of two references kept",
        file=_RELATIVE,
        right=".filter(genes=n)",
        fault=".filter(pl.lit(True))",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="offset of a plate added instead of taken off",
        file="src/exvivo/quantify/qpcr/calibrators.py",
        right='pl.col("quantity") - mean_of_plates',
        fault='mean_of_plates - pl.col("quantity")',
        tests=(
            "quantify/test_qpcr.py::test_calibrators_on_every_plate_take_off_what_a_plate_does_to_a_target",
        ),
    ),
    Fault(
        name="undetected Cq taken as a value",
        file=_RELATIVE,
        right="value=pl.when(detected).then(value)",
        fault="value=value",
        tests=("quantify/test_qpcr.py",),
    ),
    Fault(
        name="slope of the standard curve of the wrong sign",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="10 ** (-1 / curve.slope)",
        fault="10 ** (1 / curve.slope)",
        tests=(
            "quantify/test_qpcr.py::test_efficiency_comes_from_standards_first_and_covers_the_truth",
        ),
    ),
    Fault(
        name="reversed standards believed",
        file="src/exvivo/quantify/qpcr/efficiency.py",
        right="if curve and curve.slope >= 0:",
        fault="if False:",
        tests=("quantify/test_qpcr.py::test_reversed_standards_are_refused",),
    ),
    Fault(
        name="reference stable with one end of the interval inside",
        file="src/exvivo/quantify/qpcr/equivalence.py",
        right="return -margin < self.lower and self.upper < margin",
        fault="return -margin < self.lower or self.upper < margin",
        tests=("quantify/test_stability.py::test_what_an_interval_says",),
    ),
)
