"""New wells of the donors of an answer, some of whose wells are known only by bounds.

The level t₁ of a donor on the one side and its response d on the other are what the likelihood of
the wells fitted (`group_model`): means by the asked column, a covariance L L' for each group. What
the levels of shared terms add is drawn anew, for level and response. A well is what its side says
with the error of the well, and is undetected beyond the limit that the study's undetected wells of
its plate have (of all plates, where its plate has none); where copies are counted, it holds a
Poisson number of them, and is undetected where that is none or reads less than shows by the end of
the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.calibrated.donors import loadings_of, weights_of_terms
from exvivo.compare.calibrated.draws import Levels, Setting, levels_of
from exvivo.compare.methods.donor_likelihoods import Wells, error_of, with_errors
from exvivo.compare.methods.well_regression import WellRegression, centred_design
from exvivo.compare.sample import Sample, Well

_MOST_COPIES = 40.0
"""The log2 number of copies of a well that is drawn at most."""


@dataclass(frozen=True)
class Layout:
    """The wells of some donors in a row: `donor` (wells,) the place of each one's donor, whether it
    is `stimulated`, its `weight` in the donor's result, its own `error`, and what one copy reads
    (NaN: not counted). Under `floor` and over `ceiling` a well has no value; between `bottom` and
    the floor it is known to lie there. The floor of a counted well is the end of its run.
    """

    wells: tuple[Well, ...]
    donor: Ints
    stimulated: Bools
    weight: Floats
    error: Floats
    bottom: Floats
    floor: Floats
    ceiling: Floats
    one_copy: Floats

    @classmethod
    def of(cls, wells: Wells) -> Layout:
        """The wells of some donors, each with an error."""
        each = tuple(chain(*with_errors(wells)))
        highest = max(well.side for well in each)
        copies = [np.nan if well.one_copy is None else well.one_copy for well in each]
        floor = _limits(each, _least_seen, -np.inf)
        return cls(
            tuple(map(_with_end, each, floor.tolist())),
            np.repeat(np.arange(len(wells)), [len(donor) for donor in wells]),
            np.array([well.side == highest for well in each]),
            np.array([well.weight or 1.0 for well in each]),
            np.array([_error(well) for well in each]),
            _limits(each, lambda well: well.lower if well.upper is not None else None, -np.inf),
            floor,
            _limits(each, lambda well: well.lower if well.upper is None else None, np.inf),
            np.array(copies, dtype=np.float64),
        )

    def read(self, truth: Floats, rng: np.random.Generator) -> Floats:
        """What the wells of some studies read (studies, wells) of what is true of them; no number
        for no copy.
        """
        counted = np.isfinite(self.one_copy)
        reads = truth.copy()
        if counted.any():
            held = np.minimum(truth[:, counted] - self.one_copy[counted], _MOST_COPIES)
            with np.errstate(divide="ignore"):
                reads[:, counted] = self.one_copy[counted] + np.log2(rng.poisson(2.0**held))
        return np.asarray(reads + self.error * rng.normal(size=truth.shape))

    def ends(self, reads: Floats) -> tuple[Floats, Floats]:
        """Both ends of what is known of every well (studies, wells)."""
        over, least = reads > self.ceiling, reads < self.bottom
        under = (reads < self.floor) | np.isneginf(reads)
        # Where copies are counted, an undetected well is bounded by one copy at least.
        shown = np.fmax(self.floor, self.one_copy)
        low = np.where(under, np.where(least, -np.inf, self.bottom), reads)
        high = np.where(under, np.where(least, self.bottom, shown), reads)
        return np.where(over, self.ceiling, low), np.where(over, np.inf, high)

    @classmethod
    def of_values(cls, donor: Ints, stimulated: Bools, error: float) -> Layout:
        """Wells of one error that are always detected."""
        wells = len(donor)
        open_end, none = np.full(wells, np.inf), np.full(wells, np.nan)
        whole = np.full(wells, error)
        ones, below = np.ones(wells), -open_end
        return cls((), donor, stimulated, ones, whole, below, below, open_end, none)

    def again(self, low: Floats, high: Floats) -> Wells:
        """The wells of a study, from both ends of each (wells,)."""
        donors: list[list[Well]] = [[] for _ in range(int(self.donor.max()) + 1)]
        rows = zip(self.wells, self.donor.tolist(), low.tolist(), high.tolist(), strict=True)
        for well, donor, lower, upper in rows:
            donors[donor].append(well.between(lower, upper))
        return tuple(map(tuple, donors))

    def results(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Both ends of each donor's result, the weighted sum of its wells."""
        raises = self.weight > 0
        return self._summed(np.where(raises, low, high)), self._summed(np.where(raises, high, low))

    def _summed(self, ends: Floats) -> Floats:
        return np.asarray(np.bincount(self.donor, self.weight * ends), dtype=np.float64)


def _error(well: Well) -> float:
    """The error of a well beside counting; 0 where none is known."""
    return error_of(well) if well.one_copy is not None else well.sd or 0.0


def _least_seen(well: Well) -> float | None:
    """What an undetected well reads less than: where copies are counted, the end of its run."""
    return well.upper if well.one_copy is None else well.run_end


def _with_end(well: Well, floor: float) -> Well:
    """A counted well whose run ended at a floor."""
    if well.one_copy is None or np.isneginf(floor):
        return well
    return replace(well, run_end=floor)


def _limits(wells: tuple[Well, ...], bound: Callable[[Well], float | None], none: float) -> Floats:
    """A limit of every well (wells,): its own where it is undetected, else the middle one of its
    plate, or of all plates.
    """
    own = [None if well.value is not None else bound(well) for well in wells]
    of_plate: dict[str | None, list[float]] = {}
    for well, limit in zip(wells, own, strict=True):
        if limit is not None:
            of_plate.setdefault(well.plate, []).append(limit)
    every = list(chain(*of_plate.values()))
    middle = float(np.median(every)) if every else none
    middles = {plate: float(np.median(limits)) for plate, limits in of_plate.items()}
    pairs = zip(wells, own, strict=True)
    limits = [middles.get(well.plate, middle) if at is None else at for well, at in pairs]
    return np.array(limits)


@dataclass(frozen=True)
class DrawnWells:
    """What wells are drawn from: `means` (sides, donors) without the asked difference, `factors`
    (donors, sides, sides), `asked` (donors,) the column whose coefficient is asked for, and the
    levels of the shared terms on each side.
    """

    sample: Sample
    layout: Layout
    asked: Floats
    means: Floats
    factors: Floats
    levels: tuple[Levels, ...]
    loadings: Floats

    def drawn(
        self,
        truth: float,
        studies: int,
        setting: Setting,
        rng: np.random.Generator,
        normal: Floats | None = None,
    ) -> Floats:
        """What the wells of studies read (studies, wells) where the asked coefficient is `truth`;
        `normal` (studies, donors) are the donors' standard normal numbers of the last side where
        they are drawn elsewhere.
        """
        sides, donors = self.means.shape
        own = rng.normal(size=(studies, donors, sides))
        if normal is not None:
            own[:, :, -1] = normal
        shapes = setting.donors(own)
        quantities = self.means + np.einsum("dab,sdb->sad", self.factors, shapes)
        for side, levels in enumerate(self.levels):
            apart = self.donors_sd(side) if setting.apart else levels.sd
            quantities[:, side] += levels.drawn(studies, apart, rng)
        quantities[:, -1] += truth * self.asked
        shared = rng.normal(size=(studies, self.loadings.shape[1])) @ self.loadings.T
        quantities[:, -1] += shared
        return self.layout.read(self._of_wells(quantities), rng)

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return any(levels.weights.size for levels in self.levels)

    def donors_sd(self, side: int) -> float:
        """How far the donors differ on a side."""
        return float(np.sqrt(np.square(self.factors[:, side]).sum(axis=1).mean()))

    def _of_wells(self, quantities: Floats) -> Floats:
        """What is true of each well (studies, wells): the level, with the response where it is
        stimulated.
        """
        first = quantities[:, 0, self.layout.donor]
        if quantities.shape[1] == 1:
            return first
        return np.asarray(first + self.layout.stimulated * quantities[:, 1, self.layout.donor])

    def results(self, reads: Floats) -> tuple[Floats, Floats]:
        """Both ends of each donor's result in some studies (studies, donors)."""
        low, high = self.layout.ends(reads)
        ends = [self.layout.results(*pair) for pair in zip(low, high, strict=True)]
        return np.array([lower for lower, _ in ends]), np.array([upper for _, upper in ends])

    def sample_of(self, reads: Floats) -> Sample:
        """The donors of a study with what its wells read (wells,)."""
        low, high = self.layout.ends(reads)
        lower, upper = self.layout.results(low, high)
        return replace(self.sample, lower=lower, upper=upper, wells=self.layout.again(low, high))


def drawn_wells(
    sample: Sample, asked: Floats | None, held: Floats, terms: tuple[str, ...], spread: Ints
) -> DrawnWells:
    """What the wells of some donors are drawn from: the fit of their likelihood on `asked`
    (donors,; none: a mean) and `held` (donors, k), with a covariance for each group of `spread`
    (donors,).

    Raises NotEstimable where it has no best estimate.
    """
    wells, weights = with_errors(sample.seen_wells), weights_of_terms(sample, terms)
    column = np.zeros(len(wells)) if asked is None else asked
    design = _mean_design(held) if asked is None else centred_design(asked, held)
    before = design.shape[1] - held.shape[1]
    regression = WellRegression.of(wells, design, before - 1, spread)
    coefficients, factors = regression.fitted
    factors = factors[spread]
    # The coefficient that is asked for is left out; a level may differ between the groups.
    means = coefficients[:, :before] @ design[:, :before].T
    means[-1] = coefficients[-1, 0]
    variances = np.square(factors).sum(axis=2).mean(axis=0)
    levels = (
        levels_of(weights, column[:, None], effect, float(variance))
        for effect, variance in zip(
            coefficients[:, before:] @ design[:, before:].T, variances, strict=True
        )
    )
    layout = Layout.of(wells)
    return DrawnWells(sample, layout, column, means, factors, tuple(levels), loadings_of(sample))


def _mean_design(held: Floats) -> Floats:
    """The design of a mean beside held columns, centred and orthonormal (donors, 1 + k)."""
    donors = len(held)
    return np.column_stack([np.ones(donors), held * np.sqrt(donors)])
