"""Intervals of relative expression with every error on: counting, wells, efficiency, references,
plates brought into line.

The studies come from a generator of their own, written at the level of copies and Cq.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from exvivo.compare import responses
from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.study import Analyte, Group, Plate, Qpcr, Stimulus, Study
from exvivo.tables import WELLS

ASSAY = Qpcr(id="mrna", kind="qpcr", references=("R1", "R2"), cq="vendor", standards="copies")
STUDY = Study(
    exvivo=1,
    title="a test",
    groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
    analytes=(Analyte(id="TNF"),),
    stimuli=(Stimulus(id="none", name="nothing", control=True), Stimulus(id="ATP", name="ATP")),
    assays=(ASSAY,),
    plates=tuple(
        Plate(id=plate, assay="mrna", layout=f"{plate}.csv", file=f"raw/{plate}.rdml")
        for plate in ("Q1", "Q2")
    ),
)
GROWTH = {"TNF": 1.93, "R1": 1.95, "R2": 1.90}
ONE = 37.5
STUDIES = 60


class Virtual:
    """One study: two plates with offsets of their own, standards and a calibrator on both, twelve
    donors.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.rows = rng, list[dict[str, object]]()
        self.offset = {
            (plate, target): 0.15 * rng.normal() for plate in ("Q1", "Q2") for target in GROWTH
        }
        for plate in ("Q1", "Q2"):
            for target in GROWTH:
                for copies in (1e5, 1e4, 1e3, 1e2, 2e1):
                    for _ in range(2):
                        self.add(plate, target, math.log2(copies), role="standard", nominal=copies)
                for _ in range(4):
                    self.add(plate, target, 10.0, role="calibrator")
        self.truth = {f"D{i}": self.donor(f"D{i}", "Q1" if i % 2 else "Q2", i) for i in range(12)}

    def add(self, plate: str, target: str, log2_copies: float, **given: Any) -> None:
        copies = self.rng.poisson(2.0**log2_copies)
        cq = (
            ONE
            - math.log(copies) / math.log(GROWTH[target])
            + self.offset[plate, target]
            + 0.1 * self.rng.normal()
        )
        self.rows.append(
            {
                "source": "raw/Q.rdml",
                "sha256": "0",
                "block": "run",
                "plate": plate,
                "well": f"W{len(self.rows)}",
                "channel": target,
                "kind": "cq",
                "value": cq,
                "censor": "none",
                "unit": "cycles",
                "assay": "mrna",
                "readout": "mRNA",
                "role": "sample",
                "dilution": 1.0,
                "analyte": "TNF" if target == "TNF" else None,
                **given,
            }
        )

    def donor(self, name: str, plate: str, number: int) -> tuple[float, float]:
        level, answer = 9 + 0.8 * self.rng.normal(), 1.5 + 0.6 * self.rng.normal()
        whose = {"donor": name, "visit": "1", "group": "FM" if number % 4 < 2 else "HC"}
        for stimulus, tnf in (("none", level), ("ATP", level + answer)):
            cdna, own = 0.4 * self.rng.normal(), 0.12 * self.rng.normal(size=2)
            for target, amount in (("TNF", tnf), ("R1", 13 + own[0]), ("R2", 12 + own[1])):
                for _ in range(2):
                    self.add(plate, target, amount + cdna, stimulus=stimulus, **whose)
        return level, answer

    def deviations(self) -> tuple[list[float], list[float]]:
        """How many stated errors responses lie from the truth, and differences of levels between
        the plates.
        """
        found = responses(
            quantify_qpcr(WELLS.frame(self.rows), study=STUDY, assay=ASSAY)[0], study=STUDY
        )
        answers = [
            off(row["value"] - self.truth[row["donor"]][1], [(row, 1.0)])
            for row in found.filter(estimand="response").iter_rows(named=True)
        ]
        levels = found.filter(pl.col("estimand") == "level").sort("donor").rows(named=True)
        return answers, [
            off(
                a["value"] - b["value"] - self.truth[a["donor"]][0] + self.truth[b["donor"]][0],
                [(a, 1.0), (b, -1.0)],
            )
            for a, b in zip(levels[::2], levels[1::2], strict=True)
        ]


def off(error: float, rows: list[tuple[dict[str, Any], float]]) -> float:
    """An error over its standard deviation: own errors, and shared ones summed by key with their
    signs first.
    """
    shared: dict[str, float] = {}
    for row, sign in rows:
        for part in row["shared"]:
            shared[part["key"]] = shared.get(part["key"], 0.0) + sign * part["loading"]
    return float(
        error
        / math.sqrt(sum(row["sd"] ** 2 for row, _ in rows) + sum(v * v for v in shared.values()))
    )


@pytest.fixture(scope="module")
def deviations() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(12)
    made = [Virtual(rng).deviations() for _ in range(STUDIES)]
    return np.array([m[0] for m in made]), np.array([m[1] for m in made])


@pytest.mark.parametrize("which", [0, 1], ids=["responses", "levels between plates"])
def test_intervals_cover_the_truth(
    deviations: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], which: int
) -> None:
    inside = np.abs(deviations[which]) <= 1.96
    error = inside.mean(axis=1).std() / math.sqrt(STUDIES)
    assert 0.95 - 2.576 * error - 0.01 <= inside.mean() <= 0.95 + 2.576 * error + 0.01
