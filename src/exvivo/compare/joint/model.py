"""The joint model of all analytes, readouts and conditions of a study: what it is given, and what
it assumes.

Well w of donor d, series a (an analyte of an assay) and condition c, on log2 scale::

    y_w = mean[a, c, group of d] + u_d[a, c] + v[d, a, c, culture] + plate[a, plate]
          + (c = stimulated) x plate_response[a, plate]
          + sum over keys of loading_w[key] x shared[key] + e_w

    u_d         ~ N(0, Sigma)        one covariance (J, J) over all series, conditions and scores
    v           ~ N(0, culture_a^2)  only where donors have several cultures: nothing else tells
                                     culture and donor apart
    plate[a, .] ~ N(0, plate_a^2)    only where a series is on several plates
    plate_response[a, .] ~ N(0, plate_response_a^2)   only where several plates hold both conditions
    shared[key] ~ N(0, 1)            with the loadings that the quantities state
    e_w         ~ N(0, sigma_a^2 + sd_w^2)    sd_w as the quantities state it

A score of a donor is one more dimension of u_d, seen once and as it stands. An undetected well is
known by its bounds. Group means are not pooled over analytes: with few analytes pooling shrinks
exactly the contrast that a study asks about; the pooled variant is there to be shown beside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from exvivo.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What is followed through donors and conditions: one analyte as one assay reads it."""

    assay: str
    analyte: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """The priors, in log2 (scores: in standard deviations of the score). Scales of half-t
    distributions with `df` 2.

    A group's mean in one condition is the series' level (normal, sd `level`, around the middle of
    its data) plus a deviation (normal, sd `deviation`), so a difference between groups has sd 1.4
    times that, and a difference of responses twice. Covariance of donors: Huang and Wand (doi
    10.1214/13-BA815): each sd half-t, each correlation uniform.
    """

    level: float = 10.0
    deviation: float = 2.0
    donor: float = 1.0
    well: float = 0.5
    plate: float = 0.5
    plate_response: float = 0.25
    culture: float = 0.5
    pooled: float = 0.5
    df: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wells:
    """The wells of the design, W of them, in any order: places in the names of `JointData`, and
    what is known of their error.

    `sd` is the known standard deviation (0: none is known), `loading` (W, keys) the shared errors.
    """

    series: Ints
    condition: Ints
    donor: Ints
    plate: Ints
    culture: Ints
    sd: Floats
    loading: Floats


@dataclass(frozen=True, kw_only=True)
class JointData:
    """One or several (B) studies of one design, as arrays.

    `lower`, `upper` (B, W) bound each well's log2 quantity and are equal where it was detected.
    `score` (B, donors, scales) is NaN where a score is missing, in every study alike. `conditions`
    are one (a level) or two: unstimulated, then stimulated.
    """

    series: tuple[Series, ...]
    conditions: tuple[str, ...]
    groups: tuple[str, ...]
    donors: tuple[str, ...]
    plates: tuple[str, ...]
    group: Ints
    wells: Wells
    lower: Floats
    upper: Floats
    scales: tuple[str, ...] = ()
    score: Floats = field(default_factory=lambda: np.empty((1, 0, 0)))
    keys: tuple[str, ...] = ()

    @property
    def studies(self) -> int:
        """How many studies of this design there are (B)."""
        return int(self.lower.shape[0])

    @property
    def dimensions(self) -> int:
        """Dimensions of a donor: every series in every condition, then the scores (J)."""
        return len(self.series) * len(self.conditions) + len(self.scales)

    @property
    def several_cultures(self) -> Bools:
        """Of each series: whether enough donors have several cultures in a condition to tell
        culture from donor.
        """
        w = self.wells
        each = np.unique(np.stack([w.series, w.donor, w.condition, w.culture]), axis=1)
        units, cultures = np.unique(each[:3], axis=1, return_counts=True)
        repeated = np.unique(units[:2, cultures > 1], axis=1)
        counted = np.bincount(repeated[0], minlength=len(self.series))
        return counted >= REPEATED_DONORS


REPEATED_DONORS = 5
"""Donors with several cultures (or draws) from which the error between cultures is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long to sample. `scales` (one a chain, repeated) multiply every prior scale: other than 1
    for sensitivity.
    """

    chains: int = 4
    warmup: int = 300
    draws: int = 1000
    scales: tuple[float, ...] = (1.0,)
    pooled: tuple[str, str] | None = None
    """The two groups whose difference in response is exchangeable over the series; none: not
    pooled.
    """
    predictive: int = 0
    """How many of the draws of each chain are compared with a replicate of the study."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What was drawn, each (B, chains, draws, ...): thinned by nothing.

    `mean` (dimensions, groups); `spread` of donors (dimensions); `response_spread` (series);
    `correlation` of response (or level) with each score (covariances, series, scales); `well`,
    `plate`, `culture` standard deviations (terms, series; those that the design does not tell are
    left out, see `plated`, `cultured`; a term S + a is of the response of series a); `pool` the
    mean and sd of the exchangeable differences. `replicated` (B, chains, checks, what, series, 2):
    undetected wells and the middle standard deviation within cells, in the replicate and in the
    study.
    """

    mean: Floats
    spread: Floats
    response_spread: Floats
    correlation: Floats
    well: Floats
    plate: Floats
    culture: Floats
    pool: Floats
    replicated: Floats
    plated: Ints
    cultured: Ints
