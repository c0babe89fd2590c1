"""The questions of a study, each as the sentence that it asks; what was decided beforehand; and the
lock that says so on record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from exvivo import record
from exvivo.errors import Mistake, StudyError, condensed
from exvivo.past import Locked
from exvivo.study import Question, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import declarations
from exvivo.study.records import Plan
from exvivo.tell.locked import lock_summary
from exvivo.web.edits import Edit, applied, current, save, version
from exvivo.web.numbers import decimal
from exvivo.web.questions.kinds import kinds
from exvivo.web.questions.said import Said, said
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


async def _sent(request: Request) -> FormData:
    """The form of a request."""
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]


@dataclass(frozen=True)
class _Asked:
    """A question of the list: its record, its words, whether it changed since it was locked, and
    its YAML.
    """

    question: Question
    words: Said
    changed: bool
    yaml: str


@router.get("/s/{study}/questions")
def questions(
    request: Request, study: str, saved: str = "", visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Every question, in the order of study.yaml."""
    folder = site_of(request).shelf.folder(study)
    declared, mistakes = _declared(folder)
    locks = _locks(folder)
    return page(
        request,
        "questions.html",
        visitor=visitor,
        study=study,
        asked=list(_asked(declared, locks, _raw(folder))) if declared else [],
        declared=declared,
        mistakes=mistakes,
        locks=[lock_summary(lock) for lock in locks],
        kinds=kinds(),
        version=version(folder, STUDY_FILE),
        saved=saved == "1",
    )


def _declared(folder: Path) -> tuple[Study | None, list[Mistake]]:
    """The study as far as it is known; or why study.yaml cannot be read."""
    try:
        return declarations(folder)[0], []
    except StudyError as error:
        return None, condensed(error.mistakes)


def _locks(folder: Path) -> tuple[Locked, ...]:
    """The locks on record; none while study.yaml has mistakes."""
    try:
        return record.locks_now(folder)
    except StudyError:
        return ()


def _asked(study: Study, locks: tuple[Locked, ...], raw: bytes) -> Iterator[_Asked]:
    for question in study.questions:
        changed = any(lock.holds(question.id) and question.id in lock.changed for lock in locks)
        yaml = current(raw, STUDY_FILE, ("questions", question.id)) or ""
        yield _Asked(question, said(question, study), changed, yaml)


@router.post("/s/{study}/questions/remove")
def remove(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Take a question out."""
    folder = site_of(request).shelf.folder(study)
    edit = Edit(("questions", _text(sent, "id")), _text(sent, "was") or None, None)
    save(folder, STUDY_FILE, [edit], expected=_text(sent, "if_match"), who=visitor.name)
    return _back(study)


# The plan.


@router.get("/s/{study}/questions/plan")
def plan(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """What was decided beforehand, as a form."""
    folder = site_of(request).shelf.folder(study)
    declared, mistakes = _declared(folder)
    if declared is None:
        raise StudyError(mistakes)
    return _plan_page(request, study, visitor, _plan_values(declared.plan), [])


def _plan_values(plan: Plan) -> dict[str, str]:
    """The plan as texts of a form."""
    return {
        "declared": plan.declared,
        "alpha": f"{100 * plan.alpha:g}",
        "permutations": str(plan.permutations),
        "seed": str(plan.seed),
        "joint": "true" if plan.joint else "",
        "calibrate": "true" if plan.calibrate else "",
    }


def _plan_page(
    request: Request, study: str, visitor: Visitor, values: dict[str, str], mistakes: list[Mistake]
) -> Response:
    return page(
        request,
        "plan.html",
        status=422 if mistakes else 200,
        visitor=visitor,
        study=study,
        values=values,
        mistakes=mistakes,
        version=version(site_of(request).shelf.folder(study), STUDY_FILE),
    )


@router.post("/s/{study}/questions/plan")
def save_plan(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Change what was decided beforehand."""
    folder = site_of(request).shelf.folder(study)
    values = {name: _text(sent, name) for name in _plan_values(Plan())}
    was = {name: _text(sent, f"was-{name}") for name in values}
    try:
        edits = list(_plan_edits(was, values))
        _refuse_new_mistakes(folder, applied(_raw(folder), STUDY_FILE, edits))
    except StudyError as error:
        return _plan_page(request, study, visitor, values, condensed(error.mistakes))
    if edits:
        save(folder, STUDY_FILE, edits, expected=_text(sent, "if_match"), who=visitor.name)
    return _back(study)


def _refuse_new_mistakes(folder: Path, after: bytes) -> None:
    """Raise `StudyError` with the mistakes of a plan that study.yaml would have."""
    _, mistakes = declarations(folder, {STUDY_FILE: after})
    own = [each for each in mistakes if "(plan" in each.where]
    if own:
        raise StudyError(own)


def _raw(folder: Path) -> bytes:
    return (folder / STUDY_FILE).read_bytes()


def _plan_edits(was: dict[str, str], now: dict[str, str]) -> Iterator[Edit]:
    """The values of the plan that are not as the page showed them."""
    for name, text in now.items():
        if text != was[name]:
            where = ("plan", name)
            yield Edit(where, _in_plan(name, was[name]), _in_plan(name, text))


def _in_plan(name: str, text: str) -> str | None:
    """A value of the form as study.yaml has it; None where it is that of an empty plan."""
    if text == _plan_values(Plan())[name] or not text:
        return None
    if name != "alpha":
        return text
    percent = decimal(text, "the error rate")
    if not 0 < percent < 100:
        expected, cure = "a share between 0 and 100 %", "type 5 for 5 %"
        raise StudyError(Mistake("the error rate", f"{text} %", expected, cure))
    return f"{percent / 100:.6g}"


# The lock.


@router.post("/s/{study}/questions/lock")
def lock(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.DECIDE)
) -> Response:
    """Freeze questions, exclusions and parameters, on record."""
    folder = site_of(request).shelf.folder(study)
    looks = _looks(_text(sent, "looks"))
    record.lock(folder, who=_text(sent, "who") or visitor.name, looks=looks)
    return _back(study)


def _looks(text: str) -> tuple[int, ...]:
    """Numbers of donors at which results are looked at. Raises `StudyError` for others."""
    parts = text.replace(",", " ").replace(";", " ").split()
    looks = tuple(
        int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 7
    )
    if len(looks) < len(parts) or any(later <= first for first, later in pairwise((0, *looks))):
        expected = "numbers of donors, each higher than the one before: 12, 18, 24"
        raise StudyError(Mistake("the looks", f"`{text}`", expected, "type them in order"))
    return looks


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def _back(study: str) -> Response:
    return RedirectResponse(f"/s/{quote(study, safe='')}/questions?saved=1", status_code=303)
