"""Where the chains of the joint model begin, and what stays the same while they run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.blind import Blind, blind_of_series, blind_units
from exvivo.compare.joint.half_t import HalfT
from exvivo.compare.joint.model import JointData, Priors, Settings
from exvivo.compare.joint.structure import Structure

_TELLING = 0.2
"""Wells that tell less than this share of the spread between donors tell little."""
_LEAST_SPREAD = 1e-6
_BEYOND = 0.3
"""The first guess of an undetected well lies this far (log2) beyond its limit."""
_FIRST_SPREAD, _FIRST_SIZE, _FIRST_JITTER = 0.5, 0.2, 0.4
"""Standard deviations to begin with: of donors, of wells, plates and cultures; and how far chains
begin apart (sd of their logarithm).
"""


@dataclass
class State:
    """Where the chains stand; the first axis runs over studies and chains (L).

    y (L, W) are the wells, less the middle of their series, with undetected ones as drawn; `eta`
    (L, cells) the expected value of each cell of wells; `phi` (L, columns) means, plates and shared
    errors; `u` (L, n, J) donors' effects on their conditions and scores; `v` (L, units) cultures.
    `covariance` (L, blocks, J, J) is that of u, `root` a G with covariance G G'; `half` (L, blocks,
    J) the mixing variables of the donors' standard deviations, `tight` the diagonal of the inverse
    covariance of baselines, responses and scores. `well` and `culture` (L, series) and `plate` (L,
    terms) are variances; `pool` (L, 2) mean and sd of the exchangeable differences.
    """

    y: Floats
    eta: Floats
    phi: Floats
    u: Floats
    v: Floats
    root: Floats
    covariance: Floats
    half: Floats
    tight: Floats
    well: Floats
    plate: Floats
    culture: Floats
    pool: Floats


@dataclass(frozen=True)
class Undetected:
    """The undetected wells of all chains, one after another: chain, well and bounds of each."""

    chain: Ints
    well: Ints
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Model:
    """The design with everything that stays the same while chains run.

    `scale` (L,) multiplies the prior scales; `centre` (B, series) is what was taken from the wells;
    `fixed` (patterns, m, m) the known part of the covariance of cells; `prior` (L, means, means)
    the prior precision of the means; `contrast` (series, means) the exchangeable differences, if
    any; `score` (L, scores); `blind` are the donors' conditions without
    detected well, `blind_of` those of each series; `unclear` the series whose covariance is also
    drawn by itself. Each well's limits (B, W) are those it would be undetected beyond. A
    donor's conditions are `together` @ (baselines, responses), and `apart` is the inverse.
    """

    data: JointData
    design: Structure
    priors: Priors
    scale: Floats
    centre: Floats
    fixed: Floats
    prior: Floats
    contrast: Floats
    score: Floats
    undetected: Undetected
    low_limit: Floats
    high_limit: Floats
    exchangeable: bool
    together: Floats
    apart: Floats
    blind: tuple[Blind, ...]
    blind_of: tuple[Blind, ...]
    unclear: Ints

    def half_t(self, size: float) -> HalfT:
        """The prior of standard deviations of this size."""
        return HalfT((size * self.scale)[:, None], self.priors.df)

    def half_t_of_plates(self) -> HalfT:
        """The prior of the standard deviations of the plate terms."""
        return HalfT(self.scale[:, None] * self._plate_sizes, self.priors.df)

    @property
    def _plate_sizes(self) -> Floats:
        """The prior scale of each plate term."""
        on_response = self.design.plated >= len(self.data.series)
        return np.where(on_response, self.priors.plate_response, self.priors.plate)


def begin(
    data: JointData, *, priors: Priors, settings: Settings, rng: np.random.Generator
) -> tuple[Model, State]:
    """The model of these studies and chains, and where the chains begin (spread more widely than
    they will be).
    """
    design = Structure(data)
    chains = settings.chains
    scale = np.tile(np.resize(np.array(settings.scales), chains), data.studies)
    contrast = _contrasts(data, settings.pooled)
    lower, upper = data.lower[:, design.order], data.upper[:, design.order]
    guess = _guess(lower, upper)
    centre = _middles(guess, design)
    middle = centre[:, design.well_series]
    together = _baselines_and_responses(data)
    model = Model(
        data=data,
        design=design,
        priors=priors,
        scale=scale,
        centre=centre,
        fixed=_known_covariance(design),
        prior=_mean_prior(data, priors, scale, contrast if settings.pooled else None),
        contrast=contrast,
        score=_scores(data, design, chains),
        undetected=_undetected(lower - middle, upper - middle, chains),
        low_limit=_limits(upper, lower, -np.inf, design) - middle,
        high_limit=_limits(lower, upper, np.inf, design) - middle,
        exchangeable=settings.pooled is not None,
        together=together,
        apart=np.asarray(np.linalg.inv(together), dtype=np.float64),
        blind=blind_units(lower - middle, upper - middle, design, chains),
        blind_of=blind_of_series(lower - middle, upper - middle, design, chains),
        unclear=_unclear(guess, design),
    )
    return model, _start(np.repeat(guess - middle, chains, axis=0), model, rng)


def _unclear(guess: Floats, design: Structure) -> Ints:
    """The series whose wells, in any condition and study, tell little of their donors."""
    series = range(len(design.data.series))
    told = [[_told(values, design, a) for values in guess] for a in series]
    return np.flatnonzero(np.min(told, axis=1) < _TELLING)


def _told(guess: Floats, design: Structure, series: int) -> float:
    """The share of the spread between donors in that of the means of their wells (0 to 1), in the
    condition where it is least; a well errs as known, or as wells of one cell differ.
    """
    part = design.parts[series]
    values, sd = guess[part.wells], design.well_sd[part.wells]
    size = np.diff(part.start, append=len(values))
    mean = np.add.reduceat(values, part.start) / size
    own = _variance_within(values, mean, size)
    error = np.maximum(np.add.reduceat(sd**2, part.start) / size, own) / size
    conditions = len(design.data.conditions)
    chosen = (part.unit % conditions == condition for condition in range(conditions))
    return min(_share(mean[at], error[at]) for at in chosen)


def _variance_within(values: Floats, mean: Floats, size: Ints) -> float:
    """The variance of wells around the `mean` of their unit, of `size` wells each."""
    squares = (values - np.repeat(mean, size)) ** 2
    return float(squares.sum()) / max(len(values) - len(size), 1)


def _share(mean: Floats, error: Floats) -> float:
    """The share of the spread of means that is not their error; 1 where they are too few."""
    if len(mean) < 2:
        return 1.0
    return 1 - float(error.mean()) / (float(mean.var(ddof=1)) + _LEAST_SPREAD)


def _guess(lower: Floats, upper: Floats) -> Floats:
    """A first guess of every well (B, W): the middle of its bounds, or a bit beyond its limit."""
    middle = np.where(np.isfinite(upper), (lower + upper) / 2, lower + _BEYOND)
    return np.where(np.isfinite(lower), middle, upper - _BEYOND)


def _middles(guess: Floats, design: Structure) -> Floats:
    """The median of the wells of each series (B, series)."""
    wells = np.split(guess, design.series_start[1:], axis=1)
    return np.stack([np.median(series, axis=1) for series in wells], axis=1)


def _scores(data: JointData, design: Structure, chains: int) -> Floats:
    """The given scores (L, scores), the same in every study and chain or those of its own study."""
    donor, scale = design.scored
    score = np.broadcast_to(data.score[:, donor, scale], (data.studies, len(donor)))
    return np.repeat(score, chains, axis=0)


def _undetected(lower: Floats, upper: Floats, chains: int) -> Undetected:
    """The undetected wells of every chain, from bounds (B, W)."""
    study, well = np.repeat(np.nonzero(lower != upper), chains, axis=1)
    chain = study * chains + np.arange(len(study)) % chains
    return Undetected(chain, well, lower[study, well], upper[study, well])


def _limits(bound: Floats, open_end: Floats, far: float, design: Structure) -> Floats:
    """Of every well (B, W) the limit on one side that it would be undetected beyond; `far`
    (infinite) where none is known.

    An undetected well has its own `bound`. A detected one has the middle limit of its series and
    plate, else of its series, unless it lies beyond that itself.
    """
    beyond = np.isinf(open_end) & (bound != open_end)
    limit = np.full(bound.shape, far)
    for study in range(len(bound)):
        for series in range(len(design.data.series)):
            own = design.well_series == series
            _fill_limit(limit[study], bound[study], own, beyond[study] & own, design)
    broken = (bound == open_end) & (np.sign(far) * (limit - bound) < 0)
    return np.where(beyond, bound, np.where(broken, far, limit))


def _fill_limit(
    limit: Floats, bound: Floats, own: Bools, undetected: Bools, design: Structure
) -> None:
    """The middle limit of one series (its wells are `own`) and of each of its plates, in place."""
    if not undetected.any():
        return
    limit[own] = np.median(bound[undetected])
    plate = design.data.wells.plate[design.order]
    for p in np.unique(plate[undetected]):
        limit[own & (plate == p)] = np.median(bound[undetected & (plate == p)])


def _baselines_and_responses(data: JointData) -> Floats:
    """The matrix that makes a donor's conditions (and scores) of baselines and responses (and
    scores): stimulated = baseline + response.
    """
    together = np.eye(data.dimensions)
    if len(data.conditions) == 2:
        stimulated = np.arange(1, 2 * len(data.series), 2)
        together[stimulated, stimulated - 1] = 1.0
    return together


def _known_covariance(design: Structure) -> Floats:
    """What is known of the covariance of each pattern's cells: errors of one donor; and 1 where
    there is no cell.
    """
    real = design.real[design.pattern_donor]
    empty = np.eye(real.shape[1]) * ~real[:, :, None]
    return design.known_covariance[design.pattern_donor] + empty


def _contrasts(data: JointData, pooled: tuple[str, str] | None) -> Floats:
    """The difference of responses (or levels) between two groups, of each series, as weights of the
    means (series, means).
    """
    series, conditions = np.arange(len(data.series)), len(data.conditions)
    weights = np.zeros((len(series), data.dimensions, len(data.groups)))
    for group, sign in zip(pooled or (), (1.0, -1.0), strict=False):
        g = data.groups.index(group)
        weights[series, series * conditions, g] = -sign
        # The last condition last: with one condition the difference is that of its levels.
        weights[series, series * conditions + conditions - 1, g] = sign
    return weights.reshape(len(series), -1)


def _mean_prior(data: JointData, priors: Priors, scale: Floats, contrast: Floats | None) -> Floats:
    """The prior precision (L, means, means) of the means. With a `contrast` it says nothing of the
    exchangeable differences.

    A group's mean is level + deviation, so that the means of one dimension have covariance
    deviation^2 I + level^2.
    """
    groups = len(data.groups)
    deviation = np.eye(groups) * priors.deviation**2 * scale[:, None, None] ** 2
    one = np.linalg.inv(deviation + priors.level**2)
    means = data.dimensions * groups
    whole = np.zeros((len(scale), means, means))
    for first in range(0, means, groups):
        at = slice(first, first + groups)
        whole[:, at, at] = one
    if contrast is None:
        return whole
    # The differences are orthogonal and of one length: projected out on both sides.
    off = np.eye(means) - contrast.T @ contrast / (contrast[0] @ contrast[0])
    return np.asarray(off @ whole @ off)


def _start(y: Floats, model: Model, rng: np.random.Generator) -> State:
    """The chains before their first sweep: standard deviations at random, effects at 0."""
    design, data = model.design, model.data
    chains, j, k = len(y), data.dimensions, len(data.series)
    blocks = int(design.block.max()) + 1
    spread = np.exp(rng.normal(np.log(_FIRST_SPREAD), _FIRST_JITTER, (chains, blocks, j)))
    root = np.eye(j) * spread[..., None]
    well, plate, culture = (
        np.exp(2 * rng.normal(np.log(_FIRST_SIZE), _FIRST_JITTER, (chains, size)))
        for size in (k, 2 * k, k)
    )
    return State(
        y=y,
        eta=np.add.reduceat(y, design.cell_start, axis=1) / design.cell_size,
        phi=np.zeros((chains, design.columns)),
        u=np.zeros((chains, len(data.donors), j)),
        v=np.zeros((chains, len(design.unit_series))),
        root=root,
        covariance=root**2,
        half=np.ones((chains, blocks, j)),
        tight=1 / spread**2,
        well=well,
        plate=plate,
        culture=culture,
        pool=np.tile([0.0, 0.5], (chains, 1)),
    )
