"""A table of people is handed in: pasted from Excel, or as a file. What it is taken for is shown
first; it is put in when somebody says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study import Group
from exvivo.study.edited import written
from exvivo.study.files import STUDY_FILE
from exvivo.study.record_text import flow
from exvivo.web.edits import Edit, put, save, version
from exvivo.web.people.choices import (
    Choices,
    ChosenGroup,
    GroupSource,
    group_words,
    lines_of,
    matched,
    others,
    proposed,
)
from exvivo.web.people.handed import LARGEST, HandedTable, read_handed
from exvivo.web.people.known import KnownPeople, known_people
from exvivo.web.people.merge import Difference, Line, difference, merged, whole
from exvivo.web.people.table import FILES, Kind, PeopleTable, people_table
from exvivo.web.people.workbook import move_away
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.words import counted

router = APIRouter(include_in_schema=False)
_PASTED = "what you pasted"


async def _sent(request: Request) -> AsyncIterator[FormData]:
    """The form of a request, whose texts may be as large as a table."""
    async with request.form(max_part_size=LARGEST + 1024, max_fields=5000) as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]


@dataclass(frozen=True)
class _Preview:
    """What a table would do, as far as it can be told: the rows as they would be put in, what
    changes, and what is to choose or to fix first.
    """

    handed: HandedTable
    choices: Choices
    header: Sequence[str]
    lines: Sequence[Line]
    changes: Difference | None
    mistakes: Sequence[Mistake]
    unknown: Sequence[str]


@router.get("/s/{study}/people/add")
def add(
    request: Request,
    study: str,
    table: Kind = "donors",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """The field to paste into."""
    known = known_people(site_of(request).shelf.folder(study))
    return page(
        request, "people_add.html", visitor=visitor, study=study, kind=table, known=known, text=""
    )


@router.post("/s/{study}/people/look")
def look(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.IDENTIFY)
) -> Response:
    """What a table is taken for, before anything is written."""
    folder = site_of(request).shelf.folder(study)
    kind, known = _kind(sent), known_people(folder)
    raw, file = _handed_in(sent)
    handed = read_handed(raw, kind, file=file)
    preview = _preview(folder, handed, sent, known)
    there = _there(folder, kind, known)
    return page(
        request,
        "people_look.html",
        visitor=visitor,
        study=study,
        kind=kind,
        known=known,
        text=_as_text(handed),
        there=there,
        file=FILES[kind],
        replace=sent.get("mode") == "replace",
        table_version=version(folder, there.file) if there else "",
        study_version=version(folder, STUDY_FILE),
        sources=_sources(handed, known),
        others=others(handed, preview.choices),
        headings=[(column.at, column.heading) for column in handed.columns],
        preview=preview,
        counted=counted,
    )


@router.post("/s/{study}/people/take")
def take(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.IDENTIFY)
) -> Response:
    """Put the table in: first the groups that are new, then the people."""
    folder = site_of(request).shelf.folder(study)
    kind, known = _kind(sent), known_people(folder)
    raw, file = _handed_in(sent)
    handed = read_handed(raw, kind, file=file)
    preview = _preview(folder, handed, sent, known)
    if preview.mistakes:
        raise StudyError(preview.mistakes)
    _save_groups(folder, preview.choices.groups, sent, visitor.name)
    there = _there(folder, kind, known)
    after = _after(there, preview, replace=sent.get("mode") == "replace")
    _put(folder, there, kind, after, sent, visitor.name)
    assert preview.changes is not None
    told = {"added": len(preview.changes.added), "changed": preview.changes.changed_rows}
    where = "/scores" if kind == "clinic" else ""
    to = f"/s/{quote(study, safe='')}/people{where}?{urlencode(told)}"
    return RedirectResponse(to, status_code=303)


def _kind(sent: FormData) -> Kind:
    return "clinic" if sent.get("table") == "clinic" else "donors"


def _handed_in(sent: FormData) -> tuple[bytes, str]:
    """The bytes of the file, else of what was pasted. Raises `StudyError` without either."""
    file = sent.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return file.file.read(LARGEST + 1), Path(file.filename).name
    text = sent.get("text")
    if isinstance(text, str) and text.strip():
        return text.encode(), _PASTED
    cure = "copy the table in Excel with its headings, and paste it; or choose its file"
    raise StudyError(Mistake("the table", "nothing", "a table of people", cure))


def _as_text(handed: HandedTable) -> str:
    """The table as it is sent again with the choices."""
    rows = [[column.heading for column in handed.columns], *handed.rows]
    lines = (written(row, handed.separator) for row in rows)
    return "\n".join([f"sep={handed.separator}", *lines, ""])


def _there(folder: Path, kind: Kind, known: KnownPeople) -> PeopleTable | None:
    """The table of the study; None where there is none, or none that can be read."""
    try:
        return people_table(folder, kind, known.study)
    except StudyError:
        return None


def _preview(folder: Path, handed: HandedTable, sent: FormData, known: KnownPeople) -> _Preview:
    names = {group.id: group.name for group in known.study.groups} if known.study else {}
    choices = _choices(handed, sent, names)
    try:
        header, lines = lines_of(handed, choices)
    except StudyError as error:
        return _Preview(handed, choices, (), (), None, condensed(error.mistakes), ())
    there = _there(folder, handed.kind, known)
    changes = difference(there, header, lines)
    mistakes = _without_group(there, changes, header, handed.kind)
    unknown = _strangers(lines, known) if handed.kind == "clinic" else ()
    return _Preview(handed, choices, header, lines, changes, mistakes, unknown)


def _without_group(
    there: PeopleTable | None, changes: Difference, header: Sequence[str], kind: Kind
) -> list[Mistake]:
    """A mistake where people come new and nothing says of which group they are."""
    if kind == "clinic" or "group" in header or not changes.added:
        return []
    cure = "choose below where the group of each donor stands"
    return [Mistake("the table", "no group", "the group of every new donor", cure)]


def _strangers(lines: Sequence[Line], known: KnownPeople) -> list[str]:
    """Donors of a table of scores whom donors.csv has not."""
    if known.study is None or not known.study.donors.width:
        return []
    there = set(known.study.donors["donor"])
    return list(dict.fromkeys(line["donor"] for line in lines if line["donor"] not in there))


def _choices(handed: HandedTable, sent: FormData, names: Mapping[str, str]) -> Choices:
    """What was chosen; what the table proposes where nothing was."""
    if "donor_column" not in sent:
        made = proposed(handed)
        groups = matched(group_words(handed, made), names)
        return Choices(made.donor, made.group, made.visit, made.keep, groups=groups)
    source = GroupSource.of(_text(sent, "group_source"))
    chosen = Choices(
        _place(sent, "donor_column", handed) or 0,
        source if source.at in range(len(handed.columns)) else GroupSource(),
        _place(sent, "visit_column", handed),
        frozenset(int(at) for at in _texts(sent, "keep") if at.isascii() and at.isdigit()),
        frozenset(c.at for c in handed.columns if _text(sent, f"mark-{c.at}") == "thousands"),
        frozenset(c.at for c in handed.columns if _text(sent, f"mark-{c.at}") == "decimal"),
    )
    groups = _groups(sent, matched(group_words(handed, chosen), names), names)
    return Choices(**{**vars(chosen), "groups": groups})


def _groups(
    sent: FormData, made: dict[str, ChosenGroup], names: Mapping[str, str]
) -> dict[str, ChosenGroup]:
    """What each word stands for, as it was chosen; else as it is matched."""
    words, ids = _texts(sent, "word"), _texts(sent, "stands_for")
    texts = _texts(sent, "group_name")
    chosen = dict(zip(words, zip(ids, texts, strict=False), strict=False))
    for word, own in made.items():
        which, name = chosen.get(word, ("", ""))
        if which in names:
            made[word] = ChosenGroup(which, names[which], False)
        elif own.is_new and name.strip():
            made[word] = ChosenGroup(own.id, " ".join(name.split()), True)
    return made


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(sent: FormData, name: str) -> list[str]:
    return [value for value in sent.getlist(name) if isinstance(value, str)]


def _place(sent: FormData, name: str, handed: HandedTable) -> int | None:
    """A column by its number; None where none is chosen."""
    text = _text(sent, name)
    at = int(text) if text.isascii() and text.isdigit() else -1
    return at if at in range(len(handed.columns)) else None


def _sources(handed: HandedTable, known: KnownPeople) -> list[tuple[str, str]]:
    """Where the groups may stand, as choices of a form."""
    columns = [
        (GroupSource("column", column.at).value, f"in the column {column.heading}")
        for column in handed.columns
        if len(handed.words(column.at)) <= max(12, len(handed.rows) // 3)
    ]
    letters = list(dict.fromkeys(handed.prefixes.values()))
    prefix = [(GroupSource("prefix").value, f"in the letters of the name ({', '.join(letters)})")]
    groups = known.study.groups if known.study else ()
    everybody = [
        (GroupSource("everybody", word=group.id).value, f"everybody is of the group {group.name}")
        for group in groups
    ]
    return [("", "it is not in this table"), *columns, *(prefix if letters else []), *everybody]


def _save_groups(folder: Path, groups: Mapping[str, ChosenGroup], sent: FormData, who: str) -> None:
    """Declare the groups that are new."""
    edits = [
        Edit(("groups", group.id), None, flow(Group(id=group.id, name=group.name)))
        for group in groups.values()
        if group.is_new
    ]
    if edits:
        save(folder, STUDY_FILE, edits, expected=_text(sent, "study_version"), who=who)


def _after(there: PeopleTable | None, preview: _Preview, *, replace: bool) -> bytes:
    """The bytes of the table with the new one put in, or of the new one in its place."""
    if there is None or replace:
        return whole(preview.header, preview.lines)
    if there.is_workbook:
        from dataclasses import replace as changed

        from exvivo.web.people.merge import as_csv

        own = FILES[there.kind]
        there = changed(there, raw=as_csv(there), file=own, is_workbook=False)
    return merged(there, preview.header, preview.lines)


def _put(
    folder: Path,
    there: PeopleTable | None,
    kind: Kind,
    after: bytes,
    sent: FormData,
    who: str,
) -> None:
    """Write the csv; a workbook that it takes the place of moves away."""
    seen = _text(sent, "table_version")
    if there is not None and there.is_workbook:
        put(folder, FILES[kind], after, expected="", who=who)
        move_away(folder, there.file)
        return
    put(folder, FILES[kind], after, expected=seen, who=who)
