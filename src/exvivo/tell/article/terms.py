"""What the things of a study are called in a language, and what that means.

A term is called by the study's own plain word, else by that of the catalog, else as the study
declares it. An analyte keeps its symbol in every language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.study import Study
from exvivo.study.plain_terms import Term, TermKind, term_of, terms_of
from exvivo.tell.article.records import Explained
from exvivo.tell.language import Language
from exvivo.visible import one_line


@dataclass(frozen=True)
class Names:
    """The names of a study in a language."""

    study: Study
    language: Language

    def group(self, group: str) -> str:
        """People of a group."""
        return self._name("group", group)

    def analyte(self, analyte: str) -> str:
        """An analyte by its symbol."""
        return self._name("analyte", analyte)

    def stimulus(self, stimulus: str) -> str:
        """What cells were given."""
        return self._name("stimulus", stimulus)

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
