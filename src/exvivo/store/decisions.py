"""What people decided, as rows of the chain: what they left out, and flags that they keep. The
words (reason, name, wells) are content, which can be erased; the row states their hash and the hash
of the file that says so.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from exvivo.store import chain, contents
from exvivo.store.blind import is_blinded
from exvivo.store.chain import Row, canonical
from exvivo.store.edits import sha256
from exvivo.store.files import File
from exvivo.store.in_place import in_place
from exvivo.study.files import EXCLUSIONS_FILE, STUDY_FILE, forms_of
from exvivo.study.ids import WITHDRAWN

Decided = Literal["exclude", "keep"]
DECIDED: tuple[Decided, ...] = ("exclude", "keep")
_FILE: Mapping[str, str] = {"exclude": "exclusions", "keep": "study"}
"""What a row calls the hash of the file that says so."""
_ADDS, _TAKES_BACK = "adds", "takes back"
_COMMAND = "command"


Known = tuple[Decided, str]
"""A decision by its kind and the hash of what its file says."""


@dataclass(frozen=True)
class Decision:
    """One decision: what its file `says` (texts by name), by which it is known again; what is known
    `beside` that (who, when); and the sha256 of the `file`.
    """

    kind: Decided
    says: Mapping[str, str]
    beside: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    @property
    def content(self) -> bytes:
        """Its words, one text only."""
        return canonical({**self.says, **self.beside}).encode()

    @property
    def known_by(self) -> Known:
        """Its kind, and the hash of what its file says."""
        return self.kind, hashlib.sha256(canonical(dict(self.says)).encode()).hexdigest()


def record_unrecorded(
    connection: sqlite3.Connection, decisions: Sequence[Decision], files: Mapping[str, str]
) -> list[Row]:
    """Add a row for every decision that stands in the study and not on record (written by hand, and
    first seen now), and for every one on record that stands there no more. Inside the caller's
    transaction. `files` are the hashes of the files that say so now, by kind.
    """
    standing, words = _standing(connection)
    now = Counter(each.known_by for each in decisions)
    by_hash = {each.known_by: each for each in decisions}
    new = [by_hash[key] for key in (now - standing).elements()]
    rows = [_add(connection, decision, _written_by(decision)) for decision in new]
    for known in (standing - now).elements():
        rows.append(_take_back(connection, known, words[known], files.get(known[0], "")))
    return rows


def _written_by(decision: Decision) -> str:
    """Who wrote a decision that no command recorded: the line of a donor who withdrew is that of
    the withdrawal, which is on record.
    """
    is_of_withdrawal = decision.says.get("donor", "").startswith(WITHDRAWN)
    return "withdrawal" if is_of_withdrawal else "hand"


def files_of_decisions(inputs: Iterable[File]) -> dict[str, str]:
    """The hashes of the files among the inputs of a run that say what was decided, by kind."""
    hashes = {file.path: file.sha256 for file in inputs}
    exclusions = [hashes[name] for name in forms_of(EXCLUSIONS_FILE) if name in hashes]
    return {"exclude": "".join(exclusions), "keep": hashes.get(STUDY_FILE, "")}


def _standing(connection: sqlite3.Connection) -> tuple[Counter[Known], dict[Known, str]]:
    """The decisions on record that nobody took back; and the hashes of their words."""
    standing: Counter[Known] = Counter()
    words: dict[Known, str] = {}
    for row in chain.rows(connection):
        kind = next((each for each in DECIDED if each == row.kind), None)
        facts = row.facts if kind else {}
        if kind and "does" in facts:
            known = (kind, facts["decision"])
            standing[known] += 1 if facts["does"] == _ADDS else -1
            words[known] = row.texts.get("decision", words.get(known, ""))
    return +standing, words


def _states(
    connection: sqlite3.Connection, known: Known, does: str, by: str, file: str
) -> dict[str, Any]:
    """What a row states; also that the groups were hidden when it was written."""
    kind, decision = known
    hidden = {"blinded": True} if is_blinded(connection) else {}
    return {"decision": decision, "does": does, "by": by, _FILE[kind]: file, **hidden}


def _add(connection: sqlite3.Connection, decision: Decision, by: str) -> Row:
    texts = {"decision": contents.put(connection, decision.content)}
    states = _states(connection, decision.known_by, _ADDS, by, decision.file)
    return chain.append(connection, decision.kind, {**states, "texts": texts})


def _take_back(
    connection: sqlite3.Connection,
    known: Known,
    words: str,
    file: str,
    by: tuple[str, str] = ("hand", ""),
) -> Row:
    """A decision that stands no more; its words are named unless they are erased. `by` says how it
    was taken back, and who did it where that is known.
    """
    how, who = by
    states = _states(connection, known, _TAKES_BACK, how, file)
    texts = {"decision": words} if contents.get(connection, words) is not None else {}
    if who:
        texts["who"] = contents.put(connection, who.encode())
    return chain.append(connection, known[0], {**states, "texts": texts})


def decide(
    folder: Path, decision: Decision, *, name: str, before: bytes | None, after: bytes
) -> Row:
    """Write the file `name` of a study folder with the decision in it, and the decision on record:
    both or neither. `before` are the bytes the file had when it was read; None for no file.

    Raises `StoreError` where the file is no longer so.
    """
    return in_place(
        folder, name, before, after, lambda connection: _add(connection, decision, _COMMAND)
    )


def take_back(
    folder: Path, decision: Decision, *, name: str, before: bytes, after: bytes, who: str
) -> Row:
    """Write the file `name` of a study folder without a decision, and on record that it stands no
    more: both or neither. One that was not on record yet (written by hand, before any run) is put
    there first.

    Raises `StoreError` where the file is no longer as `before`.
    """

    def add(connection: sqlite3.Connection) -> Row:
        if decision.known_by not in _standing(connection)[0]:
            _add(connection, decision, _written_by(decision))
        words = _standing(connection)[1][decision.known_by]
        return _take_back(connection, decision.known_by, words, sha256(after), (_COMMAND, who))

    return in_place(folder, name, before, after, add)
