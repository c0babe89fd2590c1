"""What the declared questions weigh each sample with.

The number of a donor in a question is a weighted sum of its results, sum over series of w_s x_s
(`contrast_of` of the data model: a response, a level, a change); a series' result is the mean over
its samples. The answer is a weighted sum of donors' numbers: the mean of one group less that of the
other, or the mean of a group. Questions that relate the numbers to something that is not known yet
(a score, a medication) have no such weights: they are served by each donor's number being right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from exvivo.arrays import Floats
from exvivo.plan.layout.samples import Sample
from exvivo.simulate.population import DataModel, contrast_of
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Identity,
    Measured,
    Mediation,
    Specificity,
    Treatment,
)

_SAME = 12
"""Decimals to which weights are compared."""
_Kind = tuple[str, str, str]
"""Visit, cell type and stimulus of a sample."""


@dataclass(frozen=True)
class Contrast:
    """The answer to a question as a sum of samples: `weights` (samples,), and the variance (log2
    squared) that it has by its donors.
    """

    question: str
    weights: Floats
    donors: float


@dataclass(frozen=True)
class Asked:
    """What the questions ask of the samples of an assay: their contrasts; and `numbers`
    (numbers, samples), the weights of every donor's number, each once, with their mean variance
    between donors.
    """

    contrasts: tuple[Contrast, ...]
    numbers: Floats
    between: float


def asked_of(model: DataModel, assay: str, samples: Sequence[Sample]) -> Asked:
    """What is asked of an assay; of one without a question, what is asked of the others."""
    people = _People.of(samples)
    weighed = [_Weighed.of(q, model, assay, people) for q in _questions(model, assay)]
    contrasts = [each.contrast(model, people) for each in weighed]
    return Asked(
        tuple(contrast for contrast in contrasts if contrast is not None),
        _once(np.concatenate([each.numbers for each in weighed])),
        float(np.mean([each.between.mean() for each in weighed])),
    )


@dataclass(frozen=True)
class _Weighed:
    """The number of a donor in one question: `numbers` (donors, samples), the weights of every
    donor's, and `between` (groups,), its variance between donors.
    """

    question: Measured
    numbers: Floats
    between: Floats

    @classmethod
    def of(cls, question: Measured, model: DataModel, assay: str, people: _People) -> _Weighed:
        """The numbers of some donors in a question to an assay."""
        of_series = _weights(question, model, assay)
        numbers = people.numbers(_by_kind(model, of_series))
        return cls(question, numbers, _between(model, of_series))

    def contrast(self, model: DataModel, people: _People) -> Contrast | None:
        """The answer, where it is a sum of the donors' numbers."""
        of_donors = people.answer(self.question)
        if of_donors is None:
            return None
        between = self.between[[model.groups.index(group) for group in people.groups]]
        variance = float((of_donors**2 * between).sum())
        return Contrast(self.question.id, of_donors @ self.numbers, variance)


def _questions(model: DataModel, assay: str) -> list[Measured]:
    """The questions that an assay is asked; where there is none, those of the other assays."""
    measured = [q for q in model.study.questions if not isinstance(q, Identity)]
    return [q for q in measured if assay in q.assays] or measured


def _weights(question: Measured, model: DataModel, assay: str) -> Floats:
    """What a question weighs the series of its first analyte with (series,): places do alike to
    each analyte, and by chance of its own.
    """
    analyte = question.analytes[0]
    asked = assay if assay in question.assays else question.assays[0]
    weights = contrast_of(question, model, asked, analyte)
    own = [(s.assay, s.analyte) == (asked, analyte) for s in model.series]
    return np.where(own, weights, 0.0)


def _by_kind(model: DataModel, of_series: Floats) -> dict[_Kind, float]:
    """The weight of every kind of sample that has one."""
    weighed = zip(model.series, of_series.tolist(), strict=True)
    return {(s.visit, s.cell_type or "", s.stimulus or ""): w for s, w in weighed if w}


def _between(model: DataModel, of_series: Floats) -> Floats:
    """The variance between donors of a weighted sum of series (groups,)."""
    latents = (of_series @ model.sums) * model.spreads
    inner = model.latent_correlations
    return np.asarray(np.einsum("gi,gij,gj->g", latents, inner, latents))


@dataclass(frozen=True)
class _People:
    """The donors of some samples, and the group of each."""

    samples: Sequence[Sample]
    donors: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> _People:
        """The donors in the order of their first samples."""
        first = {sample.donor: sample.group for sample in samples}
        return cls(samples, tuple(first), tuple(first.values()))

    def numbers(self, by_kind: Mapping[_Kind, float]) -> Floats:
        """The weights of every donor's number (donors, samples): the cultures of a donor share the
        weight of their kind.
        """
        own = np.array(self.donors)[:, None] == [sample.donor for sample in self.samples]
        return np.asarray(own * self.of_kinds(by_kind))

    def of_kinds(self, by_kind: Mapping[_Kind, float]) -> Floats:
        """The weight of the kind of each sample (samples,), its part of that of all cultures."""
        cultures = max(sample.culture for sample in self.samples)
        return np.array([by_kind.get(sample.kind, 0.0) / cultures for sample in self.samples])

    def answer(self, question: Measured) -> Floats | None:
        """What a question weighs donors with (donors,); None where that is not known beforehand."""
        match question:
            case Difference() | Specificity() | Mediation():
                first, second = map(self.mean, question.groups)
                return first - second
            case Change() | Effect():
                return self.mean(question.within)
            case Association() | Treatment():
                return None
            case _:
                assert_never(question)

    def mean(self, group: str) -> Floats:
        """The weights of the mean of a group (donors,)."""
        inside = np.array([each == group for each in self.groups])
        return np.asarray(inside / max(int(inside.sum()), 1))


def _once(rows: Floats) -> Floats:
    """Rows without those of zeros, each once."""
    kept = rows[np.any(rows, axis=1)]
    _, first = np.unique(kept.round(_SAME), axis=0, return_index=True)
    return np.asarray(kept[np.sort(first)])
