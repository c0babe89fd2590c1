"""What other defensible choices make of an answer: every cell of the grid with its interval, and
which choices it stands for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures import captions
from exvivo.tell.figures.axes import log2_axis, named_rows, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    Figure,
    Findings,
    Key,
    Panel,
    cell,
    extent,
    finite,
    grouped,
    one_row,
)
from exvivo.tell.figures.estimates import RowLook, ends_of, row_layers
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.names import target_of
from exvivo.tell.phrases import CHOICES
from exvivo.tell.tables import Shown

_WIDTH, _ROW, _MOST = 190, 18, 12
_LOOK = RowLook(bar=1.5, stroke=1.4, size=36)
_KEY = (
    Key("circle", COLOURS[1], "the answer"),
    Key("circle", INK, "another choice", hollow=True),
)


def figure(rows: Sequence[Shown], answers: Findings, *, study: Study, name: str) -> Figure | None:
    """A panel for each assay and analyte that has a grid; nothing where none has, or where they
    would be too many to read.
    """
    shown = [row for row in rows if row.finding.choices]
    grids = grouped((_target(row.finding), row.finding) for row in shown)
    if len(grids) > _MOST:
        return None
    panels = list(_panels(grids, answers, study))
    if not panels:
        return None
    data = pl.DataFrame([_data_row(row) for row in shown], infer_schema_length=None)
    signal = any(row.finding.on == "signal" for row in shown)
    return Figure(name, _caption(rows[0].finding, signal=signal), one_row(panels), data, _KEY)


Target = tuple[str, str]
"""Assay and analyte."""


def _target(finding: Finding) -> Target:
    return finding.assay, finding.analyte


def _panels(grids: dict[Target, list[Finding]], answers: Findings, study: Study) -> Iterator[Panel]:
    for target, cells in grids.items():
        answer = next(answer for answer in answers if _target(answer) == target)
        if any(finite(finding.estimate) for finding in cells):
            yield _panel(cells, answer, study)


def _data_row(shown: Shown) -> dict[str, object]:
    finding = shown.finding
    return {
        "analyte": finding.analyte,
        "readout": finding.readout,
        "estimand": shown.estimand,
        "method": shown.method,
        "estimate": finding.estimate,
        "lower": finding.lower,
        "upper": finding.upper,
        "p": finding.p,
        "reason": shown.reason or None,
    }


def _caption(finding: Finding, *, signal: bool) -> str:
    caption = (
        "What other choices make of each answer: every combination that was computed, none left "
        f"out, with its {captions.level_of([finding])} interval. The cells share their data and "
        "are not independent; the filled one is the answer."
    )
    if signal:
        caption += " A fold of the signal is not a fold of the amount: compare its direction."
    return caption


def _panel(cells: Findings, answer: Finding, study: Study) -> Panel:
    ends = ends_of(cells)
    domain = extent([0.0, *ends], around=0.05)
    axis = log2_axis(domain, "difference (fold)") | {"grid": False, "minExtent": 0}
    plane = Plane(quantitative("x", domain, axis), named_rows(_names(cells), most=260))
    layers = [plane.no_way()]
    for position, finding in enumerate(cells):
        is_answer = (finding.estimate, finding.lower) == (answer.estimate, answer.lower)
        layers += row_layers(finding, position, plane, firm=is_answer, limits=domain, look=_LOOK)
    target = target_of(answer, study)
    alt = (
        f"{target}: {words.counted(len(cells), 'combination')} of choices; estimates and interval "
        f"ends from {words.fold(min(ends))} to {words.fold(max(ends))}-fold."
    )
    return Panel(target, alt, cell(_WIDTH, _ROW * len(cells), layers))


def _names(cells: Findings) -> list[str]:
    """The choices of each cell in which the cells of the grid differ at all."""
    columns = zip(*(finding.choices for finding in cells), strict=True)
    varies = [len(set(column)) > 1 for column in columns]
    return [
        _choices(finding, varies) + (" (not estimable)" if finding.reason else "")
        for finding in cells
    ]


def _choices(finding: Finding, varies: Sequence[bool]) -> str:
    choices = [CHOICES.get(choice, choice) for choice in finding.choices]
    return ", ".join(itertools.compress(choices, varies)) or choices[0]
