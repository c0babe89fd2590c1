"""The quality of each assay in tables: efficiencies, references, calibration curves, bead populations, delivered results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import words

Row = dict[str, Any]
Say = Callable[[Row, dict[str, float], Study], str]


@dataclass(frozen=True, slots=True)
class QualityTable:
    """One table of the report's quality section."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(assays: pl.DataFrame, *, study: Study) -> list[QualityTable]:
    """A table for each kind of fitted thing that the ASSAYS table holds."""
    made = []
    for title, kind, wanted, columns in _TABLES:
        rows = [
            (row, {figure["name"]: figure["value"] for figure in row["figures"]})
            for row in assays.filter(kind=kind).iter_rows(named=True)
        ]
        mine = [(row, figures) for row, figures in rows if wanted in figures]
        if mine:
            heads = tuple(head for head, _ in columns)
            made.append(
                QualityTable(title, heads, [tuple(say(row, f, study) for _, say in columns) for row, f in mine])
            )
    return made


def _analyte(row: Row, figures: dict[str, float], study: Study) -> str:
    return study.name_of(row["analyte"])


def _plate(row: Row, figures: dict[str, float], study: Study) -> str:
    return row["plate"] or "all"


def _readout(row: Row, figures: dict[str, float], study: Study) -> str:
    return str(row["readout"])


def _figure(name: str, digits: int = 2) -> Say:
    return lambda row, figures, study: words.number(figures.get(name), digits=digits)


def _count(name: str, of: str = "") -> Say:
    def say(row: Row, figures: dict[str, float], study: Study) -> str:
        if name not in figures:
            return words.NOTHING
        return f"{figures[name]:.0f}" + (f" of {figures[of]:.0f}" if of in figures else "")

    return say


def _efficiency(row: Row, figures: dict[str, float], study: Study) -> str:
    return f"{words.number(figures['efficiency'])} ± {words.number(figures['sd'], digits=3)}"


def _source(row: Row, figures: dict[str, float], study: Study) -> str:
    if figures.get("defaulted"):
        return "assumed"
    return "given" if figures.get("given") else f"{figures.get('standards', 0):.0f} standards"


def _limits(row: Row, figures: dict[str, float], study: Study) -> str:
    ends = [words.amount_of(end) if end is not None else "open" for end in (row["lower"], row["upper"])]
    return f"{ends[0]} to {ends[1]} {row['unit']}"


def _limit(row: Row, figures: dict[str, float], study: Study) -> str:
    if row["lower"] is None:
        return "none seen"
    return f"{words.amount_of(row['lower'])} {row['unit']}" + (" (inferred)" if "probable_limit" in figures else "")


_EFFICIENCY: tuple[tuple[str, Say], ...] = (
    ("target", _analyte), ("efficiency", _efficiency), ("from", _source), ("r²", _figure("r2", 3)),
    ("replicate SD, cycles", _figure("replicate_sd")), ("undetected wells", _count("undetected", "wells")),
    ("controls that amplify", _count("ntc_amplified", "ntc_wells")),
)  # fmt: skip
_CURVE: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte), ("plate", _plate), ("reports", _limits), ("parameters", _count("parameters")),
    ("standards within 25 %", _count("levels_within_25_percent", "levels")), ("residual CV", _figure("residual_cv")),
    ("misfit (1: as noise)", _figure("misfit")),
)  # fmt: skip
_BEADS: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte), ("plate", _plate), ("tubes", _count("tubes")), ("beads, median", _count("beads_median")),
    ("beads, fewest", _count("beads_least")), ("clarity of the population", _figure("clarity", 1)),
)  # fmt: skip
_DELIVERED: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte), ("plate", _plate), ("results", _count("n")), ("different values", _count("distinct")),
    ("zeros", _count("zeros")), ("smallest, times", _count("repeated_smallest")), ("undetected", _count("undetected")),
    ("detection limit", _limit),
)  # fmt: skip
_REFERENCE: tuple[tuple[str, Say], ...] = (
    ("references", _analyte), ("readout", _readout), ("samples", _count("samples")),
    ("without reference", _count("samples_without_reference")),
)  # fmt: skip
_TABLES = (
    ("Amplification efficiency", "efficiency", "efficiency", _EFFICIENCY),
    ("Reference genes", "reference", "samples", _REFERENCE),
    ("Calibration curves", "curve", "levels", _CURVE),
    ("Bead populations", "population", "beads_median", _BEADS),
    ("Results as delivered", "population", "distinct", _DELIVERED),
)
