"""Groups compared through the likelihood of their wells, where some wells are known only by bounds.

What a donor's wells say of its quantity stands in `donor_likelihoods`, the donors of a group around
their mean in `group_model`. Profile likelihood ratios are turned into t statistics as they are
exactly without bounds: with n donors and D twice the fall of the log likelihood at a fixed mean,

    t = √((n - 1) (exp(D / (n - 1)) - 1))

The standard error s of a group to either side is the distance at which t is critical, over the
critical t. Groups are put together as Welch does, with an error σ that is known beside them,

    s² = s_a² + s_b² + σ²,   df = s⁴ / (s_a⁴ / df_a + s_b⁴ / df_b)

and where every well is detected, this is Welch's t interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.donor_likelihoods import USUAL_SD, Wells
from exvivo.compare.methods.group_model import GroupModel, Maximum
from exvivo.compare.methods.intervals import critical_t, student_p
from exvivo.compare.sample import Well

FEWEST_DETECTED = 3
"""Donors of a group that must have a detected well on each side."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A group's mean response (or level): the estimate, and its standard error to either side,
    infinite where open.
    """

    estimate: float
    below: float
    above: float
    df: int


def enough(wells: Wells, sides: tuple[float, ...]) -> bool:
    """Whether enough donors of a group have a detected well on every side to place the group's
    mean.
    """
    return bool(wells) and all(_detected(wells, side) >= FEWEST_DETECTED for side in sides)


def _detected(wells: Wells, side: float) -> int:
    """Donors with a detected well on one side."""
    detected = 0
    for donor in wells:
        detected += any(well.side == side and well.value is not None for well in donor)
    return detected


def likelihood_difference(x: Wells, y: Wells, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean log2 response (or level) of the donors x minus that of the donors y, from their
    wells.

    Wells have a `side`: 1 for stimulated (or the only condition), -1 for unstimulated. `shared` is
    the standard deviation of the difference from errors the donors share, taken as known; so is
    what the Cq of a single copy is uncertain by.
    """
    x, y = _with_errors(x, y)
    a, b = (group_mean(group, alpha=alpha) for group in (x, y))
    estimate = a.estimate - b.estimate
    sure = math.hypot(shared, _one_copy_error(x, y, estimate))
    below = _together((a.below, a.df), (b.above, b.df), sure)
    above = _together((a.above, a.df), (b.below, b.df), sure)
    lower, upper = estimate - below.half_width(alpha), estimate + above.half_width(alpha)
    return Estimate(estimate, lower, upper, (below if estimate > 0 else above).p(estimate))


def without_each(x: Wells, y: Wells) -> Floats:
    """The difference of `likelihood_difference` with each donor left out in turn: those of x first,
    then those of y.
    """
    (x_all, x_fewer), (y_all, y_fewer) = (_means(group) for group in _with_errors(x, y))
    return np.concatenate([x_fewer - y_all, x_all - y_fewer])


def _means(wells: Wells) -> tuple[float, Floats]:
    """The mean of a group, and with each of its donors left out."""
    model = GroupModel.of(wells)
    best = model.fit(model.start()).vector
    means = [_mean_without(model, donor, best) for donor in range(len(wells))]
    return model.contrast(best), np.array(means)


def _mean_without(model: GroupModel, donor: int, start: Floats) -> float:
    """The mean of a group without one donor."""
    fewer = GroupModel([side.without(donor) for side in model.sides])
    return fewer.contrast(fewer.fit(start).vector)


@dataclass(frozen=True, slots=True)
class _Error:
    """The standard error of a difference to one side, infinite where open."""

    error: float
    df: float

    def half_width(self, alpha: float) -> float:
        """How far the interval goes to that side."""
        return critical_t(self.df, alpha) * self.error

    def p(self, estimate: float) -> float:
        """The two-sided p value of a difference."""
        return student_p(estimate / self.error if self.error > 0 else 0.0, self.df)


def _together(a: tuple[float, int], b: tuple[float, int], sure: float) -> _Error:
    """Two standard errors with their degrees of freedom and one that is known as one, with Welch's
    degrees of freedom.
    """
    error = math.sqrt(a[0] * a[0] + b[0] * b[0] + sure * sure)
    if math.isinf(error):
        return _Error(error, 1.0)
    return _Error(error, error**4 / max(a[0] ** 4 / a[1] + b[0] ** 4 / b[1], 1e-300))


@dataclass
class _Profile:
    """The profile likelihood of a group's mean; `near` is where the last search to either side
    ended, from which the next one begins.
    """

    model: GroupModel
    best: Maximum
    df: int
    near: dict[float, Floats]

    def t_at(self, off: float) -> float:
        """How far a mean that lies `off` the estimate is from it, as a t statistic."""
        side = math.copysign(1.0, off)
        contrast = self.model.contrast(self.best.vector) + off
        profile = self.model.fit(self.near[side], contrast=contrast)
        self.near[side] = profile.vector
        ratio = max(2 * (profile.neg_log_likelihood - self.best.neg_log_likelihood), 0.0)
        return math.sqrt(self.df * math.expm1(min(ratio / self.df, 300.0)))


def group_mean(wells: Wells, *, alpha: float) -> Mean:
    """The mean of one group, by the profile of its likelihood."""
    model, df = GroupModel.of(wells), len(wells) - 1
    best = model.fit(model.start())
    profile = _Profile(model, best, df, {1.0: best.vector, -1.0: best.vector})
    critical = critical_t(df, alpha)
    step = critical * model.error(best.vector)
    below, above = (
        _half_width(profile.t_at, sign * step, critical) / critical for sign in (-1.0, 1.0)
    )
    return Mean(model.contrast(best.vector), below, above, df)


_MOST_BRACKETS, _MOST_NARROWED = 14, 8
"""Steps of the search for an end: to go beyond it, and to narrow it down."""


def _half_width(t_at: Callable[[float], float], step: float, critical: float) -> float:
    """How far from the estimate the profile reaches the critical t; infinite where it never does.

    The end is bracketed with growing steps, then narrowed down.
    """
    near, far, low, high = 0.0, step, -critical, t_at(step) - critical
    for _ in range(_MOST_BRACKETS):
        if high >= 0:
            return abs(_root(lambda off: t_at(off) - critical, (near, low), (far, high), critical))
        near, far, low = far, 1.8 * far, high
        high = t_at(far) - critical
    return math.inf


def _root(
    excess_at: Callable[[float], float],
    near: tuple[float, float],
    far: tuple[float, float],
    critical: float,
) -> float:
    """Where the excess over the critical t is 0 between two places with their excesses, by regula
    falsi (Illinois).
    """
    (a, low), (b, high) = near, far
    for _ in range(_MOST_NARROWED):
        middle = a + (b - a) * low / (low - high)
        excess = excess_at(middle)
        if abs(excess) < 0.005 * critical:
            return middle
        # Illinois: the end that stays counts half, so that both ends move.
        if excess < 0:
            a, low, high = middle, excess, high / 2
        else:
            b, high, low = middle, excess, low / 2
    return (a + b) / 2


def _changed(wells: Wells, change: Callable[[Well], Well]) -> Wells:
    """The same wells, each changed."""
    return tuple(tuple(map(change, donor)) for donor in wells)


def _with_errors(x: Wells, y: Wells) -> tuple[Wells, Wells]:
    """The wells with an error each: those that bring none take the middle one of those that do."""
    errors = [well.sd for well in chain(*x, *y) if well.sd is not None]
    middle = float(np.median(errors)) if errors else USUAL_SD

    def filled(well: Well) -> Well:
        return replace(well, sd=middle) if well.sd is None else well

    return _changed(x, filled), _changed(y, filled)


def _one_copy_error(x: Wells, y: Wells, estimate: float) -> float:
    """How far the estimate moves when every well's single copy lies one standard deviation
    higher.
    """
    if not any(well.one_copy_sd for well in chain(*x, *y)):
        return 0.0
    models = (GroupModel.of(_changed(group, _one_copy_raised)) for group in (x, y))
    a, b = (model.contrast(model.fit(model.start()).vector) for model in models)
    return abs(a - b - estimate)


def _one_copy_raised(well: Well) -> Well:
    """The well with its single copy one standard deviation higher."""
    if well.one_copy is None:
        return well
    return replace(well, one_copy=well.one_copy + (well.one_copy_sd or 0.0))
