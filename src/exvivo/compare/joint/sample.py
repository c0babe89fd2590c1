"""Chains of the joint model run and what is kept of them."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.gibbs import sweep
from exvivo.compare.joint.model import Draws, JointData, Priors, Settings
from exvivo.compare.joint.start import Model, State, begin
from exvivo.compare.joint.structure import Structure


def sample(
    data: JointData, *, priors: Priors, settings: Settings, rng: np.random.Generator
) -> Draws:
    """Draw from the posterior of every study in `data`. The same generator state gives the same
    draws.
    """
    model, state = begin(data, priors=priors, settings=settings, rng=rng)
    for _ in range(settings.warmup):
        sweep(state, model, rng)
    kept: dict[str, list[Floats]] = {}
    every = max(settings.draws // settings.predictive, 1) if settings.predictive else 0
    for number in range(settings.draws):
        sweep(state, model, rng)
        for name, value in _seen(state, model).items():
            kept.setdefault(name, []).append(value)
        if every and number % every == 0:
            kept.setdefault("replicated", []).append(replicate(state, model, rng))
    return _draws(kept, model, settings)


def _seen(state: State, model: Model) -> dict[str, Floats]:
    """What is kept of a sweep, each with the chains (L) first."""
    design, data = model.design, model.data
    conditions, series = len(data.conditions), len(data.series)
    middle = np.repeat(model.centre, len(state.y) // len(model.centre), axis=0)
    mean = state.phi[:, : design.means].reshape(len(state.y), data.dimensions, -1).copy()
    mean[:, : series * conditions] += np.repeat(middle, conditions, axis=1)[..., None]
    spread, correlation = _correlations(state.covariance, data)
    return {
        "mean": mean,
        "spread": np.sqrt(np.diagonal(state.covariance, axis1=2, axis2=3)),
        "response_spread": spread,
        "correlation": correlation,
        "well": np.sqrt(state.well),
        "plate": np.sqrt(state.plate[:, design.plated]),
        "culture": np.sqrt(state.culture[:, design.cultured]),
        "pool": state.pool.copy(),
    }


def _correlations(covariance: Floats, data: JointData) -> tuple[Floats, Floats]:
    """Standard deviation of the donors' response (or level), and its correlation with each score,
    per covariance.
    """
    conditions, series = len(data.conditions), len(data.series)
    first, last = (np.arange(series) * conditions + c for c in (0, conditions - 1))
    variance = covariance[..., last, last]
    with_scores = covariance[..., last, series * conditions :]
    if conditions == 2:
        variance = variance + covariance[..., first, first] - 2 * covariance[..., first, last]
        with_scores = with_scores - covariance[..., first, series * conditions :]
    spread = np.sqrt(np.maximum(variance, 1e-12))
    scores = np.sqrt(np.diagonal(covariance, axis1=2, axis2=3))[..., series * conditions :]
    return spread, with_scores / spread[..., None] / scores[..., None, :]


def replicate(state: State, model: Model, rng: np.random.Generator) -> Floats:
    """A replicate of the wells beside the wells: (L, 2, series, 2).

    First how many lie beyond their limit, then the middle standard deviation within cells, each in
    the replicate and in the study (undetected wells as they stand in the chain). A detected well's
    limit is the middle one of its series and plate, where there is one that it does not break
    itself.
    """
    design = model.design
    own = state.well[:, design.well_series] + design.well_sd**2
    eta = np.take(state.eta, design.well_cell, axis=1)
    again = eta + np.sqrt(own) * rng.standard_normal(eta.shape)
    both = np.stack([again, state.y], axis=-1)
    chains = len(state.y) // model.data.studies
    low, high = (
        np.repeat(limit, chains, axis=0)[..., None] for limit in (model.low_limit, model.high_limit)
    )
    beyond = np.add.reduceat(
        (both < low) | (both > high), design.series_start, axis=1, dtype=np.float64
    )
    return np.stack([beyond, _middle_spread(both, design)], axis=1)


def _middle_spread(wells: Floats, design: Structure) -> Floats:
    """The median over a series' cells of several wells of their standard deviation; 0 where no cell
    has several.
    """
    size = design.cell_size[:, None]
    mean = np.add.reduceat(wells, design.cell_start, axis=1) / size
    squares = np.add.reduceat((wells - mean[:, design.well_cell]) ** 2, design.cell_start, axis=1)
    found = np.zeros((len(wells), len(design.series_start), 2))
    for a in range(found.shape[1]):
        chosen = (design.cell_series == a) & (design.cell_size > 1)
        if chosen.any():
            found[:, a] = np.median(np.sqrt(squares[:, chosen] / (size[chosen] - 1)), axis=1)
    return found


def _draws(kept: dict[str, list[Floats]], model: Model, settings: Settings) -> Draws:
    """Everything kept, as (B, chains, draws, ...)."""
    studies = model.data.studies
    shaped = {}
    for name, values in kept.items():
        stacked = np.stack(values, axis=1)
        shaped[name] = stacked.reshape(studies, settings.chains, *stacked.shape[1:])
    shaped.setdefault(
        "replicated", np.zeros((studies, settings.chains, 0, 2, len(model.data.series), 2))
    )
    return Draws(**shaped, plated=model.design.plated, cultured=model.design.cultured)
