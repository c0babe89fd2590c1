"""Moves of standard deviations together with the effects they are of; the posterior stays as it is.

Effects near 0 hold their own standard deviation there, and the reverse. It is drawn once more for
effects in units of it (interweaving, Yu and Meng 2011, doi 10.1198/jcgs.2011.203main): of plates
exactly, of donors by a Metropolis step that multiplies effects and standard deviation by one
factor.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.model import Priors
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.structure import Structure

_APART = 1e-4
"""A plate's standard deviation is never drawn below this: effects in units of it stay finite."""
_STEPS = np.array([0.1, 0.3, 0.9])
"""Steps of the logarithm of a donors' standard deviation; each chain takes one of them at
random.
"""


def rescale_plates(
    phi: Floats,
    plate: Floats,
    precision: Floats,
    linear: Floats,
    design: Structure,
    priors: Priors,
    scale: Floats,
    rng: np.random.Generator,
) -> None:
    """Draw the plates' standard deviations given their effects in units of it, donors integrated
    out; in place.

    `precision` and `linear` are the normal equations, the plates' prior among them. The half-t
    prior is a normal of either sign with a gamma-distributed precision.
    """
    if not len(design.plated):
        return
    first, last = design.means, design.structural
    series = np.repeat(np.arange(len(design.plated)), design.plate_count.astype(np.intp))
    sd = np.sqrt(plate[:, design.plated])
    unit = phi[:, first:last] / sd[:, series]
    turned = np.zeros((len(phi), last - first, len(design.plated)))
    turned[:, np.arange(last - first), series] = unit
    block = precision[:, first:last, first:last].copy()
    at = np.arange(last - first)
    block[:, at, at] -= 1 / (sd**2)[:, series]
    block = np.tril(block) + np.tril(block, -1).transpose(0, 2, 1)
    left = linear[:, first:last] - (precision[:, first:last, :first] @ phi[:, :first, None])[..., 0]
    left -= (phi[:, None, last:] @ precision[:, last:, first:last])[:, 0]
    size = (priors.plate * scale)[:, None]
    weight = rng.standard_gamma((priors.freedom + 1) / 2, sd.shape) / (
        (priors.freedom + (sd / size) ** 2) / 2
    )
    inverse = turned.transpose(0, 2, 1) @ block @ turned
    each = np.arange(len(design.plated))
    inverse[:, each, each] += weight / size**2
    told = (turned.transpose(0, 2, 1) @ left[..., None])[..., 0]
    root = np.linalg.cholesky(inverse)
    half = np.linalg.solve(root, told[..., None])
    drawn = np.linalg.solve(root.transpose(0, 2, 1), half + rng.standard_normal(half.shape))[..., 0]
    drawn = np.where(np.abs(drawn) < _APART, _APART, drawn)
    phi[:, first:last] = unit * drawn[:, series]
    plate[:, design.plated] = drawn**2


def rescale_donors(
    state: State, model: Model, mean: Floats, error: Floats, rng: np.random.Generator
) -> None:
    """Multiply donors' baselines, then responses, of each series and their standard deviation by
    one factor; in place.

    `mean` and `error` (L, cells) are the wells' cells as they are seen. The covariance's prior with
    its mixing variables integrated out is Huang and Wand's equation 3; those variables must be
    drawn anew afterwards.
    """
    design, data = model.design, model.data
    conditions = len(data.conditions)
    blocks, series = state.half.shape[1], len(data.series)
    donor, condition = (
        design.well_donor[design.cell_start],
        design.well_condition[design.cell_start],
    )
    member = (design.block[donor] * series + design.cell_series)[:, None] == np.arange(
        blocks * series
    )
    for kind in range(conditions):
        at = np.arange(series) * conditions + kind
        log = rng.choice(_STEPS, len(mean))[:, None] * rng.standard_normal(
            (len(mean), blocks * series)
        )
        effect = state.u[:, donor, design.cell_series * conditions + kind]
        if kind:
            effect = effect - state.u[:, donor, design.cell_series * conditions]
            effect = effect * (condition == 1)
        by = (np.exp(log) - 1)[:, design.block[donor] * series + design.cell_series] * effect
        left = mean - state.eta
        gain = ((by * (2 * left - by) / error) @ member) / 2
        gain += _prior_gain(state, model, at, log.reshape(-1, blocks, series)).reshape(gain.shape)
        taken = np.log(rng.random(gain.shape)) < gain
        state.eta += by * taken[:, design.block[donor] * series + design.cell_series]
        _multiply(state, model, at, np.where(taken, log, 0.0).reshape(-1, blocks, series))


def _prior_gain(
    state: State, model: Model, at: np.ndarray[tuple[int], np.dtype[np.int64]], log: Floats
) -> Floats:
    """The log ratio of the covariance's prior, volumes included, when standard deviations grow by
    exp(log).
    """
    freedom, j = model.priors.freedom, model.data.dimensions
    flat = (model.priors.donor * model.scale[:, None, None]) ** -2.0
    tight = freedom * state.tight[:, :, at]
    ratio = np.log(tight * np.exp(-2 * log) + flat) - np.log(tight + flat)
    return np.asarray((j + 1 - freedom - 2 * j) * log - (freedom + j) / 2 * ratio)


def _multiply(
    state: State, model: Model, at: np.ndarray[tuple[int], np.dtype[np.int64]], log: Floats
) -> None:
    """Donors and covariance with these baselines or responses multiplied."""
    factor = np.ones(state.half.shape)
    factor[:, :, at] = np.exp(log)
    turn = model.together @ (factor[..., None] * model.apart)
    state.root = turn @ state.root
    state.covariance = state.root @ state.root.transpose(0, 1, 3, 2)
    state.tight = state.tight / factor**2
    if turn.shape[1] == 1:
        state.u = state.u @ turn[:, 0].transpose(0, 2, 1)
    else:
        state.u = np.matmul(turn[:, model.design.block], state.u[..., None])[..., 0]
