"""What speaks of what the cells of a question of identity are beside their expression: the
checklist of the catalog, filled from what the study names and from its own assays and questions.
Records, no words; nothing is added up.

An assay or a question is taken up where its names are those of the catalog: the protein, or the
stimulus and what blocks it, in the cells asked about. Nothing is guessed from a part of a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import polars as pl

from exvivo.catalog import known_as
from exvivo.catalog.cells import CellKind, Item, Protein
from exvivo.catalog.spelling import plain
from exvivo.study import Effect, Identity, Study
from exvivo.study.identity_checks import checklist_kind
from exvivo.study.records import Qpcr
from exvivo.tell.tables import Shown, Tables, answers_of

State = Literal["present", "declared", "absent"]
"""Whether the study itself measured it, only says that it was seen elsewhere, or neither."""
_ISOTYPES = frozenset({"isotype", "isotypecontrol", "iggcontrol", "igg"})
_JOINTS = ("", "with", "and", "plus", "inthepresenceof")


@dataclass(frozen=True, slots=True)
class Measured:
    """An assay of the study that holds a protein of an item (its gene) in these cells, under the
    study's name for it: how many donors have it, whether the assay has an isotype control there,
    and the answers about it.
    """

    gene: str
    assay: str
    analyte: str
    donors: int
    isotype: bool
    answers: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the study that asks an item, with its answers; whether the study names it for
    the item, or it was recognised by its names.
    """

    question: str
    answers: tuple[Shown, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class Held:
    """An item of the checklist and all that speaks of it in a study."""

    item: Item
    measured: tuple[Measured, ...]
    asked: tuple[Asked, ...]
    notes: tuple[str, ...]

    @property
    def state(self) -> State:
        """What there is of it; says nothing of what it shows."""
        if self.measured or self.asked:
            return "present"
        return "declared" if self.notes else "absent"

    @property
    def lacking(self) -> tuple[Protein, ...]:
        """The proteins of the item that no assay holds in these cells."""
        genes = {measured.gene for measured in self.measured}
        return tuple(each for each in self.item.analytes if each.gene not in genes)


@dataclass(frozen=True, slots=True)
class Checked:
    """The checklist of the cells that a question's cells are said to be like, item by item."""

    kind: CellKind
    items: tuple[Held, ...]


def checked(question: Identity, study: Study, tables: Tables) -> Checked | None:
    """The checklist of a question, filled; None where the catalog has none for these cells."""
    kind = checklist_kind(question, study)
    if kind is None:
        return None
    evidence = _Evidence(question, study, tables)
    return Checked(kind, tuple(map(evidence.held, kind.checklist)))


@dataclass(frozen=True)
class _Evidence:
    """A question of identity and where what speaks of its cells is looked for."""

    question: Identity
    study: Study
    tables: Tables

    def held(self, item: Item) -> Held:
        """All that speaks of an item."""
        named = [each for each in self.question.evidence if each.item == item.id]
        asked = [self._asked(each.question, True) for each in named if each.question]
        before = {each.question for each in asked}
        own = [each for each in self._recognised(item) if each.question not in before]
        notes = tuple(each.note for each in named if each.note)
        return Held(item, tuple(self._measured(item)), (*asked, *own), notes)

    def _asked(self, question: str, named: bool) -> Asked:
        return Asked(question, tuple(self.tables.of_question(question, "answer")), named)

    def _recognised(self, item: Item) -> Iterator[Asked]:
        """The questions whose stimulus and blocker are those of an item."""
        for question in self._effects():
            if _is_asked(question, item, self.study):
                yield self._asked(question.id, False)

    def _effects(self) -> list[Effect]:
        """The questions of these cells about what an antagonist or knock-down does."""
        effects = (each for each in self.study.questions if isinstance(each, Effect))
        return [each for each in effects if self._of_cells(each.cell_type)]

    def _of_cells(self, cells: str) -> bool:
        """Whether a question that names these cells, or none where there is one kind, is about
        those asked about.
        """
        return cells == self.question.cell_type or (not cells and len(self.study.cell_types) == 1)

    def _measured(self, item: Item) -> Iterator[Measured]:
        """The assays that hold a protein of an item in these cells."""
        wells = self._wells()
        for protein in item.analytes:
            wanted = set(map(plain, (protein.gene, *protein.names)))
            for assay, analyte in _pairs(wells):
                if not wanted.isdisjoint(_names(analyte, self.study)):
                    yield self._found(wells, protein.gene, (assay, analyte))

    def _wells(self) -> pl.DataFrame:
        """The measured wells of these cells, in assays of protein."""
        assays = [
            assay.id
            for assay in self.study.assays
            if not isinstance(assay, Qpcr) and "protein" in assay.readout.casefold().split()
        ]
        own = pl.col("cell_type") == self.question.cell_type
        kept = pl.col("exclude").is_null() & pl.col("assay").is_in(assays)
        return self.tables.wells.filter(own, kept, role="sample")

    def _found(self, wells: pl.DataFrame, gene: str, pair: tuple[str, str]) -> Measured:
        assay, analyte = pair
        donors = wells.filter(assay=assay, analyte=analyte)["donor"].drop_nulls().n_unique()
        others = wells.filter(assay=assay)["analyte"].unique().to_list()
        isotype = any(not _ISOTYPES.isdisjoint(_names(each, self.study)) for each in others)
        return Measured(gene, *pair, donors, isotype, tuple(self._answers(assay, analyte)))

    def _answers(self, assay: str, analyte: str) -> Iterator[Shown]:
        """The answers about an analyte of an assay in these cells."""
        for shown in answers_of(self.tables.findings):
            about = (shown.finding.assay, shown.finding.analyte)
            if about == (assay, analyte) and self._is_of_cells(shown):
                yield shown

    def _is_of_cells(self, shown: Shown) -> bool:
        """Whether an answer is about the cells asked about."""
        return self._of_cells(shown.finding.cell_type or "")


def _pairs(wells: pl.DataFrame) -> list[tuple[str, str]]:
    """The assays and analytes of wells, in their order."""
    pairs = wells.select("assay", "analyte").drop_nulls().unique(maintain_order=True)
    return list(pairs.iter_rows())


def _names(identifier: str, study: Study) -> set[str]:
    """What an analyte or stimulus is called: its id, its name, and the catalog's id of either."""
    own = (identifier, study.name_of(identifier))
    known = filter(None, map(known_as, own))
    return set(map(plain, (*own, *known)))


def _is_asked(question: Effect, item: Item, study: Study) -> bool:
    """Whether the stimulus of a question is one of an item's, and its blocked one is the same with
    one of the item's blockers.
    """
    stimuli = _names(question.stimulus, study)
    if stimuli.isdisjoint(map(plain, item.stimuli)):
        return False
    names = stimuli | set(map(plain, item.stimuli))
    blocked = set(_blocked(names, map(plain, item.blockers)))
    return not blocked.isdisjoint(_letters(_names(question.blocked, study)))


def _blocked(stimuli: Iterable[str], blockers: Iterable[str]) -> Iterator[str]:
    """A stimulus with a blocker, as people write it: ADP_PSB0739, ADP with PSB-0739."""
    parts = product(_letters(stimuli), _JOINTS, _letters(blockers))
    for stimulus, joint, blocker in parts:
        yield f"{stimulus}{joint}{blocker}"
        yield f"{blocker}{joint}{stimulus}"


def _letters(names: Iterable[str]) -> set[str]:
    """Names without their signs."""
    return {"".join(filter(str.isalnum, name)) for name in names}
