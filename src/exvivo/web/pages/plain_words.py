"""The study's own words for its summary, as a form of one language at a time; beside it what is
lacking in that language.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study import Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import declarations
from exvivo.study.summary_coverage import coverage
from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.web.edits import applied, save, version
from exvivo.web.plain_words import (
    FilledWords,
    field_mistakes,
    shown_before,
    values_of,
    words_of,
)
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.summaries import summaries_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
PARTS_OF_FORM = {
    "why": ("Why the study was done", "A few short sentences. No terms, no abbreviations"),
    "chosen": ("How people were chosen", "And who could not take part"),
    "part_by_people": (
        "What patients or the public had a part in",
        "For example: two patients read the plan and changed the questions",
    ),
    "next": ("What happens next", "What you will do with the results"),
    "contact": ("Who to ask, and how", "An address, a telephone number"),
    "place_and_time": ("Where and when it was done", "A few words, without a full stop"),
    "harm": ("Harm to people who took part", "A few words, without a full stop"),
    "more": (
        "Where more can be read",
        "A few words, without a full stop. Left empty: the full report",
    ),
    "paid_by": ("Who paid", "A few words, without a full stop"),
    "interests": (
        "Interests that could have a bearing on it",
        "A few words, without a full stop: none, or which",
    ),
    "ethics": ("Ethics committee", "Which one agreed, and its number"),
    "registration": ("Registration", "Where, and the number"),
}
"""The texts of a summary: what each is, and how it is written."""


async def _sent(request: Request) -> FormData:
    """The form of a request."""
    return await request.form(max_fields=20_000)


Sent = Annotated[FormData, Depends(_sent)]


@router.get("/s/{study}/summary/words")
def words(
    request: Request,
    study: str,
    language: str = "en",
    saved: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """The form of a language."""
    folder, code = site_of(request).shelf.folder(study), _code(language)
    declared = _declared(folder)
    values = values_of(declared, code)
    before = shown_before((folder / STUDY_FILE).read_bytes(), values)
    form = {"values": values, "before": before, "version": version(folder, STUDY_FILE)}
    wrong = field_mistakes(declared, code)
    return _page(request, study, visitor, declared, code, form, wrong, saved=saved == "1")


@router.post("/s/{study}/summary/words")
def save_words(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Write what is not as it was; nothing, where a text is not as it should be."""
    folder, code = site_of(request).shelf.folder(study), _code(_text(sent, "language"))
    filled, expected = FilledWords.of(code, sent), _text(sent, "if_match")
    edits = filled.edits()
    after = applied((folder / STUDY_FILE).read_bytes(), STUDY_FILE, edits)
    if wrong := field_mistakes(_declared(folder, after), code):
        form = {"values": filled.values, "before": _text(sent, "before"), "version": expected}
        declared = _declared(folder)
        return _page(request, study, visitor, declared, code, form, wrong, refused=True)
    if edits:
        save(folder, STUDY_FILE, edits, expected=expected, who=visitor.name)
    address = f"/s/{quote(study, safe='')}/summary/words?language={code}&saved=1"
    return RedirectResponse(address, status_code=303)


def _code(text: str) -> LanguageCode:
    """The language of a code. Raises `StudyError` for another one."""
    known = next((code for code in LANGUAGES if code == text), None)
    if known is None:
        expected = f"one of {', '.join(LANGUAGES)}"
        raise StudyError(Mistake("the language", f"`{text[:20]}`", expected, "choose one"))
    return known


def _declared(folder: Path, draft: bytes | None = None) -> Study:
    """The study as study.yaml declares it, or would. Raises `StudyError` where it cannot be
    read.
    """
    return declarations(folder, {} if draft is None else {STUDY_FILE: draft})[0]


def _page(
    request: Request,
    study: str,
    visitor: Visitor,
    declared: Study,
    code: LanguageCode,
    form: Mapping[str, Any],
    wrong: Mapping[str, list[Mistake]],
    *,
    saved: bool = False,
    refused: bool = False,
) -> Response:
    languages = summaries_of(site_of(request).shelf.folder(study))
    return page(
        request,
        "plain_words.html",
        status=422 if refused else 200,
        visitor=visitor,
        study=study,
        code=code,
        languages=languages,
        own_name=next(each.own_name for each in languages if each.code == code),
        parts=PARTS_OF_FORM,
        words=words_of(declared, code),
        lacking=coverage(declared, code),
        wrong={name: condensed(each) for name, each in wrong.items()},
        saved=saved,
        refused=refused,
        **form,
    )


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return value if isinstance(value, str) else ""
