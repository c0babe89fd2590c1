"""Changes and effects: what each donor of one group tells against itself, in many studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from exvivo.compare.asks import contrast
from exvivo.compare.asks.change import change_with, told_apart
from exvivo.compare.design import held_of_mean
from exvivo.compare.many.alike import Alike, alike, kinds_of
from exvivo.compare.many.answered import About, Answered, Numbers, answered, unanswered, vary
from exvivo.compare.many.layout import Laid, Results, rows_of
from exvivo.compare.many.one_study import answered_each, scores_of_study
from exvivo.compare.sample import Sample
from exvivo.findings import Finding
from exvivo.study import Change, Effect
from exvivo.units import COEFFICIENT


def effect(question: Effect, laid: Laid) -> Iterator[Answered]:
    """The arm with the antagonist less the stimulus alone, of every assay and analyte."""
    for assay, analyte in product(question.assays, question.analytes):
        results = laid.results(question, assay, analyte).of(question.within)
        yield _mean(About(question, assay, analyte), results, question.within, laid)


def _mean(about: About, results: Results, group: str, laid: Laid) -> Answered:
    """The mean contrast of one group's donors."""
    if not results.sample.donors:
        return unanswered(about, laid.many.studies)

    def method(one: Alike) -> Numbers | None:
        donors, _ = _told(about, results.sample.at(one.rows))
        if contrast.trouble(donors, (group,)):
            return None
        values = one.of(results.values)
        means = contrast.means_beside(values, held_of_mean(donors), alpha=laid.alpha)
        return means.estimates.where(vary(values)), means.df

    patterns = alike(kinds_of([results.sample]), laid.many.present[:, results.places])
    return answered(about, laid.many.studies, patterns, method)


def _told(about: About, donors: Sample) -> tuple[Sample, tuple[object, ...]]:
    """The donors of a contrast; of a change with what must be held."""
    return told_apart(donors) if isinstance(about.question, Change) else (donors, ())


def change(question: Change, laid: Laid) -> Iterator[Answered]:
    """The last visit less the first of every assay and analyte, or its relation to that of each
    scale.
    """
    for assay, analyte in product(question.assays, question.analytes):
        visits = [laid.results(question, assay, analyte, visit=visit) for visit in question.visits]
        if not question.scales:
            yield _change(About(question, assay, analyte), question, visits, laid)
        for scale in question.scales:
            yield _change_with(
                About(question, assay, analyte, scale, COEFFICIENT), question, visits, laid
            )


def _change(about: About, question: Change, visits: list[Results], laid: Laid) -> Answered:
    first, last = (visit.of(question.within) for visit in (visits[0], visits[-1]))
    sample = contrast.later_minus_earlier(last.sample, first.sample)
    ends = [visit.values[:, rows_of(sample, visit.sample)] for visit in (first, last)]
    return _mean(about, last.as_in(sample, ends[1] - ends[0]), question.within, laid)


def _change_with(about: About, question: Change, visits: list[Results], laid: Laid) -> Answered:
    """Study by study: the errors of each depend on its own results."""
    last = visits[-1].sample
    blank = laid.evidence.blank(question, last, about.assay, about.analyte)
    blank = replace(blank, scale=about.scale, unit=COEFFICIENT)

    def answer(study: int) -> Finding:
        samples = [_of_study(visit, study, laid) for visit in visits]
        scores = [scores_of_study(about.scale, visit, study, laid) for visit in question.visits]
        return change_with(question, samples, scores, blank, laid.alpha)[0]

    return answered_each(about, laid.many.studies, answer)


def _of_study(results: Results, study: int, laid: Laid) -> Sample:
    """The donors of one study with their results."""
    values = results.values[study]
    sample = replace(results.sample, lower=values, upper=values)
    return sample.only(laid.many.present[study, results.places])
