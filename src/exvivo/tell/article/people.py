"""Who took part, and what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.findings import Count
from exvivo.study import CellType, Identity, Study
from exvivo.study.plain_terms import term_of
from exvivo.tell.article.context import Context
from exvivo.tell.article.records import Section
from exvivo.tell.article.telling import Telling, short_enough
from exvivo.tell.share.people import Level, People, counted, is_age

_MADE = frozenset(
    {
        "induced microglia-like cell",
        "stem cell-derived microglia",
        "monocyte-derived macrophage",
        "monocyte-derived dendritic cell",
        "hepatocyte-like cell",
    }
)
"""Kinds of cells of the catalog that are made in the lab from others."""


def who_section(context: Context) -> Section:
    """The people by group, their ages in bands, and how they were chosen."""
    language, summary = context.language, context.study.summary
    paragraphs = [
        language.joined([_people(context), *_too_small(context)]),
        language.own(summary.chosen) or language.tell("How people were chosen is not stated."),
        language.own(summary.part_by_people)
        or language.tell("Whether patients had a part in planning the study is not stated."),
    ]
    heading = language.tell("Who took part")
    ages = tuple(_ages(context))
    return Section("who", heading, paragraphs=tuple(filter(None, paragraphs)), points=ages)


def _people(context: Context) -> str:
    people = context.public.people
    counts = [Count(group, people.sizes[group]) for group in people.groups]
    if not counts:
        return context.language.tell("How many people took part cannot be told here.")
    return context.language.tell(
        "The study is about {people}.", people=context.telling.people(counts)
    )


def _too_small(context: Context) -> Iterator[str]:
    """How many groups have too few people to be told of."""
    groups = len(context.public.people.too_small)
    if groups and not context.public.people.groups:
        yield context.language.count(
            "{n} group is too small to be told of here.",
            "{n} groups are too small to be told of here.",
            groups,
        )
    elif groups:
        yield context.language.count(
            "{n} more group is too small to be told of here.",
            "{n} more groups are too small to be told of here.",
            groups,
        )


def _ages(context: Context) -> Iterator[str]:
    """How many people of each group are in each band of ten years, as far as it may be told."""
    people, language = context.public.people, context.language
    names = [each.name or each.id for each in people.known if is_age(each)]
    levels = [level for level in people.levels if level.name in names]
    if not levels:
        yield language.tell("Ages are not stated.")
        return
    bands = [each for each in _bands(levels[0], people) if each.counts]
    yield from (_band(each, context) for each in bands)
    told = sum(count.n for band in bands for count in band.counts)
    if not told:
        yield language.tell("Ages are not told here: too few people are of the same age.")
    elif told < sum(people.sizes.values()):
        yield language.tell("Other ages are not told here: too few people have them.")


@dataclass(frozen=True, slots=True)
class _Band:
    """Ages from `low` to `high`, with the people of each group whose number may be told."""

    low: int
    high: int
    counts: tuple[Count, ...]


def _bands(level: Level, people: People) -> Iterator[_Band]:
    """The bands of ages; not what is unknown, or several bands as one."""
    for name, row in zip(level.order, counted(level, people), strict=True):
        ends = [int(end) for end in name.split(" to ") if end.isdigit()]
        if len(ends) == 2:
            pairs = zip(people.groups, row, strict=True)
            counts = tuple(Count(group, n) for group, n in pairs if n)
            yield _Band(ends[0], ends[1], counts)


def _band(band: _Band, context: Context) -> str:
    return context.language.tell(
        "Aged {low} to {high}: {people}",
        low=context.language.number(band.low),
        high=context.language.number(band.high),
        people=context.telling.people(band.counts),
    )


def why_section(context: Context) -> Section:
    """Why the study was done, as it declares it."""
    language = context.language
    why = language.own(context.study.summary.why)
    told = why or language.tell("Why the study was done is not stated in plain words.")
    return Section("why", language.tell("Why this study was done"), paragraphs=(told,))


def done_section(context: Context) -> Section:
    """What was done, step by step."""
    return Section(
        "done",
        context.language.tell("What was done"),
        paragraphs=(context.language.joined(_steps(context)),),
    )


def _steps(context: Context) -> Iterator[str]:
    language, study = context.language, context.study
    yield from _cells(context)
    if study.plates:
        yield short_enough(_measured, context.telling)
    if any(isinstance(each, Identity) for each in study.questions):
        yield language.tell("We compared how strongly genes are used in these cells and in others.")
    if not study.plates and not study.questions:
        yield language.tell("Nothing has been measured yet.")


def _cells(context: Context) -> Iterator[str]:
    """What cells were examined, what they were made into, and what they were given."""
    study, names = context.study, context.telling.names
    if study.simulated:
        yield context.language.tell("All of this was made up by a computer.")
    if study.cell_types:
        yield from _kinds(context)
    elif not study.simulated:
        yield context.language.tell("Samples of these people were examined in the lab.")
    given = [names.stimulus(each.id) for each in study.stimuli if not each.control]
    if given and study.cell_types:
        yield from _given(context.telling.given(given), context)


def _kinds(context: Context) -> Iterator[str]:
    """The kinds of cells: those made in the lab, and those that people have."""
    study, language = context.study, context.language
    made, own = _called(context, made=True), _called(context, made=False)
    if made and study.simulated:
        yield language.tell(
            "In this made-up study, cells of these people were made into {cells}.", cells=made
        )
    elif made:
        yield language.tell("In the lab, cells of these people were made into {cells}.", cells=made)
    if own and study.simulated:
        yield language.tell("In this made-up study, these cells were examined: {cells}.", cells=own)
    elif own:
        yield language.tell(
            "In the lab, these cells of the people were examined: {cells}.", cells=own
        )


def _called(context: Context, *, made: bool) -> str:
    """The cells of the study that were made in the lab, or those that were not; may be empty."""
    ids = [each.id for each in context.study.cell_types if _is_made(each, context.study) == made]
    names = context.telling.names
    return context.telling.kinds([names.cells(each) for each in ids]) if ids else ""


def _is_made(cells: CellType, study: Study) -> bool:
    """Whether cells were made in the lab: by the catalog, else where it is said how."""
    known = term_of(study, "cell type", cells.id).lay
    return known.id in _MADE if known is not None else bool(cells.protocol)


def _given(stimuli: str, context: Context) -> Iterator[str]:
    """What cells were given, and what those to compare with."""
    language, control = context.language, context.telling.names.control()
    yield language.tell("Some cells were given {stimuli}.", stimuli=stimuli)
    if control:
        yield language.tell(
            "Other cells of the same people were given {stimuli}, to compare with.",
            stimuli=control,
        )
    elif context.study.control_stimulus():
        yield language.tell("Other cells of the same people were given nothing, to compare with.")


def _measured(telling: Telling) -> str:
    study, names = telling.study, telling.names
    analytes = telling.measured([each.id for each in study.analytes])
    readouts = dict.fromkeys(names.readout(each.readout) for each in study.assays)
    return telling.language.tell(
        "Then this was measured: {analytes}, as {readouts}.",
        analytes=analytes,
        readouts=telling.language.listed(readouts),
    )
