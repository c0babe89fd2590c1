"""RT-qPCR: efficiency and controls."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.flag.look import Flag, Look, flag, place

_LOWEST, _HIGHEST = 1.8, 2.1
"""Efficiencies outside this (80 to 110 percent) are outside what MIQE-minded laboratories
accept.
"""
_GAP = 5.0
"""Cycles an amplifying control should lie behind the latest sample (a 32-fold lower amount)."""


def efficiency_not_measured(look: Look) -> Iterator[Flag]:
    """Targets whose efficiency is the study's default."""
    for row, figures in look.fitted("efficiency"):
        if figures.get("defaulted"):
            yield flag(
                "assays",
                place(row),
                what=f"no efficiency of its own: {figures['efficiency']:.2f} ± {figures['sd']:.2f} was assumed",
                why="an efficiency that is wrong by 0.05 is a fold change wrong by about 3 % per cycle of difference",
                cure="run a dilution series (role standard) or declare `efficiency` for the target",
            )


def efficiency_out_of_range(look: Look) -> Iterator[Flag]:
    """Efficiencies that a working assay does not have."""
    for row, figures in look.fitted("efficiency"):
        value = figures["efficiency"]
        if not figures.get("defaulted") and not _LOWEST <= value <= _HIGHEST:
            yield flag(
                "assays",
                place(row),
                what=f"efficiency {value:.2f} per cycle",
                why=f"outside {_LOWEST} to {_HIGHEST}: inhibited, badly diluted, or not one product",
                cure="look at the standard curve and melting curve; repeat the dilution series",
            )


def template_in_controls(look: Look) -> Iterator[Flag]:
    """No-template and no-RT controls that amplify close to the samples."""
    names = {"ntc": "no-template controls", "no_rt": "controls without reverse transcriptase"}
    for row, figures in look.fitted("efficiency"):
        for role, name in names.items():
            earliest, latest = figures.get(f"{role}_lowest_cq"), figures.get("sample_highest_cq")
            if earliest is None:
                continue
            near = latest is not None and earliest < latest + _GAP
            yield flag(
                "wells",
                place(row),
                severity="look" if near else "note",
                what=f"{figures[f'{role}_amplified']:.0f} of {figures[f'{role}_wells']:.0f} {name} amplify, "
                f"from Cq {earliest:.1f}"
                + (f" (samples reach Cq {latest:.1f})" if latest is not None else ""),
                why="what amplifies there is in every sample too, and counts most in the low ones",
                cure="do not believe samples within five cycles of the control"
                if near
                else "nothing for these samples",
            )
