"""Where a curve detects and where it measures: LoB and LoD after CLSI EP17 and Currie, LLOQ and
ULOQ from the interval of a concentration.

In the response, with A the lower asymptote, t the one-sided 95 % quantile of Student's t with the
degrees of freedom of the noise (1.645 for many blanks), and sd(m) the noise of a well of mean m:

    LoB = A + t sqrt(sd(A)^2 + variance of A)                                                  (1)
    LoD = LoB + t sd(LoD)                                                                      (2)

EP17's own factor, 1.645 / (1 - 1 / (4 df)), let 8 to 10 % of simulated blanks pass, with two a
plate. A concentration read off one well has, by the delta method in log dose x,

    log(1 + CV^2) = (dx/dy sd(y))^2 + (dx/dtheta) covariance (dx/dtheta)'                      (3)

and a 95 % interval whose farther end lies a factor exp(h) away,

    h^2 = max |x(f(x) +- t sd) - x|^2 + 1.96^2 (dx/dtheta) covariance (dx/dtheta)'             (4)

x(y) the curve turned round, so that a well near an asymptote has an end that lies far off. LLOQ and
ULOQ are the ends of the widest stretch of doses with exp(h) <= `WIDEST`: what is known within
twofold each way still tells a response; beyond it a bound says as much. Noise alone reaches twofold
at a CV of 36 %; the field's own mark, 20 % (25 % at the ends) in accuracy and CV of standards, is
stricter and is given beside.

Sources: Currie 1968, doi:10.1021/ac60259a007; CLSI EP17-A2; ICH M10 (accuracy 20 %, 25 % at the
ends).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from exvivo.arrays import Bools, Floats, Ints
from exvivo.quantify.curve.logistic import dose_of, inverse_slopes, response
from exvivo.quantify.curve.noise import Noise, normal_equivalent
from exvivo.quantify.curve.points import Levels, Points, levels_of, recovered

ONE_SIDED = 0.95
WITHIN, AT_ENDS = 0.20, 0.25
M10_LEVELS, M10_SHARE = 6, 0.75
WIDEST = 2.0
"""The fold by which a 95 % interval may reach up or down from its value, within the range."""
SHORTEST = 2
"""Consecutive levels that the range of accurate standards needs."""
_NARROWEST = np.log(2.0)
"""Of a range, in log dose: one no wider than its intervals ranks nothing."""
_STEPS = 200
"""Doses that are tried between the lowest and the highest standard."""
VAGUE = 5.0
"""An error in log dose beyond which nothing is told apart: a factor of 150."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All (curves,), in the unit of the standards. blanks: wells of dose zero, over the plates of
    the analyte.

    lower and upper (LLOQ, ULOQ): equation (4), never beyond the standards nor below the LoD.
    in_range: standards from one to the other. Where there is no range (in_range 0) both are the
    highest standard: nothing is reported as a value, and a reading says only that the amount lies
    below the LoD, between LoD and highest standard, or above it. lower_from_curve and
    upper_from_curve: where a range ends within the standards, the share of h^2 there that is the
    error of the curve, not of a well; NaN where it ends at them or at the LoD. accurate_lower and
    accurate_upper: the ends of the longest run of standards that read back within 20 % (25 % at its
    ends) with a predicted CV of one well of at most the same, none below the LoD; NaN where there
    is none. passing: levels within 20 % (lowest and highest: 25 %), of `levels` that are not zero.
    """

    lob: Floats
    lod: Floats
    lower: Floats
    upper: Floats
    lower_from_curve: Floats
    upper_from_curve: Floats
    accurate_lower: Floats
    accurate_upper: Floats
    blanks: Ints
    levels: Ints
    passing: Ints
    in_range: Ints

    @property
    def m10(self) -> Bools:
        """Whether the curve meets what ICH M10 asks of one: three quarters of its levels, and six.
        Not a validation.
        """
        return np.asarray((self.passing >= M10_LEVELS) & (self.passing >= M10_SHARE * self.levels))


def limits_of(points: Points, own: Noise, noise: Noise, theta: Floats, root: Floats) -> Limits:
    """own: the noise by an analyte's own standards, which detection hangs on; noise: with what its
    analytes share. A run of accurate standards passes over levels of wells that are
    all off.
    """
    levels = levels_of(points)
    outlying = (levels.wells > 0) & (levels.wells < 0.5)
    lob, lod, blanks = detection(points, own, theta, root)
    there, off = levels.dose > 0, np.abs(recovered(levels, theta) - 1.0)
    cv = predicted_cv(levels, noise, theta, root)
    detected = there & (levels.dose >= lod[:, None])
    inside, ends = (detected & (off <= bar) & (cv <= bar) for bar in (WITHIN, AT_ENDS))
    accurate = _accurate(levels.dose, inside, ends, outlying & there)
    bar = np.where(_outermost(there), AT_ENDS, WITHIN)
    passing = there & (off <= bar) & ~outlying
    ranges = _ranges(np.where(there & ~outlying, levels.dose, np.nan), lod, noise, theta, root)
    within = there & (levels.dose >= ranges[0][:, None]) & (levels.dose <= ranges[1][:, None])
    return Limits(
        lob,
        lod,
        *ranges,
        *accurate,
        blanks=blanks,
        levels=there.sum(axis=1),
        passing=passing.sum(axis=1),
        in_range=np.where(ranges[0] < ranges[1], within.sum(axis=1), 0),
    )


def _accurate(
    dose: Floats, inside: Bools, ends: Bools, passed_over: Bools
) -> tuple[Floats, Floats]:
    """The ends of the longest run of accurate standards of each curve (curves,), NaN where none."""
    rows = zip(inside, ends, passed_over, strict=True)
    first, last, count = np.array([_longest_run(*row) for row in rows]).T
    enough, row = count >= SHORTEST, np.arange(len(count))
    lower, upper = (np.where(enough, dose[row, level], np.nan) for level in (first, last))
    return lower, upper


def _ranges(
    dose: Floats, lod: Floats, noise: Noise, theta: Floats, root: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """LLOQ, ULOQ and the shares of the curve in the intervals there (curves,); dose: of standards
    that are not off, NaN else (curves, levels). Without a range both are where it would end.
    """
    sound: Bools = np.asarray(np.isfinite(dose).any(axis=1))
    dose = np.where(sound[:, None], dose, lod[:, None])
    low, high = np.nanmin(dose, axis=1), np.nanmax(dose, axis=1)
    steps = np.linspace(np.log(low), np.log(high), _STEPS, axis=1)
    half_width, share = interval_half_width(steps, noise, theta, root)
    useful = (half_width <= np.log(WIDEST)) & (steps >= np.log(lod)[:, None]) & sound[:, None]
    first, last = np.array([_widest(each) for each in useful]).T
    row = np.arange(len(dose))
    enough = steps[row, last] - steps[row, first] >= _NARROWEST
    none, at_lod = np.maximum(high, lod), steps[row, first - 1] < np.log(lod)
    inner = first > 0, last < _STEPS - 1
    lower, upper = (
        np.where(enough, np.where(inside, np.exp(steps[row, step]), end), none)
        for inside, step, end in zip(inner, (first, last), (low, high), strict=True)
    )
    of_curve = enough & inner[0] & ~at_lod, enough & inner[1]
    shares = (
        np.where(own, share[row, k], np.nan) for own, k in zip(of_curve, (first, last), strict=True)
    )
    return lower, upper, *shares


def interval_half_width(
    log_dose: Floats, noise: Noise, theta: Floats, root: Floats
) -> tuple[Floats, Floats]:
    """The h of equation (4), and the share of h^2 that is the curve's; all (curves, doses)."""
    mean, nothing = response(theta, np.exp(log_dose)), np.zeros_like(log_dose)
    spread = 1.96 * noise.sd(mean, nothing) * normal_equivalent(noise.df(mean, nothing))
    ends = [np.abs(dose_of(theta, mean + sign * spread) - log_dose) for sign in (-1.0, 1.0)]
    well = np.square(np.minimum(np.maximum(*ends), VAGUE))
    by_theta = inverse_slopes(theta, log_dose)[1]
    parts = np.clip(np.einsum("cdi,cij->cdj", by_theta, root), -VAGUE, VAGUE)
    curve = 1.96**2 * np.square(parts).sum(axis=-1)
    return np.sqrt(well + curve), curve / np.maximum(well + curve, 1e-300)


def _widest(useful: Bools) -> tuple[int, int]:
    """First and last place of the longest run of True; (0, 0) where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], useful, [0]])))
    if not edges.size:
        return 0, 0
    first, last = edges[::2], edges[1::2] - 1
    longest = int(np.argmax(last - first))
    return int(first[longest]), int(last[longest])


def detection(
    points: Points, noise: Noise, theta: Floats, root: Floats
) -> tuple[Floats, Floats, Ints]:
    """LoB and LoD as doses, and the blanks behind them (curves,).

    The sd of a blank is that of the analyte's noise near zero, which blanks of all plates share.
    Without blanks the LoD is not below the lowest standard; it is never above the highest.
    """
    responses = _responses_at_limits(points, noise, theta, root)
    lob, lod = (np.exp(dose_of(theta, at[:, None])[:, 0]) for at in responses)
    blank = points.there & (points.dose <= 0)
    doses = np.where(points.there & ~blank, points.dose, np.nan)
    least = np.where(blank.any(axis=1), 0.0, np.nanmin(doses, axis=1))
    blanks = points.over_plates(blank.sum(axis=1)).astype(np.int64)
    return lob, np.clip(lod, least, np.nanmax(doses, axis=1)), blanks


def _responses_at_limits(
    points: Points, noise: Noise, theta: Floats, root: Floats
) -> tuple[Floats, Floats]:
    """The responses at LoB and LoD, equations (1) and (2) (curves,)."""
    low = points.there & (points.level == 0)
    sampling = (points.sampling * low).sum(axis=1) / low.sum(axis=1)
    base, sd_of_base = theta[:, 0], np.sqrt(np.square(root[:, 0]).sum(axis=1))
    df = np.minimum(noise.df(base, sampling), 1e6)
    t = stdtrit(df, ONE_SIDED)
    blank = base + t * np.hypot(noise.sd(base, sampling), sd_of_base)
    limit = blank
    for _ in range(6):  # equation (2) holds the limit on both sides
        limit = blank + t * noise.sd(limit, sampling)
    return blank, limit


def predicted_cv(levels: Levels, noise: Noise, theta: Floats, root: Floats) -> Floats:
    """The CV of a concentration read off one well at each level: noise of the well and error of the
    curve (curves, levels).
    """
    # Equation (3), as squares of independent parts of the log dose: the well, and those of root.
    dose = np.where(levels.dose > 0, levels.dose, 1.0)
    by_reading, by_theta = inverse_slopes(theta, np.log(dose))
    well = by_reading * noise.sd(response(theta, dose), np.zeros_like(dose))
    curve = np.einsum("cli,cij->clj", by_theta, root)
    parts = np.concatenate([well[..., None], curve], axis=-1)
    return np.asarray(np.sqrt(np.expm1(np.square(np.clip(parts, -VAGUE, VAGUE)).sum(axis=-1))))


def _outermost(there: Bools) -> Bools:
    """The first and the last level of each curve (curves, levels)."""
    return _firsts(there) | _firsts(there[:, ::-1])[:, ::-1]


def _firsts(there: Bools) -> Bools:
    return np.asarray(there & (np.cumsum(there, axis=1) == 1))


def _longest_run(inside: Bools, ends: Bools, passed_over: Bools) -> tuple[int, int, int]:
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
