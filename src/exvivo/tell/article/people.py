"""Who took part, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.findings import Count
from exvivo.study import Identity
from exvivo.tell.article.context import Context
from exvivo.tell.article.records import Section
from exvivo.tell.share.people import Level, counted, is_age


def who_section(context: Context) -> Section:
    """The people by group, their ages in bands, and how they were chosen."""
    language, summary = context.language, context.study.summary
    paragraphs = [
        language.joined([_people(context), *_too_small(context)]),
        language.joined(_ages(context)),
        language.own(summary.chosen) or language.tell("How people were chosen is not stated."),
        language.own(summary.part_by_people)
        or language.tell("Whether patients had a part in planning the study is not stated."),
    ]
    heading = language.tell("Who took part")
    return Section("who", heading, paragraphs=tuple(filter(None, paragraphs)))


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
    if groups:
        yield context.language.count(
            "{n} more group is too small to be told of here.",
            "{n} more groups are too small to be told of here.",
            groups,
        )


def _ages(context: Context) -> Iterator[str]:
    """The ages of each group in bands of ten years."""
    people = context.public.people
    names = [each.name or each.id for each in people.known if is_age(each)]
    levels = [level for level in people.levels if level.name in names]
    if not levels:
        yield context.language.tell("Ages are not stated.")
        return
    bands = [_bands(levels[0], place, context) for place in range(len(people.groups))]
    if not any(bands):
        yield context.language.tell("Ages are not told here: too few people are of the same age.")
        return
    shown = [(group, told) for group, told in zip(people.groups, bands, strict=True) if told]
    yield from (_ages_of(group, [words for words, _ in told], context) for group, told in shown)
    if sum(n for _, told in shown for _, n in told) < sum(people.sizes.values()):
        yield context.language.tell("Other ages are not told here: too few people have them.")


def _bands(level: Level, place: int, context: Context) -> list[tuple[str, int]]:
    """The bands of a group whose numbers may be told, `40 to 49 (6)`, each with its number."""
    rows = zip(level.order, counted(level, context.public.people), strict=True)
    shown = [(name, row[place]) for name, row in rows]
    return [(_band(name, n, context), n) for name, n in shown if n and _is_band(name)]


def _is_band(name: str) -> bool:
    """Whether a level is a band of ages: not one that is unknown, or of several bands."""
    return len(_ends(name)) == 2


def _ends(name: str) -> list[int]:
    return [int(end) for end in name.split(" to ") if end.isdigit()]


def _band(name: str, n: int, context: Context) -> str:
    low, high = map(context.language.number, _ends(name))
    return context.language.tell(
        "{low} to {high} ({n})", low=low, high=high, n=context.language.number(n)
    )


def _ages_of(group: str, bands: Sequence[str], context: Context) -> str:
    """The ages of a group that may be told."""
    return context.language.tell(
        "Ages of {group} (number of people): {bands}.",
        group=context.telling.names.group(group),
        bands=context.language.listed(bands),
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
        yield _measured(context)
    if any(isinstance(each, Identity) for each in study.questions):
        yield language.tell("We compared how strongly genes are used in these cells and in others.")
    if not study.plates and not study.questions:
        yield language.tell("Nothing has been measured yet.")


def _cells(context: Context) -> Iterator[str]:
    """What cells were made into, and what they were given."""
    language, study, names = context.language, context.study, context.telling.names
    if not study.cell_types:
        yield language.tell("Samples of these people were examined in the lab.")
        return
    cells = context.telling.kinds([names.cells(each.id) for each in study.cell_types])
    yield language.tell("In the lab, cells of these people were made into {cells}.", cells=cells)
    given = [names.stimulus(each.id) for each in study.stimuli if not each.control]
    if given:
        listed = context.telling.given(given)
        yield language.tell("Some cells were given {stimuli}.", stimuli=listed)
    if given and study.control_stimulus():
        yield language.tell("Other cells of the same people were given nothing, to compare with.")


def _measured(context: Context) -> str:
    language, study, names = context.language, context.study, context.telling.names
    analytes = context.telling.measured([each.id for each in study.analytes])
    readouts = language.listed(dict.fromkeys(names.readout(each.readout) for each in study.assays))
    return language.tell(
        "Then this was measured: {analytes}, as {readouts}.", analytes=analytes, readouts=readouts
    )
