"""What a form for an open question works on, and what it makes of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from exvivo.errors import Mistake, StudyError
from exvivo.study import OpenQuestion, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import read_study_file
from exvivo.web.edits import Edit, current, save, version
from exvivo.web.numbers import pointed

Where = tuple[str, ...]


@dataclass(frozen=True)
class Typed:
    """What was typed into a form: the texts of its fields, in their order."""

    fields: Sequence[tuple[str, str]]

    def text(self, name: str) -> str:
        """The text of a field on one line; empty where it has none."""
        texts = (text for key, text in self.fields if key == name)
        return " ".join(next(texts, "").split())

    def texts(self, name: str) -> list[str]:
        """The texts of all fields of a name."""
        return [" ".join(text.split()) for key, text in self.fields if key == name if text.strip()]

    def number(self, name: str, where: str) -> str:
        """The number of a field, with a decimal point; empty where nothing was typed. Raises
        `StudyError` where it is none.
        """
        text = self.text(name)
        return pointed(text, where) if text else ""

    def needed(self, name: str, where: str, expected: str) -> str:
        """The text of a field that must have one. Raises `StudyError` where it has none."""
        text = self.text(name)
        if not text:
            raise StudyError(Mistake(where, "nothing", expected, "fill the field, then save"))
        return text


@dataclass(frozen=True)
class Draft:
    """A drafted study as it is now: its folder, its records, the bytes of study.yaml, and whether
    the visitor may see persons.
    """

    folder: Path
    study: Study
    raw: bytes
    may_identify: bool

    @cached_property
    def version(self) -> str:
        """The version of study.yaml."""
        return version(self.folder, STUDY_FILE)

    def edit(self, where: Where, now: str | None) -> Edit:
        """A change of study.yaml against what stands there now."""
        return Edit(where, current(self.raw, STUDY_FILE, where), now)

    def edits(self, changes: Mapping[Where, str | None]) -> tuple[Edit, ...]:
        """The changes that change something."""
        made = (self.edit(where, now) for where, now in changes.items())
        return tuple(each for each in made if each.was != each.now)


@dataclass(frozen=True)
class Answer:
    """An answer: the edits of study.yaml, those of tables by their file, and what it says."""

    says: str
    study: tuple[Edit, ...] = ()
    tables: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A form for a kind of open question: its template, what the template shows, and the answer
    that is made of what was typed. Raises `StudyError` for what cannot be one.
    """

    template: str
    shown: Callable[[Draft, OpenQuestion], Mapping[str, Any]]
    answer: Callable[[Draft, OpenQuestion, Typed], Answer]


def draft_of(folder: Path, *, may_identify: bool) -> Draft:
    """The draft of a folder. Raises `StudyError` where study.yaml cannot be read."""
    study, _ = read_study_file(folder)
    return Draft(folder, study, (folder / STUDY_FILE).read_bytes(), may_identify)


def save_answer(draft: Draft, ask: str, answer: Answer, *, expected: str, who: str) -> None:
    """Write an answer to the files of the study and take its question out of `open`; study.yaml
    last, so that a question stands until its answer does. Raises `Conflict` and `StudyError`.
    """
    for file, edits in answer.tables.items():
        save(draft.folder, file, edits, expected=version(draft.folder, file), who=who)
    edits = (*answer.study, *([draft.edit(("open", ask), None)] if ask else ()))
    save(draft.folder, STUDY_FILE, edits, expected=expected, who=who)
