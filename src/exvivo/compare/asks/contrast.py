"""Results of the same donors held against one another: one number a donor, and what is not known of
it as bounds.

A contrast is made within each donor before groups are compared, so what a donor's cells, plate or
day does to both sides cancels. Where every donor's contrast is known, groups are compared by
Welch's interval and one group by Student's; where some are bounds, by the likelihood of normal
donors (`well_likelihood`), which is the same where none is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.design import SAME_RESULT, sides_of, too_few
from exvivo.compare.estimate import Estimate
from exvivo.compare.judge.leave_one_out import means_without_each
from exvivo.compare.methods.donor_likelihoods import USUAL_SD, Wells
from exvivo.compare.methods.welch import shared_variance, welch
from exvivo.compare.methods.well_likelihood import group_mean, likelihood_difference
from exvivo.compare.methods.well_likelihood import without_each as without_each_of_wells
from exvivo.compare.sample import Sample, Well
from exvivo.findings import Caveat
from exvivo.methods import BOUNDED_CONTRASTS, STUDENT_CONTRASTS, WELCH_CONTRASTS, Method

_MOST_BOUNDED = 0.5
"""The share of a group's donors known only by bounds above which no fold is given."""


def minus(a: Sample, b: Sample) -> Sample:
    """Each donor's result in `a` less that in `b`, for the donors of both; `a` says what it is
    called.
    """
    first, second = _same_donors(a, b)
    return replace(
        first,
        lower=first.lower - second.upper,
        upper=first.upper - second.lower,
        sd=np.hypot(first.sd, second.sd),
        shared=_added(first, second, -1.0),
        plates=tuple(
            tuple(dict.fromkeys((*p, *q))) for p, q in zip(first.plates, second.plates, strict=True)
        ),
        wells=(),
        warnings=(*a.warnings, *(one for one in b.warnings if one not in a.warnings)),
        trouble=a.trouble or b.trouble,
    )


def mean_of(samples: Sequence[Sample]) -> Sample:
    """Each donor's mean over several results, for the donors who have all of them."""
    total = samples[0]
    for sample in samples[1:]:
        first, second = _same_donors(total, sample)
        total = replace(
            first,
            lower=first.lower + second.lower,
            upper=first.upper + second.upper,
            sd=np.hypot(first.sd, second.sd),
            shared=_added(first, second, 1.0),
            trouble=total.trouble or sample.trouble,
        )
    k = len(samples)
    return replace(
        total,
        lower=total.lower / k,
        upper=total.upper / k,
        sd=total.sd / k,
        shared=tuple({key: loading / k for key, loading in one.items()} for one in total.shared),
        wells=(),
    )


def _same_donors(a: Sample, b: Sample) -> tuple[Sample, Sample]:
    """The donors of both samples, in the order of the first."""
    both = [donor for donor in a.donors if donor in set(b.donors)]
    rows = (np.array([s.donors.index(d) for d in both], dtype=np.intp) for s in (a, b))
    first, second = rows
    return a.at(first), b.at(second)


def _added(a: Sample, b: Sample, sign: float) -> tuple[dict[str, float], ...]:
    """Each donor's loadings summed by key; those that cancel are left out."""
    sums = []
    for first, second in zip(a.shared, b.shared, strict=True):
        keys = (*first, *second)
        loadings = {key: first.get(key, 0.0) + sign * second.get(key, 0.0) for key in keys}
        sums.append({key: loading for key, loading in loadings.items() if abs(loading) > 1e-12})
    return tuple(sums)


def trouble(sample: Sample, groups: tuple[str, ...]) -> Caveat | None:
    """Why the contrast of these groups cannot be estimated; None if it can."""
    if sample.trouble:
        return sample.trouble
    sides = list(sides_of(sample, groups))
    for group, side in zip(groups, sides, strict=True):
        few = too_few("few_donors_on_both_sides", (group,), (int(side.informative.sum()),))
        if few:
            return few
        if side.undetected.mean() > _MOST_BOUNDED:
            return Caveat("mostly_bounds", {"group": group})
    if all(_alike(side) for side in sides):
        return Caveat("one_result" if len(sides) == 1 else "one_result_each_group")
    return None


def _alike(sample: Sample) -> bool:
    """Whether no two ends of the donors' contrasts differ, open ends left out."""
    ends = np.concatenate([sample.lower, sample.upper])
    return bool(np.ptp(ends[np.isfinite(ends)]) < SAME_RESULT)


def between(x: Sample, y: Sample, *, alpha: float) -> tuple[Estimate, Method]:
    """The mean contrast of the donors x less that of the donors y, and the method."""
    shared = shared_variance(x, y)
    if not (x.undetected.any() or y.undetected.any()):
        return welch(x.lower, y.lower, alpha=alpha, shared=shared), WELCH_CONTRASTS
    estimate = likelihood_difference(_as_wells(x), _as_wells(y), alpha=alpha, shared=shared**0.5)
    return estimate, BOUNDED_CONTRASTS


def without_each(x: Sample, y: Sample | None = None) -> tuple[tuple[str, ...], Floats]:
    """The donors, and the estimate of `between` (or, without y, of `within`) with each of them left
    out; no estimates for one group with bounds.
    """
    groups = [x] if y is None else [x, y]
    if any(group.undetected.any() for group in groups):
        groups = [group.only(group.informative) for group in groups]
        donors = tuple(donor for group in groups for donor in group.donors)
        if len(groups) == 1:
            return donors, np.array([])
        return donors, without_each_of_wells(_as_wells(groups[0]), _as_wells(groups[1]))
    if y is None:
        return x.donors, means_without_each(x.lower)
    without_x = means_without_each(x.lower) - y.lower.mean()
    without_y = x.lower.mean() - means_without_each(y.lower)
    return (*x.donors, *y.donors), np.concatenate([without_x, without_y])


def within(x: Sample, *, alpha: float) -> tuple[Estimate, Method]:
    """The mean contrast of one group's donors, and the method.

    Student's interval, with the variance that shared errors add to the mean taken as known (its
    degrees of freedom as Welch and Satterthwaite combine them); with bounds, the profile of the
    likelihood on either side.
    """
    sure = _mean_shared(x)
    if x.undetected.any():
        mean = group_mean(_as_wells(x), alpha=alpha)
        below, above = (float(np.hypot(side, sure**0.5)) for side in (mean.below, mean.above))
        return _student(mean.estimate, below, above, mean.df, alpha), BOUNDED_CONTRASTS
    n = len(x.lower)
    spread = float(x.lower.var(ddof=1)) / n
    error = (spread + sure) ** 0.5
    df = (spread + sure) ** 2 / max(spread**2 / (n - 1), 1e-300)
    return _student(float(x.lower.mean()), error, error, df, alpha), STUDENT_CONTRASTS


def _student(centre: float, below: float, above: float, df: float, alpha: float) -> Estimate:
    """Student's interval and p value, with a standard error to either side."""
    from scipy.special import stdtr, stdtrit

    quantile = float(stdtrit(df, 1 - alpha / 2))
    toward = below if centre > 0 else above
    p = 2 * float(stdtr(df, -abs(centre) / toward)) if toward > 0 else 1.0
    return Estimate(centre, centre - quantile * below, centre + quantile * above, p)


def _mean_shared(x: Sample) -> float:
    """The variance that shared errors add to the mean beyond what they spread the donors by."""
    keys = sorted({key for shared in x.shared for key in shared})
    if not keys:
        return 0.0
    loadings = np.array([[shared.get(key, 0.0) for key in keys] for shared in x.shared])
    added: Floats = loadings.mean(axis=0) ** 2 - loadings.var(axis=0, ddof=1) / len(loadings)
    return max(float(added.sum()), 0.0)


def _as_wells(sample: Sample) -> Wells:
    """The wells of each donor where the sample has them; else the donor's contrast as the one thing
    seen of it. Donors whose result could be anything are left out.
    """
    if any(sample.wells):
        return tuple(
            tuple(replace(well, sd=_error(well.sd)) for well in donor) for donor in sample.wells
        )
    return tuple(
        (_seen(float(low), float(high), _error(float(sd))),)
        for low, high, sd in zip(sample.lower, sample.upper, sample.sd, strict=True)
        if np.isfinite(low) or np.isfinite(high)
    )


def _seen(low: float, high: float, sd: float) -> Well:
    """A donor's contrast as a well: its value, or its closed bounds."""
    if low == high:
        return Well(side=1.0, value=low, sd=sd)
    lower, upper = (end if np.isfinite(end) else None for end in (low, high))
    return Well(side=1.0, lower=lower, upper=upper, sd=sd)


def _error(sd: float | None) -> float:
    """A standard deviation, the usual one where none is known."""
    return sd if sd is not None and np.isfinite(sd) and sd > 0 else USUAL_SD
