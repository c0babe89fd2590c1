"""The trial of each answer: whose results are drawn, and by which method they are answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.compare.asks import association, contrast, specificity, treatment
from exvivo.compare.asks.difference_of_donors import difference
from exvivo.compare.asks.difference_of_wells import Table, table_of, wells_again
from exvivo.compare.calibrated.donors import of_one_group, of_sides, shared_terms
from exvivo.compare.calibrated.draws import Setting
from exvivo.compare.calibrated.pairs import BoundedPairs, KnownPairs
from exvivo.compare.calibrated.trials import (
    NONE,
    Answers,
    Bounded,
    KnownMean,
    KnownSides,
    Trial,
    alternative,
)
from exvivo.compare.calibrated.wells import DrawnWells, Layout, drawn_wells
from exvivo.compare.design import held, held_of_mean, terms_of_mean
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.evidence import Evidence
from exvivo.compare.methods.donor_likelihoods import replicate_sd
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.mixed.fit import Contrasts
from exvivo.compare.sample import Sample
from exvivo.compare.sides import MOST_UNSEEN, Sides
from exvivo.findings import Caveat, Finding
from exvivo.methods import (
    BOUNDED,
    BOUNDED_CONTRASTS,
    COUNTED,
    LEAST_SQUARES,
    PEARSON,
    SHIFT,
    SPEARMAN,
    STUDENT_CONTRASTS,
    SUPERIORITY,
    WELCH,
    WELCH_CONTRASTS,
    WELLS,
)
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Question,
    Specificity,
    Treatment,
)
from exvivo.units import PROBABILITY

_BY_WELLS = (BOUNDED, COUNTED, SUPERIORITY, SHIFT)
"""Methods of a difference whose donors are drawn well by well."""
_METHOD, _BOUNDS = (Caveat("not_simulated", {"cause": cause}) for cause in ("method", "bounds"))


def trial_of(question: Question, answer: Finding, evidence: Evidence) -> Trial:
    """The trial of an answer. Raises NotEstimable where its method is not simulated."""
    if isinstance(question, Difference):
        return _of_difference(question, answer, evidence)
    if isinstance(question, Association):
        return _of_association(question, answer, evidence)
    if isinstance(question, Treatment):
        sample = evidence.sample(question, answer.assay, answer.analyte)
        return _of_sides(treatment.sides_of(question, sample, evidence.study), answer)
    if isinstance(question, Specificity):
        donors = specificity.donors_of(question, answer, evidence)
        return _of_sides(contrast.sides_of_groups(donors, question.groups), answer)
    if isinstance(question, Effect):
        arms = evidence.sample(question, answer.assay, answer.analyte)
        return _of_mean(arms.of(question.within), answer)
    if isinstance(question, Change) and not question.scales:
        return _of_mean(_changes(question, answer, evidence), answer)
    raise NotEstimable(_METHOD)


def _changes(question: Change, answer: Finding, evidence: Evidence) -> Sample:
    """The donors' changes from the first visit to the last."""
    first, last = (
        evidence.sample(question, answer.assay, answer.analyte, visit=visit)
        for visit in (question.visits[0], question.visits[-1])
    )
    return contrast.minus(last, first).of(question.within)


def _of_difference(question: Difference, answer: Finding, evidence: Evidence) -> Trial:
    """Least squares of donors, the mixed model of wells, or what answers donors with bounds."""
    sample = evidence.sample(question, answer.assay, answer.analyte)
    if question.answer == "adjusted":
        return _of_sides(treatment.adjusted_sides(question, sample, evidence.study), answer)
    donors = sample.of(*question.groups)
    sides = Sides.of_group(donors, question.groups[0])
    if answer.method in (WELCH, LEAST_SQUARES):
        return _of_sides(sides.informative, answer)
    if answer.method is WELLS:
        table = table_of(
            question,
            sample,
            evidence.wells,
            assay=answer.assay,
            analyte=answer.analyte,
            study=evidence.study,
        )
        return _of_mixed_wells(question, table, sides, answer)
    if answer.method not in _BY_WELLS:
        raise NotEstimable(_METHOD)
    blank = replace(answer, warnings=())
    again = _answer_again(answer, lambda fewer: difference(question, fewer, blank, evidence)[0])
    return Bounded(_wells_of(sides), again, probability=answer.unit is PROBABILITY)


def _answer_again(
    answer: Finding, ask: Callable[[Sample], Finding]
) -> Callable[[Sample], Estimate]:
    """The same question of other results; no answer where it is one of another kind."""

    def again(sample: Sample) -> Estimate:
        return _estimate_of(ask(sample), answer)

    return again


def _estimate_of(finding: Finding, answer: Finding) -> Estimate:
    """What a finding gives; nothing where it is of another kind than the answer."""
    if finding.lower is None or finding.upper is None or finding.unit is not answer.unit:
        return NONE
    p = np.nan if finding.p is None else finding.p
    return Estimate(finding.estimate, finding.lower, finding.upper, p)


def _wells_of(sides: Sides) -> DrawnWells:
    """What the wells of two sides are drawn from."""
    spread = (~sides.first).astype(np.intp)
    terms = shared_terms(sides.donors)
    return drawn_wells(sides.donors, sides.column, sides.columns, terms, spread)


def _of_sides(sides: Sides, answer: Finding) -> Trial:
    """Two sides of donors, by least squares or the likelihood of their wells."""
    alpha = 1 - answer.level
    if not sides.bounded:
        return KnownSides(sides, of_sides(sides), alpha)
    if answer.method is WELCH_CONTRASTS or not any(sides.donors.wells):
        raise NotEstimable(_BOUNDS)

    def again(sample: Sample) -> Estimate:
        fewer = Sides(sample, sides.first, sides.design, sides.covariates).informative
        if fewer.bounded and fewer.most_unseen > MOST_UNSEEN:
            return NONE
        return fewer.fit(alpha=alpha)[0].estimate

    return Bounded(_wells_of(sides), again)


def _of_mean(sample: Sample, answer: Finding) -> Trial:
    """The mean of one group's contrasts."""
    alpha, columns, terms = 1 - answer.level, held_of_mean(sample), terms_of_mean(sample)

    def again(sample: Sample) -> Estimate:
        return contrast.within(sample, alpha=alpha)[0]

    if answer.method is STUDENT_CONTRASTS:
        return KnownMean(sample, of_one_group(sample, terms, columns), again)
    if answer.method is not BOUNDED_CONTRASTS or not any(sample.wells):
        raise NotEstimable(_BOUNDS)
    spread = np.zeros(len(sample.donors), dtype=np.intp)
    return Bounded(drawn_wells(sample, None, columns, terms, spread), again)


def _of_association(question: Association, answer: Finding, evidence: Evidence) -> Trial:
    """A coefficient within one group."""
    sample = evidence.sample(question, answer.assay, answer.analyte)
    scores = evidence.scored(str(answer.scale), sample.visit)
    donors, numbers = association.scored_of(question, sample, scores)
    if answer.method not in (SPEARMAN, PEARSON):
        raise NotEstimable(_METHOD)
    columns, terms = held(donors).columns, shared_terms(donors)
    if not donors.undetected.any():
        drawn = of_one_group(donors, terms, columns)
        return KnownPairs(donors, numbers, drawn, question.method, 1 - answer.level)
    evidence, blank = _without_permutations(evidence), replace(answer, warnings=())

    def again(sample: Sample, scores: Floats) -> Estimate:
        given = dict(zip(sample.donors, scores.tolist(), strict=True))
        finding = association.answer_within(question, sample, given, blank, evidence)
        return _estimate_of(finding, answer)

    spread = np.zeros(len(donors.donors), dtype=np.intp)
    return BoundedPairs(drawn_wells(donors, None, columns, terms, spread), numbers, again)


def _without_permutations(evidence: Evidence) -> Evidence:
    """The evidence of coefficients that rearrange no donors: no interval of theirs hangs on it."""
    return replace(evidence, permutations=Permutations(0, 0))


@dataclass(frozen=True)
class MixedWells:
    """The mixed model of wells that are all detected: all studies are fitted at once."""

    wells: DrawnWells
    values: Floats
    again: Callable[[Floats], Contrasts]

    @cached_property
    def own(self) -> Estimate:
        """The difference of the study."""
        rows = self._arrays(self.values)
        return Estimate(*(float(numbers[0]) for numbers in rows))

    @property
    def with_terms(self) -> bool:
        """Whether donors share levels of a term."""
        return self.wells.with_terms

    @property
    def alternative(self) -> float:
        """As far off as the study's own interval reaches."""
        return alternative(self.own)

    def answers(
        self, truth: float, setting: Setting, studies: int, rng: np.random.Generator
    ) -> Answers:
        """By one batch of fits."""
        reads = self.wells.drawn(truth, studies, setting, rng)
        _, lower, upper, p = self._arrays(reads)
        return Answers(lower, upper, p, truth)

    def _arrays(self, values: Floats) -> list[Floats]:
        fitted = self.again(values)
        columns = fitted.estimate, fitted.lower, fitted.upper, fitted.p
        return [numbers[:, 0] for numbers in columns]


def _of_mixed_wells(question: Difference, table: Table, sides: Sides, answer: Finding) -> Trial:
    """The mixed model, with wells drawn as the likelihood of the same donors fits them."""
    model = wells_again(question, table, answer)
    if model is None:
        raise NotEstimable(_METHOD)
    frame, again = model
    drawn = _wells_of(sides)
    error = replicate_sd(sides.donors.seen_wells) or 0.0
    layout = _layout_of(frame, sides.donors.donors, error)
    values = frame["value"].to_numpy()[None]
    return MixedWells(replace(drawn, layout=layout), values, again)


def _layout_of(frame: pl.DataFrame, donors: tuple[str, ...], error: float) -> Layout:
    """The wells of a table in its own order."""
    places = {donor: place for place, donor in enumerate(donors)}
    donor = np.array([places[name] for name in frame["donor"].to_list()], dtype=np.intp)
    return Layout.of_values(donor, frame["side"].to_numpy() > 0, error)
