"""What people decide: wells left out, flags kept, a study locked; what it would make of every
answer, and the row of the record that says it was done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from exvivo.web.api.refused import Plain
from exvivo.web.api.results import Answer, answer
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft, Outlook

router = APIRouter(tags=["decisions"])
Words = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line of text."""
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Exclusion(Plain):
    """What to leave out of every result, and why: wells of a plate (A1, A1-A3, A1:B3), a sample, a
    donor or a culture; only the readings of one analyte where it is named. `labels` says whether
    whoever decided could see the groups.
    """

    plate: Words = ""
    wells: Words = ""
    sample: Words = ""
    donor: Words = ""
    culture: Words = ""
    analyte: Words = ""
    labels: Literal["", "hidden", "seen"] = ""
    reason: Reason


class PuttingBack(Plain):
    """A line of exclusions.csv that is to go, by its place (`line` of a row of exclusions)."""

    line: Words


class Keeping(Plain):
    """A flag that may stand, and why. `flag` is its name, as check and flags state it."""

    flag: Words
    reason: Reason


Donors = Annotated[int, Field(ge=1, le=1_000_000)]


class Locking(Plain):
    """A lock; `looks` are the numbers of donors at which the results are to be looked at."""

    looks: list[Donors] = Field(default_factory=list, max_length=20)


class Turn(Plain):
    """An answer that changes: now, and as the next run would give it."""

    now: Answer
    then: Answer


class Preview(Plain):
    """What a decision would make of the answers; nothing was written."""

    changed: list[Turn]
    unchanged: int


class Recorded(Plain):
    """The row of the record that says what was decided; the hash is now its head."""

    row: int
    hash: str


class LeftOut(Plain):
    """A well that is left out, or the readings of one analyte in it."""

    plate: str
    well: str
    analyte: str | None
    reason: str
    who: str | None
    when: str | None
    labels: Literal["hidden", "seen"] | None
    line: str


class LeftOuts(Plain):
    """Everything that people left out, by the files as they are."""

    left_out: list[LeftOut]


@router.get("/studies/{study}/exclusions")
def exclusions(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> LeftOuts:
    """What people left out, as the files have it. Lines that name a sample of an instrument file
    are known by a whole check only.
    """
    from exvivo.people_files import read_people
    from exvivo.plan.blinding import seen_study
    from exvivo.study.load import complete, examine
    from exvivo.tables import LAYOUT

    folder = site_of(request).shelf.folder(study)
    whole = complete(examine(folder, read_people=read_people), LAYOUT.frame(), [])
    shown = seen_study(folder, whole.study)
    rows = shown.exclusions.select(list(LeftOut.model_fields)).iter_rows(named=True)
    return LeftOuts(left_out=[LeftOut(**row) for row in rows])


@router.post("/studies/{study}/exclusions/preview")
def preview_exclusion(
    request: Request,
    study: str,
    asked: Exclusion,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Preview:
    """What leaving it out would make of every answer; nothing is written."""
    from exvivo.decide.decisions import outlook

    folder = site_of(request).shelf.folder(study)
    return _preview(outlook(folder, _exclusion(request, study, asked, visitor)))


@router.post("/studies/{study}/exclusions", status_code=201)
def exclude(
    request: Request,
    study: str,
    asked: Exclusion,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Recorded:
    """Leave something out of every result, on record."""
    from exvivo.decide.leave_out import leave_out

    folder = site_of(request).shelf.folder(study)
    row = leave_out(folder, _exclusion(request, study, asked, visitor)).row
    return Recorded(row=row.number, hash=row.hash)


@router.post("/studies/{study}/exclusions/put-back/preview")
def preview_putting_back(
    request: Request,
    study: str,
    asked: PuttingBack,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Preview:
    """What every answer would be without a line of exclusions.csv; nothing is written."""
    from exvivo.decide.decisions import outlook
    from exvivo.decide.putting_back import drafted

    folder = site_of(request).shelf.folder(study)
    return _preview(outlook(folder, drafted(folder, asked.line)))


@router.post("/studies/{study}/exclusions/put-back", status_code=201)
def put_back(
    request: Request,
    study: str,
    asked: PuttingBack,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Recorded:
    """Take a line out of exclusions.csv, on record."""
    from exvivo.decide import putting_back

    folder = site_of(request).shelf.folder(study)
    draft = putting_back.drafted(folder, asked.line)
    row = putting_back.put_back(folder, draft, who=visitor.name)
    return Recorded(row=row.number, hash=row.hash)


@router.post("/studies/{study}/kept/preview")
def preview_keeping(
    request: Request,
    study: str,
    asked: Keeping,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Preview:
    """What keeping a flag would make of every answer; nothing is written."""
    from exvivo.decide.decisions import outlook

    folder = site_of(request).shelf.folder(study)
    return _preview(outlook(folder, _keeping(request, study, asked, visitor)))


@router.post("/studies/{study}/kept", status_code=201)
def keep(
    request: Request,
    study: str,
    asked: Keeping,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Recorded:
    """Let a flag stand, on record."""
    from exvivo.decide import keeping

    folder = site_of(request).shelf.folder(study)
    row = keeping.keep(folder, _keeping(request, study, asked, visitor))
    return Recorded(row=row.number, hash=row.hash)


@router.post("/studies/{study}/locks", status_code=201)
def lock(
    request: Request,
    study: str,
    asked: Locking,
    visitor: Visitor = needs(Permission.DECIDE),
) -> Recorded:
    """Freeze the questions, exclusions and parameters as they are, on record."""
    from exvivo import record
    from exvivo.errors import Mistake, StudyError

    if sorted(set(asked.looks)) != asked.looks:
        finding, expected = f"looks {asked.looks}", "each look with more donors than the one before"
        raise StudyError(Mistake("looks", finding, expected, "put them in order"))
    folder = site_of(request).shelf.folder(study)
    locked = record.lock(folder, who=visitor.name, looks=tuple(asked.looks))
    return Recorded(row=locked.row, hash=locked.hash)


def _exclusion(request: Request, study: str, asked: Exclusion, visitor: Visitor) -> Draft:
    """A line more in exclusions.csv."""
    from exvivo.decide.decisions import drafted_exclusion, today
    from exvivo.decide.leave_out import line_of

    folder = site_of(request).shelf.folder(study)
    line = line_of({**asked.model_dump(), "who": visitor.name}, folder)
    return drafted_exclusion(folder, line, today())


def _keeping(request: Request, study: str, asked: Keeping, visitor: Visitor) -> Draft:
    """A flag more under `accept` of study.yaml. Raises `StudyError` for one that cannot be kept."""
    from exvivo.decide.decisions import today
    from exvivo.decide.keeping import drafted

    folder = site_of(request).shelf.folder(study)
    return drafted(folder, asked.flag, asked.reason, who=visitor.name, today=today())


def _preview(outlook: Outlook) -> Preview:
    turns = [Turn(now=answer(now), then=answer(then)) for now, then in outlook.pairs]
    return Preview(changed=turns, unchanged=outlook.unchanged)
