"""The record of a study: where it stands, what is left out and which flags are kept, every row of
the chain, and whether all of it still stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from exvivo.errors import Mistake, StoreError, UserMistake
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.words import shortened

if TYPE_CHECKING:
    import polars as pl

    from exvivo.past import Line
    from exvivo.store import Examined
    from exvivo.study import Study

router = APIRouter(include_in_schema=False)

_HASH = re.compile("[0-9a-f]{12,64}")


@dataclass(frozen=True)
class RecordRow:
    """A row of the record, as the page shows it."""

    number: int
    kind: str
    recorded: str
    hash: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """What one line leaves out: the wells, of which analyte, why and by whom."""

    line: str
    what: str
    reason: str
    who: str
    when: str
    labels: str
    plate: str
    well: str


@router.get("/s/{study}/record")
def record(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """The whole record. What people wrote and decided about wells is for who works in the study."""
    from exvivo.tell.locked import lock_summary, looks_sentence
    from exvivo.tell.record_page import evidence, headlines

    site = site_of(request)
    whole = site.histories.of(site.shelf.folder(study))
    works = visitor.may(Permission.WORK, study)
    return page(
        request,
        "record.html",
        visitor=visitor,
        study=study,
        head=whole.head,
        runs=whole.runs,
        lines=headlines(whole),
        evidence=evidence(whole),
        locks=[lock_summary(lock) for lock in whole.locks],
        looks=[looks_sentence(looks) for looks in whole.looks],
        rows=[_shown(line, works=works) for line in reversed(whole.lines)],
    )


@router.get("/s/{study}/record/ledger")
def ledger(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """What is left out and which flags are kept, as the files of the study say now."""
    stands = _ledger(site_of(request).shelf.folder(study))
    template = "_ledger.html" if request.headers.get("hx-request") == "true" else "ledger.html"
    return page(request, template, visitor=visitor, study=study, ledger=stands)


@router.get("/s/{study}/record/verify")
def verify(
    request: Request,
    study: str,
    expect: str = "",
    visitor: Visitor = needs(Permission.READ),
) -> Response:
    """Whether files, results and record still stand; `expect` is a head that somebody kept."""
    from exvivo.record import examined

    digits = expect.strip().lower()
    if digits and not _HASH.fullmatch(digits):
        cure = "paste it as the record shows it: 12 of its digits, or all 64"
        raise StoreError(Mistake("the hash", expect, "12 to 64 of the digits 0-9 and a-f", cure))
    result = examined(site_of(request).shelf.folder(study), expect=digits or None)
    works = visitor.may(Permission.WORK, study)
    template = "_verified.html" if request.headers.get("hx-request") == "true" else "verified.html"
    listed = list(_findings(result, works=works))
    return page(request, template, visitor=visitor, study=study, result=result, findings=listed)


def _shown(line: Line, *, works: bool) -> RecordRow:
    from exvivo.tell.record_rows import row_changes, row_kind, row_words

    entry = line.entry
    words = row_changes(line) if line.run or not works else [row_words(line)]
    kind = row_kind(line)
    return RecordRow(entry.number, kind, entry.recorded, entry.hash, tuple(filter(None, words)))


def _ledger(folder: Path) -> dict[str, Any]:
    """What is left out now and which flags are kept; why that is not known, where it is not."""
    import exvivo
    from exvivo.plan.blinding import seen_study

    try:
        study = seen_study(folder, exvivo.load(folder))
    except UserMistake as error:
        return {"mistakes": len(error.mistakes), "left_out": [], "kept": ()}
    return {"mistakes": 0, "left_out": list(_left_out(study)), "kept": study.accept}


def _left_out(study: Study) -> Iterator[LeftOut]:
    """What people leave out, a line of theirs each."""
    groups = study.exclusions.group_by("line", "plate", maintain_order=True)
    for _, wells in groups:
        yield _of_line(study, wells)


def _of_line(study: Study, wells: pl.DataFrame) -> LeftOut:
    first = wells.row(0, named=True)
    analyte = f"{study.name_of(first['analyte'])} of " if first["analyte"] else ""
    names = wells["well"].unique(maintain_order=True).to_list()
    return LeftOut(
        line=first["line"],
        what=f"{analyte}{first['plate']} {shortened(names)}",
        reason=first["reason"],
        who=first["who"] or "",
        when=first["when"] or "",
        labels=first["labels"] or "",
        plate=first["plate"],
        well=names[0],
    )


def _findings(result: Examined, *, works: bool) -> Iterator[tuple[str, str, str]]:
    """What does not stand: where, and what it is. Names of files are for who works in the study."""
    from exvivo.tell.verified import OF_FINDING

    sides = {"input": "a file the run read", "output": "a result", "row": "row of the record"}
    for change in result.changes:
        where = change.path if works or change.side != "input" else "a file"
        side = sides.get(change.side, f"{change.side} of the record")
        yield side, where, OF_FINDING.get(change.what, change.what)
