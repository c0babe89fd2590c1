"""The people of a virtual study: who they are, how their cells truly respond, and how they
score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.simulate.parameters import ModelStudy

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class People:
    """All donors, patients first. Arrays run over donors, then readouts (mRNA, protein), then
    analytes or scales.

    `baseline` is the log2 unstimulated level, `response` the log2 fold that ATP truly makes,
    `plate` 0-based, `turn` the random order in which donors are pipetted.
    """

    table: pl.DataFrame
    patient: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    plate: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    turn: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    severity: Array
    baseline: Array
    response: Array
    scores: Array

    @property
    def donors(self) -> list[str]:
        """The donors' names in order."""
        return self.table["donor"].to_list()


def draw_people(p: ModelStudy, *, rng: np.random.Generator) -> People:
    """People with their true responses; within patients TNF responses and scores share the latent
    severity.
    """
    n = p.patients + p.controls
    patient = np.arange(n) < p.patients
    severity = rng.standard_normal(n) * patient
    return People(
        _table(p, rng),
        patient,
        _spread(patient, p.plates, rng),
        rng.permutation(n),
        severity,
        _baselines(p, n, rng),
        _responses(p, patient, severity, rng),
        _scores(p, patient, severity, rng),
    )


def _table(p: ModelStudy, rng: np.random.Generator) -> pl.DataFrame:
    n = p.patients + p.controls
    donors = [f"FM{i + 1:02d}" for i in range(p.patients)] + [
        f"HC{i + 1:02d}" for i in range(p.controls)
    ]
    age = np.clip(np.round(rng.normal(p.age, p.age_sd, n)), 20, 90).astype(int)
    sex = np.where(rng.random(n) < p.women, "female", "male")
    bmi = np.clip(rng.normal(p.bmi, p.bmi_sd, n), 16, 38)
    return pl.DataFrame(
        {
            "donor": donors,
            "group": ["FM"] * p.patients + ["HC"] * p.controls,
            "age": [str(value) for value in age],
            "sex": sex.tolist(),
            "bmi": [f"{value:.1f}" for value in bmi],
        }
    )


def _spread(patient: np.ndarray, plates: int, rng: np.random.Generator) -> np.ndarray:
    """A plate for every donor: each group is shuffled and dealt out, controls from the last plate
    on.
    """
    plate = np.empty(len(patient), dtype=np.int64)
    for member, step in ((patient, 1), (~patient, -1)):
        dealt = (np.arange(member.sum()) * step - (step < 0)) % plates
        plate[member] = rng.permutation(dealt)
    return plate


def _baselines(p: ModelStudy, n: int, rng: np.random.Generator) -> Array:
    mean = np.array([[a.copies for a in p.analytes], [a.secreted for a in p.analytes]])
    z = rng.standard_normal((n, 2, len(p.analytes)))
    z[:, 1] = p.baseline_correlation * z[:, 0] + np.sqrt(1 - p.baseline_correlation**2) * z[:, 1]
    return mean + p.baseline_sd * z


def _responses(
    p: ModelStudy, patient: np.ndarray, severity: Array, rng: np.random.Generator
) -> Array:
    mean = np.array(
        [[a.response_copies for a in p.analytes], [a.response_secreted for a in p.analytes]]
    )
    more = np.array(
        [[a.difference_copies for a in p.analytes], [a.difference_secreted for a in p.analytes]]
    )
    load = np.array(
        [[a.severity_copies for a in p.analytes], [a.severity_secreted for a in p.analytes]]
    )
    load = load * patient[:, None, None]
    rest = np.sqrt(1 - load**2)
    # What the two readouts share beyond severity, so that their whole correlation is the one asked for.
    shared = (p.response_correlation - load[:, 0] * load[:, 1]) / (rest[:, 0] * rest[:, 1])
    z = rng.standard_normal((len(patient), 2, len(p.analytes)))
    z[:, 1] = shared * z[:, 0] + np.sqrt(1 - shared**2) * z[:, 1]
    latent = load * severity[:, None, None] + rest * z
    responses: Array = mean + more * patient[:, None, None] + p.response_sd * latent
    return responses


def _scores(p: ModelStudy, patient: np.ndarray, severity: Array, rng: np.random.Generator) -> Array:
    load = np.array([s.severity for s in p.scales]) * patient[:, None]
    latent = load * severity[:, None] + np.sqrt(1 - load**2) * rng.standard_normal(
        (len(patient), len(p.scales))
    )
    mean = np.where(
        patient[:, None], [s.patients for s in p.scales], [s.controls for s in p.scales]
    )
    sd = np.where(
        patient[:, None], [s.patients_sd for s in p.scales], [s.controls_sd for s in p.scales]
    )
    scores: Array = np.clip(np.round(mean + sd * latent), 0, [s.highest for s in p.scales])
    return scores
