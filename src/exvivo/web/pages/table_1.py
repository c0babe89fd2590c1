"""The first table of a paper: the people of each group, without anything of a single person; and
the form that declares what its columns hold.
"""

from __future__ import annotations

from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError
from exvivo.study.characteristics import Why
from exvivo.study.clinic_records import Characteristic
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import record_fields
from exvivo.study.record_text import flow
from exvivo.tell.cohort import csv_frame
from exvivo.web.edits import Edit, save, version
from exvivo.web.people.known import KnownPeople, known_people
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
Words = Annotated[list[str], Form()]

KINDS: tuple[str, ...] = get_args(record_fields(Characteristic)["kind"][0])
_KIND_WORDS = {
    "number": "a number (mean, median, range)",
    "category": "one of a few kinds (counts)",
    "yes or no": "yes or no",
    "medication": "medication (names or ATC codes)",
    "date": "a date (years are counted)",
}
_LIKELY: dict[Why, str] = {
    "numbers": "number",
    "numbers and words": "",
    "days": "date",
    "many words": "medication",
}
_WHY: dict[Why, str] = {
    "numbers": "numbers: measured, or codes?",
    "numbers and words": "numbers beside words",
    "days": "days",
    "many words": "many different words",
}


@router.get("/s/{study}/people/table-1")
def table_1_page(
    request: Request, study: str, visitor: Visitor = needs(Permission.READ)
) -> Response:
    """The people of each group."""
    return table_1(request, study, visitor)


def table_1(request: Request, study: str, visitor: Visitor) -> Response:
    """The page of Table 1. What is to fix in the tables of people is counted for those who may not
    see persons.
    """
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    return page(
        request,
        "table_1.html",
        visitor=visitor,
        study=study,
        known=known,
        kinds=[(name, _KIND_WORDS[name]) for name in KINDS],
        asked=_asked(known),
        version=version(folder, STUDY_FILE),
        news="Saved." if request.query_params.get("saved") == "1" else "",
    )


def _asked(known: KnownPeople) -> list[tuple[str, str, str]]:
    """The columns whose kind nobody declared: what they hold, and the kind that is likely."""
    return [(each.column, _WHY[each.why], _LIKELY[each.why]) for each in known.unsummarised]


@router.get("/s/{study}/people/table-1.csv")
def table_1_csv(
    request: Request, study: str, visitor: Visitor = needs(Permission.EXPORT)
) -> Response:
    """Table 1 as numbers."""
    known = known_people(site_of(request).shelf.folder(study))
    text = csv_frame(known.cohort).write_csv() if known.cohort else ""
    name = f"attachment; filename*=UTF-8''{quote(study, safe='')}-table-1.csv"
    return Response(
        text.encode(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


@router.post("/s/{study}/people/kinds")
def declare_kinds(
    request: Request,
    study: str,
    column: Words,
    kind: Words,
    name: Words,
    unit: Words,
    if_match: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Declare what columns of donors.csv hold; those without a kind stay as they are."""
    folder = site_of(request).shelf.folder(study)
    if not len(column) == len(kind) == len(name) == len(unit):
        expected = "a kind, a name and a unit for each column"
        raise StudyError(Mistake("the form", "other fields", expected, "load the page again"))
    edits = [
        Edit(("characteristics", column_of), None, flow(_declared(column_of, *rest)))
        for column_of, *rest in zip(column, kind, name, unit, strict=True)
        if rest[0]
    ]
    if edits:
        save(folder, STUDY_FILE, edits, expected=if_match, who=visitor.name)
    to = f"/s/{quote(study, safe='')}/people/table-1?saved=1"
    return RedirectResponse(to, status_code=303)


def _declared(column: str, kind: str, name: str, unit: str) -> Characteristic:
    """A column as it is declared. Raises `StudyError` for a kind that there is not."""
    if kind not in KINDS:
        expected = f"one of {', '.join(KINDS)}"
        raise StudyError(Mistake(f"the kind of {column}", kind, expected, "choose one of them"))
    own = unit.strip() if kind == "number" else ""
    return Characteristic(id=column, kind=kind, name=name.strip(), unit=own)  # type: ignore[arg-type]
