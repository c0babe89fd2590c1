"""The figure of an identity: how like each reference the cells are, and by how much more they are
like the one declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.figures import captions
from exvivo.tell.figures.axes import named_rows, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Figure,
    Findings,
    Key,
    Names,
    Numbers,
    Panel,
    Spec,
    cell,
    extent,
    one_row,
    rounded,
)
from exvivo.tell.figures.estimates import ends_of, row_layers
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.tables import Shown

_WIDTH, _ROW = 230, 24
_SIMILARITY, _PLAIN = "similarity", "plain_correlation"
"""Codes of the estimands that are drawn."""
_SHOWN = ("question", "part", "analyte")
_NUMBERS = ("unit", "estimate", "lower", "upper", "p_adjusted", "verdict")
_CROSS: Spec = {
    "type": "point",
    "shape": "M-1-1L1 1M-1 1L1 -1",
    "color": MUTED,
    "size": 30,
    "filled": False,
}
_KEY = (
    Key("circle", COLOURS[1], "supported"),
    Key("circle", INK, "not resolved, or no answer", hollow=True),
    Key("times", MUTED, "plain correlation, nothing taken off", hollow=True),
)


def figure(
    question: Identity,
    answers: Sequence[Shown],
    beside: Sequence[Shown],
    *,
    study: Study,
    name: str,
) -> Figure | None:
    """Two panels: similarities to every reference, and their differences; None where nothing could
    be estimated.

    `beside` are the numbers beside the answers: similarities, and the plain correlations that are
    drawn faint with them.
    """
    drawn = [row for row in beside if row.finding.estimand.code in (_SIMILARITY, _PLAIN)]
    similar = [finding for finding in _of(_SIMILARITY, drawn) if finding.estimate is not None]
    asked = [row.finding for row in answers if row.finding.estimate is not None]
    if not similar or not asked:
        return None
    plain = {finding.analyte: finding.estimate for finding in _of(_PLAIN, drawn)}
    panels = (_similarities(similar, plain, study), _differences(asked, question, study))
    data = pl.DataFrame([_data_row(row) for row in (*answers, *drawn)], infer_schema_length=None)
    caption = _caption(question, answers[0].finding, study)
    return Figure(name, caption, one_row(panels), data, _KEY)


def _of(code: str, drawn: Sequence[Shown]) -> list[Finding]:
    return [row.finding for row in drawn if row.finding.estimand.code == code]


def _caption(question: Identity, answer: Finding, study: Study) -> str:
    return (
        f"Left: similarity of the {study.name_of(question.cell_type)} to each reference, mean of "
        f"the donors with its {captions.level_of([answer])} interval: correlation over genes after "
        "each was held against its mean over the references. Crosses: the plain correlation of the "
        f"same profiles, high for all. Right: similarity to {study.name_of(question.like)} less "
        "that to each other reference; the dashed line says neither."
    )


def _data_row(shown: Shown) -> dict[str, object]:
    row = shown.finding.row()
    return (
        {name: row[name] for name in _SHOWN}
        | {"estimand": shown.estimand}
        | {name: row[name] for name in _NUMBERS}
    )


def _similarities(findings: Findings, plain: Mapping[str, float | None], study: Study) -> Panel:
    names = [study.name_of(finding.analyte) for finding in findings]
    plane = _plane([-1.0, 1.0], "similarity (correlation)", names)
    layers = [plane.no_way()]
    for position, finding in enumerate(findings):
        layers += row_layers(finding, position, plane, firm=False)
        value = plain.get(finding.analyte)
        if value is not None:
            layers.append(plane.layer(_CROSS, [{"x": rounded(value), "y": position}]))
    alt = "; ".join(f"{study.name_of(each.analyte)} {_estimate_words(each)}" for each in findings)
    return Panel("Similarity", f"Similarity to each reference. {alt}.", _drawing(layers, names))


def _differences(findings: Findings, question: Identity, study: Study) -> Panel:
    names = [f"less {study.name_of(finding.analyte)}" for finding in findings]
    domain = extent([0.0, *ends_of(findings)], around=0.06)
    plane = _plane(domain, "difference in correlation", names)
    layers = [plane.no_way()]
    for position, finding in enumerate(findings):
        layers += row_layers(finding, position, plane, firm=finding.verdict == "supported")
    estimates = [f"{_estimate_words(finding)}, {finding.verdict}" for finding in findings]
    alt = "; ".join(f"{name} {text}" for name, text in zip(names, estimates, strict=True))
    like = study.name_of(question.like)
    title = like.capitalize() if like.islower() else like
    return Panel(title, f"Similarity to {like} {alt}.", _drawing(layers, names))


def _plane(domain: Numbers, title: str, names: Names) -> Plane:
    x = quantitative("x", domain, {"title": title, "tickCount": 5, "grid": False})
    return Plane(x, named_rows(names, most=240))


def _drawing(layers: Sequence[Spec], names: Names) -> Spec:
    return cell(_WIDTH, _ROW * len(names), layers)


def _estimate_words(finding: Finding) -> str:
    return f"{words.number(finding.estimate)} ({captions.interval_words(finding)})"
