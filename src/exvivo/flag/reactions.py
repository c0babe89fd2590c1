"""RT-qPCR: what the reactions of a target show beside their quantities."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.flag.look import Flag, Look, flag, listed, place

_APART = 0.5
"""Standard deviation in cycles of the difference to the instrument's Cq from which the two do not
tell the same.
"""
_INHIBITED = 0.3
"""log2 by which a diluted sample may show more than the same sample undiluted."""


def efficiency_from_curves(look: Look) -> Iterator[Flag]:
    """Targets whose efficiency was read from their own curves."""
    for row, figures in look.fitted("efficiency"):
        if figures.get("curves"):
            yield flag(
                "assays",
                place(row),
                severity="note",
                what=f"efficiency {figures['efficiency']:.2f} ± {figures['sd']:.2f} from the growth of {figures['curves']:.0f} curves",
                why="curves tell an efficiency to about 0.05 at best; its error is carried into every result",
                cure="nothing, if differences are small; a dilution series (role standard) tells it better",
            )


def single_copy_assumed(look: Look) -> Iterator[Flag]:
    """Undetected wells of targets for which the Cq of a single copy is not known."""
    for row, figures in look.fitted("efficiency"):
        if figures.get("one_copy_assumed"):
            yield flag(
                "assays",
                place(row),
                severity="look",
                what=f"{figures['undetected']:.0f} wells are undetected, and the Cq of a single copy is not known: 37 was assumed",
                why="an undetected well is bounded by three copies; without their Cq the bound is a guess, and copies cannot be "
                "counted",
                cure="run standards in copies and write `standards: copies`, or state `one_copy` for the target",
            )


def instrument_disagrees(look: Look) -> Iterator[Flag]:
    """Targets whose Cq and the instrument's own do not run together, or disagree whether there is
    one.
    """
    for row, figures in look.fitted("efficiency"):
        calls, sd = figures.get("vendor_calls_apart", 0.0), figures.get("vendor_difference_sd", 0.0)
        if calls or sd > _APART:
            yield flag(
                "wells",
                place(row),
                what=f"Cq lies {figures['vendor_difference']:+.2f} ± {sd:.2f} cycles from the instrument's in "
                f"{figures['vendor_wells']:.0f} wells; in {calls:.0f} wells only one of the two saw amplification",
                why="a constant distance is a matter of method; a scattered one means that one of the two misreads curves",
                cure="look at the curves of these wells; `cq: vendor` takes the instrument's Cq for the whole assay",
            )


def no_plateau(look: Look) -> Iterator[Flag]:
    """Targets whose curves had not reached their steepest growth when the run ended, so that a
    threshold was used.
    """
    for row, figures in look.fitted("efficiency"):
        if figures.get("by_threshold"):
            yield flag(
                "wells",
                place(row),
                what=f"{figures['without_plateau']:.0f} of {figures['amplified']:.0f} curves were still growing at the last cycle; "
                "a threshold gives the Cq of the whole target",
                why="the second derivative needs the bend of a curve; the threshold serves all wells of the target alike",
                cure="run more cycles, if late samples matter",
            )


def several_products(look: Look) -> Iterator[Flag]:
    """Targets whose melting curves show more than one product, or another one in some wells."""
    for row, figures in look.fitted("efficiency"):
        several, other = figures.get("melt_several", 0.0), figures.get("melt_other", 0.0)
        if several or other:
            yield flag(
                "wells",
                place(row),
                what=f"of {figures['melt_wells']:.0f} melting curves {several:.0f} have several peaks and {other:.0f} peak elsewhere "
                f"than at {figures['melt_temperature']:.1f} °C",
                why="a second product (or primers that amplify themselves) counts as the target",
                cure="look at these wells; run the product on a gel, or choose other primers",
            )


def calibrators_missing(look: Look) -> Iterator[Flag]:
    """Assays with calibrators on some of their plates only: nothing can be taken off then."""
    for assay in look.study.assays:
        plates = [plate.id for plate in look.study.plates if plate.assay == assay.id]
        mine = look.study.layout.filter(pl.col("plate").is_in(plates))
        held = set(mine.filter(role="calibrator")["plate"])
        if held and held != set(plates):
            yield flag(
                "wells",
                f"{assay.id}: plates {listed(sorted(set(plates) - held))}",
                what="calibrators stand on other plates and not on these, so plates were not brought into line",
                why="an offset of a plate moves the levels of all its donors; it cancels only within a plate",
                cure="put the same calibrator on every plate, or leave it; responses within a plate do not need it",
            )


def inhibition(look: Look) -> Iterator[Flag]:
    """Targets of which diluted samples show more than undiluted ones."""
    for row, figures in look.fitted("efficiency"):
        shift, error = figures.get("dilution_shift"), figures.get("dilution_shift_se", 0.0)
        if shift is not None and shift > max(_INHIBITED, 2 * error):
            yield flag(
                "quantities",
                place(row),
                what=f"the most diluted wells of {figures['dilution_samples']:.0f} samples show {2**shift:.2f} times the amount "
                "of the least diluted",
                why="what inhibits the reaction is diluted with the sample; concentrated wells then show too little",
                cure="use the diluted wells, or clean the samples; do not average the two",
            )
