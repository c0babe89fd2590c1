"""The summaries in plain words that a run leaves beside its report: their files, by language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.web.reports import results_of


@dataclass(frozen=True)
class SummaryOf:
    """The summary in a language: what the language calls itself, its page and its Markdown text, as
    names of files beside the report; `is_made` says whether the last run wrote both.
    """

    code: LanguageCode
    own_name: str
    page: str
    markdown: str
    is_made: bool = False


@cache
def summary_files() -> frozenset[str]:
    """The names of all files of summaries."""
    return frozenset(name for each in _named() for name in (each.page, each.markdown))


def summaries_of(folder: Path) -> list[SummaryOf]:
    """The summaries of the last run of a study folder, one a language."""
    results = results_of(folder)
    return [
        SummaryOf(e.code, e.own_name, e.page, e.markdown, _is_made(results, e)) for e in _named()
    ]


def _is_made(results: Path, each: SummaryOf) -> bool:
    return (results / each.page).is_file() and (results / each.markdown).is_file()


@cache
def _named() -> tuple[SummaryOf, ...]:
    from exvivo.tell.article.files import file_of
    from exvivo.tell.language import language

    names = ((code, language(code).own_name) for code in LANGUAGES)
    return tuple(SummaryOf(c, name, file_of(c), file_of(c, "md")) for c, name in names)
