"""Moves of standard deviations together with the effects they are of; the posterior stays as it is.

Effects near 0 hold their own standard deviation there, and the reverse. It is drawn once more for
effects in units of it (interweaving, Yu and Meng 2011, doi 10.1198/jcgs.2011.203main): of plates
exactly, of donors by a Metropolis step that multiplies effects and standard deviation by one
factor.

Plates: with effects = s x unit (s one a series, unit fixed) the wells say s ~ N, by the rows of
`unit` in the normal equations of the plates; the half-t prior of s is a normal of either sign, of
precision weight / scale^2 with a gamma-distributed weight.

Donors: baselines (or responses) of a series times f = exp(log), with their standard deviation. The
log of the acceptance ratio is the gain of the wells' likelihood plus that of the prior of the
covariance, with its mixing variables integrated out (Huang and Wand's equation 3, doi
10.1214/13-BA815) and the volume of the move.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.joint.algebra import add_diagonal, gaussian, whole
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.structure import Structure

_LEAST_PLATE_SD = 1e-4
"""A plate's standard deviation is never drawn below it: effects in units of it stay finite."""
_STEPS = np.array([0.1, 0.3, 0.9])
"""Steps of the logarithm of a donors' standard deviation; each chain takes one of them at
random.
"""


def rescale_plates(
    phi: Floats,
    state: State,
    model: Model,
    precision: Floats,
    linear: Floats,
    rng: np.random.Generator,
) -> None:
    """Draw the plates' standard deviations given their effects in units of it, donors integrated
    out; `phi` and the variances of plates in place.

    `precision` and `linear` are the normal equations, the plates' prior among them.
    """
    design = model.design
    if not len(design.plated):
        return
    plates = slice(design.means, design.structural)
    series = np.searchsorted(design.plated, design.plate_term)
    sd = np.sqrt(state.plate[:, design.plated])
    unit = phi[:, plates] / sd[:, series]
    columns = _by_series(unit, series, len(design.plated))
    block, rest = _of_plates(phi, precision, linear, plates)
    add_diagonal(block, -1 / (sd**2)[:, series])
    inverse = columns.mT @ whole(block) @ columns
    add_diagonal(inverse, _normal_precision(sd, model, rng))
    linear = (columns.mT @ rest[..., None])[..., 0]
    root = np.asarray(np.linalg.cholesky(inverse), dtype=np.float64)
    drawn = gaussian(root, linear, rng.standard_normal(linear.shape))
    drawn = np.where(np.abs(drawn) < _LEAST_PLATE_SD, _LEAST_PLATE_SD, drawn)
    phi[:, plates] = unit * drawn[:, series]
    state.plate[:, design.plated] = drawn**2


def _by_series(unit: Floats, series: Ints, terms: int) -> Floats:
    """Effects in units of their standard deviation s (L, plates) as columns (L, plates, terms):
    effects = columns @ s.
    """
    columns = np.zeros((*unit.shape, terms))
    columns[:, np.arange(len(series)), series] = unit
    return columns


def _normal_precision(sd: Floats, model: Model, rng: np.random.Generator) -> Floats:
    """The precision of the normal that the half-t prior of these standard deviations (L, plated) is
    given its gamma-distributed weight.
    """
    prior = model.half_t_of_plates()
    # weight / scale^2, the weight being gamma of rate (df + (sd / scale)^2) / 2
    weight = rng.standard_gamma((prior.df + 1) / 2, sd.shape)
    return weight / (prior.df * prior.scale**2 + sd**2) * 2


def _of_plates(
    phi: Floats, precision: Floats, linear: Floats, plates: slice
) -> tuple[Floats, Floats]:
    """The plates' block of the normal equations (lower half), and their linear term given means and
    keys.
    """
    first, last = plates.start, plates.stop
    rest = linear[:, plates] - (precision[:, plates, :first] @ phi[:, :first, None])[..., 0]
    rest -= (phi[:, None, last:] @ precision[:, last:, plates])[:, 0]
    return precision[:, plates, plates].copy(), rest


def rescale_donors(
    state: State, model: Model, mean: Floats, error: Floats, rng: np.random.Generator
) -> None:
    """Multiply donors' baselines, then responses, of each series and their standard deviation by
    one factor; in place.

    `mean` and `error` (L, cells) are the wells' cells as they are seen. The mixing variables of the
    covariance must be drawn anew afterwards.
    """
    design, data = model.design, model.data
    blocks, series = state.half.shape[1], len(data.series)
    # The factor of each cell, and the cells of each factor.
    factor = design.block[design.cell_donor] * series + design.cell_series
    member = factor[:, None] == np.arange(blocks * series)
    for kind in range(len(data.conditions)):
        log = _log_factors((len(mean), blocks * series), rng)
        by = (np.exp(log) - 1)[:, factor] * _effect(state, design, kind)
        # Log likelihood of the cells after less before: (r^2 - (r - by)^2) / (2 error).
        gain = ((by * (2 * (mean - state.eta) - by) / error) @ member) / 2
        at = np.arange(series) * len(data.conditions) + kind
        by_series = log.reshape(-1, blocks, series)
        gain += _prior_gain(state, model, at, by_series).reshape(gain.shape)
        accepted = np.log(rng.random(gain.shape)) < gain
        state.eta += by * accepted[:, factor]
        _multiply(state, model, at, np.where(accepted, log, 0.0).reshape(by_series.shape))


def _log_factors(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """The logarithms of factors to try (L, k), with one step for each chain."""
    step = rng.choice(_STEPS, shape[0])[:, None]
    return step * rng.standard_normal(shape)


def _effect(state: State, design: Structure, kind: int) -> Floats:
    """What the baselines (0) or responses (1) of donors add to each cell of wells (L, cells)."""
    first = design.cell_series * len(design.data.conditions)
    baseline = state.u[:, design.cell_donor, first]
    if not kind:
        return np.asarray(baseline)
    response = state.u[:, design.cell_donor, first + 1] - baseline
    return np.asarray(response * (design.cell_condition == 1))


def _prior_gain(state: State, model: Model, at: Ints, log: Floats) -> Floats:
    """The log ratio of the covariance's prior, volumes included, when standard deviations grow by
    exp(log).
    """
    # Huang and Wand, equation 3, has the factors |Sigma|^-(df + 2 J) / 2 and, of each dimension k,
    # {df (Sigma^-1)_kk + 1 / A^2}^-(df + J) / 2. With f = exp(log), |Sigma| grows by f^2, one
    # (Sigma^-1)_kk by f^-2, and Sigma -> D Sigma D changes volumes by f^(J + 1).
    df, j = model.priors.df, model.data.dimensions
    flat = (model.priors.donor * model.scale[:, None, None]) ** -2.0
    tight = df * state.tight[:, :, at]
    ratio = np.log(tight * np.exp(-2 * log) + flat) - np.log(tight + flat)
    return (j + 1 - df - 2 * j) * log - (df + j) / 2 * ratio


def _multiply(state: State, model: Model, at: Ints, log: Floats) -> None:
    """Donors and covariance with these baselines or responses multiplied, in place."""
    factor = np.ones(state.half.shape)
    factor[:, :, at] = np.exp(log)
    # In conditions instead of baselines and responses: together diag(factor) apart.
    turn = model.together @ (factor[..., None] * model.apart)
    state.root = turn @ state.root
    state.covariance = state.root @ state.root.mT
    state.tight = state.tight / factor**2
    state.u = model.design.times(turn, state.u)
