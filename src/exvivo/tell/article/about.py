"""What happens next, and who stands behind the study: what it declares, or that it states none."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.study.summary_records import Texts
from exvivo.tell.article.context import Context
from exvivo.tell.article.records import Section
from exvivo.visible import one_line


def next_section(context: Context) -> Section:
    """What happens next, and who to ask."""
    language, summary = context.language, context.study.summary
    paragraphs = (
        language.own(summary.next) or language.tell("What happens next is not stated."),
        language.own(summary.contact) or language.tell("Whom to ask is not stated."),
    )
    return Section("next", language.tell("What happens next"), paragraphs=paragraphs)


def about_section(context: Context, day: str) -> Section:
    """Who paid, ethics, registration, day and version."""
    heading = context.language.tell("About this study")
    return Section("about", heading, points=tuple(_lines(context, day)))


def _lines(context: Context, day: str) -> Iterator[str]:
    language, summary = context.language, context.study.summary
    yield language.tell("Name of the study: {title}", title=one_line(context.study.title))
    yield language.tell("Paid for by: {text}", text=_stated(summary.paid_by, context))
    yield language.tell("Other interests: {text}", text=_stated(summary.interests, context))
    yield language.tell("Ethics committee: {text}", text=_stated(summary.ethics, context))
    yield language.tell("Registration: {text}", text=_stated(summary.registration, context))
    yield language.tell("Place and time: {text}", text=_stated(summary.place_and_time, context))
    yield language.tell("Harm to people who took part: {text}", text=_stated(summary.harm, context))
    more = language.own(summary.more) or language.tell("ask whoever gave you this page")
    yield language.tell("More information: {text}", text=more)
    yield _made(context, day)


def _made(context: Context, day: str) -> str:
    """The version, and the day; where there is none, as the same results give the same bytes, where
    it is found.
    """
    version = context.public.version
    if not day:
        return context.language.tell(
            "Made with exvivo {version}; the day is in the record of the study", version=version
        )
    return context.language.tell("Made on {day} with exvivo {version}", day=day, version=version)


def _stated(texts: Texts, context: Context) -> str:
    """What the study states in this language, or that it states nothing."""
    return context.language.own(texts) or context.language.tell("not stated")
