"""The people of a virtual study: who they are, how their cells truly respond, and how they score.

Within patients a latent severity s ~ N(0, 1) drives responses and scores. With load l (the
parameters' correlation with severity; 0 in controls) and independent e ~ N(0, 1):

    response = mean + difference [patient] + sd (l s + sqrt(1 - l^2) e)
    score    = mean of the group + sd of the group (l s + sqrt(1 - l^2) e), rounded

The e of mRNA and protein of one analyte are correlated so that the whole correlation of the two
responses is `response_correlation`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.simulate.parameters import ModelStudy, Rng

_AGES = (20, 90)
_BMIS = (16, 38)


@dataclass(frozen=True)
class People:
    """All donors, patients first. Arrays run over donors, then readouts (mRNA, protein), then
    analytes or scales.

    `baseline` is the log2 unstimulated level, `response` the log2 fold that ATP truly makes,
    `plate` 0-based, `turn` the random order in which donors are pipetted.
    """

    table: pl.DataFrame
    patient: Bools
    plate: Ints
    turn: Ints
    severity: Floats
    baseline: Floats
    response: Floats
    scores: Floats

    @property
    def donors(self) -> list[str]:
        """The donors' names in order."""
        return self.table["donor"].to_list()

    def levels(self, samples: pl.DataFrame, *, readout: int) -> Floats:
        """log2 level of every analyte (columns) in every sample (rows), without any noise."""
        donor, stimulus = samples["donor"].to_numpy(), samples["stimulus"].to_numpy()
        response = stimulus[:, None] * self.response[donor, readout]
        levels: Floats = self.baseline[donor, readout] + response
        return levels


def draw_people(p: ModelStudy, *, rng: Rng) -> People:
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


def _table(p: ModelStudy, rng: Rng) -> pl.DataFrame:
    """donors.csv: name, group, age, sex and BMI as text."""
    n = p.patients + p.controls
    age = np.clip(np.round(rng.normal(p.age, p.age_sd, n)), *_AGES).astype(int)
    sex = np.where(rng.random(n) < p.women, "female", "male")
    bmi = np.clip(rng.normal(p.bmi, p.bmi_sd, n), *_BMIS)
    names = [*_numbered("FM", p.patients), *_numbered("HC", p.controls)]
    return pl.DataFrame(
        {
            "donor": names,
            "group": [name[:2] for name in names],
            "age": age.astype(str),
            "sex": sex.tolist(),
            "bmi": [f"{value:.1f}" for value in bmi],
        }
    )


def _numbered(group: str, count: int) -> list[str]:
    return [f"{group}{number:02d}" for number in range(1, count + 1)]


def _spread(patient: Bools, plates: int, rng: Rng) -> Ints:
    """A plate for every donor: each group is shuffled and dealt out, controls from the last plate
    on.
    """
    patients = np.arange(patient.sum())
    controls = -1 - np.arange((~patient).sum())
    dealt = [rng.permutation(turns % plates) for turns in (patients, controls)]
    return np.concatenate(dealt)


def _of_analytes(p: ModelStudy, prefix: str = "") -> Floats:
    # A truth of every analyte: readouts (mRNA, protein) x analytes.
    copies = [getattr(analyte, f"{prefix}copies") for analyte in p.analytes]
    secreted = [getattr(analyte, f"{prefix}secreted") for analyte in p.analytes]
    return np.array([copies, secreted])


def _correlated(n: int, correlation: float | Floats, p: ModelStudy, rng: Rng) -> Floats:
    """Standard normals, donors x readouts x analytes, correlated between the two readouts."""
    z = rng.standard_normal((n, 2, len(p.analytes)))
    z[:, 1] = correlation * z[:, 0] + np.sqrt(1 - correlation**2) * z[:, 1]
    return z


def _baselines(p: ModelStudy, n: int, rng: Rng) -> Floats:
    return _of_analytes(p) + p.baseline_sd * _correlated(n, p.baseline_correlation, p, rng)


def _responses(p: ModelStudy, patient: Bools, severity: Floats, rng: Rng) -> Floats:
    """The true log2 folds, as the module's model has them."""
    is_patient = patient[:, None, None]
    load = _of_analytes(p, "severity_") * is_patient
    rest = np.sqrt(1 - load**2)
    # What the readouts share beyond severity, so that their whole correlation is the one asked for.
    beyond = (p.response_correlation - load[:, 0] * load[:, 1]) / (rest[:, 0] * rest[:, 1])
    z = _correlated(len(patient), beyond, p, rng)
    latent = load * severity[:, None, None] + rest * z
    mean = _of_analytes(p, "response_") + _of_analytes(p, "difference_") * is_patient
    responses: Floats = mean + p.response_sd * latent
    return responses


def _scores(p: ModelStudy, patient: Bools, severity: Floats, rng: Rng) -> Floats:
    """The scores, donors x scales, as the module's model has them."""
    is_patient = patient[:, None]
    z = rng.standard_normal((len(patient), len(p.scales)))
    load = _of_scales(p, "severity") * is_patient
    latent = load * severity[:, None] + np.sqrt(1 - load**2) * z
    mean = np.where(is_patient, _of_scales(p, "patients"), _of_scales(p, "controls"))
    sd = np.where(is_patient, _of_scales(p, "patients_sd"), _of_scales(p, "controls_sd"))
    return np.clip(np.round(mean + sd * latent), 0, _of_scales(p, "highest"))


def _of_scales(p: ModelStudy, name: str) -> Floats:
    return np.array([getattr(scale, name) for scale in p.scales], dtype=float)
