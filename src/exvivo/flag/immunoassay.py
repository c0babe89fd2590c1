"""Assays with standards: amounts that agree, controls that hold, samples that dilute, and what the
instrument itself says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from exvivo.figures import Figure
from exvivo.flag.look import Fit, Flags, Look, counted, flag, listed
from exvivo.flagged import Flag, Scope
from exvivo.study import Assay, Beads, Immunoassay
from exvivo.words import signed

_RECOVERED = 0.2
"""Controls and spikes are to come back within this share of what they hold (ICH M10)."""
_APART = math.log2(1.25)
"""Our concentrations and the instrument's further apart than this (log2) are worth a look ..."""
_FEWEST = 3
"""... where so many wells have both."""
_ABOVE = 0.1
"""The share of wells above the range from which a person must look."""
_SLOPE = 0.15
"""A concentration that moves by more than this (log2) with each doubling of the dilution is not the
same concentration.
"""
_MOSTLY = 0.5
"""The share of an interval from which one cause is named."""
_LACK_OF_FIT = 0.001
"""The p under which standards leave their curve."""


def standards_out_of_line(fit: Fit) -> Flags:
    """Standards far off their curve: they weigh little in it, and nobody took them out."""
    outliers = fit.named("outlier")
    if outliers:
        number = counted(len(outliers), "standard lies", "standards lie")
        yield flag(
            "assays",
            fit.place,
            severity="note",
            what=f"{number} far off the curve: {listed(map(_outlier, outliers))}",
            why=(
                "a pipetting slip in a standard bends the curve; the robust fit gives such a well "
                "little weight"
            ),
            cure="look at the curve in the report; nothing was left out",
        )


def _outlier(figure: Figure) -> str:
    return f"{figure['of']} ({signed(figure['value'], digits=1)} SD)"


def curves_that_do_not_fit(fit: Fit) -> Flags:
    """Curves whose standards scatter round them more than their replicates do."""
    p = fit.get("lack_of_fit_p", 1.0)
    if p < _LACK_OF_FIT:
        yield flag(
            "assays",
            fit.place,
            severity="note",
            what=f"standards leave the curve by more than their replicates differ (p {p:.1g})",
            why="the shape of the curve is then not quite the assay's; errors were widened by it",
            cure="look at the curve in the report; check the dilution series",
        )


def curves_without_a_range(fit: Fit) -> Flags:
    """Curves that give no number, curves that fall short of what ICH M10 asks of a run, and ranges
    that leave standards out, with the reason.
    """
    if fit.get("levels_in_range") == 0:
        yield _without_a_range(fit)
        return
    if fit.get("m10_pass") == 0:
        yield _short_of_m10(fit)
    reasons = [*_end(fit, "lower", "below"), *_end(fit, "upper", "above")]
    if reasons:
        yield _narrower(fit, reasons)


def _end(fit: Fit, end: str, side: str) -> Iterator[str]:
    """Why the range ends within the standards on one side, if it does."""
    share = fit.get(f"{end}_from_curve")
    if share is not None:
        reason = "the curve is not known well" if share > _MOSTLY else "wells vary too much"
        yield f"{side} {_amount(fit.row[end])} {reason}"


def _amount(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _narrower(fit: Fit, reasons: list[str]) -> Flag:
    in_range, levels = fit.get("levels_in_range", 0), fit.get("levels", 0)
    return flag(
        "assays",
        fit.place,
        severity="note",
        what=(
            f"the range of numbers leaves out {levels - in_range:.0f} of {levels:.0f} standards: "
            f"{listed(reasons)}"
        ),
        why=(
            "there the 95 % interval of one well reaches more than twofold up or down, and a bound "
            "says as much"
        ),
        cure="more standards or more wells of each would widen the range",
    )


def _without_a_range(fit: Fit) -> Flag:
    return flag(
        "assays",
        fit.place,
        what="no amount can be read off this curve within twofold",
        why=(
            "there is no range in which this curve can report a number; its samples are known only "
            "by bounds"
        ),
        cure="look at the curve in the report; check the dilution series and repeat the plate",
    )


def _short_of_m10(fit: Fit) -> Flag:
    return flag(
        "assays",
        fit.place,
        severity="note",
        what=(
            f"{fit.get('m10_levels_passing', 0):.0f} of {fit.get('levels', 0):.0f} standards read "
            "back: short of what ICH M10 asks (three in four, and six)"
        ),
        why=(
            "a run of a regulated study would be rejected; here intervals are the wider for it, "
            "and the range the narrower"
        ),
        cure="look at the curve in the report; check the dilution series",
    )


def samples_above_the_range(look: Look) -> Flags:
    """Sample wells that read above the highest amount their curve can report: measuring them again
    is worth more than a bound.
    """
    for row in _above_the_range(look).iter_rows(named=True):
        yield flag(
            "quantities",
            f"{row['assay']} {row['analyte']}",
            scope=Scope(assays=(row["assay"],), analytes=(row["analyte"],)),
            severity="look" if row["above"] > _ABOVE * row["wells"] else "note",
            what=_above(row),
            why=(
                "they are known only to be higher; responses and groups may stay open for that "
                "alone"
            ),
            cure=(
                "dilute these samples and measure them again; both dilutions may stand in the "
                "layout"
            ),
        )


def _above(row: dict[str, int]) -> str:
    donors = counted(row["donors"], "donor", "donors")
    wells = f"{row['above']} of {row['wells']} sample wells, of {donors}"
    return f"{wells}, read above what their curve can report"


def _above_the_range(look: Look) -> pl.DataFrame:
    """For each assay and analyte with such wells: how many, of how many, and of how many donors."""
    assays = [assay.id for assay in look.assays_of(Beads, Immunoassay)]
    above = pl.col("censor") == "right"
    return (
        look.amounts.filter(pl.col("assay").is_in(assays))
        .group_by("assay", "analyte", maintain_order=True)
        .agg(
            above=above.sum(),
            wells=pl.len(),
            donors=pl.col("donor").filter(above).n_unique(),
        )
        .filter(pl.col("above") > 0)
    )


def controls_off(fit: Fit) -> Flags:
    """Controls of known amount that do not come back."""
    off = [*_off_amount(fit), *_off_curve(fit)]
    if off:
        yield flag(
            "assays",
            fit.place,
            what=f"controls that read more than 20 % off their known amount: {listed(off)}",
            why="what the plate does to a control it does to the samples",
            cure=(
                "look at the chart of controls in the report; check standards and dilutions of "
                "these plates"
            ),
        )


_OFF_CURVE = {"control_above": "above", "control_below": "below"}


def _off_curve(fit: Fit) -> Iterator[str]:
    """The controls that read beyond their curve, and beyond their amount."""
    for figure in fit.row["figures"]:
        side = _OFF_CURVE.get(figure["name"])
        if side:
            yield f"{_control(figure)} (off the curve, {side} its amount)"


def _off_amount(fit: Fit) -> Iterator[str]:
    """The controls that read a concentration, and not theirs."""
    for figure in fit.named("control_log2"):
        share = _share(fit, figure)
        if abs(share - 1) > _RECOVERED:
            yield f"{_control(figure)} ({100 * share:.0f} %)"


def _share(fit: Fit, figure: Figure) -> float:
    """What a control reads, as a share of its amount where that is known."""
    expected = fit.value("control_expected", of=figure["of"])
    return 1.0 if expected is None else 2 ** (figure["value"] - expected)


def _control(figure: Figure) -> str:
    return f"{figure['of']} on plate {figure['plate']}"


def plates_without_controls(look: Look) -> Flags:
    """Assays on several plates without one control or calibrator that is on two of them."""
    for assay in look.study.assays:
        plates = len(look.plates(assay))
        if plates > 1 and _has_curves(assay) and not _compared(look, assay.id):
            yield flag(
                "assays",
                f"{assay.id}, {plates} plates",
                scope=Scope(assays=(assay.id,)),
                severity="note",
                what="no control or calibrator stands on two plates",
                why=(
                    "what a plate does to all its wells is then in no interval of a level (it "
                    "cancels in responses measured on one plate)"
                ),
                cure=(
                    "put one sample on every plate, with the role `qc` or `calibrator` and its "
                    "name in `control`"
                ),
            )


def _has_curves(assay: Assay) -> bool:
    """The assay's concentrations are read off curves of its own."""
    return isinstance(assay, Beads | Immunoassay) and assay.result != "vendor"


def _compared(look: Look, assay: str) -> bool:
    """A control stands on two plates of the assay."""
    controls = (fit for fit in look.fits("control") if fit.row["assay"] == assay)
    return any("between_sd" in fit.values for fit in controls)


def samples_that_do_not_dilute(fit: Fit) -> Flags:
    """Analytes whose concentration depends on the dilution."""
    if abs(fit.get("dilution_slope", 0.0)) > max(
        _SLOPE, 2 * fit.get("dilution_slope_se", math.inf)
    ):
        yield flag(
            "assays",
            fit.place,
            what=_per_doubling(fit),
            why=(
                "samples and standards are then not parallel: something in the sample helps or "
                "hinders the assay"
            ),
            cure=(
                "compare samples at one dilution only, or find the dilution from which they are "
                "parallel"
            ),
        )


def _per_doubling(fit: Fit) -> str:
    samples = counted(fit["dilution_samples"], "sample", "samples")
    fold = f"{2 ** fit['dilution_slope']:.2f}-fold"
    return f"the concentration of {samples} moves {fold} with each doubling of the dilution"


def spikes_not_recovered(fit: Fit) -> Flags:
    """Added amounts that are not found again."""
    share = fit.get("spike_recovery", 1.0)
    if abs(share - 1) > _RECOVERED:
        number = fit["spikes"]
        yield flag(
            "assays",
            fit.place,
            what=f"{100 * share:.0f} % of an added amount is found again (median of {number:.0f})",
            why="what is in the sample keeps the assay from seeing all of it",
            cure="dilute the samples more, or calibrate in their matrix",
        )


def instrument_reads_otherwise(look: Look) -> Flags:
    """Analytes whose concentrations differ from those of the instrument's software."""
    for (assay, analyte), rows in _beside_the_instrument(look):
        mean = float((rows["value"] - rows["theirs"]).to_numpy().mean())
        if rows.height >= _FEWEST and abs(mean) > _APART:
            yield flag(
                "quantities",
                f"{assay} {analyte}",
                scope=Scope(assays=(str(assay),), analytes=(str(analyte),)),
                what=(
                    f"concentrations are on average {2**mean:.2f} times those of the instrument's "
                    f"software ({counted(rows.height, 'well', 'wells')})"
                ),
                why="amounts of the standards, a dilution counted twice or the fit may differ",
                cure=(
                    "compare the amounts in layout and file; `result: vendor` takes the software's "
                    "own"
                ),
            )


def _beside_the_instrument(look: Look) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    """By assay and analyte the quantities that the instrument's software has as well, as `theirs`
    (log2).
    """
    key = ["assay", "plate", "well", "analyte"]
    read_off = _assays_read_off_curves(look)
    given = look.wells.filter(pl.col("assay").is_in(read_off), pl.col("value") > 0)
    theirs = given.filter(kind="concentration").select(*key, theirs=pl.col("value").log(2))
    ours = look.amounts.drop_nulls("value")
    both = ours.join(theirs, on=key, how="inner", maintain_order="left")
    yield from both.group_by(["assay", "analyte"], maintain_order=True)


def _assays_read_off_curves(look: Look) -> list[str]:
    return [assay.id for assay in look.assays_of(Immunoassay) if assay.result == "curve"]


def units_that_disagree(look: Look) -> Flags:
    """Concentrations of the instrument's software in another unit than the assay's."""
    for assay in look.assays_of(Immunoassay):
        others = _other_units(look, assay)
        if others:
            yield flag(
                "wells",
                assay.id,
                scope=Scope(assays=(assay.id,)),
                what=(
                    f"the instrument's software gives {listed(others)}, study.yaml says "
                    f"{assay.unit}"
                ),
                why="a thousandfold error hides in a prefix",
                cure="correct `unit` of the assay, or the unit in the instrument's protocol",
            )


def _other_units(look: Look, assay: Immunoassay) -> list[str]:
    given = look.wells.filter(assay=assay.id, kind="concentration")
    units = given["unit"].unique(maintain_order=True)
    return [unit for unit in units if unit and unit.casefold() != assay.unit.casefold()]


def instrument_warnings(look: Look) -> Flags:
    """What the instrument's software warned of."""
    warned = pl.col("block").str.to_lowercase().str.contains("warning")
    warnings = look.vendor.filter(warned & (pl.col("text") != ""))
    for (plate, source), rows in warnings.group_by(["plate", "source"], maintain_order=True):
        lines = rows.select("row", "text").unique(maintain_order=True).iter_rows()
        texts = listed(f"{row}: {text}" if row else text for row, text in lines)
        yield flag(
            "wells",
            f"plate {plate} ({source})",
            scope=Scope(plates=(str(plate),)),
            severity="note",
            what=f"the instrument's software warned: {texts}",
            why="it was there when the plate was read",
            cure="see the table vendor.csv for all of it, and the instrument's manual",
        )
