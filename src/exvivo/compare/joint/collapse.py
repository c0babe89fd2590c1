"""One series' own donor effects integrated out while their covariance with all else is drawn.

Where wells err as widely as donors differ, or many are undetected, donors' effects and their
covariance hold one another in place. Here the effects b of one series (baseline and response, or
level) are integrated out (collapsed Gibbs, Liu 1994, doi 10.1080/01621459.1994.10476829) and drawn
anew afterwards. Given the effects x of all else,

    b = L (Z x + standard normal),     L lower triangular

A donor's conditions are G (Z x + standard normal), G = T L, with T from (baseline, response) to
conditions. What the wells say of one condition is

    detected      seen ~ N(condition, error)
    no detected   low < condition < high: the wells' own errors are held
    no well       nothing

Z: entries of column k are N(0, half_k / (2 df)) by Huang and Wand's prior (doi 10.1214/13-BA815),
so that Z given the wells is normal, and is drawn at once. Conditions without detected well are
held where they stand.

L: proposals of the logarithms of its diagonal and of its slope t, l21 = t l22, many at once: a
centre near L is drawn, proposals around the centre, and one of all of them and L by its density
(Tjelmeland 2004; Calderhead 2014, doi 10.1073/pnas.1408184111). In these coordinates the prior,
mixing variables integrated out (equation 3) and volumes included, is

    |L|^(1 - df - J)  x  prod over k of {df (L L')^-1_kk + 1 / A^2}^-(df + J) / 2
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.algebra import add_diagonal, gaussian, small_inverse
from exvivo.compare.joint.start import Model, State
from exvivo.compare.joint.truncated import log_mass, truncated_normal

_STEPS = np.array([0.1, 0.4, 1.6])
"""Steps of the logarithms and the slope; each chain takes one of them at random."""
_PROPOSALS = 7
_ROUNDS = 2
"""How often each coordinate moves in one visit."""
_NO_WELL = 1e12
"""The variance (log2 squared) with which a condition without wells is seen."""
_LEAST = 1e-12


@dataclass(frozen=True)
class _Wells:
    """What the wells say of each donor's conditions (L, n, p): means and errors where they are
    seen, `low` and `high` where no well is detected; where `bounded`, one of these two.
    """

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    bounded: Bools


@dataclass(frozen=True)
class _Turns:
    """The donors' conditions one after the other (L, n): means and errors of the first, which is
    seen or held; of the last, if it is not `inside` bounds (low to high).

    `swapped`: the unstimulated one comes last. With one condition only the first says nothing.
    """

    first: Floats
    first_error: Floats
    last: Floats
    last_error: Floats
    low: Floats
    high: Floats
    inside: Bools
    swapped: Bools


@dataclass(frozen=True)
class _Split:
    """Conditions in turn (L, k, n), for k roots: expected value and variance of the first,
    covariance, expected value and variance of the last, and these given the first as it is seen.
    """

    first: Floats
    first_variance: Floats
    both: Floats
    last: Floats
    last_variance: Floats
    given: Floats
    given_variance: Floats


def redraw_covariance(state: State, model: Model, a: int, rng: np.random.Generator) -> None:
    """Draw Z and L of series number `a`, then its donors' effects and mixing variables, in place;
    `tight` is left as it was.
    """
    p = len(model.data.conditions)
    own = np.arange(a * p, (a + 1) * p)
    rest = np.delete(np.arange(model.data.dimensions), own)
    turn = model.together[np.ix_(own, own)]
    whole = model.apart @ state.covariance[:, 0] @ model.apart.T
    root = _given_rest(whole, own)
    others = (state.u @ model.apart.T)[:, :, rest]
    wells = _wells(state, model, a)
    z = _regression(turn @ root, others, wells, state.half[:, 0, rest], model, rng)
    turns, expected = _turns(wells, rng), others @ z.mT
    for coordinate in tuple(range(p * (p + 1) // 2)) * _ROUNDS:
        root = _moved(root, coordinate, expected, turns, turn, model, rng)
    _assemble(state, model, (own, rest), root, z, whole)
    centre = expected @ (turn @ root).mT
    _keep(state, model, a, _effects(turn @ root, centre, turns, rng))
    _mix(state, model, own, root, rng)


def _given_rest(whole: Floats, own: Ints) -> Floats:
    """L of the covariance L L' of some dimensions given all others, from the covariance of all
    (chains, J, J).
    """
    precision = np.asarray(np.linalg.inv(whole), dtype=np.float64)
    return _root(small_inverse(precision[:, own[:, None], own]))


def _wells(state: State, model: Model, a: int) -> _Wells:
    """What the wells of series `a` say of its donors' conditions."""
    p = len(model.data.conditions)
    own = state.u[:, :, a * p : (a + 1) * p]
    mean, error = _seen(state, model, a, own)
    low, high = np.full(own.shape, -np.inf), np.full(own.shape, np.inf)
    blind, bounded = model.blind_of[a], error == _NO_WELL
    if len(blind.donor):
        here = blind.chain, blind.donor, blind.dimension - a * p
        y = state.y[blind.chain[blind.well_unit], blind.well]
        low[here] = own[here] + np.maximum.reduceat(blind.lower - y, blind.well_start)
        high[here] = own[here] + np.minimum.reduceat(blind.upper - y, blind.well_start)
        high = np.maximum(high, low + _LEAST)
        bounded[here] = True
        # Where it is taken first, such a condition is held where it stands.
        mean[here], error[here] = own[here], _LEAST
    return _Wells(mean, error, low, high, bounded)


def _seen(state: State, model: Model, a: int, own: Floats) -> tuple[Floats, Floats]:
    """Mean and error of the wells of each donor's conditions (L, n, p), less all but the donor's
    own part.
    """
    part, design = model.design.parts[a], model.design
    rest = state.y[:, part.wells] - state.eta[:, design.well_cell[part.wells]]
    weight = 1 / (state.well[:, a : a + 1] + design.well_sd[part.wells] ** 2)
    total = np.full((len(own), own[0].size), 1 / _NO_WELL)
    mean = np.zeros_like(total)
    total[:, part.unit] = np.add.reduceat(weight, part.start, axis=1)
    mean[:, part.unit] = np.add.reduceat(weight * rest, part.start, axis=1)
    return (mean / total).reshape(own.shape) + own, 1 / total.reshape(own.shape)


def _regression(
    root: Floats,
    others: Floats,
    wells: _Wells,
    half: Floats,
    model: Model,
    rng: np.random.Generator,
) -> Floats:
    """Z (L, p, J - p) given G and the wells: with V = G G' + diag(error) of each donor,

    vec Z ~ N(P^-1 b, P^-1),  P = sum (G'V^-1 G) x xx' + prior,  b = sum (G'V^-1 seen) x x
    """
    chains, p, k = len(root), root.shape[1], others.shape[2]
    if not k:
        return np.empty((chains, p, 0))
    precision, linear = _normal_equations(root, others, wells)
    add_diagonal(precision, np.tile(2 * model.priors.df / half, p))
    lower = _root(precision)
    normal = rng.standard_normal((chains, p * k))
    return gaussian(lower, linear, normal).reshape(chains, p, k)


def _normal_equations(root: Floats, others: Floats, wells: _Wells) -> tuple[Floats, Floats]:
    """P (L, p k, p k) without the prior, and b (L, p k), of vec Z by rows."""
    chains, p, k = len(root), root.shape[1], others.shape[2]
    covariance = np.broadcast_to((root @ root.mT)[:, None], (*wells.error.shape, p)).copy()
    add_diagonal(covariance, wells.error)
    through = root.mT[:, None] @ small_inverse(covariance)
    weight = through @ root[:, None]
    linear = np.matmul(through, wells.mean[..., None])[..., 0].mT @ others
    # P as blocks (L, p, p, k, k), then as matrices.
    weighted = weight.transpose(0, 2, 3, 1)[..., None] * others[:, None, None]
    blocks = (weighted.mT @ others[:, None, None]).transpose(0, 1, 3, 2, 4)
    return blocks.reshape(chains, p * k, p * k), linear.reshape(chains, p * k)


def _root(matrices: Floats) -> Floats:
    """The lower triangular roots of these matrices."""
    return np.asarray(np.linalg.cholesky(np.asarray(matrices)), dtype=np.float64)


def _turns(wells: _Wells, rng: np.random.Generator) -> _Turns:
    """The donors' conditions in turn: last the one without detected well; of two such, one at
    random.
    """
    fields: tuple[Floats, ...] = (wells.mean, wells.error, wells.low, wells.high)
    if wells.mean.shape[2] == 1:
        nothing = np.zeros(wells.mean.shape[:2])
        swapped = nothing > 0
        last, first = [each[..., 0] for each in fields], [nothing, nothing + 1]
        inside = wells.bounded[..., 0]
    else:
        coin = rng.random(wells.mean.shape[:2]) < 0.5
        swapped = wells.bounded[..., 0] & (coin | ~wells.bounded[..., 1])
        last = [np.where(swapped, each[..., 0], each[..., 1]) for each in fields]
        first = [np.where(swapped, each[..., 1], each[..., 0]) for each in fields]
        inside = np.where(swapped, wells.bounded[..., 0], wells.bounded[..., 1])
    mean, error, low, high = last
    return _Turns(first[0], first[1], mean, error, low, high, inside, swapped)


def _split(root: Floats, centre: Floats, turns: _Turns) -> _Split:
    """The conditions in turn, with G (L, k, p, p) and their expected values (L, k or 1, n, p)."""
    variance = root @ root.mT
    v_last, m_last = variance[..., -1, -1, None], centre[..., -1]
    v_first, m_first = np.zeros_like(v_last), np.zeros_like(m_last)
    both = v_first
    if root.shape[2] == 2:
        v_first, m_first, both = (
            variance[..., 0, 0, None],
            centre[..., 0],
            variance[..., 0, 1, None],
        )
        if turns.swapped.any():
            swapped = turns.swapped[:, None]
            m_first, m_last = np.where(swapped, (m_last, m_first), (m_first, m_last))
            v_first, v_last = (
                np.where(swapped, v_last, v_first),
                np.where(swapped, v_first, v_last),
            )
    gain = both / (v_first + turns.first_error[:, None])
    given = m_last + gain * (turns.first[:, None] - m_first)
    rest = np.maximum(v_last - gain * both, _LEAST)
    return _Split(m_first, v_first, both, m_last, v_last, given, rest)


def _log_likelihood(root: Floats, centre: Floats, turns: _Turns) -> Floats:
    """What the wells say of each G (L, k)."""
    split = _split(root, centre, turns)
    first, last = turns.first[:, None] - split.first, turns.last[:, None] - split.given
    deviance = _deviance(first, split.first_variance + turns.first_error[:, None])
    last = _deviance(last, split.given_variance + turns.last_error[:, None])
    _deviance_inside(last, split, turns)
    return np.asarray((deviance + last).sum(axis=2) / -2)


def _deviance(rest: Floats, variance: Floats) -> Floats:
    """Minus twice the log density of normals, without its constant."""
    return np.asarray(np.log(variance) + rest**2 / variance)


def _deviance_inside(deviance: Floats, split: _Split, turns: _Turns) -> None:
    """Minus twice the log probability of the bounds, where the last condition is within some; in
    place.
    """
    chain, donor = np.nonzero(turns.inside)
    at = chain, slice(None), donor
    ends = (each[chain, donor, None] - split.given[at] for each in (turns.low, turns.high))
    low, high = (end / np.sqrt(split.given_variance[at]) for end in ends)
    deviance[at] = -2 * log_mass(low, high)


def _log_prior(root: Floats, model: Model) -> Floats:
    """The log density of L (L, k) in the logarithms of its diagonal and its slope."""
    df, j = model.priors.df, model.data.dimensions
    flat = _flat(model)[:, None]
    volume = (1 - df - j) * np.log(_diagonal(root)).sum(axis=2)
    tight = np.log(df * _diagonal_of_inverse(root) + flat).sum(axis=2)
    return np.asarray(volume - (df + j) / 2 * tight)


def _flat(model: Model) -> Floats:
    """1 / A^2 of each chain (L, 1)."""
    return np.asarray((model.priors.donor * model.scale[:, None]) ** -2.0)


def _diagonal_of_inverse(root: Floats) -> Floats:
    """The diagonal of (L L')^-1."""
    tight = _diagonal(root) ** -2.0
    if root.shape[-1] == 2:
        tight[..., 0] *= 1 + _slope(root) ** 2
    return tight


def _diagonal(root: Floats) -> Floats:
    """The diagonal of L."""
    return np.asarray(np.diagonal(root, axis1=-2, axis2=-1))


def _slope(root: Floats) -> Floats:
    """The slope t of L: l21 = t l22; L^-1 has -t / l11 below its diagonal."""
    return np.asarray(root[..., 1, 0] / root[..., 1, 1])


def _moved(
    root: Floats,
    coordinate: int,
    expected: Floats,
    turns: _Turns,
    turn: Floats,
    model: Model,
    rng: np.random.Generator,
) -> Floats:
    """L with one coordinate moved: one of itself and proposals, by their density. `expected` is
    Z x (L, n, p).
    """
    tried = _proposals(root, coordinate, rng)
    roots = turn @ tried
    density = _log_likelihood(roots, expected[:, None] @ roots.mT, turns)
    density += _log_prior(tried, model)
    gumbel = -np.log(rng.standard_exponential(density.shape))
    return np.asarray(tried[np.arange(len(tried)), np.argmax(density + gumbel, axis=1)])


def _proposals(root: Floats, coordinate: int, rng: np.random.Generator) -> Floats:
    """L and proposals (L, k, p, p) with one coordinate moved: the centre is a step from L, and they
    are steps from it.
    """
    size = len(root), 1 + _PROPOSALS
    by = rng.choice(_STEPS, size) * rng.standard_normal(size)
    by[:, 1:] += by[:, :1]
    by[:, 0] = 0
    tried = np.repeat(root[:, None], size[1], axis=1)
    if coordinate < root.shape[1]:
        # A row of L grows: the slope stays as it is.
        tried[:, :, coordinate] *= np.exp(by)[..., None]
    else:
        tried[:, :, 1, 0] += by * tried[:, :, 1, 1]
    return tried


def _effects(root: Floats, centre: Floats, turns: _Turns, rng: np.random.Generator) -> Floats:
    """The donors' conditions (L, n, p) given G: the last one, then the first given it."""
    split = _split(root[:, None], centre[:, None], turns)
    given, variance = split.given[:, 0], split.given_variance[:, 0]
    last = _normal(given, variance, turns.last, turns.last_error, rng)
    _draw_inside(last, given, np.broadcast_to(variance, given.shape), turns, rng)
    if centre.shape[2] == 1:
        return last[..., None]
    gain = (split.both / split.last_variance)[:, 0]
    other = split.first[:, 0] + gain * (last - split.last[:, 0])
    rest = np.maximum(split.first_variance[:, 0] - gain * split.both[:, 0], _LEAST)
    first = _normal(other, rest, turns.first, turns.first_error, rng)
    swapped = turns.swapped
    return np.stack([np.where(swapped, last, first), np.where(swapped, first, last)], axis=2)


def _draw_inside(
    last: Floats, given: Floats, variance: Floats, turns: _Turns, rng: np.random.Generator
) -> None:
    """Draw the last condition within its bounds, where it has some; in place."""
    inside = turns.inside
    sd = np.sqrt(variance[inside])
    low, high = ((end[inside] - given[inside]) / sd for end in (turns.low, turns.high))
    drawn = truncated_normal(low, np.maximum(high, low + _LEAST), rng)
    last[inside] = given[inside] + sd * drawn


def _normal(
    centre: Floats, variance: Floats, seen: Floats, error: Floats, rng: np.random.Generator
) -> Floats:
    """Normals with this expected value and variance that are `seen` with this error."""
    gain = variance / (variance + error)
    return rng.normal(centre + gain * (seen - centre), np.sqrt(gain * error))


def _assemble(
    state: State, model: Model, at: tuple[Ints, Ints], root: Floats, z: Floats, whole: Floats
) -> None:
    """The donors' covariance of L and Z and that of all else (in `whole`), in place."""
    own, rest = at
    other = whole[:, rest[:, None], rest]
    across = root @ z @ other
    whole[:, own[:, None], rest] = across
    whole[:, rest[:, None], own] = across.mT
    whole[:, own[:, None], own] = root @ root.mT + across @ (root @ z).mT
    state.root[:, 0] = model.together @ np.linalg.cholesky(whole)
    state.covariance = state.root @ state.root.mT


def _keep(state: State, model: Model, a: int, conditions: Floats) -> None:
    """Give donors these conditions (L, n, p) of series `a`, and shift cells and wells without
    detected ones with them, in place.
    """
    part, p = model.design.parts[a], conditions.shape[2]
    at = slice(a * p, (a + 1) * p)
    by = conditions - state.u[:, :, at]
    state.u[:, :, at] = conditions
    state.eta[:, part.cells] += by.reshape(len(by), -1)[:, part.cell_unit]
    blind = model.blind_of[a]
    if len(blind.donor):
        unit = by[blind.chain, blind.donor, blind.dimension - a * p]
        state.y[blind.chain[blind.well_unit], blind.well] += unit[blind.well_unit]


def _mix(state: State, model: Model, own: Ints, root: Floats, rng: np.random.Generator) -> None:
    """The mixing variables of the series' own standard deviations, in place."""
    df, j = model.priors.df, model.data.dimensions
    tight = _diagonal_of_inverse(root)
    rate = df * tight + _flat(model)
    state.half[:, 0, own] = rate / rng.standard_gamma((df + j) / 2, rate.shape)
