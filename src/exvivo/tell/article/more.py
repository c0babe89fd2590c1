"""What a short summary has room to say besides: sentences that are true of every study, and that a
reader of few answers needs as much as one of many.

A section goes in, the same section with these sentences comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exvivo.tell.article.context import Context
from exvivo.tell.article.records import Section


def with_more(section: Section, context: Context) -> Section:
    """A section with what there is room to say in it."""
    match section.id:
        case "done":
            return replace(section, paragraphs=(*section.paragraphs, _done(context)))
        case "found" if context.hidden.people or context.hidden.few_tell:
            return replace(section, paragraphs=(*section.paragraphs, _left_out(context)))
        case "limits":
            return replace(section, points=(*_limits(context), *section.points))
        case "next":
            return replace(section, paragraphs=(*section.paragraphs, _of_nobody(context)))
        case _:
            return section


def _done(context: Context) -> str:
    """What a laboratory is, and how the answers were made."""
    language = context.language
    program = language.tell(
        "A computer program worked out the answers. Anybody who has the data can repeat that."
    )
    if not context.study.cell_types:
        return program
    lab = language.tell("“In the lab” means that the cells were kept in dishes.")
    return language.joined([lab, program])


def _left_out(context: Context) -> str:
    return context.language.tell(
        "Such answers are left out to protect these people, not because of what they say."
    )


def _limits(context: Context) -> Iterator[str]:
    """What no study alone can show."""
    language = context.language
    yield language.tell("Other people, or other cells, could give other results.")
    yield language.tell(
        "One study is rarely enough: others should find the same before anybody builds on it."
    )


def _of_nobody(context: Context) -> str:
    """That nobody's own result stands here."""
    language = context.language
    return language.tell(
        "This page has no result of any one person, only of groups. Nothing is told of fewer than "
        "{n} people, to keep them from being recognised.",
        n=language.number(context.public.smallest),
    )
