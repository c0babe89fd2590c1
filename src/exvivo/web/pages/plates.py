"""The plates of a study: all of them at a glance, and the editor of one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Header, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from exvivo.errors import Mistake, StudyError
from exvivo.study import Beads, Immunoassay, Plate
from exvivo.study.edited_layout import layout_text
from exvivo.study.files import STUDY_FILE, table_of
from exvivo.study.ids import ids
from exvivo.study.layout import layout_columns
from exvivo.study.load import Examined
from exvivo.study.sample_names import Named, split
from exvivo.tables import ROLES
from exvivo.web.edits import Conflict, Edit, save, version
from exvivo.web.people_files import holds_people
from exvivo.web.plates import layouts
from exvivo.web.plates.checking import Examinations, Placed, checked
from exvivo.web.plates.files import FORMS
from exvivo.web.plates.layouts import Shown, fields_of, plate_of, shown, words_of_cells
from exvivo.web.plates.marks import marks
from exvivo.web.plates.pictures import Picture, picture
from exvivo.web.plates.saving import Outdated, on_first_save, save_bytes, save_cells
from exvivo.web.plates.signals import measured
from exvivo.web.plates.sizes import SIZES, place
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
_EXAMINED = Examinations()
_USUAL = ("role", "donor", "stimulus", "replicate", "control", "nominal", "dilution")
"""The fields that stand first in the editor."""
_OF_NAME = ("role", "donor", "stimulus", "cell_type", "visit", "replicate", "dilution")
_KEEP_NAME = ("standard", "qc", "positive", "calibrator")
"""Roles whose wells keep the name that they were given, as `control`."""
_PLAIN = re.compile(r"[A-Za-z][\w./-]*", re.ASCII)
_LONGEST, _MOST, _MOST_FILES = 500, 1536, 5000
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=_LONGEST)]
Fields = Annotated[dict[str, tuple[Text, Text]], Field(max_length=100)]


class Changes(BaseModel):
    """Changed cells by well and field, each as it was and as it is to be."""

    changes: Annotated[dict[str, Fields], Field(max_length=_MOST)]


class Names(BaseModel):
    """Names of samples that are to be taken apart."""

    texts: Annotated[list[Text], Field(max_length=_MOST)]


@dataclass(frozen=True)
class _Open:
    """A plate that a request is about, and its study."""

    folder: Path
    examined: Examined
    layout: Shown


@router.get("/s/{study}/plates")
def plates(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """All plates of a study."""
    return _all_plates(request, study, visitor)


@router.post("/s/{study}/plates")
def add(
    request: Request,
    study: str,
    plate: Annotated[Text, Form()] = "",
    assay: Annotated[Text, Form()] = "",
    file: Annotated[Text, Form()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Declare a plate in study.yaml, and open it."""
    folder = site_of(request).shelf.folder(study)
    examined = _EXAMINED.of(folder)
    asked = {"plate": plate, "assay": assay, "file": file}
    if slip := _slip_of_new(plate, assay, examined):
        return _all_plates(request, study, visitor, mistakes=[slip], asked=asked, status=422)
    layout = layouts.free_file(examined, plate)
    parts = {"id": plate, "assay": assay, "layout": layout, **({"file": file} if file else {})}
    node = "{" + ", ".join(f"{name}: {_quoted(text)}" for name, text in parts.items()) + "}"
    edit = Edit(("plates", plate), None, node)
    save(folder, STUDY_FILE, [edit], expected=version(folder, STUDY_FILE), who=visitor.name)
    return RedirectResponse(f"/s/{quote(study, safe='')}/plates/{quote(plate)}", status_code=303)


@router.get("/s/{study}/plates/{plate}")
def editor(
    request: Request,
    study: str,
    plate: str,
    well: str = "",
    size: int = 0,
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """The editor of a plate; `well` is selected, where it is given."""
    opened = _opened(request, study, plate)
    layout, examined = opened.layout, opened.examined
    unreadable = []
    if layout.form is layouts.Form.UNREADABLE:
        unreadable = [each.mistake for each in checked(examined, layout, {})]
    address = _address(study, plate)
    data = _data(opened, address, well if place(well) else "", size if size in SIZES else 0)
    data["looks"] = f"/s/{quote(study, safe='')}/wells/{quote(plate, safe='')}"
    return page(
        request,
        "plate.html",
        visitor=visitor,
        study=study,
        layout=layout,
        here_plate=address,
        plates=ids(examined.study.plates),
        sizes=list(SIZES),
        data=data,
        files=[(end, what) for end, (_, _, what) in FORMS.items()],
        first_save=on_first_save(layout),
        unreadable=unreadable,
    )


@router.get("/s/{study}/plates/{plate}/check")
def check_saved(
    request: Request, study: str, plate: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """What is to be fixed in the layout as it is saved."""
    opened = _opened(request, study, plate)
    return _told(checked(opened.examined, opened.layout, {}))


@router.post("/s/{study}/plates/{plate}/check")
def check(
    request: Request,
    study: str,
    plate: str,
    body: Changes,
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """What is to be fixed in the layout with changes that are not saved yet."""
    opened = _opened(request, study, plate)
    return _told(checked(opened.examined, opened.layout, _sound(body, opened)))


@router.get("/s/{study}/plates/{plate}/signal")
def signal(
    request: Request, study: str, plate: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """What the instrument measured in each well, and what stands at single wells."""
    opened = _opened(request, study, plate)
    found = measured(opened.folder, opened.examined, opened.layout.plate)
    wells = {*opened.layout.wells, *(well for well in found.wells if place(well))}
    marked: dict[str, list[dict[str, str]]] = {}
    for mark in marks(opened.folder, opened.examined, plate, wells):
        marked.setdefault(mark.well, []).append({"kind": mark.kind, "words": mark.words})
    return JSONResponse(
        {
            "layers": [asdict(layer) for layer in found.layers],
            "wells": sorted(wells),
            "named": found.named,
            "marks": marked,
            "unread": found.unread,
        }
    )


@router.post("/s/{study}/plates/{plate}/names")
def names(
    request: Request, study: str, plate: str, body: Names, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """What names of samples say of their wells; nothing where that cannot be told in one way."""
    words = words_of_cells(_opened(request, study, plate).examined.study)
    read = {text: split(text, words) for text in dict.fromkeys(body.texts) if text}
    cells = {text: _cells_of(named, text) if named else None for text, named in read.items()}
    return JSONResponse({"cells": cells})


@router.post("/s/{study}/plates/{plate}/save")
def save_changes(
    request: Request,
    study: str,
    plate: str,
    body: Changes,
    if_match: Annotated[str, Header()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Save changed cells of the layout; 412 with what is there, where somebody else changed it."""
    opened = _opened(request, study, plate)
    changes = _sound(body, opened)
    folder, examined, expected = opened.folder, opened.examined, if_match.strip('"')
    try:
        saved = save_cells(
            folder, examined, opened.layout, changes, expected=expected, who=visitor.name
        )
    except (Outdated, Conflict):
        now = _opened(request, study, plate).layout
        return JSONResponse({"version": now.version, "wells": now.wells}, status_code=412)
    return JSONResponse(asdict(saved), headers={"ETag": f'"{saved.version}"'})


@router.get("/s/{study}/plates/{plate}/files/{end}")
def file_of(
    request: Request, study: str, plate: str, end: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """The layout as a file for a spreadsheet or an instrument."""
    opened = _opened(request, study, plate)
    if end not in FORMS:
        raise HTTPException(404)
    make, media, _ = FORMS[end]
    name = quote(f"{plate}-{end}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(make(opened.layout), media_type=f"{media}; charset=utf-8", headers=headers)


@router.get("/s/{study}/plates/{plate}/lines")
def lines(
    request: Request, study: str, plate: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """The layout as a table, one line a well, to be changed as a text."""
    opened = _opened(request, study, plate)
    return _lines_page(request, study, visitor, opened, _text_of(opened))


@router.post("/s/{study}/plates/{plate}/lines")
def save_lines(
    request: Request,
    study: str,
    plate: str,
    text: Annotated[str, Form(max_length=1_000_000)] = "",
    if_match: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Save the layout as a table."""
    opened = _opened(request, study, plate)
    raw = ("\n".join(text.splitlines()) + "\n").encode()
    if opened.layout.others and opened.layout.form is not layouts.Form.LINES:
        raise StudyError(layouts.would_be_lost(opened.layout))
    if if_match != opened.layout.version:
        return _lines_page(request, study, visitor, opened, text, [_changed(opened)], status=412)
    try:
        save_bytes(opened.folder, opened.layout, raw, who=visitor.name)
    except Conflict:
        return _lines_page(request, study, visitor, opened, text, [_changed(opened)], status=412)
    return RedirectResponse(_address(study, plate), status_code=303)


def _changed(opened: _Open) -> Mistake:
    return Mistake(
        opened.layout.file,
        "a layout that somebody saved since this page was shown",
        "the layout as it was",
        "look at what is there now, then save again: what you wrote is still below",
    )


def _lines_page(
    request: Request,
    study: str,
    visitor: Visitor,
    opened: _Open,
    text: str,
    mistakes: list[Mistake] | None = None,
    *,
    status: int = 200,
) -> Response:
    layout = opened.layout
    return page(
        request,
        "plate_lines.html",
        status=status,
        visitor=visitor,
        study=study,
        layout=layout,
        text=text,
        target=layout.target or layout.file,
        first_save=on_first_save(layout),
        columns=", ".join(layout_columns(opened.examined.study).names),
        mistakes=mistakes or [],
    )


def _text_of(opened: _Open) -> str:
    """The lines of a layout: as they stand in its file, or of its wells."""
    layout = opened.layout
    if layout.form is layouts.Form.UNREADABLE and layout.target != layout.file:
        return ""
    if layout.form in (layouts.Form.LINES, layouts.Form.UNREADABLE):
        try:
            return table_of(opened.examined.sources, layout.file).decode("utf-8-sig", "replace")
        except StudyError:
            return ""
    return layout_text(layout.wells).decode()


def _opened(request: Request, study: str, plate: str) -> _Open:
    """A plate of a study. Raises 404 where study.yaml declares none of the name."""
    folder = site_of(request).shelf.folder(study)
    examined = _EXAMINED.of(folder)
    declared = plate_of(examined.study, plate)
    if declared is None:
        raise HTTPException(404)
    if declared.layout and holds_people(declared.layout, examined.study):
        finding, expected = f"`{declared.layout}` as the layout of {plate}", "a layout of its own"
        cure = "name another file under `layout` of the plate in study.yaml"
        raise StudyError(Mistake(STUDY_FILE, finding, expected, cure))
    return _Open(folder, examined, shown(examined, declared))


def _address(study: str, plate: str) -> str:
    return f"/s/{quote(study, safe='')}/plates/{quote(plate, safe='')}"


def _data(opened: _Open, address: str, well: str, size: int) -> dict[str, Any]:
    """What the editor begins with."""
    layout, study = opened.layout, opened.examined.study
    return {
        "address": address,
        "plate": layout.plate.id,
        "version": layout.version,
        "wells": layout.wells,
        "size": size or layout.size,
        "sized": bool(size),
        "well": well,
        "fields": fields_of(study, [layout]),
        "usual": list(_USUAL),
        "standards": _standards(layout),
        "choices": {**_choices(opened.examined), "file": _files(opened)},
    }


def _files(opened: _Open) -> list[str]:
    """The files below raw/ that a well may have for itself: where the plate has none for all."""
    if opened.layout.plate.file:
        return []
    raw = opened.folder / "raw"
    paths = (path for path in raw.rglob("*") if path.is_file() and path.name[0] != ".")
    return sorted(path.relative_to(opened.folder).as_posix() for path in islice(paths, _MOST_FILES))


def _standards(layout: Shown) -> list[str]:
    """The names of the standards whose amounts the assay declares."""
    assay = layout.assay
    return list(assay.standards) if isinstance(assay, (Beads, Immunoassay)) else []


def _choices(examined: Examined) -> dict[str, list[str]]:
    """The words that a field may hold, where the study declares them."""
    study = examined.study
    donors = study.donors["donor"].to_list() if "donor" in study.donors.columns else []
    visits = [*dict.fromkeys(study.layout["visit"].drop_nulls())]
    return {
        "role": list(ROLES),
        "donor": donors,
        "stimulus": ids(study.stimuli),
        "cell_type": ids(study.cell_types),
        "visit": visits,
        "culture": [*dict.fromkeys(study.layout["culture"].drop_nulls())],
    }


def _sound(body: Changes, opened: _Open) -> dict[str, dict[str, str]]:
    """Changes as cells. Raises `StudyError` for what is no well, and no field of a layout."""
    fields = {*fields_of(opened.examined.study, [opened.layout])}
    strange = [well for well in body.changes if place(well) is None]
    unknown = {name for cells in body.changes.values() for name in cells} - fields
    if strange or unknown:
        what = f"well {strange[0]!r}" if strange else f"field {min(unknown)!r}"
        expected = "wells of a plate (A1 to AF48) and fields of a layout"
        raise StudyError(Mistake("the changes", what, expected, "load the page again"))
    return {
        well: {name: " ".join(now.split()) for name, (_, now) in cells.items()}
        for well, cells in body.changes.items()
    }


def _told(placed: list[Placed]) -> Response:
    listed = [{**asdict(each.mistake), "well": each.well, "column": each.column} for each in placed]
    return JSONResponse({"mistakes": listed})


def _cells_of(named: Named, text: str) -> dict[str, str]:
    """The cells of a well by its name; a control keeps the name."""
    cells = {name: getattr(named, name) for name in _OF_NAME if getattr(named, name)}
    is_kept = named.role in _KEEP_NAME and (named.role != "standard" or named.level)
    return {**cells, "control": text} if is_kept else cells


# All plates.


@dataclass(frozen=True)
class _Card:
    """A plate among the others."""

    layout: Shown
    picture: Picture
    mistakes: int


def _all_plates(
    request: Request,
    study: str,
    visitor: Visitor,
    *,
    mistakes: list[Mistake] | None = None,
    asked: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    examined = _EXAMINED.of(site_of(request).shelf.folder(study))
    assays = [(each.id, f"{each.id}, {each.kind}") for each in examined.study.assays]
    return page(
        request,
        "plates.html",
        status=status,
        visitor=visitor,
        study=study,
        cards=[_card(examined, each) for each in examined.study.plates],
        assays=assays,
        is_needed=bool(assays) or not examined.study.questions,
        asked=asked or {"plate": "", "assay": "", "file": ""},
        mistakes=mistakes or [],
    )


def _card(examined: Examined, plate: Plate) -> _Card:
    layout = shown(examined, plate)
    asked = {well for at, well in examined.asked if at == plate.id}
    return _Card(layout, picture(layout), len(asked))


def _slip_of_new(plate: str, assay: str, examined: Examined) -> Mistake | None:
    """Why a plate cannot be declared; None where it can."""
    study = examined.study
    if not plate or not all(sign.isalnum() or sign in "_-." for sign in plate) or plate[0] in ".-":
        expected = "a short name of letters and digits, as Q1"
        return Mistake("Name", repr(plate) if plate else "nothing", expected, "write another")
    if plate in ids(study.plates):
        return Mistake("Name", f"plate {plate}, which is there", "a new name", "write another")
    if assay not in ids(study.assays):
        expected = "an assay of study.yaml"
        return Mistake("Assay", assay or "nothing", expected, "choose one of the list")
    return None


def _quoted(text: str) -> str:
    """A text as YAML: as it is where that is plain, else as JSON's text, which is one."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
