"""Bead arrays: enough beads, and standards that come back."""

from __future__ import annotations

from exvivo.flag.look import Fit, Flags, counted, flag, listed

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
        without = listed(figure["of"] for figure in fit.named("beads_in"))
        lost = f"; no result for {without}" if without else ""
        yield flag(
            "wells",
            fit.place,
            severity="look" if least < _TOO_FEW else "note",
            what=f"a well with only {counted(least, 'bead', 'beads')}{lost}",
            why="a median of few beads is loose; under 20 nothing is reported",
            cure="record more events, or check the tube for a clog",
        )


def standards_not_recovered(fit: Fit) -> Flags:
    """Calibration curves that do not give their own standards back."""
    levels, good = fit.get("levels", 0.0), fit.get("levels_within_25_percent")
    if good is not None and good < _RECOVERED * levels:
        yield flag(
            "assays",
            fit.place,
            what=f"{good:.0f} of {levels:.0f} standards read within 25 % of their known amount",
            why="a curve that misses its own standards misses the samples too",
            cure="look at the curve in the report; check the dilution series and the layout",
        )
    if fit.get("hook"):
        yield flag(
            "assays",
            fit.place,
            what="the highest standard reads lower than the one below it",
            why="above the top of the curve one signal has two concentrations (hook effect)",
            cure="dilute samples near the top and measure them again",
        )
