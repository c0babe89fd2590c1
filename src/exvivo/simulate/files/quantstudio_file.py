"""A qPCR plate as the text that QuantStudio and ViiA 7 export: facts, Sample Setup, Amplification
Data, Results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from exvivo.arrays import Floats
from exvivo.simulate.rdml_file import MARK

_TASKS = {"sample": "UNKNOWN", "standard": "STANDARD", "ntc": "NTC"}
_SETUP = ("Well", "Well Position", "Sample Name", "Target Name", "Task", "Reporter", "Quantity")
_CURVES = ("Well", "Cycle", "Target Name", "Rn", "Delta Rn")
_RESULTS = (
    *("Well", "Well Position", "Omit", "Sample Name", "Target Name", "Task"),
    *("Reporter", "Quantity", "CT"),
)
_DYE = "SYBR"


def quantstudio_text(wells: pl.DataFrame, curves: Floats, cq: Floats, *, plate: str) -> str:
    """The export of one 384-well plate. `wells` has number (0-based along the rows), well, sample,
    target, role and nominal; a Cq that is NaN is Undetermined.
    """
    lines = [*_facts(plate), "", *_setup(wells), "", *_amplification(wells, curves), ""]
    return "\n".join([*lines, *_results(wells, cq), ""])


def _facts(plate: str) -> Iterator[str]:
    facts = {
        "Block Type": "384-Well Block",
        "Chemistry": "SYBR_GREEN",
        "Experiment Comments": MARK,
        "Experiment Name": plate,
        "Experiment Type": "Standard Curve",
        "Instrument Type": "simulated",
        "Passive Reference": "ROX",
        "Quantification Cycle Method": "Ct",
    }
    for name, fact in facts.items():
        yield f"* {name} = {fact}"


def _line(cells: tuple[object, ...]) -> str:
    return "\t".join(map(str, cells))


def _setup(wells: pl.DataFrame) -> Iterator[str]:
    yield "[Sample Setup]"
    yield _line(_SETUP)
    for number, well, sample, target, role, nominal in _rows(wells):
        yield _line((number + 1, well, sample, target, _TASKS[role], _DYE, _amount(nominal)))


def _rows(wells: pl.DataFrame) -> Iterator[tuple[int, str, str, str, str, float | None]]:
    yield from wells.select("number", "well", "sample", "target", "role", "nominal").iter_rows()


def _amount(nominal: float | None) -> str:
    return "" if nominal is None else f"{nominal:.3f}"


def _amplification(wells: pl.DataFrame, curves: Floats) -> Iterator[str]:
    """Rn of every well and cycle, with the baseline that a program takes off beside it."""
    yield "[Amplification Data]"
    yield _line(_CURVES)
    names = wells.select("number", "target").iter_rows()
    for (number, target), curve in zip(names, curves.tolist(), strict=True):
        baseline = sum(curve[2:10]) / len(curve[2:10])
        for cycle, rn in enumerate(curve, 1):
            yield f"{number + 1}\t{cycle}\t{target}\t{rn:.4f}\t{rn - baseline:.4f}"


def _results(wells: pl.DataFrame, cq: Floats) -> Iterator[str]:
    yield "[Results]"
    yield _line(_RESULTS)
    for row, value in zip(_rows(wells), cq.tolist(), strict=True):
        number, well, sample, target, role, nominal = row
        read = "Undetermined" if math.isnan(value) else f"{value:.3f}"
        task = _TASKS[role]
        cells = (number + 1, well, "false", sample, target, task, _DYE, _amount(nominal), read)
        yield _line(cells)
