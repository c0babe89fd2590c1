"""The studies of the door, and what one declares."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from exvivo.web.api.refused import Plain
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(tags=["studies"])


class StudyName(Plain):
    """A study: its id in addresses, and its title."""

    study: str
    title: str


class Studies(Plain):
    """The studies that the visitor has a part in."""

    studies: list[StudyName]


class Standing(StudyName):
    """Where a study stands: how many runs are on record, the date of the last one, the head of the
    record.
    """

    runs: int
    last_run: str | None
    head: str | None


class Question(Plain):
    """A question as study.yaml declares it: its id, its kind, and its other keys."""

    id: str
    ask: str
    family: str
    keys: dict[str, Any]


class Questions(Plain):
    """The questions of a study, and the version of study.yaml that they stand in."""

    version: str
    questions: list[Question]


@router.get("/studies")
def studies(request: Request, visitor: Visitor = needs(None)) -> Studies:
    """The studies that the visitor has a part in."""
    shelf = site_of(request).shelf
    names = [name for name in shelf.studies() if visitor.permissions(name)]
    return Studies(studies=[StudyName(study=each, title=shelf.title(each)) for each in names])


@router.get("/studies/{study}")
def standing(request: Request, study: str, visitor: Visitor = needs(Permission.READ)) -> Standing:
    """Where a study stands."""
    from exvivo import store

    shelf = site_of(request).shelf
    rows = store.entries(shelf.folder(study))
    runs = [row for row in rows if row.is_run]
    return Standing(
        study=study,
        title=shelf.title(study),
        runs=len(runs),
        last_run=runs[-1].recorded if runs else None,
        head=rows[-1].hash if rows else None,
    )


@router.get("/studies/{study}/questions")
def questions(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Questions:
    """The questions that study.yaml declares."""
    from exvivo.study.files import STUDY_FILE
    from exvivo.study.load import read_study_file
    from exvivo.web.edits import version as version_of

    folder = site_of(request).shelf.folder(study)
    declared = read_study_file(folder)[0].questions
    listed = [_question(asdict(each)) for each in declared]
    return Questions(version=version_of(folder, STUDY_FILE), questions=listed)


def _question(keys: dict[str, Any]) -> Question:
    """A question with the keys that it states."""
    stated = {name: value for name, value in keys.items() if value not in (None, "", (), {})}
    own = {name: str(stated.pop(name, "")) for name in ("id", "ask", "family")}
    return Question(**own, keys=stated)


def folder_of(request: Request, study: str) -> Path:
    """The folder of the study of a request."""
    return site_of(request).shelf.folder(study)
