"""Groups compared through the likelihood of their wells, where some wells are known only by bounds.

What a donor's wells say of its quantity stands in `donor_likelihoods`, the donors of a group around
their mean in `group_model`. Profile likelihood ratios are turned into t statistics as they are
exactly without bounds: with n donors and D twice the fall of the log likelihood at a held mean,

    t = √((n - 1) (exp(D / (n - 1)) - 1))

and the groups are put together as Welch does; where every well is detected, this is Welch's t
interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.donor_likelihoods import USUAL_SD, Wells
from exvivo.compare.methods.group_model import GroupModel
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

    def detected(side: float) -> int:
        """Donors with a detected well on one side."""
        return sum(any(w.side == side and w.value is not None for w in donor) for donor in wells)

    return bool(wells) and all(detected(side) >= FEWEST_DETECTED for side in sides)


def likelihood_difference(x: Wells, y: Wells, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean log2 response (or level) of the donors x minus that of the donors y, from their
    wells.

    Wells have a `side`: 1 for stimulated (or the only condition), -1 for unstimulated. `shared` is
    the standard deviation of the difference from errors the donors share, taken as known; so is
    what the Cq of a single copy is uncertain by.
    """
    from scipy.special import stdtr, stdtrit

    x, y = _with_errors(x, y)
    a, b = (group_mean(group, alpha=alpha) for group in (x, y))
    estimate = a.estimate - b.estimate
    sure = math.hypot(shared, _one_copy_error(x, y, estimate))
    below, df_below = _together((a.below, a.df), (b.above, b.df), sure)
    above, df_above = _together((a.above, a.df), (b.below, b.df), sure)
    lower = estimate - float(stdtrit(df_below, 1 - alpha / 2)) * below
    upper = estimate + float(stdtrit(df_above, 1 - alpha / 2)) * above
    error, df = (below, df_below) if estimate > 0 else (above, df_above)
    t = abs(estimate) / error if error > 0 else 0.0
    return Estimate(estimate, lower, upper, 2 * float(stdtr(df, -t)))


def without_each(x: Wells, y: Wells) -> Floats:
    """The difference of `likelihood_difference` with each donor left out in turn: those of x first,
    then those of y.
    """
    (x_all, x_fewer), (y_all, y_fewer) = (_means(group) for group in _with_errors(x, y))
    return np.concatenate([x_fewer - y_all, x_all - y_fewer])


def _means(wells: Wells) -> tuple[float, Floats]:
    """The mean of a group, and with each of its donors left out."""
    model = GroupModel.of(wells)
    best = model.fit(model.start())
    fewer = (GroupModel([side.without(i) for side in model.sides]) for i in range(len(wells)))
    means = [fewer_donors.contrast(fewer_donors.fit(best.vector).vector) for fewer_donors in fewer]
    return model.contrast(best.vector), np.array(means)


def _together(a: tuple[float, int], b: tuple[float, int], sure: float) -> tuple[float, float]:
    """Two standard errors with their degrees of freedom and one that is known as one, with Welch's
    degrees of freedom.
    """
    error = math.sqrt(a[0] * a[0] + b[0] * b[0] + sure * sure)
    if math.isinf(error):
        return error, 1.0
    return error, error**4 / max(a[0] ** 4 / a[1] + b[0] ** 4 / b[1], 1e-300)


def group_mean(wells: Wells, *, alpha: float) -> Mean:
    """The mean of one group, by the profile of its likelihood."""
    from scipy.special import stdtrit

    model = GroupModel.of(wells)
    best = model.fit(model.start())
    estimate, df = model.contrast(best.vector), len(wells) - 1
    critical = float(stdtrit(df, 1 - alpha / 2))
    near = {1.0: best.vector, -1.0: best.vector}

    def t_at(off: float) -> float:
        """How far a mean that lies `off` the estimate is from it, as a t statistic; begun where the
        last one ended.
        """
        side = math.copysign(1.0, off)
        profile = model.fit(near[side], contrast=estimate + off)
        near[side] = profile.vector
        ratio = max(2 * (profile.neg_log_likelihood - best.neg_log_likelihood), 0.0)
        return math.sqrt(df * math.expm1(min(ratio / df, 300.0)))

    step = critical * model.error(best.vector)
    below, above = (_half_width(t_at, sign * step, critical) / critical for sign in (-1.0, 1.0))
    return Mean(estimate, below, above, df)


def _half_width(t_at: Callable[[float], float], step: float, critical: float) -> float:
    """How far from the estimate the profile reaches the critical t; infinite where it never does.

    The end is bracketed with growing steps, then found by regula falsi (Illinois).
    """
    near, far, low, high = 0.0, step, -critical, t_at(step) - critical
    for _ in range(14):
        if high >= 0:
            break
        near, far, low = far, 1.8 * far, high
        high = t_at(far) - critical
    else:
        return math.inf
    for _ in range(8):
        middle = near + (far - near) * low / (low - high)
        excess = t_at(middle) - critical
        if abs(excess) < 0.005 * critical:
            return abs(middle)
        if excess < 0:
            near, low, high = middle, excess, high / 2
        else:
            far, high, low = middle, excess, low / 2
    return abs(near + far) / 2


def _changed(wells: Wells, change: Callable[[Well], Well]) -> Wells:
    """The same wells, each changed."""
    return tuple(tuple(map(change, donor)) for donor in wells)


def _with_errors(x: Wells, y: Wells) -> tuple[Wells, Wells]:
    """The wells with an error each: those that bring none take the middle one of those that do."""
    known = [well.sd for donor in (*x, *y) for well in donor if well.sd is not None]
    middle = float(np.median(known)) if known else USUAL_SD

    def filled(well: Well) -> Well:
        return replace(well, sd=middle) if well.sd is None else well

    return _changed(x, filled), _changed(y, filled)


def _one_copy_error(x: Wells, y: Wells, estimate: float) -> float:
    """How far the estimate moves when every well's single copy lies one standard deviation
    higher.
    """
    if not any(well.one_copy_sd for donor in (*x, *y) for well in donor):
        return 0.0

    def raised(well: Well) -> Well:
        if well.one_copy is None:
            return well
        return replace(well, one_copy=well.one_copy + (well.one_copy_sd or 0.0))

    models = (GroupModel.of(_changed(group, raised)) for group in (x, y))
    a, b = (model.contrast(model.fit(model.start()).vector) for model in models)
    return abs(a - b - estimate)
