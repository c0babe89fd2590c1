"""What was done, as a picture of its steps: people, cells made, what was added, what was measured,
what was compared. It is drawn from what the study declares, and nothing else stands in it.

Two drawings of the same steps: side by side for a page, below one another for a phone; the page
shows one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from exvivo.catalog.lay import lay_term
from exvivo.study import Association, Change, Identity, Mediation
from exvivo.tell.article.pictures import icons, paint
from exvivo.tell.article.pictures.sides import Behind
from exvivo.tell.article.records import Picture

_PAGE = 720.0
_TALL = 340.0
_SIGN = 52.0
_MOST = 5
"""Names of what was measured before they are counted."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its sign, and what it says; `beside` says what stands beside it, to compare with."""

    sign: str
    words: str
    beside: str = ""


def steps_of(behind: Behind) -> Iterator[Step]:
    """The steps of a study."""
    study, language, names = behind.study, behind.telling.language, behind.telling.names
    people = behind.public.people
    if people.groups:
        told = language.count("{n} person", "{n} people", sum(people.sizes.values()))
        yield Step(icons.person(), told)
    if study.cell_types:
        cells = behind.telling.kinds([names.cells(each.id) for each in study.cell_types])
        yield Step(icons.cells(), language.tell("Cells made in the lab: {cells}", cells=cells))
    yield from _added(behind)
    yield from _measured(behind)
    yield from _compared(behind)


def _added(behind: Behind) -> Iterator[Step]:
    """What cells were given; the control stands beside it."""
    study, language, names = behind.study, behind.telling.language, behind.telling.names
    given = [each for each in study.stimuli if not each.control]
    if not given:
        return
    named = behind.telling.given([names.stimulus(each.id) for each in given])
    words = language.tell("Added: {stimuli}", stimuli=named)
    control = study.control_stimulus()
    beside = language.tell("Beside it: cells without it") if control else ""
    yield Step(icons.added(), words, beside)


def _measured(behind: Behind) -> Iterator[Step]:
    """What was measured, and scores of questionnaires that a question asks about."""
    study, language, names = behind.study, behind.telling.language, behind.telling.names
    readouts = list(dict.fromkeys(assay.readout for assay in study.assays))
    if study.plates and study.analytes:
        analytes = behind.telling.measured([names.analyte(each.id) for each in study.analytes])
        as_ = language.listed(names.readout(each) for each in readouts)
        words = language.tell("Measured: {analytes}", analytes=analytes)
        yield Step(icons.measured(_known(readouts)), words, as_)
    if any(isinstance(each, Identity) for each in study.questions):
        yield Step(
            icons.measured(["mRNA"]), language.tell("Genes in use: compared with other cells")
        )
    scales = dict.fromkeys(_scales(behind))
    if scales:
        named = _few([names.scale(each) for each in scales], behind)
        yield Step(icons.scores(), language.tell("Asked of people: {scales}", scales=named))


def _known(readouts: Sequence[str]) -> list[str]:
    """The ids of readouts that the catalog knows."""
    terms = (lay_term("readouts", readout) for readout in readouts)
    return [term.id for term in terms if term]


def _scales(behind: Behind) -> Iterator[str]:
    for question in behind.study.questions:
        if isinstance(question, Association | Change | Mediation):
            yield from question.scales


def _few(names: Sequence[str], behind: Behind) -> str:
    """Names, or their number where there are many."""
    if len(names) <= _MOST:
        return behind.telling.language.listed(names)
    return behind.telling.language.count("{n} thing", "{n} things", len(names))


def _compared(behind: Behind) -> Iterator[Step]:
    """The groups that are compared."""
    groups, language = behind.public.people.groups, behind.telling.language
    if len(groups) < 2:
        return
    named = language.listed(behind.telling.names.group(group) for group in groups)
    signs = icons.compared([behind.style(group) for group in groups])
    yield Step(signs, language.tell("Compared: {groups}", groups=named))


def steps(behind: Behind) -> Picture | None:
    """The picture; None where the study declares less than two steps."""
    made = list(steps_of(behind))
    if len(made) < 2:
        return None
    texts = ["; ".join(filter(None, [step.words, step.beside])) for step in made]
    alt = behind.telling.language.tell(
        "Picture of the steps, one after another. {steps}.", steps="; ".join(texts)
    )
    return Picture("steps", _beside(made) + _below(made), alt)


def _beside(made: Sequence[Step]) -> str:
    """The steps side by side, with arrows between them."""
    wide = _PAGE / len(made)
    size = 12.5
    parts, bottom = [], 0.0
    for place, step in enumerate(made):
        middle = wide * (place + 0.5)
        parts.append(_sign(step, (middle, _SIGN / 2 + 4)))
        top = _SIGN + 12
        for words, colour in ((step.words, paint.INK), (step.beside, paint.MUTED)):
            lines = paint.wrapped(words, wide - 6, size) if words else []
            if lines:
                at = (middle, top)
                parts.append(paint.written(lines, at, size=size, align="center", colour=colour))
            top += paint.high(lines, size)
        bottom = max(bottom, top)
    middles = [wide * (place + 0.5) for place in range(len(made))]
    parts += [
        paint.arrow((a + 34, _SIGN / 2 + 4), (b - 34, _SIGN / 2 + 4)) for a, b in pairwise(middles)
    ]
    return paint.svg_of(parts, _PAGE, bottom + 4, named="beside")


def _below(made: Sequence[Step]) -> str:
    """The steps below one another."""
    size, left = 15.0, _SIGN + 16
    parts, top, middles = [], 4.0, []
    for step in made:
        words = paint.wrapped(step.words, _TALL - left, size)
        beside = paint.wrapped(step.beside, _TALL - left, size) if step.beside else []
        parts.append(_sign(step, (_SIGN / 2 + 2, top + _SIGN / 2)))
        room = paint.high(words, size) + paint.high(beside, size)
        start = top + max(0.0, (_SIGN - room) / 2)
        parts.append(paint.written(words, (left, start), size=size))
        if beside:
            at = (left, start + paint.high(words, size))
            parts.append(paint.written(beside, at, size=size, colour=paint.MUTED))
        middles.append((top, top + max(_SIGN, room)))
        top += max(_SIGN, room) + 22
    x = _SIGN / 2 + 2
    parts += [paint.arrow((x, a + _SIGN + 2), (x, b - 2)) for (a, _), (b, _) in pairwise(middles)]
    return paint.svg_of(parts, _TALL, top - 16, named="below")


def _sign(step: Step, at: paint.Point) -> str:
    return f'<g transform="translate({at[0]:.1f},{at[1]:.1f})">{step.sign}</g>'
