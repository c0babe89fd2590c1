"""Answers about what cells resemble, on invented cells whose kin is known: the page of the docs."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.identity import coverage, simulated
from benchmarks.row import Row

COVERAGE, ANSWERS = coverage.STUDIES, 4 * simulated.STUDIES
"""Virtual studies a row of each kind."""
QUICK = 10


def measured(*, quick: bool = False) -> list[Row]:
    """Coverage with other reference donors; answers with everything declared, and with nothing."""
    covered, answered = (QUICK, QUICK) if quick else (COVERAGE, ANSWERS)
    return [*coverage.rows(studies=covered), *simulated.rows(studies=answered)]


def page(rows: Iterable[Row], source: str) -> str:
    """The page of the docs, of the source with this hash."""
    lines = [
        "# What cells resemble, on invented cells",
        "",
        "Invented cells and references from a generator that shares nothing with the method",
        "(`benchmarks/identity/drawn.py`), answered by `compare`. Made by",
        f"`scripts/calibrate --only identity` on the source with hash `{source}`.",
        "",
        "| what | share | bar | holds |",
        "|---|---|---|---|",
        *map(_line, rows),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    holds = ("yes" if row.holds else "**no**") if row.bar else ""
    return f"| {row.what} | {row.value:.3g} {row.unit} | {row.bar} | {holds} |"
