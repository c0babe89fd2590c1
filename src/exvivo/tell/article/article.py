"""The whole summary of a study in a language, from what may be handed to anybody.

What goes in is the public mode of a study (`tell.share.public`): no donor is known here. The text
is told in less detail until it is short enough to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from exvivo.tell.article.about import about_section, next_section
from exvivo.tell.article.context import Context
from exvivo.tell.article.explained import words_section
from exvivo.tell.article.key import key_section, title_of
from exvivo.tell.article.people import done_section, who_section, why_section
from exvivo.tell.article.records import Article, Section
from exvivo.tell.article.sure import limits_section, sure_section
from exvivo.tell.article.telling import Detail, Telling
from exvivo.tell.article.terms import terms_of
from exvivo.tell.language import Language, language
from exvivo.tell.share.public import Public

ENGLISH = language("en")
LONGEST = 850
"""Words of the longest summary, as Cochrane's guidance for plain-language summaries has it."""
_DETAILS = (
    Detail(names=6, claims=4),
    Detail(names=5, claims=2),
    Detail(names=4, claims=1, ranges=False),
    Detail(names=3, claims=0, ranges=False),
    Detail(names=1, claims=0, ranges=False),
)
"""From the most to the least."""


def article_of(public: Public, *, language: Language = ENGLISH, day: date | None = None) -> Article:
    """The summary of a study in a language; `day` is the one it was made on.

    The text is as long as it may be: names are counted rather than listed, and answers told
    together, only where it would be longer than `LONGEST` words.
    """
    made = (_article(public, language, day, detail) for detail in _DETAILS)
    article = next(made)
    while words_in(article) > LONGEST:
        shorter = next(made, None)
        if shorter is None:
            break
        article = shorter
    return article


def words_in(article: Article) -> int:
    """The words of a summary; of a language without spaces, two signs count as one."""
    text = " ".join(line for section in article.sections for line in section.lines())
    if article.language.code == "ja":
        return len(re.findall(r"\w", text)) // 2
    return len(text.split())


def _article(public: Public, language: Language, day: date | None, detail: Detail) -> Article:
    telling = Telling(public.study, language, detail, public.answers.visits)
    context = Context(public, telling)
    told_day = "" if day is None else language.day(day)
    before = list(_sections(context))
    about = about_section(context, told_day)
    words = words_section(context, [*before, about])
    return Article(
        language,
        title_of(context),
        tuple(_notes(context)),
        (*before, words, about),
        public.version,
        told_day,
    )


def _sections(context: Context) -> Iterator[Section]:
    """The sections before the words explained."""
    yield key_section(context)
    yield why_section(context)
    yield who_section(context)
    yield done_section(context)
    yield found_section(context)
    yield sure_section(context)
    yield limits_section(context)
    yield next_section(context)


def found_section(context: Context) -> Section:
    """Every question with its answers; how many answers cannot be told is said before."""
    language = context.language
    return Section(
        "found",
        language.tell("What was found"),
        paragraphs=tuple(_before_answers(context)),
        asked=tuple(found.asked() for found in context.found),
    )


def _before_answers(context: Context) -> Iterator[str]:
    if not context.study.questions:
        yield context.language.tell("No question was asked, so there is no answer.")
    if context.hidden:
        yield context.language.count(
            "{n} answer rests on too few people to be told here.",
            "{n} answers rest on too few people to be told here.",
            context.hidden,
        )


def _notes(context: Context) -> Iterator[str]:
    """What a reader must know before anything else."""
    language = context.language
    if context.study.simulated:
        yield language.tell("The data are simulated: no real person is behind them.")
    if not language.is_english and not language.reviewer:
        yield language.tell("No native reader has checked the wording of this translation yet.")
    if not language.is_english:
        yield from _not_translated(context)


def _not_translated(context: Context) -> Iterator[str]:
    """The names that stand as the study gives them, in whatever language."""
    terms = terms_of(context.study, context.language)
    names = dict.fromkeys(term.name for term in terms if not term.is_plain)
    if names:
        listed = context.language.listed(f"“{name}”" for name in names)
        yield context.language.tell(
            "These names stand as the study gives them: {names}.", names=listed
        )
