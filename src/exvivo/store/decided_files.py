"""The files that say what people decided, held against the decisions on record since the last run:
a line that a command wrote, and that somebody took out again or changed, is found before the next
run reads the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from exvivo.store.chain import Row
from exvivo.store.change import Change
from exvivo.store.files import hashed
from exvivo.store.runs import Run
from exvivo.study.files import EXCLUSIONS_FILE, STUDY_FILE, forms_of

_FILES = {"exclude": ("exclusions", forms_of(EXCLUSIONS_FILE)), "keep": ("study", [STUDY_FILE])}
"""By the kind of a decision: what its row calls the hash of the file that says so, and the names
that this file may have.
"""


def wrong_decisions(folder: Path, rows: list[Row], last_run: int) -> Iterator[Change]:
    """Files that are not as the last command left them that put a decision in, after the last run
    (the number of its row).
    """
    for kind, (key, names) in _FILES.items():
        later = [row for row in rows if row.number > last_run]
        is_decided = any(row.kind == kind and row.facts.get(key) for row in later)
        stated = [_stated(row, kind, key, names) for row in later] if is_decided else []
        last = next((each for each in reversed(stated) if each is not None), None)
        there = [folder / name for name in names if (folder / name).is_file()]
        hashes = [hashed(path, root=folder).sha256 for path in there] if is_decided else []
        if is_decided and last not in hashes:
            yield Change(there[0].name if there else names[0], "input", "changed")


def _stated(row: Row, kind: str, key: str, names: Sequence[str]) -> str | None:
    """The hash of the file that says what was decided, as a decision or an edit left it."""
    if row.kind == "edit" and row.facts.get("file") in names:
        return str(row.facts.get("to"))
    return row.facts.get(key) if row.kind == kind else None


def unseen_exclusions(folder: Path, run: Run, rows: list[Row], last_run: int) -> Iterator[Change]:
    """A table of exclusions that the last run did not read, as it was not there, and that no
    command wrote since: the next run would leave other wells out.
    """
    is_decided = any(row.kind == "exclude" and row.number > last_run for row in rows)
    read = {file.path for file in run.inputs}
    for name in () if is_decided else forms_of(EXCLUSIONS_FILE):
        if name not in read and (folder / name).is_file():
            yield Change(name, "input", "new")
