"""RT-qPCR: what the reactions of a target show beside their quantities."""

from __future__ import annotations

from exvivo.flag.look import Fit, Flags, Look, counted, flag, listed
from exvivo.flag.qpcr import efficiency
from exvivo.flagged import Scope
from exvivo.words import signed

_APART = 0.5
"""Standard deviation in cycles of the difference to the instrument's Cq from which the two do not
agree.
"""
_DOUBLING = 2.0
_INHIBITED = 0.3
"""log2 by which a diluted sample may show more than the same sample undiluted."""


def efficiency_from_curves(fit: Fit) -> Flags:
    """Targets whose efficiency was read from their own curves."""
    curves = fit.get("curves")
    if curves:
        yield flag(
            "assays",
            fit.place,
            severity="note",
            what=f"efficiency {efficiency(fit)} from the growth of {curves:.0f} curves"
            + _more_than_doubling(fit),
            why=(
                "curves give an efficiency to about 0.05 at best; its error is carried into every "
                "result"
            ),
            cure=(
                "nothing, if differences are small; a dilution series (role standard) measures it "
                "better"
            ),
        )


def _more_than_doubling(fit: Fit) -> str:
    shown = fit.get("curve_fit", 0.0)
    return (
        f"; alone they show {shown:.2f}, and a cycle can only double" if shown > _DOUBLING else ""
    )


def single_copy_assumed(fit: Fit) -> Flags:
    """Undetected wells of targets for which the Cq of a single copy is not known."""
    if fit.get("one_copy_assumed"):
        yield flag(
            "assays",
            fit.place,
            what=(
                f"{counted(fit['undetected'], 'well is', 'wells are')} undetected, and the Cq of a "
                f"single copy is not known: 37 was assumed{_although(fit)}"
            ),
            why=(
                "an undetected well is bounded by three copies; without their Cq the bound is a "
                "guess, and copies cannot be counted"
            ),
            cure=(
                "run standards in copies and write `standards: copies`, or state `one_copy` for "
                "the target"
            ),
        )


def _although(fit: Fit) -> str:
    """What contradicts an assumed Cq of a single copy, if anything does."""
    later = fit.get("later_than_one_copy")
    if not later:
        return ""
    wells = counted(later, "well of samples shows", "wells of samples show")
    return f", though {wells} later (Cq {fit['latest_cq']:.1f})"


def later_than_one_copy(fit: Fit) -> Flags:
    """Targets that samples show of later than a single copy should, where its Cq is known."""
    later = fit.get("later_than_one_copy")
    if later and not fit.get("one_copy_assumed"):
        yield flag(
            "assays",
            fit.place,
            what=(
                f"{counted(later, 'well of samples shows', 'wells of samples show')} later than a "
                f"single copy (Cq {fit['one_copy_cq']:.1f}), the latest at {fit['latest_cq']:.1f}"
            ),
            why=(
                "a well cannot hold less than one copy: either the Cq of a single copy is another, "
                "or these wells show something else; copies are counted by it"
            ),
            cure=(
                "look at the curves (and melting curves) of these wells; correct `one_copy` in "
                "study.yaml, or what the standards are said to hold"
            ),
        )


def instrument_disagrees(fit: Fit) -> Flags:
    """Targets whose Cq and the instrument's own do not run together, or disagree whether there is
    one.
    """
    calls, sd = fit.get("vendor_calls_apart", 0.0), fit.get("vendor_difference_sd", 0.0)
    if calls or sd > _APART:
        yield flag(
            "wells",
            fit.place,
            what=_beside_the_instrument(fit),
            why=(
                "a constant distance is a matter of method; a scattered one means that one of the "
                "two misreads curves"
            ),
            cure=(
                "look at the curves of these wells; `cq: vendor` takes the instrument's Cq for the "
                "whole assay"
            ),
        )


def _beside_the_instrument(fit: Fit) -> str:
    return (
        f"Cq lies {signed(fit['vendor_difference'])} ± {fit['vendor_difference_sd']:.2f} cycles "
        f"from the instrument's in {counted(fit['vendor_wells'], 'well', 'wells')}; in "
        f"{counted(fit['vendor_calls_apart'], 'well', 'wells')} only one of the two saw "
        "amplification"
    )


def falling_curves(fit: Fit) -> Flags:
    """Targets whose fluorescence falls where it should rise."""
    if fit.get("falling"):
        yield flag(
            "wells",
            fit.place,
            what=f"{counted(fit['falling'], 'curve falls', 'curves fall')} as others rise",
            why=(
                "the light of a quenching probe goes down as the target is copied; such wells are "
                "neither detected nor undetected here"
            ),
            cure=(
                "export the signal turned upside down, or write `cq: vendor`; if the probe does "
                "not quench, look at dye and filter of these wells"
            ),
        )


def disturbed_curves(fit: Fit) -> Flags:
    """Targets with curves that a bubble, a jump or a wandering base disturbed."""
    if fit.get("distorted"):
        yield flag(
            "wells",
            fit.place,
            what=(
                f"{counted(fit['distorted'], 'curve is', 'curves are')} disturbed (a bubble, a "
                "bump, a base that wanders), and got no Cq"
            ),
            why=(
                "where the curve bends is cycles away from where it grows; such a Cq would be that "
                "of the disturbance"
            ),
            cure="look at these curves; spin the plate before the run",
        )
    if fit.get("jumped"):
        yield flag(
            "wells",
            fit.place,
            severity="note",
            what=(
                f"{counted(fit['jumped'], 'curve jumps', 'curves jump')} from one cycle to the "
                "next; the jump was taken off before the Cq was read"
            ),
            why="no amplification does that: a bubble came or burst, or the plate was touched",
            cure="look at these curves and compare their replicates",
        )


def no_plateau(fit: Fit) -> Flags:
    """Targets whose curves had not levelled off at the end of the run: a threshold was used."""
    if fit.get("by_threshold"):
        yield flag(
            "wells",
            fit.place,
            severity="note",
            what=(
                f"{fit['without_plateau']:.0f} of {fit['amplified']:.0f} curves were still "
                "growing at the last cycle; a threshold gives the Cq of the whole target"
            ),
            why=(
                "without a plateau the bend of a curve is broad, and where its second derivative "
                "is greatest moves with the amount; the threshold serves all wells of the target "
                "alike"
            ),
            cure="run more cycles, if late samples matter",
        )


def several_products(fit: Fit) -> Flags:
    """Targets whose melting curves show more than one product, or another one in some wells."""
    if fit.get("melt_several") or fit.get("melt_other"):
        yield flag(
            "wells",
            fit.place,
            what=_products(fit),
            why="a second product (or primers that amplify themselves) counts as the target",
            cure="look at these wells; run the product on a gel, or choose other primers",
        )


def _products(fit: Fit) -> str:
    return (
        f"of {fit['melt_wells']:.0f} melting curves {fit['melt_several']:.0f} have several peaks "
        f"and {fit['melt_other']:.0f} peak elsewhere than at {fit['melt_temperature']:.1f} °C"
    )


def inhibition(fit: Fit) -> Flags:
    """Targets of which diluted samples show more than undiluted ones."""
    shift = fit.get("dilution_shift", 0.0)
    if shift > max(_INHIBITED, 2 * fit.get("dilution_shift_se", 0.0)):
        yield flag(
            "quantities",
            fit.place,
            what=(
                "the most diluted wells of "
                f"{counted(fit['dilution_samples'], 'sample', 'samples')} show {2**shift:.2f} "
                "times the amount of the least diluted"
            ),
            why=(
                "what inhibits the reaction is diluted with the sample; concentrated wells then "
                "show too little"
            ),
            cure="use the diluted wells, or clean the samples; do not average the two",
        )


def calibrators_missing(look: Look) -> Flags:
    """Assays with calibrators on some of their plates only: nothing can be taken off then."""
    calibrated = set(look.study.layout.filter(role="calibrator")["plate"])
    for assay in look.study.assays:
        plates = look.plates(assay)
        without = [plate for plate in sorted(plates) if plate not in calibrated]
        if 0 < len(without) < len(plates):
            yield flag(
                "wells",
                f"{assay.id}: plates {listed(without)}",
                scope=Scope(assays=(assay.id,)),
                what=(
                    "calibrators stand on other plates and not on these, so plates were not "
                    "brought into line"
                ),
                why=(
                    "an offset of a plate moves the levels of all its donors; it cancels only "
                    "within a plate"
                ),
                cure=(
                    "put the same calibrator on every plate, or leave it; responses within a plate "
                    "do not need it"
                ),
            )
