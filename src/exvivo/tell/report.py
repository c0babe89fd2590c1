"""The report: one self-contained page that reads without a network and without scripts, and the
data behind its figures.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from exvivo.study import Question, Study
from exvivo.tables import BETWEEN_CHOICES, csv_text
from exvivo.tell import quality, words
from exvivo.tell.asks import ASKS
from exvivo.tell.cytometry import flow_items
from exvivo.tell.figures import forest, specification
from exvivo.tell.figures.chart import Figure, Key, svg
from exvivo.tell.methods import methods
from exvivo.tell.miqe import reporting_items
from exvivo.tell.names import about
from exvivo.tell.provenance import Provenance
from exvivo.tell.quality_figures import quality_figures
from exvivo.tell.summary import summary
from exvivo.tell.terminal import MARKS

Tables = Mapping[str, pl.DataFrame]
DATA = "report_data"
_SEVERAL = 4
"""Answers of a question from which an overview is worth its space."""
_MANY = 12
"""Answers of a question from which an overview is drawn first and the single figures fold away."""
_FOLD = 16
"""Panels from which a figure of the quality section folds away."""
_LONG = 24
"""Rows from which a table of the quality section folds away."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as the page needs it: its panels already drawn."""

    figure: Figure
    rows: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]

    @property
    def files(self) -> tuple[str, str]:
        """The csv and the specification beside the report."""
        return f"{DATA}/{self.figure.name}.csv", f"{DATA}/{self.figure.name}.vl.json"


@dataclass(frozen=True, slots=True)
class Block:
    """One question with everything said about it."""

    id: str
    question: str
    notes: list[str]
    answers: list[dict[str, Any]]
    beside: list[dict[str, Any]]
    overview: Drawn | None
    figure: Drawn | None
    firm: list[str]
    choices: Drawn | None


def report(study: Study, *, tables: Tables, provenance: Provenance, folder: Path) -> Path:
    """Write `folder/report.html` and `folder/report_data/`, and return the page's path.

    `tables` holds wells, quantities, assays, clinic, responses, findings and flags. The same tables
    and provenance give the same bytes. Nothing of the study can add markup to the page: all text is
    escaped.
    """
    blocks = [_block(question, tables, study) for question in study.questions]
    shelves = [
        (heading, [(title, _drawn(figure, study)) for title, figure in figures])
        for heading, figures in quality_figures(tables, study)
    ]
    page = _page(
        study=study,
        summary=summary(study, findings=tables["findings"]),
        blocks=blocks,
        flags=_flags(tables["flags"]),
        shelves=shelves,
        items=[*reporting_items(study, tables, provenance), *flow_items(study, tables, provenance)],
        quality=quality.tables(tables["assays"], study=study),
        methods=methods(study, tables, provenance),
        provenance=provenance,
        inputs=[
            (path, sha256, f"{size:,}".replace(",", " "))
            for path, sha256, size in provenance.inputs
        ],
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA).mkdir(exist_ok=True)
    asked = [drawn for block in blocks for drawn in (block.overview, block.figure, block.choices)]
    shown = [drawn for _, pictures in shelves for _, drawn in pictures]
    for drawn in filter(None, [*asked, *shown]):
        _write(folder / drawn.files[0], csv_text(drawn.figure.data, simulated=study.simulated))
        _write(
            folder / drawn.files[1],
            json.dumps(drawn.figure.spec(), ensure_ascii=False, allow_nan=False) + "\n",
        )
    path = folder / "report.html"
    _write(path, page)
    return path


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _block(question: Question, tables: Tables, study: Study) -> Block:
    mine = tables["findings"].filter(pl.col("question") == question.id)
    answers = mine.filter(pl.col("part") == "answer").rows(named=True)
    beside = mine.filter(pl.col("part") == "beside").rows(named=True)
    ask, name = ASKS[question.ask], f"question_{_file_name(question.id)}"
    contrasts = forest.contrasts_of(question, answers, tables["findings"], study=study)
    overview = (
        forest.figure(question, answers, study=study, name=f"{name}_overview", contrasts=contrasts)
        if len(answers) >= _SEVERAL
        else None
    )
    firm = mine.filter(pl.col("part") == "robustness").rows(named=True)
    return Block(
        question.id,
        ask.words(question, study),
        ask.notes(question, study),
        [_answer(row, study) for row in answers],
        [_answer(row, study) for row in beside],
        _drawn(overview, study),
        _drawn(ask.figure(question, answers, tables, study, name), study) if answers else None,
        [
            f"{about(row, study)}: {row['sentence']}"
            for row in firm
            if BETWEEN_CHOICES not in row["estimand"]
        ],
        _drawn(specification.figure(firm, answers, study=study, name=f"{name}_choices"), study),
    )


def _answer(row: dict[str, Any], study: Study) -> dict[str, Any]:
    """A finding with its numbers in words."""
    unit = row["unit"]
    return {
        **row,
        "about": about(row, study),
        "mark": MARKS.get(row["verdict"], ""),
        "estimate_words": words.amount(row["estimate"], unit)
        + ("-fold" if words.is_log2(unit) and row["estimate"] is not None else ""),
        "interval_words": words.interval(
            row["lower"], row["upper"], say=lambda end: words.amount(end, unit)
        ),
        "p_words": words.p_value(row["p"]),
        "p_adjusted_words": words.p_value(row["p_adjusted"]),
        "p_permutation_words": words.p_value(row["p_permutation"]),
        "effect_words": words.number(row["effect_size"]),
        "n_words": words.group_counts(row["n"]),
    }


def _file_name(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)


def _drawn(figure: Figure | None, study: Study) -> Drawn | None:
    if figure is None:
        return None
    if study.simulated:
        figure = replace(figure, caption=f"Simulated data. {figure.caption}")
    count = 0
    rows = []
    for title, panels in figure.rows:
        cells = []
        for panel in panels:
            count += 1
            cells.append((panel.title, panel.subtitle, svg(panel, name=f"{figure.name}-{count}")))
        rows.append((title, tuple(cells)))
    return Drawn(figure, tuple(rows))


def _flags(flags: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    headings = {
        "stop": "To settle before the results are trusted",
        "look": "To look at",
        "note": "Good to know",
    }
    grouped = [
        (heading, flags.filter(severity=name).rows(named=True))
        for name, heading in headings.items()
    ]
    return [(heading, rows) for heading, rows in grouped if rows]


def _page(**parts: Any) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    room = Environment(
        loader=PackageLoader("exvivo.tell"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    room.filters["capitalize_first"] = words.capital
    drawn: Callable[[str], Markup] = Markup
    source, _, _ = room.loader.get_source(room, "report.css")  # type: ignore[union-attr]
    return room.get_template("report.html").render(
        **parts,
        many=_MANY,
        fold=_FOLD,
        long=_LONG,
        style=Markup(source),
        drawn=drawn,
        key_sign=lambda key: Markup(key_sign(key)),
    )


_SIGNS = {
    "circle": '<circle cx="7" cy="7" r="4"/>',
    "diamond": '<path d="M7 2 11 7 7 12 3 7Z"/>',
    "square": '<rect x="3.5" y="3.5" width="7" height="7"/>',
    "cross": '<path d="M5.5 2h3v3.5H12v3H8.500V12h-3V8.500H2v-3h3.500Z"/>',
    "triangle-up": '<path d="M7 3 11.500 11h-9Z"/>',
    "triangle-down": '<path d="M7 11 11.500 3h-9Z"/>',
    "triangle-right": '<path d="M11.500 7 3.500 2.500v9Z"/>',
    "triangle-left": '<path d="M2.500 7 10.500 2.500v9Z"/>',
    "times": '<path d="M3.500 3.500l7 7M10.500 3.500l-7 7"/>',
    "stroke": '<path d="M1 7h12"/>',
    "dashes": '<path d="M1 7h5M8.500 7h4.500"/>',
}


def key_sign(key: Key) -> str:
    """The shape of a key's entry as a small drawing; its words stand beside it."""
    filled = not key.hollow and key.shape not in ("stroke", "dashes")
    paint = (
        f'fill="{key.colour}"'
        if filled
        else f'fill="none" stroke="{key.colour}" stroke-width="1.6"'
    )
    return f'<svg class="sign" aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" {paint}>{_SIGNS[key.shape]}</svg>'
