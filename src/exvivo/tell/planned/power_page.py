"""The report of the power of a study: one page that holds its figures, and their data beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.findings import Verdict
from exvivo.study import Question, Study
from exvivo.tell.asks import ASKS
from exvivo.tell.drawn import Drawn, drawn, write_figure
from exvivo.tell.figures.chart import Figure, grouped
from exvivo.tell.page import rendered
from exvivo.tell.planned import bought, curves, verdicts
from exvivo.tell.planned.grids import planned_place, varying
from exvivo.tell.planned.names import (
    BOUGHT,
    answer_words,
    chance,
    name_of,
    percent,
    reach,
    size_words,
    times,
    truth_words,
)
from exvivo.tell.planned.records import Figured, Outlook, PowerTable, PriorOutlook, Purchase
from exvivo.tell.planned.rests_on import STATED_BY, number_words
from exvivo.tell.planned.sentences import LIMITS, lacking_words, made_words, outlook_sentences
from exvivo.tell.words import interval, number
from exvivo.tell.written import Written
from exvivo.units import UNITS
from exvivo.words import NO_NUMBER

_SHOWN: tuple[Verdict, ...] = ("supported", "equivalent", "not resolved", "not estimable")


@dataclass(frozen=True, slots=True)
class Row:
    """What is expected of an answer in one size, as texts of a table."""

    about: str
    truth: str
    power: str
    hoped: Verdict
    exact: str
    whole_exact: str
    reach: str
    exaggeration: str
    wrong_sign: str
    wrong_share: str
    verdicts: tuple[str, ...]
    type_one: str
    equivalent_at_zero: str
    size: tuple[str, ...]
    is_planned: bool
    sentences: tuple[str, ...]
    lacking: str


@dataclass(frozen=True, slots=True)
class Bought:
    """A change and what it buys, as texts of a table."""

    about: str
    change: str
    costs: str
    before: str
    after: str
    student: str
    reach_before: str
    reach_after: str


@dataclass(frozen=True, slots=True)
class OfField:
    """What the field knows of an analyte, as texts of a table."""

    about: str
    smd: str
    source: str
    student: str
    welch: str
    half_width: str
    wrong_sign: str
    exaggeration: str
    needed: str


@dataclass(frozen=True, slots=True)
class Block:
    """A question: its words, what is expected of its answers as planned, its figures, and every
    number.
    """

    anchor: str
    short: str
    heading: str
    answers: tuple[Row, ...]
    numbers: tuple[Row, ...]
    purchases: tuple[Bought, ...]
    verdicts: Drawn | None
    bought: Drawn | None
    curves: Drawn | None

    @property
    def has_student(self) -> bool:
        """Whether Student's test is known of any change."""
        return any(each.student != NO_NUMBER for each in self.purchases)

    @property
    def figures(self) -> list[Drawn]:
        """The figures that there are."""
        return [each for each in (self.verdicts, self.bought, self.curves) if each]


def power_page(table: PowerTable, study: Study, *, version: str) -> tuple[str, list[Drawn]]:
    """The page, and the figures in it, whose data are to be written beside it."""
    blocks = blocks_of(table, study)
    page = rendered(
        "planned_power.html",
        study=study,
        version=version,
        planned=size_words(table.sizes[planned_place(table.sizes)], study),
        made=made_words(table),
        blocks=blocks,
        warnings=table.warnings,
        axes=[axis.short for axis in varying(table.sizes)],
        verdicts=_SHOWN,
        assumed=[
            (number_words(each, study), STATED_BY[each.origin], each) for each in table.assumed
        ],
        priors=[_of_field(each, study) for each in table.priors],
        alpha=f"{table.alpha:g}",
        limits=LIMITS,
    )
    return page, [figure for block in blocks for figure in block.figures]


def write_power_page(table: PowerTable, study: Study, written: Written, *, version: str) -> None:
    """Write `report.html` and, into `report_data`, the data, specification and drawing of each
    figure.
    """
    page, figures = power_page(table, study, version=version)
    (written.folder / "report_data").mkdir(exist_ok=True)
    for each in figures:
        write_figure(each, written, simulated=True)
    written.text("report.html", page)


def planned_rows(table: PowerTable, study: Study) -> Iterator[tuple[str, list[Row]]]:
    """Each question in words, and what is expected of its answers in the planned size."""
    planned = planned_place(table.sizes)
    asked = grouped((each.question, each) for each in table.outlooks if each.size == planned)
    for question in study.questions:
        if question.id in asked:
            rows = [_row(each, table, study) for each in asked[question.id]]
            yield ASKS[question.ask].words(question, study), rows


def blocks_of(table: PowerTable, study: Study) -> list[Block]:
    """A block for each question that the table has answers of."""
    asked = grouped((each.question, each) for each in table.outlooks)
    questions = [each for each in study.questions if each.id in asked]
    return [
        _block(count, question, asked[question.id], table, study)
        for count, question in enumerate(questions, 1)
    ]


def _block(
    count: int, question: Question, outlooks: Sequence[Outlook], table: PowerTable, study: Study
) -> Block:
    planned = [each for each in outlooks if each.size == planned_place(table.sizes)]
    own = [each for each in bought.worth_showing(table) if each.question == question.id]
    ordered = [each for _, each in sorted(_ranked(own), key=lambda pair: pair[0])]
    return Block(
        anchor=f"q{count}",
        short=question.id.replace("_", " "),
        heading=ASKS[question.ask].words(question, study),
        answers=tuple(_row(each, table, study) for each in planned),
        numbers=tuple(_row(each, table, study) for each in outlooks),
        purchases=tuple(_bought(each, study, outlooks) for each in ordered),
        verdicts=_drawn(verdicts.figure(planned, study=study, name=f"q{count}_verdicts"), study),
        bought=_drawn(bought.figure(own, study=study, name=f"q{count}_buys"), study),
        curves=_drawn(curves.figure(outlooks, table, study=study, name=f"q{count}_sizes"), study),
    )


def _ranked(purchases: Sequence[Purchase]) -> Iterator[tuple[tuple[int, float], Purchase]]:
    """Purchases with their rank: by answer, the largest gain first."""
    names = list(dict.fromkeys(map(name_of, purchases)))
    for each in purchases:
        yield (names.index(name_of(each)), -bought.gain_of(each)), each


def _drawn(figure: Figure | None, study: Study) -> Drawn | None:
    return drawn(figure, study) if figure else None


def _row(outlook: Outlook, table: PowerTable, study: Study) -> Row:
    size = table.sizes[outlook.size]
    zero = outlook.at_zero
    return Row(
        about=answer_words(outlook, study),
        truth=truth_words(outlook),
        power=chance(outlook.power),
        hoped=outlook.hoped,
        exact=_exact(outlook),
        whole_exact=NO_NUMBER if outlook.power.exact is None else percent(outlook.power.exact),
        reach=reach(outlook.half_width.value, UNITS[outlook.unit]),
        exaggeration=times(outlook.exaggeration),
        wrong_sign=chance(outlook.wrong_sign),
        wrong_share=percent(outlook.wrong_sign.value),
        verdicts=tuple(_share(outlook.verdicts.get(each)) for each in _SHOWN),
        type_one=_chance(zero.get("supported")),
        equivalent_at_zero=_share(zero.get("equivalent")),
        size=tuple(axis.label(size) for axis in varying(table.sizes)),
        is_planned=outlook.size == planned_place(table.sizes),
        sentences=tuple(outlook_sentences(outlook)),
        lacking=lacking_words(outlook),
    )


def _exact(outlook: Outlook) -> str:
    """The chance by formula; that of the answer by itself where its family has none."""
    if outlook.power.exact is not None:
        return percent(outlook.power.exact)
    if outlook.alone.exact is not None and outlook.hoped == "supported":
        return f"{percent(outlook.alone.exact)} (by itself)"
    return NO_NUMBER


def _chance(figured: Figured | None) -> str:
    return NO_NUMBER if figured is None else chance(figured)


def _share(figured: Figured | None) -> str:
    return NO_NUMBER if figured is None else percent(figured.value)


def _of_field(prior: PriorOutlook, study: Study) -> OfField:
    return OfField(
        about=study.name_of(prior.analyte),
        smd=f"{number(prior.smd)} ({interval(prior.lower, prior.upper)})",
        source=prior.source,
        student=percent(prior.student),
        welch=percent(prior.welch),
        half_width=f"± {number(prior.half_width)} SD",
        wrong_sign=percent(prior.wrong_sign),
        exaggeration=f"{prior.exaggeration:.1f} times",
        needed=str(prior.needed),
    )


def _bought(purchase: Purchase, study: Study, outlooks: Sequence[Outlook]) -> Bought:
    unit = next(UNITS[each.unit] for each in outlooks if name_of(each) == name_of(purchase))
    before, after = bought.ends_of(purchase)
    return Bought(
        about=answer_words(purchase, study),
        change=BOUGHT.get(purchase.change, purchase.change),
        costs=bought.cost_words(purchase),
        before=chance(before),
        after=chance(after),
        student=bought.student_words(purchase),
        reach_before=reach(purchase.half_width_before, unit),
        reach_after=reach(purchase.half_width_after, unit),
    )
