"""The dictionary: what the catalog knows, with a search; in a study also where an entry is used,
and a button that puts it into the study where that makes sense.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from exvivo.catalog import known_as, panel_named
from exvivo.catalog.cells import cell_named
from exvivo.catalog.reference_genes import usual_reference
from exvivo.errors import Mistake, StudyError
from exvivo.study import Analyte, Beads, Identity, Qpcr, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.record_text import flow
from exvivo.web.dictionary import KINDS, MOST_SHOWN, DictionaryEntry, search
from exvivo.web.edits import Edit, save, version
from exvivo.web.people.table import declared
from exvivo.web.people.uses import uses_of_analyte, uses_of_scale
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(include_in_schema=False)
_MOST_STUDIES = 50


@dataclass(frozen=True)
class _Put:
    """A button: what it says, and the record it puts the entry into (an assay), or nothing."""

    label: str
    into: str = ""


@dataclass(frozen=True)
class _Shown:
    """An entry with where it is used, and what can be done with it."""

    entry: DictionaryEntry
    uses: tuple[str, ...]
    puts: tuple[_Put, ...] = ()
    set_up: bool = False


@router.get("/dictionary")
def dictionary(
    request: Request, q: str = "", kind: str = "", visitor: Visitor = needs(None)
) -> Response:
    """The whole dictionary, with the studies that use an entry."""
    shelf = site_of(request).shelf
    own = [name for name in shelf.studies() if visitor.may(Permission.READ, name)]
    studies = {name: _kept(shelf.folder(name)) for name in own[:_MOST_STUDIES]}
    listed = search(q[:200], kind)
    shown = [_Shown(entry, tuple(_studies_with(entry, studies))) for entry in listed[:MOST_SHOWN]]
    return _page(request, visitor, "", q, kind, shown, len(listed))


@router.get("/s/{study}/dictionary")
def dictionary_of(
    request: Request,
    study: str,
    q: str = "",
    kind: str = "",
    visitor: Visitor = needs(Permission.READ),
) -> Response:
    """The dictionary, beside a study."""
    own = _kept(site_of(request).shelf.folder(study))
    listed = search(q[:200], kind)
    may = visitor.may(Permission.WORK, study)
    shown = [_shown(entry, own, may=may) for entry in listed[:MOST_SHOWN]]
    return _page(request, visitor, study, q, kind, shown, len(listed))


def _page(
    request: Request,
    visitor: Visitor,
    study: str,
    q: str,
    kind: str,
    shown: list[_Shown],
    count: int,
) -> Response:
    folder = site_of(request).shelf.folder(study) if study else None
    return page(
        request,
        "dictionary_of.html" if study else "dictionary.html",
        visitor=visitor,
        study=study,
        query=q[:200],
        kind=kind,
        kinds=list(KINDS.items()),
        shown=shown,
        count=count,
        version=version(folder, STUDY_FILE) if folder else "",
        news=request.query_params.get("put", "")[:80],
    )


def _kept(folder: Path) -> Study | None:
    """What study.yaml declares, read again only when the file changes."""
    try:
        about = (folder / STUDY_FILE).stat()
    except OSError:
        return None
    return _read(folder, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=128)
def _read(folder: Path, changed: int, size: int) -> Study | None:
    return declared(folder)


def _studies_with(entry: DictionaryEntry, studies: dict[str, Study | None]) -> list[str]:
    """The studies that use an entry."""
    return [name for name, study in studies.items() if study and _uses(entry, study)]


def _shown(entry: DictionaryEntry, study: Study | None, *, may: bool) -> _Shown:
    if study is None:
        return _Shown(entry, ())
    puts = tuple(_puts(entry, study)) if may else ()
    set_up = may and entry.kind == "scales"
    return _Shown(entry, tuple(_uses(entry, study)), puts, set_up)


def _uses(entry: DictionaryEntry, study: Study) -> list[str]:
    """Where a study uses an entry."""
    match entry.kind:
        case "analytes":
            own = [each.id for each in study.analytes if _is_analyte(each.id, entry.id)]
            return [use for name in own for use in ("analytes", *uses_of_analyte(study, name))]
        case "kits":
            beads = (assay for assay in study.assays if isinstance(assay, Beads))
            return [f"assay {each.id}" for each in beads if _same(each.kit, entry.id)]
        case "scales":
            own = [s.id for s in study.scales if s.questionnaire == entry.id]
            asked = [use for scale in own for use in uses_of_scale(study, scale)]
            return list(dict.fromkeys([*(f"scale {scale}" for scale in own), *asked]))
        case "genes":
            qpcr = [assay for assay in study.assays if isinstance(assay, Qpcr)]
            return [f"assay {each.id}" for each in qpcr if _has_reference(each, entry.id)]
        case "panels":
            return _asked_by(study, _panel_of, entry)
        case "cells":
            return _asked_by(study, _kind_of, entry)
        case "medication":
            return []


def _asked_by(
    study: Study, of: Callable[[Identity], str | None], entry: DictionaryEntry
) -> list[str]:
    """The questions of identity that are about an entry."""
    asked = (each for each in study.questions if isinstance(each, Identity))
    return [f"question {each.id}" for each in asked if of(each) == entry.id]


def _panel_of(question: Identity) -> str | None:
    """The panel of the catalog that a question compares by."""
    panel = panel_named(question.markers)
    return panel.name if panel else None


def _kind_of(question: Identity) -> str | None:
    """The kind of cell that those of a question are said to be like."""
    kind = cell_named(question.like)
    return kind.name if kind else None


def _is_analyte(name: str, entry: str) -> bool:
    return name == entry or known_as(name) == entry


def _same(name: str, other: str) -> bool:
    return " ".join(name.split()).casefold() == " ".join(other.split()).casefold()


def _has_reference(assay: Qpcr, gene: str) -> bool:
    return any(usual_reference(target) == gene for target in assay.references)


def _puts(entry: DictionaryEntry, study: Study) -> list[_Put]:
    """What can be put into the study."""
    if entry.kind == "analytes" and not any(
        _is_analyte(each.id, entry.id) for each in study.analytes
    ):
        return [_Put("Add to the analytes")]
    if entry.kind == "kits":
        beads = (assay for assay in study.assays if isinstance(assay, Beads))
        others = (each for each in beads if not _same(each.kit, entry.id))
        return [_Put(f"Use it for the assay {each.id}", each.id) for each in others]
    return []


@router.post("/s/{study}/dictionary/put")
def put_into(
    request: Request,
    study: str,
    kind: Annotated[str, Form()],
    id: Annotated[str, Form()],
    into: Annotated[str, Form()] = "",
    q: Annotated[str, Form()] = "",
    if_match: Annotated[str, Form()] = "",
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """Put an entry into study.yaml."""
    folder = site_of(request).shelf.folder(study)
    own = declared(folder)
    entry = next((each for each in search("", kind) if each.id == id), None)
    offered = _puts(entry, own) if entry and own else []
    chosen = next((each for each in offered if each.into == into), None)
    if entry is None or chosen is None:
        cure = "load the page again: it may be in the study already"
        expected = "an entry that can be put into this study"
        raise StudyError(Mistake("the dictionary", f"{kind} {id}"[:200], expected, cure))
    save(folder, STUDY_FILE, [_edit(entry, chosen, own)], expected=if_match, who=visitor.name)
    back = urlencode({"q": q, "kind": kind, "put": entry.name})
    return RedirectResponse(f"/s/{quote(study, safe='')}/dictionary?{back}", status_code=303)


def _edit(entry: DictionaryEntry, chosen: _Put, study: Study | None) -> Edit:
    """The change of study.yaml."""
    if entry.kind == "analytes":
        return Edit(("analytes", entry.id), None, flow(Analyte(id=entry.id)))
    before = next((a for a in study.assays if a.id == chosen.into), None) if study else None
    kit = before.kit if isinstance(before, Beads) else ""
    return Edit(("assays", chosen.into, "kit"), flow(kit) if kit else None, flow(entry.id))
