"""Exchangeable differences of the pooled variant: their mean and standard deviation.

The differences d = contrast x means (one a series) are exchangeable: d_a ~ N(m, t^2), with m ~ N(0,
deviation^2) and t half-t. With them integrated out, the wells say d ~ N(d^, S) with S = contrast
P^-1 contrast'. In the eigenvectors U of S, S = U diag(spread) U', with seen = U'd^ and ones = U'1::

    seen_i ~ N(ones_i m, spread_i + t^2)

so that m given t is normal with precision `both` and linear term `across`, and t has the density,
with w_i = 1 / (spread_i + t^2) and m integrated out::

    log p(t) = 1/2 {sum log w_i - log both - sum w_i seen_i^2 + across^2 / both} + log prior(t)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.joint.algebra import whole
from exvivo.compare.joint.start import Model, State

_GRID = np.linspace(np.log(0.005), np.log(8.0), 96)
"""The logarithms of t (log2) at which its density is computed."""


@dataclass(frozen=True)
class _Differences:
    """What the wells say of the differences, along the eigenvectors of their covariance (L,
    series).
    """

    spread: Floats
    seen: Floats
    ones: Floats


@dataclass(frozen=True)
class _Grid:
    """At each t of the grid (L, grid): the log density of log t, and precision and linear term of
    m.
    """

    log_density: Floats
    both: Floats
    across: Floats


def pool(
    state: State, model: Model, precision: Floats, linear: Floats, rng: np.random.Generator
) -> None:
    """Draw mean and sd of the exchangeable differences, the differences integrated out; then their
    prior joins the equations; in place.

    The sd is drawn from its marginal posterior on a grid (uniform in the logarithm within a step),
    as a Gibbs step given the differences gets stuck near 0.
    """
    contrast = np.zeros((len(model.contrast), linear.shape[1]))
    contrast[:, : model.design.means] = model.contrast
    grid = _on_grid(_differences(contrast, precision, linear), model)
    chain, chosen = np.arange(len(linear)), _chosen(grid.log_density, rng)
    jitter = (rng.random(len(chain)) - 0.5) * (_GRID[1] - _GRID[0])
    state.pool[:, 1] = np.exp(_GRID[chosen] + jitter)
    both = grid.both[chain, chosen]
    normal = rng.standard_normal(len(chain)) / np.sqrt(both)
    state.pool[:, 0] = grid.across[chain, chosen] / both + normal
    # d ~ N(m, t^2): its precision and linear term.
    share = state.pool[:, 1] ** -2.0
    precision += share[:, None, None] * (contrast.T @ contrast)
    linear += (share * state.pool[:, 0])[:, None] * contrast.sum(axis=0)


def _differences(contrast: Floats, precision: Floats, linear: Floats) -> _Differences:
    """The differences by the wells; `precision` has its lower half filled."""
    columns = np.broadcast_to(contrast.T, (len(linear), *contrast.T.shape))
    solved = np.linalg.solve(whole(precision), columns)
    spread, vectors = np.linalg.eigh(contrast @ solved)
    seen = (vectors.mT @ (solved.mT @ linear[..., None]))[..., 0]
    return _Differences(np.maximum(spread, 0.0), seen, vectors.sum(axis=1))


def _on_grid(of: _Differences, model: Model) -> _Grid:
    """Density and moments at every t of the grid."""
    seen, ones = of.seen[:, None], of.ones[:, None]
    variance = np.exp(2 * _GRID)
    weight = 1 / (of.spread[:, None] + variance[:, None])
    prior = (model.priors.deviation * model.scale) ** -2.0
    across = (weight * (seen * ones)).sum(axis=2)
    both = (weight * ones**2).sum(axis=2) + prior[:, None]
    deviance = (weight * seen**2).sum(axis=2) - across**2 / both
    log = 0.5 * (np.log(weight).sum(axis=2) - np.log(both) - deviance) + _GRID
    log -= model.half_t(model.priors.pooled).deviance(variance) / 2
    return _Grid(log, both, across)


def _chosen(log_density: Floats, rng: np.random.Generator) -> Ints:
    """One point of the grid for each chain, by its density."""
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    chance = np.cumsum(density, axis=1)
    drawn = rng.random((len(chance), 1)) * chance[:, -1:]
    return np.asarray((chance < drawn).sum(axis=1))
