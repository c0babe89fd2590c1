"""What a large study costs: CPU seconds, peak memory and the size of its report, from its files to
the page, in processes of their own.

Version 0.1.0 took 246 CPU s and 4,120 MiB at 240 donors, and more than 10.6 GiB at 400.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.row import Row
from benchmarks.whole_way import measured
from exvivo.simulate import ModelStudy, model_study, write

SIZES = {24: (14, 10, 2), 96: (56, 40, 8), 240: (140, 100, 20), 400: (233, 167, 34)}
"""Patients, controls and plates of each assay by the number of donors."""
_BARS = {"CPU s": "", "MiB": "<= 500", "MB report": "<= 2", "MB results": ""}
_LINEAR = "<= 1.15"
"""The power of the number of donors with which time may grow."""


def rows() -> list[Row]:
    """Every size, and how time grows from 96 to 400 donors."""
    costs = {donors: cost(*design) for donors, design in SIZES.items()}
    listed = [row for donors, figures in costs.items() for row in _rows(donors, figures)]
    growth = math.log(costs[400]["CPU s"] / costs[96]["CPU s"]) / math.log(400 / 96)
    power = Row(what="time grows with this power of donors", value=growth, unit="", bar=_LINEAR)
    return [*listed, power]


def _rows(donors: int, figures: dict[str, float]) -> Iterator[Row]:
    """The figures of one size; bars hold for the largest."""
    for unit, value in figures.items():
        bar = _BARS[unit] if donors == max(SIZES) else ""
        yield Row(what=f"a run of {donors} donors", value=value, unit=unit, bar=bar)


def cost(patients: int, controls: int, plates: int) -> dict[str, float]:
    """What `exvivo run` takes for a simulated study of this design."""
    design = ModelStudy(patients=patients, controls=controls, plates=plates)
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        write(model_study(design, rng=np.random.default_rng(1)), study)
        cpu, memory = measured(sys.executable, "-m", "exvivo", "run", str(study))
        results = study / "results"
        sizes = [path.stat().st_size for path in results.rglob("*") if path.is_file()]
        report = (results / "report.html").stat().st_size
    return {
        "CPU s": cpu,
        "MiB": memory,
        "MB report": report / 1e6,
        "MB results": sum(sizes) / 1e6,
    }
