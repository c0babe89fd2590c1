"""Faults of: plausible."""

from __future__ import annotations

from mutation.fault import Fault

PLAUSIBLE = (
    Fault(
        name="steps of numbers are never coarser than their decimals",
        file="src/exvivo/reconcile/chance.py",
        right="        step[~strange] = candidate\n",
        fault="        step[~strange] = min(candidate, 0.001)\n",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="copies that chance makes",
        file="src/exvivo/reconcile/matrix.py",
        right="SURE, LIKELY = -8.0, -3.0",
        fault="SURE, LIKELY = -8.0, 3.0",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="near copies not looked for",
        file="src/exvivo/reconcile/matrix.py",
        right="for near in (False, True):",
        fault="for near in (False,):",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="standards apart by the larger of both estimates",
        file="src/exvivo/reconcile/standards_apart.py",
        right="return min(at_middle, at_signal, key=abs)",
        fault="return max(at_middle, at_signal, key=abs)",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="a lost decimal point beside other whole numbers",
        file="src/exvivo/reconcile/readings_possible.py",
        right="among = (back >= rest.min()) & (back <= rest.max())",
        fault="among = back < rest.min()",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="sorted columns of sorted people only",
        file="src/exvivo/reconcile/score_columns.py",
        right="list(values) in (ordered, ordered[::-1])",
        fault="list(values) == ordered",
        tests=("reconcile/test_plausible.py",),
    ),
    Fault(
        name="responses of the other direction on the same side",
        file="src/exvivo/flag/directions.py",
        right="turned = (values * middle < 0) & sure",
        fault="turned = (values * middle > 0) & sure",
        tests=("flag/test_directions.py",),
    ),
    Fault(
        name="coarse grids unseen",
        file="src/exvivo/reconcile/chance.py",
        right="return np.maximum(coarse, 1.0)",
        fault="return np.ones(values.size)",
        tests=("reconcile/test_plausible.py",),
    ),
)
