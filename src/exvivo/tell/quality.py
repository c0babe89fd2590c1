"""The quality of each assay in tables: efficiencies, references, calibration curves, beads,
controls, delivered results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.figures import figures_named, values_of
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
    """A table for each kind of fitted thing that the ASSAYS table holds; a column that says nothing
    in any row is left out.
    """
    made = []
    for title, kind, wanted, columns, each in _TABLES:
        rows = [
            (row, values_of(row["figures"]))
            for row in assays.filter(kind=kind).iter_rows(named=True)
        ]
        mine = [
            line
            for row, figures in rows
            if wanted is None or wanted in figures
            for line in each(row, figures, study)
        ]
        if mine:
            said = [(head, [say(row, f, study) for row, f in mine]) for head, say in columns]
            told = [column for column in said if set(column[1]) != {words.NOTHING}]
            made.append(
                QualityTable(
                    title,
                    tuple(head for head, _ in told),
                    list(zip(*(c for _, c in told), strict=True)),
                )
            )
    return made


def _itself(
    row: Row, figures: dict[str, float], study: Study
) -> Iterable[tuple[Row, dict[str, float]]]:
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


def _amount(name: str) -> Say:
    """An amount in the unit of its row: a column of the table, or one of its figures."""

    def say(row: Row, figures: dict[str, float], study: Study) -> str:
        value = row[name] if name in ("lower", "upper") else figures.get(name)
        return words.NOTHING if value is None else words.amount_of(value)

    return say


def _unit(row: Row, figures: dict[str, float], study: Study) -> str:
    return str(row["unit"])


def _share(name: str) -> Say:
    return lambda row, figures, study: (
        f"{100 * figures[name]:.0f} %" if name in figures else words.NOTHING
    )


def _m10(row: Row, figures: dict[str, float], study: Study) -> str:
    if "m10_pass" not in figures:
        return words.NOTHING
    return "pass" if figures["m10_pass"] else "fail"


def _out_of_line(row: Row, figures: dict[str, float], study: Study) -> str:
    off = [(figure["of"], figure["value"]) for figure in figures_named(row["figures"], "outlier")]
    return (
        words.listed(f"{well} ({words.number(sd, digits=1)} SD)" for well, sd in off)
        or words.NOTHING
    )


def _lack_of_fit(row: Row, figures: dict[str, float], study: Study) -> str:
    return words.p_value(figures.get("lack_of_fit_p"))


def _borrowed(row: Row, figures: dict[str, float], study: Study) -> str:
    plates = figures.get("pooled", 0)
    return f"{plates:.0f} plates" if plates else words.NOTHING


def _hook(row: Row, figures: dict[str, float], study: Study) -> str:
    return "suspected" if figures.get("hook") else words.NOTHING


def _without_beads(row: Row, figures: dict[str, float], study: Study) -> str:
    return (
        words.listed(figure["of"] or "" for figure in figures_named(row["figures"], "beads_in"))
        or words.NOTHING
    )


def _between_plates(row: Row, figures: dict[str, float], study: Study) -> str:
    """The coefficient of variation between plates, exact for a lognormal spread of `between_sd` in
    log2.
    """
    if "between_sd" not in figures:
        return words.NOTHING
    variance = (figures["between_sd"] * math.log(2)) ** 2
    return f"{100 * math.sqrt(math.expm1(variance)):.1f} % ({words.counted(round(figures['plates']), 'plate')})"


def _control_recovery(row: Row, figures: dict[str, float], study: Study) -> str:
    """The mean of each control over its plates, as a share of its known amount."""
    said = []
    means = figures_named(row["figures"], "control_log2")
    for figure in figures_named(row["figures"], "control_expected"):
        control, expected = figure["of"], figure["value"]
        own = [mean["value"] for mean in means if mean["of"] == control]
        said += [f"{control} {100 * 2 ** (sum(own) / len(own) - expected):.0f} %"] if own else []
    return ", ".join(said) or words.NOTHING


def _linearity(row: Row, figures: dict[str, float], study: Study) -> str:
    """What a doubling of the dilution does to the concentration, with its standard error where
    there is one.
    """
    if "dilution_slope" not in figures:
        return words.NOTHING
    error = figures.get("dilution_slope_se")
    said = words.number(figures["dilution_slope"]) + (
        f" ± {words.number(error)}" if error is not None else ""
    )
    return f"{said} ({words.counted(round(figures['dilution_samples']), 'sample')})"


def _spikes(row: Row, figures: dict[str, float], study: Study) -> str:
    if "spike_recovery" not in figures:
        return words.NOTHING
    ends = " to ".join(
        words.number(100 * figures[name], digits=0) for name in ("spike_least", "spike_most")
    )
    return f"{words.number(100 * figures['spike_recovery'], digits=0)} % ({ends} in {words.counted(round(figures['spikes']), 'well')})"


def _limit(row: Row, figures: dict[str, float], study: Study) -> str:
    if row["lower"] is None:
        return "none seen"
    return f"{words.amount_of(row['lower'])} {row['unit']}" + (
        " (inferred)" if "probable_limit" in figures else ""
    )


_EFFICIENCY: tuple[tuple[str, Say], ...] = (
    ("target", _analyte),
    ("efficiency", _efficiency),
    ("from", _source),
    ("r²", _figure("r2", 3)),
    ("replicate SD, cycles", _figure("replicate_sd")),
    ("expected from counting", _figure("counting_sd")),
    ("to the instrument's Cq", _figure("vendor_difference")),
    ("undetected wells", _count("undetected", "wells")),
    ("controls that amplify", _count("ntc_amplified", "ntc_wells")),
)
_CURVE: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte),
    ("plate", _plate),
    ("LoB", _amount("lob")),
    ("LoD", _amount("lod")),
    ("LLOQ", _amount("lower")),
    ("ULOQ", _amount("upper")),
    ("unit", _unit),
    ("blanks", _count("blanks")),
    ("standards within 20 %", _count("levels_within_20_percent", "levels")),
    ("as ICH M10 asks", _m10),
    ("parameters", _count("parameters")),
    ("residual CV", _share("residual_cv")),
    ("misfit (1: as noise)", _figure("misfit")),
    ("lack of fit, p", _lack_of_fit),
    ("far off the curve", _out_of_line),
    ("hook", _hook),
    ("pooled over", _borrowed),
)
_BEADS: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte),
    ("plate", _plate),
    ("wells", _count("tubes")),
    ("beads, median", _count("beads_median")),
    ("beads, fewest", _count("beads_least")),
    ("wells under 50", _count("wells_under_50")),
    ("wells under 35", _count("wells_under_35")),
    ("wells without a result", _without_beads),
    ("clarity of the population", _figure("clarity", 1)),
)
_CONTROLS: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte),
    ("CV between plates", _between_plates),
    ("controls found, of the known amount", _control_recovery),
    ("slope per doubling of the dilution, log2 (0: linear)", _linearity),
    ("spikes found, median", _spikes),
    ("wells off the scale that a dilution replaced", _count("gave_way")),
)
_DELIVERED: tuple[tuple[str, Say], ...] = (
    ("analyte", _analyte),
    ("plate", _plate),
    ("results", _count("n")),
    ("different values", _count("distinct")),
    ("zeros", _count("zeros")),
    ("smallest, times", _count("repeated_smallest")),
    ("undetected", _count("undetected")),
    ("detection limit", _limit),
)
_REFERENCE: tuple[tuple[str, Say], ...] = (
    ("gene", reference_genes.gene),
    ("readout", reference_genes.readout),
    ("samples", reference_genes.samples),
    ("geNorm M", reference_genes.m),
    ("NormFinder ρ", reference_genes.rho),
    ("shift with stimulus, log2 (90 % interval)", reference_genes.with_stimulus),
    ("between groups, log2 (90 % interval)", reference_genes.between_groups),
    ("verdict", reference_genes.verdict),
)
_TABLES: tuple[tuple[str, str, str | None, tuple[tuple[str, Say], ...], Each], ...] = (
    ("Amplification efficiency", "efficiency", "efficiency", _EFFICIENCY, _itself),
    ("Reference genes", "reference", "samples", _REFERENCE, reference_genes.gene_rows),
    ("Calibration curves", "curve", "levels", _CURVE, _itself),
    ("Beads", "population", "beads_median", _BEADS, _itself),
    ("Controls, dilutions and spikes", "control", None, _CONTROLS, _itself),
    ("Results as delivered", "population", "distinct", _DELIVERED, _itself),
)
