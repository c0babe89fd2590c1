"""Times of going to bed and of rising that can hardly be: 11 for 23:00 gives twenty hours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study.answered_forms import AnsweredForms, answered_forms
from exvivo.study.scoring import Score
from exvivo.words import shortened

_DAY = 24.0
_MOST = 14.0
"""Hours in bed beyond which a time of the clock is likely to be half a day off."""
_EFFICIENCY = 4
"""The component of the Pittsburgh index that is made of these times."""


def hardly_possible_times_in_bed(held: Held) -> Iterator[Flag]:
    """Forms with more than 14 hours in bed, with none, or with more hours asleep than in bed."""
    for forms in held.once("answered forms", lambda: answered_forms(held.answers, held.study)):
        for score in forms.key.scores:
            if score.rule == "psqi" and score.component == _EFFICIENCY:
                yield from _strange(forms, score)


def _strange(forms: AnsweredForms, score: Score) -> Iterator[Flag]:
    names = [item.id for item in forms.key.every_item]
    bed, rise, asleep = (forms.points[:, names.index(name)] for name in score.items)
    in_bed = (rise - bed) % _DAY
    known = ~np.isnan(in_bed)
    strange = known & ((in_bed > _MOST) | (in_bed == 0) | (asleep > in_bed))
    if not strange.any():
        return
    places = np.flatnonzero(strange).tolist()
    donors = forms.rows["donor"].gather(places).to_list()
    times = np.column_stack([bed, rise, asleep, in_bed])[places]
    lines = [_words(donor, row) for donor, row in zip(donors, times, strict=True)]
    above = [each.id for each in forms.key.scores if score.id in each.of]
    yield Flag(
        table="clinic",
        row=forms.key.id,
        severity="look",
        what=f"times in bed of {forms.key.id}: {shortened(lines, separator='; ')}",
        why="a bedtime of 11 in the evening is 23:00; as 11 it gives twenty hours in bed",
        cure="look up these times on the form, and write them as times of the day (23:30)",
        place=forms.key.id,
        evidence=tuple(lines),
        scope=Scope(scales=(score.id, *above), donors=tuple(dict.fromkeys(donors))),
    )


def _words(donor: str, times: Floats) -> str:
    bed, rise, asleep, in_bed = times.tolist()
    clocks = f"donor {donor} to bed at {_clock(bed)} and up at {_clock(rise)}"
    hours = "nobody knows how long" if in_bed == 0 else f"{in_bed:.4g} h in bed"
    return f"{clocks}, {hours}" + (f", {asleep:g} h asleep" if asleep > in_bed else "")


def _clock(hours: float) -> str:
    minutes = round(60 * hours)
    return f"{minutes // 60}:{minutes % 60:02d}"
