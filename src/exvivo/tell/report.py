"""The report: one self-contained page that reads without a network and without scripts, and the
data behind its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Question, Study
from exvivo.study.run_days import run_days
from exvivo.tell import quality, words
from exvivo.tell.asks import ASKS
from exvivo.tell.cytometry import flow_items
from exvivo.tell.drawn import DATA, Drawn, Kept, drawn, key_sign, write_figure, write_text
from exvivo.tell.figures import forest, specification
from exvivo.tell.figures.chart import Figure, Key
from exvivo.tell.flow import Flow
from exvivo.tell.methods import methods
from exvivo.tell.miqe import reporting_items
from exvivo.tell.names import about
from exvivo.tell.phrases.terms import held_words
from exvivo.tell.provenance import Provenance
from exvivo.tell.quality_figures import quality_figures
from exvivo.tell.summary import summary
from exvivo.tell.tables import Shown, Tables, answers_of
from exvivo.tell.terminal import MARKS, warned_words
from exvivo.tell.visits import visit_sentence
from exvivo.tell.who import Roll

_SEVERAL = 4
"""Answers of a question from which an overview is worth its space."""
_MOST_OPEN = 12
"""Answers of a question from which an overview is drawn first and the single figures fold away."""
_MOST_PANELS = 16
"""Panels from which a figure of the quality section folds away."""
_MOST_ROWS = 24
"""Rows from which a table of the quality section folds away."""
_SEVERITIES = {
    "stop": "To settle before the results are trusted",
    "look": "To look at",
    "note": "Good to know",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as a row of the page: its words and its numbers as they are read."""

    shown: Shown
    about: str
    mark: str
    estimate: str
    interval: str
    p: str
    p_adjusted: str
    p_permutation: str
    effect_size: str
    donors: str


@dataclass(frozen=True, slots=True)
class Block:
    """One question with everything that is said about it."""

    question: str
    notes: list[str]
    answers: list[Row]
    beside: list[Row]
    overview: Drawn | None
    figure: Drawn | None
    robustness: list[str]
    choices: Drawn | None

    @property
    def drawings(self) -> list[Drawn]:
        """What is drawn of the question."""
        return [each for each in (self.overview, self.figure, self.choices) if each]


Shelf = tuple[str, list[tuple[str, Drawn]]]
"""The figures of an assay under its heading, each with its title."""


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
    blocks = [_block(question, tables, study) for question in study.questions]
    shelves = list(_shelves(tables, study))
    (folder / DATA).mkdir(parents=True, exist_ok=True)
    for each in _drawings(blocks, shelves):
        each.kept = kept
        write_figure(each, folder, simulated=study.simulated)
    path = folder / "report.html"
    write_text(path, _page(study, tables, provenance, blocks, shelves))
    return path


def _shelves(tables: Tables, study: Study) -> Iterator[Shelf]:
    for heading, figures in quality_figures(tables, study):
        yield heading, [(title, drawn(figure, study)) for title, figure in figures]


def _drawings(blocks: list[Block], shelves: list[Shelf]) -> Iterator[Drawn]:
    for block in blocks:
        yield from block.drawings
    for _, figures in shelves:
        yield from (each for _, each in figures)


def _block(question: Question, tables: Tables, study: Study) -> Block:
    ask, name = ASKS[question.ask], f"question_{_file_name(question.id)}"
    answers = tables.of_question(question.id, "answer")
    findings = [shown.finding for shown in answers]
    robustness = tables.of_question(question.id, "robustness")
    overview = _overview(question, tables, study, f"{name}_overview")
    figure = ask.figure(question, answers, tables, study, name) if answers else None
    held = _held(findings)
    choices = specification.figure(robustness, findings, study=study, name=f"{name}_choices")
    visit = visit_sentence(findings, study)
    overview, figure, choices = (_captioned(each, visit) for each in (overview, figure, choices))
    return Block(
        ask.words(question, study),
        [*ask.notes(question, study), *_note(held), *filter(None, [visit])],
        [_row(shown, study) for shown in answers],
        [_row(shown, study) for shown in tables.of_question(question.id, "beside")],
        drawn(overview, study) if overview else None,
        drawn(_beside_held(figure, held), study) if figure else None,
        [
            f"{about(shown.finding, study)}: {shown.sentence}"
            for shown in robustness
            if not shown.finding.choices
        ],
        drawn(choices, study) if choices else None,
    )


def _held(answers: Sequence[Finding]) -> str:
    """What the answers of a question hold of the design."""
    return held_words({term: None for finding in answers for term in finding.held})


def _note(held: str) -> list[str]:
    """What is held, as a sentence: `Plate is held in the answers.`"""
    words = held.removesuffix(" held")
    return [f"{words[0].upper()}{words[1:]} is held in the answers."] if words else []


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


def _overview(question: Question, tables: Tables, study: Study, name: str) -> Figure | None:
    answers = [shown.finding for shown in tables.of_question(question.id, "answer")]
    if len(answers) < _SEVERAL:
        return None
    every = [shown.finding for shown in tables.findings]
    contrasts = forest.contrasts_of(question, answers, every, study=study)
    return forest.figure(question, answers, study=study, name=name, contrasts=contrasts)


def _row(shown: Shown, study: Study) -> Row:
    finding = shown.finding
    return Row(
        shown,
        about=about(finding, study),
        mark=MARKS[finding.verdict] if finding.verdict else "",
        estimate=words.sized(finding.estimate, finding.unit),
        interval=words.ends_of(finding.lower, finding.upper, finding.unit),
        p=words.p_value(finding.p),
        p_adjusted=words.p_value(finding.p_adjusted),
        p_permutation=words.p_value(finding.p_permutation),
        effect_size=words.number(finding.effect_size),
        donors=words.group_counts(finding.n),
    )


def _file_name(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)


def _flags(flags: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    grouped = (
        (heading, flags.filter(severity=severity).rows(named=True))
        for severity, heading in _SEVERITIES.items()
    )
    return [group for group in grouped if group[1]]


def _page(
    study: Study, tables: Tables, provenance: Provenance, blocks: list[Block], shelves: list[Shelf]
) -> str:
    inputs = [
        (path, sha256, f"{size:,}".replace(",", " ")) for path, sha256, size in provenance.inputs
    ]
    roll = Roll.of(tables, study)
    flow = Flow(study, tables, roll)
    return _rendered(
        study=study,
        roll=roll,
        flow=flow,
        steps=list(flow.steps()),
        persons=list(flow.persons()),
        summary=summary(
            study,
            findings=tables.findings,
            run_days=run_days(header for _, header in provenance.headers),
        ),
        blocks=blocks,
        flags=_flags(tables.flags),
        warned=warned_words(answers_of(tables.findings)),
        shelves=shelves,
        items=[*reporting_items(study, tables, provenance), *flow_items(study, tables, provenance)],
        quality=quality.tables(tables.assays, study=study),
        methods=methods(study, tables, provenance),
        provenance=provenance,
        inputs=inputs,
    )


def _rendered(**parts: object) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("exvivo.tell"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["capitalize_first"] = words.capital
    drawn: Callable[[str], Markup] = Markup
    style, _, _ = environment.loader.get_source(environment, "report.css")  # type: ignore[union-attr]
    return environment.get_template("report.html").render(
        **parts,
        most_open=_MOST_OPEN,
        most_panels=_MOST_PANELS,
        most_rows=_MOST_ROWS,
        style=Markup(style),
        drawn=drawn,
        anchor=lambda donor: f"donor-{_file_name(donor)}",
        key_sign=lambda key: Markup(_sign(key)),
    )


def _sign(key: Key) -> str:
    """The sign of an entry of a key; its words stand beside it."""
    size = 'width="14" height="14" viewBox="0 0 14 14"'
    return f'<svg class="sign" aria-hidden="true" {size}>{key_sign(key)}</svg>'
