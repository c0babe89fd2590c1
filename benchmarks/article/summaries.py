"""The summaries that are measured: made by the product, read here as anybody reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.tell.article import article_of, as_markdown
from exvivo.tell.article.records import Article, PlainAnswer, Section
from exvivo.tell.language import language
from exvivo.tell.share.public import Public

__all__ = ["LANGUAGES", "LanguageCode", "Summary", "summary_of"]
_APART = frozenset({"words", "about"})
DAY = date(2026, 1, 31)


@dataclass(frozen=True)
class Summary:
    """A summary in one language."""

    code: LanguageCode
    public: Public
    article: Article

    @cached_property
    def markdown(self) -> str:
        """The whole as text."""
        return as_markdown(self.article)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Everything that is read in it but headings; of words explained, the explanations."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.article.title
        yield from self.article.notes
        for section in self.article.sections:
            explained = {f"{each.word}: {each.meaning}": each for each in section.explained}
            for line in section.lines():
                yield explained[line].meaning if line in explained else line

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The lines from the key messages to what happens next: what Cochrane's form has, which
        knows no list of words and no list about the study.
        """
        told = [each for each in self.article.sections if each.id not in _APART]
        return tuple(line for section in told for line in section.lines())

    def section(self, name: str) -> Section | None:
        """A section by its id."""
        return next((each for each in self.article.sections if each.id == name), None)

    @property
    def answers(self) -> Iterator[PlainAnswer]:
        """What is told of the answers, question by question."""
        for section in self.article.sections:
            for asked in section.asked:
                yield from asked.answers


def summary_of(public: Public, code: LanguageCode) -> Summary:
    """The summary of what may be handed out."""
    return Summary(code, public, article_of(public, language=language(code), day=DAY))
