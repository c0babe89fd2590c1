"""The joint model drawn by blocks that are conjugate, for all chains of all studies at once.

A sweep draws, each given all else:

1. undetected wells: y_w ~ N(expected value of its cell, sigma^2 + sd_w^2) within its bounds;
2. means, plates, shared errors and donors in one draw (`effects`);
3. shifts of conditions with no detected well (`moves`);
4. the donors' covariance, by Huang and Wand's prior (doi 10.1214/13-BA815) and Bartlett's
   decomposition, and a change of scale of donors (`rescale`);
5. once more the covariance of each series whose wells tell little of its donors, with these
   integrated out (`collapse`);
6. the variances of wells, plates and cultures (`half_t`).
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.algebra import add_diagonal
from exvivo.compare.joint.collapse import redraw_covariance
from exvivo.compare.joint.effects import means_and_donors, means_of_wells
from exvivo.compare.joint.half_t import LEAST_VARIANCE, HalfT
from exvivo.compare.joint.moves import shift
from exvivo.compare.joint.rescale import rescale_donors
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.structure import Structure
from exvivo.compare.joint.truncated import truncated_normal

_STEPS = (0.3, 0.1, 0.03, 0.01)
"""Steps (log2) of the wells' own standard deviation: one of each a sweep, reflected at 0."""


def sweep(state: State, model: Model, rng: np.random.Generator) -> None:
    """One sweep over all blocks, in place."""
    _undetected(state, model, rng)
    means_and_donors(state, model, rng)
    shift(state, model, rng)
    _covariance(state, model, rng)
    _wells(state, model, rng)
    _plates(state, model, rng)
    _cultures(state, model, rng)


def _undetected(state: State, model: Model, rng: np.random.Generator) -> None:
    """Undetected wells within their bounds, in place."""
    design, chain, well = model.design, model.undetected.chain, model.undetected.well
    if not len(well):
        return
    variance = state.well[chain, design.well_series[well]] + design.well_sd[well] ** 2
    sd, mean = np.sqrt(variance), state.eta[chain, design.well_cell[well]]
    low, high = ((end - mean) / sd for end in (model.undetected.lower, model.undetected.upper))
    state.y[chain, well] = mean + sd * truncated_normal(low, high, rng)


def _covariance(state: State, model: Model, rng: np.random.Generator) -> None:
    """Huang and Wand's prior on baselines and responses b = apart u, in place::

        cov(b) | a ~ inverse Wishart(df + J - 1, 2 df diag(1 / a))
        a_k        ~ inverse gamma(1/2, 1 / donor^2)

    `half` holds the a. Then baselines and responses change their scale, and a is drawn given the
    new covariance.
    """
    design, df = model.design, model.priors.df
    effects = state.u @ model.apart.T
    j = state.half.shape[2]
    for block in range(state.half.shape[1]):
        own = effects[:, design.block == block]
        scale = own.mT @ own
        add_diagonal(scale, 2 * df / state.half[:, block])
        root, tight = _inverse_wishart(scale, df + j - 1 + own.shape[1], rng)
        state.root[:, block], state.tight[:, block] = model.together @ root, tight
    state.covariance = state.root @ state.root.mT
    rescale_donors(state, model, *means_of_wells(state, model), rng)
    rate = df * state.tight + 1 / (model.priors.donor * model.scale[:, None, None]) ** 2
    state.half = rate / rng.standard_gamma((df + j) / 2, rate.shape)
    for a in model.unclear.tolist():
        redraw_covariance(state, model, a, rng)


def _inverse_wishart(scale: Floats, df: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draws of an inverse Wishart with these scales (L, J, J): a root G of each (covariance G G'),
    and the diagonal of its inverse (L, J).

    With scale = R R' and B Bartlett's lower triangular root of a standard Wishart, G = R B'^-1.
    """
    root = np.linalg.cholesky(scale)
    bartlett = _bartlett(scale.shape, df, rng)
    back = bartlett.mT @ np.linalg.inv(root)
    return root @ np.linalg.inv(bartlett).mT, (back**2).sum(axis=1)


def _bartlett(shape: tuple[int, ...], df: float, rng: np.random.Generator) -> Floats:
    """Lower triangular roots of standard Wisharts: normals, and on the diagonal roots of chi-square
    with df, df - 1, ...
    """
    root = np.tril(rng.standard_normal(shape), -1)
    gamma = rng.standard_gamma((df - np.arange(shape[-1])) / 2, shape[:-1])
    add_diagonal(root, np.sqrt(2 * gamma))
    return root


def _wells(state: State, model: Model, rng: np.random.Generator) -> None:
    """The wells' own error: by its inverse gamma, or, where known errors stand beside it, by
    Metropolis steps; in place.
    """
    design, prior = model.design, model.half_t(model.priors.well)
    errors = state.y - np.take(state.eta, design.well_cell, axis=1)
    if not design.heteroscedastic:
        state.well = prior.variance(errors, design.series_start, state.well, rng)
        return
    state.well = _beside_known(errors**2, state.well, design, prior, rng)


def _beside_known(
    squares: Floats, well: Floats, design: Structure, prior: HalfT, rng: np.random.Generator
) -> Floats:
    """Metropolis steps of every series' own variance. Known errors can leave it near 0, where
    conjugate draws get stuck.
    """
    before = _deviance(squares, well, design, prior)
    for step in _STEPS:
        sd = np.sqrt(well) + step * rng.standard_normal(well.shape)
        proposed = np.maximum(sd**2, LEAST_VARIANCE)
        after = _deviance(squares, proposed, design, prior)
        accepted = np.log(rng.random(well.shape)) < (before - after) / 2
        well, before = (
            np.where(accepted, new, old) for new, old in ((proposed, well), (after, before))
        )
    return well


def _deviance(squares: Floats, well: Floats, design: Structure, prior: HalfT) -> Floats:
    """Minus twice the log density of each series' own variance (L, series)."""
    variance = well[:, design.well_series] + design.well_sd**2
    each = np.log(variance) + squares / variance
    return np.add.reduceat(each, design.series_start, 1) + prior.deviance(well)


def _plates(state: State, model: Model, rng: np.random.Generator) -> None:
    """The variance between plates of each plate term, in place."""
    design = model.design
    if not len(design.plated):
        return
    prior, old = model.half_t_of_plates(), state.plate[:, design.plated]
    effects = state.phi[:, : design.structural]
    state.plate[:, design.plated] = prior.variance(effects, design.plate_start, old, rng)


def _cultures(state: State, model: Model, rng: np.random.Generator) -> None:
    """The variance between cultures of each series whose cultures are told apart, in place."""
    design = model.design
    if not len(design.cultured):
        return
    prior, old = model.half_t(model.priors.culture), state.culture[:, design.cultured]
    start = np.searchsorted(design.unit_series, design.cultured)
    state.culture[:, design.cultured] = prior.variance(state.v, start, old, rng)
