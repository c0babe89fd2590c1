"""Where a curve detects and where it measures: LoB and LoD after CLSI EP17 and Currie, LLOQ and
ULOQ from its standards.

Sources: Currie 1968, doi:10.1021/ac60259a007; CLSI EP17-A2; ICH M10 (accuracy 20 %, 25 % at the
ends).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from exvivo.arrays import Floats
from exvivo.quantify.curve.logistic import dose_of, inverse_slopes, response
from exvivo.quantify.curve.noise import Noise
from exvivo.quantify.curve.points import Levels, Points, recovered

ONE_SIDED = 0.95
WITHIN, AT_ENDS = 0.20, 0.25
M10_LEVELS, M10_SHARE = 6, 0.75
SHORTEST = 2
"""Consecutive levels a working range needs."""
VAGUE = 5.0
"""An error in log dose beyond which nothing is told apart: a factor of 150."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All (curves,), in the unit of the standards. blanks: wells of dose zero, over the plates of
    the analyte.

    lower and upper (LLOQ, ULOQ) are standards: the ends of the longest run of levels that read back
    within 20 % (25 % at its ends) with a predicted CV of one well of at most 20 % (25 %), none
    below the LoD. in_range: levels of that run. Where there is no run (in_range 0) lower and upper
    are both the highest standard: nothing is reported as a value, and a reading says only that the
    amount lies below the LoD, between LoD and highest standard, or above it. passing: levels within
    20 % (lowest and highest: 25 %), of `levels` that are not zero.
    """

    lob: Floats
    lod: Floats
    lower: Floats
    upper: Floats
    blanks: np.ndarray
    levels: np.ndarray
    passing: np.ndarray
    in_range: np.ndarray

    @property
    def m10(self) -> np.ndarray:
        """Whether the curve meets what ICH M10 asks of one: three quarters of its levels, and six.
        Not a validation.
        """
        return np.asarray((self.passing >= M10_LEVELS) & (self.passing >= M10_SHARE * self.levels))


def limits_of(
    points: Points, levels: Levels, noise: Noise, theta: Floats, root: Floats, outlying: np.ndarray
) -> Limits:
    """`levels`: means without outliers. outlying (curves, levels): inner levels of outliers only,
    which a run passes over.
    """
    lob, lod, blanks = detection(points, noise, theta, root)
    ratio = recovered(levels, theta)
    there = levels.dose > 0
    cv = predicted_cv(levels, noise, theta, root)
    can = there & (levels.dose >= lod[:, None])
    inside, ends = (can & (np.abs(ratio - 1.0) <= bar) & (cv <= bar) for bar in (WITHIN, AT_ENDS))
    runs = [_longest_run(*row) for row in zip(inside, ends, outlying & there, strict=True)]
    top = np.max(np.where(there, levels.dose, 0.0), axis=1)
    lower, upper = top.copy(), top.copy()
    for i, (first, last, count) in enumerate(runs):
        if count >= SHORTEST:
            lower[i], upper[i] = levels.dose[i, first], levels.dose[i, last]
    length = np.array([n if n >= SHORTEST else 0 for *_, n in runs])
    outermost = _outermost(there)
    passing = there & (np.abs(ratio - 1.0) <= np.where(outermost, AT_ENDS, WITHIN)) & ~outlying
    return Limits(lob, lod, lower, upper, blanks, there.sum(axis=1), passing.sum(axis=1), length)


def detection(
    points: Points, noise: Noise, theta: Floats, root: Floats
) -> tuple[Floats, Floats, np.ndarray]:
    """LoB and LoD as doses, and the blanks behind them (curves,).

    LoB: A + t sd of a blank, t the 95 % quantile of Student's t (1.645 for many blanks); LoD: LoB +
    t sd of a sample at the LoD; the error of A widens both. The sd of a blank is that of the
    analyte's noise near zero, which blanks of all plates share, with its degrees of freedom. EP17's
    own factor, 1.645 / (1 - 1 / (4 df)), let 8 to 10 % of simulated blanks pass, with two a plate.
    Without blanks the LoD is not below the lowest standard; it is never above the highest.
    """
    zero = points.there & (points.dose <= 0)
    blanks = np.bincount(points.analyte, zero.sum(axis=1))[points.analyte].astype(np.int64)
    low = points.there & (points.level == 0)
    sampling = (points.sampling * low).sum(axis=1) / low.sum(axis=1)
    base = theta[:, 0]
    unsure = np.sqrt(np.square(root[:, 0]).sum(axis=1))
    factor = stats.t.ppf(ONE_SIDED, np.minimum(noise.freedom(base, sampling), 1e6))
    blank = base + factor * np.hypot(noise.sd(base, sampling), unsure)
    limit = blank
    for _ in range(6):
        limit = blank + factor * noise.sd(limit, sampling)
    doses = np.where(points.there & (points.dose > 0), points.dose, np.nan)
    least = np.where(zero.any(axis=1), 0.0, np.nanmin(doses, axis=1))
    lob, lod = (np.exp(dose_of(theta, at[:, None])[:, 0]) for at in (blank, limit))
    return lob, np.clip(lod, least, np.nanmax(doses, axis=1)), blanks


def predicted_cv(levels: Levels, noise: Noise, theta: Floats, root: Floats) -> Floats:
    """The CV of a concentration read off one well at each level: noise of the well and error of the
    curve (curves, levels).
    """
    dose = np.where(levels.dose > 0, levels.dose, 1.0)
    by_reading, by_theta = inverse_slopes(theta, np.log(dose))
    well = by_reading * noise.sd(response(theta, dose), np.zeros_like(dose))
    curve = np.einsum("cli,cij->clj", by_theta, root)
    parts = np.concatenate([well[..., None], curve], axis=-1)
    return np.asarray(np.sqrt(np.expm1(np.square(np.clip(parts, -VAGUE, VAGUE)).sum(axis=-1))))


def _outermost(there: np.ndarray) -> np.ndarray:
    position = np.arange(there.shape[1])
    first = np.argmax(there, axis=1)[:, None]
    last = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)[:, None]
    return np.asarray(there & ((position == first) | (position == last)))


def _longest_run(
    inside: np.ndarray, ends: np.ndarray, passed_over: np.ndarray
) -> tuple[int, int, int]:
    """First and last level of the longest run and how many levels it has; the lower one of two
    equal runs.
    """
    best = (0, 0, 0)
    for first in np.flatnonzero(ends):
        count = 1
        if best[2] == 0:
            best = (int(first), int(first), 1)
        for last in range(first + 1, len(ends)):
            if passed_over[last]:
                continue
            if ends[last] and count + 1 > best[2]:
                best = (int(first), last, count + 1)
            if not inside[last]:
                break
            count += 1
    return best
