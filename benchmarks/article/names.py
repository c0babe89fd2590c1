"""What a study's groups, cells, stimuli, analytes and scales are called in a language, and a text
in which each name stands as one sign: what is read then cannot be a part of a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks.article.studies import CLASSES, EXPOSURE
from exvivo.catalog.lay import LayKind, lay_term
from exvivo.study import Study
from exvivo.study.summary_records import LanguageCode
from exvivo.tell.language import language

_FIRST = 0xE000
"""The first sign of the private use area of Unicode."""


@dataclass(frozen=True)
class Names:
    """The names of a study in a language."""

    study: Study
    code: LanguageCode

    def sign(self, identifier: str) -> str:
        """The sign of an id."""
        return chr(_FIRST + self._ids.index(identifier))

    def signed(self, text: str) -> str:
        """A text with signs in the place of names, longer names first."""
        for name, identifier in self._by_length:
            at = text.casefold().find(name.casefold())
            while at >= 0:
                text = f"{text[:at]}{self.sign(identifier)}{text[at + len(name) :]}"
                at = text.casefold().find(name.casefold())
        return text

    def name_of(self, identifier: str) -> str:
        """The name of an id."""
        return next(name for each, name in self._all() if each == identifier)

    @cached_property
    def _ids(self) -> list[str]:
        return list(dict.fromkeys(identifier for identifier, _ in self._all()))

    @cached_property
    def _by_length(self) -> list[tuple[str, str]]:
        named = {name: identifier for identifier, name in self._all() if len(name) > 1}
        return sorted(named.items(), key=lambda pair: -len(pair[0]))

    def _all(self) -> Iterator[tuple[str, str]]:
        study = self.study
        for kind, records in (
            ("", study.groups),
            ("cells", study.cell_types),
            ("stimuli", study.stimuli),
            ("analytes", study.analytes),
            ("scales", study.scales),
        ):
            for record in records:
                yield record.id, self._name(kind, record.id)
        for name in CLASSES:
            yield f"like {name}", self._lay("cells", name) or name
        yield EXPOSURE, EXPOSURE

    def _name(self, kind: str, identifier: str) -> str:
        """The study's own word in the language, else the catalog's, else the declared name; an
        analyte is called by its symbol everywhere.
        """
        own = (each.name for each in self.study.summary.words if each.id == identifier)
        stated = next((names[self.code] for names in own if self.code in names), "")
        declared = self.study.name_of(identifier)
        if stated or kind in ("", "analytes"):
            return stated or declared
        lay = self._lay(kind, declared) or self._lay(kind, identifier)
        return lay or declared

    def _lay(self, kind: str, spelling: str) -> str:
        kinds: dict[str, LayKind] = {"cells": "cells", "stimuli": "stimuli", "scales": "scales"}
        term = lay_term(kinds[kind], spelling)
        return language(self.code).name_of(term) if term else ""
