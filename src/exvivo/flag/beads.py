"""Bead arrays: enough beads, tubes that are of beads, and standards that come back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from exvivo.figures import figures_named
from exvivo.flag.look import Fit, Flags, counted, flag, listed, on_plate
from exvivo.flagged import Flag, Scope
from exvivo.study import Beads

_LOOSE, _TOO_FEW = 50, 35
"""Beads of a kind in a tube, under which the median is loose; and under which Luminex advises not
to use it.
"""
_RECOVERED = 0.75
"""The share of standard levels that must read within 25 % of their known amount (EMA and FDA
bioanalytical guidance).
"""


def few_beads(fit: Fit) -> Flags:
    """Tubes with few or no beads of a kind."""
    least = fit.get("beads_least", _LOOSE)
    if least < _LOOSE:
        yield flag(
            "wells",
            fit.place,
            severity="look" if least < _TOO_FEW else "note",
            what=f"a well with only {counted(least, 'bead', 'beads')}{_without_result(fit)}",
            why="a median of few beads is loose; under 20 nothing is reported",
            cure="record more events, or check the tube for a clog",
        )


def _without_result(fit: Fit) -> str:
    wells = listed(figure["of"] for figure in fit.named("beads_in"))
    return f"; no result for {wells}" if wells else ""


def tubes_with_few_gated_events(fit: Fit) -> Flags:
    """Tubes of which far fewer events lie in the gates of beads than in the others of their plate;
    told once a plate.
    """
    tubes = figures_named(fit.row["figures"], "gated_in")
    if tubes and _is_first_bead(fit):
        wells = [str(figure["of"]) for figure in tubes]
        least = min(figure["value"] for figure in tubes)
        number = counted(len(wells), "tube", "tubes")
        yield flag(
            "wells",
            on_plate(str(fit.row["plate"]), wells),
            place=str(fit.row["plate"]),
            evidence=wells,
            scope=_scope_of(fit, wells),
            what=(
                f"{number} with far fewer events in the gates of beads: {100 * least:.0f} %, where "
                f"{100 * fit['gated_usual']:.0f} % is usual on the plate"
            ),
            why=(
                "bytes that moved in a file put its events into other channels; a clog, debris or "
                "a reporter that spills into the classifier make beads unlike beads, too"
            ),
            cure="copy or export the tube's file again, and look at its events in the report",
        )


def _is_first_bead(fit: Fit) -> bool:
    """Whether a population is the first of its plate, at which what holds for the plate is told."""
    assay = next(assay for assay in fit.study.assays if assay.id == fit.row["assay"])
    return isinstance(assay, Beads) and fit.row["analyte"] == next(iter(assay.panel))


def _scope_of(fit: Fit, wells: Sequence[str]) -> Scope:
    """All analytes of the plate; of the donors of the tubes, where all of them are donors'."""
    own = fit.study.layout.filter(pl.col("well").is_in(wells), plate=fit.row["plate"])
    donors = own["donor"]
    known = () if donors.null_count() else tuple(donors.unique(maintain_order=True))
    return Scope(assays=(fit.row["assay"],), plates=(fit.row["plate"],), donors=known)


def letters_along_the_second(fit: Fit) -> Flags:
    """Kits whose letters run along the second classifier of the study: the beads were named so."""
    steps = figures_named(fit.row["parameters"], "letter_step")
    assay = next(assay for assay in fit.study.assays if assay.id == fit.row["assay"])
    if not (steps and isinstance(assay, Beads) and _is_first_bead(fit)):
        return
    channel = str(steps[0]["of"])
    if channel != assay.classifier[0]:
        yield flag(
            "assays",
            f"{assay.id}, plate {fit.row['plate']}",
            severity="note",
            what=f"the letters of the beads run along {channel}, the second of `classifier`",
            why="the beads lie as their kit has them, with the two channels the other way round",
            cure=f"nothing, if the map of the beads is right; else write {channel} first",
        )


def standards_not_recovered(fit: Fit) -> Flags:
    """Calibration curves that do not give their own standards back."""
    if fit.get("levels_within_25_percent", math.inf) < _RECOVERED * fit.get("levels", 0.0):
        yield _missed(fit)
    if fit.get("hook"):
        yield _hook(fit)


def _missed(fit: Fit) -> Flag:
    good, levels = fit["levels_within_25_percent"], fit["levels"]
    return flag(
        "assays",
        fit.place,
        what=f"{good:.0f} of {levels:.0f} standards read within 25 % of their known amount",
        why="a curve that misses its own standards misses the samples too",
        cure="look at the curve in the report; check the dilution series and the layout",
    )


def _hook(fit: Fit) -> Flag:
    return flag(
        "assays",
        fit.place,
        what="the highest standard reads lower than the one below it",
        why="above the top of the curve one signal has two concentrations (hook effect)",
        cure="dilute samples near the top and measure them again",
    )
