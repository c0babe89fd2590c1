"""The answers of many studies corrected within their families, and judged, as `judged` does it for
one study.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.evidence import family_of
from exvivo.compare.judge.benjamini_hochberg import false_discovery_of
from exvivo.compare.judge.families import Regressed, by_max_t
from exvivo.compare.judge.holm import holm_of
from exvivo.compare.judge.maxt import FEWEST_EACH
from exvivo.compare.judge.maxt_many import max_t_of_many
from exvivo.compare.many.answered import Answered
from exvivo.compare.many.layout import Alike, Laid, Results, alike, kinds_of
from exvivo.compare.many.records import (
    EQUIVALENT,
    NOT_ESTIMABLE,
    NOT_RESOLVED,
    SUPPORTED,
    ManyAnswers,
)
from exvivo.compare.methods.intervals import critical_ts
from exvivo.compare.methods.tost import tost
from exvivo.compare.sides import Sides
from exvivo.study import Difference
from exvivo.study.question_records import margin_of, margin_wants_reason
from exvivo.units import LOG2_FOLD

Wanted = Literal["all", "deciding"]
"""Which corrected p values are made: all, or those only that a verdict may hang on."""


def judged_many(answers: Sequence[Answered], laid: Laid, wanted: Wanted) -> list[ManyAnswers]:
    """The answers with corrected p values and verdicts, in the order given."""
    places: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        places.setdefault(family_of(answer.about.question), []).append(place)
    whole: dict[int, ManyAnswers] = {}
    for family, own in places.items():
        judged = _Family(family, [answers[place] for place in own], laid).judged(wanted)
        whole |= dict(zip(own, judged, strict=True))
    return [whole[place] for place in range(len(answers))]


@dataclass(frozen=True)
class Corrected:
    """The p values by max T (studies, answers) of some studies and some answers of a family."""

    studies: Ints
    answers: Ints
    p: Floats


def _groups(answer: Answered) -> tuple[str, ...]:
    """The groups of a difference."""
    question = answer.about.question
    return question.groups if isinstance(question, Difference) else ()


@dataclass(frozen=True)
class _Family:
    """The answers of one family."""

    name: str
    answers: list[Answered]
    laid: Laid

    @property
    def p(self) -> Floats:
        """Their p values (studies, answers)."""
        return np.stack([answer.estimates.p for answer in self.answers], axis=1)

    @property
    def screen(self) -> bool:
        """Whether any question of the family is a screen."""
        questions = self.laid.study.questions
        own = (q for q in questions if family_of(q) == self.name)
        return any(getattr(q, "screen", False) for q in own)

    def judged(self, wanted: Wanted) -> list[ManyAnswers]:
        """The answers with verdicts."""
        adjusted, small = self._adjusted(wanted), self._equivalent()
        return [
            self._judged(answer, adjusted[:, i], small[:, i])
            for i, answer in enumerate(self.answers)
        ]

    def _judged(self, answer: Answered, adjusted: Floats, small: Bools) -> ManyAnswers:
        about, estimates = answer.about, answer.estimates
        given = ~np.isnan(estimates.p)
        record = ManyAnswers(
            question=about.question.id,
            family=self.name,
            assay=about.assay,
            analyte=about.analyte,
            scale=about.scale,
            unit=about.unit,
            estimate=estimates.estimate,
            lower=estimates.lower,
            upper=estimates.upper,
            p=estimates.p,
            p_adjusted=adjusted,
            verdict=np.zeros(len(adjusted), np.intp),
        )
        with np.errstate(invalid="ignore"):
            apart = record.excludes_null & (adjusted <= self.laid.alpha)
        cases = [~given, apart, small & (not margin_wants_reason(about.question))]
        verdicts = [NOT_ESTIMABLE, SUPPORTED, EQUIVALENT]
        record.verdict[:] = np.select(cases, verdicts, NOT_RESOLVED)
        return record

    def _adjusted(self, wanted: Wanted) -> Floats:
        """The corrected p values (studies, answers)."""
        p = self.p
        if self.screen:
            return false_discovery_of(p)
        adjusted = holm_of(p)
        for one in self._by_max_t(p, wanted):
            where = np.ix_(one.studies, one.answers)
            adjusted[where] = np.maximum(one.p, p[where])
        return adjusted

    def _by_max_t(self, p: Floats, wanted: Wanted) -> Iterator[Corrected]:
        """The studies whose families are corrected by max T, with their p values."""
        tables = [answer.behind for answer in self.answers]
        behind = [table for table in tables if table is not None and table.sample.donors]
        if len(behind) < 2 or not self.laid.study.plan.permutations:
            return
        if not self._of_same_donors(behind):
            yield from self._each_study(p, wanted)
            return
        kinds = kinds_of([table.sample for table in behind])
        for one in alike(kinds, self.laid.many.present[:, behind[0].places]):
            yield from self._of_alike(one, p, wanted)

    def _of_same_donors(self, behind: Sequence[Results]) -> bool:
        """Whether all answers are of the same donors on the same sides."""
        firsts = {_groups(answer)[:1] for answer in self.answers if answer.behind is not None}
        places = behind[0].places
        return len(firsts) == 1 and all(np.array_equal(own.places, places) for own in behind)

    def _of_alike(self, one: Alike, p: Floats, wanted: Wanted) -> Iterator[Corrected]:
        """The families of studies that are alike."""
        there = np.flatnonzero(~np.isnan(p[one.studies]).all(axis=0))
        behind = [self.answers[i].behind for i in there]
        tables = [table for table in behind if table is not None]
        if len(tables) < max(2, len(behind)):
            return
        first = _groups(self.answers[int(there[0])])[0]
        sides = [Sides.of_group(table.sample.at(one.rows), first) for table in tables]
        asked = sides[0].first
        if min(asked.sum(), (~asked).sum()) < FEWEST_EACH:
            return
        chosen, whole = self._chosen(p[one.studies][:, there], wanted)
        values = np.stack([one.of(table.values)[chosen] for table in tables], axis=2)
        plan, held = self.laid.study.plan, [side.columns for side in sides]
        together = max_t_of_many(values, asked, held, number=plan.permutations, seed=plan.seed)
        given = ~np.isnan(together).any(axis=1)
        yield Corrected(one.studies[chosen][given], there, together[given])
        left = one.studies[whole & ~chosen]
        yield Corrected(left, there, np.full((len(left), len(there)), np.nan))

    def _each_study(self, p: Floats, wanted: Wanted) -> Iterator[Corrected]:
        """The families of studies in which answers are not of the same donors, one by one."""
        chosen, whole = self._chosen(p, wanted)
        for study in np.flatnonzero(chosen):
            there = np.flatnonzero(~np.isnan(p[study]))
            tables = [self._table(self.answers[i], int(study)) for i in there]
            known = [table for table in tables if table is not None]
            together = by_max_t(known, self.laid.study.plan) if len(known) == len(tables) else None
            if together is not None:
                yield Corrected(np.array([study]), there, together[None])
        left = np.flatnonzero(whole & ~chosen)
        yield Corrected(left, np.arange(p.shape[1]), np.full((len(left), p.shape[1]), np.nan))

    def _table(self, answer: Answered, study: int) -> Regressed | None:
        """The numbers behind an answer of one study."""
        table = answer.behind
        if table is None:
            return None
        present = self.laid.many.present[study, table.places]
        donors = table.sample.only(present)
        sides = Sides.of_group(donors, _groups(answer)[0])
        return Regressed(donors.donors, table.values[study, present], sides.first, sides.columns)

    def _chosen(self, p: Floats, wanted: Wanted) -> tuple[Bools, Bools]:
        """The studies in which draws are made, and those that have a family."""
        whole = np.asarray(~np.isnan(p).all(axis=1), dtype=np.bool_)
        if wanted == "all":
            return whole, whole
        with np.errstate(invalid="ignore"):
            significant = np.asarray((p <= self.laid.alpha).any(axis=1), dtype=np.bool_)
        return whole & significant, whole

    def _equivalent(self) -> Bools:
        """Which answers (studies, answers) lie inside their margin after Holm's correction over
        those that have one.
        """
        p, inside = np.full(self.p.shape, np.nan), np.zeros(self.p.shape, np.bool_)
        for i, answer in enumerate(self.answers):
            margin = margin_of(answer.about.question)
            if margin is not None:
                p[:, i], inside[:, i] = _within_margin(answer, margin, self.laid.alpha)
        with np.errstate(invalid="ignore"):
            return np.asarray((holm_of(p) <= self.laid.alpha) & inside)


def _within_margin(answer: Answered, margin: float, alpha: float) -> tuple[Floats, Bools]:
    """The p value of both one-sided tests of each study, and whether its interval lies inside; no
    coefficient lies inside a fold.
    """
    ends = answer.estimates
    if answer.about.unit is not LOG2_FOLD:
        return np.where(np.isnan(ends.p), np.nan, 1.0), np.zeros(len(ends.p), np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = (ends.upper - ends.lower) / 2 / critical_ts(answer.df, alpha)
        p = tost(ends.estimate, error, answer.df, margin=margin, alpha=alpha).p
        inside = (-margin < ends.lower) & (ends.upper < margin)
    return p, inside
