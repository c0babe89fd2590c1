"""Terms of a summary that nothing in it explains: symbols and abbreviations, and words of
statistics and of the laboratory.

A term is explained where the section of words has it, or where the sentence itself puts it in
brackets behind the words for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.article.summaries import Summary
from benchmarks.article.vocabulary import vocabulary

_SYMBOL = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Z][\w-]*[A-Z0-9])[A-Za-zα-ω0-9]+(?:-[A-Za-zα-ω0-9]+)*", re.A
)
_OWN = frozenset({"why", "next", "about", "words"})
"""Sections of the study's own words, and that of the explanations."""


def unexplained(summary: Summary) -> Iterator[str]:
    """The terms, each once, in their order."""
    explained = " ".join(_explained(summary)).casefold()
    for term in dict.fromkeys(_terms(summary)):
        if term.casefold() not in explained:
            yield term


def _explained(summary: Summary) -> Iterator[str]:
    for section in summary.article.sections:
        for each in section.explained:
            yield each.word
    # Names that the study gives its groups are its own words, and stand in no list.
    for group in summary.public.study.groups:
        yield group.id
        yield group.name
    for word in summary.public.study.summary.words:
        yield from word.name.values()


def _terms(summary: Summary) -> Iterator[str]:
    jargon = vocabulary(summary.code).jargon
    for line in _told(summary):
        yield from _SYMBOL.findall(line)
        yield from (match.group(0) for match in jargon.finditer(line))


def _told(summary: Summary) -> Iterator[str]:
    yield summary.article.title
    for section in summary.article.sections:
        if section.id not in _OWN:
            yield from section.lines()
