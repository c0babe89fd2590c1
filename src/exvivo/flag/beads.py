"""Bead arrays: enough beads, and standards that come back."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.figures import figures_named
from exvivo.flag.look import Flag, Look, counted, flag, listed, place

_ENOUGH, _FEW = 50, 35
"""Beads of a kind in a tube, under which the median is loose; and under which Luminex advises not
to use it.
"""
_RECOVERED = 0.75
"""The share of standard levels that must read within 25 % of their known amount (EMA and FDA
bioanalytical guidance).
"""


def few_beads(look: Look) -> Iterator[Flag]:
    """Tubes with few or no beads of a kind."""
    for row, figures in look.fitted("population"):
        least = figures.get("beads_least")
        if least is None or least >= _ENOUGH:
            continue
        without = [figure["of"] for figure in figures_named(row["figures"], "beads_in")]
        gone = f"; no result for {listed(without)}" if without else ""
        yield flag(
            "wells",
            place(row),
            severity="look" if least < _FEW else "note",
            what=f"a well with only {counted(least, 'bead', 'beads')}{gone}",
            why="a median of few beads is loose; under 20 nothing is reported",
            cure="record more events, or check the tube for a clog",
        )


def standards_not_recovered(look: Look) -> Iterator[Flag]:
    """Calibration curves that do not give their own standards back."""
    for row, figures in look.fitted("curve"):
        levels, good = figures.get("levels"), figures.get("levels_within_25_percent")
        if levels and good is not None and good < _RECOVERED * levels:
            yield flag(
                "assays",
                place(row),
                what=f"{good:.0f} of {levels:.0f} standards read within 25 % of their known amount",
                why="a curve that misses its own standards misses the samples too",
                cure="look at the curve in the report; check the dilution series and the layout",
            )
        if figures.get("hook"):
            yield flag(
                "assays",
                place(row),
                what="the highest standard reads lower than the one below it",
                why="above the top of the curve one signal has two concentrations (hook effect)",
                cure="dilute samples near the top and measure them again",
            )
