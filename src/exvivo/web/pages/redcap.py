"""The people from REDCap: its files are handed in, what they become is shown, and taken into the
study when somebody says so; later a new export takes the place of the old one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, UserMistake, condensed
from exvivo.study import Study
from exvivo.study.files import STUDY_FILE
from exvivo.web.edits import put, save, version
from exvivo.web.people.known import known_people
from exvivo.web.people.project import (
    FILES,
    Project,
    left_open,
    matched_groups,
    project_in,
    taken_in,
)
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
_LARGEST = 64 * 1024 * 1024
_LABELS = {
    "dictionary": "the data dictionary",
    "data": "the export of the records",
    "events": "the list of events",
}


async def _sent(request: Request) -> AsyncIterator[FormData]:
    """The form of a request."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]


@router.get("/s/{study}/people/redcap")
def redcap(
    request: Request,
    study: str,
    missing: str = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Where the study stands with REDCap: files to hand in, what they become, or the project."""
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    project, mistakes = _project(folder, known.study, missing)
    declared = known.study.redcap if known.study else None
    groups = matched_groups(project, known.study) if project and known.study else {}
    return page(
        request,
        "redcap.html",
        visitor=visitor,
        study=study,
        known=known,
        declared=declared,
        project=project,
        groups=groups,
        left_open=left_open(project) if project else [],
        missing=missing,
        mistakes=mistakes,
        versions={name: version(folder, file) for name, file in _files(known.study).items()},
        study_version=version(folder, STUDY_FILE),
        news="Saved." if request.query_params.get("saved") == "1" else "",
    )


def _files(study: Study | None) -> dict[str, str]:
    """The files of the project: as study.yaml names them, else where they usually lie."""
    if study is None or study.redcap is None:
        return FILES
    named = {name: getattr(study.redcap, name) for name in FILES}
    return {name: file or FILES[name] for name, file in named.items()}


def _project(
    folder: Path, study: Study | None, missing: str
) -> tuple[Project | None, list[Mistake]]:
    """The project whose files lie there and are not taken in yet, or why it cannot be read."""
    if study is None or study.redcap is not None:
        return None, []
    try:
        return project_in(folder, study, missing or None), []
    except UserMistake as error:
        return None, condensed(error.mistakes)


@router.post("/s/{study}/people/redcap/files")
def hand_in(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.IDENTIFY)
) -> Response:
    """Put files of the project into the study folder."""
    folder = site_of(request).shelf.folder(study)
    files = _files(known_people(folder).study)
    handed = [(name, sent.get(name)) for name in FILES]
    given = [(name, file) for name, file in handed if isinstance(file, UploadFile) and file.size]
    if not given:
        cure = "choose the files that REDCap downloads"
        raise StudyError(Mistake("REDCap", "no file", "csv files of REDCap", cure))
    for name, file in given:
        seen = str(sent.get(f"version_{name}", ""))
        put(folder, files[name], _bytes(name, file), expected=seen, who=visitor.name)
    return _back(study, missing=" ".join(str(sent.get("missing", "")).split()))


def _bytes(name: str, file: UploadFile) -> bytes:
    """A csv that was handed in. Raises `StudyError` for one that is none."""
    raw = file.file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        finding = f"more than {_LARGEST // 1024**2} MB"
        cure = "export only the fields that the study needs"
        raise StudyError(Mistake(_LABELS[name], finding, "a csv of REDCap", cure))
    if raw.startswith(b"PK\x03\x04") or b"\0" in raw[:4096]:
        cure = "download it from REDCap as csv, and hand it in as it is"
        raise StudyError(Mistake(_LABELS[name], "a file that is no text", "a csv of REDCap", cure))
    return raw


@router.post("/s/{study}/people/redcap/take")
def take_in(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.IDENTIFY)
) -> Response:
    """Write what the project becomes into study.yaml."""
    folder = site_of(request).shelf.folder(study)
    own = known_people(folder).study
    project, mistakes = _project(folder, own, str(sent.get("missing", "")))
    if own is None or project is None:
        cure = "hand in its files first"
        raise StudyError(mistakes or [Mistake("REDCap", "no project", "its dictionary", cure)])
    groups = {code: str(sent.get(f"group-{code}", "")) for code, _, _ in project.choices}
    there = {group.id for group in own.groups}
    chosen = {code: group for code, group in groups.items() if group in there}
    for name, text in project.drafted.texts.items():
        put(folder, name, text.encode(), expected=version(folder, name), who=visitor.name)
    edits = taken_in(project, own, chosen)
    expected = str(sent.get("study_version", ""))
    save(folder, STUDY_FILE, edits, expected=expected, who=visitor.name)
    return _back(study, saved="1")


def _back(study: str, **told: str) -> Response:
    query = urlencode({name: text for name, text in told.items() if text})
    to = f"/s/{quote(study, safe='')}/people/redcap"
    return RedirectResponse(f"{to}?{query}" if query else to, status_code=303)
