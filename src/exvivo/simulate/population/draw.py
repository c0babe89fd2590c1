"""Studies drawn from a model, many at once.

    z = L n,  n standard normal (heavy tails: all of a donor times √(2 / χ²), χ² with 4 degrees of
              freedom; skewed: levels and responses as lognormal numbers of variance 1, which
              lowers their correlations a little)
    y_wells = mean_g + S (spread_g z) + Σ exposure + plate + plate x stimulus + culture + well
    score   = mean_g + sd_g z, rounded, inside the ends of its scale

The order of draws is part of the contract: the same generator state gives the same studies. People
come first, then who is there, wells, and plates at last: models that differ in their error, or
drawn without wells in the number of wells or plates, have the same people from the same state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.simulate.population.model import DataModel

Rng = np.random.Generator
_TAILS = 4.0
"""Degrees of freedom of heavy tails."""
_LOG_SD = 0.5
"""The standard deviation of the logarithm of a skewed donor: a skewness of 1.75."""


@dataclass(frozen=True)
class Drawn:
    """Studies of one model. `values` (studies, donors, series, cultures, wells) are true log2
    amounts as a perfect reader would read each well, before any limit; drawn without wells the last
    two axes are of length 1, and hold the mean of them all. `scores` (studies, donors, scores);
    `exposed` (studies, donors, exposures); `present` (studies, donors) is False for a donor who was
    lost. `latents` (studies, donors, latents) are the donors themselves, log2, without their group.
    """

    model: DataModel
    values: Floats
    scores: Floats
    exposed: Bools
    present: Bools
    latents: Floats

    @cached_property
    def means(self) -> Floats:
        """The mean of each donor's wells (studies, donors, series)."""
        return np.asarray(self.values.mean(axis=(3, 4)))

    @property
    def studies(self) -> int:
        """How many."""
        return len(self.values)


def draw(model: DataModel, studies: int, *, rng: Rng, wells: bool = True) -> Drawn:
    """So many studies of a model. Without `wells`, each donor's mean is drawn with the error that
    its wells leave: the same in distribution, and many times faster.
    """
    latents, scores = _people(model, studies, rng)
    exposed = rng.random((studies, model.n, len(model.exposures))) < model.shares.T[model.group]
    donors = model.means[model.group] + latents @ model.sums.T + exposed @ model.moves
    present = rng.random((studies, model.n)) >= model.dropouts
    values = _wells(model, donors, rng) if wells else _means(model, donors, rng)
    values = values + _plates(model, studies, rng)[..., None, None]
    return Drawn(model, values, scores, exposed, present, latents)


def _true_means(model: DataModel, latents: Floats, exposed: Bools) -> Floats:
    """What the cells of each donor would show without any error (studies, donors, series)."""
    return np.asarray(model.means[model.group] + latents @ model.sums.T + exposed @ model.moves)


def _people(model: DataModel, studies: int, rng: Rng) -> tuple[Floats, Floats]:
    """The donors' latents, log2, and their scores."""
    z = _correlated(model, studies, rng)
    if model.shape == "heavy":
        z *= _heavy(z.shape[:2], rng)[..., None]
    latents, scores = np.split(z, [len(model.latents)], axis=-1)
    shaped = _skewed(latents) if model.shape == "skewed" else latents
    return model.spreads[model.group] * shaped, _rounded(model, scores)


def _heavy(shape: tuple[int, ...], rng: Rng) -> Floats:
    """How many times as far from the mean each donor is where tails are heavy."""
    return np.asarray(np.sqrt((_TAILS - 2) / rng.chisquare(_TAILS, shape)))


def _correlated(model: DataModel, studies: int, rng: Rng) -> Floats:
    """Standard normal numbers of each donor, correlated as in its group (studies, donors, latents
    and then scores).
    """
    normal = rng.standard_normal((studies, model.n, model.factors.shape[1]))
    z = np.empty_like(normal)
    for group, factor in enumerate(model.factors):
        own = model.group == group
        z[:, own] = normal[:, own] @ factor.T
    return z


def _rounded(model: DataModel, z: Floats) -> Floats:
    """Scores from their standard normal numbers: whole, and inside the ends of their scales."""
    scores = model.score_means[model.group] + model.score_sds[model.group] * z
    low, high = model.ends.T
    return np.clip(np.round(scores), low, high)


def _skewed(z: Floats) -> Floats:
    """Standard normal numbers as lognormal ones with mean 0 and variance 1.

    exp(s z) has the mean exp(s² / 2) and the variance (exp(s²) - 1) exp(s²).
    """
    mean, variance = np.exp(_LOG_SD**2 / 2), np.expm1(_LOG_SD**2) * np.exp(_LOG_SD**2)
    return np.asarray((np.exp(_LOG_SD * z) - mean) / np.sqrt(variance))


def _plates(model: DataModel, studies: int, rng: Rng) -> Floats:
    """What plates add (studies, donors, series): the same to all wells of a plate, assay and
    analyte; and to the stimulated ones alone.
    """
    if not (model.plate_sd.any() or model.plate_response_sd.any()):
        return np.zeros((studies, model.n, len(model.series)))
    return _of_plates(model, studies, rng)[:, model.plate]


def _of_plates(model: DataModel, studies: int, rng: Rng) -> Floats:
    """What each plate adds (studies, plates, series)."""
    kind = _kinds(model)
    level, response = rng.standard_normal((2, studies, model.plates, max(kind) + 1))[..., kind]
    responses = model.plate_response_sd * _stimulated(model) * response
    return np.asarray(model.plate_sd * level + responses)


def _kinds(model: DataModel) -> list[int]:
    """The number of the assay and analyte of each series, in the order of their first ones."""
    kinds = [(one.assay, one.analyte) for one in model.series]
    places = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
    return [places[kind] for kind in kinds]


def _stimulated(model: DataModel) -> Bools:
    """Which series are under a stimulus (series,)."""
    control = model.study.control_stimulus()
    return np.array([one.stimulus not in (None, control) for one in model.series])


def _wells(model: DataModel, donors: Floats, rng: Rng) -> Floats:
    """Every culture and well of the donors."""
    shape = donors.shape
    cultures = rng.standard_normal((*shape, model.cultures)) * model.culture_sd[:, None]
    wells = rng.standard_normal((*shape, model.cultures, model.wells))
    wells *= model.well_sd[:, None, None]
    return np.asarray(donors[..., None, None] + cultures[..., None] + wells)


def _means(model: DataModel, donors: Floats, rng: Rng) -> Floats:
    """The mean of each donor's wells."""
    means = donors + rng.standard_normal(donors.shape) * model.own_sd
    return np.asarray(means[..., None, None])
