"""The whole summary of a study in a language, from what may be handed to anybody.

What goes in is the public mode of a study (`tell.share.public`): no donor is known here. The text
is told in less detail until it is short enough to be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from exvivo.findings import Count, Finding
from exvivo.tell.article.about import about_section, next_section
from exvivo.tell.article.certainty import certainty_of, certainty_words
from exvivo.tell.article.context import Context
from exvivo.tell.article.explained import words_section
from exvivo.tell.article.found import Found
from exvivo.tell.article.key import key_section, title_of
from exvivo.tell.article.length import words_of
from exvivo.tell.article.more import with_more
from exvivo.tell.article.people import done_section, who_section, why_section
from exvivo.tell.article.records import Article, Asked, Certainty, PlainAnswer, Section, SectionId
from exvivo.tell.article.sure import limits_section, sure_section
from exvivo.tell.article.telling import Detail, Telling
from exvivo.tell.language import Language, language
from exvivo.tell.share.answers import Between
from exvivo.tell.share.public import Public
from exvivo.visible import one_line

ENGLISH = language("en")
Fixed = Mapping[SectionId, Section]
"""Sections by their ids."""
LONGEST = 800
"""Words of the longest summary without its title and what is looked up: the words explained, and
who stands behind the study. Cochrane's guidance for plain-language summaries has 400 to 850.
"""
SHORT = 450
"""Words under which a summary has room to say what is true of every study."""
_LOOKED_UP = ("words", "about")
_BRIEF = Detail(names=5, claims=0, scales=8, why_open=False)
_DETAILS = (
    Detail(names=8, claims=4),
    Detail(names=6, claims=2),
    Detail(names=6, claims=2, why_open=False),
    *(replace(_BRIEF, scales=n) for n in (8, 3, 1)),
    replace(_BRIEF, scales=1, names=3),
    *(replace(_BRIEF, scales=1, names=3, questions=n) for n in (16, 12, 10, 8)),
    *(replace(_BRIEF, scales=1, names=n, questions=8) for n in (2, 1)),
    *(replace(_BRIEF, scales=1, names=1, questions=n) for n in (6, 4, 2, 0)),
)
"""From the most to the least."""


def article_of(public: Public, *, language: Language = ENGLISH, day: date | None = None) -> Article:
    """The summary of a study in a language; `day` is the one it was made on.

    The text is as long as it may be: names are counted rather than listed, and answers told
    together, only where it would be longer than `LONGEST` words; what is true of every study is
    told where it would be shorter than `SHORT`.
    """
    told_day = "" if day is None else language.day(day)
    contexts = (_context(public, language, detail) for detail in _DETAILS)
    first = next(contexts)
    fixed = _fixed(first, told_day)
    article = _article(first, fixed, told_day)
    for context in contexts:
        if words_in(article) <= LONGEST:
            break
        article = _article(context, fixed, told_day)
    return _with_more(article, first) if words_in(article) < SHORT else article


def _with_more(article: Article, context: Context) -> Article:
    """A short summary with what it has room to say besides."""
    sections = (with_more(section, context) for section in article.sections)
    return replace(article, sections=tuple(sections))


def _context(public: Public, language: Language, detail: Detail) -> Context:
    return Context(public, Telling(public.study, language, detail, public.answers.visits))


def _fixed(context: Context, day: str) -> Fixed:
    """The sections that are the same in any detail."""
    made = (
        why_section(context),
        who_section(context),
        next_section(context),
        about_section(context, day),
    )
    return {section.id: section for section in made}


def words_in(article: Article) -> int:
    """The words of a summary without those that are looked up."""
    read = (section for section in article.sections if section.id not in _LOOKED_UP)
    text = " ".join(line for section in read for line in section.lines())
    return words_of(text, article.language)


def _article(context: Context, fixed: Fixed, day: str) -> Article:
    before = list(_sections(context, fixed))
    words = words_section(context, [*before, fixed["about"]])
    return Article(
        context.language,
        title_of(context),
        tuple(_notes(context)),
        (*before, words, fixed["about"]),
        context.public.version,
        day,
    )


def _sections(context: Context, fixed: Fixed) -> Iterator[Section]:
    """The sections before the words explained."""
    yield key_section(context)
    yield fixed["why"]
    yield fixed["who"]
    yield done_section(context)
    yield found_section(context)
    yield sure_section(context)
    yield limits_section(context)
    yield fixed["next"]


def found_section(context: Context) -> Section:
    """Every question with its answers; how many answers cannot be told is said before."""
    language = context.language
    return Section(
        "found",
        language.tell("What was found"),
        paragraphs=tuple(_before_answers(context)),
        asked=tuple(_asked(context)),
    )


def _asked(context: Context) -> Iterator[Asked]:
    """The questions with their answers; where they are too many, those with an answer before those
    without, and the rest counted.
    """
    ranked = sorted(context.found, key=lambda found: not found.has_claim)
    apart = ranked[: context.telling.detail.questions]
    yield from (found.asked() for found in context.found if found in apart)
    rest = [found for found in context.found if found not in apart]
    if rest:
        yield _more(rest, context.language)


def _more(rest: Sequence[Found], language: Language) -> Asked:
    """Questions that are counted, with how their answers ended."""
    words = language.count(
        "{n} more question was asked. Whoever gave you this page has the answers.",
        "{n} more questions were asked. Whoever gave you this page has the answers.",
        len(rest),
    )
    ended: dict[Certainty, list[Finding]] = {}
    for finding in (each for found in rest for each in found.findings):
        ended.setdefault(certainty_of(finding), []).append(finding)
    answers = (_counted(certainty, each, language) for certainty, each in ended.items())
    return Asked(rest[0].question.id, words, tuple(answers))


def _counted(certainty: Certainty, findings: Sequence[Finding], language: Language) -> PlainAnswer:
    told = language.count(
        "{n} comparison: {certainty}.",
        "{n} comparisons: {certainty}.",
        len(findings),
        certainty=certainty_words(certainty, language),
    )
    return PlainAnswer(tuple(findings), certainty, told)


def _before_answers(context: Context) -> Iterator[str]:
    if not context.study.questions:
        yield context.language.tell("No question was asked, so there is no answer.")
    if context.usual:
        counts = [Count(group, Between(*ends[:1], *ends)) for group, ends in context.usual.items()]
        people = context.telling.people(counts)
        yield context.language.tell(
            "Where nothing else is said, answers rest on {people}.", people=people
        )
    yield from _visits(context)
    yield from context.hidden.sentences(context.language)


def _visits(context: Context) -> Iterator[str]:
    """Which visit the answers are about that name none, where there are several."""
    visits = dict.fromkeys(answer.finding.visit for answer in context.answers)
    named = [one_line(visit) for visit in visits if visit]
    if named:
        visit = context.language.listed(named)
        # Translators: {visit} is the number or the name of a visit, such as "1" or "intake".
        yield context.language.tell(
            "Where no visit is named, answers are about visit {visit}.", visit=visit
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
    names = dict.fromkeys(context.telling.names.not_plain())
    if names:
        listed = context.language.listed(
            context.language.tell("“{name}”", name=name) for name in names
        )
        yield context.language.tell(
            "These names stand as the study gives them: {names}.", names=listed
        )
