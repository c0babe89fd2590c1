"""What every question is answered from: responses, scores, wells and profiles of one study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.sample import Key, Sample, key_of, sample_of
from exvivo.findings import Estimand, Finding
from exvivo.study import Measured, Question, Scale, Study, groups_of
from exvivo.units import LOG2_FOLD

Scores = Mapping[str, float]
"""The score of each donor who gave one, of one scale at one visit."""
UNSTATED = Estimand("unstated")


@dataclass(frozen=True)
class Evidence:
    """A study's numbers, as questions ask for them. `wells` are QUANTITIES (amounts only; empty
    where models of wells are not fitted), `profiles` PROFILES.
    """

    study: Study
    responses: dict[Key, pl.DataFrame]
    scores: Mapping[tuple[str, str], Scores]
    wells: pl.DataFrame
    profiles: pl.DataFrame
    permutations: Permutations

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
            cell_type=cell_type,
            visit=visit,
        )

    def signal(self, question: Measured, blank: Finding) -> Sample | None:
        """The donors' results on the signal that the amounts were read from, if it is kept."""
        if key_of(question, blank.assay, blank.analyte, "signal") not in self.responses:
            return None
        return sample_of(
            self.responses,
            question,
            assay=blank.assay,
            analyte=blank.analyte,
            study=self.study,
            on="signal",
        )

    def each(self, question: Measured) -> Iterator[tuple[Sample, Finding]]:
        """The donors and the empty finding of every assay and analyte of a question."""
        for assay in question.assays:
            for analyte in question.analytes:
                sample = self.sample(question, assay, analyte)
                yield sample, self.blank(question, sample, assay, analyte)

    def blank(self, question: Measured, sample: Sample, assay: str, analyte: str) -> Finding:
        """A finding that says what it is about, and nothing yet."""
        return Finding(
            question=question.id,
            ask=question.ask,
            family=family_of(question),
            assay=assay,
            readout=sample.readout,
            analyte=analyte,
            cell_type=sample.cell_type,
            stimulus=question.stimulus or None,
            estimand=UNSTATED,
            unit=LOG2_FOLD,
            level=1 - self.alpha,
            n=sample.counts(groups_of(question)),
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
    given = clinic.drop_nulls("score").partition_by(
        "scale", "visit", as_dict=True, maintain_order=True
    )
    return {
        (str(scale), str(visit)): dict(frame.select("donor", "score").iter_rows())
        for (scale, visit), frame in given.items()
    }
