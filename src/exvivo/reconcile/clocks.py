"""The dates of instrument runs against those of blood and cultures: nothing is measured before it
is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Plate, Study
from exvivo.study.days import days_of
from exvivo.study.instrument_files import files_of
from exvivo.words import counted, shortened

_ENDS = ("run date", "end", "run start", "start", "date")
"""The facts of a file that date its run, the latest first; not when it was made or exported."""
_UNSET = 2004
"""A clock in this year or before was never set: it went back to where it begins."""
_BEFORE = ("drawn", "stimulated")
"""What comes before the run: columns of cultures.csv."""


class _Run(NamedTuple):
    """A file with its date, as it writes it, and the day that this means."""

    words: str
    day: date


class _Early(NamedTuple):
    """A donor whose blood, or culture, is later than the run."""

    donor: str
    what: str
    day: date
    text: str


def runs_before_their_cells(held: Held) -> Iterator[Flag]:
    """Runs that an instrument dates before the blood of one of their donors was drawn, the culture
    stimulated, or the visit took place.
    """
    for plate in held.study.plates:
        run = _run_of(plate, held)
        if run is None:
            continue
        early = [each for each in _cells(plate, held.study) if each.day > run.day]
        if early:
            yield _too_early(plate, run, early)


def _run_of(plate: Plate, held: Held) -> _Run | None:
    """The last run of the files of a plate, each on the last day that it may have been."""
    runs = []
    for name, _ in files_of(plate, held.study):
        text = _run_date(held.headers.get(name, {}))
        if text:
            runs.append(_Run(f"{name} ({text})", days_of(text)[-1]))
    return max(runs, key=lambda run: run.day, default=None)


def _run_date(facts: Mapping[str, str]) -> str:
    """When a file says that it was run, as it writes it; empty where it does not."""
    return next((facts[key] for key in _ENDS if days_of(facts.get(key, ""))), "")


def _cells(plate: Plate, study: Study) -> Iterator[_Early]:
    """When the blood of each sample of a plate was drawn at the earliest, and its culture
    stimulated.
    """
    samples = study.layout.filter(plate=plate.id).drop_nulls("donor")
    rows = samples.select("donor", "visit", "culture").unique(maintain_order=True)
    for donor, visit, culture in rows.iter_rows():
        for what in _BEFORE:
            dated = [row[what] for row in _cultures(study, donor, visit, culture)]
            days = [(days_of(text)[0], text) for text in dated if days_of(text)]
            if days and len(days) == len(dated):
                yield _Early(donor, f"{what}", *min(days))
        if days_of(visit or ""):
            yield _Early(donor, "visit", days_of(visit)[0], visit)


def _cultures(
    study: Study, donor: str, visit: str | None, culture: str | None
) -> list[Mapping[str, str]]:
    """The rows of cultures.csv that a sample may be of."""
    if study.cultures.is_empty():
        return []
    rows = study.cultures.filter(donor=donor)
    own = rows.filter(culture=culture) if culture is not None else rows
    of_visit = own.filter(pl.col("visit").is_in([visit or "", ""]))
    return list((of_visit if of_visit.height else own).iter_rows(named=True))


def _too_early(plate: Plate, run: _Run, early: list[_Early]) -> Flag:
    donors = list(dict.fromkeys(each.donor for each in early))
    unset = run.day.year <= _UNSET
    first = early[0]
    return Flag(
        table="wells",
        row=f"plate {plate.id}: {shortened(donors)}",
        severity="look" if unset else "stop",
        what=(
            f"the run of {run.words} is before the cells of {counted(len(donors), 'donor')} "
            f"were there: {first.donor}, {first.what} {first.text}"
        ),
        why=(
            "the clock of the instrument was not set"
            if unset
            else "the file cannot hold these samples, or one of the dates is wrong"
        ),
        cure="check that file and layout belong together, and correct the date in cultures.csv",
        place=plate.id,
        evidence=(run.words, *(f"{each.donor}|{each.what}|{each.text}" for each in early)),
        scope=Scope(assays=(plate.assay,), plates=(plate.id,), donors=tuple(donors)),
    )
