"""The days on which the instrument files say that they were measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from exvivo.study.days import day_of

_FACTS = ("run date", "run start", "start", "date", "acquired")
"""What readers call the day of a run, the surest first."""


def run_day(header: Mapping[str, str]) -> date | None:
    """The day of a run by the facts of its file; None where none is stated that can be read in one
    way.
    """
    days = (day_of(header[name]) for name in _FACTS if name in header)
    return next((day for day in days if day is not None), None)


def run_days(headers: Iterable[Mapping[str, str]]) -> list[date]:
    """The days of the runs of some files, in order, each once; files that state none left out."""
    return sorted({day for header in headers if (day := run_day(header)) is not None})
