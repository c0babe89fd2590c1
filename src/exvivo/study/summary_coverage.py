"""How far the plain-language summary of a study has words: what stands as the study calls it, what
nothing explains, which words are the catalog's, and what is printed as not stated.
"""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.study.plain_terms import Term, terms_of
from exvivo.study.records import Study
from exvivo.study.summary_checks import PARTS
from exvivo.study.summary_records import LanguageCode, Summary

Terms = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The words of a summary in one language: the terms that it may name, and the parts of
    `summary` that say nothing in it.
    """

    code: LanguageCode
    terms: Terms
    not_stated: tuple[str, ...]

    @property
    def without_word(self) -> Terms:
        """Terms that stand as the study calls them."""
        return tuple(term for term in self.terms if not term.is_plain(self.code))

    @property
    def unexplained(self) -> Terms:
        """Terms that no sentence explains."""
        return tuple(term for term in self.terms if not term.is_explained(self.code))

    @property
    def of_catalog(self) -> Terms:
        """Terms that stand in the words of the catalog."""
        named = (term for term in self.terms if term.lay is not None)
        return tuple(term for term in named if not term.is_own(self.code))


def coverage(study: Study, code: LanguageCode, *, hidden_groups: bool = False) -> Coverage:
    """The words of a summary in a language. Of hidden groups (a blinded study) nothing is said:
    which of them has a word would tell whose code is whose.
    """
    terms = (t for t in terms_of(study) if not (hidden_groups and t.kind == "group"))
    return Coverage(code, tuple(terms), _not_stated(study.summary, code))


def _not_stated(summary: Summary, code: LanguageCode) -> tuple[str, ...]:
    """The parts of a summary that say nothing in a language."""
    missing = (part for part in PARTS if not getattr(summary, part).get(code, "").strip())
    return tuple(part for part in missing if part != "more")
