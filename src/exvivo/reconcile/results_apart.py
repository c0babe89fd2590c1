"""Results of one assay on several plates that cannot be in one unit or on one scale, and results
that were sorted without their samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Results
from exvivo.words import listed

_FEWEST = 12
"""Results of a plate under which its middle and its spread say nothing."""
_FAR = 300.0
"""How far apart the middles of plates of one assay lie when one is in another unit: a thousandfold,
less what plates and people differ by.
"""
_WIDER = 3.0
"""How much wider results spread than their logarithms, at least."""
_ALIKE = 0.3
"""How near (relative) the middle and the tails of one plate must be to those of the logarithms of
another.
"""
_BASES = (2.0, math.e, 10.0)
_SHARES = (0.1, 0.5, 0.9)


def results_of_plates_apart(held: Held) -> Iterator[Flag]:
    """Plates of results, one of which is a thousandfold another, or looks like its logarithms."""
    for assay, analyte, plates in _by_analyte(held):
        for (one, first), (other, second) in combinations(plates.items(), 2):
            words = _in_another_unit(first, second) or _in_logarithms(first, second)
            if words:
                yield _apart(assay, analyte, (one, other), words)
                break


def _by_analyte(held: Held) -> Iterator[tuple[str, str, dict[str, Floats]]]:
    """The results of samples by assay, analyte and plate, above zero and in the file's order."""
    tables = [assay.id for assay in held.study.assays if isinstance(assay, Results)]
    samples = held.wells.filter(pl.col("assay").is_in(tables), role="sample", censor="none")
    samples = samples.filter(pl.col("value") > 0, pl.col("exclude").is_null())
    for (assay, analyte), rows in samples.drop_nulls("analyte").group_by(
        ["assay", "analyte"], maintain_order=True
    ):
        plates = {
            str(plate): own["value"].to_numpy()
            for (plate,), own in rows.group_by(["plate"], maintain_order=True)
            if own.height >= _FEWEST
        }
        yield str(assay), str(analyte), plates


def _in_another_unit(one: Floats, other: Floats) -> str:
    """Middles far apart, in words; empty where they are not."""
    low, high = sorted((float(np.median(one)), float(np.median(other))))
    return (
        f"middles {low:.3g} and {high:.3g}, {high / low:.3g}-fold apart" if _far(low, high) else ""
    )


def _far(low: float, high: float) -> bool:
    return high / low >= _FAR


def _in_logarithms(one: Floats, other: Floats) -> str:
    """One plate that looks like the logarithms of the other, in words; empty where it does not."""
    narrow, wide = sorted((np.quantile(one, _SHARES), np.quantile(other, _SHARES)), key=_octaves)
    is_log = _octaves(wide) >= _WIDER * _octaves(narrow) and _is_logarithm(narrow, wide)
    words = (
        f"results of {narrow[0]:.3g} to {narrow[-1]:.3g}, and of {wide[0]:.3g} to {wide[-1]:.3g}"
    )
    return words if is_log else ""


def _octaves(shares: Floats) -> float:
    """The octaves from the lower tail of a plate to the upper."""
    return float(np.log2(shares[-1] / shares[0]))


def _is_logarithm(narrow: Floats, wide: Floats) -> bool:
    return any(np.allclose(np.log(wide) / np.log(base), narrow, rtol=_ALIKE) for base in _BASES)


def _apart(assay: str, analyte: str, plates: tuple[str, str], words: str) -> Flag:
    return Flag(
        table="wells",
        row=f"{assay} {analyte}: plates {listed(plates)}",
        severity="look",
        what=f"{analyte} of plates {listed(plates)}: {words}",
        why="one of the files may be in another unit, or hold logarithms",
        cure="look at the units of both files; write them as two assays where they differ",
        place=assay,
        evidence=(analyte, *plates, words),
        scope=Scope(assays=(assay,), analytes=(analyte,)),
    )


def results_sorted_alone(held: Held) -> Iterator[Flag]:
    """Results that rise or fall from line to line over a whole plate: a column sorted without its
    samples.
    """
    for assay, analyte, plates in _by_analyte(held):
        for plate, values in plates.items():
            steps = np.diff(values)
            if np.unique(values).size >= _FEWEST and ((steps >= 0).all() or (steps <= 0).all()):
                yield _sorted(assay, analyte, plate, values)


def _sorted(assay: str, analyte: str, plate: str, values: Floats) -> Flag:
    first, last = f"{values[0]:g}", f"{values[-1]:g}"
    return Flag(
        table="wells",
        row=f"{assay} {analyte}: plate {plate}",
        severity="look",
        what=f"{analyte} is in order from {first} to {last} over all {values.size} lines",
        why="a column sorted without its lines gives every sample the number of another",
        cure="compare the file with the instrument's own; accept this flag if its lines hold",
        place=plate,
        evidence=(analyte, plate, *(f"{value:g}" for value in values)),
        scope=Scope(assays=(assay,), analytes=(analyte,), plates=(plate,)),
    )
