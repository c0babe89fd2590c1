"""The joint model drawn by blocks that are conjugate, for all chains of all studies at once.

A sweep: undetected wells given everything (truncated normals); then means, plates, shared errors
and donors in one draw, donors integrated out of the first part; then the donors' covariance (Huang
and Wand's, by Bartlett's decomposition) and the variances of wells, plates and cultures (half-t as
a scale mixture of inverse gammas). Drawing means and plates jointly without the donors is what lets
the intercepts mix. Donors are drawn by Matheron's rule: a draw of the prior, corrected by what was
seen.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.moves import shift
from exvivo.compare.joint.rescale import rescale_donors, rescale_plates
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.structure import Structure
from exvivo.compare.joint.truncated import truncated_normal

_LEAST = 1e-10
"""No variance is smaller, so that nothing is divided by 0."""


def sweep(state: State, model: Model, rng: np.random.Generator) -> None:
    """One sweep over all blocks, in place."""
    _undetected(state, model, rng)
    means_and_donors(state, model, rng)
    shift(model.blind, state.y, state.eta, state.u, state.covariance, model.design.block, rng)
    _covariance(state, model, rng)
    _wells(state, model, rng)
    _plates_and_cultures(state, model, rng)


def _undetected(state: State, model: Model, rng: np.random.Generator) -> None:
    if not len(model.place):
        return
    design, chain, place = model.design, model.chain, model.place
    sd = np.sqrt(state.well[chain, design.well_series[place]] + design.well_sd[place] ** 2)
    mean = state.eta[chain, design.well_cell[place]]
    state.y[chain, place] = mean + sd * truncated_normal(
        (model.lower - mean) / sd, (model.upper - mean) / sd, rng
    )


def _of_wells(state: State, model: Model) -> tuple[Floats, Floats]:
    """The mean of each cell of wells and its variance, (L, cells)."""
    design = model.design
    if design.heteroscedastic:
        weight = 1 / (state.well[:, design.well_series] + design.well_sd**2)
        error = 1 / np.add.reduceat(weight, design.cell_start, axis=1)
        mean = np.add.reduceat(weight * state.y, design.cell_start, axis=1) * error
    else:
        error = state.well[:, design.cell_series] / design.cell_size
        mean = np.add.reduceat(state.y, design.cell_start, axis=1) / design.cell_size
    return mean, error


def cell_means(state: State, model: Model) -> tuple[Floats, Floats]:
    """The mean of each cell and its variance, (L, n, m); scores as they stand, with variance 0."""
    design = model.design
    mean, error = _of_wells(state, model)
    mean = np.concatenate([mean, model.score], axis=1)
    error = np.concatenate([error, np.zeros_like(model.score)], axis=1)
    return mean[:, design.slot] * design.real, error[:, design.slot] * design.real


def inverse_covariances(state: State, model: Model, error: Floats) -> Floats:
    """The inverse covariance of the cells of each pattern, donors' effects integrated out: (L,
    patterns, m, m).
    """
    design = model.design
    chosen = design.pattern_donor
    dimension, real = design.dimension[chosen], design.real[chosen]
    j = model.data.dimensions
    at = (design.block[chosen, None, None] * j + dimension[:, :, None]) * j + dimension[:, None, :]
    both = real[:, :, None] & real[:, None, :]
    whole = state.covariance.reshape(len(error), -1)[:, at] * both + model.fixed
    if len(design.cultured):
        whole += _culture_variance(state, model)[:, chosen, :, None] * design.same_culture[chosen]
    diagonal = np.arange(real.shape[1])
    whole[..., diagonal, diagonal] += error[:, chosen]
    return np.asarray(np.linalg.inv(whole) * both)


def _culture_variance(state: State, model: Model) -> Floats:
    """The variance between cultures of each cell's series (L, n, m)."""
    series = np.minimum(
        model.design.dimension // len(model.data.conditions), len(model.data.series) - 1
    )
    return np.asarray(state.culture[:, series])


def _times(inverse: Floats, vectors: Floats, design: Structure) -> Floats:
    """The inverse covariances times one vector a donor (L, n, m)."""
    if inverse.shape[1] == 1:
        return np.asarray(vectors @ inverse[:, 0])
    return np.asarray(np.matmul(inverse[:, design.pattern], vectors[..., None])[..., 0])


def means_and_donors(state: State, model: Model, rng: np.random.Generator) -> None:
    """Means, plates and shared errors, then donors, cultures and cells given them: one draw of all,
    in place.
    """
    design = model.design
    mean, error = cell_means(state, model)
    inverse = inverse_covariances(state, model, error)
    state.phi = _fixed_effects(state, model, mean, inverse, rng)
    chains, (n, m), j = len(mean), design.slot.shape, model.data.dimensions
    normal = rng.standard_normal((chains, n, j))
    prior = _by_block(normal, state.root, design, turned=True)
    parts = np.sqrt(error) * rng.standard_normal((chains, n, m))
    left = mean - _fitted(state.phi, model) - parts
    left -= np.take(prior.reshape(chains, -1), np.arange(n)[:, None] * j + design.dimension, axis=1)
    if design.known.any():
        left -= np.matmul(design.known_root, rng.standard_normal((chains, n, m, 1)))[..., 0]
    if len(design.cultured):
        state.v = np.sqrt(state.culture[:, design.unit_series]) * rng.standard_normal(state.v.shape)
        left -= (design.units.T @ state.v.T).T.reshape(chains, n, m)
    told = _times(inverse, left * design.real, design)
    flat = np.ascontiguousarray(told.reshape(chains, -1).T)
    seen = (design.onto @ flat).T.reshape(chains, n, j)
    state.u = prior + _by_block(seen, state.covariance, design, turned=False)
    if len(design.cultured):
        state.v += state.culture[:, design.unit_series] * (design.units @ flat).T
    eta = (mean - parts - error * told).reshape(chains, -1)
    state.eta = eta[:, design.cell_at[: len(design.cell_size)]]


def _by_block(vectors: Floats, matrices: Floats, design: Structure, *, turned: bool) -> Floats:
    """Each donor's vector (L, n, J) times the matrix (transposed if `turned`) of the donor's
    covariance.
    """
    if matrices.shape[1] == 1:
        matrix = matrices[:, 0]
        return np.asarray(vectors @ (matrix.transpose(0, 2, 1) if turned else matrix))
    mine = matrices[:, design.block]
    return np.asarray(np.matmul(mine, vectors[..., None])[..., 0])


def _fitted(phi: Floats, model: Model) -> Floats:
    """Means, plates and shared errors of every cell (L, n, m)."""
    design = model.design
    fitted = (design.rows @ np.ascontiguousarray(phi[:, : design.structural].T)).T.reshape(
        len(phi), *design.slot.shape
    )
    if design.key.shape[2]:
        keys = design.key.reshape(-1, design.key.shape[2])
        fitted = fitted + (phi[:, design.structural :] @ keys.T).reshape(fitted.shape)
    return np.asarray(fitted)


def _fixed_effects(
    state: State, model: Model, mean: Floats, inverse: Floats, rng: np.random.Generator
) -> Floats:
    """Means, plate effects and shared errors in one draw, donors' effects integrated out."""
    precision, linear = normal_equations(state, model, mean, inverse)
    if model.exchangeable:
        _pool(state, model, precision, linear, rng)
    lower = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
    drawn = _gaussian(lower, linear, rng.standard_normal(linear.shape))
    rescale_plates(
        drawn, state.plate, precision, linear, model.design, model.priors, model.scale, rng
    )
    return drawn


def normal_equations(
    state: State, model: Model, mean: Floats, inverse: Floats
) -> tuple[Floats, Floats]:
    """Precision (lower half filled) and linear term of all columns: means, plates, keys."""
    design = model.design
    chains, s, z = len(mean), design.structural, design.key.shape[2]
    precision = np.zeros((chains, s + z, s + z))
    entries = (design.gram @ inverse.reshape(chains, -1).T).T
    precision[:, design.gram_at // s, design.gram_at % s] = entries
    precision[:, : design.means, : design.means] += model.prior
    plates = np.repeat(
        1 / state.plate[:, design.plated], design.plate_count.astype(np.intp), axis=1
    )
    at = np.arange(design.means, s)
    precision[:, at, at] += plates
    told = _times(inverse, mean, design).reshape(chains, -1)
    linear = np.zeros((chains, s + z))
    linear[:, :s] = (design.rows_t @ np.ascontiguousarray(told.T)).T
    if z:
        _add_keys(precision, linear, told, inverse, design)
    return precision, linear


def _add_keys(
    precision: Floats, linear: Floats, told: Floats, inverse: Floats, design: Structure
) -> None:
    """The rows of the shared errors, each a standard normal."""
    s, z = design.structural, design.key.shape[2]
    keys = design.key.reshape(-1, z)
    each = np.matmul(inverse[:, design.pattern], design.key).reshape(len(told), -1, z)
    precision[:, s:, s:] = keys.T @ each + np.eye(z)
    across = design.rows_t @ np.ascontiguousarray(each.transpose(1, 0, 2)).reshape(len(keys), -1)
    precision[:, s:, :s] = across.reshape(s, len(told), z).transpose(1, 2, 0)
    linear[:, s:] = told @ keys


def _gaussian(lower: Floats, linear: Floats, normal: Floats) -> Floats:
    """Draws with precision L L' and mean (L L')^-1 linear."""
    from scipy.linalg.blas import dtrsv

    drawn = np.empty_like(linear)
    for i, root in enumerate(lower):
        upper = root.T  # in Fortran's order without a copy
        half = dtrsv(upper, linear[i], lower=0, trans=1)
        drawn[i] = dtrsv(upper, half + normal[i], lower=0, trans=0)
    return drawn


def _covariance(state: State, model: Model, rng: np.random.Generator) -> None:
    """Huang and Wand's prior, on baselines and responses: inverse Wishart given one inverse gamma a
    dimension.
    """
    design, freedom = model.design, model.priors.freedom
    turned = state.u @ model.apart.T
    chains, blocks, j = state.half.shape
    for b in range(blocks):
        mine = turned[:, design.block == b]
        scale = mine.transpose(0, 2, 1) @ mine
        scale[:, np.arange(j), np.arange(j)] += 2 * freedom / state.half[:, b]
        root = np.linalg.cholesky(scale)
        degrees = freedom + j - 1 + mine.shape[1]
        wishart = np.tril(rng.standard_normal((chains, j, j)), -1)
        wishart[:, np.arange(j), np.arange(j)] = np.sqrt(
            2 * rng.standard_gamma((degrees - np.arange(j)) / 2, (chains, j))
        )
        state.root[:, b] = model.together @ (root @ np.linalg.inv(wishart).transpose(0, 2, 1))
        back = wishart.transpose(0, 2, 1) @ np.linalg.inv(root)
        state.tight[:, b] = (back**2).sum(axis=1)
    state.covariance = state.root @ state.root.transpose(0, 1, 3, 2)
    rescale_donors(state, model, *_of_wells(state, model), rng)
    rate = freedom * state.tight + 1 / (model.priors.donor * model.scale[:, None, None]) ** 2
    state.half = rate / rng.standard_gamma((freedom + j) / 2, rate.shape)


def _variance(
    squares: Floats,
    count: Floats,
    old: Floats,
    prior: Floats,
    freedom: float,
    rng: np.random.Generator,
) -> Floats:
    """Variances with half-t standard deviations, given sums of squares of `count` normals each."""
    rate = freedom / old + 1 / prior[:, None] ** 2
    mixing = rng.standard_gamma((freedom + 1) / 2, old.shape) / rate
    drawn = (squares / 2 + freedom * mixing) / rng.standard_gamma((count + freedom) / 2, old.shape)
    return np.asarray(np.maximum(drawn, _LEAST))


def _wells(state: State, model: Model, rng: np.random.Generator) -> None:
    """The wells' own error: by its inverse gamma, or, where known errors stand beside it, by
    Metropolis steps.
    """
    design = model.design
    squares = (state.y - np.take(state.eta, design.well_cell, axis=1)) ** 2
    prior, freedom = model.priors.well * model.scale, model.priors.freedom
    if design.heteroscedastic:
        for step in _STEPS:
            state.well = _beside_known(squares, state.well, design, step, prior, freedom, rng)
        return
    count = np.diff(np.r_[design.series_start, len(design.well_series)]).astype(np.float64)
    summed = np.add.reduceat(squares, design.series_start, axis=1)
    state.well = _variance(summed, count, state.well, prior, freedom, rng)


_STEPS = (0.3, 0.1, 0.03, 0.01)
"""Steps (log2) of the wells' own standard deviation: one of each a sweep, reflected at 0."""


def _beside_known(
    squares: Floats,
    well: Floats,
    design: Structure,
    step: float,
    prior: Floats,
    freedom: float,
    rng: np.random.Generator,
) -> Floats:
    """One Metropolis step of every series' own variance. Known errors can leave it near 0, where
    conjugate draws get stuck.
    """
    proposed = np.maximum((np.sqrt(well) + step * rng.standard_normal(well.shape)) ** 2, _LEAST)
    gain = np.zeros_like(well)
    for variance, sign in ((proposed, 1.0), (well, -1.0)):
        whole = variance[:, design.well_series] + design.well_sd**2
        told = np.add.reduceat(np.log(whole) + squares / whole, design.series_start, axis=1)
        told += (freedom + 1) * np.log1p(variance / (freedom * prior[:, None] ** 2))
        gain -= sign * told / 2
    taken = np.log(rng.random(well.shape)) < gain
    return np.asarray(np.where(taken, proposed, well))


def _plates_and_cultures(state: State, model: Model, rng: np.random.Generator) -> None:
    design, freedom = model.design, model.priors.freedom
    if len(design.plated):
        squares = np.add.reduceat(
            state.phi[:, : design.structural] ** 2, design.plate_start, axis=1
        )
        prior = model.priors.plate * model.scale
        old = state.plate[:, design.plated]
        state.plate[:, design.plated] = _variance(
            squares, design.plate_count, old, prior, freedom, rng
        )
    if len(design.cultured):
        count = np.bincount(design.unit_series, minlength=len(model.data.series)).astype(np.float64)
        start = np.searchsorted(design.unit_series, design.cultured)
        squares = np.add.reduceat(state.v**2, start, axis=1)
        prior = model.priors.culture * model.scale
        old = state.culture[:, design.cultured]
        state.culture[:, design.cultured] = _variance(
            squares, count[design.cultured], old, prior, freedom, rng
        )


_GRID = np.linspace(np.log(0.005), np.log(8.0), 96)


def _pool(
    state: State, model: Model, precision: Floats, linear: Floats, rng: np.random.Generator
) -> None:
    """Mean and sd of the exchangeable differences, the differences integrated out; then their prior
    joins the equations.

    The sd is drawn from its marginal posterior on a grid (uniform in the logarithm within a step),
    as a Gibbs step given the differences gets stuck near 0.
    """
    contrast = np.zeros((len(model.contrast), linear.shape[1]))
    contrast[:, : model.design.means] = model.contrast
    whole = np.tril(precision) + np.tril(precision, -1).transpose(0, 2, 1)
    solved = np.linalg.solve(whole, np.broadcast_to(contrast.T, (len(linear), *contrast.T.shape)))
    spread, turn = np.linalg.eigh(contrast @ solved)
    seen = (turn.transpose(0, 2, 1) @ (solved.transpose(0, 2, 1) @ linear[..., None]))[..., 0]
    ones = turn.sum(axis=1)
    prior = (model.priors.deviation * model.scale) ** -2.0
    weight = 1 / (np.maximum(spread, 0.0)[:, None] + np.exp(2 * _GRID)[:, None])
    across, both = (
        (weight * (seen * ones)[:, None]).sum(axis=2),
        (weight * ones[:, None] ** 2).sum(axis=2) + prior[:, None],
    )
    misfit = (weight * seen[:, None] ** 2).sum(axis=2) - across**2 / both
    size, freedom = (model.priors.pooled * model.scale)[:, None], model.priors.freedom
    log = 0.5 * (np.log(weight).sum(axis=2) - np.log(both) - misfit) + _GRID
    log -= (freedom + 1) / 2 * np.log1p(np.exp(2 * _GRID) / (freedom * size**2))
    chance = np.cumsum(np.exp(log - log.max(axis=1, keepdims=True)), axis=1)
    drawn = (chance < rng.random((len(log), 1)) * chance[:, -1:]).sum(axis=1)
    chosen = np.arange(len(log)), drawn
    jitter = (rng.random(len(log)) - 0.5) * (_GRID[1] - _GRID[0])
    state.pool[:, 1] = np.exp(_GRID[drawn] + jitter)
    state.pool[:, 0] = across[chosen] / both[chosen] + rng.standard_normal(len(log)) / np.sqrt(
        both[chosen]
    )
    share = state.pool[:, 1] ** -2.0
    precision += share[:, None, None] * (contrast.T @ contrast)
    linear += (share * state.pool[:, 0])[:, None] * contrast.sum(axis=0)
