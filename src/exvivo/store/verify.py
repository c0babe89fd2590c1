"""Does the folder still hold what the last run read and made, and the record what was recorded?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from exvivo.errors import Mistake, StoreError, command
from exvivo.store.chain import DECISIONS, Row
from exvivo.store.chain import rows as rows_of
from exvivo.store.change import Change, What
from exvivo.store.database import DATABASE, is_copy, opened, refuse_lost, shows_bytes
from exvivo.store.decided_files import unseen_exclusions, wrong_decisions
from exvivo.store.exchange import standing
from exvivo.store.files import File, hashed, is_of_the_system
from exvivo.store.results import recover
from exvivo.store.runs import RECORD_PAGE, RESULTS, RUNS, Run, files_of, last_run
from exvivo.store.schema import wrong_schema
from exvivo.store.texts import wrong_texts
from exvivo.store.tree import Form, form_of, tree
from exvivo.store.walk import broken, set_back

_LEAST = 12
"""Digits that name a row."""
Unknown = Literal["rewritten", "imported", "clock", "page"]
"""What no look into the folder can tell: whether the chain was written anew as a whole, whether
runs of version 1 were changed before they joined it, whether the clock was right, and what the page
of the record should say where another version wrote it.
"""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """All that was looked at, and what is wrong.

    `run` is the last run (None where there is none that can be read), `head` the last row (None for
    a record of version 1, which has no chain). `since` counts the rows after the one that was
    expected, `decided` the decisions after the last run; `tolerated` are files that the system left
    among the results, `set_back` rows dated before the row before them. `other_page` says that
    another version wrote the page of the record.
    """

    run: Run | None
    head: Row | None
    rows: int
    imported: int
    changes: tuple[Change, ...]
    since: int | None
    decided: int
    tolerated: tuple[str, ...]
    set_back: tuple[int, ...]
    other_page: bool = False

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What stays unknown."""
        rewritten: tuple[Unknown, ...] = () if self.since == 0 else ("rewritten",)
        imported: tuple[Unknown, ...] = ("imported",) if self.imported else ()
        page: tuple[Unknown, ...] = ("page",) if self.other_page else ()
        return (*rewritten, *imported, "clock", *page)


def verify(folder: Path, *, expect: str | None = None) -> tuple[Change, ...]:
    """Walk the chain of the record, hash every input and output of the last run and every text that
    is kept again, and list what is changed, missing, new or cannot be. Empty: all stands.

    New are files of `results/` that the run did not write; what else lies in the folder changes
    nothing. `expect` is the hash of a row (or how it begins) that the record must hold. Raises
    `StoreError` where nothing is on record, or the record cannot be opened.
    """
    return examine(folder, expect=expect).changes


def examine(folder: Path, *, expect: str | None = None) -> Examined:
    """All of `verify`, with what it looked at and what it cannot know."""
    recover(folder)
    rows, has_chain, wrong = _record(folder)
    run, whole = _last(rows), [row for row in rows if row.is_whole]
    since = _since(whole, expect)
    files = [] if run is None else [*_inputs(folder, run), *_outputs(folder, run)]
    last = run.number if run else 0
    settled = max((row.number for row in whole if row.kind == "withdraw"), default=0)
    since_last = (whole, max(last, settled))
    decided = list(wrong_decisions(folder, *since_last))
    decided += [] if run is None else unseen_exclusions(folder, run, *since_last)
    surprise = [Change(expect, "record", "unknown")] if expect is not None and since is None else []
    return Examined(
        run=run,
        head=whole[-1] if whole and has_chain else None,
        rows=len(rows),
        imported=_imported(rows),
        changes=(*dict.fromkeys([*files, *decided]), *wrong, *surprise, *_beside(folder)),
        since=since,
        decided=sum(row.kind in DECISIONS and row.number > last for row in whole),
        tolerated=tuple(_tolerated(folder, run)),
        set_back=tuple(set_back(whole)),
    )


def _record(folder: Path) -> tuple[list[Row], bool, list[Change]]:
    """The rows of the record, whether its file has them as a chain, and what is wrong with it.
    Raises `StoreError` where nothing is on record.
    """
    refuse_lost(folder)
    if not (folder / DATABASE).exists():
        raise StoreError(_nothing(folder))
    with opened(folder, reading=True) as connection:
        shows_bytes(connection)
        rows = list(rows_of(connection))
        wrong = [*wrong_schema(connection), *broken(rows), *wrong_texts(connection, rows)]
        has_chain = not is_copy(connection) or _imported(rows) < len(rows)
    if not rows and not wrong:
        raise StoreError(_nothing(folder))
    return rows, has_chain, wrong


def _imported(rows: list[Row]) -> int:
    return sum(row.kind == "imported" for row in rows)


def complete_run(folder: Path) -> Run:
    """The last complete run of a study folder. Raises `StoreError` where there is none."""
    recover(folder)
    run = last_run(folder)
    if run is not None:
        return run
    raise StoreError(_nothing(folder))


def _nothing(folder: Path) -> Mistake:
    cure = f"run it first: {command('run', folder)}"
    return Mistake(DATABASE, "no complete run of this study", "a run to verify", cure)


def _last(rows: list[Row]) -> Run | None:
    """The last run, if it can be read; after a withdrawal, with the files that it left."""
    try:
        run = next((Run.of_row(row) for row in reversed(rows) if row.kind in RUNS), None)
        later = [row for row in rows if row.kind == "withdraw" and run and row.number > run.number]
        return _left(run, later[-1]) if run and later else run
    except (StoreError, TypeError):  # `broken` names the row.
        return None


def _left(run: Run, withdrawal: Row) -> Run:
    """A run of which a withdrawal left these files."""
    return replace(run, inputs=files_of(withdrawal.facts.get("inputs", [])), outputs=())


def _since(rows: list[Row], expect: str | None) -> int | None:
    """How many rows follow the one whose hash begins as is expected; None where there is none."""
    if expect is None or len(expect) < _LEAST:
        return None
    after = (count for count, row in enumerate(reversed(rows)) if row.hash.startswith(expect))
    return next(after, None)


def _inputs(folder: Path, run: Run) -> Iterator[Change]:
    """The inputs of a run that are not what it read."""
    for file in run.inputs:
        what = _of_input(folder, file, run.roots)
        if what is not None:
            yield Change(file.path, "input", what)


def _of_input(folder: Path, file: File, roots: tuple[str, ...]) -> What | None:
    """What is wrong with an input; nothing is asked of a place outside the study and its roots."""
    place = _real(folder / file.path)
    if not any(place.is_relative_to(_real(folder / root)) for root in ("", *roots)):
        return "outside"
    form = form_of(place)
    if form is None:
        return "missing" if form_of(folder / file.path) is None else "dangling"
    return _of_file(place, form, file)


def _real(path: Path) -> Path:
    """A path without links, however many of its parts exist."""
    return Path(os.path.realpath(path))


def _of_file(place: Path, form: Form, file: File) -> What | None:
    """What is wrong with what stands in the place of a recorded file."""
    if form == "file":
        now = hashed(place, root=place.parent)
        return None if (now.sha256, now.bytes) == (file.sha256, file.bytes) else "changed"
    return "folder" if form == "empty" else form


def _outputs(folder: Path, run: Run) -> Iterator[Change]:
    """What lies below `results/` and is not what a run made there, and what of it is gone."""
    made, there = {file.path: file for file in run.outputs}, set()
    results = standing(folder, run.outputs)
    for place, form in tree(results):
        name = (Path(RESULTS) / place.relative_to(results)).as_posix()
        there.add(name)
        if form == "file" and name == f"{RESULTS}/{RECORD_PAGE}":
            continue  # No run makes it; `exvivo.record.examined` holds it against the record.
        what = _of_output(place, form, made.get(name))
        if what is not None:
            yield Change(name, "output", what)
    yield from (Change(name, "output", "missing") for name in made if name not in there)


def _of_output(place: Path, form: Form, file: File | None) -> What | None:
    """What is wrong with something below `results/`, made by the run (`file`) or not."""
    if file is not None:
        return _of_file(place, form, file)
    if form == "file":
        return None if is_of_the_system(place) else "new"
    return form


def _tolerated(folder: Path, run: Run | None) -> list[str]:
    """The files of the system among the results."""
    made = {file.path for file in run.outputs} if run else set()
    places = (place for place, form in tree(folder / RESULTS) if form == "file")
    names = [each.relative_to(folder).as_posix() for each in places if is_of_the_system(each)]
    return [name for name in names if name not in made]


def _beside(folder: Path) -> Iterator[Change]:
    """What should not stand beside the results: a record that is a link."""
    if (folder / DATABASE).is_symlink():
        yield Change(DATABASE, "record", "link")
