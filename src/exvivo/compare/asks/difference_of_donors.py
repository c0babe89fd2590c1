"""The difference of two groups from one number a donor: means where all are detected; where some
are bounds, the likelihood of their wells or ranks.

Estimates are log2 fold. Where more than half of a group is undetected no fold change is given, but
the probability that a donor of the first group has the higher result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.design import (
    CONFOUNDED,
    SAME_RESULT,
    confounded,
    sides_of,
    too_few,
    uneven_plates,
)
from exvivo.compare.estimate import (
    Estimate,
    as_beside,
    emptied,
    filled,
    not_estimable,
    warned,
)
from exvivo.compare.evidence import Evidence
from exvivo.compare.methods.order_statistics import level
from exvivo.compare.methods.permutation import MOST_COUNTED, Permutations
from exvivo.compare.methods.peto_prentice import between_groups
from exvivo.compare.methods.ranks import (
    censored_shift,
    gehan_scores,
    midranks,
    shift_of_ranks,
    superiority,
)
from exvivo.compare.methods.tost import power, tost
from exvivo.compare.methods.welch import hedges_g, shared_variance, welch
from exvivo.compare.methods.well_likelihood import enough, likelihood_difference
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, EstimandCode, Finding
from exvivo.methods import (
    BOUNDED,
    COUNTED,
    MANN_WHITNEY,
    ORDER,
    PETO,
    SHIFT,
    SUPERIORITY,
    TOST,
    WELCH,
)
from exvivo.study import Difference
from exvivo.units import AMOUNT, PROBABILITY

_MOST_UNDETECTED = 0.5
"""The share of a group that may be undetected before a fold change is no longer given."""
_MOST_SHARED = 0.1
"""Errors shared between donors, as a share of the standard error (at most of one log2), above which
their absence from an interval is a warning.
"""


@dataclass(frozen=True)
class _Pair:
    """The donors of the two groups of a question: all of them, those of the first group (`x`) and
    those of the second (`y`).
    """

    question: Difference
    donors: Sample
    x: Sample
    y: Sample

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """Lower and upper ends of the results, the donors of x first."""
        lower, upper = map(np.concatenate, zip(self.x.ends, self.y.ends, strict=True))
        return lower, upper

    @property
    def likelihood_serves(self) -> bool:
        """Whether the likelihood of the wells answers: for responses, and wherever copies are
        counted.

        Ranks of responses would favour the group whose unstimulated wells are undetected more
        often: such a response can be surely higher than another, and never surely lower.
        """
        response = bool(self.question.stimulus)
        sides = (1.0, -1.0) if response else (1.0,)
        wells = chain(*self.x.wells, *self.y.wells)
        wanted = response or all(well.one_copy is not None for well in wells)
        return wanted and enough(self.x.wells, sides) and enough(self.y.wells, sides)

    @property
    def shared_sd(self) -> float:
        """The standard deviation of a difference by errors that donors share."""
        return float(shared_variance(self.x, self.y) ** 0.5)

    def estimand(self, code: EstimandCode) -> Estimand:
        """What is estimated of these groups."""
        question = self.question
        return Estimand(code, {"groups": question.groups, "stimulus": question.stimulus})


def difference(
    question: Difference, sample: Sample, blank: Finding, evidence: Evidence
) -> list[Finding]:
    """The first group minus the second, of one assay and analyte: the answer, and numbers to show
    beside it.

    `sample` holds the donors of every group, `blank` the finding with its names filled in.
    """
    groups = question.groups
    blank = replace(blank, n=sample.counts(groups), warnings=sample.warnings)
    donors = sample.of(*groups)
    x, y = sides_of(donors, groups)
    pair = _Pair(question, donors, x, y)
    reason = sample.trouble or _trouble(pair)
    if reason:
        asked = Estimand("difference", {"groups": groups})
        return [not_estimable(replace(blank, estimand=asked), reason)]
    blank = warned(blank, *uneven_plates("uneven_plates", donors, groups[0]))
    if not donors.undetected.any():
        return _detected(blank, pair, evidence)
    answer = _censored(blank, pair, evidence)
    return [answer, *([] if question.stimulus else _undetected_levels(answer, pair))]


def _detected(blank: Finding, pair: _Pair, evidence: Evidence) -> list[Finding]:
    """Welch's interval on donor means; ranks and the equivalence test beside it."""
    x, y, alpha = pair.x.lower, pair.y.lower, evidence.alpha
    both = np.concatenate([x, y])
    mean = welch(x, y, alpha=alpha, shared=shared_variance(pair.x, pair.y))
    answer = replace(
        filled(blank, WELCH, mean),
        estimand=pair.estimand("difference_in_mean"),
        p_permutation=evidence.permutations.between(both, len(x)),
        effect_size=hedges_g(x, y),
    )
    return [answer, _rank_shift(blank, pair, evidence), *_equivalence(answer, pair, alpha)]


def _rank_shift(blank: Finding, pair: _Pair, evidence: Evidence) -> Finding:
    """The Mann-Whitney test with the shift that goes with it."""
    x, y = pair.x.lower, pair.y.lower
    shift, lower, upper = shift_of_ranks(x, y, alpha=evidence.alpha)
    p = _rank_p(np.concatenate([x, y]), len(x), evidence.permutations)
    beside = replace(as_beside(blank), estimand=pair.estimand("rank_shift"))
    return filled(beside, MANN_WHITNEY, Estimate(shift, lower, upper, p))


def _equivalence(answer: Finding, pair: _Pair, alpha: float) -> list[Finding]:
    """The two one-sided tests against the declared margin, with the chance they had if there were
    no difference.
    """
    margin, x, y = pair.question.margin, pair.x.lower, pair.y.lower
    if margin is None:
        return []
    test = tost(x, y, margin=margin, alpha=alpha)
    facts = {"margin": margin, "power": float(power(x, y, margin=margin, alpha=alpha))}
    ends = (float(end) for end in (test.estimate, test.lower, test.upper, test.p))
    finding = filled(as_beside(answer), TOST, Estimate(*ends))
    return [replace(finding, level=1 - 2 * alpha, estimand=Estimand("equivalence", facts))]


def _rank_p(both: Floats, first: int, permutations: Permutations) -> float:
    """The Mann-Whitney p value: by permutation (exact for small groups) if the plan permutes, else
    the normal approximation of the sum of the first group's ranks.
    """
    from scipy.special import ndtr

    ranks = midranks(both)
    p = permutations.between(ranks, first)
    if p is not None:
        return p
    centred, n = ranks - ranks.mean(), len(both)
    # Variance of the sum of `first` of n centred ranks drawn without replacement, ties included.
    spread = (first * (n - first) / (n * (n - 1)) * float(centred @ centred)) ** 0.5
    return 2 * float(ndtr(-abs(float(centred[:first].sum())) / spread)) if spread else 1.0


def _undetected_levels(answer: Finding, pair: _Pair) -> Iterator[Finding]:
    """Beside ranks of levels: Peto's and Prentice's test, and each group's mean by regression on
    order statistics. Nothing for bounds of another kind, or too few detected results.
    """
    beside = emptied(answer)
    with suppress(ValueError):
        test = between_groups(*pair.ends, np.concatenate([pair.x.groups, pair.y.groups]))
        asked = Estimand("distributions_differ")
        yield replace(beside, p=test.p, method=PETO, estimand=asked)
        for side in (pair.x, pair.y):
            yield _group_mean(beside, side)


def _group_mean(beside: Finding, side: Sample) -> Finding:
    """The mean amount of one group, by regression on order statistics."""
    group = str(side.groups[0])
    return replace(
        beside,
        unit=AMOUNT,
        method=ORDER,
        estimate=level(2.0**side.lower, 2.0**side.upper).mean,
        n=side.counts([group]),
        estimand=Estimand("group_mean", {"group": group}),
    )


def _censored(blank: Finding, pair: _Pair, evidence: Evidence) -> Finding:
    """Some donors are bounds: the likelihood of their wells where it serves, else ranks."""
    first = len(pair.x.donors)
    p = evidence.permutations.between(gehan_scores(*pair.ends), first)
    by_method = _by_likelihood if pair.likelihood_serves else _by_ranks
    return by_method(replace(blank, p_permutation=p), pair, evidence.alpha)


def _by_likelihood(blank: Finding, pair: _Pair, alpha: float) -> Finding:
    """The difference by the likelihood of the wells."""
    x, y = pair.x.wells, pair.y.wells
    estimate = likelihood_difference(x, y, alpha=alpha, shared=pair.shared_sd)
    counted = any(well.one_copy is not None for well in chain(*x))
    blank = replace(blank, estimand=pair.estimand("difference_in_mean"))
    return filled(blank, COUNTED if counted else BOUNDED, estimate)


def _by_ranks(blank: Finding, pair: _Pair, alpha: float) -> Finding:
    """Ranks that respect bounds. Donors whose result could be anything are counted, and take no
    part.
    """
    x, y = (side.only(side.informative) for side in (pair.x, pair.y))
    informative = replace(pair, x=x, y=y)
    if max(x.undetected.mean(), y.undetected.mean()) > _MOST_UNDETECTED:
        return _probability(blank, informative, alpha)
    return _shift(blank, informative, alpha)


def _probability(blank: Finding, pair: _Pair, alpha: float) -> Finding:
    """The probability that a donor of the first group has the higher result."""
    estimate = superiority(*pair.x.ends, *pair.y.ends, alpha=alpha)
    if pair.question.margin is not None:
        blank = warned(blank, Caveat("no_margin_for_undetected"))
    if pair.shared_sd > _MOST_SHARED:
        blank = warned(blank, _shared_left_out(pair))
    return replace(
        filled(blank, SUPERIORITY, estimate),
        unit=PROBABILITY,
        estimand=pair.estimand("probability_of_higher"),
        p=_exact(blank, estimate, pair),
    )


def _shared_left_out(pair: _Pair) -> Caveat:
    """The warning that an interval does not hold the errors that donors share."""
    return Caveat("shared_errors_left_out", {"sd": pair.shared_sd})


def _shift(blank: Finding, pair: _Pair, alpha: float) -> Finding:
    """The shift between the groups by ranks, with errors that donors share."""
    estimate = censored_shift(*pair.x.ends, *pair.y.ends, alpha=alpha)
    # The standard error that the interval amounts to; infinite where an end is open.
    error = (estimate.upper - estimate.lower) / 4
    if estimate.estimate is None:
        blank = warned(blank, Caveat("no_single_shift"))
    if pair.shared_sd > 0 and estimate.estimate is not None:
        estimate = _with_shared(estimate, pair.shared_sd, alpha)
    elif pair.shared_sd > _MOST_SHARED * min(error, 1.0):
        blank = warned(blank, _shared_left_out(pair))
    finding = replace(filled(blank, SHIFT, estimate), estimand=pair.estimand("shift"))
    return replace(finding, p=_exact(blank, estimate, pair))


def _with_shared(shift: Estimate, shared: float, alpha: float) -> Estimate:
    """A shift with errors that donors share added to its interval and p value, taken as normal."""
    from scipy.special import ndtr, ndtri

    centre, z = shift.estimate or 0.0, float(ndtri(1 - alpha / 2))
    below = float(np.hypot(centre - shift.lower, z * shared))
    above = float(np.hypot(shift.upper - centre, z * shared))
    toward = below if centre > 0 else above
    p = 2 * float(ndtr(-z * abs(centre) / toward)) if np.isfinite(toward) and toward > 0 else 1.0
    return Estimate(centre, centre - below, centre + above, max(shift.p, p))


def _exact(blank: Finding, estimate: Estimate, pair: _Pair) -> float:
    """The p value of the ranks: the exact one where all rearrangements were counted, else its
    normal approximation.
    """
    p, donors = blank.p_permutation, len(pair.ends[0])
    return estimate.p if p is None or donors > MOST_COUNTED else max(estimate.p, p)


def _trouble(pair: _Pair) -> Caveat | None:
    """Why this difference cannot be estimated; None if it can."""
    groups, sides = pair.question.groups, (pair.x, pair.y)
    few = too_few("few_donors", groups, [len(side.donors) for side in sides])
    if few:
        return few
    if confounded(pair.donors, groups[0]):
        return CONFOUNDED
    undetected = pair.donors.undetected
    if undetected.any() and pair.likelihood_serves:
        return None
    if undetected.all():
        return _all_undetected(pair.donors)
    informative = [int(side.informative.sum()) for side in sides]
    return too_few("few_informative_donors", groups, informative) or _alike(pair)


def _all_undetected(donors: Sample) -> Caveat:
    """Every result is undetected, with how many of the wells are detected all the same."""
    wells = [well.value for well in chain(*donors.wells)]
    detected = len(wells) - wells.count(None)
    return Caveat("all_undetected", {"detected_wells": detected, "wells": len(wells)})


def _alike(pair: _Pair) -> Caveat | None:
    """Results that do not differ, between all donors or within each group."""
    if len(set(zip(pair.donors.lower, pair.donors.upper, strict=True))) == 1:
        return Caveat("one_result")
    if pair.donors.undetected.any():
        return None
    if all(np.ptp(side.lower) < SAME_RESULT for side in (pair.x, pair.y)):
        return Caveat("one_result_each_group")
    return None
