"""The answers of many studies corrected within their families, and judged, as `judged` does it for
one study.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.evidence import family_of
from exvivo.compare.judge.benjamini_hochberg import false_discovery_of
from exvivo.compare.judge.holm import holm_of
from exvivo.compare.many.answered import Answered
from exvivo.compare.many.layout import Laid
from exvivo.compare.many.max_t import Drawn, Wanted, by_max_t
from exvivo.compare.many.records import (
    EQUIVALENT,
    NOT_ESTIMABLE,
    NOT_RESOLVED,
    SUPPORTED,
    ManyAnswers,
)
from exvivo.compare.methods.intervals import critical_ts
from exvivo.compare.methods.tost import tost
from exvivo.study.question_records import margin_of, margin_wants_reason
from exvivo.units import LOG2_FOLD


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
        answers = []
        for i, answer in enumerate(self.answers):
            record = self._record(answer, adjusted[:, i])
            record.verdict[:] = self._verdicts(answer, record, small[:, i])
            answers.append(record)
        return answers

    def _verdicts(self, answer: Answered, record: ManyAnswers, small: Bools) -> Ints:
        """The verdicts: `small` says which lie inside their margin after correction."""
        with np.errstate(invalid="ignore"):
            apart = record.excludes_null & (record.p_adjusted <= self.laid.alpha)
        equivalent = small & (not margin_wants_reason(answer.about.question))
        cases = [np.isnan(record.p), apart, equivalent]
        return np.select(cases, [NOT_ESTIMABLE, SUPPORTED, EQUIVALENT], NOT_RESOLVED)

    def _record(self, answer: Answered, adjusted: Floats) -> ManyAnswers:
        """The answers without a verdict."""
        about, estimates = answer.about, answer.estimates
        return ManyAnswers(
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
            verdict=np.full(len(adjusted), NOT_RESOLVED),
        )

    def _adjusted(self, wanted: Wanted) -> Floats:
        """The corrected p values (studies, answers)."""
        p = self.p
        if self.screen:
            return false_discovery_of(p)
        adjusted = holm_of(p)
        for one in by_max_t(Drawn(self.answers, p, self.laid, wanted)):
            where = np.ix_(one.studies, one.answers)
            adjusted[where] = np.maximum(one.p, p[where])
        return adjusted

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
