"""What the things of a study are called in a language, and what that means.

A term is called by the study's own plain word, else by that of the catalog, else as the study
declares it. An analyte keeps its symbol in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from exvivo.catalog.lay import lay_term
from exvivo.study import Study
from exvivo.study.plain_terms import Term, TermKind, term_of, terms_of
from exvivo.tell.article.records import Explained
from exvivo.tell.language import Language
from exvivo.visible import one_line

_NOTHING = "none"
"""The entry of the catalog for cells that were given nothing."""
_PEOPLE = re.compile(
    r"\b(people|persons|patients|participants|volunteers|donors|controls|adults|children|men|women|"
    r"individuals|subjects|sufferers|relatives|siblings|twins|mothers|fathers|parents|carriers|"
    r"survivors|athletes|students|workers|boys|girls|babies|infants)\b"
)
"""Nouns by which the name of a group is one of people."""


@dataclass(frozen=True)
class Names:
    """The names of a study in a language."""

    study: Study
    language: Language

    def group(self, group: str) -> str:
        """People of a group; with a noun for them where its name is none of people."""
        if self.is_of_people(group):
            return self.label(group)
        # Translators: {name} may be an illness, or words of another language. The whole stands in
        # the place of "healthy people"; where all sentences have "the group" already, the name.
        return self.language.tell("people in the group “{name}”", name=self.label(group))

    def label(self, group: str) -> str:
        """The name of a group alone."""
        return self._name("group", group)

    def is_of_people(self, group: str) -> bool:
        """Whether a group is called by a name for people that fits into a sentence: a plain word
        of the study, or an English name that holds such a noun.
        """
        term = term_of(self.study, "group", group)
        if term.is_own(self.language.code):
            return True
        return self.language.is_english and bool(_PEOPLE.search(term.name.casefold()))

    def analyte(self, analyte: str) -> str:
        """An analyte by its symbol."""
        return self._name("analyte", analyte)

    def stimulus(self, stimulus: str) -> str:
        """What cells were given."""
        return self._name("stimulus", stimulus)

    def control(self) -> str:
        """What the cells to compare with were given; empty where that is nothing. Its name says so,
        not its id: a liquid may go under the id `none`.
        """
        control = self.study.control_stimulus()
        if control is None:
            return ""
        term = term_of(self.study, "stimulus", control)
        known = lay_term("stimuli", term.name)
        if known is not None and known.id == _NOTHING:
            return ""
        return self.name_of(replace(term, lay=known))

    def cells(self, cell_type: str) -> str:
        """Kinds of cells: those of the study, and those that they are held against."""
        return self._name("cell type", cell_type)

    def scale(self, scale: str) -> str:
        """What a clinical score asks."""
        return self._name("scale", scale)

    def readout(self, readout: str) -> str:
        """What was read."""
        return self._name("readout", readout)

    def exposure(self, column: str) -> str:
        """What some people take or have."""
        return self._name("characteristic", column)

    def _name(self, kind: TermKind, identifier: str) -> str:
        return self.name_of(term_of(self.study, kind, identifier))

    def name_of(self, term: Term) -> str:
        """What a term is called; a score as the study declares it by what stands before the first
        comma.
        """
        if term.own is not None and term.is_own(self.language.code):
            return self.language.own(term.own.name)
        if term.lay is not None and term.kind != "analyte":
            return self.language.name_of(term.lay)
        name = term.name.split(",")[0].strip() if term.kind == "scale" else term.name
        return one_line(name)

    def explained(self, term: Term) -> Explained:
        """A term with its meaning: the study's own, else that of the catalog, else none."""
        own = self.language.own(term.own.meaning) if term.own is not None else ""
        if own or term.lay is None:
            return Explained(self.name_of(term), own)
        return Explained(self.name_of(term), self.language.meaning_of(term.lay), term.lay.source)

    def not_plain(self) -> Iterator[str]:
        """The names that stand as the study declares them, whatever its language; symbols of
        analytes are the same in all.
        """
        for term in terms_of(self.study):
            if term.kind != "analyte" and not term.is_plain(self.language.code):
                yield self.name_of(term)
