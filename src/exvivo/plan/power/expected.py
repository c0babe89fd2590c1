"""What a model's studies claim of each answer, exactly where a formula gives it.

A donor's number (a response, a contrast) is a weighted sum of its results. Where donors are
normal and every result is seen, its mean and standard deviation in each group say all: Welch's
interval of two groups, Student's of one, Pearson's coefficient; where several plates are held,
least squares of groups that spread alike. Donors who are lost leave fewer: without plates the
chances are added up over all numbers that may be left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from exvivo.arrays import Floats
from exvivo.plan.power import exact, exact_correlation
from exvivo.plan.power.exact import NOTHING, Claims, Law
from exvivo.plan.power.exact_held import least_squares, plates_held
from exvivo.plan.power.tally import usable_margin
from exvivo.simulate.population.model import DataModel
from exvivo.simulate.population.truths import contrast_of
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Question,
    Specificity,
)

FEWEST, FEWEST_SCORED = 3, 5
"""Donors of a group, and with a score, from which anything is estimated (`compare.design`)."""
_LEAST = 1e-9
"""Numbers of donors that are less likely are left out."""
_MOST_SIZES = 600
"""Pairs of numbers of donors that may be left, above which they are simulated only."""
_ENDS = 3.5
"""Standard deviations between the mean of a score and the ends of its scale from which the ends
change nothing that shows.
"""
Asked = Difference | Specificity
Within = Change | Effect


@dataclass(frozen=True)
class Numbers:
    """The numbers of a group's donors: their mean and standard deviation, and how many are
    planned.
    """

    mean: float
    sd: float
    planned: int


def claims_of(
    model: DataModel, question: Question, assay: str, analyte: str, scale: str, truth: float
) -> Claims | None:
    """What studies claim of one answer by itself, without the correction over its family; None
    where only a simulation can say.
    """
    if model.shape != "normal" or not model.detects_all or model.exposures:
        return None
    alpha, kept = model.study.plan.alpha, 1 - model.dropouts
    match question:
        case Difference() if question.adjust and question.answer == "adjusted":
            return None
        case Difference() | Specificity():
            return _between(model, question, assay, analyte, alpha, kept)
        case Change() if question.scales:
            return None
        case Change() | Effect():
            return _within(model, question, assay, analyte, alpha, kept)
        case Association() if question.method == "pearson" and question.answer == "within":
            return _association(model, question, scale, truth, alpha, kept)
        case _:
            return None


def numbers_of(
    model: DataModel, question: Asked | Within, assay: str, analyte: str, group: str
) -> Numbers:
    """The numbers of the donors of one group."""
    weights = contrast_of(question, model, assay, analyte)
    row = model.groups.index(group)
    return Numbers(float(model.means[row] @ weights), _sd(model, weights, row), model.donors[row])


def _sd(model: DataModel, weights: Floats, group: int) -> float:
    """The standard deviation between donors of a weighted sum of their results, with the error of
    their cultures and wells.
    """
    latents = (weights @ model.sums) * model.spreads[group]
    size = len(model.latents)
    together = model.correlations[group][:size, :size]
    variance = float(latents @ together @ latents) + float(weights**2 @ model.own_sd**2)
    return math.sqrt(max(variance, 0.0))


def _between(
    model: DataModel, question: Asked, assay: str, analyte: str, alpha: float, kept: float
) -> Claims | None:
    """Two groups: on one plate its effect cancels between them, several are held."""
    first, second = (numbers_of(model, question, assay, analyte, g) for g in question.groups)
    margin = usable_margin(question)
    if model.plates > 1:
        law_held = None if kept < 1 else _held(model, question, first, second, alpha)
        return None if law_held is None else law_held.claims(margin)

    def law(n: tuple[int, int]) -> Law:
        sds = (max(first.sd, 1e-12), max(second.sd, 1e-12))
        return exact.welch(first.mean - second.mean, sds, n, alpha=alpha)

    return _over_donors(
        [_left(first.planned, kept), _left(second.planned, kept)],
        lambda n: law((n[0], n[1])).claims(margin) if min(n) >= FEWEST else NOTHING,
    )


def _held(
    model: DataModel, question: Asked, first: Numbers, second: Numbers, alpha: float
) -> Law | None:
    """Two groups beside the plates that are held; None where these are not, or where the groups
    spread differently.
    """
    of_first = np.asarray(model.group == model.groups.index(question.groups[0]))
    both = of_first | (model.group == model.groups.index(question.groups[1]))
    asked = of_first[both].astype(np.intp)
    design = plates_held(asked, model.plate[both], asked.astype(np.float64))
    if design.nothing or not math.isclose(first.sd, second.sd):
        return None
    truth, sd = first.mean - second.mean, max(first.sd, 1e-12)
    return least_squares(truth, sd, asked, design.columns, alpha=alpha)


def _within(
    model: DataModel, question: Within, assay: str, analyte: str, alpha: float, kept: float
) -> Claims | None:
    """One group's contrast, where what its plate does cancels."""
    weights = contrast_of(question, model, assay, analyte)
    if _moved_by_plates(model, weights):
        return None
    group = numbers_of(model, question, assay, analyte, question.within)
    margin, sd = usable_margin(question), max(group.sd, 1e-12)
    return _over_donors(
        [_left(group.planned, kept)],
        lambda n: (
            exact.one_mean(group.mean, sd, n[0], alpha=alpha).claims(margin)
            if n[0] >= FEWEST
            else NOTHING
        ),
    )


def _moved_by_plates(model: DataModel, weights: Floats) -> bool:
    """Whether a plate adds anything to the contrast of each of its donors."""
    control = model.study.control_stimulus()
    stimulated = np.array([one.stimulus not in (None, control) for one in model.series])
    level = abs(float(weights @ model.plate_sd))
    return level > 1e-9 or abs(float((weights * stimulated) @ model.plate_response_sd)) > 1e-9


def _association(
    model: DataModel, question: Association, scale: str, truth: float, alpha: float, kept: float
) -> Claims | None:
    """A coefficient within a group, whose scores stay inside their scale. Scores are whole numbers:
    rounding adds 1 / 12 to their variance (Sheppard 1898).
    """
    row = model.groups.index(question.within)
    column = next(i for i, one in enumerate(model.scores) if one.scale == scale)
    mean, sd = model.score_means[row, column], model.score_sds[row, column]
    low, high = model.ends[column]
    columns = _plates_taken_out(model, row)
    if columns is None or (columns and kept < 1) or min(mean - low, high - mean) < _ENDS * sd:
        return None
    rounded = truth / math.sqrt(1 + 1 / (12 * sd**2))
    return _over_donors(
        [_left(model.donors[row], kept)],
        lambda n: (
            exact_correlation.pearson(rounded, n[0] - columns, alpha=alpha)
            if n[0] >= FEWEST_SCORED
            else NOTHING
        ),
    )


def _plates_taken_out(model: DataModel, group: int) -> int | None:
    """How many columns of plates are taken out of a coefficient within a group, each of which costs
    a donor; None where plates are too many to be.
    """
    if model.plates == 1:
        return 0
    own = np.asarray(model.group == group)
    columns = plates_held(model.group[own], model.plate[own], None).columns.shape[1]
    return columns or None


Left = tuple[tuple[int, float], ...]
"""Numbers of donors that may be left, with their chances."""


@lru_cache(maxsize=256)
def _left(planned: int, kept: float) -> Left:
    """How many of the planned donors are left (binomial)."""
    if kept >= 1:
        return ((planned, 1.0),)
    return tuple(_binomial(planned, kept))


def _binomial(planned: int, kept: float) -> Iterator[tuple[int, float]]:
    logs = [math.lgamma(planned + 1)] * (planned + 1)
    for n, whole in enumerate(logs):
        log = whole - math.lgamma(n + 1) - math.lgamma(planned - n + 1)
        chance = math.exp(log + n * math.log(kept) + (planned - n) * math.log1p(-kept))
        if chance > _LEAST:
            yield n, chance


def _over_donors(groups: list[Left], claims: Callable[[tuple[int, ...]], Claims]) -> Claims | None:
    """What is claimed, over all numbers of donors that may be left; None where these are too
    many.
    """
    if math.prod(map(len, groups)) > _MOST_SIZES:
        return None
    total = NOTHING
    for one in product(*groups):
        sizes, chances = zip(*one, strict=True)
        weight = math.prod(chances)
        if weight > _LEAST:
            total = total.plus(claims(sizes), weight)
    return total


def half_width_of(
    model: DataModel, question: Question, assay: str, analyte: str, donors: Mapping[str, int]
) -> float:
    """The expected half width of an interval (log2) with so many donors of each group, nothing of
    the design held; 0 for questions without one.
    """
    alpha = model.study.plan.alpha
    if isinstance(question, Difference | Specificity):
        groups = [numbers_of(model, question, assay, analyte, g) for g in question.groups]
        n = [max(donors[g], 2) for g in question.groups]
        sds = (max(groups[0].sd, 1e-12), max(groups[1].sd, 1e-12))
        return exact.welch(0.0, sds, (n[0], n[1]), alpha=alpha).half_width
    if isinstance(question, Change | Effect):
        own = numbers_of(model, question, assay, analyte, question.within)
        return exact.one_mean(0.0, own.sd, max(donors[question.within], 2), alpha=alpha).half_width
    return 0.0
