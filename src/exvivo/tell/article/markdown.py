"""A summary as Markdown, without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exvivo.tell.article.records import Article, Asked, Explained, Section
from exvivo.tell.language import Language

_MARKS = re.compile(r"([\\`*_\[\]<>#|])")


def as_markdown(article: Article) -> str:
    """The text of a summary as Markdown: headings, paragraphs, lists."""
    lines = [f"# {_plain(article.title)}", *(f"*{_plain(note)}*" for note in article.notes)]
    for section in article.sections:
        lines += _section(section, article.language)
    return "\n\n".join(lines) + "\n"


def _section(section: Section, language: Language) -> Iterator[str]:
    yield f"## {_plain(section.heading)}"
    yield from map(_plain, section.paragraphs)
    if section.points:
        yield "\n".join(f"- {_plain(point)}" for point in section.points)
    for asked in section.asked:
        yield from _asked(asked, language)
    if section.explained:
        yield "\n".join(map(_explained, section.explained))


def _asked(asked: Asked, language: Language) -> Iterator[str]:
    yield f"**{_plain(asked.words)}**"
    answers = (language.joined([each.sentence, each.size]) for each in asked.answers)
    yield "\n".join(f"- {_plain(answer)}" for answer in answers)


def _explained(explained: Explained) -> str:
    return f"- {_plain(explained.line)}"


def _plain(text: str) -> str:
    """A text whose signs mean nothing in Markdown."""
    return _MARKS.sub(r"\\\1", text)
