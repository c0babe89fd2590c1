"""Assays with standards: amounts that agree, controls that hold, samples that dilute, and what the
instrument itself says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import polars as pl

from exvivo.flag.look import Flag, Look, counted, flag, listed, place
from exvivo.study import Beads, Immunoassay

_ALIKE = 0.01
"""Amounts and dilutions further apart than this share of each other disagree."""
_RECOVERED = 0.2
"""Controls and spikes are to come back within this share of what they hold (ICH M10)."""
_APART = math.log2(1.25)
"""Our concentrations and the instrument's further apart than this (log2) are worth a look."""
_MANY_ABOVE = 0.1
"""The share of wells above the range from which a person must look."""
_SLOPE = 0.15
"""A concentration that moves by more than this (log2) with each doubling of the dilution is not the
same concentration.
"""


def amounts_that_disagree(look: Look) -> Iterator[Flag]:
    """Known amounts and dilutions that the layout gives and the instrument file gives otherwise;
    the layout is followed.
    """
    for ours, theirs, what in (
        ("nominal", "vendor_nominal", "known amounts"),
        ("dilution", "vendor_dilution", "dilutions"),
    ):
        both = look.wells.filter(pl.col(ours).is_not_null() & pl.col(theirs).is_not_null())
        apart = both.filter(
            (pl.col(ours) - pl.col(theirs)).abs() > _ALIKE * pl.max_horizontal(ours, theirs)
        )
        for (plate,), rows in apart.group_by(["plate"], maintain_order=True):
            first = rows.row(0, named=True)
            wells = rows["well"].unique(maintain_order=True)
            yield flag(
                "wells",
                f"plate {plate}: {listed(wells)}",
                what=f"{what} of {counted(len(wells), 'well', 'wells')} are not those of the instrument file (well {first['well']}: "
                f"{first[ours]:g} in the layout, {first[theirs]:g} in the file)",
                why="one of the two is wrong, and every concentration of the plate moves with it",
                cure="the layout was followed; correct whichever is wrong",
            )


def standards_out_of_line(look: Look) -> Iterator[Flag]:
    """Standards far off their curve: they weigh little in it, and nobody took them out."""
    for row, figures in look.fitted("curve"):
        off = {
            name.removeprefix("outlier:"): sd
            for name, sd in figures.items()
            if name.startswith("outlier:")
        }
        if off:
            said = [f"{well} ({sd:+.1f} SD)" for well, sd in off.items()]
            yield flag(
                "assays",
                place(row),
                severity="note",
                what=f"{counted(len(off), 'standard lies', 'standards lie')} far off the curve: {listed(said)}",
                why="a pipetting slip in a standard bends the curve; the robust fit gives such a well little weight",
                cure="look at the curve in the report; nothing was left out",
            )


def curves_that_do_not_fit(look: Look) -> Iterator[Flag]:
    """Curves whose standards scatter round them more than their replicates do."""
    for row, figures in look.fitted("curve"):
        p = figures.get("lack_of_fit_p")
        if p is not None and p < 0.001:
            yield flag(
                "assays",
                place(row),
                severity="note",
                what=f"standards leave the curve by more than their replicates differ (p {p:.1g})",
                why="the shape of the curve is then not quite the assay's; errors were widened by it",
                cure="look at the curve in the report; check the dilution series",
            )


def curves_without_a_range(look: Look) -> Iterator[Flag]:
    """Curves none of whose standards read back, and curves that fall short of what ICH M10 asks of
    a run.
    """
    for row, figures in look.fitted("curve"):
        if figures.get("levels_in_range") == 0:
            yield flag(
                "assays",
                place(row),
                what="no two neighbouring standards read back within 20 % (25 % at the ends)",
                why="there is no range in which this curve can report a number; its samples are known only by bounds",
                cure="look at the curve in the report; check the dilution series and repeat the plate",
            )
        elif figures.get("m10_pass") == 0:
            yield flag(
                "assays",
                place(row),
                severity="note",
                what=f"{figures.get('m10_levels_passing', 0):.0f} of {figures.get('levels', 0):.0f} standards read back: short of what ICH M10 asks "
                "(three in four, and six)",
                why="a run of a regulated study would be rejected; here the range that can be reported is the narrower for it",
                cure="look at the curve in the report; check the dilution series",
            )


def samples_above_the_range(look: Look) -> Iterator[Flag]:
    """Sample wells that read above the highest amount their curve can report: measuring them again
    is worth more than a bound.
    """
    assays = [a.id for a in look.study.assays if isinstance(a, Beads | Immunoassay)]
    mine = look.amounts.filter(pl.col("assay").is_in(assays))
    counted_ = mine.group_by("assay", "analyte", maintain_order=True).agg(
        above=(pl.col("censor") == "right").sum(),
        wells=pl.len(),
        donors=pl.col("donor").filter(pl.col("censor") == "right").n_unique(),
    )
    for assay, analyte, above, wells, donors in counted_.filter(pl.col("above") > 0).iter_rows():
        yield flag(
            "quantities",
            f"{assay} {analyte}",
            severity="look" if above > _MANY_ABOVE * wells else "note",
            what=f"{above} of {wells} sample wells, of {counted(donors, 'donor', 'donors')}, read above what their curve can report",
            why="they are known only to be higher; responses and groups may stay open for that alone",
            cure="dilute these samples and measure them again; both dilutions may stand in the layout",
        )


def controls_off(look: Look) -> Iterator[Flag]:
    """Controls of known amount that do not come back."""
    for row, figures in look.fitted("control"):
        off = []
        for name, value in figures.items():
            if not name.startswith("log2:"):
                continue
            control, plate = name.removeprefix("log2:").rsplit(":", 1)
            expected = figures.get(f"expected:{control}")
            if expected is not None and abs(2 ** (value - expected) - 1) > _RECOVERED:
                off.append(f"{control} on plate {plate} ({100 * 2 ** (value - expected):.0f} %)")
        off += [
            f"{name.split(':', 2)[1]} on plate {name.split(':', 2)[2]} (off the curve, {name.split(':', 2)[0]} its amount)"
            for name in figures
            if name.startswith(("above:", "below:"))
        ]
        if off:
            yield flag(
                "assays",
                place(row),
                what=f"controls that read more than 20 % off their known amount: {listed(off)}",
                why="what the plate does to a control it does to the samples",
                cure="look at the chart of controls in the report; check standards and dilutions of these plates",
            )


def plates_without_controls(look: Look) -> Iterator[Flag]:
    """Assays on several plates without one control or calibrator that is on two of them."""
    for assay in look.study.assays:
        if not isinstance(assay, Beads | Immunoassay) or assay.result == "vendor":
            continue
        plates = [plate.id for plate in look.study.plates if plate.assay == assay.id]
        known = (
            look.assays.filter(assay=assay.id, kind="control")["figures"]
            .explode()
            .struct.field("name")
        )
        if len(plates) > 1 and "between_sd" not in set(known.drop_nulls()):
            yield flag(
                "assays",
                f"{assay.id}, {len(plates)} plates",
                severity="note",
                what="no control or calibrator stands on two plates",
                why="what a plate does to all its wells is then in no interval of a level (it cancels in responses measured on one plate)",
                cure="put one sample on every plate, with the role `qc` or `calibrator` and its name in `control`",
            )


def samples_that_do_not_dilute(look: Look) -> Iterator[Flag]:
    """Analytes whose concentration depends on the dilution."""
    for row, figures in look.fitted("control"):
        slope, error = figures.get("dilution_slope"), figures.get("dilution_slope_se")
        if slope is not None and error is not None and abs(slope) > max(_SLOPE, 2 * error):
            yield flag(
                "assays",
                place(row),
                what=f"the concentration of {counted(figures['dilution_samples'], 'sample', 'samples')} moves "
                f"{2**slope:.2f}-fold with each doubling of the dilution",
                why="samples and standards are then not parallel: something in the sample helps or hinders the assay",
                cure="compare samples at one dilution only, or find the dilution from which they are parallel",
            )


def spikes_not_recovered(look: Look) -> Iterator[Flag]:
    """Added amounts that are not found again."""
    for row, figures in look.fitted("control"):
        share = figures.get("spike_recovery")
        if share is not None and abs(share - 1) > _RECOVERED:
            yield flag(
                "assays",
                place(row),
                what=f"{100 * share:.0f} % of an added amount is found again (median of {figures['spikes']:.0f})",
                why="what is in the sample keeps the assay from seeing all of it",
                cure="dilute the samples more, or calibrate in their matrix",
            )


def instrument_reads_otherwise(look: Look) -> Iterator[Flag]:
    """Analytes whose concentrations differ from those of the instrument's software."""
    key = ["assay", "plate", "well", "analyte"]
    mine = [
        assay.id
        for assay in look.study.assays
        if isinstance(assay, Immunoassay) and assay.result == "curve"
    ]
    theirs = look.wells.filter(
        pl.col("assay").is_in(mine), pl.col("kind") == "concentration", pl.col("value") > 0
    ).select(*key, pl.col("value").log(2).alias("theirs"))
    both = look.amounts.filter(pl.col("value").is_not_null()).join(
        theirs, on=key, how="inner", maintain_order="left"
    )
    for (assay, analyte), rows in both.group_by(["assay", "analyte"], maintain_order=True):
        middle = float((rows["value"] - rows["theirs"]).to_numpy().mean())
        if rows.height >= 3 and abs(middle) > _APART:
            yield flag(
                "quantities",
                f"{assay} {analyte}",
                what=f"concentrations are on average {2**middle:.2f} times those of the instrument's software ({rows.height} wells)",
                why="amounts of the standards, a dilution counted twice or the fit may differ",
                cure="compare the amounts in layout and file; `result: vendor` takes the software's own",
            )


def units_that_disagree(look: Look) -> Iterator[Flag]:
    """Concentrations of the instrument's software in another unit than the assay's."""
    for assay in look.study.assays:
        if not isinstance(assay, Immunoassay):
            continue
        units = look.wells.filter(pl.col("assay") == assay.id, pl.col("kind") == "concentration")[
            "unit"
        ]
        others = [
            u
            for u in units.unique(maintain_order=True)
            if u and u.casefold() != assay.unit.casefold()
        ]
        if others:
            yield flag(
                "wells",
                assay.id,
                what=f"the instrument's software gives {listed(others)}, study.yaml says {assay.unit}",
                why="a thousandfold error hides in a prefix",
                cure="correct `unit` of the assay, or the unit in the instrument's protocol",
            )


def instrument_warnings(look: Look) -> Iterator[Flag]:
    """What the instrument's software warned of."""
    said = look.vendor.filter(
        pl.col("block").str.to_lowercase().str.contains("warning") & (pl.col("text") != "")
    )
    for (plate, source), rows in said.group_by(["plate", "source"], maintain_order=True):
        words = [
            f"{row}: {text}" if row else text
            for row, text in rows.select("row", "text").unique(maintain_order=True).iter_rows()
        ]
        yield flag(
            "wells",
            f"plate {plate} ({source})",
            severity="note",
            what=f"the instrument's software warned: {listed(words)}",
            why="it was there when the plate was read",
            cure="see the table vendor.csv for all of it, and the instrument's manual",
        )
