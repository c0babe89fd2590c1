"""An article with its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exvivo.tell.article.pictures.answers import picture_of
from exvivo.tell.article.pictures.sides import Behind, LookedUp
from exvivo.tell.article.pictures.steps import steps
from exvivo.tell.article.records import Article, Asked, Picture, Section
from exvivo.tell.article.telling import Detail, Telling
from exvivo.tell.share.public import Public

_DETAIL = Detail(names=6, claims=1)


def illustrated(
    article: Article,
    public: Public,
    *,
    handed_on: bool = False,
    looked_up: LookedUp | None = None,
) -> Article:
    """The article with a picture of the steps, one of each answer, and how to read them.
    `looked_up` keeps the results of its people for the next language.

    Each person is a dot only where the study declares that people agreed to it, and never in what
    is `handed_on` to the public: else bars stand in the place of people.
    """
    telling = Telling(public.study, article.language, _DETAIL, public.answers.visits)
    behind = Behind(public, telling, {} if looked_up is None else looked_up)
    people = public.study.summary.pictures == "people" and not handed_on
    sections = (_section(each, behind, people=people) for each in article.sections)
    return replace(article, sections=tuple(sections))


def _section(section: Section, behind: Behind, *, people: bool) -> Section:
    """A section with the pictures that belong to it."""
    if section.id == "done":
        drawn = steps(behind)
        return section if drawn is None else replace(section, pictures=(drawn,))
    if section.id != "found":
        return section
    asked = tuple(_asked(each, behind, people=people) for each in section.asked)
    pictures = [answer.picture for each in asked for answer in each.answers if answer.picture]
    reading = behind.telling.language.joined(_reading(pictures, behind, people=people))
    paragraphs = tuple(filter(None, (*section.paragraphs, reading)))
    return replace(section, asked=asked, paragraphs=paragraphs)


def _asked(asked: Asked, behind: Behind, *, people: bool) -> Asked:
    answers = (
        replace(answer, picture=picture_of(answer, behind, people=people))
        for answer in asked.answers
    )
    return replace(asked, answers=tuple(answers))


def _reading(pictures: list[Picture], behind: Behind, *, people: bool) -> Iterator[str]:
    """How the pictures are read, in a sentence or two."""
    language, kinds = behind.telling.language, {picture.name for picture in pictures}
    if "bars" in kinds and people:
        yield language.tell("Each dot is a person.")
    elif "bars" in kinds:
        yield language.tell("Along each bar lie about two thirds of its group.")
    if "range" in kinds:
        yield language.tell("A grey bar with a question mark shows what may be true.")
