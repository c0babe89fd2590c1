"""What may be taken away: figures, tables, a folder for the team or for anybody, the record, and
the whole study. What names people only for those who may see them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from exvivo.errors import Mistake, StoreError
from exvivo.store.database import DATABASE
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import NotAllowed, Permission, Visitor, needs
from exvivo.web.wells.archive import Entry, files_below, study_files, zipped
from exvivo.web.wells.last_run import LastRun

if TYPE_CHECKING:
    from exvivo.share import Audience
    from exvivo.tell.figure_files import Format

router = APIRouter(include_in_schema=False)
_ZIP = "application/zip"
_CURE = "start a run on the page Runs and report"


@router.get("/s/{study}/export")
def export(request: Request, study: str, visitor: Visitor = needs(Permission.EXPORT)) -> Response:
    """What there is to take away."""
    folder = site_of(request).shelf.folder(study)
    run = LastRun.of(folder)
    return page(
        request,
        "export.html",
        visitor=visitor,
        study=study,
        run=run,
        figures=len(_figures(run.tables.parent)) if run else 0,
        has_record=(folder / DATABASE).is_file(),
    )


@router.get("/s/{study}/export/figures-{kind}.zip")
def figures(
    request: Request,
    study: str,
    kind: Literal["svg", "png", "pdf"],
    visitor: Visitor = needs(Permission.EXPORT),
) -> Response:
    """Every figure of the last run in a format."""
    results, room = _results(request, study, visitor)
    names = _figures(results)
    try:
        _check_fonts(results, kind)
    except StoreError:
        if room is not None:
            shutil.rmtree(room, ignore_errors=True)
        raise
    entries = (Entry(f"{name}.{kind}", _maker(results, name, kind)) for name in names)
    return _sent(entries, f"{study}-figures-{kind}.zip", room)


@router.get("/s/{study}/export/tables.zip")
def tables(request: Request, study: str, visitor: Visitor = needs(Permission.EXPORT)) -> Response:
    """Every table of the last run as csv."""
    results, room = _results(request, study, visitor)
    paths = sorted((results / "tables").glob("*.csv"))
    entries = (Entry(path.name, path) for path in paths)
    return _sent(entries, f"{study}-tables.zip", room)


@router.get("/s/{study}/export/for-{audience}.zip")
def shared(
    request: Request,
    study: str,
    audience: Literal["team", "public"],
    smallest: int = 5,
    visitor: Visitor = needs(Permission.EXPORT),
) -> Response:
    """The last run as it may be handed to a team, or to anybody."""
    room = _handed_on(site_of(request).shelf.folder(study), audience, max(2, smallest))
    name = f"{study}-{audience}"
    return _sent(files_below(room / audience, name), f"{name}.zip", room)


@router.get("/s/{study}/export/record.jsonl")
def record(
    request: Request,
    study: str,
    texts: bool = False,
    visitor: Visitor = needs(Permission.EXPORT),
) -> Response:
    """The record as one file. With its texts, which may name people, only for those who may see
    them.
    """
    from exvivo.store.export import exported

    if texts and not visitor.may(Permission.IDENTIFY, study):
        raise NotAllowed(Permission.IDENTIFY)
    whole = exported(site_of(request).shelf.folder(study), with_texts=texts)
    return Response(
        whole.encode("utf-8"),
        media_type="application/jsonl",
        headers=_named(f"{study}-record.jsonl"),
    )


@router.get("/s/{study}/export/study.zip")
def whole(request: Request, study: str, visitor: Visitor = needs(Permission.IDENTIFY)) -> Response:
    """The whole study folder, people and instrument files among it."""
    if not visitor.may(Permission.EXPORT, study):
        raise NotAllowed(Permission.EXPORT)
    return _sent(study_files(site_of(request).shelf.folder(study)), f"{study}.zip", None)


def _results(request: Request, study: str, visitor: Visitor) -> tuple[Path, Path | None]:
    """The results that a visitor may take away: those of the laboratory, or those of the team in a
    folder that goes when they are sent. Raises `StoreError` without a run.
    """
    folder = site_of(request).shelf.folder(study)
    run = LastRun.of(folder)
    if run is None:
        finding, expected = "no results of a complete run", "results to take away"
        raise StoreError(Mistake(study, finding, expected, _CURE))
    if visitor.may(Permission.IDENTIFY, study):
        return run.tables.parent, None
    room = _handed_on(folder, "team", 5)
    return room / "team", room


def _handed_on(folder: Path, audience: Audience, smallest: int) -> Path:
    """A folder of its own in which the results for somebody lie, under their name."""
    from exvivo.share import share

    room = Path(tempfile.mkdtemp(prefix="exvivo-export-"))
    try:
        share(folder, audience, out=room / audience, smallest=smallest)
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    return room


def _sent(entries: Iterator[Entry], name: str, room: Path | None) -> Response:
    """A zip that is sent while it is made; the folder it was made from is deleted then."""
    return StreamingResponse(_until_sent(entries, room), media_type=_ZIP, headers=_named(name))


def _until_sent(entries: Iterator[Entry], room: Path | None) -> Iterator[bytes]:
    try:
        yield from zipped(entries)
    finally:
        if room is not None:
            shutil.rmtree(room, ignore_errors=True)


def _named(name: str) -> dict[str, str]:
    """How a browser names what it saves."""
    from urllib.parse import quote

    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }


def _maker(results: Path, name: str, kind: Format) -> Callable[[], bytes]:
    from exvivo.tell.figure_files import figure_file

    return lambda: figure_file(results, name, kind)


def _check_fonts(results: Path, kind: Format) -> None:
    from exvivo.tell.figure_files import check_fonts

    check_fonts(results, [kind])


def _figures(results: Path) -> list[str]:
    from exvivo.tell.figure_files import names_of

    return names_of(results)
