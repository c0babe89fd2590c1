"""What the things of a study are called in a language, and what that means.

A term is called by the study's own plain word, else by that of the catalog, else as the study
declares it. An analyte keeps its symbol in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

from exvivo.catalog.lay import LayKind, LayTerm, lay_term
from exvivo.study import Identity, Study, Treatment
from exvivo.study.summary_records import PlainWord
from exvivo.tell.language import Language

TermKind = Literal["groups", "analytes", "cells", "stimuli", "scales", "readouts", "exposures"]
Origin = Literal["study", "catalog", "declared"]
"""Whose word it is: the study's own plain one, the catalog's, or the name as it is declared."""
_SHORTEST = 3
"""Signs of an id from which it is looked up in the catalog: shorter ones may mean anything."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that the study names: `name` is what it is called, `meaning` explains it and is
    empty where nobody does, `source` is where that can be read.
    """

    kind: TermKind
    id: str
    name: str
    meaning: str
    source: str
    origin: Origin

    @property
    def is_plain(self) -> bool:
        """Whether it has a plain word in the language; a symbol of an analyte is one."""
        return self.origin != "declared" or self.kind == "analytes"


@dataclass(frozen=True)
class Names:
    """The names of a study in a language."""

    study: Study
    language: Language

    @cached_property
    def _words(self) -> dict[str, PlainWord]:
        return {word.id: word for word in self.study.summary.words}

    def group(self, group: str) -> str:
        """People of a group."""
        return self.term("groups", group).name

    def analyte(self, analyte: str) -> str:
        """An analyte by its symbol."""
        return self.term("analytes", analyte).name

    def stimulus(self, stimulus: str) -> str:
        """What cells were given."""
        return self.term("stimuli", stimulus).name

    def cells(self, cell_type: str) -> str:
        """Kinds of cells: those of the study, and those that they are held against."""
        return self.term("cells", cell_type).name

    def scale(self, scale: str) -> str:
        """What a clinical score asks."""
        return self.term("scales", scale).name

    def readout(self, readout: str) -> str:
        """What was read."""
        return self.term("readouts", readout).name

    def exposure(self, column: str) -> str:
        """What some people take or have."""
        return self.term("exposures", column).name

    def term(self, kind: TermKind, id: str) -> Term:
        """A term by its id in study.yaml; a readout by its word."""
        declared = self._declared(kind, id)
        lay = _lay(kind, id, declared)
        own, own_meaning = self._own(id)
        name, origin = self._name(kind, declared, lay, own)
        meaning = own_meaning or (self.language.meaning_of(lay) if lay else "")
        source = lay.source if lay and not own_meaning else ""
        return Term(kind, id, name, meaning, source, origin)

    def _own(self, id: str) -> tuple[str, str]:
        """The study's own word and what it says that it means, in this language."""
        word = self._words.get(id)
        if word is None:
            return "", ""
        return self.language.own(word.name), self.language.own(word.meaning)

    def _name(
        self, kind: TermKind, declared: str, lay: LayTerm | None, own: str
    ) -> tuple[str, Origin]:
        """What it is called, and whose word that is."""
        if own:
            return own, "study"
        if lay is None:
            return declared, "declared"
        return (declared if kind == "analytes" else self.language.name_of(lay)), "catalog"

    def _declared(self, kind: TermKind, id: str) -> str:
        """The name as the study declares it; of a score what stands before its first comma."""
        if kind == "readouts":
            return id
        name = self.study.name_of(id)
        return name.split(",")[0].strip() if kind == "scales" else name


_LAY: dict[TermKind, LayKind] = {
    "analytes": "analytes",
    "cells": "cells",
    "stimuli": "stimuli",
    "scales": "scales",
    "readouts": "readouts",
}


def _lay(kind: TermKind, id: str, declared: str) -> LayTerm | None:
    """The catalog's words for something, by its name and then by its id."""
    if kind not in _LAY:
        return None
    spellings = (declared, id) if len(id) >= _SHORTEST else (declared,)
    found = (lay_term(_LAY[kind], spelling) for spelling in spellings)
    return next((term for term in found if term), None)


def terms_of(study: Study, language: Language) -> tuple[Term, ...]:
    """Everything that the study names, in a language, in the order in which it declares it."""
    names = Names(study, language)
    return tuple(names.term(kind, id) for kind, id in dict.fromkeys(_declared_in(study)))


def _declared_in(study: Study) -> Iterator[tuple[TermKind, str]]:
    yield from (("groups", group.id) for group in study.groups)
    yield from (("cells", cell.id) for cell in study.cell_types)
    yield from _compared_cells(study)
    yield from (("stimuli", each.id) for each in study.stimuli if not each.control)
    yield from (("analytes", analyte.id) for analyte in study.analytes)
    yield from (("readouts", assay.readout) for assay in study.assays)
    yield from (("scales", scale) for scale in _scales(study))
    treatments = (each for each in study.questions if isinstance(each, Treatment))
    yield from (("exposures", each.exposure) for each in treatments)


def _compared_cells(study: Study) -> Iterator[tuple[TermKind, str]]:
    """The reference cells that a question names."""
    identities = (each for each in study.questions if isinstance(each, Identity))
    yield from (("cells", each.like) for each in identities)


def _scales(study: Study) -> Iterable[str]:
    """The scales that are asked about."""
    return chain.from_iterable(getattr(each, "scales", ()) for each in study.questions)
