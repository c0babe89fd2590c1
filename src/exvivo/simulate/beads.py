"""Bead-array tubes: five bead populations told apart by two dyes, and a reporter that follows the
concentration.

A bead of an analyte at concentration x has the reporter R(x) e^z + noise, where R is the 5PL

    R(x) = floor + (top - floor) (u / (1 + u))^g,   u = (x / middle)^b

with top and middle of its own for every plate and analyte.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.people import People

COLUMNS = 12
_INFRARED_OF_A, _INFRARED_STEP = 5.18, -0.287
"""log10 brightness of beads A in the near infrared (APC-Cy7) and the step to the next letter, as
measured on the five beads of a public BD CBA plate (A5, A6, B4, C4, E6; FACSVerse).
"""
_RED_OF_4, _RED_STEP = 3.68, 0.335
"""log10 brightness of beads with number 4 in the red (APC) and the step to the next, likewise."""
_BEAD_FSC, _BEAD_SSC = 60_000, 40_000
_DEBRIS_FSC, _DEBRIS_SSC = 9_000, 8_000


@dataclass(frozen=True)
class Tubes:
    """All tubes of all protein plates. `wells`: one row a tube; `events` its events x (FSC, SSC,
    red, near infrared, PE).
    """

    wells: pl.DataFrame
    events: tuple[npt.NDArray[np.float32], ...]
    curves: pl.DataFrame


@dataclass(frozen=True)
class Look:
    """How beads look to a cytometer: log10 brightness of each analyte's in every classifier (each
    (analytes,)), its size (1: usual), and how many channels of scatter there are: forward, side,
    and the height of the forward one.
    """

    classifiers: tuple[Floats, ...]
    sizes: Floats
    scatter: int = 2


def run_tubes(p: ModelStudy, people: People, samples: pl.DataFrame, *, rng: Rng) -> Tubes:
    """Every tube of the study: the standards of each plate first, then the supernatants."""
    wells = pl.concat([_plate(p, samples, plate) for plate in range(p.plates)])
    curves = _curves(p, rng)
    secreted = _secreted(p, people, samples, rng)
    reporter = _respond(p, _concentrations(p, secreted, wells, rng), curves, wells)
    return Tubes(wells, events_of(p, reporter, _look(p), rng), curves)


def _plate(p: ModelStudy, samples: pl.DataFrame, plate: int) -> pl.DataFrame:
    """The tubes of one plate in the order of their wells."""
    name = f"B{plate + 1}"
    supernatants = samples.filter(plate=plate).select("sample", "donor", "stimulus")
    replicates = pl.lit([str(tube) for tube in range(1, p.tubes + 1)])
    standards = pl.DataFrame({"nominal": p.concentrations}, schema={"nominal": pl.Float64})
    tubes = pl.concat(
        [
            standards.with_columns(role=pl.lit("standard"), replicate=pl.lit("1"), dilution=1.0),
            supernatants.with_columns(role=pl.lit("sample"), dilution=float(p.dilution))
            .with_columns(replicate=replicates)
            .explode("replicate"),
        ],
        how="diagonal",
    )
    wells = [f"{chr(65 + n // COLUMNS)}{n % COLUMNS + 1}" for n in range(tubes.height)]
    return tubes.with_columns(
        well=pl.Series(wells),
        file=pl.Series([f"raw/{name}/{well}.fcs" for well in wells]),
        plate=pl.lit(name),
        plate_number=pl.lit(plate, dtype=pl.Int64),
    )


def _curves(p: ModelStudy, rng: Rng) -> pl.DataFrame:
    """The 5PL of every plate and analyte."""
    count = p.plates * len(p.analytes)
    top, middle = p.noise * p.curve_sd * rng.standard_normal((2, count))
    plates = [f"B{plate}" for plate in range(1, p.plates + 1)]
    return pl.DataFrame(
        {
            "plate": np.repeat(plates, len(p.analytes)),
            "analyte": [a.id for a in p.analytes] * p.plates,
            "floor": p.reporter_floor,
            "top": p.reporter_top * np.exp(top),
            "middle": p.reporter_middle * np.exp(middle),
            "slope": p.reporter_slope,
            "asymmetry": p.reporter_asymmetry,
        }
    )


def _secreted(p: ModelStudy, people: People, samples: pl.DataFrame, rng: Rng) -> Floats:
    """log2 pg/mL of every analyte (columns) in every diluted supernatant (rows)."""
    of_culture = p.noise * p.culture_sd * rng.standard_normal((samples.height, 1))
    secreted: Floats = people.levels(samples, readout=1) - np.log2(p.dilution) + of_culture
    return secreted


def _concentrations(p: ModelStudy, secreted: Floats, wells: pl.DataFrame, rng: Rng) -> Floats:
    """pg/mL of every analyte (columns) in every tube (rows), as pipetted."""
    own = (wells["role"] == "sample").to_numpy()
    sample = wells["sample"].to_numpy()[own].astype(int)
    amount = np.empty((wells.height, len(p.analytes)))
    amount[own] = 2.0 ** secreted[sample]
    amount[~own] = wells["nominal"].to_numpy()[~own][:, None]
    pipetted: Floats = amount * 2.0 ** (p.noise * p.tube_sd * rng.standard_normal(amount.shape))
    return pipetted


def _respond(p: ModelStudy, amount: Floats, curves: pl.DataFrame, wells: pl.DataFrame) -> Floats:
    """The reporter of every analyte (columns) in every tube (rows), as the 5PL has it."""
    plate = wells["plate_number"].to_numpy()
    names = ("floor", "top", "middle", "slope", "asymmetry")
    by_plate = [curves[name].to_numpy().reshape(p.plates, -1) for name in names]
    floor, top, middle, slope, asymmetry = (parameter[plate] for parameter in by_plate)
    u = (amount / middle) ** slope
    response: Floats = floor + (top - floor) * (u / (1 + u)) ** asymmetry
    return response


def events_of(
    p: ModelStudy, reporter: Floats, look: Look, rng: Rng
) -> tuple[npt.NDArray[np.float32], ...]:
    """The events of every tube in the order they passed the laser, from the reporter of every
    analyte (columns) in every tube (rows); the columns of events are scatter, classifiers and
    reporter.
    """
    tubes, analytes = reporter.shape
    counts = np.full(reporter.shape, round(p.beads))
    if p.noise:
        counts = rng.poisson(p.beads, reporter.shape)
    tube, analyte = np.divmod(np.repeat(np.arange(tubes * analytes), counts.ravel()), analytes)
    events = _single(p, reporter[tube, analyte], analyte, look, rng)
    if p.noise:
        _add_doublets(p, events, reporter[tube], analyte, look, rng)
        debris = _debris(p, round(len(events) * p.debris), look, rng)
        events = np.concatenate([events, debris])
        tube = np.concatenate([tube, rng.integers(0, tubes, len(debris))])
    order = np.lexsort((rng.random(len(events)), tube))
    ends = np.cumsum(np.bincount(tube, minlength=tubes))
    return tuple(np.split(events[order].astype(np.float32), ends[:-1]))


def _add_doublets(
    p: ModelStudy, events: Floats, reporter: Floats, analyte: Ints, look: Look, rng: Rng
) -> None:
    """Beads that pass the laser with one of the next analyte: their light adds up."""
    double = rng.random(len(events)) < p.doublets
    partner = (analyte + 1) % reporter.shape[1]
    light = _single(p, reporter[np.arange(len(events)), partner], partner, look, rng)
    events[double] += light[double]


def _single(p: ModelStudy, reporter: Floats, analyte: Ints, look: Look, rng: Rng) -> Floats:
    """Single beads: scatter, the classifiers and the reporter."""
    z = rng.standard_normal((3 + len(look.classifiers), len(analyte)))
    electronic = p.noise * p.electronic_sd * rng.standard_normal(len(analyte))
    size = look.sizes[analyte]
    forward = _BEAD_FSC * size * (1 + 0.07 * z[0])
    side = _BEAD_SSC * size * (1 + 0.08 * z[0] + 0.08 * z[1])
    return np.stack(
        [
            *(forward, side, forward)[: look.scatter],
            *(
                10 ** brightness[analyte] * np.exp(p.classifier_sd * z[2 + place])
                for place, brightness in enumerate(look.classifiers)
            ),
            reporter * np.exp(p.noise * p.bead_sd * z[-1]) + electronic,
        ],
        axis=1,
    )


def _look(p: ModelStudy) -> Look:
    """How the beads of the model study look: letters in the near infrared, numbers in the red."""
    letters = np.array([ord(a.bead[0]) - ord("A") for a in p.analytes])
    numbers = np.array([float(a.bead[1:]) for a in p.analytes])
    return Look((rising(numbers), falling(letters)), np.ones(len(letters)))


def falling(places: Ints | Floats) -> Floats:
    """log10 brightness of beads that become dimmer from one place (0: A) to the next."""
    return np.asarray(_INFRARED_OF_A + _INFRARED_STEP * places, dtype=np.float64)


def rising(places: Ints | Floats) -> Floats:
    """log10 brightness of beads that become brighter from one place (4: number 4) to the next."""
    return np.asarray(_RED_OF_4 + _RED_STEP * (places - 4), dtype=np.float64)


def _debris(p: ModelStudy, count: int, look: Look, rng: Rng) -> Floats:
    """Small particles of any colour."""
    z = rng.standard_normal((3 + len(look.classifiers), count))
    forward, side = _DEBRIS_FSC * np.exp(0.5 * z[0]), _DEBRIS_SSC * np.exp(0.6 * z[1])
    return np.stack(
        [
            *(forward, side, forward)[: look.scatter],
            *(
                10 ** rng.uniform(1.5, 4.0 + 0.2 * place, count)
                for place in range(len(look.classifiers))
            ),
            p.reporter_floor * np.exp(0.8 * z[-1]),
        ],
        axis=1,
    )
