"""The people of a study: who is there, and what they answered, each cell to be changed in its
place. Whoever may not see persons gets the first table of a paper instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Header, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study.edited import edited, with_rows
from exvivo.study.visits import ordered
from exvivo.web.edits import Edit, put, save, version
from exvivo.web.pages.table_1 import table_1
from exvivo.web.people.cells import Typed, written_cells
from exvivo.web.people.known import KnownPeople, known_people
from exvivo.web.people.table import (
    FILES,
    Kind,
    PeopleTable,
    PersonRow,
    columns_of,
    key_of,
    people_table,
    sent_key,
    shown_key,
    table_in,
)
from exvivo.web.programs import is_for_program
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
Words = Annotated[list[str], Form()]


@router.get("/s/{study}/people")
def people(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Response:
    """Who is in the study; only counts and Table 1 without the right to see persons."""
    if not visitor.may(Permission.IDENTIFY, study):
        return table_1(request, study, visitor)
    return _grid(request, study, visitor, "donors")


@router.get("/s/{study}/people/scores")
def scores(request: Request, study: str, visitor: Visitor = needs(Permission.IDENTIFY)) -> Response:
    """What each of them answered, and the scores made of it."""
    return _grid(request, study, visitor, "clinic")


def _grid(request: Request, study: str, visitor: Visitor, kind: Kind) -> Response:
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    table, mistakes = _table_or_mistakes(folder, kind, known)
    query = request.query_params.get("q", "")
    return page(
        request,
        "people.html",
        visitor=visitor,
        study=study,
        kind=kind,
        table=table,
        version=version(folder, table.file) if table else "",
        known=known,
        meanings=_meanings(table, known),
        choices=_choices(table, known),
        mistakes=mistakes,
        of_redcap=known.study is not None and known.study.redcap is not None,
        rows=_rows_with(table, query),
        query=query,
        news=_news(request),
    )


def _rows_with(table: PeopleTable | None, query: str) -> list[PersonRow]:
    """The rows with a word anywhere."""
    rows = table.rows if table else ()
    return [row for row in rows if query.casefold() in "\t".join(row.cells).casefold()]


def _table_or_mistakes(
    folder: Path, kind: Kind, known: KnownPeople
) -> tuple[PeopleTable | None, list[Mistake]]:
    """The table, or why it cannot be read."""
    try:
        return people_table(folder, kind, known.study), []
    except StudyError as error:
        return None, condensed(error.mistakes)


def _meanings(table: PeopleTable | None, known: KnownPeople) -> dict[str, str]:
    """What columns are, where that is declared."""
    if table is None or known.study is None:
        return {}
    if table.kind == "donors":
        return {each.id: _with_unit(each.name, each.unit) for each in known.study.characteristics}
    return {
        scale.place: f"{scale.name or scale.id}, {scale.lowest:g} to {scale.highest:g}"
        for scale in known.study.scales
    }


def _with_unit(name: str, unit: str) -> str:
    return ", ".join(filter(None, (name, unit)))


def _choices(table: PeopleTable | None, known: KnownPeople) -> dict[str, list[str]]:
    """The words that columns of words are chosen from."""
    if table is None or known.study is None or table.kind != "donors":
        return {}
    levels = {each.id: list(each.levels) for each in known.study.characteristics if each.levels}
    groups = [group.id for group in known.study.groups]
    sex = {name: table.words(name) for name in table.header if name.casefold() == "sex"}
    return {"group": groups, **sex, **levels}


def _news(request: Request) -> str:
    """What was just done, as the address says it."""
    counts = {name: request.query_params.get(name, "") for name in ("added", "changed")}
    told = [
        f"{n} {'row' if n == '1' else 'rows'} {name}"
        for name, n in counts.items()
        if n.isascii() and n.isdigit() and n != "0"
    ]
    if told:
        return f"{' and '.join(told).capitalize()}."
    return "Saved." if request.query_params.get("saved") == "1" else ""


@router.get("/s/{study}/people/to-fix")
def to_fix(
    request: Request,
    study: str,
    table: Kind = "donors",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """What is to fix in a table of people, each line linked to its row."""
    known = known_people(site_of(request).shelf.folder(study))
    stem = FILES[table].removesuffix("csv")
    own = [each for each in known.mistakes if each.where.startswith(stem)]
    listed = [(each, _row_address(each)) for each in condensed(own)]
    return page(request, "_people_to_fix.html", visitor=visitor, study=study, listed=listed)


def _row_address(mistake: Mistake) -> str:
    """The address of the row or column on the page that a mistake stands in; empty for others."""
    _, _, rest = mistake.where.partition(":")
    line = rest.partition(" ")[0].rstrip(",")
    if line.isdigit():
        return f"#line-{line}"
    cell = mistake.where.rpartition("!")[2] if "!" in mistake.where else ""
    return f"#line-{cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}" if cell else ""


@router.post("/s/{study}/people/cells")
def change_cells(
    request: Request,
    study: str,
    row: Words,
    column: Words,
    was: Words,
    now: Words,
    table: Annotated[Kind, Form()] = "donors",
    if_match: Annotated[str, Form()] = "",
    line: Annotated[int, Form()] = 0,
    seen: Annotated[str, Header(alias="If-Match")] = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Change cells. The columns of one row may be sent with the row once."""
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    there = _existing(folder, table, known)
    rows = row * len(column) if len(row) == 1 else row
    if not len(rows) == len(column) == len(was) == len(now):
        raise StudyError(_uneven())
    typed = [Typed(sent_key(key), *rest) for key, *rest in zip(rows, column, was, now, strict=True)]
    cells = written_cells(there, typed, known.study)
    edits = [Edit((cell.key, cell.column), cell.was, cell.now) for cell in cells]
    current = seen.strip('"') or if_match
    if edits:
        current = save(folder, there.file, edits, expected=current, who=visitor.name)
    return _answer(request, study, table, cells, current, line)


def _uneven() -> Mistake:
    finding, expected = "fields that do not belong together", "a row, a column and both texts each"
    return Mistake("the form", finding, expected, "load the page again")


def _existing(folder: Path, kind: Kind, known: KnownPeople) -> PeopleTable:
    """The table. Raises `StudyError` where it is not there, or is a workbook."""
    table = people_table(folder, kind, known.study)
    if table is None:
        raise StudyError(Mistake(FILES[kind], "no such file", "a table", "hand one in first"))
    if table.is_workbook:
        cure = "press `Make it a csv` on the page of the people, or change it in Excel"
        raise StudyError(Mistake(table.file, "a workbook", "a csv", cure))
    return table


def _answer(
    request: Request, study: str, kind: Kind, cells: Sequence[Typed], current: str, line: int
) -> Response:
    """The cells as they are now for the grid; back to the page for a form."""
    headers = {"ETag": f'"{current}"'}
    if is_for_program(request):
        texts = [
            {"row": shown_key(each.key), "column": each.column, "now": each.now} for each in cells
        ]
        return JSONResponse({"version": current, "cells": texts}, headers=headers)
    return RedirectResponse(_back(study, kind, line), status_code=303, headers=headers)


def _back(study: str, kind: Kind, line: int) -> str:
    """The page of the person of a line, or that of the table."""
    base = f"/s/{quote(study, safe='')}/people"
    if line:
        return f"{base}/person?{urlencode({'table': kind, 'line': line, 'saved': '1'})}"
    return f"{base}/scores?saved=1" if kind == "clinic" else f"{base}?saved=1"


@router.get("/s/{study}/people/person")
def person(
    request: Request,
    study: str,
    table: Kind = "donors",
    line: int = 0,
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Everything of the donor of a line as a form; without a line, the form for a new one. No name
    of a donor stands in an address: addresses are kept in logs.
    """
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    tables = [people_table(folder, kind, known.study) for kind in ("donors", "clinic")]
    donor = _donor_of(next((t for t in tables if t and t.kind == table), None), line)
    parts = [_part(folder, each, donor) for each in tables if each is not None]
    return page(
        request,
        "person.html",
        visitor=visitor,
        study=study,
        donor=donor,
        kind=table,
        line=line,
        parts_of=parts,
        meanings=_meanings_of_all(tables, known),
        known=known,
        scores=_made_scores(known, donor),
        choices=_choices(tables[0], known),
        news=_news(request),
    )


def _donor_of(table: PeopleTable | None, line: int) -> str:
    """The donor of a line; empty without a line. Raises `StudyError` where it has none."""
    if not line:
        return ""
    row = next((row for row in table.rows if row.line == line), None) if table else None
    at = table.header.index("donor") if table and "donor" in table.header else 0
    if row is None or not row.cells[at]:
        finding = f"no donor in line {line}"
        cure = "open the donor from the table: somebody may have changed it"
        raise StudyError(Mistake("the people", finding, "a donor of the study", cure))
    return row.cells[at]


@dataclass(frozen=True)
class _Row:
    """A row of one donor as a form shows it: its columns with their cells, but for the key."""

    key: str
    line: int
    visit: str
    cells: tuple[tuple[str, str], ...]


def _part(folder: Path, table: PeopleTable, donor: str) -> tuple[PeopleTable, list[_Row], str]:
    """A table, its rows of a donor, and its version."""
    rows = []
    for row in table.rows:
        cells = dict(zip(table.header, row.cells, strict=True))
        if donor and cells.get("donor") == donor:
            own = tuple(pair for pair in cells.items() if pair[0] not in ("donor", "visit"))
            rows.append(_Row(row.key, row.line, cells.get("visit", ""), own))
    return table, rows, version(folder, table.file)


def _meanings_of_all(tables: Sequence[PeopleTable | None], known: KnownPeople) -> dict[str, str]:
    """What columns of all tables are."""
    made: dict[str, str] = {}
    for table in tables:
        made |= _meanings(table, known)
    return made


def _made_scores(known: KnownPeople, donor: str) -> list[tuple[str, str, str, str]]:
    """The scores that were made of answers: scale, visit, score, and what is lacking."""
    if known.study is None or known.scores.is_empty() or not donor:
        return []
    own = known.scores.filter(donor=donor)
    visits = ordered(own["visit"].unique(), known.study.visits)
    rows = sorted(own.iter_rows(named=True), key=lambda row: visits.index(row["visit"]))
    return [
        (
            known.study.name_of(row["scale"]),
            row["visit"],
            "" if row["score"] is None else f"{row['score']:g}",
            f"{row['missing_items']} not answered" if row["missing_items"] else "",
        )
        for row in rows
        if row["state"] != "given" or row["score"] is None
    ]


@router.post("/s/{study}/people/person")
def add_person(
    request: Request,
    study: str,
    column: Words,
    now: Words,
    table: Annotated[Kind, Form()] = "donors",
    if_match: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Add a line: a donor, or a visit of one."""
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    there = _existing(folder, table, known)
    cells = dict(zip(column, (" ".join(text.split()) for text in now), strict=False))
    donor = cells.pop("donor", "")
    _refuse_row(there, donor, cells)
    typed = [Typed(donor, name, "", text) for name, text in cells.items()]
    texts = {cell.column: cell.now for cell in written_cells(there, typed, known.study)}
    after = with_rows(
        there.raw,
        file=there.file,
        columns=columns_of(table, known.study),
        rows=[{"donor": donor, **texts}],
    )
    put(folder, there.file, after, expected=if_match, who=visitor.name)
    line = table_in(after, table, file=there.file, study=known.study).rows[-1].line
    return RedirectResponse(_back(study, table, line), status_code=303)


def _refuse_row(there: PeopleTable, donor: str, cells: dict[str, str]) -> None:
    """Raises `StudyError` for a line without a donor, or one that is there."""
    key = key_of({"donor": donor, **cells}, there.kind)
    if not donor:
        cure = "type a code name: nobody's real name"
        raise StudyError(Mistake("the new line", "no donor", "a code name", cure))
    if there.row(key) is not None:
        cure = "choose another code name, or open the donor and change it there"
        raise StudyError(Mistake(there.file, f"{donor}, who is there", "a new line", cure))


@router.post("/s/{study}/people/remove")
def remove_line(
    request: Request,
    study: str,
    row: Annotated[str, Form()],
    table: Annotated[Kind, Form()] = "donors",
    if_match: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Take a line out of a table."""
    folder = site_of(request).shelf.folder(study)
    known = known_people(folder)
    there = _existing(folder, table, known)
    after = edited(
        there.raw,
        file=there.file,
        columns=columns_of(table, known.study),
        change=lambda cells: None if key_of(cells, table) == sent_key(row) else cells,
    )
    put(folder, there.file, after, expected=if_match, who=visitor.name)
    return RedirectResponse(_back(study, table, 0), status_code=303)


@router.post("/s/{study}/people/as-csv")
def make_csv(
    request: Request,
    study: str,
    table: Annotated[Kind, Form()] = "donors",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Write a workbook as the csv that takes its place; the workbook moves to `replaced/`."""
    from exvivo.web.people.workbook import take_its_place

    folder = site_of(request).shelf.folder(study)
    there = people_table(folder, table, known_people(folder).study)
    if there is not None and there.is_workbook:
        take_its_place(folder, there, who=visitor.name)
    return RedirectResponse(_back(study, table, 0), status_code=303)
