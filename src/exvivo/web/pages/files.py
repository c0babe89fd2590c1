"""The instrument files of a study: what each is, its hash, the plates that use it, what of it was
not read; more of them are dropped here, and put into the study as plates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError
from exvivo.study import Identity, Plate, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.ids import id_trouble, ids
from exvivo.study.instrument_files import files_of
from exvivo.study.load import examine, read_study_file
from exvivo.study.record_text import flow
from exvivo.web.edits import Edit, save, version
from exvivo.web.intake import take_body, take_form
from exvivo.web.kinds import FileKind, kinds_of, summary
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.study_intake import RAW, StudyIntake
from exvivo.web.uploads import files_below
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Line:
    """A file of the study: what it is, the plates and the questions of identity that use it, and
    the next plate that it could be.
    """

    kind: FileKind
    plates: tuple[str, ...]
    next_id: str
    questions: tuple[str, ...] = ()


@router.get("/s/{study}/files")
def files(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The page; what each file is comes behind it, as looking into many takes a while."""
    folder = site_of(request).shelf.folder(study)
    names = files_below(folder / RAW)
    looked = request.query_params.get("looked") == "yes"
    return page(
        request,
        "files.html",
        visitor=visitor,
        study=study,
        names=names,
        looked=looked,
        megabytes=site_of(request).settings.largest >> 20,
        **(_looked(folder) if looked else {}),
    )


@router.get("/s/{study}/files-looked-into")
def looked_into(
    request: Request, study: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """What each file is, as a part of the page."""
    folder = site_of(request).shelf.folder(study)
    return page(request, "_files.html", visitor=visitor, study=study, **_looked(folder))


def _looked(folder: Path) -> dict[str, Any]:
    """What each file is, with the study that it belongs to."""
    kinds = kinds_of(folder / RAW, files_below(folder / RAW))
    declared = _declared(folder)
    uses = _uses(declared) if declared else {}
    compared = _compared(declared) if declared else {}
    next_id = _next_id(declared) if declared else ""
    lines = [Line(kind, _users(kind, uses), next_id, _users(kind, compared)) for kind in kinds]
    return {
        "lines": lines,
        "summary": summary(kinds),
        "assays": declared.assays if declared else (),
        "version": version(folder, STUDY_FILE),
        "mistakes": () if declared else (_UNREADABLE,),
    }


def _users(kind: FileKind, uses: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What uses the files of a line, each once."""
    return tuple(dict.fromkeys(each for n in kind.names for each in uses.get(f"{RAW}/{n}", ())))


_UNREADABLE = Mistake(STUDY_FILE, "something to fix", "a study", "see the page Check")


def _declared(folder: Path) -> Study | None:
    """The study with its layouts, as far as it is known; None where study.yaml cannot be read."""
    try:
        return examine(folder).study
    except StudyError:
        return None


def _uses(study: Study) -> dict[str, list[str]]:
    """The plates that use each file."""
    uses: dict[str, list[str]] = {}
    for plate in study.plates:
        for name in _files_of(plate, study):
            uses.setdefault(name, []).append(plate.id)
    return uses


def _compared(study: Study) -> dict[str, list[str]]:
    """The questions of identity that are answered from each file."""
    uses: dict[str, list[str]] = {}
    for question in study.questions:
        for name in question.files if isinstance(question, Identity) else ():
            uses.setdefault(name, []).append(question.id)
    return uses


def _files_of(plate: Plate, study: Study) -> Iterator[str]:
    """The instrument files of a plate, those of its curves too."""
    if plate.file or study.layout.width:
        yield from (name for name, _ in files_of(plate, study))
    yield from filter(None, (plate.curves, plate.melt))


def _next_id(study: Study) -> str:
    """A free name for one plate more: the last one's letter and the next number."""
    taken = {plate.id for plate in study.plates}
    letter = study.plates[-1].id.rstrip("0123456789") if study.plates else "P"
    return next(f"{letter}{n}" for n in range(1, len(taken) + 2) if f"{letter}{n}" not in taken)


@router.put("/s/{study}/files/{name:path}")
async def put_file(
    request: Request,
    study: str,
    name: str,
    replace: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Take one instrument file."""
    intake = StudyIntake.of(site_of(request), study, visitor)
    return await take_body(request, intake, name, replaces=replace)


@router.post("/s/{study}/files")
async def post_files(
    request: Request, study: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Take the files of a form, without a script."""
    await take_form(request, StudyIntake.of(site_of(request), study, visitor))
    return RedirectResponse(f"/s/{quote(study, safe='')}/files", status_code=303)


@router.post("/s/{study}/files-as-plate")
def as_plate(
    request: Request,
    study: str,
    name: Annotated[str, Form()],
    assay: Annotated[str, Form()],
    plate: Annotated[str, Form()],
    if_match: Annotated[str, Form()],
    run: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Put a file into the study as a plate of an assay. Names are split as on its other plates."""
    folder = site_of(request).shelf.folder(study)
    declared, _ = read_study_file(folder)
    if name not in files_below(folder / RAW) or assay not in ids(declared.assays):
        cure = "open the page Files again"
        raise StudyError(Mistake(name[:80], "no such file or assay", "one of the study", cure))
    _refuse_plate(plate, declared)
    alike = [each for each in declared.plates if each.assay == assay and each.samples]
    samples = alike[-1].samples if alike else ""
    record = Plate(id=plate, assay=assay, file=f"{RAW}/{name}", samples=samples, run=run)
    edit = Edit(("plates", plate), None, flow(record))
    save(folder, STUDY_FILE, [edit], expected=if_match, who=visitor.name)
    there = f"/s/{quote(study, safe='')}"
    to = f"{there}/files" if samples else f"{there}/plates/{quote(plate, safe='')}"
    return RedirectResponse(to, status_code=303)


def _refuse_plate(name: str, declared: Study) -> None:
    """Raise `StudyError` for a name that no further plate can have."""
    if trouble := id_trouble(name):
        raise StudyError(Mistake("Name of the plate", *trouble))
    if name in ids(declared.plates):
        cure = "write another name"
        raise StudyError(Mistake("Name of the plate", f"{name} is there", "a new name", cure))
