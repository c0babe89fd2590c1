"""What the last run found: the answers, the results of wells, and the flags."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, HTTPException, Request

from exvivo.web.access.seen import flags_without_people
from exvivo.web.api.checks import FlagRow, flag_rows
from exvivo.web.api.refused import Plain
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    import polars as pl

    from exvivo.findings import Finding
    from exvivo.flagged import Flag

router = APIRouter(tags=["results"])

Bound = float | Literal["open"] | None
"""An end of an interval; "open" where it has none, since JSON has no infinity."""


class Donors(Plain):
    """How many donors of a group are in an answer, and how many of them only by bounds."""

    group: str
    n: int
    undetected: int


class Answer(Plain):
    """An answer of the last run: what was asked of what, the estimate with its interval, the
    verdict, and the codes of what stands beside it.
    """

    question: str
    ask: str
    family: str
    assay: str
    analyte: str
    scale: str | None
    cell_type: str | None
    stimulus: str | None
    condition: str | None
    visit: str | None
    unit: str
    level: float
    estimate: float | None
    lower: Bound
    upper: Bound
    p: float | None
    p_adjusted: float | None
    verdict: str | None
    reason: str | None
    warnings: list[str]
    donors: list[Donors]


class Answers(Plain):
    """The answers of the last run."""

    answers: list[Answer]


class Result(Plain):
    """One analyte in one well, as the log2 of its quantity: a value, or bounds where it was not
    detected or is off the scale.
    """

    assay: str
    analyte: str
    plate: str
    well: str
    donor: str | None
    stimulus: str | None
    censor: Literal["none", "left", "right", "interval"]
    value: float | None
    sd: float | None
    lower: float | None
    upper: float | None
    unit: str


class Results(Plain):
    """Results of wells."""

    results: list[Result]


class Flags(Plain):
    """Everything that the last run asks to look at."""

    flags: list[FlagRow]


@router.get("/studies/{study}/answers")
def answers(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Answers:
    """The answers of the last run, without any donor by name."""
    from exvivo.findings import findings_of

    listed = findings_of(_table(request, study, "findings"))
    return Answers(answers=[answer(each) for each in listed if each.part == "answer"])


@router.get("/studies/{study}/wells")
def wells(
    request: Request,
    study: str,
    plate: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Results:
    """The results of the wells of the last run, of one plate where it is named."""
    frame = _table(request, study, "quantities").filter(on="amount")
    rows = (frame.filter(plate=plate) if plate else frame).select(list(Result.model_fields))
    return Results(results=[Result(**row) for row in rows.iter_rows(named=True)])


@router.get("/studies/{study}/flags")
def flags(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Flags:
    """The flags of the last run, those that are kept with their reason."""
    from exvivo.flagged import flags_of

    listed: Iterable[Flag] = flags_of(_table(request, study, "flags"))
    if not visitor.may(Permission.IDENTIFY, study):
        listed = flags_without_people(listed)
    return Flags(flags=flag_rows(listed))


def _table(request: Request, study: str, name: str) -> pl.DataFrame:
    """A table of the last run. Raises 404 where there is none."""
    from exvivo import store

    folder: Path = site_of(request).shelf.folder(study) / store.RESULTS / "tables"
    if not (folder / f"{name}.parquet").is_file():
        raise HTTPException(404, "This study has no results yet.")
    return store.read_table(name, folder=folder)


def answer(finding: Finding) -> Answer:
    """An answer without its donors."""
    own = ("question", "ask", "family", "assay", "analyte", "scale", "cell_type", "stimulus")
    more = ("condition", "visit", "level", "estimate", "p", "p_adjusted", "verdict")
    return Answer(
        **{name: getattr(finding, name) for name in (*own, *more)},
        unit=finding.unit.id,
        lower=bound(finding.lower),
        upper=bound(finding.upper),
        reason=finding.reason.code if finding.reason else None,
        warnings=[caveat.code for caveat in finding.warnings],
        donors=[Donors(group=c.group, n=c.n, undetected=c.undetected) for c in finding.n],
    )


def bound(number: float | None) -> Bound:
    """An end of an interval as the API states it."""
    return "open" if number is not None and math.isinf(number) else number
