"""What every question is answered from: responses, scores, wells and profiles of one study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import polars as pl

from exvivo.compare.estimate import counted
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.sample import Key, Sample, key_of, sample_of
from exvivo.findings import Estimand, Finding, On
from exvivo.study import (
    Association,
    Change,
    Measured,
    Mediation,
    Question,
    Scale,
    Study,
    groups_of,
)
from exvivo.study.question_records import condition_of
from exvivo.units import LOG2_FOLD, Unit

Scores = Mapping[str, float]
"""The score of each donor who gave one, of one scale at one visit."""
UNSTATED = Estimand("unstated")


@dataclass(frozen=True)
class Evidence:
    """A study's numbers, as questions ask for them. `visits` are all of the cells and the
    scores; `wells` are QUANTITIES (amounts only; empty
    where models of wells are not fitted), `profiles` PROFILES. Where it is to be `brief`, questions
    may leave out what stands beside their answers.
    """

    study: Study
    responses: dict[Key, pl.DataFrame]
    scores: Mapping[tuple[str, str], Scores]
    wells: pl.DataFrame
    profiles: pl.DataFrame
    permutations: Permutations
    visits: frozenset[str] = frozenset()
    brief: bool = False

    @property
    def alpha(self) -> float:
        """The chance of a false claim that the plan accepts."""
        return self.study.plan.alpha

    def sample(
        self,
        question: Measured,
        assay: str,
        analyte: str,
        *,
        on: On = "amount",
        cell_type: str | None = None,
        visit: str | None = None,
    ) -> Sample:
        """The donors of a question with their results (`sample_of`)."""
        return sample_of(
            self.responses,
            question,
            assay=assay,
            analyte=analyte,
            study=self.study,
            on=on,
            cell_type=cell_type,
            visit=visit,
        )

    def signal(self, question: Measured, blank: Finding) -> Sample | None:
        """The donors' results on the signal that the amounts were read from, if it is kept."""
        assay, analyte = blank.assay, blank.analyte
        if key_of(question, assay, analyte, "signal") not in self.responses:
            return None
        return self.sample(question, assay, analyte, on="signal")

    def each(self, question: Measured) -> Iterator[tuple[Sample, Finding]]:
        """The donors and the empty finding of every assay and analyte of a question."""
        for assay, analyte in product(question.assays, question.analytes):
            sample = self.sample(question, assay, analyte)
            yield sample, self.blank(question, sample, assay, analyte)

    def each_scale(
        self, question: Association | Mediation, unit: Unit
    ) -> Iterator[tuple[Sample, Scores, Finding]]:
        """The donors, their scores and the empty finding of every assay, analyte and scale."""
        for sample, blank in self.each(question):
            for scale in question.scales:
                scores = self.scored(scale, sample.visit)
                yield sample, scores, replace(blank, scale=scale, unit=unit)

    def blank(self, question: Measured, sample: Sample, assay: str, analyte: str) -> Finding:
        """A finding that says what it is about, and nothing yet."""
        blank = replace(
            self.unfilled(question, assay, sample.readout, analyte),
            cell_type=sample.cell_type,
            stimulus=question.stimulus or None,
            condition=condition_of(question) or None,
            visit=self._visit_named(question, sample.visit),
        )
        return counted(blank, sample.telling, groups_of(question))

    def _visit_named(self, question: Measured, visit: str) -> str | None:
        """The visit an answer is about, where there are several to tell apart; a change names its
        own.
        """
        alone = len(self.visits) < 2 or isinstance(question, Change)
        return None if alone else visit or None

    def unfilled(self, question: Question, assay: str, readout: str, analyte: str) -> Finding:
        """A finding about an analyte, of nobody and with nothing estimated yet."""
        return Finding(
            question=question.id,
            ask=question.ask,
            family=family_of(question),
            assay=assay,
            readout=readout,
            analyte=analyte,
            estimand=UNSTATED,
            unit=LOG2_FOLD,
            level=1 - self.alpha,
            n=(),
        )

    def scored(self, name: str, visit: str) -> Scores:
        """The scores of a scale at a visit."""
        return self.scores.get((name, visit), {})

    def scale(self, name: str) -> Scale:
        """The scale of that id."""
        return next(scale for scale in self.study.scales if scale.id == name)


def family_of(question: Question) -> str:
    """The questions whose p values are corrected together: its own id where none is named."""
    return question.family or question.id


def scores_of(clinic: pl.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """The scores of CLINIC that were given, by scale and visit."""
    scores: dict[tuple[str, str], dict[str, float]] = {}
    rows = clinic.drop_nulls("score").select("scale", "visit", "donor", "score")
    for scale, visit, donor, score in rows.iter_rows():
        scores.setdefault((scale, visit), {})[donor] = score
    return scores
