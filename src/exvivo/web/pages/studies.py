"""The studies of the door with where each stands, and the overview of one: what is next in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from exvivo.web.begun import all_begun
from exvivo.web.refusals import text_page
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.standing import Declared, Standing, mistakes_of, standing_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.words import counted

router = APIRouter(include_in_schema=False)

_EXAMPLE = "example"


@dataclass(frozen=True)
class Listed:
    """A study of the list: its id, its title, where it stands."""

    study: str
    title: str
    standing: Standing


@dataclass(frozen=True)
class Step:
    """A step of a study: how it stands (done, next or later, as a word for people and a kind for
    its colour), what it is, and the page where it is taken.
    """

    kind: str
    state: str
    text: str
    path: str
    verb: str


@router.get("/")
def studies(request: Request, visitor: Visitor = needs(None)) -> Response:
    """The studies that the visitor has a part in, and those that they have begun."""
    shelf = site_of(request).shelf
    names = [name for name in shelf.studies() if visitor.permissions(name)]
    listed = [Listed(each, shelf.title(each), standing_of(shelf.folder(each))) for each in names]
    return page(
        request,
        "studies.html",
        visitor=visitor,
        studies=listed,
        begun=all_begun(shelf, visitor) if visitor.may_begin else [],
    )


@router.post("/example")
def example(request: Request, visitor: Visitor = needs(None)) -> Response:
    """Make the example study, whose data are simulated, under a free name."""
    if not visitor.may_begin:
        return text_page(request, "You may not begin a study here. Ask the steward.", status=403)
    site = site_of(request)
    taken = {path.name.casefold() for path in site.shelf.root.iterdir()}
    numbered = (f"{_EXAMPLE} {n}" for n in range(2, len(taken) + 3))
    name = next(each for each in (_EXAMPLE, *numbered) if each not in taken)
    _simulate(site.shelf.root / name)
    site.keeper.made(visitor, name)
    return RedirectResponse(f"/s/{quote(name)}", status_code=303)


def _simulate(folder: Path) -> None:
    from numpy.random import default_rng

    from exvivo.simulate import model_study, write

    write(model_study(rng=default_rng(1)), folder)


@router.get("/s/{study}")
def overview(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """Where a study stands, and what comes next."""
    folder = site_of(request).shelf.folder(study)
    standing = standing_of(folder)
    may_work = visitor.may(Permission.WORK, study)
    to_fix = mistakes_of(folder) if may_work and standing.declared.sound else 0
    steps = list(_steps(standing, to_fix)) if may_work else []
    return page(
        request,
        "overview.html",
        visitor=visitor,
        study=study,
        standing=standing,
        steps=steps,
    )


def _steps(standing: Standing, to_fix: int) -> list[Step]:
    """The steps from a draft to a report, in their order; the first that is not done is next."""
    if not standing.declared.sound:
        return [
            _as(Step("", "", "study.yaml cannot be read", "/check", "See what is to fix"), "next")
        ]
    every = [*_of_draft(standing.declared), _of_check(to_fix), *_of_runs(standing)]
    first = next((at for at, (is_done, _) in enumerate(every) if not is_done), -1)
    kinds = ["next" if at == first else "later" for at in range(len(every))]
    return [
        _as(step, "done" if is_done else kind)
        for kind, (is_done, step) in zip(kinds, every, strict=True)
    ]


def _of_draft(declared: Declared) -> list[tuple[bool, Step]]:
    """What study.yaml needs, each with whether it is there. Files come last where there are none:
    a study may ask about tables of expression alone.
    """
    opened = counted(declared.open, "open question") + " of the draft"
    asked = f"Questions of the study: {declared.questions}"
    files = (declared.plates + declared.tables > 0, _files_step(declared))
    others = [
        (declared.open == 0, Step("", "", opened, "/open", "Answer them")),
        (declared.questions > 0, Step("", "", asked, "/questions", "Write questions")),
    ]
    return [files, *others] if files[0] else [*others, files]


def _files_step(declared: Declared) -> Step:
    """The plates of a study, or its tables of expression."""
    text = f"Plates: {declared.plates}" if declared.plates else "No plate yet"
    if declared.tables and not declared.plates:
        text = f"Tables of expression: {declared.tables}"
    return Step("", "", text, "/files", "Add files")


def _of_check(to_fix: int) -> tuple[bool, Step]:
    """Whether anything is to fix."""
    faults = counted(to_fix, "thing") + " to fix" if to_fix else "Nothing to fix"
    return to_fix == 0, Step("", "", faults, "/check", "See them")


def _of_runs(standing: Standing) -> Iterator[tuple[bool, Step]]:
    """A run of the study as it is, and what it raised."""
    last, is_old = standing.last, standing.is_changed
    ran = "Changed since the last run" if is_old else "A run, with its report"
    ran = ran if last.runs else "No run yet"
    yield last.runs > 0 and not is_old, Step("", "", ran, "/runs", "Run")
    if last.runs:
        flags = counted(last.flags, "flag") + " to look at" if last.flags else "No flag to look at"
        yield last.flags == 0, Step("", "", flags, "/wells", "Look at them")


def _as(step: Step, kind: str) -> Step:
    words = {"done": "done", "next": "next", "later": "later"}
    return Step(kind, words[kind], step.text, step.path, step.verb)
