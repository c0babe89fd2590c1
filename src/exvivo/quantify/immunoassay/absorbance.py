"""Absorbances that no plate reader gives.

An optical density is the log10 of how much less light comes through. Readers measure to 3 or 4, a
few to 6; below zero there is noise and a blank that was taken off. Fluorescence and luminescence
have no such scale, so the unit or the name of the reading has to say that it is absorbance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Study
from exvivo.words import counted, shortened

LEAST, MOST = -0.5, 6.0
"""What an optical density may be."""
_WAVELENGTH = re.compile(
    r"(?:.*\b)?(?:OD|A|Abs)?[ _]?[3-7][0-9]{2}(?:\s*nm)?(?:\s*-\s*[3-9][0-9]{2}(?:\s*nm)?)?$",
    re.IGNORECASE,
)
"""A reading named by one wavelength, or by it less a reference: light that was absorbed."""


def impossible_densities(chosen: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """The wells of each plate whose optical density is none, of the signals that results are read
    from.
    """
    sources = {plate.id: plate.file or plate.layout for plate in study.plates}
    for (plate, block), rows in chosen.group_by(["plate", "block"], maintain_order=True):
        read = rows.drop_nulls("value")
        odd = read.filter((pl.col("value") > MOST) | (pl.col("value") < LEAST))
        if odd.height and _is_absorbance(str(block), read):
            wells = [f"{well} {value:g}" for well, value in odd.select("well", "value").iter_rows()]
            yield Mistake(
                f"{sources.get(str(plate), '')}, plate {plate}",
                f"{counted(odd.height, 'optical density', 'optical densities')} of {block} that no "
                f"reader gives: {shortened(wells)}",
                f"optical densities from {LEAST:g} to {MOST:g}",
                "export the plate again with its decimal mark, and in OD (not mOD); write `>` and "
                "the reader's limit for a well that overflowed",
            )


def _is_absorbance(block: str, read: pl.DataFrame) -> bool:
    """Whether a reading is absorbance: by its unit; else by its name, where most of its standards
    and blanks are such (of a plate without any, most of its wells).
    """
    units = set(read["unit"])
    if units != {""}:
        return units == {"OD"}
    known = read.filter(pl.col("role").is_in(["standard", "blank"]))
    middle = median((read if known.is_empty() else known)["value"].to_list())
    return _WAVELENGTH.match(block) is not None and LEAST <= middle <= MOST
