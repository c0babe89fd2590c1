"""The difference of two groups from one number a donor, with the design held: means where all are
detected, the likelihood of the wells where some are bounds, ranks within strata where more than
half are.

Estimates are log2 fold. Where more than half of a group is undetected no fold change is given, but,
for levels, the probability that a donor of the first group has the higher result. Ranks of
responses would favour the group whose unstimulated wells are undetected more often (such a response
can be surely higher than another, and never surely lower): for responses nothing is given then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.design import SAME_RESULT, alone_in_design, too_few
from exvivo.compare.estimate import (
    Estimate,
    NotEstimable,
    as_beside,
    counted,
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
    TwoGroups,
    censored_shift,
    gehan_scores,
    midranks,
    shift_of_ranks,
    superiority,
)
from exvivo.compare.methods.regression import Fit, hedges_g
from exvivo.compare.methods.tost import power, tost
from exvivo.compare.methods.well_likelihood import FEWEST_DETECTED
from exvivo.compare.sample import Sample
from exvivo.compare.sides import MOST_UNSEEN, Sides
from exvivo.compare.unseen import unseen
from exvivo.findings import Caveat, Estimand, EstimandCode, Facts, Finding
from exvivo.methods import MANN_WHITNEY, ORDER, PETO, SHIFT, SUPERIORITY, TOST, VAN_ELTEREN
from exvivo.study import Difference
from exvivo.units import AMOUNT, PROBABILITY

_MOST_UNDETECTED = 0.5
"""The share of a group that may be undetected before ranks give no fold change."""
_MOST_SHARED = 0.1
"""Errors shared between donors, as a share of the standard error (at most of one log2), above which
their absence from an interval is a warning.
"""


@dataclass(frozen=True)
class Asked:
    """A question and the donors of its two groups."""

    question: Difference
    sides: Sides
    alpha: float

    @property
    def response(self) -> bool:
        """Whether results are responses to a stimulus."""
        return bool(self.question.stimulus)

    @property
    def shared_sd(self) -> float:
        """The standard deviation of the difference by errors that donors share."""
        return float(self.sides.shared**0.5)

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
    donors = sample.of(*groups)
    blank = replace(counted(blank, donors.telling, groups), warnings=sample.warnings)
    sides = Sides.of_group(donors, groups[0])
    asked = Asked(question, sides, evidence.alpha)
    reason = sample.trouble or trouble_of(asked)
    if reason:
        no_answer = replace(blank, estimand=Estimand("difference", {"groups": groups}))
        return [not_estimable(no_answer, reason)]
    blank = replace(blank, held=sides.design.terms)
    blank = warned(blank, *alone_in_design(sides.design), *sides.skewed_unequal)
    if not sides.bounded:
        return _detected(blank, asked, evidence)
    return _censored(blank, asked, evidence)


def _detected(blank: Finding, asked: Asked, evidence: Evidence) -> list[Finding]:
    """Least squares on the donors; ranks and the equivalence test beside it."""
    sides = asked.sides
    try:
        fit, method = sides.fit(alpha=asked.alpha)
    except NotEstimable as error:
        no_answer = replace(blank, estimand=asked.estimand("difference"))
        return [not_estimable(no_answer, error.caveat)]
    answer = replace(
        filled(blank, method, fit.estimate),
        estimand=asked.estimand("difference_in_mean"),
        p_permutation=_permuted(sides.donors.lower, sides, evidence.permutations),
        effect_size=hedges_g(sides.weights, sides.donors.lower),
    )
    ranks = _rank_shift(blank, asked, evidence)
    return [answer, *ranks, *_equivalence(answer, fit, asked)]


def _permuted(scores: Floats, sides: Sides, permutations: Permutations) -> float | None:
    """The p value of the scores of the first side against rearrangements of donors within the
    strata of the design; None where there are no strata.
    """
    strata = sides.design.strata
    if strata is None:
        return None
    order = np.argsort(~sides.first, kind="stable")
    return permutations.between(scores[order], int(sides.first.sum()), strata[order])


def _rank_shift(blank: Finding, asked: Asked, evidence: Evidence) -> Iterator[Finding]:
    """The Mann-Whitney test with the shift that goes with it, within strata van Elteren's; nothing
    where ranks cannot hold the design.
    """
    sides, alpha = asked.sides, asked.alpha
    beside = replace(as_beside(blank), estimand=asked.estimand("rank_shift"))
    if sides.plain:
        x, y = (side.lower for side in sides.samples)
        shift, lower, upper = shift_of_ranks(x, y, alpha=alpha)
        p = _rank_p(np.concatenate([x, y]), len(x), evidence.permutations)
        yield filled(beside, MANN_WHITNEY, Estimate(shift, lower, upper, p))
    elif sides.design.strata is not None:
        estimate = censored_shift(_ranked(sides, sides.design.strata), alpha=alpha)
        yield filled(beside, VAN_ELTEREN, estimate)


def _ranked(sides: Sides, strata: Ints) -> TwoGroups:
    """The donors as ranks want them."""
    return TwoGroups(*sides.donors.ends, sides.first, strata)


def _equivalence(answer: Finding, fit: Fit, asked: Asked) -> list[Finding]:
    """The two one-sided tests against the declared margin, with the chance they had if there were
    no difference.
    """
    margin, alpha = asked.question.margin, asked.alpha
    if margin is None:
        return []
    test = tost(fit.slope, fit.error, fit.df, margin=margin, alpha=alpha)
    chance = power(fit.error, fit.df, margin=margin, alpha=alpha)
    ends = (float(end) for end in (test.estimate, test.lower, test.upper, test.p))
    finding = filled(as_beside(answer), TOST, Estimate(*ends))
    facts = {"margin": margin, "power": chance}
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


def _censored(blank: Finding, asked: Asked, evidence: Evidence) -> list[Finding]:
    """Some donors are bounds: the likelihood of their wells, ranks beside it for levels; beyond
    half undetected ranks only, and only of levels.
    """
    sides = asked.sides.informative
    unseen = sides.most_unseen > MOST_UNSEEN
    ranks = [] if asked.response else _by_ranks(blank, asked, evidence)
    beside = [] if asked.response else list(_undetected_levels(blank, asked))
    if unseen or sides.few_seen:
        return [*(ranks or [_too_many_bounds(blank, asked, sides)]), *beside]
    answer = _by_likelihood(blank, asked, sides)
    return [answer, *map(as_beside, ranks), *beside]


def _by_likelihood(blank: Finding, asked: Asked, sides: Sides) -> Finding:
    """The difference by the likelihood of the wells."""
    blank = replace(blank, estimand=asked.estimand("difference_in_mean"))
    try:
        fit, method = sides.fit(alpha=asked.alpha)
    except NotEstimable as error:
        return not_estimable(blank, error.caveat)
    return filled(blank, method, fit.estimate)


def _too_many_bounds(blank: Finding, asked: Asked, sides: Sides) -> Finding:
    """No answer: too little is detected, and ranks cannot serve."""
    reason = _why_not(asked, sides)
    return not_estimable(replace(blank, estimand=asked.estimand("difference")), reason)


def _why_not(asked: Asked, sides: Sides) -> Caveat:
    """Why neither the likelihood nor ranks can answer."""
    question = asked.question
    if not asked.response:
        return Caveat("method_cannot_hold", {"terms": sides.design.terms})
    if sides.most_unseen > MOST_UNSEEN:
        return Caveat("mostly_bounds_of_response", _unseen(asked))
    few = sides.few_seen or (0, 0)
    group = question.groups[int(np.argmin(few))]
    needed = {"n": min(few), "needed": FEWEST_DETECTED}
    return Caveat("few_detected_donors", {"group": group, **needed})


def _by_ranks(blank: Finding, asked: Asked, evidence: Evidence) -> list[Finding]:
    """Ranks within strata that respect bounds. Donors whose result could be anything are counted,
    and take no part. Nothing where ranks cannot hold the design.
    """
    sides = asked.sides.informative
    strata = sides.design.strata
    if strata is None:
        return []
    p = _permuted(_stratum_scores(sides, strata), sides, evidence.permutations)
    blank = replace(blank, p_permutation=p)
    groups = _ranked(sides, strata)
    if max(side.undetected.mean() for side in sides.samples) > _MOST_UNDETECTED:
        return [_probability(blank, groups, asked)]
    return [_shift(blank, groups, asked)]


def _stratum_scores(sides: Sides, strata: Ints) -> Floats:
    """Gehan's scores within strata, as van Elteren weighs them."""
    low, high = sides.donors.ends
    scores = np.zeros(len(low))
    for stratum in np.unique(strata):
        inside = strata == stratum
        scores[inside] = gehan_scores(low[inside], high[inside]) / (inside.sum() + 1)
    return scores


def _probability(blank: Finding, groups: TwoGroups, asked: Asked) -> Finding:
    """The probability that a donor of the first group has the higher result."""
    estimate = superiority(groups, alpha=asked.alpha)
    if asked.question.margin is not None:
        blank = warned(blank, Caveat("no_margin_for_undetected"))
    if asked.shared_sd > _MOST_SHARED:
        blank = warned(blank, _shared_left_out(asked))
    return replace(
        filled(blank, SUPERIORITY, estimate),
        unit=PROBABILITY,
        estimand=asked.estimand("probability_of_higher"),
        p=_exact(blank, estimate, groups),
    )


def _shared_left_out(asked: Asked) -> Caveat:
    """The warning that an interval does not hold the errors that donors share."""
    return Caveat("shared_errors_left_out", {"sd": asked.shared_sd})


def _shift(blank: Finding, groups: TwoGroups, asked: Asked) -> Finding:
    """The shift between the groups by ranks, with errors that donors share."""
    estimate, shared = censored_shift(groups, alpha=asked.alpha), asked.shared_sd
    # The standard error that the interval amounts to; infinite where an end is open.
    error = (estimate.upper - estimate.lower) / 4
    if estimate.estimate is None:
        blank = warned(blank, Caveat("no_single_shift"))
    if shared > 0 and estimate.estimate is not None:
        estimate = _with_shared(estimate, shared, asked.alpha)
    elif shared > _MOST_SHARED * min(error, 1.0):
        blank = warned(blank, _shared_left_out(asked))
    finding = replace(filled(blank, SHIFT, estimate), estimand=asked.estimand("shift"))
    return replace(finding, p=_exact(blank, estimate, groups))


def _with_shared(shift: Estimate, shared: float, alpha: float) -> Estimate:
    """A shift with errors that donors share added to its interval and p value, taken as normal."""
    from scipy.special import ndtr, ndtri

    centre, z = shift.estimate or 0.0, float(ndtri(1 - alpha / 2))
    below = float(np.hypot(centre - shift.lower, z * shared))
    above = float(np.hypot(shift.upper - centre, z * shared))
    toward = below if centre > 0 else above
    p = 2 * float(ndtr(-z * abs(centre) / toward)) if np.isfinite(toward) and toward > 0 else 1.0
    return Estimate(centre, centre - below, centre + above, max(shift.p, p))


def _exact(blank: Finding, estimate: Estimate, groups: TwoGroups) -> float:
    """The p value of the ranks: the exact one where all rearrangements were counted, else its
    normal approximation.
    """
    p, donors = blank.p_permutation, len(groups.low)
    return estimate.p if p is None or donors > MOST_COUNTED else max(estimate.p, p)


def _undetected_levels(blank: Finding, asked: Asked) -> Iterator[Finding]:
    """Beside an answer of levels: Peto's and Prentice's test where nothing is held, and each
    group's mean by regression on order statistics. Nothing for bounds of another kind, or too few
    detected results.
    """
    beside, sides = emptied(blank), asked.sides
    with suppress(ValueError):
        if sides.plain:
            test = between_groups(*sides.donors.ends, sides.donors.groups)
            estimand = Estimand("distributions_differ")
            yield replace(beside, p=test.p, method=PETO, estimand=estimand)
        for side in sides.samples:
            yield _group_mean(beside, side)


def _group_mean(beside: Finding, side: Sample) -> Finding:
    """The mean amount of one group, by regression on order statistics."""
    group = str(side.groups[0])
    return replace(
        counted(beside, side, [group]),
        unit=AMOUNT,
        method=ORDER,
        estimate=level(2.0**side.lower, 2.0**side.upper).mean,
        held=(),
        estimand=Estimand("group_mean", {"group": group}),
    )


def trouble_of(asked: Asked) -> Caveat | None:
    """Why this difference cannot be estimated; None if it can."""
    groups, sides = asked.question.groups, asked.sides
    few = too_few("few_donors", groups, [len(side.donors) for side in sides.samples])
    reason = few or sides.confounded()
    if reason:
        return reason
    if sides.bounded and not sides.informative.few_seen:
        return None
    if sides.donors.undetected.all():
        return Caveat("all_undetected", _unseen(asked))
    informative = [int(side.informative.sum()) for side in sides.samples]
    return too_few("few_informative_donors", groups, informative) or _alike(sides)


def _unseen(asked: Asked) -> Facts:
    """Which wells have no value and where they lie, with the stimulus that is asked about."""
    facts = unseen(asked.sides.donors, response=asked.response)
    return {**facts, "stimulus": asked.question.stimulus}


def _alike(sides: Sides) -> Caveat | None:
    """Results that do not differ, between all donors or within each group."""
    if len(set(zip(*sides.donors.ends, strict=True))) == 1:
        return Caveat("one_result")
    if sides.bounded:
        return None
    if all(np.ptp(side.lower) < SAME_RESULT for side in sides.samples):
        return Caveat("one_result_each_group")
    return None
