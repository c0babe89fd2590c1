"""One finding of `verify`, as a record: where, on which side, and what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["input", "output", "row", "text", "record"]
"""Files a run read or made, rows of the chain, texts that rows name, the record itself, and what a
run that was cut short left behind.
"""
What = Literal[
    "changed",
    "missing",
    "new",
    "outside",
    "link",
    "dangling",
    "folder",
    "empty",
    "special",
    "number",
    "before",
    "hash",
    "kind",
    "states",
    "study_hash",
    "texts",
    "erased",
    "schema",
    "damaged",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as the record says.

    `path` names a file from the study folder; a row by its number; a text by the number of the last
    row that names it and what it is there (`7/study.yaml`), or by its sha256 where none does; a
    part of the record by its name.

    `what` is, of a file: `changed`, `missing`, `new`, a path or link that leads `outside` the
    study, a `link` (one that leads nowhere is `dangling`), a `folder` in its place, an `empty`
    folder, or something `special` (a pipe, a device). Of a row: its `number` does not follow,
    `before` is not the hash of the row before, its own `hash` is not that of what it says, its
    `kind` is unknown, what it `states` cannot be read or is not the one text of it, its
    `study_hash` is not that of its inputs, or its `texts` are not those of the files it names. Of a
    text: `erased`, yet there. Of the record: another `schema`, `damaged`, or a hash that is
    expected and `unknown`.
    """

    path: str
    side: Side
    what: What
