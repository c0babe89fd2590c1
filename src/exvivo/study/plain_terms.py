"""What a study names and the plain-language summary has to call by a plain word: each term with the
study's own words and with those of the catalog.

Nothing here chooses a language or makes a sentence: own words go before those of the catalog, and
these before the name that the study declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from exvivo.catalog import known_as
from exvivo.catalog.lay import LayKind, LayTerm, lay_term
from exvivo.study.ids import ids
from exvivo.study.question_records import Identity
from exvivo.study.questions import columns_asked
from exvivo.study.records import Study
from exvivo.study.summary_records import LanguageCode, PlainWord

TermKind = Literal[
    "group", "cell type", "stimulus", "analyte", "scale", "readout", "characteristic"
]
_PARTS: dict[TermKind, str] = {
    "group": "groups",
    "cell type": "cell_types",
    "stimulus": "stimuli",
    "analyte": "analytes",
    "scale": "scales",
    "characteristic": "characteristics",
}
"""The part of study.yaml that declares terms of a kind."""
_LAY: dict[TermKind, LayKind] = {
    "cell type": "cells",
    "stimulus": "stimuli",
    "analyte": "analytes",
    "scale": "scales",
    "readout": "readouts",
}
"""The plain words of the catalog for a kind; it knows no groups of people."""
_EVERYBODY_KNOWS = frozenset({"age", "sex"})
"""Characteristics that need no other word."""
_SHORTEST = 3
"""Signs of an id from which the catalog is asked for it: a shorter one may mean anything."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that a study names: `name` is what the study calls it, `own` its own plain words,
    `lay` those of the catalog.
    """

    kind: TermKind
    id: str
    name: str
    own: PlainWord | None = None
    lay: LayTerm | None = None

    def is_own(self, code: LanguageCode) -> bool:
        """Whether the study has a plain word for it in a language."""
        return self.own is not None and bool(self.own.name.get(code, "").strip())

    def is_plain(self, code: LanguageCode) -> bool:
        """Whether there is a plain word for it in a language, the study's or the catalog's; else
        it stands as the study calls it. An analyte has its symbol in every language.
        """
        return self.is_own(code) or self.lay is not None or self._needs_none

    def is_explained(self, code: LanguageCode) -> bool:
        """Whether a sentence explains it in a language, the study's or the catalog's. Groups and
        characteristics are explained by their names.
        """
        own = self.own is not None and bool(self.own.meaning.get(code, "").strip())
        return own or self.lay is not None or self.kind not in _LAY

    @property
    def _needs_none(self) -> bool:
        is_known = self.kind == "characteristic" and self.id.casefold() in _EVERYBODY_KNOWS
        return is_known or self.kind == "analyte"


def term_of(study: Study, kind: TermKind, identifier: str) -> Term:
    """A term of a study by its kind and id; a readout is its own id, and so are cells that a
    question names and the study does not declare.
    """
    name = _name_of(study, kind, identifier)
    own = next((word for word in study.summary.words if word.id == identifier), None)
    return Term(kind, identifier, name, own, _lay(kind, name, identifier))


def _name_of(study: Study, kind: TermKind, identifier: str) -> str:
    """What the study calls it."""
    if kind == "analyte":
        return study.name_of(identifier)
    records = getattr(study, _PARTS[kind]) if kind in _PARTS else ()
    named = (record.name for record in records if record.id == identifier)
    return next(named, "") or identifier


def _lay(kind: TermKind, name: str, identifier: str) -> LayTerm | None:
    """The plain words of the catalog: by the name, which says more than an id, else by the id; an
    analyte by the id of the catalog first.
    """
    if kind not in _LAY:
        return None
    spellings = (name, identifier) if len(identifier) >= _SHORTEST else (name,)
    if kind == "analyte":
        spellings = (known_as(identifier) or identifier, name)
    found = (lay_term(_LAY[kind], spelling) for spelling in spellings)
    return next((term for term in found if term is not None), None)


def terms_of(study: Study) -> tuple[Term, ...]:
    """Every term that the summary of a study may name: its groups, cells and stimuli (but the
    control), and the analytes, readouts, scales and characteristics that its questions ask about.
    """
    return tuple(term_of(study, kind, name) for kind, name in dict.fromkeys(_named(study)))


def _named(study: Study) -> Iterator[tuple[TermKind, str]]:
    """The kind and id of each term, in the order of the study."""
    yield from (("group", name) for name in ids(study.groups))
    yield from (("cell type", name) for name in (*ids(study.cell_types), *cells_likened(study)))
    yield from (("stimulus", each.id) for each in study.stimuli if not each.control)
    analytes = _asked(study, "analytes", "against")
    yield from (("analyte", name) for name in ids(study.analytes) if name in analytes)
    yield from (("readout", name) for name in readouts(study, _asked(study, "assays")))
    scales = _asked(study, "scales")
    yield from (("scale", name) for name in ids(study.scales) if name in scales)
    columns = chain.from_iterable(map(columns_asked, study.questions))
    yield from (("characteristic", name) for name in columns)


def cells_likened(study: Study) -> list[str]:
    """The cells that questions of identity ask about and study.yaml does not declare."""
    asked = (q.like for q in study.questions if isinstance(q, Identity))
    return [cell for cell in dict.fromkeys(asked) if cell not in ids(study.cell_types)]


def readouts(study: Study, assays: frozenset[str] | None = None) -> list[str]:
    """What assays read, each once: of all of them, or of those named."""
    chosen = (a for a in study.assays if assays is None or a.id in assays)
    return list(dict.fromkeys(assay.readout for assay in chosen))


def _asked(study: Study, *fields: str) -> frozenset[str]:
    """What questions name in some fields."""
    lists = (getattr(question, field, ()) for question in study.questions for field in fields)
    return frozenset(chain.from_iterable(lists))
