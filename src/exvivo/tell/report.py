"""The report: one self-contained page that reads without a network and without scripts, and the
data behind its figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from exvivo.csv_text import csv_text
from exvivo.findings import Finding
from exvivo.flagged import flags_of
from exvivo.study import Question, Study
from exvivo.tell import quality, words
from exvivo.tell.article.files import write_summaries
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.parts import analytes_or_count
from exvivo.tell.checklist import FILE as CHECKLIST
from exvivo.tell.checklist import Checklist, checklist
from exvivo.tell.checklist import csv_frame as checklist_frame
from exvivo.tell.cohort import FILE, Cohort, cohort_of, csv_frame, shown
from exvivo.tell.cytometry import flow_items
from exvivo.tell.drawn import (
    DATA,
    Drawn,
    Kept,
    drawn,
    drawn_as_it_is,
    page_that_fits,
    write_figure,
)
from exvivo.tell.eyes import Eyes, eyes
from exvivo.tell.figures import forest, people_flow, specification
from exvivo.tell.figures.chart import Figure
from exvivo.tell.flow import Flow
from exvivo.tell.in_plain_words import InPlainWords
from exvivo.tell.locked import lock_sentences, look_sentence
from exvivo.tell.long_lists import linked_lists, write_lists
from exvivo.tell.methods import methods
from exvivo.tell.miqe import reporting_items
from exvivo.tell.names import about
from exvivo.tell.page import rendered
from exvivo.tell.panels import panel_notes
from exvivo.tell.phrases.terms import held_words
from exvivo.tell.provenance import Provenance
from exvivo.tell.put_back import PutBacks
from exvivo.tell.quality_figures import quality_figures
from exvivo.tell.reading import brief, of_marks
from exvivo.tell.rows import Row, at_place, row_of, way_to, with_flags, with_put_back
from exvivo.tell.share.public import Public
from exvivo.tell.share.suppress import SMALLEST
from exvivo.tell.simulated import truth_words
from exvivo.tell.stages import Stages
from exvivo.tell.stems import CHOICES, OVERVIEW, assay_of, question_stems
from exvivo.tell.tables import Shown, Tables, answers_of
from exvivo.tell.terminal import tally_words, warned_words
from exvivo.tell.visits import visit_sentence
from exvivo.tell.ways import JOINT_MODEL, Way, assay_anchor, question_anchor
from exvivo.tell.who import Roll
from exvivo.tell.written import Written

_SEVERAL = 4
"""Answers of a question from which an overview is worth its space."""


@dataclass(frozen=True, slots=True)
class Block:
    """One question with everything that is said about it."""

    short: str
    question: str
    notes: list[str]
    answers: list[Row]
    beside: list[Row]
    overview: Drawn | None
    figure: Drawn | None
    robustness: list[str]
    choices: Drawn | None
    checklist: Checklist | None = None
    doubtful: list[str] = field(default_factory=list)
    anchor: str = ""
    figure_anchor: str = ""

    @property
    def drawings(self) -> list[Drawn]:
        """What is drawn of the question."""
        return [each for each in (self.overview, self.figure, self.choices) if each]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The figures of an assay under its heading, each with its title, and the ways to the answers
    that rest on them.
    """

    anchor: str
    heading: str
    figures: list[tuple[str, Drawn]]
    assay: str | None
    answers: tuple[Way, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of its figures."""
        return [picture.figure.name for _, picture in self.figures]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a page is put together from: its questions, the figures of its assays, its flags, and
    who its people are.
    """

    blocks: list[Block]
    shelves: list[Shelf]
    eyes: Eyes
    cohort: Cohort | None = None
    flow: Drawn | None = None
    plain: InPlainWords | None = None


def report(
    study: Study,
    *,
    tables: Tables,
    provenance: Provenance,
    folder: Path,
    kept: Kept = MappingProxyType({}),
) -> Path:
    """Write `folder/report.html` and `folder/report_data/`, and return the page's path.

    `kept` are the drawings of the last run, which stand where nothing of a figure has changed. The
    same tables and provenance give the same bytes. Nothing of the study can add markup to the
    page: all text is escaped.
    """
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    written = Written(folder)
    plain = _summaries(study, tables, provenance, written)
    parts = replace(_parts(study, tables, provenance), plain=plain)
    for each in _drawings(parts):
        each.kept = kept
        write_figure(each, written, simulated=study.simulated)
    write_lists(provenance, written, simulated=study.simulated)
    if parts.cohort is not None:
        text = csv_text(csv_frame(parts.cohort), simulated=study.simulated)
        written.text(f"{DATA}/{FILE}", text)
    _write_checklists(parts.blocks, written, simulated=study.simulated)
    return written.text("report.html", _page(study, tables, provenance, parts))


def _summaries(
    study: Study, tables: Tables, provenance: Provenance, written: Written
) -> InPlainWords | None:
    """Write the summaries in plain language, and give what the report says of them; none of a
    blinded study, whose groups stand under codes.
    """
    if study.blinded:
        return None
    public = Public(study, tables, provenance.version, provenance.study_hash, SMALLEST)
    return write_summaries(public, written)


def _write_checklists(blocks: Sequence[Block], written: Written, *, simulated: bool) -> None:
    """The checklists of the questions of identity as one file, where there are any."""
    frame = checklist_frame([block.checklist for block in blocks if block.checklist])
    if frame.height:
        written.text(f"{DATA}/{CHECKLIST}", csv_text(frame, simulated=simulated))


def _parts(study: Study, tables: Tables, provenance: Provenance) -> Parts:
    """The parts of a page, tied to one another by their anchors."""
    shelves = list(_shelves(tables, study))
    drawn = {shelf.assay: shelf.names for shelf in shelves}
    blocks = [
        _placed(_block(question, tables, study, provenance), number, drawn)
        for number, question in enumerate(study.questions, 1)
    ]
    ways = [way_to(row) for block in blocks for row in block.answers]
    raised = eyes(flags_of(tables.flags), ways)
    roll = Roll.of(tables, study)
    backs = PutBacks.of(tables, roll)
    blocks = [
        replace(
            block, answers=[with_put_back(with_flags(row, raised), backs) for row in block.answers]
        )
        for block in blocks
    ]
    whole = [_with_answers(shelf, ways) for shelf in shelves]
    people = None if study.blinded else cohort_of(study, tables.clinic)
    return Parts(blocks, whole, raised, people, _flow_of_people(study, tables, roll))


def _flow_of_people(study: Study, tables: Tables, roll: Roll) -> Drawn | None:
    """The figure of how far the people came."""
    figure = people_flow.figure(Stages(study, tables, roll).all(), study=study)
    return drawn_as_it_is(figure, study) if figure else None


def _with_what_bears(block: Block, raised: Eyes, backs: PutBacks) -> Block:
    """A question whose answers have the flags that touch them, and stand beside themselves."""
    flagged = (with_flags(row, raised) for row in block.answers)
    return replace(block, answers=[with_put_back(row, backs) for row in flagged])


def _placed(block: Block, number: int, drawn: Mapping[str | None, Sequence[str]]) -> Block:
    """A question at its place: the anchors of it and of its answers."""
    anchor = question_anchor(number)
    figure = f"figure-{anchor}" if block.figure else ""
    rows = enumerate(block.answers, 1)
    answers = [
        at_place(row, (number, each), figure, drawn.get(row.shown.finding.assay, ()))
        for each, row in rows
    ]
    return _named(block, anchor, figure, answers)


def _named(block: Block, anchor: str, figure: str, answers: list[Row]) -> Block:
    """A question with its anchors."""
    return replace(block, anchor=anchor, figure_anchor=figure, answers=answers)


def _shelves(tables: Tables, study: Study) -> Iterator[Shelf]:
    for heading, figures in quality_figures(tables, study):
        assay = assay_of((figure.name for _, figure in figures), study)
        anchor = JOINT_MODEL if assay is None else assay_anchor(assay)
        titled = [(title, drawn(figure, study)) for title, figure in figures]
        yield Shelf(anchor, heading, titled, assay)


def _with_answers(shelf: Shelf, ways: Sequence[tuple[Finding, Way]]) -> Shelf:
    """The figures of an assay with the ways back to the answers that rest on it."""
    return replace(shelf, answers=tuple(way for each, way in ways if each.assay == shelf.assay))


def _drawings(parts: Parts) -> Iterator[Drawn]:
    if parts.flow is not None:
        yield parts.flow
    for block in parts.blocks:
        yield from block.drawings
    for shelf in parts.shelves:
        yield from (each for _, each in shelf.figures)


def _block(question: Question, tables: Tables, study: Study, provenance: Provenance) -> Block:
    ask, name = ASKS[question.ask], f"question_{question_stems(study)[question.id]}"
    answers = tables.of_question(question.id, "answer")
    findings = [shown.finding for shown in answers]
    robustness = tables.of_question(question.id, "robustness")
    overview = _overview(question, tables, study, name + OVERVIEW)
    figure = ask.figure(question, answers, tables, study, name) if answers else None
    held = _held(findings)
    choices = specification.figure(robustness, findings, study=study, name=name + CHOICES)
    visit = visit_sentence(findings, study)
    overview, figure, choices = (_captioned(each, visit) for each in (overview, figure, choices))
    return Block(
        _short(question, study),
        ask.words(question, study),
        [
            *ask.notes(question, study),
            *_note(held),
            *filter(None, [visit]),
            *_decided(question, provenance),
        ],
        [row_of(shown, study) for shown in answers],
        [row_of(shown, study) for shown in tables.of_question(question.id, "beside")],
        drawn(overview, study) if overview else None,
        drawn(_beside_held(figure, held), study) if figure else None,
        [
            f"{about(shown.finding, study)}: {shown.sentence}"
            for shown in robustness
            if not shown.finding.choices
        ],
        drawn(choices, study) if choices else None,
        checklist(question, study, tables),
        panel_notes(question, findings, study),
    )


def _decided(question: Question, provenance: Provenance) -> Iterator[str]:
    """Whether a question was locked before its data came, and the look at which its answers are."""
    yield from lock_sentences(provenance.locks, question.id)
    if provenance.look is not None:
        yield look_sentence(provenance.look)


def _short(question: Question, study: Study) -> str:
    """A question in the list of contents: `Difference: TNF and IL-6`."""
    what = analytes_or_count(getattr(question, "analytes", ()), study)
    return f"{words.capital(question.ask)}: {what}" if what else words.capital(question.ask)


def _held(answers: Sequence[Finding]) -> str:
    """What the answers of a question hold of the design."""
    return held_words({term: None for finding in answers for term in finding.held})


def _note(held: str) -> list[str]:
    """What is held, as a sentence: `In the answers, plate is held constant.`"""
    words = held.removesuffix(" held")
    return [f"In the answers, {words} is held constant."] if words else []


def _beside_held(figure: Figure, held: str) -> Figure:
    """A figure whose answers hold something that its donors are not freed from."""
    if not held:
        return figure
    words = f"Donors are drawn as measured, the answer with {held}."
    return replace(figure, caption=f"{figure.caption} {words}")


def _captioned(figure: Figure | None, sentence: str) -> Figure | None:
    """A figure with one more sentence in its caption."""
    if figure is None or not sentence:
        return figure
    return replace(figure, caption=f"{figure.caption} {sentence}")


def _findings(shown: Iterable[Shown]) -> list[Finding]:
    """The records behind what is shown."""
    return [each.finding for each in shown]


def _overview(question: Question, tables: Tables, study: Study, name: str) -> Figure | None:
    answers = _findings(tables.of_question(question.id, "answer"))
    if len(answers) < _SEVERAL:
        return None
    every = _findings(tables.findings)
    contrasts = forest.contrasts_of(question, answers, every, study=study)
    return forest.figure(question, answers, study=study, name=name, contrasts=contrasts)


def _page(study: Study, tables: Tables, provenance: Provenance, parts: Parts) -> str:
    inputs = [
        (path, sha256, f"{size:,}".replace(",", " ")) for path, sha256, size in provenance.inputs
    ]
    answers = answers_of(tables.findings)
    captions = {
        each.figure.name: each.figure.caption for block in parts.blocks for each in block.drawings
    }
    roll = Roll.of(tables, study)
    flow = Flow(study, tables, roll)
    page = partial(
        rendered,
        study=study,
        truth=truth_words(study),
        roll=roll,
        flow=flow,
        steps=list(flow.steps()),
        persons=list(flow.persons()),
        answer_of={
            f"{row.shown.finding.question}: {row.briefly}": row.anchor
            for block in parts.blocks
            for row in block.answers
        },
        plain=parts.plain,
        blocks=parts.blocks,
        tally=tally_words(answers),
        eyes=parts.eyes,
        reading=of_marks(captions.values()),
        captions={name: brief(caption) for name, caption in captions.items()},
        cohort=shown(parts.cohort, study) if parts.cohort is not None else None,
        people_flow=parts.flow,
        warned=warned_words(answers),
        shelves=parts.shelves,
        items=[*reporting_items(study, tables, provenance), *flow_items(study, tables, provenance)],
        quality=quality.tables(tables.assays, study=study),
        methods=methods(study, tables, provenance),
        provenance=provenance,
        inputs=inputs,
        lists=linked_lists(provenance),
    )
    of_quality = [picture for shelf in parts.shelves for _, picture in shelf.figures]
    of_answers = [picture for block in parts.blocks for picture in block.drawings]
    return page_that_fits(lambda heavy: page(heavy=heavy), of_quality, of_answers)
