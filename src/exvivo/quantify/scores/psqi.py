"""The seven components of the Pittsburgh Sleep Quality Index, each 0 to 3.

    1 = item 6                            2 = band(band(minutes; 15, 30, 60) + 5a; 0, 2, 4)
    3 = 0 above 7 h asleep, 1 from 6, 2 from 5, 3 below
    4 = 0 from 85 % of the time in bed asleep, 1 from 75, 2 from 65, 3 below
    5 = band(5b + ... + 5j; 0, 9, 18)     6 = item 7         7 = band(items 8 + 9; 0, 2, 4)

band(x; a, b, c) counts the limits that x exceeds. Source: Buysse 1989, table 1, doi
10.1016/0165-1781(89)90047-4: exactly 6 h gives 1 (BioPsyKit 0.14.0 gives 2). Sleep is in hours,
times are hours of the clock. More hours asleep never raise a component, and apart from these hours
no item is in two of them: the bounds of the total are the sums of their bounds.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.quantify.scores.parts import Part, Points
from exvivo.study.scoring import Score

_DAY = 24.0
_WORST = 3.0


def component(score: Score, points: Points) -> Part:
    """The component that the score numbers; none where an answer is missing."""
    lowest, highest = _bounds(score, points)
    missing = points.missing(score.items)
    made = np.where((missing > 0) | np.isnan(lowest), np.nan, lowest)
    if score.component == _EFFICIENCY:
        made = np.where(_one_time(score, points), np.nan, made)
    return Part(made, lowest, highest, missing, score.items)


_DURATION, _EFFICIENCY = 3, 4


def _bounds(score: Score, points: Points) -> tuple[Floats, Floats]:
    """The least and the most of a component over all answers of its gaps."""
    if score.component == _EFFICIENCY:
        return _of_efficiencies(score, points)
    low, high = points.low[points.rows(score.items)], points.high[points.rows(score.items)]
    if score.component == _DURATION:
        return _of_hours(high[0]), _of_hours(low[0])
    return _rising(score.component, low), _rising(score.component, high)


def _rising(number: int, points: Floats) -> Floats:
    """A component that no answer of its items lowers."""
    match number:
        case 2:
            return _band(_band(points[0], (15, 30, 60)) + points[1], (0, 2, 4))
        case 5:
            return _band(points.sum(axis=0), (0, 9, 18))
        case 7:
            return _band(points.sum(axis=0), (0, 2, 4))
    own: Floats = points[0]
    return own


def _band(values: Floats, limits: tuple[float, ...]) -> Floats:
    """How many of the limits each value exceeds."""
    return np.searchsorted(limits, values, side="left").astype(np.float64)


def _of_hours(hours: Floats) -> Floats:
    """Component 3: more than 7 h, 6 to 7 h, 5 to 6 h, less than 5 h."""
    own: Floats = np.select([hours > 7, hours >= 6, hours >= 5], [0.0, 1.0, 2.0], _WORST)
    return own


def time_in_bed(bed: Floats, rise: Floats) -> Floats:
    """Hours from going to bed to rising, over midnight; 0 where both are one time."""
    hours: Floats = (rise - bed) % _DAY
    return hours


def _one_time(score: Score, points: Points) -> Bools:
    """Forms that give one time for going to bed and for rising: of how long they say nothing."""
    bed, rise = (points.place[name] for name in score.items[:2])
    same: Bools = np.equal(points.low[bed] % _DAY, points.low[rise] % _DAY)
    return same


def _of_efficiencies(score: Score, points: Points) -> tuple[Floats, Floats]:
    """Component 4, with the least and the most. A gap in the times of the clock, or one time for
    both, allows any time in bed up to a day.
    """
    bed, rise, hours = (points.place[name] for name in score.items)
    in_bed = time_in_bed(points.low[bed], points.low[rise])
    open_ = points.gaps[bed] | points.gaps[rise] | (in_bed == 0)
    asleep = points.high[hours]
    # However short the sleep, a time in bed is short enough for it; without sleep none is.
    shortest = np.where(open_, np.where(asleep > 0, 0.0, _DAY), in_bed)
    lowest = _efficiency(asleep, shortest)
    return lowest, _efficiency(points.low[hours], np.where(open_, _DAY, in_bed))


def _efficiency(hours: Floats, in_bed: Floats) -> Floats:
    """Component 4 of hours asleep and in bed, compared without a division: nothing is lost where a
    share is exactly a limit.
    """
    reached = [100 * hours >= limit * in_bed for limit in (85.0, 75.0, 65.0)]
    own: Floats = np.select(reached, [0.0, 1.0, 2.0], _WORST)
    return own
