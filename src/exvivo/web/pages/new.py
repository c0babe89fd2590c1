"""A new study from own files: the files of the instruments, the people, a name. What the files do
not tell is asked on the page that comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, UserMistake
from exvivo.web.begun import Begun, Table, begun, new_id, refuse_name
from exvivo.web.handed_people import Preview, without_names
from exvivo.web.intake import take_body, take_form
from exvivo.web.kinds import kinds_of, summary
from exvivo.web.refusals import text_page
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.uploads import Intake
from exvivo.web.visitor import Visitor, needs

router = APIRouter(include_in_schema=False)

_NOT_YOURS = "You have no part here by which you may begin a study. Ask the steward for one."


@router.get("/new")
def new(request: Request, visitor: Visitor = needs(None)) -> Response:
    """To the page of a study that is being begun."""
    if not visitor.may_begin:
        return text_page(request, _NOT_YOURS, status=403)
    return RedirectResponse(f"/new/{new_id()}", status_code=303)


@router.get("/new/{own}")
def begin(request: Request, own: str, visitor: Visitor = needs(None)) -> Response:
    """The three steps: files, people, name."""
    if not visitor.may_begin:
        return text_page(request, _NOT_YOURS, status=403)
    return _page(request, visitor, begun(site_of(request).shelf, visitor, own))


def _page(
    request: Request,
    visitor: Visitor,
    it: Begun,
    error: UserMistake | None = None,
    pasted: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The page of a study that is being begun, with what is to fix."""
    site = site_of(request)
    kinds = kinds_of(it.raw, it.files)
    return page(
        request,
        "new.html",
        status=422 if error else 200,
        visitor=visitor,
        begun=it,
        kinds=kinds,
        summary=summary(kinds),
        name=it.about.get("name", ""),
        donors=it.about.get("donors", ""),
        clinic=it.about.get("clinic", ""),
        previews={kind: _kept(it, kind) for kind in ("donors", "clinic")},
        megabytes=site.settings.largest >> 20,
        mistakes=error.mistakes if error else (),
        pasted=pasted,
    )


def _kept(it: Begun, kind: Table) -> Preview | None:
    """What the table of people holds that was handed in."""
    path = it.table(kind)
    if path is None:
        return None
    keep = it.about.get(f"keep_{kind}", "").split("\t")
    return without_names(path.read_bytes(), kind, file=path.name, keep=keep)[0]


@router.get("/new/{own}/files")
def files(request: Request, own: str, visitor: Visitor = needs(None)) -> Response:
    """What each file is, as a part of the page."""
    it = begun(site_of(request).shelf, visitor, own)
    kinds = kinds_of(it.raw, it.files)
    return page(request, "_kinds.html", kinds=kinds, summary=summary(kinds), begun=it)


@router.put("/new/{own}/files/{name:path}")
async def put_file(
    request: Request,
    own: str,
    name: str,
    replace: str = "",
    visitor: Visitor = needs(None),
) -> Response:
    """Take one file."""
    if not visitor.may_begin:
        return text_page(request, _NOT_YOURS, status=403)
    intake = await run_in_threadpool(_intake, request, visitor, own)
    return await take_body(request, intake, name, replaces=replace)


@router.post("/new/{own}/files")
async def post_files(request: Request, own: str, visitor: Visitor = needs(None)) -> Response:
    """Take the files of a form, without a script."""
    if not visitor.may_begin:
        return text_page(request, _NOT_YOURS, status=403)
    await take_form(request, await run_in_threadpool(_intake, request, visitor, own))
    return RedirectResponse(f"/new/{own}", status_code=303)


def _intake(request: Request, visitor: Visitor, own: str) -> Intake:
    """Where the files of a study go that is being begun."""
    site = site_of(request)
    return Intake(begun(site.shelf, visitor, own, make=True).raw, site.settings.largest)


@router.post("/new/{own}/files/remove")
def remove(
    request: Request, own: str, name: Annotated[str, Form()], visitor: Visitor = needs(None)
) -> Response:
    """Take a file away that was handed in; of a folder of tubes all of them."""
    it = begun(site_of(request).shelf, visitor, own)
    for each in it.files:
        if each == name or (each.rpartition("/")[0] == name.rstrip("/") and name.endswith("/")):
            (it.raw / each).unlink()
    return RedirectResponse(f"/new/{own}#files", status_code=303)


@router.post("/new/{own}/{kind}")
async def people(request: Request, own: str, kind: str, visitor: Visitor = needs(None)) -> Response:
    """Keep a table of people, pasted or as a file, and show what it holds."""
    if not visitor.may_begin or kind not in ("donors", "clinic"):
        return text_page(request, _NOT_YOURS, status=403)
    async with request.form() as form:
        file, keep = form.get("file"), [str(each) for each in form.getlist("keep")]
        text, name = str(form.get("pasted", "")), ""
        if not isinstance(file, str) and file is not None and file.filename:
            raw, name = await file.read(), file.filename
        else:
            raw = text.encode() if text.strip() else b""
    return await run_in_threadpool(
        _table, request, visitor, own, "donors" if kind == "donors" else "clinic", (name, raw, keep)
    )


def _table(
    request: Request, visitor: Visitor, own: str, kind: Table, given: tuple[str, bytes, list[str]]
) -> Response:
    """Keep a table and show what it holds, or what is wrong with it."""
    it = begun(site_of(request).shelf, visitor, own, make=True)
    name, raw, keep = given
    preview: Preview | None = None
    mistakes: tuple[Mistake, ...] = ()
    try:
        if raw:
            preview, raw = without_names(raw, kind, file=name or f"{kind}.tsv", keep=keep)
        it.keep_table(kind, name or f"{kind}.tsv", raw)
        it.remember(**{f"keep_{kind}": "\t".join(keep), kind: name})
    except StudyError as error:
        mistakes = error.mistakes
    if request.headers.get("hx-request") == "true":
        return page(
            request, "_people_table.html", kind=kind, preview=preview, mistakes=mistakes, file=name
        )
    if mistakes:
        return _page(request, visitor, it, StudyError(mistakes))
    return RedirectResponse(f"/new/{own}#people", status_code=303)


@router.post("/new/{own}")
def draft(
    request: Request,
    own: str,
    name: Annotated[str, Form()] = "",
    donors: Annotated[str, Form()] = "",
    clinic: Annotated[str, Form()] = "",
    visitor: Visitor = needs(None),
) -> Response:
    """Draft the study from what was handed in, and put it among the studies. `donors` and `clinic`
    are what stands in the fields of the people, where it is newer than what was kept.
    """
    if not visitor.may_begin:
        return text_page(request, _NOT_YOURS, status=403)
    site = site_of(request)
    it = begun(site.shelf, visitor, own, make=True)
    plain = " ".join(name.split())
    it.remember(name=plain)
    try:
        refuse_name(site.shelf, plain)
        _keep(it, "donors", donors)
        _keep(it, "clinic", clinic)
        _draft(it)
        it.take_place(site.shelf, plain)
    except UserMistake as error:
        return _page(request, visitor, it, error, {"donors": donors, "clinic": clinic})
    site.keeper.made(visitor, plain)
    return RedirectResponse(f"/s/{quote(plain, safe='')}/open", status_code=303)


def _keep(it: Begun, kind: Table, pasted: str) -> None:
    """Keep a pasted table. Raises `StudyError` where it is none."""
    if pasted.strip():
        keep = it.about.get(f"keep_{kind}", "").split("\t")
        file = f"{kind}.tsv"
        it.keep_table(kind, file, without_names(pasted.encode(), kind, file=file, keep=keep)[1])


def _draft(it: Begun) -> None:
    """Draft the study in its hidden folder. Raises `StudyError`."""
    from exvivo.draft import draft

    if not it.files:
        cure = "drop the files that the instruments exported, then draft the study again"
        raise StudyError(Mistake("Files", "no file", "at least one instrument file", cure))
    _clear_old_draft(it)
    draft(it.study, it.raw, donors=it.table("donors"), clinic=it.table("clinic"))


def _clear_old_draft(it: Begun) -> None:
    """Take away what a draft left that did not come to its end."""
    import shutil

    for left in it.study.iterdir():
        if left != it.raw:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


@router.post("/new/{own}/all/discard")
def discard(request: Request, own: str, visitor: Visitor = needs(None)) -> Response:
    """Take all away that was handed in for a study that is being begun."""
    begun(site_of(request).shelf, visitor, own).discard()
    return RedirectResponse("/", status_code=303)
