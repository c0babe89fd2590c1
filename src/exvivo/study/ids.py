"""Short names: written in one way only, each once, and fit for the names of files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from exvivo.study.entry import Entry, Ids, Mistakes
from exvivo.study.records import Study

_PARTS = ("groups", "cell_types", "stimuli", "analytes", "assays", "plates", "scales", "questions")
_LONGEST = 60
WITHDRAWN = "withdrawn-"
"""What the codes of donors begin with who withdrew: their wells stay, and are in no answer."""
_ID = re.compile(r"[\w.-]([\w. -]*[\w.-])?")


class Named(Protocol):
    """A record with an id."""

    @property
    def id(self) -> str:
        """Its short name."""


def ids(records: Iterable[Named]) -> Ids:
    """The ids of some records, in their order."""
    return [record.id for record in records]


def id_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Ids that are empty, too long, of other signs than letters, digits, `_`, `.`, `-` and space,
    or given twice.
    """
    for part in _PARTS:
        names = ids(getattr(study, part))
        for i, name in enumerate(names):
            at = entry.at(part, i)
            if trouble := id_trouble(name):
                yield at.mistake(*trouble, field="id")
            if name in names[:i]:
                finding = f"{part} `{name}` a second time"
                yield at.mistake(finding, "each id once", "rename one of the two")


def id_trouble(name: str) -> tuple[str, str, str] | None:
    """What is wrong with a short name: found, expected, and the cure; None for a sound one."""
    if _ID.fullmatch(name) and len(name) <= _LONGEST:
        return None
    expected = f"1 to {_LONGEST} letters, digits, `_`, `.`, `-` or spaces"
    return _shown(name), expected, "shorten or respell the id; `name` may hold more"


def _shown(name: str) -> str:
    if not name:
        return "an empty id"
    more = f"... of {len(name)} letters" if len(name) > _LONGEST else ""
    return f"the id {name[:_LONGEST]!r}{more}"
