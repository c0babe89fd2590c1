"""Results of the same donors held against one another: one number a donor, and what is not known of
it as bounds.

A contrast is made within each donor before groups are compared, so what a donor's cells, plate or
day does to both sides cancels. Where every donor's contrast is known, groups are compared by
Welch's interval and one group by Student's; where some are bounds, by the likelihood of normal
donors (`likelihood`), which is the same where none is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.asks.difference import FEWEST
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.welch import shared_variance, welch
from exvivo.compare.methods.well_likelihood import USUAL_SD, group_mean, likelihood_difference
from exvivo.compare.methods.well_likelihood import without_each as without_each_of_wells
from exvivo.compare.sample import Sample, Well

WELCH = "Welch's t interval on the contrasts of donors (doi 10.1093/biomet/34.1-2.28)"
STUDENT = "Student's t interval on the contrasts of donors (doi 10.1093/biomet/6.1.1)"
BOUNDED = "normal likelihood of the donors' contrasts, bounds as bounds (doi 10.2307/1907382), profile interval"
_MOST_BOUNDED = 0.5
"""The share of a group's donors known only by bounds above which no fold is given."""


def minus(a: Sample, b: Sample) -> Sample:
    """Each donor's result in `a` less that in `b`, for the donors of both; `a` says what it is
    called.
    """
    mine, theirs = _same_donors(a, b)
    return replace(
        mine,
        lower=mine.lower - theirs.upper,
        upper=mine.upper - theirs.lower,
        sd=np.hypot(mine.sd, theirs.sd),
        shared=tuple(_added(p, q, -1.0) for p, q in zip(mine.shared, theirs.shared, strict=True)),
        plates=tuple(
            tuple(dict.fromkeys((*p, *q))) for p, q in zip(mine.plates, theirs.plates, strict=True)
        ),
        wells=(),
        warnings=tuple(dict.fromkeys((*a.warnings, *b.warnings))),
        trouble=a.trouble or b.trouble,
    )


def mean_of(samples: Sequence[Sample]) -> Sample:
    """Each donor's mean over several results, for the donors who have all of them."""
    total = samples[0]
    for other in samples[1:]:
        mine, theirs = _same_donors(total, other)
        total = replace(
            mine,
            lower=mine.lower + theirs.lower,
            upper=mine.upper + theirs.upper,
            sd=np.hypot(mine.sd, theirs.sd),
            shared=tuple(
                _added(p, q, 1.0) for p, q in zip(mine.shared, theirs.shared, strict=True)
            ),
            trouble=total.trouble or other.trouble,
        )
    k = len(samples)
    shared = tuple({key: loading / k for key, loading in one.items()} for one in total.shared)
    return replace(
        total,
        lower=total.lower / k,
        upper=total.upper / k,
        sd=total.sd / k,
        shared=shared,
        wells=(),
    )


def _same_donors(a: Sample, b: Sample) -> tuple[Sample, Sample]:
    both = [donor for donor in a.donors if donor in set(b.donors)]
    first, second = (_ordered(sample, both) for sample in (a, b))
    return first, second


def _ordered(sample: Sample, donors: list[str]) -> Sample:
    place = {donor: i for i, donor in enumerate(sample.donors)}
    rows = np.array([place[donor] for donor in donors], dtype=np.intp)
    return replace(
        sample,
        donors=tuple(donors),
        groups=sample.groups[rows],
        lower=sample.lower[rows],
        upper=sample.upper[rows],
        sd=sample.sd[rows],
        shared=tuple(sample.shared[i] for i in rows),
        plates=tuple(sample.plates[i] for i in rows),
        wells=tuple(sample.wells[i] for i in rows if sample.wells),
    )


def _added(a: dict[str, float], b: dict[str, float], sign: float) -> dict[str, float]:
    """Loadings summed by key; those that cancel are left out."""
    both = {key: a.get(key, 0.0) + sign * b.get(key, 0.0) for key in (*a, *b)}
    return {key: loading for key, loading in both.items() if abs(loading) > 1e-12}


def trouble(sample: Sample, names: dict[str, str]) -> str:
    """Why the contrast of these groups cannot be estimated; empty if it can. `names`: the groups
    and their words.
    """
    if sample.trouble:
        return sample.trouble
    for group, name in names.items():
        mine = sample.only(np.asarray(sample.groups == group))
        told = np.isfinite(mine.lower) | np.isfinite(mine.upper)
        if told.sum() < FEWEST:
            return f"{name}: {int(told.sum())} donors with a result on both sides; at least {FEWEST} are needed"
        if mine.undetected.mean() > _MOST_BOUNDED:
            return f"{name}: more than half of the donors are known only by bounds"
    sides = [sample.only(np.asarray(sample.groups == group)) for group in names]
    if all(
        np.ptp(ends[np.isfinite(ends)]) < 1e-9
        for ends in (np.concatenate([s.lower, s.upper]) for s in sides)
    ):
        return (
            "every donor has the same result"
            if len(sides) == 1
            else "the donors of each group all have the same result"
        )
    return ""


def between(x: Sample, y: Sample, *, alpha: float) -> tuple[Estimate, str]:
    """The mean contrast of the donors x less that of the donors y, and the method."""
    if not (x.undetected.any() or y.undetected.any()):
        return welch(x.lower, y.lower, alpha=alpha, shared=shared_variance(x, y)), WELCH
    shared = shared_variance(x, y) ** 0.5
    return likelihood_difference(_as_wells(x), _as_wells(y), alpha=alpha, shared=shared), BOUNDED


def without_each(x: Sample, y: Sample | None = None) -> tuple[tuple[str, ...], Floats]:
    """The donors, and the estimate of `between` (or, without y, of `within`) with each of them left
    out.
    """
    groups = [x] if y is None else [x, y]
    donors = tuple(donor for group in groups for donor in group.donors)
    if not any(group.undetected.any() for group in groups):
        means = [(g.lower.sum() - g.lower) / (len(g.lower) - 1) for g in groups]
        if y is None:
            return donors, means[0]
        return donors, np.concatenate([means[0] - y.lower.mean(), x.lower.mean() - means[1]])
    told = [g.only(np.isfinite(g.lower) | np.isfinite(g.upper)) for g in groups]
    if y is None:
        return told[0].donors, np.array([])
    return (*told[0].donors, *told[1].donors), without_each_of_wells(
        _as_wells(told[0]), _as_wells(told[1])
    )


def within(x: Sample, *, alpha: float) -> tuple[Estimate, str]:
    """The mean contrast of one group's donors, and the method."""
    from scipy.special import stdtr, stdtrit

    sure = _mean_shared(x)
    if not x.undetected.any():
        n = len(x.lower)
        spread = float(x.lower.var(ddof=1)) / n
        error = (spread + sure) ** 0.5
        freedom = (spread + sure) ** 2 / max(spread**2 / (n - 1), 1e-300)
        return _student(
            float(x.lower.mean()), error, error, freedom, alpha, stdtr, stdtrit
        ), STUDENT
    found = group_mean(_as_wells(x), alpha=alpha)
    below, above = (float(np.hypot(side, sure**0.5)) for side in (found.below, found.above))
    return _student(found.estimate, below, above, found.freedom, alpha, stdtr, stdtrit), BOUNDED


def _student(
    centre: float,
    below: float,
    above: float,
    freedom: float,
    alpha: float,
    stdtr: object,
    stdtrit: object,
) -> Estimate:
    reach = float(stdtrit(freedom, 1 - alpha / 2))  # type: ignore[operator]
    toward = below if centre > 0 else above
    p = 2 * float(stdtr(freedom, -abs(centre) / toward)) if toward > 0 else 1.0  # type: ignore[operator]
    return Estimate(centre, centre - reach * below, centre + reach * above, p)


def _mean_shared(x: Sample) -> float:
    """The variance that shared errors add to the mean beyond what they spread the donors by."""
    keys = sorted({key for shared in x.shared for key in shared})
    if not keys:
        return 0.0
    loadings = np.array([[shared.get(key, 0.0) for key in keys] for shared in x.shared])
    added: Floats = loadings.mean(axis=0) ** 2 - loadings.var(axis=0, ddof=1) / len(loadings)
    return max(float(added.sum()), 0.0)


def _as_wells(sample: Sample) -> tuple[tuple[Well, ...], ...]:
    """The wells of each donor where the sample has them; else the donor's contrast as the one thing
    seen of it.

    Donors who say nothing are left out.
    """
    if any(sample.wells):
        return tuple(
            tuple(
                replace(well, sd=_error(well.sd if well.sd is not None else np.nan))
                for well in donor
            )
            for donor in sample.wells
        )
    wells = []
    for low, high, sd in zip(sample.lower, sample.upper, sample.sd, strict=True):
        if low == high:
            wells.append((Well(side=1.0, value=float(low), sd=_error(sd)),))
        elif np.isfinite(low) or np.isfinite(high):
            bounds = [float(end) if np.isfinite(end) else None for end in (low, high)]
            wells.append((Well(side=1.0, lower=bounds[0], upper=bounds[1], sd=_error(sd)),))
    return tuple(wells)


def _error(sd: float) -> float:
    return float(sd) if np.isfinite(sd) and sd > 0 else USUAL_SD
