"""Findings as a small table for a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import polars as pl

from exvivo.findings import Finding, findings_of
from exvivo.tell import words
from exvivo.visible import visible

_HEADS = (
    "question",
    "analyte",
    "readout",
    "scale",
    "estimate",
    "interval",
    "adjusted p",
    "donors",
    "verdict",
)


def findings_html(findings: pl.DataFrame) -> str:
    """The answers of a FINDINGS table as an HTML table, every cell escaped; numbers shown beside
    answers are left out.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    answers = findings_of(findings.filter(part="answer"))
    body = "".join(f"<tr>{_row(_cells(finding))}</tr>" for finding in answers)
    return visible(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _row(cells: Iterable[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _cells(finding: Finding) -> tuple[str, ...]:
    return (
        finding.question,
        finding.analyte,
        finding.readout,
        finding.scale or "",
        words.amount(finding.estimate, finding.unit),
        words.ends_of(finding.lower, finding.upper, finding.unit),
        words.p_value(finding.p_adjusted),
        words.group_counts(finding.n),
        finding.verdict or "",
    )
