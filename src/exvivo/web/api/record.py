"""The record of a study: its rows, whether all still stands, and what changed between two runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request

from exvivo.web.api.refused import Plain
from exvivo.web.api.results import Bound, bound
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(tags=["record"])


class Row(Plain):
    """A row of the record: its kind, when it was recorded, its hash; `run` counts the runs, `who`
    decided, `erased` are texts that were erased since.
    """

    number: int
    kind: str
    recorded: str
    hash: str
    run: int | None
    who: str | None
    erased: list[str]


class Record(Plain):
    """The record of a study; `head` is the hash of its last row."""

    head: str | None
    rows: list[Row]


class FileChange(Plain):
    """Something that is not as the last run or the record left it."""

    path: str
    side: str
    what: str


class Verified(Plain):
    """Whether files, results and record still stand."""

    stands: bool
    rows: int
    files: int
    changes: list[FileChange]


class RunOf(Plain):
    """A run on record: its place among the runs, its row, its date and its hash."""

    run: int
    row: int
    recorded: str
    hash: str


class Changed(Plain):
    """One thing that is not as it was."""

    what: str
    name: str
    key: str
    before: Any
    after: Any


class AnswerOf(Plain):
    """An answer as a run gave it."""

    verdict: str
    unit: str
    estimate: float | None
    lower: Bound
    upper: Bound


class AnswerTurn(Plain):
    """An answer that is not as it was; its key names question, assay, analyte, scale, cell type,
    stimulus, condition and visit.
    """

    key: list[str]
    before: AnswerOf | None
    after: AnswerOf | None


class Compared(Plain):
    """What changed from a run to a later one; `unknown` are texts that were erased, without which
    not all is known.
    """

    before: RunOf
    after: RunOf
    changes: list[Changed]
    answers: list[AnswerTurn]
    unknown: list[str]


@router.get("/studies/{study}/record")
def record(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Record:
    """Every row of the record, the first first."""
    from exvivo.record import history_of

    whole = history_of(site_of(request).shelf.folder(study))
    rows = [
        Row(
            number=line.entry.number,
            kind=line.entry.kind,
            recorded=line.entry.recorded,
            hash=line.entry.hash,
            run=line.run or None,
            who=line.entry.says("who"),
            erased=list(line.entry.gone),
        )
        for line in whole.lines
    ]
    return Record(head=whole.head or None, rows=rows)


@router.get("/studies/{study}/record/verified")
def verified(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Verified:
    """Whether files, results and record still stand: every hash is taken again."""
    from exvivo.record import examined

    result = examined(site_of(request).shelf.folder(study))
    return Verified(
        stands=not result.changes,
        rows=result.rows,
        files=result.run.files if result.run else 0,
        changes=[FileChange(path=c.path, side=c.side, what=c.what) for c in result.changes],
    )


@router.get("/studies/{study}/record/compared")
def compared(
    request: Request,
    study: str,
    before: str = "",
    after: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Compared:
    """What changed from one run to another (first, last, or a number): the last two where none is
    named.
    """
    from exvivo.record import compared_runs

    found = asdict(compared_runs(site_of(request).shelf.folder(study), before, after))
    answers = [
        AnswerTurn(key=each["key"], before=_side(each["before"]), after=_side(each["after"]))
        for each in found["answers"]
    ]
    return Compared(
        before=RunOf(**found["before"]),
        after=RunOf(**found["after"]),
        changes=[Changed(**each) for each in found["changes"]],
        answers=answers,
        unknown=list(found["unknown"]),
    )


def _side(answer: dict[str, Any] | None) -> AnswerOf | None:
    """An answer of one of the two runs."""
    if answer is None:
        return None
    return AnswerOf(
        verdict=answer["verdict"],
        unit=answer["unit"],
        estimate=answer["estimate"],
        lower=bound(answer["lower"]),
        upper=bound(answer["upper"]),
    )
