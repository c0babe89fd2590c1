"""Samples at several dilutions, some of them with a hook: how many are found, and how many honest
ones are marked.

The simulator shares nothing with the package. A well holds the amount x; antibody that is used up
makes the signal fall again,

    signal = 0.05 + 3.2 u / (1 + u) / (1 + (x / x_hook)^2),    u = (x / 500)^1.15

with x_hook far above the standards (15.6 to 1000). Every step of a dilution series errs by itself
and hands its error on to the thinner ones, as series are pipetted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.row import Row
from exvivo.arrays import Floats
from exvivo.quantify.concentrations import concentrations
from exvivo.study import Analyte, Group, Immunoassay, Plate, Study
from exvivo.tables import WELLS

_ASSAY = Immunoassay(id="elisa", kind="immunoassay", analyte="TNF")
_STANDARDS = (0.0, 15.6, 31.25, 62.5, 125.0, 250.0, 500.0, 1000.0)
_SAMPLES = 12
"""Samples a plate."""
_STUDY_PLATES = 40
"""Simulated plates of each setting."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to run a plate: dilutions, wells of each, noise of a well, error of a pipetting step
    (both CV).
    """

    dilutions: tuple[float, ...] = (2.0, 8.0, 32.0, 128.0)
    wells: int = 2
    noise: float = 0.04
    step: float = 0.05


SETTINGS = (
    Setting(),
    Setting(noise=0.10, step=0.10),
    Setting(wells=1, noise=0.08, step=0.05),
    Setting(dilutions=(1.0, 10.0), wells=2),
    Setting(dilutions=(10.0, 20.0, 40.0, 80.0, 160.0), wells=2, step=0.07),
)


def signal(amount: Floats, hook: float) -> Floats:
    """What a reader gives for the amounts in wells."""
    u = (amount / 500.0) ** 1.15
    return 0.05 + 3.2 * u / (1 + u) / (1 + (amount / hook) ** 2)


def plates(
    rng: np.random.Generator, setting: Setting, *, count: int, hook: float
) -> tuple[pl.DataFrame, Floats]:
    """The wells of simulated plates, and the true amounts of their samples (plates, samples)."""
    low, high = setting.dilutions[0] * 20.0, setting.dilutions[-1] * 900.0
    truth = np.exp(rng.uniform(np.log(low), np.log(high), (count, _SAMPLES)))
    rows: list[dict[str, object]] = []
    for place in range(count):
        known = [
            ({"role": "standard" if x else "blank", "nominal": x or None}, x)
            for x in _STANDARDS
            for _ in range(2)
        ]
        wells = [*known, *_samples(rng, setting, truth[place])]
        amounts = np.array([x for _, x in wells])
        bright = signal(amounts, hook) * np.exp(setting.noise * rng.standard_normal(len(wells)))
        for at, ((facts, _), value) in enumerate(zip(wells, bright.tolist(), strict=True)):
            rows.append({**_WELL, **facts, "plate": f"P{place}", "well": f"W{at}", "value": value})
    return WELLS.frame(rows).with_columns(reading=pl.col("value"), se=pl.lit(0.0)), truth


_WELL: dict[str, object] = {
    "source": "f",
    "sha256": "0",
    "block": "b",
    "channel": "TNF",
    "kind": "signal",
    "censor": "none",
    "unit": "OD",
    "assay": "elisa",
    "readout": "protein",
    "analyte": "TNF",
    "dilution": 1.0,
}


def _samples(
    rng: np.random.Generator, setting: Setting, truth: Floats
) -> list[tuple[dict[str, object], float]]:
    wells: list[tuple[dict[str, object], float]] = []
    for sample, amount in enumerate(truth.tolist()):
        steps = np.cumsum(setting.step * rng.standard_normal(len(setting.dilutions)))
        for dilution, error in zip(setting.dilutions, steps.tolist(), strict=True):
            facts = {"role": "sample", "donor": f"D{sample}", "dilution": dilution}
            wells += [(facts, amount / dilution * float(np.exp(error)))] * setting.wells
    return wells


@dataclass(frozen=True)
class Outcome:
    """Of simulated samples: marked ones, those with a hook inside the range (a dilution reads less
    than half the truth), and whether what is reported holds the truth.
    """

    marked: np.ndarray
    hooked: np.ndarray
    wrong: np.ndarray
    wrong_unmarked: np.ndarray


def outcome(wells: pl.DataFrame, truth: Floats, hook: float) -> Outcome:
    """What the package makes of plates."""
    names = wells["plate"].unique(maintain_order=True).to_list()
    study = Study(
        exvivo=1,
        title="t",
        groups=(Group(id="a", name="a"),),
        analytes=(Analyte(id="TNF"),),
        assays=(_ASSAY,),
        plates=tuple(Plate(id=p, assay="elisa", layout="l", file="f") for p in names),
    )
    made, rows = concentrations(wells, study=study, assay=_ASSAY, method="m")
    figures = [f for row in rows if row["kind"] == "control" for f in row["figures"]]
    refuted = {(f["plate"], f["of"]) for f in figures if f["name"] in ("refuted",)}
    owner = {(p, w): (p, d) for p, w, d in wells.select("plate", "well", "donor").iter_rows()}
    marked_samples = {owner[each] for each in refuted}
    at = {name: i for i, name in enumerate(names)}
    shape = truth.shape
    marked, wrong = np.zeros(shape, bool), np.zeros(shape, bool)
    for plate, donor in marked_samples:
        marked[at[plate], int(donor[1:])] = True
    own = made.filter(on="amount")
    for (plate, donor), part in own.group_by("plate", "donor", maintain_order=True):
        true = np.log2(truth[at[plate], int(donor[1:])])
        value, lower = part["value"].mean(), part["lower"].max()
        off = value is not None and abs(value - true) > 1
        off = off or (lower is not None and lower > true + 0.5 and value is None)
        wrong[at[plate], int(donor[1:])] = off
    return Outcome(marked, np.zeros(shape, bool), wrong, wrong & ~marked)
