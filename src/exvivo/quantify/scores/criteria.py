"""The ACR criteria for fibromyalgia of 2011 and 2016: met, not met, or undecided.

    2016: (WPI >= 7 and SSS >= 5, or WPI 4 to 6 and SSS >= 9), and pain in 4 of 5 regions,
          and for 3 months                                    doi 10.1016/j.semarthrit.2016.08.012
    2011: (WPI >= 7 and SSS >= 5, or WPI 3 to 6 and SSS >= 9), and for 3 months
                                                              doi 10.3899/jrheum.100594

WPI is the number of painful areas of 19, SSS the symptom severity (0 to 12). More pain, more
symptoms and more months never undo the criteria: a form with gaps is decided where it would be with
every gap at its least and with every gap at its most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.scores.parts import Part, Points, items_of
from exvivo.study.scoring import Score

_MONTHS, _REGIONS = 3, 4


def criteria_2011(score: Score, points: Points, parts: Sequence[Part]) -> Part:
    """1 where the criteria of 2011 are met, 0 where not, NaN where gaps decide it."""
    return _decided(score, points, parts, least_areas=3)


def criteria_2016(score: Score, points: Points, parts: Sequence[Part]) -> Part:
    """1 where the criteria of 2016 are met, 0 where not, NaN where gaps decide it."""
    return _decided(score, points, parts, least_areas=4)


def _decided(score: Score, points: Points, parts: Sequence[Part], *, least_areas: int) -> Part:
    months = points.place[score.items[0]]
    lowest = _met([part.lowest for part in parts], points.low[months], least_areas)
    highest = _met([part.highest for part in parts], points.high[months], least_areas)
    items = items_of(score, parts)
    made = np.where(lowest == highest, lowest, np.nan)
    return Part(made, lowest, highest, points.missing(items), items)


def _met(totals: Sequence[Floats], months: Floats, least_areas: int) -> Floats:
    """1 where the criteria are met. `totals` are WPI, SSS and, in 2016, the painful regions."""
    wpi, sss, *regions = totals
    met = ((wpi >= 7) & (sss >= 5)) | ((wpi >= least_areas) & (wpi <= 6) & (sss >= 9))
    met &= months >= _MONTHS
    for painful in regions:
        met &= painful >= _REGIONS
    return met.astype(np.float64)
