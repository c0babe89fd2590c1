"""The walk along the chain: does every row follow the one before it, and say what its hash says?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from exvivo.errors import StoreError
from exvivo.store.chain import KINDS, START, Row, canonical
from exvivo.store.change import Change, What
from exvivo.store.provenance import study_hash
from exvivo.store.runs import RUNS, Run, files_of


def broken(rows: Iterable[Row]) -> Iterator[Change]:
    """What is wrong with the rows of a chain, the first first."""
    last: Row | None = None
    for row in rows:
        yield from (Change(str(row.number), "row", what) for what in _wrong(row, last))
        last = row


def _wrong(row: Row, last: Row | None) -> Iterator[What]:
    """What is wrong with a row that stands behind `last`."""
    if not row.is_whole:
        yield "changed"
        return
    if row.number != (last.number + 1 if last else 1):
        yield "number"
    if row.before != (last.hash if last else START):
        yield "before"
    if row.hash != row.right_hash:
        yield "hash"
    if row.kind not in KINDS:
        yield "kind"
    yield from _wrong_states(row)


def _wrong_states(row: Row) -> Iterator[What]:
    """What is wrong with what a row states."""
    if not _is_the_one_text(row.states) or not _names_hashes(row.facts):
        yield "states"
    elif row.kind in RUNS:
        yield from _wrong_run(row)
    elif row.kind == "withdraw" and not _lists_files(row.facts.get("inputs", [])):
        yield "states"


def _is_the_one_text(states: str) -> bool:
    """Whether a text is that of a JSON object in the one way it is written here."""
    try:
        facts = json.loads(states)
        return isinstance(facts, dict) and canonical(facts) == states
    except (ValueError, RecursionError):
        return False


def _names_hashes(facts: dict[str, Any]) -> bool:
    """Whether the texts that a row names, and those it erased, are hashes."""
    texts, erased = facts.get("texts", {}), facts.get("erased", [])
    is_shaped = isinstance(texts, dict) and isinstance(erased, list)
    return is_shaped and all(isinstance(each, str) for each in [*texts.values(), *erased])


def _lists_files(listed: Any) -> bool:
    """Whether a withdrawal lists the files that it left as files are listed."""
    try:
        return files_of(listed) is not None
    except (TypeError, ValueError):
        return False


def _wrong_run(row: Row) -> Iterator[What]:
    """What is wrong with a run: the hash of its inputs, or texts that are not of its files."""
    try:
        run = Run.of_row(row)
    except StoreError:
        yield "states"
        return
    if study_hash(run.inputs) != run.study_hash:
        yield "study_hash"
    files = {file.path: file.sha256 for file in (*run.inputs, *run.outputs)}
    if any(files.get(path, sha256) != sha256 for path, sha256 in run.texts.items()):
        yield "texts"


def set_back(rows: Iterable[Row]) -> list[int]:
    """The numbers of rows whose date is before that of the row before them."""
    return [now.number for last, now in pairwise(rows) if now.recorded < last.recorded]
