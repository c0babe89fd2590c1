"""The title, which says the answer, and the key messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from exvivo.study import Difference
from exvivo.tell.article.asks.subject import cells_of
from exvivo.tell.article.certainty import CLAIMS, certainty_of
from exvivo.tell.article.context import Context
from exvivo.tell.article.found import people_of, sentence
from exvivo.tell.article.records import Certainty, Section
from exvivo.tell.article.sizes import size
from exvivo.tell.article.telling import Alike, is_short
from exvivo.tell.language import Language


def title_of(context: Context) -> str:
    """What the study found, or that it cannot tell; that data are simulated stands before it."""
    told = _answer_in_short(context)
    if context.study.simulated:
        return context.language.tell("Simulated data: {title}", title=told)
    return told


def _answer_in_short(context: Context) -> str:
    main = _main(context)
    if not main:
        return _without_answer(context)
    if not _may_be_title(main, context):
        return context.language.tell("What a study of {people} found", people=_groups(context))
    brief = replace(main[0], under_question=not _names_people(main[0]))
    return _with_people(_readable(_without_readouts(brief, context))).rstrip(".。")


def _without_readouts(alike: Alike, context: Context) -> Alike:
    """An answer without what was read, where it holds for all that was."""
    if not _all_readouts(alike, context):
        return alike
    detail = replace(alike.telling.detail, readouts=False)
    return replace(alike, telling=replace(alike.telling, detail=detail))


def _with_people(alike: Alike) -> str:
    """The sentence of a title; with the people behind it where they had no place in it."""
    told = sentence(alike)
    if not _names_people(alike) or told != sentence(replace(alike, under_question=True)):
        return told
    people = alike.language.listed(alike.names.group(each.group) for each in alike.first.n)
    # Translators: {title} is a sentence without its full stop.
    return alike.language.tell("{title} ({people})", title=told.rstrip(".。"), people=people)


def _may_be_title(main: Sequence[Alike], context: Context) -> bool:
    """Whether the first answer may stand alone: it is firm, or all are open, and nothing that was
    found speaks against it. A title is quoted without what stands behind it.
    """
    if any(map(_speaks_against, main)):
        return False
    first = main[0]
    return first.certainty not in CLAIMS or (
        not _is_tempered(first, context) and not _is_aside(first)
    )


def _is_tempered(alike: Alike, context: Context) -> bool:
    """Whether something makes an answer worth less than its numbers say."""
    return any(map(context.is_tempered, alike.findings))


def _names_people(alike: Alike) -> bool:
    """Whether the long sentence says among whom, which no reader could guess: what people take is
    not what cells were given.
    """
    return alike.question.ask in ("change", "treatment", "effect")


def _all_readouts(alike: Alike, context: Context) -> bool:
    """Whether an answer holds for all that the study read of its analytes for the question."""
    question = alike.question.id
    every = (each.finding for each in context.answers if each.finding.question == question)
    analytes = {finding.analyte for finding in alike.findings}
    return all(each in alike.findings for each in every if each.analyte in analytes)


def _without_answer(context: Context) -> str:
    """The title of a study of which no answer is told: whom it is about, where that may be told."""
    if not context.public.people.groups:
        return context.language.tell("What this study found cannot be told here")
    return context.language.tell("A study of {people}", people=_groups(context))


def _groups(context: Context) -> str:
    names = (context.telling.names.group(group) for group in context.public.people.groups)
    return context.language.listed(names)


def _main(context: Context) -> list[Alike]:
    """The answers by how much they say: firm claims, those that need care, then what stays open;
    tests of the study itself, searches and hypotheses last.
    """
    brief = replace(context.telling, detail=replace(context.telling.detail, claims=0))
    asked = (replace(found, telling=brief) for found in context.found)
    every = [part for found in asked for alike in found.alike() for part in _parts(alike, context)]
    return sorted(every, key=lambda alike: _rank(alike, context))


def _parts(alike: Alike, context: Context) -> Iterator[Alike]:
    """Claims apart that are firm, and that need care; what is open as it is."""
    if alike.certainty not in CLAIMS:
        yield alike
        return
    for tempered in (False, True):
        part = [each for each in alike.findings if context.is_tempered(each) == tempered]
        if part:
            yield replace(alike, findings=tuple(part))


def _rank(alike: Alike, context: Context) -> tuple[bool, bool, bool, bool]:
    claim = alike.certainty in CLAIMS
    tempered = claim and _is_tempered(alike, context)
    return (not claim, _is_aside(alike), tempered, alike.certainty == "no_answer")


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
        doubted = _is_tempered(alike, context) or (not place and any(map(_speaks_against, main)))
        care = alike.certainty in CLAIMS and doubted
        yield _message(_short(alike, context), sized=not place, care=care)
    yield context.language.joined([_tally(context), _how_far(context)])


def _short(alike: Alike, context: Context) -> Alike:
    """An answer without what was read where it would be too long for a sentence."""
    if is_short(sentence(alike), alike.language):
        return alike
    return _without_readouts(alike, context)


def _first_two(main: Sequence[Alike]) -> Sequence[Alike]:
    """The main answer and one of another question that reads otherwise; before it a difference
    where none was expected, as that speaks against the rest.
    """
    rest = [alike for alike in main if alike.question is not main[0].question]
    against = [alike for alike in rest if _speaks_against(alike)]
    told = [sentence(_readable(alike)) for alike in main[:1]]
    others = (alike for alike in rest if sentence(_readable(alike)) not in told)
    return [*main[:1], *[*against, *others][:1]]


def _speaks_against(alike: Alike) -> bool:
    question = alike.question
    control = isinstance(question, Difference) and question.negative_control
    return control and alike.certainty in ("higher", "lower")


def _message(alike: Alike, *, sized: bool, care: bool) -> str:
    """An answer; the main one with its size, and that it needs care."""
    alike = _readable(alike)
    told = [sentence(alike), *_left_out(alike), _behind(alike, sized=sized)]
    if care:
        told.append(alike.language.tell("Take this with care."))
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
    sized = sized or alike.first.unit.reading == "coefficient"
    return size(alike) if sized and alike.certainty in CLAIMS else ""


def _tally(context: Context) -> str:
    """How many comparisons were made, and how they ended."""
    counts = Counter(certainty_of(answer.finding) for answer in context.answers)
    claims, total = sum(counts[each] for each in CLAIMS), counts.total()
    language = context.language
    if not total:
        return language.tell("There is no answer that can be told here.")
    if counts["no_answer"]:
        return language.joined([_made(total, context), _ended(counts, language)])
    if context.hidden.total:
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


def _made(told: int, context: Context) -> str:
    """How many comparisons were made, and how many of them are told."""
    language = context.language
    if not context.hidden.total:
        return language.count(
            "The study made {n} comparison.", "The study made {n} comparisons.", told
        )
    return language.tell(
        "This page tells {told} of {total} comparisons.",
        told=language.number(told),
        total=language.number(told + context.hidden.total),
    )


def _ended(counts: Mapping[Certainty, int], language: Language) -> str:
    """How comparisons ended, where some have no answer at all."""
    if counts["no_answer"] == sum(counts.values()):
        return language.tell("There is no answer to any of them.")
    return language.tell(
        "An answer was found in {answered}, we cannot tell in {open}, and {none} gave no answer.",
        answered=language.number(sum(counts[each] for each in CLAIMS if each in counts)),
        open=language.number(counts.get("cannot_tell", 0)),
        none=language.number(counts["no_answer"]),
    )


def _tally_of_told(told: int, claims: int, context: Context) -> str:
    """The same where some comparisons may not be told, and all others are answered or open."""
    language = context.language
    every = language.number(told + context.hidden.total)
    gaps = {"told": language.number(told), "total": every}
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
    """That cells in a dish are no people, and that nobody is behind simulated data; nothing where
    no answer was found.
    """
    language = context.language
    if not any(certainty_of(answer.finding) in CLAIMS for answer in context.answers):
        return ""
    if context.study.simulated:
        return language.tell("The data are made up: they show nothing of real people.")
    if not context.study.cell_types:
        return language.tell("It does not show what causes what.")
    return language.tell(
        "All of this was seen in the lab. It does not show what happens in the body, or what "
        "causes what."
    )
