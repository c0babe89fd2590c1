"""The scales of a study: those that are there, what unused columns of clinic.csv may be, and a form
for a questionnaire of the catalog or a scale of one's own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study import Study
from exvivo.study.clinic_records import Questionnaire, Scale
from exvivo.study.files import STUDY_FILE
from exvivo.study.ids import id_trouble
from exvivo.study.load import examine, read_study_file
from exvivo.study.questionnaires import catalog_ids, scales_of
from exvivo.study.record_text import flow
from exvivo.study.scoring import ScoringKey
from exvivo.study.scoring_keys import catalog_key
from exvivo.tell.scales import rule_words
from exvivo.web.edits import Edit, applied, save, version
from exvivo.web.numbers import decimal
from exvivo.web.people.handed import short_id
from exvivo.web.people.scale_columns import free_columns, offers, score_for
from exvivo.web.people.table import people_table
from exvivo.web.people.uses import uses_of_scale
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)


async def _sent(request: Request) -> AsyncIterator[FormData]:
    """The form of a request."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(_sent)]


@router.get("/s/{study}/scales")
def scales(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The scales of the study, and the columns that none of them uses."""
    folder = site_of(request).shelf.folder(study)
    declared, mistakes = _declared(folder)
    header = _clinic_header(folder, declared)
    return page(
        request,
        "scales.html",
        visitor=visitor,
        study=study,
        declared=declared,
        uses={scale.id: uses_of_scale(declared, scale.id) for scale in declared.scales}
        if declared
        else {},
        offers=offers(free_columns(header, declared)) if declared else [],
        has_clinic=bool(header),
        mistakes=mistakes,
        version=version(folder, STUDY_FILE),
        catalog_pairs=[(name, name) for name in catalog_ids()],
        news="Saved." if request.query_params.get("saved") == "1" else "",
    )


def _declared(folder: Path) -> tuple[Study | None, list[Mistake]]:
    """What study.yaml declares, or why it cannot be read."""
    try:
        return read_study_file(folder)[0], []
    except StudyError as error:
        return None, condensed(error.mistakes)


def _clinic_header(folder: Path, study: Study | None) -> tuple[str, ...]:
    """The columns of clinic.csv; none where it is not there or cannot be read."""
    try:
        table = people_table(folder, "clinic", study)
    except StudyError:
        return ()
    return table.header if table else ()


@router.get("/s/{study}/scales/questionnaire")
def questionnaire(
    request: Request,
    study: str,
    id: str,
    items: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """The form of a questionnaire, filled with what the columns of clinic.csv tell."""
    folder = site_of(request).shelf.folder(study)
    declared, _ = _declared(folder)
    key = _key(id)
    own = next((q for q in declared.questionnaires if q.id == key.id), None) if declared else None
    header = _clinic_header(folder, declared)
    totals = {score: name for name in header if (score := score_for(name, key))}
    proposed = own or Questionnaire(
        id=key.id, items=tuple(filter(None, [items])), totals={} if items else totals
    )
    return _questionnaire_page(request, study, visitor, key, proposed, folder, header, [])


def _key(name: str) -> ScoringKey:
    """The scoring key of the catalog. Raises `StudyError` where it has none of that name."""
    key = catalog_key(name)
    if key is None:
        known = catalog_ids()
        finding = f"`{name}`{spelling.did_you_mean(name, known)}"
        expected = spelling.one_of(known, name)
        cure = "search the dictionary, or set up a scale of your own"
        raise StudyError(Mistake("the questionnaire", finding, expected, cure))
    return key


def _questionnaire_page(
    request: Request,
    study: str,
    visitor: Visitor,
    key: ScoringKey,
    proposed: Questionnaire,
    folder: Path,
    header: Sequence[str],
    mistakes: list[Mistake],
) -> Response:
    makes = list(scales_of(proposed, key))
    return page(
        request,
        "scale_questionnaire.html",
        status=422 if mistakes else 200,
        visitor=visitor,
        study=study,
        key=key,
        proposed=proposed,
        rules={score.id: rule_words(score) for score in key.scores},
        makes=makes,
        columns=[name for name in header if name not in ("donor", "visit")],
        needs_table=any(score.rule == "table" for score in key.scores),
        version=version(folder, STUDY_FILE),
        mistakes=mistakes,
    )


@router.post("/s/{study}/scales/questionnaire")
def save_questionnaire(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Declare a questionnaire, unless something of it is to fix first."""
    folder = site_of(request).shelf.folder(study)
    key = _key(_text(sent, "id"))
    made = _questionnaire_of(key, sent)
    edit = Edit(("questionnaires", key.id), None, flow(made))
    if mistakes := _new_mistakes(folder, edit):
        declared, _ = _declared(folder)
        header = _clinic_header(folder, declared)
        return _questionnaire_page(request, study, visitor, key, made, folder, header, mistakes)
    save(folder, STUDY_FILE, [edit], expected=_text(sent, "if_match"), who=visitor.name)
    return _to_scales(study)


def _questionnaire_of(key: ScoringKey, sent: FormData) -> Questionnaire:
    """The record that a form says."""
    patterns = _text(sent, "items").replace(";", ",").split(",")
    items = tuple(filter(None, (part.strip() for part in patterns)))
    totals = {score.id: _text(sent, f"total-{score.id}") for score in key.scores}
    used = tuple(s.id for s in key.scores if s.id in sent.getlist("score"))
    coding = _text(sent, "coding") if items and len(key.codings) > 1 else ""
    return Questionnaire(
        id=key.id,
        items=items,
        totals={score: name for score, name in totals.items() if name},
        coding=coding,
        table=_text(sent, "score_table") if items else "",
        scores=() if len(used) in (0, len(key.scores)) else used,
    )


def _new_mistakes(folder: Path, edit: Edit) -> list[Mistake]:
    """The mistakes of study.yaml and of clinic.csv that an edit would bring."""
    raw = (folder / STUDY_FILE).read_bytes()
    after = applied(raw, STUDY_FILE, [edit])
    before = {_without_line(each) for each in _mistakes_of(folder, raw)}
    return condensed(
        each for each in _mistakes_of(folder, after) if _without_line(each) not in before
    )


def _mistakes_of(folder: Path, raw: bytes) -> Sequence[Mistake]:
    from exvivo.people_files import read_answers, read_people

    try:
        examined = examine(folder, {STUDY_FILE: raw}, read_people=read_people)
    except StudyError as error:
        return error.mistakes
    return (*examined.mistakes, *read_answers(examined).mistakes)


def _without_line(mistake: Mistake) -> tuple[str, str, str]:
    return mistake.found, mistake.expected, mistake.cure


@router.get("/s/{study}/scales/own")
def own_scale(
    request: Request,
    study: str,
    id: str = "",
    column: str = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """The form of a scale of one's own: new, or one that is there."""
    folder = site_of(request).shelf.folder(study)
    declared, _ = _declared(folder)
    plain = [s for s in declared.scales if not s.questionnaire] if declared else []
    there = next((scale for scale in plain if scale.id == id), None)
    values = _values_of(there) if there else {"id": short_id(column) if column else ""}
    header = _clinic_header(folder, declared)
    free = free_columns(header, declared) if declared else list(header)
    columns = list(dict.fromkeys(filter(None, [column, values.get("column", ""), *free])))
    return _own_page(request, study, visitor, values, columns, folder, there is not None, column)


def _values_of(scale: Scale) -> dict[str, str]:
    """A scale as texts of a form."""
    return {
        "id": scale.id,
        "name": scale.name,
        "lowest": f"{scale.lowest:g}",
        "highest": f"{scale.highest:g}",
        "higher_is": scale.higher_is,
        "column": scale.place,
    }


def _own_page(
    request: Request,
    study: str,
    visitor: Visitor,
    values: dict[str, str],
    columns: Sequence[str],
    folder: Path,
    is_there: bool,
    column: str = "",
    mistakes: Sequence[Mistake] = (),
) -> Response:
    return page(
        request,
        "scale_own.html",
        status=422 if mistakes else 200,
        visitor=visitor,
        study=study,
        values={"column": column, **values},
        columns=columns,
        is_there=is_there,
        version=version(folder, STUDY_FILE),
        mistakes=mistakes,
    )


@router.post("/s/{study}/scales/own")
def save_own_scale(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Declare a scale, or change one."""
    folder = site_of(request).shelf.folder(study)
    names = ("id", "name", "lowest", "highest", "higher_is", "column")
    values = {name: _text(sent, name) for name in names}
    try:
        scale = _scale_of(values)
        edit = Edit(("scales", scale.id), None, flow(scale))
        mistakes = _new_mistakes(folder, edit)
    except StudyError as error:
        mistakes = condensed(error.mistakes)
    if mistakes:
        is_there = _text(sent, "is_there") == "1"
        columns = [values["column"]] if values["column"] else []
        return _own_page(
            request, study, visitor, values, columns, folder, is_there, mistakes=mistakes
        )
    save(folder, STUDY_FILE, [edit], expected=_text(sent, "if_match"), who=visitor.name)
    return _to_scales(study)


def _scale_of(values: dict[str, str]) -> Scale:
    """The record that a form says. Raises `StudyError` with all that is to fix in it."""
    mistakes: list[Mistake] = []
    if trouble := id_trouble(values["id"]):
        mistakes.append(Mistake("the short name", *trouble))
    if not values["name"]:
        expected, cure = "the scale in words", "type it: pain, visual analogue scale"
        mistakes.append(Mistake("the name", "nothing", expected, cure))
    if values["higher_is"] not in ("worse", "better"):
        mistakes.append(Mistake("a higher score", "no choice", "worse or better", "choose one"))
    ends: dict[str, Any] = {}
    for end in ("lowest", "highest"):
        try:
            ends[end] = decimal(values[end], f"the {end} score")
        except StudyError as error:
            mistakes += error.mistakes
    if len(ends) == 2 and not ends["lowest"] < ends["highest"]:
        finding = f"{values['lowest']} to {values['highest']}"
        mistakes.append(Mistake("the range", finding, "lowest below highest", "correct both"))
    if mistakes:
        raise StudyError(mistakes)
    own = {"column": values["column"]} if values["column"] not in ("", values["id"]) else {}
    fields = {name: values[name] for name in ("id", "name", "higher_is")}
    return Scale(**fields, **ends, **own)  # type: ignore[arg-type]


@router.post("/s/{study}/scales/remove")
def remove_scale(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Take a scale, or a questionnaire, out of study.yaml. One that a question names stays."""
    folder = site_of(request).shelf.folder(study)
    declared, mistakes = _declared(folder)
    if declared is None:
        raise StudyError(mistakes)
    part = "questionnaires" if _text(sent, "part") == "questionnaires" else "scales"
    name = _text(sent, "id")
    ids = [s.id for s in declared.scales if part == "scales" or s.questionnaire == name]
    gone = [s for s in ids if part == "questionnaires" or s == name]
    if uses := sorted({use for scale in gone for use in uses_of_scale(declared, scale)}):
        finding = f"{name}, which is asked in {', '.join(uses)}"
        cure = "change the question first"
        raise StudyError(Mistake("the scale", finding, "a scale that no question names", cure))
    edit = Edit((part, name), "", None)
    save(folder, STUDY_FILE, [edit], expected=_text(sent, "if_match"), who=visitor.name)
    return _to_scales(study)


def _text(sent: FormData, name: str) -> str:
    value = sent.get(name, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def _to_scales(study: str) -> Response:
    return RedirectResponse(f"/s/{quote(study, safe='')}/scales?saved=1", status_code=303)
