"""Words that no summary may use, and those that it may use only to deny them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.article.names import Names
from benchmarks.article.readback import Wrong
from benchmarks.article.reading import sentences_of
from benchmarks.article.summaries import Summary
from benchmarks.article.vocabulary import vocabulary

_OWN = frozenset({"why", "next"})
"""Sections of the study's own words; those explained have the catalog's, which its own tests
keep.
"""


def forbidden(summary: Summary) -> Iterator[Wrong]:
    """Sentences that say what no summary may say."""
    words, names = vocabulary(summary.code), Names(summary.public.study, summary.code)
    for sentence in sentences_of(_told(summary)):
        signed = names.signed(sentence)
        if match := words.texts["never"].search(signed):
            yield Wrong("never", sentence, match.group(0))
        for kind, unless in (("forbidden", "denial"), ("absent", "supposed")):
            match = words.texts[kind].search(signed)
            if match and not words.has(unless, signed):
                yield Wrong("forbidden", sentence, match.group(0))
    yield from _simulated(summary)
    yield from _language(summary)


def _told(summary: Summary) -> Iterator[str]:
    """Everything that the product itself says; what explains a term is left to its own tests."""
    yield summary.article.title
    for section in summary.article.sections:
        if section.id in _OWN:
            continue
        explained = {each.line for each in section.explained}
        yield from (line for line in section.lines() if line not in explained)


def _simulated(summary: Summary) -> Iterator[Wrong]:
    """A simulated study says so in its title; another does not."""
    says = vocabulary(summary.code).has("simulated", summary.article.title)
    if says != summary.public.study.simulated:
        yield Wrong("simulated", summary.article.title, str(summary.public.study.simulated))


def _language(summary: Summary) -> Iterator[Wrong]:
    """A day and a donor stand nowhere; every line stands in the text as it is."""
    markdown = summary.markdown
    for donor in summary.public.study.donors["donor"].to_list():
        if donor in markdown:
            yield Wrong("person", donor, "a donor is named")
    missing = [line for line in summary.lines if line and line not in markdown]
    if missing:
        yield Wrong("markdown", missing[0], "stands in the page and not in the text")
