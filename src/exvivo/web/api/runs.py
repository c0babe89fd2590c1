"""Runs: asked for, watched and cancelled. They are made one after another, each in a process of its
own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request

from exvivo.web.api.checks import fix
from exvivo.web.api.refused import Plain, ToFix
from exvivo.web.jobs import State
from exvivo.web.running import ask_run, cancel_run, mistakes_for
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.errors import Mistake
    from exvivo.web.jobs import Job

router = APIRouter(tags=["runs"])


class RunJob(Plain):
    """A run that somebody asked for: how it stands, the `step` it is at, the row of the record that
    it made, or what kept it from being made.
    """

    id: str
    state: State
    asked: str
    asked_by: str
    ended: str | None
    step: str
    row: int | None
    fault: str | None
    mistakes: list[ToFix]


class RunJobs(Plain):
    """The runs that were asked for, the last first."""

    runs: list[RunJob]


@router.get("/studies/{study}/runs")
def runs(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> RunJobs:
    """The runs that were asked for here, the last first. What is on record stands in the record."""
    site = site_of(request)
    listed = site.jobs.jobs(study, most=100)
    return RunJobs(runs=[_job(each, mistakes_for(site, each, visitor)) for each in listed])


@router.post("/studies/{study}/runs", status_code=202)
def start(request: Request, study: str, visitor: Visitor = needs(Permission.RUN)) -> RunJob:
    """Ask for a run; gives the one that waits already, where there is one."""
    return _job(ask_run(site_of(request), study, visitor))


@router.get("/studies/{study}/runs/{run}")
def run(
    request: Request, study: str, run: str, visitor: Visitor = needs(Permission.READ)
) -> RunJob:
    """How a run stands that was asked for here."""
    job = _found(request, study, run)
    return _job(job, mistakes_for(site_of(request), job, visitor))


@router.post("/studies/{study}/runs/{run}/cancel")
def cancel(
    request: Request, study: str, run: str, visitor: Visitor = needs(Permission.RUN)
) -> RunJob:
    """Take back a run that waits, end one that runs: the last results stay. One that is over stays
    as it is.
    """
    known = _found(request, study, run)
    return _job(cancel_run(site_of(request), study, known.id, visitor))


def _found(request: Request, study: str, run: str) -> Job:
    """A job of a study. Raises 404 where there is none."""
    jobs = site_of(request).jobs.jobs(study)
    for each in jobs:
        if each.id == run:
            return each
    raise HTTPException(404, "No such run was asked for here.")


def _job(job: Job, mistakes: Iterable[Mistake] = ()) -> RunJob:
    """A job as the API states it. Mistakes quote files, which not every reader may see."""
    facts = job.facts
    return RunJob(
        id=job.id,
        state=job.state,
        asked=_time(job.asked),
        asked_by=job.asked_by,
        ended=None if job.ended is None else _time(job.ended),
        step=job.step,
        row=facts.get("row"),
        fault=facts.get("fault"),
        mistakes=[fix(each) for each in mistakes],
    )


def _time(seconds: float) -> str:
    """A moment as the record writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
