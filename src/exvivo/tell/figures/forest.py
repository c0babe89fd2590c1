"""All answers of a question at one look: a row for each analyte (and scale), its estimate with its
interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Question, Specificity, Study
from exvivo.tell import words
from exvivo.tell.figures import captions
from exvivo.tell.figures.axes import log2_axis, named_rows, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    Figure,
    Findings,
    Key,
    Numbers,
    Panel,
    Spec,
    cell,
    extent,
    one_row,
)
from exvivo.tell.figures.estimates import ends_of, is_firm, margin_ends, row_layers
from exvivo.tell.figures.marks import MARGIN, shortened
from exvivo.tell.figures.shapes import Plane, layer, rule
from exvivo.tell.names import briefly_about
from exvivo.units import COEFFICIENT, PROBABILITY, Unit

_WIDTH, _ROW = 300, 19
_WHOLE = {PROBABILITY: [0.0, 1.0], COEFFICIENT: [-1.0, 1.0]}
"""Units whose axis is shown whole."""
Named = Sequence[tuple[str, Finding]]
"""Findings, each with the words beside its row."""
DATA = (
    "question",
    "analyte",
    "readout",
    "scale",
    "unit",
    "estimate",
    "lower",
    "upper",
    "p_adjusted",
    "verdict",
)
"""The columns of FINDINGS that stand in the data of the figure."""
READ = (
    "The dashed line says neither way. Filled: supported or equivalent; hollow: not resolved. A "
    "triangle marks an interval that goes on."
)
CONTRASTS = (
    "Below the rule: how many times larger one difference is than the mean of others within the "
    "same donors. Only this says whether it stands out; one interval that excludes 1 beside one "
    "that does not says nothing of the kind."
)
KEY = (
    Key("circle", COLOURS[1], "supported or equivalent"),
    Key("circle", INK, "not resolved", hollow=True),
)


def figure(
    question: Question,
    findings: Findings,
    *,
    study: Study,
    name: str,
    contrasts: Findings = (),
) -> Figure | None:
    """A panel per unit (folds, probabilities, correlations); nothing where nothing could be
    estimated.

    `contrasts` are answers of questions of specificity; they stand below the folds, set apart.
    """
    margin = getattr(question, "margin", None)
    panels = list(_panels(findings, contrasts, margin, study))
    if not panels:
        return None
    rows = (finding.row() for finding in (*findings, *contrasts))
    data = pl.DataFrame(
        [{column: row[column] for column in DATA} for row in rows], infer_schema_length=None
    )
    caption = [
        f"Every answer at one look, each with its {captions.level_of(findings)} interval. {READ}"
    ]
    caption += [captions.GREY] if margin else []
    caption += [CONTRASTS] if contrasts else []
    return Figure(name, " ".join(caption), one_row(panels), data, KEY)


def _panels(
    findings: Findings, contrasts: Findings, margin: float | None, study: Study
) -> Iterator[Panel]:
    for unit in dict.fromkeys(finding.unit for finding in findings):
        rows = [(briefly_about(each, study), each) for each in _drawn(findings, unit)]
        apart = [
            (f"contrast: {contrast_name(each, study)}", each) for each in _drawn(contrasts, unit)
        ]
        if rows:
            yield panel(unit, rows, apart, margin=margin)


def _drawn(findings: Findings, unit: Unit) -> list[Finding]:
    """The findings of a unit that can be drawn."""
    return [finding for finding in findings if finding.unit == unit and has_place(finding)]


def _axis_title(unit: Unit) -> str:
    match unit.reading:
        case "fold":
            return "difference (fold)"
        case "points":
            return "difference in score (points)"
        case "probability":
            return "probability of the higher value"
        case "odds" | "share" | "coefficient" | "amount":
            return unit.words
    assert_never(unit.reading)


def has_place(finding: Finding) -> bool:
    """Whether a finding has an estimate or an interval that can be drawn."""
    return finding.lower is not None or finding.estimate is not None


def contrasts_of(
    question: Question, findings: Findings, asked: Findings, *, study: Study
) -> list[Finding]:
    """The answers of questions of specificity about the groups, stimulus and cells of a question of
    difference.

    `findings` are the question's own answers, `asked` are all findings.
    """
    if not isinstance(question, Difference):
        return []
    cells = {finding.cell_type for finding in findings}
    contrasting = {each.id for each in study.questions if _is_contrast_of(question, each)}
    return [
        finding
        for finding in asked
        if finding.question in contrasting
        and finding.part == "answer"
        and finding.cell_type in cells
    ]


def _is_contrast_of(question: Difference, candidate: Question) -> bool:
    """Whether a question asks for specificity with the groups and stimulus of a difference."""
    return (
        isinstance(candidate, Specificity)
        and candidate.groups == question.groups
        and candidate.stimulus == question.stimulus
    )


def contrast_name(finding: Finding, study: Study) -> str:
    """What a contrast holds against what: `TNF mRNA against the mean of the others`."""
    question = next(each for each in study.questions if each.id == finding.question)
    target = f"{shortened(study.name_of(finding.analyte), 16)} {finding.readout}"
    if not isinstance(question, Specificity):
        return target
    parts = [_references_name(question, finding, study)]
    if question.against_cell_type:
        parts.append(shortened(study.name_of(question.against_cell_type), 24))
    return f"{target} against {' in '.join(filter(None, parts))}"


def _references_name(question: Specificity, finding: Finding, study: Study) -> str:
    references = [analyte for analyte in question.against if analyte != finding.analyte]
    if len(references) > 1:
        return "the mean of the others"
    return shortened(study.name_of(references[0]), 16) if references else ""


def panel(
    unit: Unit,
    rows: Named,
    apart: Named = (),
    *,
    margin: float | None = None,
    title: str = "",
) -> Panel:
    """Named findings of one unit, a row each; those `apart` below them, under a rule."""
    every = [*rows, *apart]
    domain = _domain(unit, [finding for _, finding in every], margin)
    names = [name.replace("|", "/") for name, _ in every]
    plane = Plane(_across(unit, domain), named_rows(names, most=340))
    layers = _band(plane, domain, margin, len(rows)) if unit.log2 and margin is not None else []
    layers.append(plane.no_way(unit.null))
    if rows and apart:
        layers.append(layer(rule(FAINT, 1), [{"y": len(rows) - 0.5}], y=plane.y))
    for position, (_, finding) in enumerate(every):
        layers += row_layers(
            finding, position, plane, firm=is_firm(finding), limits=domain, arrows=True
        )
    alt = "; ".join(_row_words(name, finding) for name, finding in every)
    drawing = cell(_WIDTH, _ROW * len(names), layers)
    return Panel(title, f"Estimates with intervals. {alt}.", drawing)


def _domain(unit: Unit, findings: Findings, margin: float | None) -> list[float]:
    if unit in _WHOLE:
        return _WHOLE[unit]
    return extent([unit.null, *ends_of(findings), *margin_ends(margin)], around=0.05)


def _across(unit: Unit, domain: Numbers) -> Spec:
    title = _axis_title(unit)
    axis = log2_axis(domain, title, most=7) if unit.log2 else {"title": title, "tickCount": 5}
    return quantitative("x", domain, {**axis, "grid": False, "minExtent": 0})


def _band(plane: Plane, domain: Numbers, margin: float, rows: int) -> list[Spec]:
    """The range declared too small to matter, behind the rows that are no contrasts."""
    corners = {
        "x": max(-margin, domain[0]),
        "b": min(margin, domain[1]),
        "y": -0.5,
        "d": rows - 0.5,
    }
    return [plane.lines(MARGIN, [corners])]


def _row_words(name: str, finding: Finding) -> str:
    amount = words.amount(finding.estimate, finding.unit)
    estimate = f"{name} {amount} ({captions.interval_words(finding)})"
    return ", ".join(filter(None, (estimate, finding.verdict)))
