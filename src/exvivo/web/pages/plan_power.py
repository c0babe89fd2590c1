"""The power of a plan: which sizes to look at, the simulation as a job that is followed, and its
report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study.files import PLANNED
from exvivo.web.following import Look, followed, lasted, seconds_of
from exvivo.web.jobs import Job
from exvivo.web.pages.plan import Sent, texts_of
from exvivo.web.planned.refused import of_form
from exvivo.web.planned.wishes import power_text, sent_wishes
from exvivo.web.render import page
from exvivo.web.report_answers import AGAIN, answer
from exvivo.web.reports import REPORT
from exvivo.web.running import ask_power, cancel_run, mistakes_for
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.plan.power import Wishes

router = APIRouter(include_in_schema=False)
AXES = (
    ("donors", "Donors of each group", "14v10, 28v20"),
    ("wells", "Wells of a donor and condition", "3, 6"),
    ("cultures", "Cultures of a donor and condition", "1, 2"),
    ("plates", "Plates of each assay", "1, 2"),
    ("fold", "Assumed effect, as a fold", "1.2, 1.5, 2"),
    ("donor_sd", "SD between donors, log2", "0.5, 0.8"),
    ("well_sd", "SD between wells, log2", "0.1, 0.2"),
    ("dropouts", "Share of donors that drop out", "0, 0.1"),
    ("spread_ratio", "Spread of the second group, in times the first", "1, 2"),
)
"""What sizes may differ in: field, label and an example."""
_LABELS = {name: label for name, label, _ in AXES} | {"ranks": "Tests by ranks"}
_POWER = f"{PLANNED}/power"
_KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_LISTED = 5


@router.get("/s/{study}/plan/power")
def power(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """Which sizes to look at, how far the simulation is, and its report."""
    last = _jobs(request, study)[:1]
    values = _values(last[0]) if last else {}
    return _page(request, study, visitor, values, [])


def _values(job: Job) -> dict[str, str]:
    """The fields of the form of a job."""
    told: dict[str, Any] = json.loads(job.wishes or "{}")
    others = {"studies": str(told.get("studies") or ""), "ranks": "1" * bool(told.get("ranks"))}
    return {**told.get("axes", {}), **others}


def _page(
    request: Request,
    study: str,
    visitor: Visitor,
    values: dict[str, str],
    refused: Sequence[Mistake],
) -> Response:
    return page(
        request,
        "plan_power.html",
        status=422 if refused else 200,
        visitor=visitor,
        study=study,
        axes=AXES,
        values={"studies": "", **{k: v for k, v in values.items() if v}},
        refused=condensed(of_form(refused, _LABELS)),
        **_now(request, study, visitor),
    )


def _jobs(request: Request, study: str) -> list[Job]:
    return site_of(request).jobs.jobs(study, _LISTED, kind="power")


def _now(request: Request, study: str, visitor: Visitor) -> dict[str, Any]:
    """What is simulated now, or what became of the last simulation."""
    site, jobs = site_of(request), _jobs(request, study)
    last = jobs[0] if jobs else None
    running = next((job for job in jobs if job.state == "running"), last)
    job = running if running and running.is_open else None
    return {
        "job": job,
        "jobs": tuple(jobs),
        "next_waits": bool(last and job and last.id != job.id),
        "last": last,
        "mistakes": condensed(of_form(mistakes_for(site, last, visitor), _LABELS)) if last else [],
        "lasted": lasted(seconds_of(site, running)),
        "report": _report_of(site.shelf.folder(study)),
    }


def _report_of(folder: Path) -> str:
    """When the report was made (UTC, to the minute); empty where there is none."""
    from datetime import UTC, datetime

    try:
        made = (folder / _POWER / REPORT).stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(made, UTC).isoformat(timespec="seconds")


@router.post("/s/{study}/plan/power")
def simulate(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.RUN)
) -> Response:
    """Ask for a simulation, unless its sizes cannot be read."""
    values = texts_of(sent)
    folder = site_of(request).shelf.folder(study)
    try:
        wishes = sent_wishes(values)
        _refuse(folder, wishes)
    except StudyError as error:
        return _page(request, study, visitor, values, error.mistakes)
    ask_power(site_of(request), study, visitor, power_text(wishes))
    return RedirectResponse(_address(study), status_code=303)


def _refuse(folder: Path, wishes: Wishes) -> None:
    """Raise `StudyError` for sizes that no study has, or that can answer nothing, before a job is
    asked for.
    """
    from exvivo.plan.power.folder import planned_study
    from exvivo.plan.power.planned import answerable

    answerable(planned_study(folder), wishes)


def _address(study: str) -> str:
    return f"/s/{quote(study, safe='')}/plan/power"


@router.post("/s/{study}/plan/power/{job}/cancel")
def cancel(
    request: Request, study: str, job: str, visitor: Visitor = needs(Permission.RUN)
) -> Response:
    """Take a simulation back, or end it; parts that are made stay for the next."""
    cancel_run(site_of(request), study, job, visitor)
    return RedirectResponse(_address(study), status_code=303)


@router.get("/s/{study}/plan/power/progress")
async def progress(
    request: Request, study: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """How far the simulation is (server-sent events), to its end."""
    return followed(site_of(request), lambda: _look(request, study, visitor))


def _look(request: Request, study: str, visitor: Visitor) -> Look:
    about = _now(request, study, visitor)
    words = {
        "done": "The simulation is done.",
        "failed": "The simulation could not be made.",
        "cancelled": "The simulation was cancelled.",
    }
    last = about["last"]
    over = None if about["job"] else words.get(last.state, "") if last else ""
    return Look(about["jobs"], lambda: _part(request, study, visitor, about), over)


def _part(request: Request, study: str, visitor: Visitor, about: dict[str, Any]) -> str:
    """The panel of what is simulated now."""
    made = page(request, "_plan_power_now.html", visitor=visitor, study=study, **about)
    return bytes(made.body).decode()


@router.get("/s/{study}/plan/report")
def short(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The address as one types it: the links of a report start from below it."""
    del request, visitor
    return RedirectResponse(f"/s/{quote(study, safe='')}/plan/report/", status_code=303)


@router.get("/s/{study}/plan/report/")
def report(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The report of the last simulation."""
    site = site_of(request)
    served = site.reports.planned(site.shelf.folder(study) / _POWER / REPORT)
    if served is None:
        return RedirectResponse(_address(study), status_code=303)
    return answer(request, served, "")


@router.get("/s/{study}/plan/report/{name:path}")
def beside(
    request: Request, study: str, name: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """What the report links to: the numbers, and the data of a figure."""
    folder = (site_of(request).shelf.folder(study) / _POWER).resolve()
    path = (folder / name).resolve()
    is_ours = path.is_relative_to(folder) and path.suffix in _KINDS and path.is_file()
    if not is_ours or path.parent not in (folder, folder / "report_data"):
        raise HTTPException(404)
    headers = {"Cache-Control": AGAIN}
    return Response(path.read_bytes(), media_type=_KINDS[path.suffix], headers=headers)
