"""The key of a study folder: whether its record says that it is blinded, and the codes that follow
from the salt kept there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo import store
from exvivo.errors import Mistake, StoreError, UserMistake
from exvivo.plan.blinding.coded import named_by, uncoded
from exvivo.plan.blinding.codes import Key, Named

if TYPE_CHECKING:
    from exvivo.gather import Gathered
    from exvivo.past import Entry
    from exvivo.study import Study

_SALT_BYTES = 32
_KEPT = 32
"""Keys that are kept until a table of their study changes."""
_TABLES = frozenset({".yaml", ".csv", ".xlsx"})
_FINDINGS = tuple(f"{store.RESULTS}/tables/{name}.parquet" for name in ("findings", "left_out"))
"""Kept tables of runs that a history is read from."""


def begin(folder: Path, *, who: str = "") -> None:
    """Put on record that a study is blinded from now on; one that is stays under its codes."""
    store.blind(folder, salt=secrets.token_bytes(_SALT_BYTES), who=who)


def key_of(folder: Path, gathered: Gathered) -> Key | None:
    """The key by which a study that was read is blinded now; None where it is not. Raises
    `StoreError` where its salt was erased.
    """
    blinding = store.blinding(folder)
    return _of_blinding(blinding, gathered) if blinding and blinding.holds else None


def key_of_last_run(folder: Path, gathered: Gathered) -> Key | None:
    """The key under which the last run on record stands, whether or not it was lifted since."""
    run, blinding = store.last_run(folder), store.blinding(folder)
    if run is None or blinding is None or not run.blinded:
        return None
    return _of_blinding(blinding, gathered)


def _of_blinding(blinding: store.Blinding, gathered: Gathered) -> Key:
    files = tuple(file.path for file in gathered.inputs)
    named = named_by(gathered.study, gathered.wells, files)
    return Key.of(_salt(blinding.salt), named)


def _salt(salt: bytes | None) -> bytes:
    if salt is not None:
        return salt
    raise StoreError(
        Mistake(
            store.DATABASE,
            "a blinded study whose salt was erased",
            "the salt that its codes are made with",
            "lift the blinding (`exvivo unblind`), then blind it anew (`exvivo run --blinded`)",
        )
    )


def key_of_results(folder: Path) -> Key | None:
    """The key under which the results of the last run stand, from the record alone; None where they
    stand under none.
    """
    run, blinding = store.last_run(folder), store.blinding(folder)
    if run is None or blinding is None or not run.blinded:
        return None
    return Key.of(_salt(blinding.salt), _joined(_studies(store.entries(folder))))


def study_of_last_run(folder: Path) -> Study | None:
    """The study of the last run as the record keeps it; None where its texts are gone."""
    runs = [entry for entry in store.entries(folder) if entry.is_run]
    return next(_studies(runs[-1:]), None)


def key_now(folder: Path) -> Key | None:
    """The key by which a folder is blinded now, from its record and the tables that can be read;
    None where it is not. For what is said before all files are read, or where they cannot be.
    """
    blinding = store.blinding(folder)
    if blinding is None or not blinding.holds or blinding.salt is None:
        return None
    return _key_there(folder, blinding.salt, _stamp(folder))


@lru_cache(_KEPT)
def _key_there(folder: Path, salt: bytes, stamp: tuple[tuple[str, int, int], ...]) -> Key:
    """The key of a folder by its tables as they were with this stamp; by those on record where they
    cannot be read.
    """
    from exvivo.people_files import read_people
    from exvivo.study.load import examine

    try:
        studies = [examine(folder, read_people=read_people).study]
    except UserMistake:
        studies = list(_studies(store.entries(folder)))
    return Key.of(salt, _joined(studies))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes with the tables of a study folder."""
    tables = (path for part in ("*.*", "plates/*") for path in folder.glob(part))
    about = ((path.name, path.stat()) for path in tables if path.suffix in _TABLES)
    return tuple(sorted((name, each.st_size, each.st_mtime_ns) for name, each in about))


def codes_of_donor(folder: Path, donor: str) -> tuple[str, ...]:
    """The codes that a donor has had, one a blinding on record."""
    entries = store.entries(folder)
    salts = (each.texts.get("salt") for each in entries if each.kind == "blind")
    known = [salt for salt in salts if salt is not None]
    named = _joined(_studies(entries)) if known else Named({})
    codes = (Key.of(salt, named).donors.get(donor) for salt in known)
    return tuple(code for code in codes if code is not None)


# The key that the rows of a record tell.


def key_in(entries: Sequence[Entry]) -> Key | None:
    """The key by which a study was blinded after some rows of its record; None where it was not."""
    last = next((each for each in reversed(entries) if each.kind in ("blind", "unblind")), None)
    if last is None or last.kind == "unblind":
        return None
    salt = last.texts.get("salt")
    return None if salt is None else Key.of(salt, _joined(_studies(entries)))


def _studies(entries: Iterable[Entry]) -> Iterator[Study]:
    """The studies that the record keeps: of its runs and of its locks."""
    from exvivo.history.runs import Rereading

    rereading = Rereading()
    for entry in entries:
        study = rereading.of(entry).study if entry.is_run or entry.kind == "lock" else None
        if study is not None:
            yield study


def _joined(studies: Iterable[Study]) -> Named:
    """What several states of a study call their groups and donors; the words of the last."""
    import polars as pl

    named = [named_by(study, pl.DataFrame()) for study in studies]
    groups = {id_: words for each in named for id_, words in each.groups.items()}
    donors = dict.fromkeys(donor for each in named for donor in each.donors)
    others = dict.fromkeys(other for each in named for other in each.others)
    held = {name: donor for each in named for name, donor in each.held_by.items()}
    return Named(groups, tuple(donors), tuple(others), held)


def plain_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The rows of a record with the findings of blinded runs as they would be without codes, so
    that runs can be compared whether or not they were blinded.
    """
    salt: bytes | None = None
    plain = []
    for entry in entries:
        salt = entry.texts.get("salt") if entry.kind == "blind" else salt
        hidden = entry.is_run and entry.facts.get("blinded") and salt is not None
        plain.append(_without_codes(entry, salt) if hidden and salt else entry)
    return tuple(plain)


def _without_codes(entry: Entry, salt: bytes) -> Entry:
    """A run with its findings under the names of the study."""
    key = Key.of(salt, _joined(_studies([entry])))
    there = {name: text for name in _FINDINGS if (text := entry.texts.get(name)) is not None}
    return replace(entry, texts={**entry.texts, **{n: _bytes(t, key) for n, t in there.items()}})


def _bytes(parquet: bytes, key: Key) -> bytes:
    import polars as pl

    try:
        table = pl.read_parquet(BytesIO(parquet))
    except pl.exceptions.PolarsError:
        return parquet
    content = BytesIO()
    uncoded(table, key).write_parquet(content)
    return content.getvalue()
