"""Terms of a summary that nothing in it explains: symbols and abbreviations, and words of
statistics and of the laboratory.

A term is explained where the section of words has it, or where the section on how sure things are
says what it means. Names that a study gives its own groups, cells and stimuli are its own: `exvivo
check --summary` tells those without plain words.
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
    """The words explained, what `sure` says of words, and names that the study itself gives."""
    for section in summary.article.sections:
        yield from (each.word for each in section.explained)
        if section.id == "sure":
            yield from section.lines()
    study = summary.public.study
    yield from (group.name for group in study.groups)
    yield from (cells.name for cells in study.cell_types)
    yield from (stimulus.name for stimulus in study.stimuli)
    for word in study.summary.words:
        yield from word.name.values()


def _terms(summary: Summary) -> Iterator[str]:
    jargon = vocabulary(summary.code).texts["jargon"]
    for line in _told(summary):
        yield from _SYMBOL.findall(line)
        yield from (match.group(0) for match in jargon.finditer(line))


def _told(summary: Summary) -> Iterator[str]:
    yield summary.article.title
    for section in summary.article.sections:
        if section.id not in _OWN:
            yield from section.lines()
