"""The quality of each assay in tables: efficiencies, references, calibration curves, bead populations, delivered results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.tell import reference_genes, words

Row = dict[str, Any]
Say = Callable[[Row, dict[str, float], Study], str]
Each = Callable[[Row, dict[str, float], Study], Iterable[tuple[Row, dict[str, float]]]]
"""The lines of a table that one row of ASSAYS makes."""


@dataclass(frozen=True, slots=True)
class QualityTable:
    """One table of the report's quality section."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(assays: pl.DataFrame, *, study: Study) -> list[QualityTable]:
    """A table for each kind of fitted thing that the ASSAYS table holds; a column that says nothing in any row is left out."""
    made = []
    for title, kind, wanted, columns, each in _TABLES:
        rows = [
            (row, {figure["name"]: figure["value"] for figure in row["figures"]})
            for row in assays.filter(kind=kind).iter_rows(named=True)
        ]
        mine = [line for row, figures in rows if wanted in figures for line in each(row, figures, study)]
        if mine:
            said = [(head, [say(row, f, study) for row, f in mine]) for head, say in columns]
            told = [column for column in said if set(column[1]) != {words.NOTHING}]
            made.append(
                QualityTable(title, tuple(head for head, _ in told), list(zip(*(c for _, c in told), strict=True)))
            )
    return made


def _itself(row: Row, figures: dict[str, float], study: Study) -> Iterable[tuple[Row, dict[str, float]]]:
    return [(row, figures)]


def _analyte(row: Row, figures: dict[str, float], study: Study) -> str:
    return study.name_of(row["analyte"])


def _plate(row: Row, figures: dict[str, float], study: Study) -> str:
    return row["plate"] or "all"


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
    if figures.get("curves"):
        return f"{figures['curves']:.0f} curves"
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
    ("replicate SD, cycles", _figure("replicate_sd")), ("expected from counting", _figure("counting_sd")),
    ("to the instrument's Cq", _figure("vendor_difference")), ("undetected wells", _count("undetected", "wells")),
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
    ("gene", reference_genes.gene), ("readout", reference_genes.readout), ("samples", reference_genes.samples),
    ("geNorm M", reference_genes.m), ("NormFinder ρ", reference_genes.rho),
    ("shift with stimulus, log2 (90 % interval)", reference_genes.with_stimulus),
    ("between groups, log2 (90 % interval)", reference_genes.between_groups), ("verdict", reference_genes.verdict),
)  # fmt: skip
_TABLES: tuple[tuple[str, str, str, tuple[tuple[str, Say], ...], Each], ...] = (
    ("Amplification efficiency", "efficiency", "efficiency", _EFFICIENCY, _itself),
    ("Reference genes", "reference", "samples", _REFERENCE, reference_genes.gene_rows),
    ("Calibration curves", "curve", "levels", _CURVE, _itself),
    ("Bead populations", "population", "beads_median", _BEADS, _itself),
    ("Results as delivered", "population", "distinct", _DELIVERED, _itself),
)
