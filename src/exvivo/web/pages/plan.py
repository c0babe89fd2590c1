"""The plan of a study: how large it is to be and what is assumed of it, as a form that changes
study.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study import Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.ids import ids
from exvivo.study.load import declarations
from exvivo.web.edits import applied, save, version
from exvivo.web.planned.edited import before_of, edits_of
from exvivo.web.planned.filled import Filled, filled_of, sent_form, usual
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
_LONGEST = 2_000
_SOME_DONORS = 10
"""Donors of a group by which what is assumed is tried; it hangs on no number of them."""
SHAPES = (
    ("normal", "normal"),
    ("skewed", "skewed: a few far above the others"),
    ("heavy", "heavy tails: a few far off to either side"),
)
"""How donors may be spread, as the form offers it."""


async def _sent(request: Request) -> FormData:
    """The form of a request."""
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]


@router.get("/s/{study}/plan")
def plan(
    request: Request, study: str, saved: str = "", visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """The planned size and what is assumed, as a form."""
    folder = site_of(request).shelf.folder(study)
    declared = _declared(folder)
    raw = (folder / STUDY_FILE).read_bytes()
    before = json.dumps(before_of(raw, declared))
    return _form(request, study, visitor, declared, filled_of(declared), before, saved=saved == "1")


def _declared(folder: Path) -> Study:
    """What study.yaml declares, as far as it is known."""
    return declarations(folder)[0]


def _form(
    request: Request,
    study: str,
    visitor: Visitor,
    declared: Study,
    form: Filled,
    before: str,
    *,
    mistakes: Sequence[Mistake] = (),
    saved: bool = False,
) -> Response:
    return page(
        request,
        "plan_assumed.html",
        status=422 if mistakes else 200,
        visitor=visitor,
        study=study,
        declared=declared,
        form=form,
        usual=usual(),
        shapes=SHAPES,
        before=before,
        version=version(site_of(request).shelf.folder(study), STUDY_FILE),
        mistakes=condensed(mistakes),
        saved=saved,
    )


@router.post("/s/{study}/plan")
def save_assumed(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Change the planned size and what is assumed, unless something is to fix first."""
    folder = site_of(request).shelf.folder(study)
    declared = _declared(folder)
    texts = texts_of(sent)
    form = sent_form(texts, declared)
    before = texts.get("before", "{}")
    try:
        edits = edits_of(form, declared, _before(before))
        raw = (folder / STUDY_FILE).read_bytes()
        mistakes = _new_mistakes(folder, raw, applied(raw, STUDY_FILE, edits))
    except StudyError as error:
        mistakes = list(error.mistakes)
    if mistakes:
        return _form(request, study, visitor, declared, form, before, mistakes=mistakes)
    if edits:
        save(folder, STUDY_FILE, edits, expected=texts.get("if_match", ""), who=visitor.name)
    return RedirectResponse(f"/s/{quote(study, safe='')}/plan?saved=1", status_code=303)


def texts_of(sent: FormData) -> dict[str, str]:
    """The fields of a form, each on one line and no longer than a field may be."""
    return {
        name: value.strip() if name == "before" else " ".join(value.split())[:_LONGEST]
        for name, value in sent.items()
        if isinstance(value, str)
    }


def _before(text: str) -> Mapping[str, str | None]:
    """What the page showed. Raises `StudyError` for a text that no page of ours sends."""
    try:
        before: Any = json.loads(text)
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict) or not all(map(_is_shown, before.values())):
        expected, cure = "what the page sends", "load the page again"
        raise StudyError(Mistake("the form", "another text", expected, cure))
    return before


def _is_shown(value: object) -> bool:
    """Whether it is what a page shows of a value: a text, or nothing."""
    return value is None or isinstance(value, str)


def _new_mistakes(folder: Path, before: bytes, after: bytes) -> list[Mistake]:
    """The mistakes of study.yaml that a form would bring."""
    known = {_without_line(each) for each in declarations(folder, {STUDY_FILE: before})[1]}
    study, found = declarations(folder, {STUDY_FILE: after})
    new = [each for each in found if _without_line(each) not in known]
    return new if found else _impossible(study)


def _impossible(study: Study) -> list[Mistake]:
    """What is assumed line by line and cannot be true together: correlations."""
    from exvivo.simulate.population import data_model

    try:
        data_model(study, donors=dict.fromkeys(ids(study.groups), _SOME_DONORS))
    except StudyError as error:
        return list(error.mistakes)
    return []


def _without_line(mistake: Mistake) -> tuple[str, str, str]:
    return mistake.found, mistake.expected, mistake.cure
