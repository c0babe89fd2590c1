"""What is true of a model's population, for every answer that its questions ask for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from exvivo.arrays import Floats
from exvivo.simulate.population.model import DataModel, Series
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Measured,
    Mediation,
    Question,
    Specificity,
    Treatment,
)
from exvivo.study.question_records import condition_of


@dataclass(frozen=True)
class Truths:
    """The true value of one answer: log2 fold of a contrast, the coefficient of an association as
    donors' means show it (Spearman's for ranks: 6 / π asin(r / 2), Pearson 1907), the part of a
    scale's difference of a mediation. `scale` is empty where none is asked.
    """

    question: str
    assay: str
    analyte: str
    scale: str
    value: float


def truths(model: DataModel) -> tuple[Truths, ...]:
    """The truth of every answer but those of identity, in the order of the questions."""
    rows: list[Truths] = []
    for question in model.study.questions:
        if not isinstance(question, Identity):
            rows += _of_question(question, model)
    return tuple(rows)


def _of_question(question: Measured, model: DataModel) -> Iterator[Truths]:
    """One row an assay, analyte and scale."""
    scales = getattr(question, "scales", ()) or ("",)
    for assay, analyte, scale in product(question.assays, question.analytes, scales):
        value = _value(question, _Place(model, question, assay, analyte), scale)
        yield Truths(question.id, assay, analyte, scale, value)


@dataclass(frozen=True)
class _Place:
    """An assay and analyte of a question."""

    model: DataModel
    question: Measured
    assay: str
    analyte: str

    @property
    def cell_type(self) -> str | None:
        """The cells that are asked."""
        first = self.model.series[0].cell_type
        return self.question.cell_type or first

    @property
    def first_visit(self) -> str:
        """The visit of answers that ask for none."""
        return self.model.series[0].visit

    def weights(self, *, analyte: str = "", cell_type: str = "", visit: str = "") -> Floats:
        """What every series weighs in the result of a donor (series,): the level under a condition,
        or stimulated less control.
        """
        weights = np.zeros(len(self.model.series))
        for stimulus, weight in self.conditions():
            one = Series(
                cell_type or self.cell_type,
                visit or self.first_visit,
                self.assay,
                self.model.study.assay(self.assay).readout,
                analyte or self.analyte,
                stimulus,
            )
            weights[self.model.place(one)] += weight
        return weights

    def conditions(self) -> tuple[tuple[str | None, float], ...]:
        """The stimuli under which a donor's results are asked, and what each weighs."""
        question, control = self.question, self.model.study.control_stimulus()
        if isinstance(question, Effect):
            return (question.blocked, 1.0), (question.stimulus, -1.0)
        if question.stimulus:
            return (question.stimulus, 1.0), (control, -1.0)
        return ((condition_of(question) or control, 1.0),)

    def mean(self, group: str, weights: Floats) -> float:
        """The mean result of a group, what its people take included, but for what the answer is
        adjusted for.
        """
        model = self.model
        row = model.groups.index(group)
        held = [one.column in self._adjusted for one in model.exposures]
        taken = np.where(held, 0.0, model.shares[:, row]) @ model.moves
        return float((model.means[row] + taken) @ weights)

    @property
    def _adjusted(self) -> frozenset[str]:
        """The columns of donors.csv that the answer is adjusted for."""
        question = self.question
        if not isinstance(question, Difference) or question.answer != "adjusted":
            return frozenset()
        return frozenset(question.adjust)

    def difference(self, weights: Floats) -> float:
        """The first group less the second."""
        first, second = self.question.groups  # type: ignore[union-attr]
        return self.mean(first, weights) - self.mean(second, weights)


def contrast_of(question: Measured, model: DataModel, assay: str, analyte: str) -> Floats:
    """What every series weighs (series,) in the number of a donor that answers a question: the
    response or level, of a specificity less that of the other cells or analytes, of a change the
    last visit less the first.
    """
    at = _Place(model, question, assay, analyte)
    if isinstance(question, Change):
        return at.weights(visit=question.visits[-1]) - at.weights(visit=question.visits[0])
    if isinstance(question, Specificity):
        return at.weights() - _beside(question, at)
    return at.weights()


def _beside(question: Specificity, at: _Place) -> Floats:
    """What every series weighs in that from which a response is to be told apart."""
    if question.against_cell_type:
        return at.weights(cell_type=question.against_cell_type)
    others = [at.weights(analyte=analyte) for analyte in question.against]
    return np.asarray(np.mean(others, axis=0))


def _value(question: Question, at: _Place, scale: str) -> float:
    """The truth of one answer."""
    match question:
        case Difference() | Specificity():
            return at.difference(contrast_of(question, at.model, at.assay, at.analyte))
        case Change() if question.scales:
            return math.nan
        case Change() | Effect():
            contrast = contrast_of(question, at.model, at.assay, at.analyte)
            return at.mean(question.within, contrast)
        case Treatment():
            return _treatment(question, at)
        case Association():
            return _association(question, at, scale)
        case Mediation():
            return _mediation(question, at, scale)
        case _:
            return math.nan


def _treatment(question: Treatment, at: _Place) -> float:
    """What those who have it have more."""
    exposures, model = at.model.exposures, at.model
    rows = [
        row
        for row, one in enumerate(exposures)
        if (one.column, one.value) == (question.exposure, question.exposed)
    ]
    return float(sum(model.moves[row] @ at.weights() for row in rows))


def _association(question: Association, at: _Place, scale: str) -> float:
    """The coefficient of donors' results with a scale, within the group; across groups, that of all
    of them, each around its mean.
    """
    across = question.answer == "across groups"
    groups = at.model.groups if across else (question.within,)
    r = _pooled(at, groups, scale).correlation
    return 6 / math.pi * math.asin(r / 2) if question.method == "spearman" else r


@dataclass(frozen=True)
class _Moments:
    """Of a result and a score within a group: standard deviations and correlation."""

    result: float
    score: float
    covariance: float

    @property
    def correlation(self) -> float:
        """Pearson's coefficient."""
        return self.covariance / (self.result * self.score)


def _moments(at: _Place, group: str, scale: str) -> _Moments:
    """What results, wells and plates included, and scores have in common in a group."""
    model, row = at.model, at.model.groups.index(group)
    weights = at.weights()
    column = next(i for i, one in enumerate(model.scores) if one.scale == scale)
    latents = (weights @ model.sums) * model.spreads[row]
    size = len(model.latents)
    correlations = model.correlations[row]
    variance = float(latents @ correlations[:size, :size] @ latents)
    variance += float((weights**2) @ model.own_sd**2)
    # Who takes something, by chance: p (1 - p) of the square of what it does.
    share = model.shares[:, row]
    variance += float((share * (1 - share)) @ (model.moves @ weights) ** 2)
    score = float(model.score_sds[row, column])
    covariance = float(latents @ correlations[:size, size + column]) * score
    return _Moments(math.sqrt(variance), score, covariance)


def _pooled(at: _Place, groups: Sequence[str], scale: str) -> _Moments:
    """The moments of several groups around their own means, each weighed by its donors less one."""
    model = at.model
    n = np.array([model.donors[model.groups.index(group)] - 1 for group in groups], np.float64)
    each = [_moments(at, group, scale) for group in groups]
    share = n / n.sum()
    squares = np.array([[one.result**2, one.score**2, one.covariance] for one in each])
    result, score, covariance = share @ squares
    return _Moments(math.sqrt(result), math.sqrt(score), float(covariance))


def _mediation(question: Mediation, at: _Place, scale: str) -> float:
    """The difference of the result times the slope of the score within groups."""
    pooled = _pooled(at, question.groups, scale)
    return at.difference(at.weights()) * pooled.covariance / pooled.result**2
