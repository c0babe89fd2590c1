"""Differences, contrasts and exposures: two sides of donors in many studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from exvivo.arrays import Ints, Texts
from exvivo.compare.asks import contrast
from exvivo.compare.asks.difference_of_donors import Asked, trouble_of
from exvivo.compare.asks.specificity import Parts, analytes_against, visits_differ
from exvivo.compare.asks.treatment import Named, adjusted_named, named_of
from exvivo.compare.asks.treatment import trouble_of as trouble_of_named
from exvivo.compare.many.alike import Alike, alike, kinds_of
from exvivo.compare.many.answered import About, Answered, Numbers, answered, of_sides, unanswered
from exvivo.compare.many.layout import Laid, Results, rows_of
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.study import Difference, Specificity, Study, Treatment

Compared = Difference | Treatment


def difference(question: Difference, laid: Laid) -> Iterator[Answered]:
    """The first group less the second, of every assay and analyte."""
    for assay, analyte in product(question.assays, question.analytes):
        about = About(question, assay, analyte)
        results = laid.results(question, assay, analyte)
        if question.answer == "adjusted":
            yield with_columns(about, question, results.of(*question.groups), laid)
        else:
            yield _unadjusted(about, question, results.of(*question.groups), laid)


def _unadjusted(about: About, question: Difference, results: Results, laid: Laid) -> Answered:
    """The difference with nothing but the design held."""

    def method(one: Alike) -> Numbers | None:
        sides = Sides.of_group(results.sample.at(one.rows), question.groups[0])
        if trouble_of(Asked(question, sides, laid.alpha)):
            return None
        return of_sides(sides, one.of(results.values), alpha=laid.alpha)

    # Of several cultures the mixed model of wells answers, for which no donors are drawn.
    behind = results if laid.many.cultures == 1 else None
    return answered(about, laid.many.studies, _patterns(results, laid), method, behind)


def _patterns(results: Results, laid: Laid) -> Iterator[Alike]:
    """The studies by layout; none where no donor has a result."""
    if not results.sample.donors:
        return iter(())
    return alike(kinds_of([results.sample]), laid.many.present[:, results.places])


def specificity(question: Specificity, laid: Laid) -> Iterator[Answered]:
    """The contrast of the groups in one analyte less that in others, or in other cells."""
    for assay, analyte in product(question.assays, question.analytes):
        about, cells = About(question, assay, analyte), question.against_cell_type or None
        others = analytes_against(question, analyte)
        compared = (laid.results(question, assay, name, cell_type=cells) for name in others)
        parts = [laid.results(question, assay, analyte), *compared]
        yield _contrast(about, question, [part.of(*question.groups) for part in parts], laid)


def _contrast(about: About, question: Specificity, parts: list[Results], laid: Laid) -> Answered:
    samples = [part.sample for part in parts]
    if any(sample.trouble for sample in samples) or visits_differ(samples):
        return unanswered(about, laid.many.studies)
    weights = np.array([1.0, *(-1 / (len(parts) - 1) for _ in parts[1:])])
    whole = Parts.of(samples, weights, question.groups).whole
    each = (part.values[:, rows_of(whole, part.sample)] for part in parts)
    values = sum(w * own for w, own in zip(weights, each, strict=True))
    results = parts[0].as_in(whole, np.asarray(values))

    def method(one: Alike) -> Numbers | None:
        donors = results.sample.at(one.rows)
        sides = Sides.of_group(donors, question.groups[0])
        if contrast.trouble(donors, question.groups) or sides.confounded():
            return None
        return of_sides(sides, one.of(results.values), alpha=laid.alpha)

    return answered(about, laid.many.studies, _patterns(results, laid), method)


def treatment(question: Treatment, laid: Laid) -> Iterator[Answered]:
    """Exposed less other donors of the asked group, of every assay and analyte."""
    for assay, analyte in product(question.assays, question.analytes):
        results = laid.results(question, assay, analyte).of(question.within)
        yield with_columns(About(question, assay, analyte), question, results, laid)


def with_columns(about: About, question: Compared, results: Results, laid: Laid) -> Answered:
    """Two sides that columns of donors.csv tell or are adjusted for."""
    if not results.sample.donors:
        return unanswered(about, laid.many.studies)
    columns = Columns.of(question, results, laid)

    def method(one: Alike) -> Numbers | None:
        donors = results.sample.at(one.rows)
        named = _named(question, donors, columns.study_of(one, donors, laid))
        if trouble_of_named(named):
            return None
        rows = rows_of(named.sides.donors, donors)
        return of_sides(named.sides, one.of(results.values)[:, rows], alpha=laid.alpha)

    kinds = kinds_of([results.sample], columns.same)
    patterns = alike(kinds, laid.many.present[:, results.places], columns.levels)
    return answered(about, laid.many.studies, patterns, method)


def _named(question: Compared, donors: Sample, study: Study) -> Named:
    if isinstance(question, Treatment):
        return named_of(question, donors, study)
    return adjusted_named(question, donors, study)


@dataclass(frozen=True)
class Columns:
    """Columns of donors.csv of some donors: those that are the `same` in all studies (donors,
    columns), and the words of those that are drawn, with which word each donor has in each study
    (`levels`, (studies, donors, columns)).
    """

    static: tuple[str, ...]
    same: Texts
    drawn: tuple[str, ...]
    words: tuple[Texts, ...]
    levels: Ints

    @classmethod
    def of(cls, question: Compared | Difference, results: Results, laid: Laid) -> Columns:
        """The columns that a question names."""
        own = (question.exposure,) if isinstance(question, Treatment) else ()
        return cls.named((*own, *question.adjust), results, laid)

    @classmethod
    def named(cls, names: tuple[str, ...], results: Results, laid: Laid) -> Columns:
        """Some columns."""
        many, donors = laid.many, results.sample.donors
        drawn = tuple(name for name in dict.fromkeys(names) if name in many.columns)
        static = tuple(name for name in dict.fromkeys(names) if name not in many.columns)
        coded = [
            np.unique(many.columns[name][:, results.places], return_inverse=True) for name in drawn
        ]
        shape = (many.studies, len(donors))
        levels = [which.reshape(shape) for _, which in coded]
        return cls(
            static,
            _in_table(static, donors, laid.study),
            drawn,
            tuple(words for words, _ in coded),
            np.stack([np.zeros(shape, np.intp), *levels], axis=2)[..., 1:],
        )

    def study_of(self, one: Alike, donors: Sample, laid: Laid) -> Study:
        """The study of some donors that are alike, with these columns."""
        drawn = [words[one.levels[:, i]] for i, words in enumerate(self.words)]
        both = np.column_stack([self.same[one.rows], *drawn])
        return laid.with_columns((*self.static, *self.drawn), donors.donors, both)

    def of_study(self, study: int, donors: Sample, rows: Ints, laid: Laid) -> Study:
        """One study, with these columns of some of its donors."""
        drawn = [words[self.levels[study, rows, i]] for i, words in enumerate(self.words)]
        both = np.column_stack([self.same[rows], *drawn])
        return laid.with_columns((*self.static, *self.drawn), donors.donors, both)


def _in_table(names: tuple[str, ...], donors: tuple[str, ...], study: Study) -> Texts:
    """What donors.csv says of donors (donors, columns); nothing where it does not say it."""
    table = study.donors
    whole = np.full((len(donors), len(names)), "", dtype=object)
    for column, name in enumerate(names):
        if name in table.columns and "donor" in table.columns:
            words = dict(table.select("donor", name).iter_rows())
            whole[:, column] = [words.get(donor) or "" for donor in donors]
    return whole.astype(np.str_)
