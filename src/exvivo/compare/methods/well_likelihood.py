"""Groups compared through the likelihood of their wells, where some wells are known only by bounds.

What a donor's wells say of its quantity stands in `donor_likelihoods`, the donors of a group around
their mean in `group_model`. Profile likelihood ratios are turned into t statistics as they are
exactly without bounds: with n donors and D twice the fall of the log likelihood at a fixed mean,

    t = √((n - 1) (exp(D / (n - 1)) - 1))

The standard error s of a group to either side is the distance at which t is critical, over the
critical t. Groups are put together as Welch does, with an error σ that is known beside them,

    s² = s_a² + s_b² + σ²,   df = s⁴ / (s_a⁴ / df_a + s_b⁴ / df_b)

and where every well is detected, this is Welch's t interval. With held columns (plate, batch,
covariates) the groups share coefficients, and the contrast is profiled as a whole
(`well_regression`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.donor_likelihoods import Wells, taking_part, with_errors
from exvivo.compare.methods.intervals import critical_t, student_p
from exvivo.compare.methods.well_regression import Coefficient, WellRegression, centred_design
from exvivo.compare.sample import Well

FEWEST_DETECTED = 3
"""Donors of a group that must have a detected well on each side."""


def likelihood_difference(x: Wells, y: Wells, *, alpha: float, shared: float = 0.0) -> Estimate:
    """The mean log2 response (or level) of the donors x minus that of the donors y, from their
    wells.

    Wells have a `side`: 1 for stimulated (or the only condition), -1 for unstimulated. A few donors
    whose bounds leave them anything take no part (`taking_part`). `shared` is the standard
    deviation of the difference from errors the donors share, taken as known; so is what the Cq of a
    single copy is uncertain by.
    """
    x, y = _groups_with_errors(x, y)
    a, b = (_of_group(group).coefficient(alpha=alpha) for group in (x, y))
    estimate = a.estimate - b.estimate

    def again(wells: Wells) -> float:
        return _of_group(wells[: len(x)]).estimate - _of_group(wells[len(x) :]).estimate

    sure = math.hypot(shared, _one_copy_error(x + y, estimate, again))
    below = _together((a.below, a.df), (b.above, b.df), sure)
    above = _together((a.above, a.df), (b.below, b.df), sure)
    return _estimate(estimate, below, above, alpha)


def without_each(x: Wells, y: Wells) -> Floats:
    """The difference of `likelihood_difference` with each donor left out in turn: those of x first,
    then those of y.
    """
    part = taking_part(x + y)
    a, b = map(_of_group, _groups_with_errors(x, y))
    of_x = _spread_out(a.without_each(), part[: len(x)], a.estimate)
    of_y = _spread_out(b.without_each(), part[len(x) :], b.estimate)
    return np.concatenate([of_x - b.estimate, a.estimate - of_y])


def _spread_out(estimates: Floats, part: Bools, estimate: float) -> Floats:
    """Estimates without each donor who takes part, and the whole one for those who do not."""
    whole = np.full(len(part), estimate)
    whole[part] = estimates
    return whole


def group_mean(wells: Wells, *, alpha: float) -> Coefficient:
    """The mean of one group, by the profile of its likelihood."""
    part = taking_part(wells)
    return _of_group(_chosen(with_errors(wells), part)).coefficient(alpha=alpha)


def _groups_with_errors(x: Wells, y: Wells) -> tuple[Wells, Wells]:
    """The wells of the donors of two groups who take part, with an error each where one is
    known.
    """
    both, part = with_errors(x + y), taking_part(x + y)
    first, second = part[: len(x)], part[len(x) :]
    return _chosen(both[: len(x)], first), _chosen(both[len(x) :], second)


def _chosen(wells: Wells, part: Bools) -> Wells:
    """The wells of some donors."""
    return tuple(own for own, takes in zip(wells, part.tolist(), strict=True) if takes)


def _of_group(wells: Wells) -> WellRegression:
    """The donors of one group around their mean."""
    donors = len(wells)
    return WellRegression.of(wells, np.ones((donors, 1)), 0, np.zeros(donors, dtype=np.int64))


def likelihood_coefficient(
    wells: Wells,
    asked: Floats,
    held: Floats,
    *,
    alpha: float,
    shared: float = 0.0,
    spread: Ints | None = None,
) -> Estimate:
    """The coefficient of `asked` (donors,) of the log2 response (or level) with `held` (donors,
    columns) held on every side, from the wells of the donors.

    spread (donors,): the group of donors whose spread each has, 0 and up; without it the two sides
    of an `asked` of two values, else one for all. Two groups with nothing held are
    `likelihood_difference`. A few donors whose bounds leave them anything take no part. Raises
    NotEstimable where the held columns tell the asked one, leave a group no degree of freedom, or
    the bounds leave no best estimate.
    """
    if _only_groups(asked, held, spread):
        x, y = _sides_of(wells, asked)
        scale = float(np.ptp(asked))
        return _over(likelihood_difference(x, y, alpha=alpha, shared=shared * scale), scale)
    part = taking_part(wells)
    wells, asked, held = with_errors(_chosen(wells, part)), asked[part], held[part]
    spread = spread if spread is None else spread[part]
    fit = _of_columns(wells, asked, held, spread).coefficient(alpha=alpha)

    def again(wells: Wells) -> float:
        return _of_columns(wells, asked, held, spread).estimate

    sure = math.hypot(shared, _one_copy_error(wells, fit.estimate, again))
    below, above = (_together((side, fit.df), (0.0, 1.0), sure) for side in (fit.below, fit.above))
    return _estimate(fit.estimate, below, above, alpha)


def coefficient_without_each(
    wells: Wells, asked: Floats, held: Floats, *, spread: Ints | None = None
) -> Floats:
    """The coefficient of `likelihood_coefficient` with each donor left out in turn (donors,), in
    their order; NaN where there is none without a donor.
    """
    if _only_groups(asked, held, spread):
        return _differences_without_each(wells, asked)
    part = taking_part(wells)
    spread = spread if spread is None else spread[part]
    wells = with_errors(_chosen(wells, part))
    fit = _of_columns(wells, asked[part], held[part], spread)
    return _spread_out(fit.without_each(), part, fit.estimate)


def _differences_without_each(wells: Wells, asked: Floats) -> Floats:
    """The same of two groups, in the order of the donors."""
    first = asked == asked.max()
    order = np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)])
    without = np.empty(len(asked))
    without[order] = without_each(*_sides_of(wells, asked))
    return without / float(np.ptp(asked))


def _only_groups(asked: Floats, held: Floats, spread: Ints | None) -> bool:
    """Whether two groups, each with a spread of its own, are compared and nothing is held."""
    return spread is None and not held.shape[1] and len(np.unique(asked)) == 2


def _sides_of(wells: Wells, asked: Floats) -> tuple[Wells, Wells]:
    """The donors of the higher and of the lower value of `asked`."""
    first = np.asarray(asked == asked.max())
    return _chosen(wells, first), _chosen(wells, ~first)


def _over(estimate: Estimate, scale: float) -> Estimate:
    """A difference as a coefficient, for groups that lie `scale` apart."""
    return Estimate(
        (estimate.estimate or 0.0) / scale,
        estimate.lower / scale,
        estimate.upper / scale,
        estimate.p,
    )


def _of_columns(wells: Wells, asked: Floats, held: Floats, spread: Ints | None) -> WellRegression:
    """The regression on what is asked and held."""
    if spread is None:
        two = len(np.unique(asked)) == 2
        spread = (asked < asked.max()).astype(np.int64) * two
    return WellRegression.of(wells, centred_design(asked, held), 1, spread)


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


def _together(a: tuple[float, float], b: tuple[float, float], sure: float) -> _Error:
    """Two standard errors with their degrees of freedom and one that is known as one, with Welch's
    degrees of freedom.
    """
    error = math.sqrt(a[0] * a[0] + b[0] * b[0] + sure * sure)
    if math.isinf(error):
        return _Error(error, 1.0)
    return _Error(error, error**4 / max(a[0] ** 4 / a[1] + b[0] ** 4 / b[1], 1e-300))


def _estimate(estimate: float, below: _Error, above: _Error, alpha: float) -> Estimate:
    """The interval, and the p value by the side that lies towards zero."""
    lower, upper = estimate - below.half_width(alpha), estimate + above.half_width(alpha)
    return Estimate(estimate, lower, upper, (below if estimate > 0 else above).p(estimate))


def _one_copy_error(wells: Wells, estimate: float, again: Callable[[Wells], float]) -> float:
    """How far the estimate moves when every well's single copy lies one standard deviation
    higher.
    """
    if not any(well.one_copy_sd for well in chain(*wells)):
        return 0.0
    raised = tuple(tuple(map(_one_copy_raised, donor)) for donor in wells)
    return abs(again(raised) - estimate)


def _one_copy_raised(well: Well) -> Well:
    """The well with its single copy one standard deviation higher."""
    if well.one_copy is None:
        return well
    return replace(well, one_copy=well.one_copy + (well.one_copy_sd or 0.0))
