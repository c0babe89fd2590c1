"""Associations and mediations: results and scores of donors in many studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.asks.association import (
    ONE_GROUP,
    Pairs,
    TakenOut,
    numbers_of,
    trouble_of,
    vary,
    without_group,
)
from exvivo.compare.asks.mediation import mediation as mediation_of
from exvivo.compare.design import held
from exvivo.compare.estimate import Estimates, NotEstimable
from exvivo.compare.many.alike import Alike, alike, kinds_of
from exvivo.compare.many.answered import About, Answered, Numbers, answered, unanswered
from exvivo.compare.many.layout import Laid, Results, distinct, rows_of
from exvivo.compare.many.one_study import answered_each, scores_at, scores_of_study
from exvivo.compare.many.two_sides import Columns
from exvivo.compare.methods.correlation import Coefficient, correlations
from exvivo.compare.methods.covariates import columns_of
from exvivo.compare.methods.partial_correlation import partials
from exvivo.findings import Finding
from exvivo.study import Association, Mediation, Study
from exvivo.units import COEFFICIENT, DIFFERENCE

_STEP = 0.7548776662466927


def association(question: Association, laid: Laid) -> Iterator[Answered]:
    """The coefficient that answers, of every assay, analyte and scale."""
    for assay, analyte in product(question.assays, question.analytes):
        results = laid.results(question, assay, analyte)
        if question.answer != "across groups":
            results = results.of(question.within)
        for scale in question.scales:
            about = About(question, assay, analyte, scale, COEFFICIENT)
            yield _Scored.of(about, question, results, laid).answered


@dataclass(frozen=True)
class _Scored:
    """Results and scores of the donors of a question; `given` (studies, donors) says who has
    both.
    """

    about: About
    question: Association
    results: Results
    scores: Floats
    given: Bools
    laid: Laid

    @classmethod
    def of(cls, about: About, question: Association, results: Results, laid: Laid) -> _Scored:
        """The donors of some results with their scores at the same visit."""
        scores = scores_at(about.scale, results.sample.visit, laid)[:, results.places]
        given = ~np.isnan(scores) & laid.many.present[:, results.places]
        return cls(about, question, results, scores, given, laid)

    @property
    def answered(self) -> Answered:
        """The coefficient of every study."""
        studies = self.laid.many.studies
        if not self.results.sample.donors:
            return unanswered(self.about, studies)
        match self.question.answer:
            case "within":
                return answered(self.about, studies, self._patterns, self._within)
            case "across groups":
                return answered(self.about, studies, self._patterns, self._across)
            case "adjusted":
                return self._adjusted_answer()

    @property
    def _patterns(self) -> Iterator[Alike]:
        return alike(kinds_of([self.results.sample]), self.given)

    def _pairs(self, one: Alike) -> Pairs:
        """The donors whose layout stands for those of studies that are alike."""
        donors = self.results.sample.at(one.rows)
        return Pairs(donors, distinct(len(one.rows), _STEP))

    def _numbers(self, one: Alike, design: TakenOut) -> tuple[Floats, Floats]:
        """Results and scores as the coefficient takes them, the design taken out."""
        method: Coefficient = self.question.method
        x, y = (
            numbers_of(design.rest(one.of(side)), method)
            for side in (self.results.values, self.scores)
        )
        return x, y

    def _within(self, one: Alike) -> Numbers | None:
        pairs = self._pairs(one)
        if trouble_of(pairs, self.question.within):
            return None
        design = pairs.design()
        x, y = self._numbers(one, design)
        return self._correlated(x, y, design.columns.shape[1])

    def _across(self, one: Alike) -> Numbers | None:
        pairs = self._pairs(one)
        if len(pairs.groups) < 2:
            raise NotEstimable(ONE_GROUP)
        design = pairs.design(by_group=True)
        groups, numbers = pairs.sample.groups, self._numbers(one, design)
        x, y = (without_group(side, groups) for side in numbers)
        lost = len(pairs.groups) - 1 + design.columns.shape[1]
        if len(groups) - 4 - lost < 1:
            raise NotEstimable(ONE_GROUP)
        return self._correlated(x, y, lost)

    def _correlated(self, x: Floats, y: Floats, lost: int) -> Numbers:
        """The coefficients, where both sides vary."""
        method: Coefficient = self.question.method
        estimates = correlations(x, y, alpha=self.laid.alpha, method=method, adjusted=lost)
        return _without_df(estimates.where(vary(x) & vary(y)))

    def _adjusted_answer(self) -> Answered:
        """The partial coefficient, with columns of donors.csv that may be drawn as well."""
        columns = Columns.named(self.question.adjust, self.results, self.laid)

        def method(one: Alike) -> Numbers | None:
            pairs = self._pairs(one)
            study = columns.study_of(one, pairs.sample, self.laid)
            return self._adjusted(one, pairs, study)

        kinds = kinds_of([self.results.sample], columns.same)
        patterns = alike(kinds, self.given, columns.levels)
        return answered(self.about, self.laid.many.studies, patterns, method)

    def _adjusted(self, one: Alike, pairs: Pairs, study: Study) -> Numbers | None:
        question, alpha = self.question, self.laid.alpha
        columns = columns_of(pairs.sample, question.adjust, study)
        donors = pairs.only(columns.complete)
        if columns.trouble or trouble_of(donors, question.within):
            return None
        kept, design = np.flatnonzero(columns.complete), donors.design()
        own = replace(one, donors=one.donors[:, kept], rows=one.rows[kept])
        x, y = self._numbers(own, design)
        held_columns, method = held(donors.sample).columns, question.method
        estimates = partials(x, y, columns.values, held_columns, alpha=alpha, method=method)
        return _without_df(estimates.where(vary(x) & vary(y)))


def _without_df(estimates: Estimates) -> Numbers:
    """Coefficients, whose errors are taken as normal."""
    return estimates, np.full(estimates.p.shape, np.nan)


def mediation(question: Mediation, laid: Laid) -> Iterator[Answered]:
    """The part of every scale's difference that goes along with each assay and analyte, study by
    study: the product of two slopes has no short way.
    """
    for assay, analyte in product(question.assays, question.analytes):
        results = laid.results(question, assay, analyte)
        for scale in question.scales:
            about = About(question, assay, analyte, scale, DIFFERENCE)
            yield _mediated(about, question, results, laid)


def _mediated(about: About, question: Mediation, results: Results, laid: Laid) -> Answered:
    sample = results.sample
    blank = laid.evidence.blank(question, sample, about.assay, about.analyte)
    blank = replace(blank, scale=about.scale, unit=DIFFERENCE)
    columns = Columns.named(question.adjust, results, laid)

    def answer(study: int) -> Finding:
        values, present = results.values[study], laid.many.present[study, results.places]
        donors = replace(sample, lower=values, upper=values).only(present)
        scores = scores_of_study(about.scale, sample.visit, study, laid)
        asked = columns.of_study(study, donors, rows_of(donors, sample), laid)
        return mediation_of(question, donors, scores, blank, study=asked)[0]

    return answered_each(about, laid.many.studies, answer)
