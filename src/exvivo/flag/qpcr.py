"""RT-qPCR: efficiency and controls."""

from __future__ import annotations

from exvivo.flag.look import Fit, Flags, counted, flag
from exvivo.flagged import Flag

_LOWEST, _HIGHEST = 1.8, 2.1
"""Efficiencies outside this (80 to 110 percent) are outside what MIQE-minded laboratories
accept.
"""
_WORKING = f"{_LOWEST} to {_HIGHEST}"
_GAP = 5.0
"""Cycles an amplifying control should lie behind the latest sample (a 32-fold lower amount)."""
_CONTROLS = {"ntc": "no-template controls", "no_rt": "controls without reverse transcriptase"}


def efficiency_not_measured(fit: Fit) -> Flags:
    """Targets whose efficiency is the study's default."""
    if fit.get("defaulted"):
        yield flag(
            "assays",
            fit.place,
            what=f"no efficiency of its own: {efficiency(fit)} was assumed",
            why=(
                "an efficiency that is wrong by 0.05 is a fold change wrong by about 3 % per cycle "
                "of difference"
            ),
            cure="run a dilution series (role standard) or declare `efficiency` for the target",
        )


def efficiency(fit: Fit) -> str:
    """The efficiency of a target and its standard deviation."""
    return f"{fit['efficiency']:.2f} ± {fit['sd']:.2f}"


def efficiency_out_of_range(fit: Fit) -> Flags:
    """Efficiencies that a working assay does not have."""
    if not fit.get("defaulted") and _out_of_range(fit):
        yield flag(
            "assays",
            fit.place,
            what=f"efficiency {fit['efficiency']:.2f} per cycle",
            why=f"outside {_WORKING}: inhibited, badly diluted, or not one product",
            cure=("look at the standard curve and melting curve; repeat the dilution series"),
        )


def _out_of_range(fit: Fit) -> bool:
    return not _LOWEST <= fit["efficiency"] <= _HIGHEST


def template_in_controls(fit: Fit) -> Flags:
    """No-template and no-RT controls that amplify, and what becomes of the samples near them."""
    for role in _CONTROLS:
        if f"{role}_lowest_cq" in fit.values:
            yield _template(fit, role)


def _template(fit: Fit, role: str) -> Flag:
    became = _became(fit, role)
    near = bool(became) or fit[f"{role}_lowest_cq"] < fit.get("sample_highest_cq", 0.0) + _GAP
    return flag(
        "wells",
        fit.place,
        severity="look" if near else "note",
        what=_amplified(fit, role) + _latest_sample(fit) + (f"; {became}" if became else ""),
        why="what amplifies there is in every sample too, and counts most in the low ones",
        cure=_CURE if near else "nothing for these samples",
    )


_CURE = (
    "find what was amplified (fresh water and primers, DNase) and run these samples again; until "
    "then answers that rest on them say so"
)
_BECAME = {
    "bound": (
        "sample well does not show clearly more and is a bound",
        "sample wells do not show clearly more and are bounds",
    ),
    "share": (
        "sample well lies less than five cycles before, and its error holds the control's share",
        "sample wells lie less than five cycles before, and their errors hold the control's share",
    ),
    "doubt": (
        "sample well does not show clearly more and is kept as read, as too few controls amplify",
        "sample wells do not show clearly more and are kept as read, as too few controls amplify",
    ),
}
"""What controls make of sample wells, of one and of several."""


def _became(fit: Fit, role: str) -> str:
    """How many sample wells the controls bound, share in or put in doubt; empty where none."""
    counts = ((fit.get(f"{role}_{bears}"), words) for bears, words in _BECAME.items())
    return "; ".join(counted(count, *words) for count, words in counts if count)


def _amplified(fit: Fit, role: str) -> str:
    wells, amplified, earliest = (
        fit[f"{role}_{figure}"] for figure in ("wells", "amplified", "lowest_cq")
    )
    controls = f"{amplified:.0f} of {wells:.0f} {_CONTROLS[role]}"
    return f"{controls} amplify, from Cq {earliest:.1f}"


def _latest_sample(fit: Fit) -> str:
    latest = fit.get("sample_highest_cq")
    return "" if latest is None else f" (samples reach Cq {latest:.1f})"
