"""The panel of the gates: where the genes of a lineage stand in each donor's cells and in the
references, and from where on such cells stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell.figures.axes import quantitative, roomy_rows
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    MUTED,
    Findings,
    Layers,
    Panel,
    Spec,
    cell,
    rounded,
)
from exvivo.tell.figures.shapes import TIMES, Plane, dot, point, rule
from exvivo.tell.phrases.likeness import percentile
from exvivo.tell.phrases.statement import number_of

_WIDTH, _ROW, _HALF = 200, 24, 0.42
"""Pixels of the panel and of a row, and half of a row's line (rows)."""
_ROOM = 4.0
"""Percentiles beside the lowest sample."""


def shares_of(finding: Finding) -> list[float]:
    """Where the genes stand in every donor or sample of a gate; in that which is told where no
    others are.
    """
    shares = finding.method_facts.get("shares", ())
    if isinstance(shares, tuple) and shares:
        return [float(share) for share in shares]
    return [finding.estimate or 0.0]


def panel(findings: Findings, question: Identity, study: Study) -> Panel:
    """A row for the cultured cells in each lineage that a reference is of, that of the asked one
    first; then a row for each reference.
    """
    asked = next((_lineage(each) for each in findings if each.analyte == question.like), "")
    findings = sorted(findings, key=lambda each: _order(each, question, asked))
    names = [_name(finding, findings, study) for finding in findings]
    low = min(chain.from_iterable(map(shares_of, findings)))
    cuts = [number_of(finding.estimand.facts["cut"]) for finding in findings]
    low = max(0.0, 100 * min(low, *cuts) - _ROOM)
    x = quantitative("x", [low, 101.0], {"title": "percentile", "tickCount": 5, "grid": False})
    plane = Plane(x, roomy_rows(names, most=240))
    layers: list[Spec] = []
    for position, finding in enumerate(findings):
        look = _Look(finding.analyte == question.cell_type, _lineage(finding) == asked)
        layers += _row(finding, position, plane, look)
    alt = "; ".join(map(_alt, names, findings))
    title = f"Are they {asked} cells?" if asked else "Which cells are they?"
    return Panel(title, f"{title} {alt}.", cell(_WIDTH, _ROW * len(names), layers))


@dataclass(frozen=True, slots=True)
class _Look:
    """Whose samples a row shows: of the cultured cells, and of the lineage that is asked about."""

    own: bool
    asked: bool


def _order(finding: Finding, question: Identity, asked: str) -> tuple[bool, bool]:
    """Cultured cells before references, the lineage asked about before others."""
    return finding.analyte != question.cell_type, _lineage(finding) != asked


def _lineage(finding: Finding) -> str:
    return str(finding.estimand.facts["lineage"])


def _name(finding: Finding, findings: Findings, study: Study) -> str:
    """The cells of a row, with the lineage where there are several."""
    name = study.name_of(finding.analyte)
    several = len({_lineage(each) for each in findings}) > 1
    return f"{name} ({_lineage(finding)})" if several else name


def _row(finding: Finding, position: int, plane: Plane, look: _Look) -> Layers:
    """The line from which on such cells stand, and every sample."""
    cut = number_of(finding.estimand.facts["cut"])
    ends = {"x": rounded(100 * cut), "y": position - _HALF, "b": position + _HALF}
    yield plane.upright(rule(INK, 1.4, strokeDash=[3, 2]), [ends])
    shares = shares_of(finding)
    high = [share for share in shares if share >= cut]
    mark = dot(COLOURS[1] if look.own else MUTED, 32, firm=look.own, stroke=1)
    low = point(TIMES, COLOURS[0] if look.asked else MUTED, 32, filled=False, strokeWidth=1.8)
    for shape, some in ((mark, high), (low, [share for share in shares if share < cut])):
        places = [{"x": rounded(100 * share), "y": position} for share in some]
        yield plane.layer(shape, places)


def _alt(name: str, finding: Finding) -> str:
    """A row in words."""
    shares, cut = shares_of(finding), number_of(finding.estimand.facts["cut"])
    low, high = percentile(min(shares)), percentile(max(shares))
    n = sum(share < cut for share in shares)
    stand = f"percentile {low}" if low == high else f"percentile {low} to {high}"
    return f"{name} at {stand}, {n} of {len(shares)} below the line at {percentile(cut)}"
