"""Chains of the joint model run and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.gibbs import sweep
from exvivo.compare.joint.model import Draws, JointData, Priors, Settings
from exvivo.compare.joint.start import Model, State, begin
from exvivo.compare.joint.structure import Structure

_LEAST_VARIANCE = 1e-12


def sample(
    data: JointData, *, priors: Priors, settings: Settings, rng: np.random.Generator
) -> Draws:
    """Draw from the posterior of every study in `data`. The same generator state gives the same
    draws.
    """
    return next(in_rounds(data, priors=priors, settings=settings, rng=rng))


def in_rounds(
    data: JointData, *, priors: Priors, settings: Settings, rng: np.random.Generator
) -> Iterator[Draws]:
    """The draws so far, after each further round of `settings.draws`; without end."""
    model, state = begin(data, priors=priors, settings=settings, rng=rng)
    for _ in range(settings.warmup):
        sweep(state, model, rng)
    kept: dict[str, list[Floats]] = {}
    every = max(settings.draws // settings.predictive, 1) if settings.predictive else 0
    for number in count(1):
        sweep(state, model, rng)
        for name, value in _values(state, model).items():
            kept.setdefault(name, []).append(value)
        if every and number % every == 0:
            kept.setdefault("replicated", []).append(replicate(state, model, rng))
        if number % settings.draws == 0:
            yield _draws(kept, model, settings)


def _values(state: State, model: Model) -> dict[str, Floats]:
    """What is kept of a sweep, each with the chains (L) first."""
    spread, correlation = _correlations(state.covariance, model.data)
    return {
        "mean": _means(state, model),
        "spread": np.sqrt(np.diagonal(state.covariance, axis1=2, axis2=3)),
        "response_spread": spread,
        "correlation": correlation,
        "well": np.sqrt(state.well),
        "plate": np.sqrt(state.plate[:, model.design.plated]),
        "culture": np.sqrt(state.culture[:, model.design.cultured]),
        "pool": state.pool.copy(),
    }


def _means(state: State, model: Model) -> Floats:
    """The groups' means (L, dimensions, groups), with the middle of each series added again."""
    data, chains = model.data, len(state.y)
    conditions = len(data.conditions)
    middle = np.repeat(model.centre, chains // data.studies, axis=0)
    mean = state.phi[:, : model.design.means].reshape(chains, data.dimensions, -1).copy()
    mean[:, : len(data.series) * conditions] += np.repeat(middle, conditions, axis=1)[..., None]
    return mean


def _correlations(covariance: Floats, data: JointData) -> tuple[Floats, Floats]:
    """Standard deviation of the donors' response (or level), and its correlation with each score,
    per covariance (..., J, J).
    """
    scores = len(data.series) * len(data.conditions)
    last = np.arange(len(data.conditions) - 1, scores, len(data.conditions))
    variance = covariance[..., last, last]
    with_scores = covariance[..., last, scores:]
    if len(data.conditions) == 2:
        # response = stimulated - unstimulated
        first = last - 1
        variance = variance + covariance[..., first, first] - 2 * covariance[..., first, last]
        with_scores = with_scores - covariance[..., first, scores:]
    spread = np.sqrt(np.maximum(variance, _LEAST_VARIANCE))
    score_spread = np.sqrt(np.diagonal(covariance, axis1=2, axis2=3))[..., scores:]
    return spread, with_scores / spread[..., None] / score_spread[..., None, :]


def replicate(state: State, model: Model, rng: np.random.Generator) -> Floats:
    """A replicate of the wells beside the wells: (L, 2, series, 2).

    First how many lie beyond their limit, then the middle standard deviation within cells, each in
    the replicate and in the study (undetected wells as they stand in the chain). A detected well's
    limit is the middle one of its series and plate, where there is one that it does not break
    itself.
    """
    design = model.design
    variance = state.well[:, design.well_series] + design.well_sd**2
    expected = np.take(state.eta, design.well_cell, axis=1)
    again = expected + np.sqrt(variance) * rng.standard_normal(expected.shape)
    both = np.stack([again, state.y], axis=-1)
    chains = len(state.y) // model.data.studies
    low, high = (
        np.repeat(limit, chains, axis=0)[..., None] for limit in (model.low_limit, model.high_limit)
    )
    outside = (both < low) | (both > high)
    beyond = np.add.reduceat(outside, design.series_start, axis=1, dtype=np.float64)
    return np.stack([beyond, _middle_spread(both, design)], axis=1)


def _middle_spread(wells: Floats, design: Structure) -> Floats:
    """The median over a series' cells of several wells of their standard deviation; 0 where no cell
    has several.
    """
    size = design.cell_size[:, None]
    mean = np.add.reduceat(wells, design.cell_start, axis=1) / size
    squares = (wells - mean[:, design.well_cell]) ** 2
    summed = np.add.reduceat(squares, design.cell_start, axis=1)
    spread = np.zeros((len(wells), len(design.series_start), 2))
    for series in range(spread.shape[1]):
        chosen = (design.cell_series == series) & (design.cell_size > 1)
        if chosen.any():
            sd = np.sqrt(summed[:, chosen] / (size[chosen] - 1))
            spread[:, series] = np.median(sd, axis=1)
    return spread


def _draws(kept: dict[str, list[Floats]], model: Model, settings: Settings) -> Draws:
    """Everything kept, as (B, chains, draws, ...)."""
    series = len(model.data.series)
    first = model.data.studies, settings.chains
    shaped = {"replicated": np.zeros((*first, 0, 2, series, 2))}
    for name, values in kept.items():
        stacked = np.stack(values, axis=1)
        shaped[name] = stacked.reshape(*first, *stacked.shape[1:])
    return Draws(**shaped, plated=model.design.plated, cultured=model.design.cultured)
