"""What an answer asks for: of whom, in which conditions and cells, at which visits, and with what
else known of a donor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from exvivo.account.results import Key, Results
from exvivo.account.wells import Well
from exvivo.findings import Finding
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Measured,
    Mediation,
    Specificity,
    Study,
    Treatment,
    groups_of,
)
from exvivo.study.question_records import Identity, Question, condition_of
from exvivo.study.visits import ordered

ACROSS = "across groups"


@dataclass(frozen=True, slots=True)
class Part:
    """One result of a donor that an answer needs: an analyte in some cells (None: in any) and the
    conditions that must be there.
    """

    key: Key
    cells: str | None
    conditions: tuple[str | None, ...]

    def of(self, analyte: str, cells: str | None) -> Part:
        """The same of another analyte, or in other cells."""
        return replace(self, key=self.key._replace(analyte=analyte), cells=cells)

    def holds(self, well: Well) -> bool:
        """Whether a well is of these cells, and of one of the conditions as far as is known."""
        return self.of_cells(well) and any(in_condition(well, one) for one in self.conditions)

    def of_cells(self, well: Well) -> bool:
        """Whether a well is of these cells, as far as is known."""
        return self.cells is None or well.cell_type in (None, self.cells)


def in_condition(well: Well, condition: str | None) -> bool:
    """Whether a well is of a condition (None: of the only one), as far as is known."""
    return well.stimulus is None or condition is None or well.stimulus == condition


@dataclass(frozen=True)
class Asked:
    """An answer with what it asks for."""

    question: Question
    answer: Finding
    study: Study
    results: Results

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups it asks about."""
        every = tuple(group.id for group in self.study.groups)
        return every if self._of_everybody else groups_of(self.question)

    @property
    def _of_everybody(self) -> bool:
        """Whether it asks about the donors of all groups."""
        question = self.question
        across = isinstance(question, Association) and question.answer == ACROSS
        return across or isinstance(question, Identity)

    @cached_property
    def people(self) -> dict[str, dict[str, object]]:
        """The rows of donors.csv, by donor."""
        return {row["donor"]: row for row in self.study.donors.iter_rows(named=True)}

    @property
    def donors(self) -> list[str]:
        """The donors it asks about, in the order of donors.csv."""
        rows = self.study.donors.select("donor", "group").iter_rows()
        return [donor for donor, group in rows if group in self.groups]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The results of a donor that it needs, its own analyte and cells first."""
        question = self.question
        if isinstance(question, Identity):
            return ()
        cells = self.answer.cell_type or question.cell_type or None
        own = self._part(question, self.answer.analyte, cells)
        if not isinstance(question, Specificity):
            return (own,)
        return (own, *self._compared(question, own))

    def _compared(self, question: Specificity, own: Part) -> Iterator[Part]:
        """The results that it is held against."""
        analytes = [name for name in question.against if name != own.key.analyte]
        cells = question.against_cell_type or own.cells
        for analyte in analytes or [own.key.analyte]:
            yield own.of(analyte, cells)

    def _part(self, question: Measured, analyte: str, cells: str | None) -> Part:
        control = self.study.control_stimulus()
        condition = condition_of(question) or None
        estimand, stimulus = "level", condition
        conditions: tuple[str | None, ...] = (condition or control,)
        if isinstance(question, Effect):
            estimand, stimulus = "effect", question.blocked
            conditions = (question.blocked, question.stimulus)
        elif question.stimulus:
            estimand, stimulus = "response", question.stimulus
            conditions = (question.stimulus, control)
        return Part(Key(estimand, self.answer.assay, analyte, stimulus), cells, conditions)

    @cached_property
    def visits(self) -> tuple[str, ...]:
        """The visits it needs a result of: those of a change, else the first there is."""
        question = self.question
        if isinstance(question, Change):
            ends = (question.visits[0], question.visits[-1])
            return question.visits if question.scales else ends
        if not self.parts:
            return ()
        if self.answer.visit:
            return (self.answer.visit,)
        first = self.parts[0]
        visits = self.results.visits(first.key, first.cells)
        return tuple(ordered(visits, self.study.visits)[:1])

    @property
    def scale(self) -> str | None:
        """The scale of which it needs a score."""
        return self.answer.scale

    @property
    def columns(self) -> Sequence[str]:
        """The columns of donors.csv that it needs filled, beside the exposure."""
        question = self.question
        match question:
            case Treatment() | Mediation():
                return question.adjust
            case Difference() | Association():
                return question.adjust if question.answer == "adjusted" else ()
            case _:
                return ()
