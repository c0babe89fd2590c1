"""The quality of each assay in tables: efficiencies, references, calibration curves, beads,
controls, delivered results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

import polars as pl

from exvivo.study import Study
from exvivo.tell import reference_genes, words
from exvivo.tell.fits import Fit, fits_of

T = TypeVar("T")
Cell = Callable[[Fit], str]


@dataclass(frozen=True, slots=True)
class QualityTable:
    """One table of the report's quality section."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """A table for fits of one `kind` that have the figure `needs`: their lines and its columns."""

    title: str
    kind: str
    needs: str
    lines: Callable[[Fit, Study], Iterable[T]]
    columns: tuple[tuple[str, Callable[[T], str]], ...]

    def table(self, fits: Iterable[Fit], study: Study) -> QualityTable | None:
        """The table of some fits; a column that says nothing in any line is left out."""
        lines = list(chain.from_iterable(self.lines(fit, study) for fit in fits))
        columns = [(head, list(map(cell, lines))) for head, cell in self.columns]
        shown = [(head, cells) for head, cells in columns if {*cells} - {words.NO_NUMBER}]
        if not shown:
            return None
        heads, cells = zip(*shown, strict=True)
        return QualityTable(self.title, heads, list(zip(*cells, strict=True)))


def tables(assays: pl.DataFrame, *, study: Study) -> list[QualityTable]:
    """A table for each kind of fitted thing that the ASSAYS table holds."""
    made = []
    for kind in _KINDS:
        table = kind.table(_fits_with(kind.needs, fits_of(assays, kind.kind)), study)
        if table is not None:
            made.append(table)
    return made


@dataclass(frozen=True, slots=True)
class _Named:
    """A fit with the report's name of its analyte."""

    fit: Fit
    analyte: str


def _itself(fit: Fit, study: Study) -> Sequence[_Named]:
    return [_Named(fit, study.name_of(fit.analyte))]


def _fits_with(figure: str, fits: Iterable[Fit]) -> list[Fit]:
    """The fits that have a figure; all, where none is named."""
    return [fit for fit in fits if not figure or figure in fit.figures]


def _of_fits(title: str, kind: str, needs: str, *columns: tuple[str, Cell]) -> _Kind[_Named]:
    """A table with a line for each fit, which starts with the name of its analyte."""
    first = "target" if kind == "efficiency" else "analyte"
    rest = tuple((head, _of_fit(cell)) for head, cell in columns)
    return _Kind(title, kind, needs, _itself, ((first, lambda line: line.analyte), *rest))


def _of_fit(cell: Cell) -> Callable[[_Named], str]:
    return lambda line: cell(line.fit)


def _plate(fit: Fit) -> str:
    return fit.plate or "all"


def _unit(fit: Fit) -> str:
    return fit.unit


def _figure(name: str, digits: int = 2) -> Cell:
    return lambda fit: words.number(fit.figures.get(name), digits=digits)


def _count(name: str, of: str = "") -> Cell:
    def cell(fit: Fit) -> str:
        if name not in fit.figures:
            return words.NO_NUMBER
        whole = f" of {fit.figure(of):.0f}" if of in fit.figures else ""
        return f"{fit.figure(name):.0f}{whole}"

    return cell


def _share(name: str) -> Cell:
    def cell(fit: Fit) -> str:
        if name not in fit.figures:
            return words.NO_NUMBER
        return f"{100 * fit.figure(name):.0f} %"

    return cell


def _amount(value: Callable[[Fit], float | None]) -> Cell:
    """An amount in the unit of its row."""

    def cell(fit: Fit) -> str:
        amount = value(fit)
        return words.NO_NUMBER if amount is None else words.amount_of(amount)

    return cell


def _efficiency(fit: Fit) -> str:
    return f"{words.number(fit.figure('efficiency'))} ± {words.number(fit.figure('sd'), digits=3)}"


def _source(fit: Fit) -> str:
    """Where an efficiency comes from."""
    if fit.figure("defaulted"):
        return "assumed"
    if fit.figure("curves"):
        return words.counted(round(fit.figure("curves")), "curve")
    if fit.figure("given"):
        return "given"
    return words.counted(round(fit.figure("standards")), "standard")


def _m10(fit: Fit) -> str:
    if "m10_pass" not in fit.figures:
        return words.NO_NUMBER
    return "pass" if fit.figure("m10_pass") else "fail"


def _out_of_line(fit: Fit) -> str:
    outliers = [
        f"{well} ({words.number(sd, digits=1)} SD)" for well, sd in fit.of("outlier").items()
    ]
    return words.listed(outliers) or words.NO_NUMBER


def _lack_of_fit(fit: Fit) -> str:
    return words.p_value(fit.figures.get("lack_of_fit_p"))


def _pooled_over(fit: Fit) -> str:
    plates = round(fit.figure("pooled"))
    return words.counted(plates, "plate") if plates else words.NO_NUMBER


def _hook(fit: Fit) -> str:
    return "suspected" if fit.figure("hook") else words.NO_NUMBER


def _without_beads(fit: Fit) -> str:
    return words.listed(fit.of("beads_in")) or words.NO_NUMBER


def _between_plates(fit: Fit) -> str:
    """The coefficient of variation between plates, exact for a lognormal spread of `between_sd` in
    log2: sqrt(exp((sd ln 2)^2) - 1).
    """
    if "between_sd" not in fit.figures:
        return words.NO_NUMBER
    variance = (fit.figure("between_sd") * math.log(2)) ** 2
    plates = words.counted(round(fit.figure("plates")), "plate")
    return f"{100 * math.sqrt(math.expm1(variance)):.1f} % ({plates})"


def _control_recovery(fit: Fit) -> str:
    """The mean of each control over its plates, as a share of its known amount."""
    recoveries = []
    for control, expected in fit.of("control_expected").items():
        logs = [f["value"] for f in fit.named("control_log2") if f["of"] == control]
        if logs:
            share = 2 ** (sum(logs) / len(logs) - expected)
            recoveries.append(f"{control} {100 * share:.0f} %")
    return ", ".join(recoveries) or words.NO_NUMBER


def _linearity(fit: Fit) -> str:
    """What a doubling of the dilution does to the concentration, with its standard error where
    there is one.
    """
    if "dilution_slope" not in fit.figures:
        return words.NO_NUMBER
    slope = words.number(fit.figure("dilution_slope"))
    if "dilution_slope_se" in fit.figures:
        slope += f" ± {words.number(fit.figure('dilution_slope_se'))}"
    return f"{slope} ({words.counted(round(fit.figure('dilution_samples')), 'sample')})"


def _spikes(fit: Fit) -> str:
    if "spike_recovery" not in fit.figures:
        return words.NO_NUMBER
    median, least, most = (
        words.number(100 * fit.figure(name), digits=0)
        for name in ("spike_recovery", "spike_least", "spike_most")
    )
    wells = words.counted(round(fit.figure("spikes")), "well")
    return f"{median} % ({least} to {most} in {wells})"


def _limit(fit: Fit) -> str:
    if fit.lower is None:
        return "none seen"
    inferred = " (inferred)" if "probable_limit" in fit.figures else ""
    return f"{words.amount_of(fit.lower)} {fit.unit}{inferred}"


_EFFICIENCIES = _of_fits(
    "Amplification efficiency",
    "efficiency",
    "efficiency",
    ("efficiency", _efficiency),
    ("from", _source),
    ("r²", _figure("r2", 3)),
    ("replicate SD, cycles", _figure("replicate_sd")),
    ("expected from counting", _figure("counting_sd")),
    ("to the instrument's Cq", _figure("vendor_difference")),
    ("undetected wells", _count("undetected", "wells")),
    ("controls that amplify", _count("ntc_amplified", "ntc_wells")),
)
_REFERENCES = _Kind(
    "Reference genes",
    "reference",
    "samples",
    reference_genes.genes_of,
    (
        ("gene", reference_genes.Gene.title),
        ("readout", reference_genes.Gene.readout),
        ("samples", reference_genes.Gene.samples),
        ("geNorm M", reference_genes.Gene.m),
        ("NormFinder ρ", reference_genes.Gene.rho),
        ("shift with stimulus, log2 (90 % interval)", reference_genes.Gene.with_stimulus),
        ("between groups, log2 (90 % interval)", reference_genes.Gene.between_groups),
        ("verdict", reference_genes.Gene.verdict),
    ),
)
_CURVES = _of_fits(
    "Calibration curves",
    "curve",
    "levels",
    ("plate", _plate),
    ("LoB", _amount(lambda fit: fit.figures.get("lob"))),
    ("LoD", _amount(lambda fit: fit.figures.get("lod"))),
    ("LLOQ", _amount(lambda fit: fit.lower)),
    ("ULOQ", _amount(lambda fit: fit.upper)),
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
    ("pooled over", _pooled_over),
)
_BEADS = _of_fits(
    "Beads",
    "population",
    "beads_median",
    ("plate", _plate),
    ("wells", _count("tubes")),
    ("beads, median", _count("beads_median")),
    ("beads, fewest", _count("beads_least")),
    ("wells under 50", _count("wells_under_50")),
    ("wells under 35", _count("wells_under_35")),
    ("wells without a result", _without_beads),
    ("clarity of the population", _figure("clarity", 1)),
)
_CONTROLS = _of_fits(
    "Controls, dilutions and spikes",
    "control",
    "",
    ("CV between plates", _between_plates),
    ("controls found, of the known amount", _control_recovery),
    ("slope per doubling of the dilution, log2 (0: linear)", _linearity),
    ("spikes found, median", _spikes),
    ("wells off the scale that a dilution replaced", _count("gave_way")),
)
_DELIVERED = _of_fits(
    "Results as delivered",
    "population",
    "distinct",
    ("plate", _plate),
    ("results", _count("n")),
    ("different values", _count("distinct")),
    ("zeros", _count("zeros")),
    ("smallest, times", _count("repeated_smallest")),
    ("undetected", _count("undetected")),
    ("detection limit", _limit),
)
_KINDS: tuple[_Kind[Any], ...] = (
    _EFFICIENCIES,
    _REFERENCES,
    _CURVES,
    _BEADS,
    _CONTROLS,
    _DELIVERED,
)
