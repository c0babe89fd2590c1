"""One question as a form that shows the sentence it would ask, while it is filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
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
from exvivo.study.nodes import compose
from exvivo.study.question_records import QUESTIONS, Ask
from exvivo.study.yaml_text import Tree, name_of, tree_of
from exvivo.web.edits import Edit, applied, current, save, version
from exvivo.web.people.table import people_table
from exvivo.web.questions.evidence import PARTS
from exvivo.web.questions.forms import (
    Around,
    Filled,
    Shown,
    Values,
    before_of,
    shown_fields,
    values_of,
    without_idle_assays,
)
from exvivo.web.questions.kinds import FieldOfKind, Kind, kind_of
from exvivo.web.questions.said import Said, looked_at
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.study_intake import RAW
from exvivo.web.uploads import files_below
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.words import listed

router = APIRouter(include_in_schema=False)
_LONGEST = 10_000
_TABLES = (".csv", ".tsv", ".txt", ".gct", ".gz")


async def _sent(request: Request) -> FormData:
    """The form of a request."""
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]


@router.get("/s/{study}/questions/new")
def new(
    request: Request,
    study: str,
    ask: str = "difference",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """A question more, filled with what the study leaves no choice about."""
    folder = site_of(request).shelf.folder(study)
    kind = _kind(ask)
    around = _around(folder)
    filled = Filled(kind, _proposed(kind, around))
    return _form(request, study, visitor, filled, around, _said(folder, filled))


@router.get("/s/{study}/questions/change")
def change(
    request: Request, study: str, id: str = "", visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """A question that is there."""
    folder = site_of(request).shelf.folder(study)
    tree = _tree(folder, id)
    filled = Filled(_kind(_ask_of(tree)), values_of(tree), before_of(tree))
    return _form(request, study, visitor, filled, _around(folder), _said(folder, filled))


def _kind(ask: str) -> Kind:
    """The kind of a word. Raises `StudyError` for a word that is none."""
    known = next((each for each in QUESTIONS if each == ask), None)
    if known is None:
        expected = f"one of {', '.join(QUESTIONS)}"
        raise StudyError(Mistake("the kind of question", f"`{ask[:80]}`", expected, "choose one"))
    return kind_of(known)


def _tree(folder: Path, name: str) -> Tree:
    """The record of a question. Raises `StudyError` where there is none."""
    raw = (folder / STUDY_FILE).read_bytes()
    text = current(raw, STUDY_FILE, ("questions", name)) if name else None
    if text is None:
        cure = "look at the list of questions: somebody may have taken it out"
        raise StudyError(Mistake(f"question {name[:80]}", "no such question", "one of them", cure))
    return tree_of(compose(text, file=STUDY_FILE))


def _ask_of(tree: Tree) -> Ask | str:
    pairs = dict(tree) if isinstance(tree, tuple) else {}
    return str(pairs.get("ask", ""))


def _around(folder: Path) -> Around:
    """What a form chooses from. Raises `StudyError` while study.yaml cannot be read."""
    study, _ = declarations(folder)
    try:
        table = people_table(folder, "donors", study)
    except StudyError:
        table = None
    header = table.header if table else ()
    columns = tuple(name for name in header if name not in ("donor", "group"))
    return Around(study, columns, tuple(free_tables(folder, study)))


def free_tables(folder: Path, study: Study) -> Iterator[str]:
    """The files that were handed in and may be tables of expression: no plate reads them."""
    taken = {plate.file for plate in study.plates}
    names = (f"{RAW}/{name}" for name in files_below(folder / RAW))
    yield from (name for name in names if name not in taken and name.lower().endswith(_TABLES))


def _proposed(kind: Kind, around: Around) -> dict[str, list[str]]:
    """What a new question is filled with: the only choice where there is one, the two groups, every
    assay, and the response to the only stimulus.
    """
    proposed: dict[str, list[str]] = {}
    for each in shown_fields(kind, around, {}):
        values = [value for value, _ in each.options]
        if each.of.control == "measured" and values:
            proposed[each.of.name] = values[:1]
        elif each.of.name in ("groups", "within"):
            proposed[each.of.name] = values[: 2 if each.of.name == "groups" else 1]
        elif each.of.name in ("assays", "visits") or (each.of.required and len(values) == 1):
            proposed[each.of.name] = values
    return proposed


@router.post("/s/{study}/questions/look")
def look(
    request: Request,
    study: str,
    sent: Sent,
    part: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """The sentence of a form as it is filled now, or the checklist of the cells that it names;
    nothing is written.
    """
    folder = site_of(request).shelf.folder(study)
    if part == "evidence" and _filled(sent).kind.ask == "identity":
        return _checklist(request, study, visitor, _filled(sent), _around(folder))
    words = _said_of_sent(folder, _filled(sent))
    if request.headers.get("hx-request") == "true":
        return page(request, "_question_said.html", visitor=visitor, study=study, said=words)
    return _form(request, study, visitor, _filled(sent), _around(folder), words)


def _checklist(
    request: Request, study: str, visitor: Visitor, filled: Filled, around: Around
) -> Response:
    """The checklist of the cells that a form names, as a part of the page."""
    shown = shown_fields(filled.kind, around, filled.values)
    field = next((each for each in shown if each.of.control == "evidence"), None)
    return page(request, "_question_evidence.html", visitor=visitor, study=study, each=field)


@router.post("/s/{study}/questions/save")
def save_question(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Ask it, unless something of it is to fix first."""
    folder = site_of(request).shelf.folder(study)
    sent_form = _filled(sent)
    filled, _ = without_idle_assays(sent_form, _around(folder).study)
    words = _said_of_sent(folder, sent_form)
    if words.mistakes or words.lacking:
        return _form(request, study, visitor, sent_form, _around(folder), words, refused=True)
    edits = _edits(folder, filled)
    if edits:
        save(folder, STUDY_FILE, edits, expected=_text(sent, "if_match"), who=visitor.name)
    return RedirectResponse(f"/s/{quote(study, safe='')}/questions?saved=1", status_code=303)


def _filled(sent: FormData) -> Filled:
    """The form that was sent. Raises `StudyError` for one that no page of ours sends."""
    kind = _kind(_text(sent, "ask"))
    names = chain.from_iterable(map(_inputs, kind.fields))
    values: Values = {name: _texts(sent, name) for name in names if name in sent}
    return Filled(kind, _bounded(values), _before(_text(sent, "before")))


def _texts(sent: FormData, name: str) -> list[str]:
    return [text for text in sent.getlist(name) if isinstance(text, str)]


def _inputs(of: FieldOfKind) -> tuple[str, ...]:
    """The names of the inputs of a field."""
    return tuple(PARTS.values()) if of.control == "evidence" else (of.name,)


def _bounded(values: Values) -> Values:
    """Values on one line each, none of them longer than a value may be."""
    return {
        name: [" ".join(text.split())[:_LONGEST] for text in texts]
        for name, texts in values.items()
    }


def _before(text: str) -> dict[str, str]:
    """The record that the page showed."""
    try:
        before: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict) or not all(isinstance(v, str) for v in before.values()):
        expected, cure = "what the page sends", "load the page again"
        raise StudyError(Mistake("the form", "another text", expected, cure))
    return before


def _edits(folder: Path, filled: Filled) -> list[Edit]:
    """The edits of a form. Raises `StudyError` for a short name that another question has."""
    raw = (folder / STUDY_FILE).read_bytes()
    others = [each for each in _ids(raw) if each != filled.name]
    record = filled.record(others)
    if record["id"] in others:
        finding, cure = f"`{record['id']}`, which another question has", "choose another one"
        raise StudyError(Mistake("the short name", finding, "a name of its own", cure))
    return filled.edits(others)


def _ids(raw: bytes) -> list[str]:
    """The ids of the questions of study.yaml."""
    text = current(raw, STUDY_FILE, ("questions",))
    tree = tree_of(compose(text, file=STUDY_FILE)) if text else []
    return [name_of(each) for each in tree] if isinstance(tree, list) else []


def _said_of_sent(folder: Path, sent: Filled) -> Said:
    """What a form that was sent asks, and of which assays it does not."""
    filled, idle = without_idle_assays(sent, _around(folder).study)
    words = _said(folder, filled)
    if not words.sentence or not idle:
        return words
    verb = "measures" if len(idle) == 1 else "measure"
    return replace(words, notes=(*words.notes, f"Not asked of {listed(idle)}: {verb} none of it."))


def _said(folder: Path, filled: Filled) -> Said:
    """What a form asks as it is filled, or what is to fix."""
    raw = (folder / STUDY_FILE).read_bytes()
    try:
        if filled.lacking:
            return Said(lacking=filled.lacking)
        edits = _edits(folder, filled)
        after = applied(raw, STUDY_FILE, edits)
    except StudyError as error:
        return Said(mistakes=tuple(condensed(error.mistakes)))
    record = filled.record([each for each in _ids(raw) if each != filled.name])
    return looked_at(folder, raw, after, str(record["id"]))


def _form(
    request: Request,
    study: str,
    visitor: Visitor,
    filled: Filled,
    around: Around,
    words: Said,
    *,
    refused: bool = False,
) -> Response:
    folder = site_of(request).shelf.folder(study)
    shown = shown_fields(filled.kind, around, filled.values)
    return page(
        request,
        "question.html",
        status=422 if refused else 200,
        visitor=visitor,
        study=study,
        filled=filled,
        fields=shown,
        lacking=_lacking(shown, around.study),
        said=words,
        refused=refused,
        before=json.dumps(dict(filled.before)),
        families=sorted({q.family for q in around.study.questions if q.family}),
        version=version(folder, STUDY_FILE),
        measured_in=filled.kind.question,
    )


def _lacking(shown: list[Shown], study: Study) -> list[str]:
    """What must be declared before this kind of question can be asked."""
    lacking = [each.of.label for each in shown if each.of.required and _is_bare(each)]
    return lacking if study else []


def _is_bare(shown: Shown) -> bool:
    """Whether a field that chooses has nothing to choose from."""
    return not shown.options and shown.of.control in ("one", "pair", "several")


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return value if isinstance(value, str) else ""
