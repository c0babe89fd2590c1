"""Tables of melting curves: one column of temperatures, and one column a well, of its fluorescence
or of the negative slope of that.

CFX exports both (`Melt Curve RFU Results`, called `Melt Curve Amplification Results` by older
programs, and `Melt Curve Derivative Results`) under one header, so the numbers tell which is which:
fluorescence falls from the first temperature to the last, its slope ends where it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from exvivo.read.qpcr.curve_table import CurveTable, Points, points_of_wells
from exvivo.read.qpcr.shared import Reactions
from exvivo.read.result import Ignored

_FALLS = 0.5
"""The share of its range by which fluorescence falls from its first reading to its last."""
_Wells = Mapping[str, Points]


def read_melting(tables: Sequence[CurveTable], reactions: Reactions) -> Iterator[Ignored]:
    """Gather the melting curve of every well (`melt`), from tables of fluorescence; where there is
    none, from those of its slope. Yields what was not read.
    """
    read = [(table, *points_of_wells(table, reactions)) for table in tables]
    falling = [table for table, wells, _ in read if _is_fluorescence(wells)]
    for table, wells, ignored in read:
        if falling and table not in falling:
            yield Ignored(
                f"{table.located.block}: {len(wells)} slopes of melting curves",
                "the vendor's slopes of curves that are read themselves",
            )
            continue
        for well, points in wells.items():
            curve = points if table in falling else fluorescence_of(points)
            reactions.melt(table.reaction(well), curve)
        yield from ignored


def _is_fluorescence(wells: _Wells) -> bool:
    falls = [fall for fall in map(_fall, wells.values()) if fall is not None]
    return bool(falls) and median(falls) > _FALLS


def _fall(points: Points) -> float | None:
    """The share of its range by which a curve falls; None of one that is flat."""
    heights = [height for _, height in points]
    span = max(heights) - min(heights)
    return (heights[0] - heights[-1]) / span if span else None


def fluorescence_of(points: Points) -> Points:
    """The melting curve of a negative slope, up to a constant.

    With T the temperature and s = -dF/dT, by the trapezoidal rule
    F(k) = F(k - 1) - (s(k - 1) + s(k)) / 2 * (T(k) - T(k - 1)).

    >>> fluorescence_of([(60.0, 0.0), (61.0, 2.0), (62.0, 0.0)])
    [(60.0, 0.0), (61.0, -1.0), (62.0, -2.0)]
    """
    fluorescence = [0.0]
    for (before, slope), (at, next_slope) in pairwise(points):
        fluorescence.append(fluorescence[-1] - (slope + next_slope) / 2 * (at - before))
    return [(at, light) for (at, _), light in zip(points, fluorescence, strict=True)]
