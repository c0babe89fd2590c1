"""The title, which says the answer, and the key messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from exvivo.study import Difference
from exvivo.tell.article.asks.subject import cells_of
from exvivo.tell.article.certainty import CLAIMS, certainty_of
from exvivo.tell.article.context import Context
from exvivo.tell.article.found import people_of, sentence
from exvivo.tell.article.records import Section
from exvivo.tell.article.sizes import size
from exvivo.tell.article.telling import Alike, is_short


def title_of(context: Context) -> str:
    """What the study found, or that it cannot tell; that data are simulated stands before it."""
    told = _answer_in_short(context)
    if context.study.simulated:
        return context.language.tell("Simulated data: {title}", title=told)
    return told


def _answer_in_short(context: Context) -> str:
    main = _main(context)
    if not main:
        return context.language.tell("A study of {people}", people=_groups(context))
    brief = replace(main[0], under_question=not _names_people(main[0]))
    return sentence(_readable(_without_readouts(brief, context))).rstrip(".。")


def _without_readouts(alike: Alike, context: Context) -> Alike:
    """An answer without what was read, where it holds for all that was."""
    if not _all_readouts(alike, context):
        return alike
    detail = replace(alike.telling.detail, readouts=False)
    return replace(alike, telling=replace(alike.telling, detail=detail))


def _names_people(alike: Alike) -> bool:
    """Whether the long sentence says among whom, which no reader could guess: what people take is
    not what cells were given.
    """
    return alike.question.ask in ("change", "treatment")


def _all_readouts(alike: Alike, context: Context) -> bool:
    """Whether an answer holds for all that the study read of its analytes for the question."""
    question = alike.question.id
    every = (each.finding for each in context.answers if each.finding.question == question)
    analytes = {finding.analyte for finding in alike.findings}
    return all(each in alike.findings for each in every if each.analyte in analytes)


def _groups(context: Context) -> str:
    names = (context.telling.names.group(group) for group in context.public.people.groups)
    return context.language.listed(names)


def _main(context: Context) -> list[Alike]:
    """The answers by how much they say: claims, then what stays open; tests of the study itself,
    searches and hypotheses last.
    """
    brief = replace(context.telling, detail=replace(context.telling.detail, claims=0))
    asked = (replace(found, telling=brief) for found in context.found)
    every = [alike for found in asked for alike in found.alike()]
    return sorted(every, key=_rank)


def _rank(alike: Alike) -> tuple[bool, bool, bool]:
    claim = alike.certainty in CLAIMS
    return (not claim, _is_aside(alike), alike.certainty == "no_answer")


def _is_aside(alike: Alike) -> bool:
    """Whether a question is not what a study is about."""
    question = alike.question
    if isinstance(question, Difference):
        return question.negative_control or question.screen
    return alike.question.ask == "mediation"


def key_section(context: Context) -> Section:
    """Three messages: what was found, what else, and how far that goes."""
    heading = context.language.tell("Key messages")
    return Section("key", heading, points=tuple(_messages(context)))


def _messages(context: Context) -> Iterator[str]:
    main = _main(context)
    for place, alike in enumerate(_first_two(main)):
        yield _message(_short(alike, context), sized=not place)
    yield context.language.joined([_tally(context), _how_far(context)])


def _short(alike: Alike, context: Context) -> Alike:
    """An answer without what was read where it would be too long for a sentence."""
    if is_short(sentence(alike), alike.language):
        return alike
    return _without_readouts(alike, context)


def _first_two(main: Sequence[Alike]) -> Sequence[Alike]:
    """The main answer and one of another question; before it a difference where none was expected,
    as that speaks against the rest.
    """
    rest = [alike for alike in main if alike.question is not main[0].question]
    against = [alike for alike in rest if _speaks_against(alike)]
    return [*main[:1], *(against or rest)[:1]]


def _speaks_against(alike: Alike) -> bool:
    question = alike.question
    control = isinstance(question, Difference) and question.negative_control
    return control and alike.certainty in ("higher", "lower")


def _message(alike: Alike, *, sized: bool) -> str:
    """An answer; the main one with its size."""
    alike = _readable(alike)
    told = [sentence(alike), *_left_out(alike), _behind(alike, sized=sized)]
    return alike.language.joined(told)


def _readable(alike: Alike) -> Alike:
    """Answers whose sentence can be read at once: where all are too many for it, those about the
    most analytes of which the same was read.
    """
    if is_short(sentence(alike), alike.language):
        return alike
    read: dict[str, frozenset[str]] = {}
    for each in alike.findings:
        read[each.analyte] = read.get(each.analyte, frozenset()) | {each.readout}
    most = Counter(read.values()).most_common(1)[0][0]
    part = (each for each in alike.findings if read[each.analyte] == most)
    return replace(alike, findings=tuple(part))


def _left_out(alike: Alike) -> Iterator[str]:
    """The cells that an answer is about, and the people, where its sentence cannot hold them."""
    if sentence(alike) != sentence(replace(alike, under_question=True)):
        return
    yield cells_of(alike.question, alike.telling)
    if _names_people(alike) and not alike.first.scale:
        people = alike.telling.people(people_of(alike.findings))
        yield alike.language.tell("This rests on {people}.", people=people)


def _behind(alike: Alike, *, sized: bool) -> str:
    if _speaks_against(alike):
        return alike.language.tell(
            "No difference was expected there, so this casts doubt on the rest."
        )
    return size(alike) if sized and alike.certainty in CLAIMS else ""


def _tally(context: Context) -> str:
    """How many comparisons were made, and how they ended."""
    counts = Counter(certainty_of(answer.finding) for answer in context.answers)
    claims, total = sum(counts[each] for each in CLAIMS), counts.total()
    language = context.language
    if not total:
        return language.tell("There is no answer that can be told here.")
    if context.hidden:
        return _tally_of_told(total, claims, context)
    if claims == total:
        return language.count(
            "The study made {n} comparison and found an answer.",
            "The study made {n} comparisons and found an answer in each.",
            total,
        )
    if not claims:
        return language.count(
            "The study made {n} comparison, and we cannot tell.",
            "The study made {n} comparisons. In none of them can we tell.",
            total,
        )
    answered = language.number(claims)
    return language.count(
        "The study made {n} comparison. It found an answer in {answered}.",
        "The study made {n} comparisons. It found an answer in {answered}; in the others we cannot "
        "tell.",
        total,
        answered=answered,
    )


def _tally_of_told(told: int, claims: int, context: Context) -> str:
    """The same where some comparisons may not be told."""
    language = context.language
    gaps = {"told": language.number(told), "total": language.number(told + context.hidden)}
    if claims == told:
        return language.tell(
            "This page tells {told} of {total} comparisons, all of them with an answer.", **gaps
        )
    if not claims:
        return language.tell(
            "This page tells {told} of {total} comparisons. In none of them can we tell.",
            **gaps,
        )
    return language.tell(
        "This page tells {told} of {total} comparisons. It has an answer for {answered}; for the "
        "others we cannot tell.",
        answered=language.number(claims),
        **gaps,
    )


def _how_far(context: Context) -> str:
    """That cells in a dish are no people."""
    if not context.study.cell_types:
        return context.language.tell("It does not show what causes what.")
    return context.language.tell(
        "All of this was seen in the lab. It does not show what happens in the body, or what "
        "causes what."
    )
