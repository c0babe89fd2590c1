"""Invented studies as they are handed in, with readings, layouts, donors and scores that nobody
erred in, to count how often the rules of `reconcile` raise a flag for nothing.

Nothing of `exvivo.simulate` takes part: levels are log-normal and related between analytes and
conditions, plates have effects, replicates scatter, numbers are rounded as instruments round them,
low results are undetected, and scores are whole numbers with ties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from exvivo.reconcile import Held
from exvivo.study import (
    Analyte,
    Assay,
    Group,
    Immunoassay,
    Plate,
    Qpcr,
    Results,
    Scale,
    Stimulus,
    Study,
)
from exvivo.study.cultures import COLUMNS
from exvivo.tables import CLINIC, LAYOUT, WELLS

Rng = np.random.Generator
Kind = Literal["elisa", "luminex", "table", "cq"]
KINDS: tuple[Kind, ...] = ("elisa", "luminex", "table", "cq")
STIMULI = ("none", "LPS", "ATP")
_NOMINALS = (1000.0, 500.0, 250.0, 125.0, 62.5, 31.25, 15.6)
_WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]
_WIDE = [f"{row}{column}" for column in range(1, 25) for row in "ABCDEFGHIJKLMNOP"]


@dataclass(frozen=True)
class Design:
    """One study: its assay, donors of both groups, stimuli, replicate wells, analytes, plates."""

    kind: Kind
    sizes: tuple[int, int]
    stimuli: int
    replicates: int
    analytes: int
    plates: int

    @classmethod
    def drawn(cls, rng: Rng) -> Design:
        """A design as laboratories have them: 3 to 20 donors a group."""
        kind: Kind = KINDS[int(rng.integers(len(KINDS)))]
        sizes = (int(rng.integers(3, 21)), int(rng.integers(3, 21)))
        analytes = {
            "elisa": 1,
            "luminex": int(rng.integers(5, 31)),
            "table": int(rng.integers(1, 13)),
            "cq": int(rng.integers(2, 6)),
        }[kind]
        return cls(
            kind,
            sizes,
            int(rng.integers(1, 4)),
            int(rng.integers(1, 4)),
            analytes,
            int(rng.integers(1, 4)),
        )

    @property
    def wells_of_a_plate(self) -> int:
        """How many wells the fullest plate needs, standards and blanks among them."""
        donors = -(-sum(self.sizes) // self.plates)
        return 2 * (len(_NOMINALS) + 1) + donors * self.stimuli * self.replicates

    @property
    def donors(self) -> list[str]:
        """Patients, then controls."""
        return [
            f"{group}{n:02d}"
            for group, size in zip(("RA", "HD"), self.sizes, strict=True)
            for n in range(1, size + 1)
        ]


def study(design: Design, rng: Rng) -> Held:
    """A study of this design, without a mistake."""
    donors = design.donors
    levels = _levels(design, rng)
    wells = pl.concat([_plate(design, plate, levels, rng) for plate in range(design.plates)])
    record = _record(design, _people(donors, rng), wells)
    return Held(study=record, wells=wells, clinic=_clinic(donors, rng))


# What is true.


def _levels(design: Design, rng: Rng) -> Any:
    """log2 of donors x stimuli x analytes: related through each donor and through groups."""
    n, s, a = len(design.donors), design.stimuli, design.analytes
    person = rng.normal(0, 0.7, (n, 1, 1)) + rng.normal(0, 0.6, (n, 1, a))
    response = np.arange(s)[None, :, None].clip(0, 1) * (2.0 + rng.normal(0, 0.6, (n, 1, a)))
    group = (np.arange(n) < design.sizes[0])[:, None, None] * rng.normal(0, 0.7, (1, 1, a))
    return (
        5
        + rng.normal(0, 1.5, (1, 1, a))
        + person
        + response
        + group
        + rng.normal(0, 0.4, (n, s, a))
    )


# What instruments say of it.


def _plate(design: Design, plate: int, levels: Any, rng: Rng) -> pl.DataFrame:
    """One plate: the donors dealt to it, with standards and blanks where there are any."""
    places = iter(_WELLS if design.wells_of_a_plate <= len(_WELLS) else _WIDE)
    rows: list[dict[str, object]] = []
    shift = rng.normal(0, 0.15, design.analytes)
    if design.kind in ("elisa", "luminex"):
        rows += _standards(design, places, shift, rng)
    for number, donor in enumerate(design.donors):
        if number % design.plates != plate:
            continue
        for s in range(design.stimuli):
            for copy in range(design.replicates if design.kind != "table" else 1):
                well = next(places) if design.kind != "table" else f"{donor} {STIMULI[s]}"
                facts = dict(
                    well=well,
                    role="sample",
                    donor=donor,
                    group=donor[:2],
                    visit="1",
                    stimulus=STIMULI[s],
                    replicate=str(copy + 1),
                )
                rows += _well(design, facts, levels[number, s], shift, rng)
    name = f"P{plate + 1}"
    return WELLS.complete(
        pl.DataFrame(rows, infer_schema_length=None).with_columns(
            plate=pl.lit(name),
            source=pl.lit(f"raw/{name}.csv"),
            sha256=pl.lit(name),
            block=pl.lit(""),
            assay=pl.lit("assay"),
            readout=pl.lit("protein"),
            dilution=pl.lit(1.0),
        )
    )


def _standards(design: Design, places: Any, shift: Any, rng: Rng) -> list[dict[str, object]]:
    """Two wells of each amount, and two blanks."""
    rows: list[dict[str, object]] = []
    for nominal in (*_NOMINALS, 0.0):
        for _ in range(2):
            role = "standard" if nominal else "blank"
            facts = dict(well=next(places), role=role, nominal=nominal or None)
            level = np.full(design.analytes, np.log2(nominal) if nominal else -30.0)
            rows += _well(design, facts, level, shift, rng)
    return rows


def _well(
    design: Design, facts: Mapping[str, object], level: Any, shift: Any, rng: Rng
) -> list[dict[str, object]]:
    """The readings of one well, a row each analyte."""
    return [
        {
            **facts,
            **_reading(design.kind, float(each), float(plate), rng),
            "analyte": f"A{number}",
            "channel": f"A{number}",
        }
        for number, (each, plate) in enumerate(zip(level, shift, strict=True))
    ]


def _reading(kind: Kind, level: float, plate: float, rng: Rng) -> dict[str, object]:
    """A number as its instrument writes it."""
    amount = 2.0 ** (level + plate)
    match kind:
        case "elisa":
            u = (amount / 400) ** 1.1
            return _number(
                round(
                    (0.05 + 3.0 * u / (1 + u)) * np.exp(rng.normal(0, 0.05)) + rng.normal(0, 0.002),
                    3,
                ),
                "signal",
                "OD",
            )
        case "luminex":
            mfi = 12 + 20000 * amount / (amount + 3000)
            return _number(round(2 * mfi * np.exp(rng.normal(0, 0.06))) / 2, "mfi", "MFI")
        case "table":
            value = amount * np.exp(rng.normal(0, 0.08))
            if value < 8:
                return dict(
                    kind="concentration", value=None, censor="left", upper=8.0, unit="pg/mL"
                )
            return _number(float(f"{value:.4g}"), "concentration", "pg/mL")
        case "cq":
            return _number(round(36 - level - plate + rng.normal(0, 0.12), 2), "cq", "cycles")


def _number(value: float, kind: str, unit: str) -> dict[str, object]:
    return dict(kind=kind, value=float(value), censor="none", upper=None, unit=unit)


# Who.


def _people(donors: list[str], rng: Rng) -> pl.DataFrame:
    n = len(donors)
    return pl.DataFrame(
        {
            "donor": donors,
            "group": [donor[:2] for donor in donors],
            "age": [str(round(age)) for age in rng.normal(50, 12, n).clip(19, 88)],
            "sex": rng.choice(["female", "male"], n).tolist(),
            "bmi": [f"{bmi:.1f}" for bmi in rng.normal(25, 4, n).clip(17, 41)],
        }
    )


NO_CULTURES = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
"""A study that keeps no cultures.csv."""
SCALES = (
    Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),
    Scale(id="HADS", name="anxiety", lowest=0, highest=21, higher_is="worse"),
    Scale(id="DAS28", name="activity", lowest=0, highest=10, higher_is="worse"),
    Scale(id="QOL", name="quality of life", lowest=0, highest=100, higher_is="better"),
)


def _clinic(donors: list[str], rng: Rng) -> pl.DataFrame:
    """Scores of two visits: pain in steps of 1, 5 or 10, controls near the floor."""
    n = len(donors)
    sick = np.array([donor.startswith("RA") for donor in donors])
    step = int(rng.choice([1, 5, 10]))
    parts = []
    latent = rng.normal(0, 1, n)
    for visit in range(1, int(rng.integers(1, 3)) + 1):
        z = 0.7 * latent[:, None] + 0.7 * rng.normal(0, 1, (n, 4))
        scores = {
            "VAS": (
                np.round(np.where(sick, 55 + 20 * z[:, 0], 6 + 8 * z[:, 0]) / step) * step
            ).clip(0, 100),
            "HADS": np.round(np.where(sick, 9 + 3.5 * z[:, 1], 3 + 2.5 * z[:, 1])).clip(0, 21),
            "DAS28": np.round(np.where(sick, 4.5 + z[:, 2], 1.5 + 0.4 * z[:, 2]), 2).clip(0, 10),
            "QOL": np.round(np.where(sick, 45 - 14 * z[:, 3], 82 - 10 * z[:, 3])).clip(0, 100),
        }
        frame = pl.DataFrame({"donor": donors, "group": [d[:2] for d in donors], **scores})
        parts.append(
            frame.unpivot(
                index=["donor", "group"], variable_name="scale", value_name="score"
            ).with_columns(visit=pl.lit(str(visit)))
        )
    directions = {scale.id: scale.higher_is for scale in SCALES}
    return CLINIC.complete(
        pl.concat(parts).with_columns(
            source=pl.lit("clinic.csv"),
            sha256=pl.lit(""),
            state=pl.lit("given"),
            higher_is=pl.col("scale").replace(directions),
        )
    )


def _record(design: Design, people: pl.DataFrame, wells: pl.DataFrame) -> Study:
    keep = [name for name in LAYOUT.schema if name in wells.columns and name != "dilution"]
    layout = wells.unique(["plate", "well"], maintain_order=True).select(keep)
    nothing = pl.lit([], dtype=LAYOUT.schema["nominals"])
    return Study(
        exvivo=1,
        title="invented",
        groups=(Group(id="RA", name="patients"), Group(id="HD", name="healthy")),
        stimuli=tuple(
            Stimulus(id=s, name=s, control=s == "none") for s in STIMULI[: design.stimuli]
        ),
        analytes=tuple(Analyte(id=f"A{n}") for n in range(design.analytes)),
        assays=(_assay(design),),
        plates=tuple(
            Plate(
                id=f"P{n + 1}",
                assay="assay",
                layout=f"plates/P{n + 1}.csv",
                file=f"raw/P{n + 1}.csv",
            )
            for n in range(design.plates)
        ),
        scales=SCALES,
        donors=people,
        cultures=NO_CULTURES,
        layout=LAYOUT.complete(layout.with_columns(line=pl.lit(""), nominals=nothing)),
    )


def _assay(design: Design) -> Assay:
    match design.kind:
        case "elisa":
            return Immunoassay(id="assay", kind="immunoassay", analyte="A0")
        case "luminex":
            return Immunoassay(id="assay", kind="immunoassay")
        case "table":
            return Results(id="assay", kind="results")
        case "cq":
            return Qpcr(id="assay", kind="qpcr", references=("REF",), cycles=40, cq="vendor")
