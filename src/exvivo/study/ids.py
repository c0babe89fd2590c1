"""Short names: written in one way only, each once, and fit for the names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exvivo.errors import Mistake
from exvivo.study.nodes import Where
from exvivo.study.records import Study

_PARTS = ("groups", "cell_types", "stimuli", "analytes", "assays", "plates", "scales", "questions")
_LONGEST = 60
_ID = re.compile(r"[\w.-]([\w. -]*[\w.-])?")


def id_mistakes(study: Study, where: Where) -> Iterator[Mistake]:
    """Ids that are empty, too long, of other signs than letters, digits, `_`, `.`, `-` and space,
    or given twice.
    """
    for part in _PARTS:
        ids = [record.id for record in getattr(study, part)]
        for i, name in enumerate(ids):
            if not _ID.fullmatch(name) or len(name) > _LONGEST:
                yield Mistake(
                    where((part, i, "id")),
                    _shown(name),
                    f"1 to {_LONGEST} letters, digits, `_`, `.`, `-` or spaces",
                    "shorten or respell the id; `name` may hold more",
                )
            if name in ids[:i]:
                yield Mistake(
                    where((part, i)),
                    f"{part} `{name}` a second time",
                    "each id once",
                    "rename one of the two",
                )
    yield from _file_names([question.id for question in study.questions], where)


def _shown(name: str) -> str:
    if not name:
        return "an empty id"
    return f"the id {name[:_LONGEST]!r}" + (
        f"... of {len(name)} letters" if len(name) > _LONGEST else ""
    )


def _file_names(questions: list[str], where: Where) -> Iterator[Mistake]:
    """Questions whose files in the report would have one name: only plain letters and digits of an
    id go into it.
    """
    taken: dict[str, str] = {}
    for i, name in enumerate(questions):
        plain = "".join(
            letter if letter.isascii() and letter.isalnum() else "_" for letter in name
        ).lower()
        others = [taken.setdefault(file, name) for file in (plain, f"{plain}_overview")]
        for first in dict.fromkeys(others):
            if first != name:
                yield Mistake(
                    where(("questions", i)),
                    f"questions `{first}` and `{name}`, which differ in signs or capitals only",
                    "ids that differ in plain letters (a to z) or digits: files of the report are named after them",
                    "rename one of the two",
                )
