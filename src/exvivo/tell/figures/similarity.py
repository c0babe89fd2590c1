"""The figure of an identity: whether the cells are of the lineage at all, how like each reference
they are, by how much more they are like the one declared, and what held of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.figures import captions, gates, held
from exvivo.tell.figures.axes import quantitative, roomy_rows
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
_SIMILARITY, _PLAIN, _GATE = "similarity", "plain_correlation", "gate"
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
    Key("circle", COLOURS[1], "supported; held; as high as in such cells"),
    Key("times", COLOURS[0], "did not hold; too low", hollow=True),
    Key("circle", INK, "a similarity; a difference that is not resolved", hollow=True),
    Key("circle", MUTED, "a reference sample; a check that could not be asked", hollow=True),
    Key("times", MUTED, "plain correlation; too low for a lineage not asked about", hollow=True),
)


def figure(
    question: Identity,
    answers: Sequence[Shown],
    beside: Sequence[Shown],
    *,
    study: Study,
    name: str,
) -> Figure | None:
    """Panels of the gates, the similarities to every reference, their differences and the checks,
    each where there is any; None where nothing could be computed.

    `beside` are the numbers behind the answers: gates, similarities, the plain correlations that
    are drawn faint with them, and what the checks found.
    """
    drawn = [row for row in beside if row.finding.estimand.code in (_SIMILARITY, _PLAIN, _GATE)]
    if not any(row.finding.estimate is not None for row in drawn):
        return None
    numbers = [row.finding for row in beside]
    asked = [row.finding for row in answers]
    panels = _panels(question, asked, numbers, study)
    rows = [_data_row(row) for row in (*answers, *drawn)]
    rows += held.rows_of(asked, numbers, question)
    data = pl.DataFrame(rows, infer_schema_length=None)
    return Figure(name, _caption(question, asked[0], study), one_row(panels), data, _KEY)


def _panels(
    question: Identity, answers: Findings, numbers: Findings, study: Study
) -> Iterator[Panel]:
    """The panels for which there are numbers."""
    of_gates = _of(_GATE, numbers)
    if of_gates:
        yield gates.panel(of_gates, question, study)
    similar = [finding for finding in _of(_SIMILARITY, numbers) if finding.estimate is not None]
    plain = {finding.analyte: finding.estimate for finding in _of(_PLAIN, numbers)}
    if similar:
        yield _similarities(similar, plain, study)
    given = [finding for finding in answers if finding.estimate is not None]
    if given:
        yield _differences(given, question, study)
    names = [f"over {study.name_of(finding.analyte)}" for finding in answers]
    yield held.panel(answers, numbers, question, names)


def _of(code: str, numbers: Findings) -> list[Finding]:
    return [finding for finding in numbers if finding.estimand.code == code]


def _caption(question: Identity, answer: Finding, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    return (
        "Are they such cells at all: where genes that all cells of a lineage express highly stand "
        "among what was measured, of each donor and each reference sample; such cells stand to the "
        f"right of the broken line. Similarity of the {cells} to each reference, mean of the "
        f"donors with its {captions.level_of([answer])} interval: correlation over genes after "
        "each was held against its mean over the references. Crosses: the plain correlation of the "
        f"same profiles, nothing taken off. {words.capital(like)}: the similarity to it less "
        "that to each other reference; the dashed line says neither. What held, of "
        "each answer: they are such cells; the similarity to the nearer one lies above 0; both "
        "kinds come from more than one donor; the panel was made for both; the sign stays "
        "over all genes, between the two kinds alone, without each other kind and each batch; no "
        "programme that was done to the cells explains it."
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
    names = [f"over {study.name_of(finding.analyte)}" for finding in findings]
    domain = extent([0.0, *ends_of(findings)], around=0.06)
    plane = _plane(domain, "difference in correlation", names)
    layers = [plane.no_way()]
    for position, finding in enumerate(findings):
        layers += row_layers(finding, position, plane, firm=finding.verdict == "supported")
    estimates = [f"{_estimate_words(finding)}, {finding.verdict}" for finding in findings]
    alt = "; ".join(f"{name} {text}" for name, text in zip(names, estimates, strict=True))
    like = study.name_of(question.like)
    title = like.capitalize() if like.islower() else like
    return Panel(title, f"{title} {alt}.", _drawing(layers, names))


def _plane(domain: Numbers, title: str, names: Names) -> Plane:
    x = quantitative("x", domain, {"title": title, "tickCount": 5, "grid": False})
    return Plane(x, roomy_rows(names, most=240))


def _drawing(layers: Sequence[Spec], names: Names) -> Spec:
    return cell(_WIDTH, _ROW * len(names), layers)


def _estimate_words(finding: Finding) -> str:
    return f"{words.number(finding.estimate)} ({captions.interval_words(finding)})"
