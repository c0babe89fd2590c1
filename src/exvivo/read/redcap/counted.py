"""Which rows count: one for a form of a record at an event, or the declared one of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from exvivo.read.redcap.forms import Opened
from exvivo.read.redcap.headings import EVENT, INSTANCE, INSTRUMENT
from exvivo.read.redcap.project import Place, Row
from exvivo.read.redcap.slips import Slips
from exvivo.study.clinic_records import Instance

Days = Sequence[date | None]
Rows = tuple[int, ...]


@dataclass
class Counting:
    """What is needed to tell which rows count: `chosen` by form or event that repeats, `dates` the
    days of the fields they name, `drawn` the days of blood draws; `used` are the forms that the
    study uses, `base` the rows of each record and event that are of no repeating form. `unread`
    gathers why rows do not count.
    """

    rows: Sequence[Row]
    opened: Opened
    chosen: Mapping[str, Instance]
    dates: Mapping[str, Days]
    drawn: Days
    used: Collection[str]
    slips: Slips
    base: Mapping[tuple[str, str], Sequence[int]]
    unread: dict[int, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


def counted_rows(counting: Counting) -> dict[Place, Rows]:
    """The rows that count, form by form of each record and event."""
    counted = {}
    for place, rows in _candidates(counting).items():
        if chosen := _chosen(place, rows, counting):
            counted[place] = chosen
    return counted


def _candidates(counting: Counting) -> dict[Place, Rows]:
    """The rows in which each form of a record at an event was opened."""
    places: dict[Place, list[int]] = {}
    for at, row in enumerate(counting.rows):
        if at in counting.slips.unplaced:
            continue
        for form in (row.form,) if row.form else counting.opened:
            if counting.opened[form][at]:
                places.setdefault(Place(row.record, row.event, form), []).append(at)
    return {place: tuple(rows) for place, rows in places.items()}


def _chosen(place: Place, rows: Rows, counting: Counting) -> Rows:
    """The rows that count of those of a form."""
    instances = [counting.rows[at].instance for at in rows]
    if len(rows) == 1 and not instances[0]:
        return rows
    declared = counting.chosen.get(place.form) or counting.chosen.get(place.event)
    if declared is None:
        _not_declared(place, rows, counting)
        return ()
    if 0 in instances:
        _both(place, rows[instances.index(0)], counting)
        return ()
    ordered = tuple(sorted(rows, key=lambda at: counting.rows[at].instance))
    taken = _taken(place, ordered, declared, counting)
    for at in set(rows) - set(taken):
        counting.unread.setdefault(at, f"of {declared.form}, {_WORDS[declared.use]} counts")
    return taken


_WORDS = {
    "first": "the first row",
    "last": "the last row",
    "mean": "the mean",
    "nearest": "the row nearest to the blood draw",
}


def _not_declared(place: Place, rows: Rows, counting: Counting) -> None:
    """A form that repeats, of which nothing says which row counts: asked about where it is used."""
    repeats = place.form if any(counting.rows[at].form for at in rows) else place.event
    for at in rows:
        reason = f"{repeats} repeats, and nothing of it is used"
        counting.unread.setdefault(at, reason)
    if place.form in counting.used and repeats not in counting.asked:
        counting.asked.add(repeats)
        counting.slips.of_cell(
            rows[0],
            INSTRUMENT if repeats == place.form else EVENT,
            f"{repeats} repeats, and which of its rows counts is not declared",
            "first, last, mean, or nearest to the blood draw",
            f"write `instances: [{{form: {repeats}, use: first}}]` under `redcap` in study.yaml",
        )


def _both(place: Place, at: int, counting: Counting) -> None:
    """Answers in a row that does not repeat, beside rows of the form that do."""
    if place.form in counting.used:
        counting.slips.of_cell(
            at,
            INSTANCE,
            f"answers of {place.form} in a row without an instance, beside instances of it",
            "a form that repeats at an event, or one that does not",
            "correct it in REDCap",
        )


def _taken(place: Place, rows: Rows, declared: Instance, counting: Counting) -> Rows:
    """The rows taken of those of a form, in the order of their instances."""
    match declared.use:
        case "first":
            return rows[:1]
        case "last":
            return rows[-1:]
        case "mean":
            return rows
        case "nearest":
            return _nearest(place, rows, declared, counting)


def _nearest(place: Place, rows: Rows, declared: Instance, counting: Counting) -> Rows:
    """The row whose day is nearest to the blood draw, within the days that are declared; none where
    no day is known. Two that are as near are asked about.
    """
    drawn = _drawn(place, counting)
    days = counting.dates[declared.date]
    apart = [(abs((day - drawn).days), at) for at in rows if drawn and (day := days[at])]
    if declared.within is not None:
        apart = [(gap, at) for gap, at in apart if gap <= declared.within]
    if not apart:
        return ()
    least = min(gap for gap, _ in apart)
    near = tuple(at for gap, at in apart if gap == least)
    if len(near) > 1 and place.form in counting.used:
        _tie(near, least, declared, counting)
    return near[:1]


def _drawn(place: Place, counting: Counting) -> date | None:
    """The day of the blood draw of a record at an event."""
    for at in counting.base.get((place.record, place.event), ()):
        if day := counting.drawn[at]:
            return day
    return None


def _tie(near: Rows, gap: int, declared: Instance, counting: Counting) -> None:
    lines = " and ".join(str(counting.rows[at].line) for at in near)
    counting.slips.of_cell(
        near[1],
        declared.date,
        f"lines {lines} are both {gap} days from the blood draw: which counts is not told",
        "one row that is nearest",
        "declare `use: first`, `last` or `mean` for this form, or correct the day in REDCap",
    )


def unread_rows(counting: Counting, counted: Mapping[Place, Rows]) -> dict[int, str]:
    """The rows none of whose forms counts, each with the reason."""
    read = {at for rows in counted.values() for at in rows}
    unread = {}
    for at in range(len(counting.rows)):
        if at in read:
            continue
        reason = "something is wrong with it" if at in counting.slips.unplaced else ""
        nothing = "no form of it was opened"
        unread[at] = reason or counting.unread.get(at, nothing)
    return unread


def base_rows(rows: Sequence[Row]) -> dict[tuple[str, str], list[int]]:
    """The rows of each record and event that are of no repeating form."""
    base: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(rows):
        if not row.form:
            base.setdefault((row.record, row.event), []).append(at)
    return base
