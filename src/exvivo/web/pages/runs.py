"""Runs of a study: started, followed while they are made, cancelled; every run on record, what
changed in each, and what changed between any two.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import condensed
from exvivo.web.following import Look, followed, lasted, seconds_of
from exvivo.web.jobs import Job
from exvivo.web.render import page
from exvivo.web.running import ask_run, blind, cancel_run, mistakes_for
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.past import History

router = APIRouter(include_in_schema=False)

_FEW_STEPS = 12
"""What is thought to be the number of steps of the first run."""
_LISTED = 5
_SHOWN = 3
"""Mistakes that are shown here; the check shows all."""


@dataclass(frozen=True)
class RunRow:
    """A run on record, as the page shows it."""

    run: int
    recorded: str
    version: str
    hash: str
    changes: tuple[str, ...]
    is_same: bool
    is_blinded: bool


@router.get("/s/{study}/runs")
def runs(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """What is made now, the report, and every run on record."""
    jobs = site_of(request).jobs.jobs(study, _LISTED)
    about = {**_now(request, study, visitor, jobs), **_past(request, study)}
    return page(request, "runs.html", visitor=visitor, study=study, **about)


@router.get("/s/{study}/runs/past")
def past(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """Every run on record, as a part of the page."""
    jobs = site_of(request).jobs.jobs(study, _LISTED)
    about = {**_past(request, study), "closed": _closed(jobs)}
    return page(request, "_runs_past.html", visitor=visitor, study=study, **about)


@router.post("/s/{study}/runs")
def start(
    request: Request,
    study: str,
    blinded: Annotated[bool, Form()] = False,
    visitor: Visitor = needs(Permission.RUN),
) -> Response:
    """Ask for a run; one that waits already is the one that is asked for. `blinded` hides the
    groups from now on.
    """
    site = site_of(request)
    if blinded:
        blind(site, study, visitor)
    ask_run(site, study, visitor)
    return RedirectResponse(f"/s/{quote(study, safe='')}/runs", status_code=303)


@router.post("/s/{study}/unblind")
def unblind(
    request: Request,
    study: str,
    reason: Annotated[str, Form(max_length=500)] = "",
    visitor: Visitor = needs(Permission.DECIDE),
) -> Response:
    """Lift the blinding, on record; the next run names the groups."""
    from exvivo.plan.blinding import lifted

    lifted(site_of(request).shelf.folder(study), who=visitor.name, reason=reason.strip())
    return RedirectResponse(f"/s/{quote(study, safe='')}/runs", status_code=303)


@router.post("/s/{study}/runs/{job}/cancel")
def cancel(
    request: Request, study: str, job: str, visitor: Visitor = needs(Permission.RUN)
) -> Response:
    """Take a run back, or end it; the results of the last one stay."""
    cancel_run(site_of(request), study, job, visitor)
    return RedirectResponse(f"/s/{quote(study, safe='')}/runs", status_code=303)


@router.get("/s/{study}/runs/progress")
async def progress(
    request: Request, study: str, visitor: Visitor = needs(Permission.READ)
) -> Response:
    """How far the run is, as it goes on (server-sent events), to its end."""
    return followed(site_of(request), lambda: _look(request, study, visitor))


@router.get("/s/{study}/runs/compare")
def choose(
    study: str, before: int, after: int, visitor: Visitor = needs(Permission.READ)
) -> Response:
    """From the choice of two runs to the page that compares them."""
    del visitor
    there = f"/s/{quote(study, safe='')}/runs/{before}..{after}"
    return RedirectResponse(there, status_code=303)


@router.get("/s/{study}/runs/{before}..{after}")
def compared(
    request: Request,
    study: str,
    before: str,
    after: str,
    visitor: Visitor = needs(Permission.READ),
) -> Response:
    """What changed from one run to another. Who does not work in the study sees what changed in
    the answers, and of all else how much.
    """
    from exvivo.record import compared_runs
    from exvivo.tell.changed import answer_name, answer_words, full_changes, short_changes

    comparison = compared_runs(site_of(request).shelf.folder(study), before, after)
    answers = [
        (answer_name(each), answer_words(each.before), answer_words(each.after))
        for each in comparison.answers
    ]
    works = visitor.may(Permission.WORK, study)
    sections = full_changes(comparison) if works else [("In short", short_changes(comparison))]
    return page(
        request,
        "compared.html",
        visitor=visitor,
        study=study,
        comparison=comparison,
        answers=answers,
        sections=[(name, lines) for name, lines in sections if name != "Answers"],
        nothing=comparison.nothing,
    )


def _now(request: Request, study: str, visitor: Visitor, jobs: list[Job]) -> dict[str, Any]:
    """What is made now, or what became of the last run that was asked for here."""
    last = jobs[0] if jobs else None
    running = next((job for job in jobs if job.state == "running"), last)
    told = None if last is None or _is_old(request, study, last) else last
    mistakes = mistakes_for(site_of(request), told, visitor) if told else ()
    return {
        "job": running if running and running.is_open else None,
        "next_waits": bool(last and running and last.id != running.id),
        "last": told,
        "mistakes": condensed(mistakes)[:_SHOWN],
        "more": max(0, len(condensed(mistakes)) - _SHOWN),
        "steps": next((job.steps for job in jobs if job.state == "done"), 0) or _FEW_STEPS,
        "lasted": lasted(seconds_of(site_of(request), running)),
        "closed": _closed(jobs),
        "verdicts": _verdicts(told),
        "has_report": _has_report(site_of(request).shelf.folder(study)),
    }


def _is_old(request: Request, study: str, job: Job) -> bool:
    """Whether a run came on record since a job was over: made by a later one, or elsewhere."""
    if job.is_open:
        return False
    site = site_of(request)
    runs = [line for line in site.histories.of(site.shelf.folder(study)).lines if line.run]
    if job.state == "done":
        return bool(runs) and runs[-1].entry.number != job.facts.get("row")
    return bool(runs) and runs[-1].entry.recorded > job.closed


def _verdicts(job: Job | None) -> str:
    """How many answers have each verdict: `2 supported, 9 not resolved`."""
    from exvivo.tables import VERDICTS

    counts = job.facts.get("verdicts", {}) if job else {}
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)


def _closed(jobs: list[Job]) -> list[Job]:
    """The jobs that made no run."""
    return [job for job in jobs if job.state in ("failed", "cancelled")]


def _past(request: Request, study: str) -> dict[str, Any]:
    """Every run on record, the last first."""
    site = site_of(request)
    folder = site.shelf.folder(study)
    whole = site.histories.of(folder)
    return {"runs": list(reversed(_rows(whole))), "has_report": _has_report(folder)}


def _rows(whole: History) -> list[RunRow]:
    from exvivo.tell.record_rows import row_changes

    return [
        RunRow(
            run=line.run,
            recorded=line.entry.recorded,
            version=str(line.entry.facts.get("version", "")),
            hash=line.entry.hash,
            changes=tuple(row_changes(line)),
            is_same=line.since is None or line.since.nothing,
            is_blinded=bool(line.entry.facts.get("blinded")),
        )
        for line in whole.lines
        if line.run
    ]


def _has_report(folder: Path) -> bool:
    from exvivo.web.reports import REPORT, results_of

    return (results_of(folder) / REPORT).is_file()


def _look(request: Request, study: str, visitor: Visitor) -> Look:
    """What a page that follows a run is told."""
    jobs = site_of(request).jobs.jobs(study, _LISTED)
    about = _now(request, study, visitor, jobs)
    over = None if about["job"] else _told(about["last"])
    return Look(tuple(jobs), lambda: _part(request, study, visitor, about), over)


def _part(request: Request, study: str, visitor: Visitor, about: dict[str, Any]) -> str:
    """The panel of what is made now."""
    answer = page(request, "_runs_now.html", visitor=visitor, study=study, **about)
    return bytes(answer.body).decode()


def _told(job: Job | None) -> str:
    """The end of a job in a sentence, for who cannot see the page change."""
    words = {
        "done": "The run is done.",
        "failed": "The run could not be made.",
        "cancelled": "The run was cancelled.",
    }
    return words.get(job.state, "") if job else ""
