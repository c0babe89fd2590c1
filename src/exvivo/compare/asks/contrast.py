"""Results of the same donors compared with one another: one number a donor, and what is not known
of it as bounds.

A contrast is made within each donor before groups are compared, so what a donor's cells, plate or
day does to both sides cancels; what it does to one side only is held as in any other answer
(`sides`). Where every donor's contrast is known, groups are compared by least squares and one group
by Student's interval; where some are bounds, by the likelihood of normal donors
(`well_likelihood`), which is the same where none is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.design import (
    FEWEST,
    SAME_RESULT,
    held_of_mean,
    sides_of,
    terms_of_mean,
    too_few,
)
from exvivo.compare.estimate import Estimate, Estimates, NotEstimable
from exvivo.compare.judge.leave_one_out import means_without_each
from exvivo.compare.methods.intervals import one_sided_students
from exvivo.compare.methods.regression import least_squares_rest
from exvivo.compare.methods.well_likelihood import FEWEST_DETECTED, group_mean
from exvivo.compare.sample import Sample, loading_matrix
from exvivo.compare.sides import MOST_UNSEEN, Sides
from exvivo.compare.terms import joined, summed
from exvivo.findings import Caveat
from exvivo.methods import (
    BOUNDED_CONTRASTS,
    STUDENT_CONTRASTS,
    WELCH,
    WELCH_CONTRASTS,
    Method,
)

_MOST_BOUNDED = 0.5
"""The share of a group's donors known only by bounds above which no fold is given."""
_CONFOUNDED = 1e-9
"""The share of a constant below which columns determine it."""
_CANCELLED = 1e-12
"""A loading that is smaller is none: what is left of it is rounding."""


def minus(a: Sample, b: Sample) -> Sample:
    """Each donor's result in `a` less that in `b`, for the donors of both; `a` says what it is
    called.
    """
    first, second = _same_donors(a, b)
    plates = map(_without_doubles, zip(first.plates, second.plates, strict=True))
    return replace(
        _plus(first, _times(second, -1.0)),
        plates=tuple(plates),
        wells=(),
        terms=joined((*first.terms, *second.terms)),
        warnings=(*a.warnings, *(one for one in b.warnings if one not in a.warnings)),
    )


def later_minus_earlier(later: Sample, earlier: Sample) -> Sample:
    """Each donor's result at a visit less that at another: what a plate (batch, operator) does to
    both visits cancels.
    """
    after, before = _same_donors(later, earlier)
    terms = summed((*after.terms, *(term.negated() for term in before.terms)))
    return replace(minus(later, earlier), terms=terms)


def _without_doubles(plates: tuple[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """The plates of both results of a donor, each once."""
    return tuple(dict.fromkeys(chain(*plates)))


def mean_of(samples: Sequence[Sample]) -> Sample:
    """Each donor's mean over several results, for the donors who have all of them."""
    total, k = reduce(_plus, samples), len(samples)
    return replace(
        total,
        lower=total.lower / k,
        upper=total.upper / k,
        sd=total.sd / k,
        shared=tuple(_divided(total.shared, k)),
        wells=(),
    )


def _divided(shared: Iterable[dict[str, float]], k: float) -> Iterator[dict[str, float]]:
    """The loadings of each donor over a number."""
    for loadings in shared:
        yield {key: loading / k for key, loading in loadings.items()}


def _plus(a: Sample, b: Sample) -> Sample:
    """The sum of each donor's two results, for the donors of both."""
    first, second = _same_donors(a, b)
    return replace(
        first,
        lower=first.lower + second.lower,
        upper=first.upper + second.upper,
        sd=np.hypot(first.sd, second.sd),
        terms=joined((*first.terms, *second.terms)),
        shared=tuple(map(_sum_of_loadings, first.shared, second.shared)),
        trouble=a.trouble or b.trouble,
    )


def same_donors(samples: Sequence[Sample]) -> list[Sample]:
    """The results of the donors who have all of some results, in the order of the first, where
    bounds say anything in each.
    """
    informative = [sample.only(sample.informative) for sample in samples]
    everywhere = set.intersection(*(set(sample.donors) for sample in informative))
    order = [donor for donor in informative[0].donors if donor in everywhere]
    return [sample.at(_rows_of(order, sample)) for sample in informative]


def _rows_of(donors: Sequence[str], sample: Sample) -> Ints:
    """The rows of some donors."""
    return np.array([sample.donors.index(donor) for donor in donors], dtype=np.intp)


def weighted(samples: Sequence[Sample], weights: Floats) -> Sample:
    """The weighted sum of results of the same donors."""
    parts = (_times(sample, weight) for sample, weight in zip(samples, weights, strict=True))
    return replace(reduce(_plus, parts), wells=())


def _times(sample: Sample, weight: float) -> Sample:
    """The results times a number; where it is below 0 the upper end becomes the lower."""
    ends = (sample.lower * weight, sample.upper * weight)
    lower, upper = ends if weight > 0 else reversed(ends)
    shared = tuple(_divided(sample.shared, 1 / weight))
    return replace(sample, lower=lower, upper=upper, sd=sample.sd * abs(weight), shared=shared)


def _same_donors(a: Sample, b: Sample) -> tuple[Sample, Sample]:
    """The donors of both samples, in the order of the first."""
    in_a, in_b = _rows_of_both(a.donors, b.donors)
    return a.at(in_a), b.at(in_b)


def _rows_of_both(a: Sequence[str], b: Sequence[str]) -> Ints:
    """Where the donors of both stand (2, donors): in `a`, whose order it is, and in `b`."""
    rows = [(i, b.index(donor)) for i, donor in enumerate(a) if donor in b]
    return np.array(rows, dtype=np.intp).reshape(-1, 2).T


def _sum_of_loadings(first: dict[str, float], second: dict[str, float]) -> dict[str, float]:
    """Loadings summed by key; those that cancel are left out."""
    loadings = {key: first.get(key, 0.0) + second.get(key, 0.0) for key in (*first, *second)}
    return {key: loading for key, loading in loadings.items() if abs(loading) > _CANCELLED}


def trouble(sample: Sample, groups: tuple[str, ...]) -> Caveat | None:
    """Why the contrast of these groups cannot be estimated; None if it can."""
    sides = list(sides_of(sample, groups))
    reasons = (_trouble_of_side(*side) for side in zip(groups, sides, strict=True))
    reason = sample.trouble or next(filter(None, reasons), None)
    reason = reason or (confounded_mean(sides[0]) if len(sides) == 1 else None)
    if reason or not all(map(_alike, sides)):
        return reason
    return Caveat("one_result" if len(sides) == 1 else "one_result_each_group")


def confounded_mean(donors: Sample) -> Caveat | None:
    """The terms that a mean contrast of one group cannot be told from; None if it can."""
    columns = held_of_mean(donors)
    rest = least_squares_rest(np.ones(len(columns)), columns)
    if len(columns) - 1 - columns.shape[1] >= 1 and rest @ rest > _CONFOUNDED * len(columns):
        return None
    return Caveat("conditions_confounded_with_design", {"terms": terms_of_mean(donors)})


def trouble_of_bounds(sides: Sides, groups: tuple[str, ...]) -> Caveat | None:
    """Why the likelihood of the wells cannot compare two groups; None if it can."""
    donors = [len(side.donors) for side in sides.samples]
    reason = too_few("few_donors_on_both_sides", groups, donors) or sides.confounded()
    if reason or not sides.bounded:
        return reason
    if sides.most_unseen > MOST_UNSEEN:
        return Caveat("mostly_bounds", {"group": groups[sides.less_seen]})
    if sides.few_seen:
        needed = {"n": min(sides.few_seen), "needed": FEWEST_DETECTED}
        return Caveat("few_detected_donors", {"group": groups[sides.less_seen], **needed})
    return None


def _trouble_of_side(group: str, side: Sample) -> Caveat | None:
    """Why nothing can be estimated of one group: too few donors, or too many known by bounds."""
    informative = int(side.informative.sum())
    if informative >= FEWEST and side.undetected.mean() > _MOST_BOUNDED:
        return Caveat("mostly_bounds", {"group": group})
    return too_few("few_donors_on_both_sides", [group], [informative])


def _alike(sample: Sample) -> bool:
    """Whether no two ends of the donors' contrasts differ, open ends left out."""
    ends = np.concatenate(sample.ends)
    return bool(np.ptp(ends[np.isfinite(ends)]) < SAME_RESULT)


def sides_of_groups(donors: Sample, groups: tuple[str, ...]) -> Sides:
    """The donors of two groups whose contrast says anything."""
    of_groups = donors.of(*groups)
    if of_groups.undetected.any():
        of_groups = of_groups.only(of_groups.informative)
    return Sides.of_group(of_groups, groups[0])


def between(sides: Sides, *, alpha: float) -> tuple[Estimate, Method]:
    """The mean contrast of the first group less that of the second, with the design held, and the
    method. Raises NotEstimable.
    """
    fit, method = sides.fit(alpha=alpha)
    return fit.estimate, WELCH_CONTRASTS if method is WELCH else method


def without_each(x: Sample) -> tuple[tuple[str, ...], Floats]:
    """The donors of one group, and the estimate of `within` without each; no estimates where some
    are bounds.
    """
    return x.donors, np.array([]) if x.undetected.any() else means_without_each(x.lower)


def within(x: Sample, *, alpha: float) -> tuple[Estimate, Method]:
    """The mean contrast of one group's donors, with what the design does to one side only held, and
    the method. Raises NotEstimable.
    """
    columns = held_of_mean(x)
    if not x.undetected.any():
        return _within_values(x, columns, alpha), STUDENT_CONTRASTS
    if columns.shape[1]:
        raise NotEstimable(Caveat("method_cannot_hold", {"terms": terms_of_mean(x)}))
    return _within_bounds(x, alpha), BOUNDED_CONTRASTS


def _within_bounds(x: Sample, alpha: float) -> Estimate:
    """The mean by likelihood, with the profile on either side and the errors that donors share."""
    mean, error = group_mean(x.only(x.informative).seen_wells, alpha=alpha), _mean_shared(x) ** 0.5
    below, above = (float(np.hypot(side, error)) for side in (mean.below, mean.above))
    centre, low, high, df = map(np.asarray, (mean.estimate, below, above, mean.df))
    return _student(centre, low, high, df, alpha).one


def _within_values(x: Sample, columns: Floats, alpha: float) -> Estimate:
    """Student's interval of the constant beside columns (donors, k)."""
    return means_beside(x.lower, columns, alpha=alpha, shared=_mean_shared(x)).estimates.one


@dataclass(frozen=True)
class Means:
    """Means of many studies, and the degrees of freedom `df` (studies,) of their errors."""

    estimates: Estimates
    df: Floats


def means_beside(values: Floats, columns: Floats, *, alpha: float, shared: float = 0.0) -> Means:
    """Student's interval of the constant beside columns (donors, k), of one study's values
    (donors,) or of many (studies, donors); with the variance that shared errors add to the mean
    taken as exact (its degrees of freedom as Welch and Satterthwaite combine them).
    """
    ones = np.ones(len(columns))
    rest = least_squares_rest(ones, columns)
    weights = rest / (rest @ rest)
    e = least_squares_rest(values, np.column_stack([ones, columns]))
    df = len(columns) - 1 - columns.shape[1]
    # s² = RSS / df, and the variance of the mean is s² w'w.
    own = (e**2).sum(axis=-1) / df * float(weights @ weights)
    error = (own + shared) ** 0.5
    combined = (own + shared) ** 2 / np.maximum(own**2 / df, 1e-300)
    return Means(_student(values @ weights, error, error, combined, alpha), combined)


def _student(centre: Floats, below: Floats, above: Floats, df: Floats, alpha: float) -> Estimates:
    """Student's interval and p value, with a standard error to either side."""
    toward = np.where(centre > 0, below, above)
    t = np.where(toward > 0, centre / np.where(toward > 0, toward, 1.0), 0.0)
    return one_sided_students(centre, below, above, df, alpha=alpha, t=t)


def _mean_shared(x: Sample) -> float:
    """The variance that shared errors add to the mean beyond what they spread the donors by."""
    keys = sorted(set(chain(*x.shared)))
    if not keys:
        return 0.0
    loadings = loading_matrix(x.shared, keys)
    added: Floats = loadings.mean(axis=0) ** 2 - loadings.var(axis=0, ddof=1) / len(loadings)
    return max(float(added.sum()), 0.0)
