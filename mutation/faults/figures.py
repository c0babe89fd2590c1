"""Faults of: figures."""

from __future__ import annotations

from mutation.fault import Fault

FIGURES = (
    Fault(
        name="the lower end of a median from upper bounds",
        file="src/exvivo/tell/figures/groups.py",
        right="lows[rank - 1] if rank else None",
        fault="highs[rank - 1] if rank else None",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="a median interval one rank too narrow",
        file="src/exvivo/tell/figures/groups.py",
        right="below, rank = 0.5**count, 0",
        fault="below, rank = 0.5**count, 1",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="an upright axis upside down",
        file="src/exvivo/tell/drawing/scales.py",
        right="(1 - share) * self.length if self.upright",
        fault="share * self.length if self.upright",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="an old drawing in the place of a new one",
        file="src/exvivo/tell/drawn.py",
        right="""if f'data-drawn-from="{self.drawn_from}"' in old else []""",
        fault="if old else []",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="groups in the order of the question",
        file="src/exvivo/tell/figures/chart.py",
        right="tuple(sorted(groups, key=order.index))",
        fault="tuple(groups)",
        tests=("tell/test_drawing.py",),
    ),
    Fault(
        name="dots that do not say whose they are",
        file="src/exvivo/tell/figures/marks.py",
        right="values, tooltip=DONOR)",
        fault="values)",
        tests=("tell/test_drawing.py",),
    ),
)
