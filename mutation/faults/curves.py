"""Faults of: curves."""

from __future__ import annotations

from mutation.fault import Fault

_READINGS = "src/exvivo/quantify/curve/readings.py"

CURVES = (
    Fault(
        name="inverse of the logistic with the wrong steepness",
        file="src/exvivo/quantify/curve/logistic.py",
        right="z / steep",
        fault="z * steep",
        tests=("quantify/test_curve.py",),
    ),
    Fault(
        name="inverse of the logistic without its asymmetry",
        file="src/exvivo/quantify/curve/logistic.py",
        right="np.where(inside, share, 0.5)) / skew",
        fault="np.where(inside, share, 0.5))",
        tests=("quantify/test_curve.py",),
    ),
    Fault(
        name="shared error of the curve dropped",
        file=_READINGS,
        right="loading=np.where(inside[:, None], loading, 0.0)",
        fault="loading=0.0 * loading",
        tests=("quantify/test_curve.py::test_wells_of_one_curve_share_its_error",),
    ),
    Fault(
        name="shared error of the curve not handed on",
        file="src/exvivo/quantify/curve/rows.py",
        right='if censor == "none" else ()',
        fault="if False else ()",
        tests=(
            "quantify/test_concentrations.py::test_what_is_not_known_of_a_curve_is_shared_by_the_wells_read_off_it",
        ),
    ),
    Fault(
        name="dilution of a sample inverted",
        file=_READINGS,
        right="np.log2(dilution)",
        fault="-np.log2(dilution)",
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="above the range told as below",
        file=_READINGS,
        right='["left", "right", "interval"], "none"',
        fault='["left", "left", "interval"], "none"',
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="between the limits told as below",
        file=_READINGS,
        right='["left", "right", "interval"], "none"',
        fault='["left", "right", "left"], "none"',
        tests=(
            "quantify/test_curve.py::test_results_beyond_the_limits_are_bounds_and_dilution_moves_everything",
        ),
    ),
    Fault(
        name="limit of detection at the limit of blank",
        file="src/exvivo/quantify/curve/limits.py",
        right="limit = blank + t * noise.sd(limit, sampling)",
        fault="limit = blank",
        tests=(
            "quantify/test_limits.py::test_blanks_and_samples_at_the_limit_are_mistaken_as_rarely_as_the_limits_say",
        ),
    ),
    Fault(
        name="a well that is off is never marked",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="np.where(beyond, 0.0, (1.0 - off) / (1.0 - OUTLIER))",
        fault="np.where(beyond, 0.0, 1.0)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="twins told apart without the curve of the other levels",
        file="src/exvivo/quantify/curve/wells_off.py",
        right="(of_curve + along) / np.square(unit)",
        fault="(of_curve + along) / np.square(unit) + 1e6",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="the distance of a well that is off passes for an error of preparation",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="points = _without_disagreeing(points, replicates, without, beyond)",
        fault="",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="a top that falls bends the curve",
        file="src/exvivo/quantify/curve/calibrate.py",
        right="beyond = fallen(points, noise) & (points.same > 1)",
        fault="beyond = np.zeros_like(points.there)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="a range as wide as the standards",
        file="src/exvivo/quantify/curve/limits.py",
        right="(half_width <= np.log(WIDEST))",
        fault="(half_width <= 1e9)",
        tests=("quantify/test_limits.py",),
    ),
    Fault(
        name="limits of detection from what analytes share",
        file="src/exvivo/quantify/curve/noise.py",
        right="np.exp(middle + log_s0), np.exp(log_cv)",
        fault="np.exp(np.mean(middle + log_s0) + 0 * middle), np.exp(log_cv)",
        tests=("quantify/test_wells_off.py",),
    ),
    Fault(
        name="what plates do is not shared by their wells",
        file="src/exvivo/quantify/concentrations.py",
        right='if censor == "none" and loading',
        fault="if False",
        tests=("quantify/test_concentrations.py::test_what_plates_do_is_shared_by_their_wells",),
    ),
    Fault(
        name="log2 of a signal taken as ln",
        file="src/exvivo/quantify/concentrations.py",
        right="then(reading.log(2))",
        fault="then(reading.log())",
        tests=("quantify/test_concentrations.py::test_signals_of_one_dilution_only_stand_beside",),
    ),
    Fault(
        name="recovery of a spike without what was there",
        file="src/exvivo/quantify/controls.py",
        right='(amount - pl.col("own"))',
        fault="amount",
        tests=("quantify/test_controls.py",),
    ),
    Fault(
        name="limit inferred although the laboratory states one",
        file="src/exvivo/quantify/results.py",
        right="if stated.lower is not None:",
        fault="if False:",
        tests=("quantify/test_results.py",),
    ),
)
