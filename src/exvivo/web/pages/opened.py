"""The open questions of a draft, one form each, and at the end the questions that the study asks:
from a draft to a study that can be run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError
from exvivo.study import Identity, OpenQuestion
from exvivo.web.kinds import kind_of
from exvivo.web.opened import FORMS, Answer, Draft, Typed, draft_of, save_answer
from exvivo.web.opened.proposed import proposed
from exvivo.web.pages.question import free_tables
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Card:
    """An open question as a form: its number on the page, the question, its template, and what the
    template shows.
    """

    number: int
    question: OpenQuestion
    template: str
    shown: Mapping[str, Any]


@router.get("/s/{study}/open")
def opened(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """Every open question, and the questions of the study."""
    draft = _draft(request, study, visitor)
    cards = [_card(draft, at, question) for at, question in enumerate(draft.study.open, start=1)]
    return page(
        request,
        "opened.html",
        visitor=visitor,
        study=study,
        cards=cards,
        questions=draft.study.questions,
        proposals=proposed(draft.study),
        of_cells=_of_cells(draft),
        **_about(draft),
    )


def _of_cells(draft: Draft) -> bool:
    """Whether a question of identity can be asked and is not yet: it needs two tables of gene
    expression, and what only a person can say of them.
    """
    if any(isinstance(question, Identity) for question in draft.study.questions):
        return False
    kinds = (kind_of(draft.folder, name) for name in free_tables(draft.folder, draft.study))
    return sum(bool(kind.samples) for kind in kinds) > 1


def _draft(request: Request, study: str, visitor: Visitor) -> Draft:
    folder = site_of(request).shelf.folder(study)
    return draft_of(folder, may_identify=visitor.may(Permission.IDENTIFY, study))


def _card(draft: Draft, number: int, question: OpenQuestion) -> Card:
    """The form of a question; the plain one where what it needs cannot be read."""
    form = FORMS.get(question.key, FORMS[""])
    try:
        return Card(number, question, form.template, form.shown(draft, question))
    except StudyError as error:
        shown = {"where": question.where, "mistakes": error.mistakes}
        return Card(number, question, "other", shown)


def _about(draft: Draft) -> dict[str, Any]:
    """What every answer renews: the version of study.yaml and how much is left."""
    return {"version": draft.version, "left": len(draft.study.open)}


@router.get("/s/{study}/open/questions")
def questions(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The questions that the study may ask, as a part of the page."""
    draft = _draft(request, study, visitor)
    return page(
        request,
        "_proposed.html",
        visitor=visitor,
        study=study,
        questions=draft.study.questions,
        proposals=proposed(draft.study),
        of_cells=_of_cells(draft),
        **_about(draft),
    )


@router.post("/s/{study}/open")
async def answer(
    request: Request, study: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Take the answer to an open question."""
    async with request.form(max_fields=20_000) as form:
        fields = [(key, text) for key, text in form.multi_items() if isinstance(text, str)]
    return await run_in_threadpool(_answered, request, study, visitor, Typed(fields))


def _answered(request: Request, study: str, visitor: Visitor, typed: Typed) -> Response:
    """Save an answer; a part of the page for htmx, else the page again."""
    draft, ask = _draft(request, study, visitor), _exact(typed, "ask")
    question = next((each for each in draft.study.open if each.ask == ask), None)
    if question is None:
        made = Answer("Answered already, perhaps in another window")
    else:
        try:
            made = FORMS.get(question.key, FORMS[""]).answer(draft, question, typed)
        except StudyError as error:
            return _wrong(request, study, visitor, typed, error)
        expected = typed.text("version") or typed.text("if_match") or draft.version
        save_answer(draft, ask, made, expected=expected, who=visitor.name)
    return _renewed(request, study, visitor, typed, ask, made.says)


def _exact(typed: Typed, name: str) -> str:
    """The text of a field as it was sent, spaces and all."""
    return next((text for key, text in typed.fields if key == name), "")


def _wrong(
    request: Request, study: str, visitor: Visitor, typed: Typed, error: StudyError
) -> Response:
    """What is to fix in an answer, beside the form, which stays as it was typed."""
    if request.headers.get("hx-request") != "true":
        raise error
    number = typed.text("number")
    place = f"#wrong-{number}" if number.isdigit() else "#wrong-0"
    headers = {"HX-Retarget": place, "HX-Reswap": "innerHTML"}
    return page(
        request,
        "_wrong.html",
        status=422,
        headers=headers,
        visitor=visitor,
        study=study,
        mistakes=error.mistakes,
    )


def _renewed(
    request: Request, study: str, visitor: Visitor, typed: Typed, ask: str, says: str
) -> Response:
    """The answer in the place of its form, and what is left."""
    back = f"/s/{quote(study, safe='')}/open"
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"{back}#left", status_code=303)
    draft = _draft(request, study, visitor)
    return page(
        request,
        "_answered.html",
        headers={"ETag": f'"{draft.version}"', "HX-Trigger": "answered"},
        visitor=visitor,
        study=study,
        ask=ask,
        says=says,
        number=typed.text("number"),
        has_questions=bool(draft.study.questions),
        **_about(draft),
    )


@router.post("/s/{study}/open/questions")
async def ask(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """Declare the questions that were chosen."""
    async with request.form() as form:
        fields = [(key, text) for key, text in form.multi_items() if isinstance(text, str)]
    return await run_in_threadpool(_asked, request, study, visitor, Typed(fields))


def _asked(request: Request, study: str, visitor: Visitor, typed: Typed) -> Response:
    """Write the chosen questions into study.yaml."""
    draft = _draft(request, study, visitor)
    chosen = set(typed.texts("question"))
    records = [each for each in proposed(draft.study) if each.id in chosen]
    if not records:
        cure = "mark at least one question, or write your own on the page Questions"
        error = StudyError(Mistake("Questions", "none is marked", "at least one question", cure))
        return _wrong(request, study, visitor, typed, error)
    edits = draft.edits({("questions", each.id): each.record for each in records})
    expected = typed.text("version") or typed.text("if_match") or draft.version
    save_answer(draft, "", Answer("", edits), expected=expected, who=visitor.name)
    says = f"Declared: {', '.join(each.id for each in records)}"
    ask = "Which questions does the study ask?"
    return _renewed(request, study, visitor, typed, ask, says)
