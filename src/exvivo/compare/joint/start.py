"""Where the chains of the joint model begin, and what stays the same while they run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.joint.model import JointData, Priors, Settings
from exvivo.compare.joint.moves import Blind, blind_units
from exvivo.compare.joint.structure import Structure, structure


@dataclass
class State:
    """Where the chains stand; the first axis runs over studies and chains (L). Roots G have
    covariance G G'.

    `phi` are means, plates and shared errors; `u` donors' effects on their conditions and scores;
    `v` cultures; `half` the mixing variables of the donors' standard deviations, `tight` the
    diagonal of the inverse covariance of baselines, responses and scores.
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
class Model:
    """The design with everything that stays the same while chains run. `scale` (L) multiplies the
    prior scales.
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
    chain: Ints
    place: Ints
    lower: Floats
    upper: Floats
    low_limit: Floats
    high_limit: Floats
    exchangeable: bool
    together: Floats
    apart: Floats
    blind: tuple[Blind, ...]


def begin(
    data: JointData, *, priors: Priors, settings: Settings, rng: np.random.Generator
) -> tuple[Model, State]:
    """The model of these studies and chains, and where the chains begin (spread more widely than
    they will be).
    """
    design = structure(data, by_group=settings.covariance_by_group)
    chains, studies = settings.chains, data.studies
    scale = np.tile(np.resize(np.array(settings.scales), chains), studies)
    lower, upper = data.lower[:, design.order], data.upper[:, design.order]
    y, centre = _middles(lower, upper, design, len(data.series))
    study, place = np.nonzero(lower != upper)
    where = (study[:, None] * chains + np.arange(chains)).ravel()
    each = np.repeat(place, chains)
    of = (where // chains, design.well_series[each])
    score = np.broadcast_to(data.score, (studies, *data.score.shape[1:]))[
        :, design.score_donor, design.score_scale
    ]
    contrast = _contrasts(data, settings.pooled)
    model = Model(
        data,
        design,
        priors,
        scale,
        centre,
        _own(design),
        _mean_prior(data, priors, scale, contrast, settings),
        contrast,
        np.repeat(score, chains, axis=0),
        where,
        each,
        lower[where // chains, each] - centre[of],
        upper[where // chains, each] - centre[of],
        *_limits(lower, upper, data, design, centre),
        settings.pooled is not None,
        *_baselines_and_responses(data),
        blind_units(
            lower - centre[:, design.well_series],
            upper - centre[:, design.well_series],
            design,
            len(data.conditions),
            chains,
        ),
    )
    return model, _start(np.repeat(y, chains, axis=0), model, rng)


def _middles(lower: Floats, upper: Floats, design: Structure, series: int) -> tuple[Floats, Floats]:
    """A first guess of every well, less the middle (B, series) of its series; and that middle."""
    guess = np.where(
        np.isfinite(lower),
        np.where(np.isfinite(upper), (lower + upper) / 2, lower + 0.3),
        upper - 0.3,
    )
    centre = np.stack(
        [np.median(guess[:, design.well_series == a], axis=1) for a in range(series)], axis=1
    )
    return guess - centre[:, design.well_series], centre


def _limits(
    lower: Floats, upper: Floats, data: JointData, design: Structure, centre: Floats
) -> tuple[Floats, Floats]:
    """Of every well (B, W) the limits it would be undetected beyond, less its series' middle;
    infinite where none is known.
    """
    plate = data.wells.plate[design.order]
    ends = []
    for bound, open_end, sign in ((upper, lower, -1.0), (lower, upper, 1.0)):
        beyond = np.isinf(open_end) & (lower != upper)
        limit = np.full(bound.shape, sign * np.inf)
        for b in range(len(bound)):
            for a in range(len(data.series)):
                mine = beyond[b] & (design.well_series == a)
                if mine.any():
                    of_series = design.well_series == a
                    limit[b, of_series] = np.median(bound[b, mine])
                    for p in np.unique(plate[mine]):
                        limit[b, of_series & (plate == p)] = np.median(
                            bound[b, mine & (plate == p)]
                        )
        detected = lower == upper
        limit = np.where(
            beyond, bound, np.where(detected & (sign * (limit - lower) < 0), sign * np.inf, limit)
        )
        ends.append(limit - centre[:, design.well_series])
    return ends[0], ends[1]


def _baselines_and_responses(data: JointData) -> tuple[Floats, Floats]:
    """The matrix that makes a donor's conditions (and scores) of baselines, responses (and scores),
    and its inverse.
    """
    together = np.eye(data.dimensions)
    if len(data.conditions) == 2:
        stimulated = np.arange(len(data.series)) * 2 + 1
        together[stimulated, stimulated - 1] = 1.0
    return together, np.asarray(np.linalg.inv(together), dtype=np.float64)


def _own(design: Structure) -> Floats:
    """What is known of the covariance of each pattern's cells: errors of one donor; and 1 where
    there is no cell.
    """
    real = design.real[design.pattern_donor]
    return np.asarray(
        design.known[design.pattern_donor] + np.eye(real.shape[1]) * ~real[:, :, None]
    )


def _contrasts(data: JointData, pooled: tuple[str, str] | None) -> Floats:
    """The difference of responses (or levels) between two groups, of each series, as weights of the
    means (series, means).
    """
    series, conditions, groups = len(data.series), len(data.conditions), len(data.groups)
    weights = np.zeros((series, data.dimensions, groups))
    if pooled:
        first, second = (data.groups.index(group) for group in pooled)
        for a in range(series):
            for c in range(conditions):
                side = 1.0 if c == conditions - 1 else -1.0
                weights[a, a * conditions + c, [first, second]] = side, -side
    return weights.reshape(series, -1)


def _mean_prior(
    data: JointData, priors: Priors, scale: Floats, contrast: Floats, settings: Settings
) -> Floats:
    """The prior precision (L, means, means) of the means. Pooled: it says nothing of the
    exchangeable contrasts.
    """
    groups, means = len(data.groups), data.dimensions * len(data.groups)
    one = np.eye(groups) * priors.deviation**2 * scale[:, None, None] ** 2 + priors.level**2
    whole = np.zeros((len(scale), means, means))
    for j, inverse in [(j, np.linalg.inv(one)) for j in range(data.dimensions)]:
        at = slice(j * groups, (j + 1) * groups)
        whole[:, at, at] = inverse
    if settings.pooled is None:
        return whole
    off = np.eye(means) - contrast.T @ contrast / (contrast[0] @ contrast[0])
    return np.asarray(off @ whole @ off)


def _start(y: Floats, model: Model, rng: np.random.Generator) -> State:
    design, data = model.design, model.data
    chains, j, k = len(y), data.dimensions, len(data.series)
    blocks = int(design.block.max()) + 1
    spread = np.exp(rng.normal(np.log(0.5), 0.4, (chains, blocks, j)))
    root = np.eye(j) * spread[..., None]
    sizes = [np.exp(2 * rng.normal(np.log(size), 0.4, (chains, k))) for size in (0.2, 0.2, 0.2)]
    cells = np.add.reduceat(y, design.cell_start, axis=1) / design.cell_size
    return State(
        y=y,
        eta=cells,
        phi=np.zeros((chains, design.structural + design.key.shape[2])),
        u=np.zeros((chains, len(data.donors), j)),
        v=np.zeros((chains, len(design.unit_series))),
        root=root,
        covariance=root**2,
        half=np.ones((chains, blocks, j)),
        tight=1 / spread**2,
        well=sizes[0],
        plate=sizes[1],
        culture=sizes[2],
        pool=np.stack([np.zeros(chains), np.full(chains, 0.5)], axis=1),
    )
