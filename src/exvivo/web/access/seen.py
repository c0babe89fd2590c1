"""What somebody sees who may not see who the people are: places, expectations and cures of every
mistake, and what was found only in files that hold nothing of persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from exvivo.errors import Mistake, UserMistake
from exvivo.study.files import EXCLUSIONS_FILE, STUDY_FILE
from exvivo.web.people_files import PEOPLE, holds_people

if TYPE_CHECKING:
    from exvivo.flagged import Flag
    from exvivo.study import Study

HIDDEN = "something that your role here does not show: it may name a person"
_ALWAYS = frozenset({STUDY_FILE, EXCLUSIONS_FILE})
_PEOPLE = "tables of people"
"""Where a flag stands whose place may name a person."""
_AFTER = r"(?=[:, !\[]|$)"
"""What stands behind the name of a file in a place."""
_TABLES = frozenset({".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".xlsm", ".json", ".xml"})


def without_people(mistakes: Iterable[Mistake], folder: Path) -> tuple[Mistake, ...]:
    """The mistakes of a study as somebody sees them who may not see its people."""
    mistakes = tuple(mistakes)
    files = files_of_work(folder) if mistakes else frozenset()
    return tuple(
        each if _shows(each.where, files, folder) else replace(each, found=HIDDEN)
        for each in mistakes
    )


def flags_without_people(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """The flags of a study as somebody sees them who may not see its people."""
    return tuple(
        replace(each, row=_PEOPLE, what=HIDDEN, evidence=()) if each.table in PEOPLE else each
        for each in flags
    )


def files_of_work(folder: Path) -> frozenset[str]:
    """The files of a study that hold nothing of persons but their codes: study.yaml, layouts,
    instrument files, tables of expression. Where study.yaml cannot be read, no other is known not
    to.
    """
    from exvivo.study.load import examine

    try:
        study = examine(folder).study
        named = (name for name in _of_work(study) if not holds_people(name, study))
        return _ALWAYS | frozenset(named)
    except (UserMistake, OSError):
        return _ALWAYS


def _of_work(study: Study) -> Iterator[str]:
    from exvivo.study import Identity
    from exvivo.study.instrument_files import files_of

    for plate in study.plates:
        yield plate.layout
        yield from (name for name, _ in files_of(plate, study))
    for question in study.questions:
        if isinstance(question, Identity):
            yield from question.files


def _shows(where: str, files: frozenset[str], folder: Path) -> bool:
    """Whether a place is in these files alone, or in no file at all (a field of a form)."""
    rest = where.replace(f"{folder}/", "")
    for file in sorted(files, key=len, reverse=True):
        rest = re.sub(rf"(?<!\S){re.escape(file)}{_AFTER}", " ", rest)
    return not any(_is_table(word) for word in rest.replace(",", " ").replace(":", " ").split())


def _is_table(word: str) -> bool:
    return PurePosixPath(word.strip("`'\"()").casefold()).suffix in _TABLES
