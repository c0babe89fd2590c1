"""Everyone and every well that an answer could have had: ANSWERED and LEFT_OUT.

The donors of an answer are those of its finding (`Finding.donors`); nothing here decides who is in
it. Every donor of the groups asked about who is not gets the first thing that was missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl

from exvivo.account.asked import Asked
from exvivo.account.results import Place, Result, Results
from exvivo.account.wells import Well, Wells
from exvivo.account.why import Scored, Why
from exvivo.findings import Finding, findings_of
from exvivo.study import Study
from exvivo.table import check
from exvivo.tables import ANSWERED, CLINIC, LEFT_OUT, QUANTITIES, RESPONSES, WELLS

Row = dict[str, object]


def account(
    findings: pl.DataFrame,
    *,
    study: Study,
    wells: pl.DataFrame,
    quantities: pl.DataFrame,
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """ANSWERED and LEFT_OUT of the answers among FINDINGS.

    For every answer, each donor of donors.csv in the groups it asks about stands in one of the two,
    and so does each well of the layouts that holds its analyte, its cells and one of its
    conditions.
    """
    for table, frame in ((WELLS, wells), (QUANTITIES, quantities), (RESPONSES, responses)):
        check(table, frame)
    evidence = _Evidence(
        study,
        Wells(study, wells, quantities),
        Results.of(responses),
        _scored(check(CLINIC, clinic)),
    )
    questions = {question.id: question for question in study.questions}
    answered: list[Row] = []
    left_out: list[Row] = []
    for finding in findings_of(findings.filter(part="answer")):
        asked = Asked(questions[finding.question], finding, study, evidence.results)
        answer = _Answer(asked, evidence.why(asked))
        answered += answer.who_is_in()
        left_out += answer.who_is_not()
    return ANSWERED.frame(answered), LEFT_OUT.frame(left_out)


def _scored(clinic: pl.DataFrame) -> Scored:
    """The donors with a score, by scale and visit."""
    given = clinic.drop_nulls("score").group_by("scale", "visit", maintain_order=True).agg("donor")
    return {(scale, visit): frozenset(donors) for scale, visit, donors in given.iter_rows()}


@dataclass(frozen=True)
class _Evidence:
    """The tables of a study, as answers are held against them."""

    study: Study
    wells: Wells
    results: Results
    scored: Scored
    _of_analytes: dict[tuple[str, str], dict[str, list[Well]]] = field(default_factory=dict)
    _plates: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def why(self, asked: Asked) -> Why:
        """What may keep a donor or a well from an answer."""
        keys = [(part.key.assay, part.key.analyte) for part in asked.parts]
        own = {analyte: self._wells_of(assay, analyte) for assay, analyte in keys}
        elsewhere = self._elsewhere(asked.answer.assay) if asked.parts else {}
        return Why(asked, own, elsewhere, self.scored)

    def _elsewhere(self, assay: str) -> dict[str, list[str]]:
        if assay not in self._plates:
            self._plates[assay] = self.wells.donors_of(assay)
        return self._plates[assay]

    def _wells_of(self, assay: str, analyte: str) -> dict[str, list[Well]]:
        key = (assay, analyte)
        if key not in self._of_analytes:
            self._of_analytes[key] = self.wells.of(assay, analyte)
        return self._of_analytes[key]


@dataclass(frozen=True)
class _Answer:
    """An answer, and what keeps donors and wells from it."""

    asked: Asked
    why: Why

    @cached_property
    def _groups(self) -> dict[str, str]:
        """The group of each donor."""
        return dict(self.asked.study.donors.select("donor", "group").iter_rows())

    def who_is_in(self) -> Iterator[Row]:
        """The donors of the answer, with the wells they are in it by."""
        groups = self._groups
        for donor in self.asked.answer.donors:
            results = self._used(donor)
            undetected = {well for result in results for well in result.undetected}
            wells = self._wells(donor, results)
            yield self._row(
                donor=donor,
                group=groups[donor],
                wells=len(wells),
                undetected_wells=len(undetected),
                plates=sorted({plate for plate, _ in wells}),
            )

    def who_is_not(self) -> Iterator[Row]:
        """The donors who are not in it, and the wells that are not, each with its reason."""
        groups, names = self._groups, set(self.asked.answer.donors)
        for donor in self.asked.donors:
            if donor not in names:
                out = self.why.of_donor(donor)
                yield self._row(donor=donor, group=groups[donor], **out.row())
        used = {donor: self._wells(donor, self._used(donor)) for donor in names}
        for well in chain.from_iterable(map(self._asked_wells, self.asked.donors)):
            if (well.plate, well.well) not in used.get(well.donor, ()):
                out = self.why.of_well(well, used)
                place = {"plate": well.plate, "well": well.well}
                yield self._row(donor=well.donor, group=groups[well.donor], **place, **out.row())

    def _used(self, donor: str) -> list[Result]:
        return list(self.why.used(donor)) if self.asked.parts else []

    def _wells(self, donor: str, results: Sequence[Result]) -> frozenset[Place]:
        """The wells a donor is in the answer by: those of its results; the model of wells takes
        every well of the visit that has a value, paired on its plate or not.
        """
        wells = frozenset[Place]().union(*(result.wells for result in results))
        if self.asked.answer.method.family != "wells":
            return wells
        visits = self.asked.visits
        every = (
            (well.plate, well.well)
            for well in self._asked_wells(donor)
            if well.came == "measured" and well.visit in visits
        )
        return wells.union(every)

    def _asked_wells(self, donor: str) -> Iterator[Well]:
        """The wells of a donor that the answer could have had."""
        if self.asked.parts:
            own = self.asked.parts[0]
            yield from filter(own.holds, self.why.wells[own.key.analyte].get(donor, ()))

    def _row(self, **columns: Any) -> Row:
        """A row about the answer."""
        finding: Finding = self.asked.answer
        about = ("question", "assay", "analyte", "scale", "cell_type", "visit")
        return {**{name: getattr(finding, name) for name in about}, **columns}
