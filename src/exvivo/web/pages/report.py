"""The report of the last run and the data behind its figures, for each visitor the one that they
may see: the laboratory's with IDENTIFY, the team's without. And the report of any run on record.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from exvivo.web.programs import is_for_program
from exvivo.web.refusals import mistakes_page
from exvivo.web.render import page
from exvivo.web.report_answers import AGAIN, answer
from exvivo.web.reports import REPORT, NoReport, Served
from exvivo.web.site import site_of
from exvivo.web.summaries import summary_files
from exvivo.web.visitor import NotBlinded, Permission, Visitor, needs

router = APIRouter(include_in_schema=False)

_KINDS = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}
_PAGE_OF_RECORD = "record.html"


@router.get("/s/{study}/report")
def short(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """The address as one types it: the links of a report start from below it."""
    del request, visitor
    return RedirectResponse(f"/s/{quote(study, safe='')}/report/", status_code=303)


@router.get("/s/{study}/report/")
async def report(
    request: Request, study: str, v: str = "", visitor: Visitor = needs(Permission.READ)
) -> Response:
    """The report of the last run; `v` is the hash by which a browser may keep it. Many may ask at
    once: what is in memory is given without a thread.
    """
    site = site_of(request)
    lab = visitor.may(Permission.IDENTIFY, study)
    folder = site.shelf.folder(study)
    try:
        served = site.reports.at_hand(folder, lab=lab)
        if served is None:
            served = await run_in_threadpool(site.reports.of, folder, lab=lab)
        return answer(request, served, v)
    except NoReport as error:
        if is_for_program(request):
            return mistakes_page(request, error.mistakes, status=404)
        return page(request, "no_report.html", status=404, visitor=visitor, study=study)


@router.get("/s/{study}/report/{name:path}")
def beside(
    request: Request, study: str, name: str, visitor: Visitor = needs(Permission.READ)
) -> Response:
    """What the report links to: the data of a figure, the page of the record, and the summaries in
    plain words, which are made of what may be told to anybody.
    """
    site, base = site_of(request), f"/s/{quote(study, safe='')}"
    if name == _PAGE_OF_RECORD:
        return RedirectResponse(f"{base}/record", status_code=303)
    ending = name[name.rfind(".") :] if "." in name else ""
    is_summary = name in summary_files()
    if not (is_summary or name.startswith("report_data/")) or ending not in _KINDS:
        raise HTTPException(404)
    lab = visitor.may(Permission.IDENTIFY, study)
    try:
        text = site.reports.file(site.shelf.folder(study), name, lab=lab)
    except NoReport:
        raise HTTPException(404) from None
    if is_summary and ending == ".html":
        return answer(request, Served.of(text), "")
    return Response(text, media_type=_KINDS[ending], headers={"Cache-Control": AGAIN})


@router.get("/s/{study}/runs/{number}/report")
def kept(
    request: Request,
    study: str,
    number: int,
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """The report of a run as the record keeps it."""
    del visitor
    text = _kept_text(site_of(request).shelf.folder(study), number)
    if text is None:
        raise HTTPException(404)
    return answer(request, Served.of(text.decode("utf-8", "replace")), "")


def _kept_text(folder: Path, number: int) -> bytes | None:
    """The report of a run, by its place among the runs; None where it is not kept (any more)."""
    from exvivo import store
    from exvivo.plan.blinding import is_blinded
    from exvivo.store import contents
    from exvivo.store.database import opened

    runs = [entry for entry in store.entries(folder) if entry.is_run]
    if not 0 < number <= len(runs):
        return None
    facts = runs[number - 1].facts
    if not facts.get("blinded") and is_blinded(folder):
        raise NotBlinded(folder.name)
    named = facts.get("texts", {}).get(f"{store.RESULTS}/{REPORT}")
    with opened(folder, reading=True) as connection:
        return contents.get(connection, named) if named else None
