"""The files of a summary: a page and a Markdown text in each language, which link to one another.

What may be handed to anybody of a study goes in; the same results give the same bytes. No day
stands in them for that reason: the record says when they were made.
"""

from __future__ import annotations

from pathlib import Path

from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.tell.article.article import article_of
from exvivo.tell.article.markdown import as_markdown
from exvivo.tell.article.pictures import LookedUp, illustrated
from exvivo.tell.article.records import Article
from exvivo.tell.in_plain_words import InPlainWords, Link
from exvivo.tell.language.one_language import ENGLISH, language
from exvivo.tell.page import rendered
from exvivo.tell.share.public import Public, write_public
from exvivo.tell.written import Written


def file_of(code: LanguageCode, suffix: str = "html") -> str:
    """The name of the file of a summary.

    >>> file_of("en"), file_of("ja", "md")
    ('summary.html', 'summary.ja.md')
    """
    return f"summary.{suffix}" if code == ENGLISH else f"summary.{code}.{suffix}"


def links(here: LanguageCode | None = None) -> tuple[Link, ...]:
    """The summaries in all languages, each by what the language calls itself."""
    return tuple(
        Link(code, language(code).own_name, file_of(code), code == here) for code in LANGUAGES
    )


def page_of(article: Article, *, linked: bool = True) -> str:
    """The page of a summary: one file that reads without a network and without scripts."""
    return rendered(
        "summary.html",
        stylesheet="summary.css",
        article=article,
        links=links(article.language.code) if linked else (),
        languages_word=article.language.tell("Languages"),
    )


def write_summaries(public: Public, written: Written, *, handed_on: bool = False) -> InPlainWords:
    """Write the summary in each language, and give what is said of it elsewhere; `handed_on`: to
    the public, so that no person is drawn whatever the study declares.
    """
    articles = []
    looked_up: LookedUp = {}
    for code in LANGUAGES:
        article = article_of(public, language=language(code))
        drawn = illustrated(article, public, handed_on=handed_on, looked_up=looked_up)
        written.text(file_of(code), page_of(drawn))
        written.text(file_of(code, "md"), as_markdown(article))
        articles.append(article)
    return _in_plain_words(next(each for each in articles if each.language.is_english))


def write_handed_on(public: Public, folder: Path) -> None:
    """Write everything that is handed to the public into an empty folder: the page with its figures
    and tables, and the summaries.
    """
    plain = write_summaries(public, Written(folder), handed_on=True)
    write_public(public, folder, plain)


def _in_plain_words(article: Article) -> InPlainWords:
    key = next(section for section in article.sections if section.id == "key")
    return InPlainWords((*key.paragraphs, *key.points), links())
