"""The record of a study from its first row to its last, each run beside the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.history.compared import compared
from exvivo.history.growing import growing
from exvivo.history.runs import PastRun, past_runs
from exvivo.past import Entry, History, Line, Locked

_NOT_STATED = ("", "none")


def history(entries: Sequence[Entry], locks: Sequence[Locked] = ()) -> History:
    """The history that some rows tell; `locks` are those among them, held against the last run."""
    runs = past_runs(entries)
    if not runs:
        return History(lines=tuple(_lines(entries, runs)), locks=tuple(locks))
    last = runs[-1]
    return History(
        lines=tuple(_lines(entries, runs)),
        title=_title(runs),
        simulated=_simulated(last),
        declared=_declared(last),
        days=tuple(last.facts.get("days", ())),
        since_first=compared(runs[0], last) if len(runs) > 1 else None,
        looks=growing(runs),
        locks=tuple(locks),
    )


def _lines(entries: Sequence[Entry], runs: Sequence[PastRun]) -> Iterator[Line]:
    places = {run.name.row: place for place, run in enumerate(runs)}
    for entry in entries:
        place = places.get(entry.number)
        if place is None:
            yield Line(entry=entry)
        else:
            since = compared(runs[place - 1], runs[place]) if place else None
            yield Line(entry=entry, run=place + 1, since=since)


def _title(runs: Sequence[PastRun]) -> str:
    """The title of the last run whose study can be read."""
    studies = [run.study.study for run in runs if run.study.study]
    return studies[-1].title if studies else ""


def _simulated(run: PastRun) -> bool:
    return run.study.study is not None and run.study.study.simulated


def _declared(run: PastRun) -> str:
    """The date on which the study says that its questions were declared; empty where it says
    none.
    """
    stated = str(run.facts["parameters"].get("plan.declared", ""))
    return "" if stated in _NOT_STATED else stated
