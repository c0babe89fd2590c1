"""Families of differences in many studies, corrected by max T (`maxt`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.judge.families import Regressed
from exvivo.compare.judge.families import by_max_t as by_max_t_of_one
from exvivo.compare.judge.maxt import FEWEST_EACH
from exvivo.compare.judge.maxt_many import max_t_of_many
from exvivo.compare.many.alike import Alike, alike, kinds_of
from exvivo.compare.many.answered import Answered
from exvivo.compare.many.layout import Laid, Results
from exvivo.compare.sides import Sides
from exvivo.study import Difference

Wanted = Literal["all", "deciding"]
"""Which corrected p values are made: all, or those only that a verdict may hang on."""


@dataclass(frozen=True)
class Drawn:
    """The answers of one family with their p values (studies, answers)."""

    answers: Sequence[Answered]
    p: Floats
    laid: Laid
    wanted: Wanted

    @property
    def tables(self) -> list[Results]:
        """The donors behind the answers that have any."""
        tables = [answer.behind for answer in self.answers]
        return [table for table in tables if table is not None and table.sample.donors]

    @property
    def of_same_donors(self) -> bool:
        """Whether all answers are of the same donors on the same sides."""
        firsts = {first_of(answer) for answer in self.answers if answer.behind is not None}
        places = self.tables[0].places
        return len(firsts) == 1 and all(np.array_equal(own.places, places) for own in self.tables)

    def chosen(self, studies: Ints) -> Bools:
        """Which of some studies draws are made for: those in which some answer has a p value, and
        where asked one that is significant.
        """
        p = self.p[studies]
        with np.errstate(invalid="ignore"):
            significant = p <= (self.laid.alpha if self.wanted == "deciding" else np.inf)
        return np.asarray(significant.any(axis=1), dtype=np.bool_)

    def unmade(self, studies: Ints) -> Corrected:
        """Studies for which no draws are made."""
        answers = np.arange(len(self.answers))
        return Corrected(studies, answers, np.full((len(studies), len(answers)), np.nan))


def first_of(answer: Answered) -> str:
    """The first group of a difference."""
    question = answer.about.question
    return question.groups[0] if isinstance(question, Difference) else ""


@dataclass(frozen=True)
class Corrected:
    """The p values (studies, answers) of some studies and some answers of a family."""

    studies: Ints
    answers: Ints
    p: Floats


def by_max_t(drawn: Drawn) -> Iterator[Corrected]:
    """The studies whose families are corrected by max T, with their p values."""
    tables = drawn.tables
    if len(tables) < 2 or not drawn.laid.study.plan.permutations:
        return
    if not drawn.of_same_donors:
        yield from _each_study(drawn)
        return
    kinds = kinds_of([table.sample for table in tables])
    for one in alike(kinds, drawn.laid.many.present[:, tables[0].places]):
        yield from _of_alike(one, drawn)


def _of_alike(one: Alike, drawn: Drawn) -> Iterator[Corrected]:
    """The families of studies that are alike."""
    there = np.flatnonzero(~np.isnan(drawn.p[one.studies]).all(axis=0))
    answers = [drawn.answers[i] for i in there.tolist()]
    tables = [answer.behind for answer in answers if answer.behind is not None]
    if len(tables) < max(2, len(answers)):
        return
    sides = [Sides.of_group(table.sample.at(one.rows), first_of(answers[0])) for table in tables]
    asked = sides[0].first
    if min(asked.sum(), (~asked).sum()) < FEWEST_EACH:
        return
    chosen, plan = drawn.chosen(one.studies), drawn.laid.study.plan
    values = np.stack([one.of(table.values)[chosen] for table in tables], axis=2)
    held = [side.columns for side in sides]
    p = max_t_of_many(values, asked, held, number=plan.permutations, seed=plan.seed)
    yield _given(one.studies[chosen], there, p)
    yield drawn.unmade(one.studies[~chosen])


def _given(studies: Ints, answers: Ints, p: Floats) -> Corrected:
    """The studies in which every answer has a p value by max T."""
    given = ~np.isnan(p).any(axis=1)
    return Corrected(studies[given], answers, p[given])


def _each_study(drawn: Drawn) -> Iterator[Corrected]:
    """The families of studies in which answers are not of the same donors, one by one."""
    everywhere = np.arange(len(drawn.p))
    chosen = drawn.chosen(everywhere)
    for study in everywhere[chosen].tolist():
        there = np.flatnonzero(~np.isnan(drawn.p[study]))
        p = _of_study(study, [drawn.answers[i] for i in there.tolist()], drawn.laid)
        if p is not None:
            yield Corrected(np.array([study]), there, p[None])
    yield drawn.unmade(everywhere[~chosen])


def _of_study(study: int, answers: Sequence[Answered], laid: Laid) -> Floats | None:
    """The p values of one study; None where max T cannot give them."""
    tables = [_table(answer, study, laid) for answer in answers]
    known = [table for table in tables if table is not None]
    if len(known) < len(tables):
        return None
    return by_max_t_of_one(known, laid.study.plan)


def _table(answer: Answered, study: int, laid: Laid) -> Regressed | None:
    """The numbers behind an answer of one study."""
    table = answer.behind
    if table is None:
        return None
    present = laid.many.present[study, table.places]
    donors = table.sample.only(present)
    sides = Sides.of_group(donors, first_of(answer))
    return Regressed(donors.donors, table.values[study, present], sides.first, sides.columns)
