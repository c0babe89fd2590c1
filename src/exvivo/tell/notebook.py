"""Findings as a small table for a notebook."""

from __future__ import annotations

from html import escape

import polars as pl

from exvivo.tell import words

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
    rows = findings.filter(pl.col("part") == "answer").rows(named=True)
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(row))}</tr>" for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    unit = str(row["unit"])
    estimate, lower, upper, p = (
        _float(row[name]) for name in ("estimate", "lower", "upper", "p_adjusted")
    )
    ends = words.interval(lower, upper, say=lambda end: words.amount(end, unit))
    counts = row["n"] if isinstance(row["n"], list) else []
    return (
        str(row["question"]),
        str(row["analyte"]),
        str(row["readout"]),
        str(row["scale"] or ""),
        words.amount(estimate, unit),
        ends,
        words.p_value(p),
        words.group_counts(counts),
        str(row["verdict"]),
    )


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, float) else None
