"""What a planned study is drawn from, as arrays.

The true log2 amount of donor i of group g in cells c, at visit v, of analyte a in an assay, under
the stimulus t is

    y = mean_g(c, v, a, t) + sd_level z_level + [t is no control] sd_response z_t + Σ log2 fold_x
                                                                                  (x: what i takes)

with the z of one donor correlated (`correlations`), together with those of the scores. A well adds
what its plate does, its culture and itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.study import Study
from exvivo.study.assumptions import Shape


class Series(NamedTuple):
    """What wells have in common that differ in donor and replicate only. `cell_type` and `stimulus`
    are None in a study without any.
    """

    cell_type: str | None
    visit: str
    assay: str
    readout: str
    analyte: str
    stimulus: str | None


class Score(NamedTuple):
    """A scale at a visit."""

    scale: str
    visit: str


class Latent(NamedTuple):
    """A number of a donor that results are made of: the level (`stimulus` None) or the response to
    a stimulus.
    """

    cell_type: str | None
    visit: str
    assay: str
    analyte: str
    stimulus: str | None


class Exposure(NamedTuple):
    """What some donors have in a column of donors.csv."""

    column: str
    value: str


Origin = Literal["stated", "unsourced", "typed", "prior"]
"""Who says a number: the study with a source, the study without one, whoever asks for this plan
(--wells 6), or nobody: then it is a prior of the field.
"""


class Source(NamedTuple):
    """A number of a plan: what it is of, its value and unit, where it is from, and who says it."""

    what: str
    of: str
    value: float
    unit: str
    source: str
    origin: Origin

    @property
    def assumed(self) -> bool:
        """Whether nobody says where it is from."""
        return self.origin in ("unsourced", "prior")


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a plan changes of its assumptions, for one point of a grid; None leaves it as it is.

    `fold` is that of every difference between groups that an effect names (a group under a
    stimulus, or by itself), `null` takes every effect of the kind that questions ask about away:
    then nothing that is asked is true. `response_sd`, `level_sd` and `well_sd` hold for all
    results; `second_spread` multiplies the spreads of the second group's donors.
    """

    fold: float | None = None
    response_sd: float | None = None
    level_sd: float | None = None
    well_sd: float | None = None
    culture_sd: float | None = None
    plate_response_sd: float | None = None
    second_spread: float = 1.0
    dropouts: float | None = None
    null: bool = False


@dataclass(frozen=True, kw_only=True)
class DataModel:
    """What studies are drawn from. Arrays run over groups, then series, latents or scores.

    `donors` are those of each group, planned; `means` (groups, series) log2; `sums` (series,
    latents) says which latents a series is made of; `factors` (groups, latents + scores, the same)
    are the lower triangles of their correlations, `spreads` (groups, latents) their standard
    deviations;
    `score_means` and `score_sds` (groups, scores); `ends` (scores, 2) the lowest and the highest
    score; `moves` (exposures, series) is log2 of what an exposure multiplies, `shares` (exposures,
    groups) who has it. `culture_sd`, `well_sd`, `plate_sd`, `plate_response_sd` and `lower`, the
    limit of detection (-inf: none), are (series,), log2.
    """

    study: Study
    groups: tuple[str, ...]
    donors: tuple[int, ...]
    cultures: int
    wells: int
    plates: int
    series: tuple[Series, ...]
    latents: tuple[Latent, ...]
    scores: tuple[Score, ...]
    exposures: tuple[Exposure, ...]
    means: Floats
    sums: Floats
    factors: Floats
    spreads: Floats
    score_means: Floats
    score_sds: Floats
    ends: Floats
    moves: Floats
    shares: Floats
    culture_sd: Floats
    well_sd: Floats
    plate_sd: Floats
    plate_response_sd: Floats
    lower: Floats
    dropouts: float
    shape: Shape
    sources: tuple[Source, ...] = field(default=(), compare=False)

    @property
    def n(self) -> int:
        """All donors."""
        return sum(self.donors)

    @property
    def latent_correlations(self) -> Floats:
        """The correlations of latents without the scores (groups, latents, latents)."""
        size = len(self.latents)
        return self.correlations[:, :size, :size]

    @cached_property
    def group(self) -> Ints:
        """The number of each donor's group (donors,), groups one after another."""
        return np.repeat(np.arange(len(self.groups)), self.donors)

    @cached_property
    def plate(self) -> Ints:
        """The plate of each donor (donors,): every group is dealt out over the plates, each from
        where the last one ended.
        """
        return np.arange(self.n) % self.plates

    @property
    def detects_all(self) -> bool:
        """Whether no result can be below a limit."""
        return not np.isfinite(self.lower).any()

    @cached_property
    def correlations(self) -> Floats:
        """The correlations of latents and scores (groups, latents + scores, the same)."""
        return np.asarray(self.factors @ np.swapaxes(self.factors, 1, 2))

    @cached_property
    def own_sd(self) -> Floats:
        """The standard deviation of a donor's mean in each series (series,) by its cultures and
        wells: √((σ_culture² + σ_well² / wells) / cultures).
        """
        return np.sqrt((self.culture_sd**2 + self.well_sd**2 / self.wells) / self.cultures)

    def place(self, series: Series) -> int:
        """The place of a series."""
        return self._places[series]

    @cached_property
    def _places(self) -> Mapping[Series, int]:
        return {series: place for place, series in enumerate(self.series)}
