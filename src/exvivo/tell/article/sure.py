"""How sure the answers are, and what they do not show."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from exvivo.study import Mediation
from exvivo.study.question_records import margin_of
from exvivo.tell.article.asks import PLAIN_ASKS
from exvivo.tell.article.certainty import certainty_of, meanings
from exvivo.tell.article.context import Context
from exvivo.tell.article.folds import fold_words
from exvivo.tell.article.records import Section
from exvivo.tell.families import any_false, families_of


def sure_section(context: Context) -> Section:
    """What chance can do, and what the words of certainty mean."""
    language = context.language
    certainties = [certainty_of(answer.finding) for answer in context.answers]
    hypothesis = any(isinstance(found.question, Mediation) for found in context.found)
    return Section(
        "sure",
        language.tell("How sure we can be"),
        paragraphs=tuple(filter(None, [language.joined(_chance(context))])),
        points=(*meanings(certainties, language, hypothesis=hypothesis), *_margins(context)),
    )


def _margins(context: Context) -> Iterator[str]:
    """How far apart two sides may be that are called much the same, for each margin declared."""
    language = context.language
    same = (found for found in context.found if found.has_same)
    margins = sorted({margin_of(found.question) or 0.0 for found in same} - {0.0})
    for margin in margins:
        yield language.tell(
            "“Much the same” here lies between {low} and {high}.",
            low=fold_words(-margin, "down", language),
            high=fold_words(margin, "up", language),
        )


def _chance(context: Context) -> Iterator[str]:
    """What chance alone could bring about, over all that was asked."""
    language = context.language
    families = families_of(context.public.answers.every)
    if not families:
        yield language.tell("No comparison gave a number that could be held against chance.")
        return
    yield language.tell("Chance alone can make groups look different.")
    # Rounded first: 0.05 in floating point is no reason to say 6 for 5.
    percent = ceil(round(100 * any_false(context.study.plan, families), 6))
    yield language.tell(
        "Counting everything that was asked, at most {number} of 100 such studies would claim "
        "something if nothing at all were different.",
        number=language.number(percent),
    )


def limits_section(context: Context) -> Section:
    """What the answers do not show, by the kinds of the questions that have one."""
    heading = context.language.tell("What this study does not show")
    return Section("limits", heading, points=tuple(dict.fromkeys(_limits(context))))


def _limits(context: Context) -> Iterator[str]:
    language = context.language
    claimed = (found.question.ask for found in context.found if found.has_claim)
    yield from (PLAIN_ASKS[ask].limit(language) for ask in claimed)
    if context.study.cell_types:
        yield language.tell("Cells in a dish are only a model of cells in the body.")
    yield language.tell("Nothing here is advice: ask your doctor before you change a treatment.")
