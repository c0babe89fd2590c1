"""Faults of: calls."""

from __future__ import annotations

from mutation.fault import Fault

_CALLS = "quantify/test_calls.py::"

CALLS = (
    Fault(
        name="amplification without exponential growth",
        file="src/exvivo/quantify/qpcr/climb.py",
        right="grown[grown] = grows(curve[grown], growth.peak[grown], noise[grown])",
        fault="grown &= grows(curve, growth.peak, noise) | True",
        tests=(f"{_CALLS}test_wells_that_hold_nothing_are_undetected_whatever_drifts",),
    ),
    Fault(
        name="drift that knows no ramps",
        file="src/exvivo/quantify/qpcr/amplification.py",
        right="np.array([*ramps, ",
        fault="np.array([*ramps[:1], ",
        tests=(f"{_CALLS}test_a_ramp_of_some_cycles_is_no_growth",),
    ),
    Fault(
        name="falling curves called undetected",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="falling[rest] = fall.grown & deep & down",
        fault="falling[rest] = False",
        tests=(f"{_CALLS}test_falling_curves_are_neither_detected_nor_undetected",),
    ),
    Fault(
        name="disturbed rise called undetected",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="~before & ~falling & ~disturbed",
        fault="~before & ~falling",
        tests=(
            f"{_CALLS}"
            "test_a_curve_that_goes_up_as_far_as_growth_but_not_so_is_disturbed_not_undetected",
        ),
    ),
    Fault(
        name="jumps left in",
        file="src/exvivo/quantify/qpcr/curves.py",
        right="smooth, jumped = without_jumps(fluorescence)",
        fault="smooth, jumped = fluorescence, without_jumps(fluorescence)[1]",
        tests=(f"{_CALLS}test_a_jump_moves_no_cq",),
    ),
    Fault(
        name="Cq of a bubble kept",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="cq = np.where(off, np.nan, cq)",
        fault="cq = np.where(off, cq, cq)",
        tests=(f"{_CALLS}test_a_bubble_that_takes_the_cq_is_seen_by_the_shape_of_the_curve_alone",),
    ),
    Fault(
        name="threshold for missing maxima alone",
        file="src/exvivo/quantify/qpcr/cq.py",
        right="_unfinished(calls, target) | _unlevelled(cycles, fluorescence, calls, target)",
        fault="_unfinished(calls, target)",
        tests=(
            f"{_CALLS}"
            "test_targets_that_level_keep_the_maximum_and_those_that_do_not_take_the_threshold",
        ),
    ),
)
