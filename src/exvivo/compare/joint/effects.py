"""Means, plates, shared errors, donors and cultures of the joint model in one draw.

In cell means y of a donor (m,), with X of `structure`, Z the map to the donor's J dimensions::

    y = X phi + Z u + v + k + e,    C = cov(y | phi) = Z Sigma Z' + cultures + known + diag(error)

phi (means, plates, shared errors) is drawn with u, v, k and e integrated out, which is what lets
the intercepts mix. Its precision and linear term are sums over donors::

    P = sum X'C^-1 X + prior        b = sum X'C^-1 y        phi ~ N(P^-1 b, P^-1)

Given phi, the donor's parts are drawn by Matheron's rule: a draw of the prior (u*, v*, k*, e*),
corrected by what was seen. With w = C^-1 (y - X phi - Z u* - v* - k* - e*)::

    u = u* + Sigma Z'w      v = v* + culture variance x (sum of w over the culture's cells)
    expected value of a cell (all but its wells' own error): y - e* - error x w
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.algebra import add_diagonal, applied, gaussian
from exvivo.compare.joint.pool import pool
from exvivo.compare.joint.rescale import rescale_plates
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.structure import Structure


def means_of_wells(state: State, model: Model) -> tuple[Floats, Floats]:
    """The mean of each cell of wells and its variance, (L, cells)."""
    design = model.design
    start = design.cell_start
    if not design.heteroscedastic:
        mean = np.add.reduceat(state.y, start, axis=1) / design.cell_size
        return mean, state.well[:, design.cell_series] / design.cell_size
    # Wells with errors of their own: the mean weighted by 1 / variance.
    weight = 1 / (state.well[:, design.well_series] + design.well_sd**2)
    error = 1 / np.add.reduceat(weight, start, axis=1)
    return np.add.reduceat(weight * state.y, start, axis=1) * error, error


def cell_means(state: State, model: Model) -> tuple[Floats, Floats]:
    """The mean of each cell and its variance, (L, n, m); scores as they stand, with variance 0."""
    design = model.design
    mean, error = means_of_wells(state, model)
    mean = np.concatenate([mean, model.score], axis=1)
    error = np.concatenate([error, np.zeros_like(model.score)], axis=1)
    return mean[:, design.slot] * design.real, error[:, design.slot] * design.real


def inverse_covariances(state: State, model: Model, error: Floats) -> Floats:
    """The C^-1 of each pattern, (L, patterns, m, m)."""
    design = model.design
    chosen = design.pattern_donor
    real = design.real[chosen]
    both = real[:, :, None] & real[:, None, :]
    # C = Z Sigma Z' + known (and 1 where there is no cell) + cultures + error.
    whole = _donor_covariance(state, design) * both + model.fixed
    if len(design.cultured):
        culture = _culture_variance(state, model)[:, chosen, :, None]
        whole += culture * design.same_culture[chosen]
    add_diagonal(whole, error[:, chosen])
    return np.asarray(np.linalg.inv(whole) * both)


def _donor_covariance(state: State, design: Structure) -> Floats:
    """The Z Sigma Z' of each pattern, (L, patterns, m, m)."""
    chosen, j = design.pattern_donor, design.data.dimensions
    dimension = design.dimension[chosen]
    row = design.block[chosen, None, None] * j + dimension[:, :, None]
    entries = state.covariance.reshape(len(state.covariance), -1)
    return entries[:, row * j + dimension[:, None, :]]


def _culture_variance(state: State, model: Model) -> Floats:
    """The variance between cultures of each cell's series (L, n, m)."""
    series = model.design.dimension // len(model.data.conditions)
    return state.culture[:, np.minimum(series, len(model.data.series) - 1)]


def _times(inverse: Floats, vectors: Floats, design: Structure) -> Floats:
    """The C^-1 times one vector a donor (L, n, m)."""
    if inverse.shape[1] == 1:
        return np.asarray(vectors @ inverse[:, 0])
    return np.asarray(np.matmul(inverse[:, design.pattern], vectors[..., None])[..., 0])


def means_and_donors(state: State, model: Model, rng: np.random.Generator) -> None:
    """Means, plates and shared errors, then donors, cultures and cells given them: one draw of all,
    in place.
    """
    mean, error = cell_means(state, model)
    inverse = inverse_covariances(state, model, error)
    # phi ~ N(P^-1 b, P^-1), donors integrated out.
    state.phi = _fixed_effects(state, model, mean, inverse, rng)
    design = model.design
    # Matheron's rule: y - X phi less a draw of the prior, then w = C^-1 of it corrects the draw.
    rest = mean - _fitted(state.phi, model)
    cell_error = _less_prior(rest, state, design, error, rng)
    seen = _times(inverse, rest * design.real, design)
    _correct(state, design, seen)
    eta = (mean - cell_error - error * seen).reshape(len(mean), -1)
    state.eta = eta[:, design.cell_at[: len(design.cell_size)]]


def _less_prior(
    rest: Floats, state: State, design: Structure, error: Floats, rng: np.random.Generator
) -> Floats:
    """Take a draw of the prior (u*, e*, k*, v*) from `rest` (L, n, m), in place; u* and v* are kept
    as u and v, and e* is returned.
    """
    # u* = G z has covariance G G' = Sigma.
    state.u = design.times(state.root, rng.standard_normal(state.u.shape))
    cell_error = np.sqrt(error) * rng.standard_normal(error.shape)
    rest -= cell_error
    rest -= np.take(state.u.reshape(len(rest), -1), design.unit, axis=1)
    if design.known_covariance.any():
        rest -= np.matmul(design.known_root, rng.standard_normal((*error.shape, 1)))[..., 0]
    if len(design.cultured):
        sd = np.sqrt(state.culture[:, design.unit_series])
        state.v = sd * rng.standard_normal(state.v.shape)
        rest -= applied(design.units.T, state.v).reshape(error.shape)
    return cell_error


def _correct(state: State, design: Structure, seen: Floats) -> None:
    """Donors u = u* + Sigma Z'w, and cultures likewise, in place; `seen` is w (L, n, m)."""
    places = seen.reshape(len(seen), -1)
    by_dimension = applied(design.onto, places).reshape(state.u.shape)
    state.u = state.u + design.times(state.covariance, by_dimension)
    if len(design.cultured):
        state.v += state.culture[:, design.unit_series] * applied(design.units, places)


def _fitted(phi: Floats, model: Model) -> Floats:
    """The X phi of every cell: means, plates and shared errors (L, n, m)."""
    design = model.design
    return applied(design.rows, phi).reshape(len(phi), *design.slot.shape)


def _fixed_effects(
    state: State, model: Model, mean: Floats, inverse: Floats, rng: np.random.Generator
) -> Floats:
    """Means, plate effects and shared errors in one draw, donors' effects integrated out."""
    precision, linear = normal_equations(state, model, mean, inverse)
    if model.exchangeable:
        pool(state, model, precision, linear, rng)
    lower = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
    phi = gaussian(lower, linear, rng.standard_normal(linear.shape))
    rescale_plates(phi, state, model, precision, linear, rng)
    return phi


def normal_equations(
    state: State, model: Model, mean: Floats, inverse: Floats
) -> tuple[Floats, Floats]:
    """Precision P (L, columns, columns; lower half filled) and linear term b (L, columns) of all
    columns: means, plates, keys.
    """
    design = model.design
    size = design.columns
    precision = np.zeros((len(mean), size, size))
    row, column = design.gram_at
    # P: sum X'C^-1 X, then the priors of means, of plates and of shared errors.
    precision[:, row, column] = applied(design.gram, inverse.reshape(len(mean), -1))
    precision[:, : design.means, : design.means] += model.prior
    at = np.arange(design.means, design.structural)
    precision[:, at, at] += 1 / state.plate[:, design.plate_term]
    at = np.arange(design.structural, size)
    precision[:, at, at] += 1
    # b: sum X'C^-1 y.
    seen = _times(inverse, mean, design).reshape(len(mean), -1)
    return precision, applied(design.rows_t, seen)
