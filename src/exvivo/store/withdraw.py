"""A donor who withdraws: every content that names the donor is erased from the record, and the
files of the study that do are exchanged; a row says so, and names neither.

What is to be written stands ready before the row is, so that a command cut short is finished by the
next one (`finish`).
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from exvivo.errors import Mistake, StoreError
from exvivo.store import chain, contents
from exvivo.store.chain import Row, canonical
from exvivo.store.database import RESULTS, opened, roll_back, wipe
from exvivo.store.exchange import NEW, OLD, named
from exvivo.store.files import File, flush
from exvivo.store.runs import RUNS, latest
from exvivo.words import shortened

STAGE = ".exvivo-withdraw"
_LIST = "list.json"
_LETTER = rb"[A-Za-z0-9_\x80-\xff]"
_CODECS = {
    "utf-8": _LETTER,
    "cp1252": _LETTER,
    "latin-1": _LETTER,
    "utf-16-le": _LETTER + rb"\x00",
    "utf-16-be": rb"\x00" + _LETTER,
}
"""What tables may be written in, and a letter there."""
_TEXT = (".csv", ".yaml", ".html", ".json", ".txt")


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """What a withdrawal does to a study folder: the files that get other bytes, by name, those that
    are deleted, and folders of results that are.
    """

    files: Mapping[str, bytes]
    deleted: Sequence[str]
    folders: Sequence[str]


def names(word: str) -> re.Pattern[bytes]:
    """What matches a word as a whole in the bytes of a text, in all letters that tables may have
    (`cells.text.decode`), and as csv, JSON, YAML and pages write its signs.

    >>> bool(names("P3").search(b"donor,P3,45")), bool(names("P3").search(b"P30, XP3"))
    (True, False)
    >>> bool(names("O'Br").search(b"O&#39;Br")), bool(names("P3").search("P3".encode("utf-16")))
    (True, True)
    """
    patterns = (_whole(word, codec, letter) for codec, letter in _CODECS.items())
    return re.compile(b"|".join(filter(None, patterns)))


def _whole(word: str, codec: str, letter: bytes) -> bytes:
    """A pattern of a word in a codec, with no letter before or behind it; empty where the codec
    has not all of its letters.
    """
    try:
        forms = sorted(form.encode(codec) for form in _written(word))
    except UnicodeEncodeError:
        return b""
    either = b"|".join(map(re.escape, forms))
    return rb"(?<!" + letter + rb")(?:" + either + rb")(?!" + letter + rb")"


def _written(word: str) -> set[str]:
    """A word as the files of a study and the results may write it."""
    pages = {html.escape(word), html.escape(word, quote=False)}
    markup = {page.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") for page in pages}
    doubled = {word.replace('"', '""'), word.replace("'", "''")}
    quoted = {json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
    return {word, *pages, *markup, *doubled, *quoted}


def withdraw(
    folder: Path,
    donor: str,
    withdrawn: Withdrawn,
    *,
    states: Mapping[str, Any],
    text: bytes,
    codes: Sequence[str] = (),
) -> tuple[Row, tuple[int, ...], tuple[str, ...]]:
    """Erase every content that names a donor, record it, and exchange the files; gives the row, the
    numbers of the rows of runs that lost contents, and the folders that could not be deleted.
    `text` are the words of the decision, `codes` those of the donor in results of blinded runs.

    Raises `StoreError` where the record cannot be used; then nothing was changed.
    """
    _refuse_outside(folder, (*withdrawn.files, *withdrawn.deleted), withdrawn.folders)
    with opened(folder) as connection:
        finish(folder)
        digest = _stage(folder, withdrawn)
        connection.execute("BEGIN IMMEDIATE")
        try:
            erased, runs = _erased(connection, (donor, *codes))
            contents.erase(connection, erased)
            stated = {**states, **_left(connection, withdrawn), "erased": erased, "list": digest}
            texts = {"decision": contents.put(connection, text)}
            row = chain.append(connection, "withdraw", {**stated, "texts": texts})
            connection.execute("COMMIT")
        except BaseException:
            roll_back(connection)
            shutil.rmtree(folder / STAGE, ignore_errors=True)
            raise
        left = finish(folder)
        wipe(connection)
    return row, runs, left


def finish(folder: Path) -> tuple[str, ...]:
    """Finish a withdrawal that is on record and was cut short; forget one that is not. Gives the
    folders that could not be deleted: the next call goes on from there.
    """
    stage = folder / STAGE
    if not stage.exists():
        return ()
    listed = (stage / _LIST).read_bytes() if (stage / _LIST).exists() else b""
    with opened(folder, reading=True) as connection:
        row = chain.last_row(connection, "withdraw")
    if row is not None and row.facts.get("list") == hashlib.sha256(listed).hexdigest():
        facts = json.loads(listed)
        _refuse_outside(folder, (*facts["files"], *facts["deleted"]), facts["folders"])
        _exchange(folder, facts)
        left = tuple(name for name in facts["folders"] if os.path.lexists(folder / name))
        if left:
            return left
    shutil.rmtree(stage)
    return ()


def refuse_unfinished(folder: Path) -> None:
    """Finish a withdrawal that was cut short. Raises `StoreError` with what cannot be deleted."""
    left = finish(folder)
    if left:
        finding = f"a withdrawal that is on record, and cannot delete {shortened(left)}"
        cure = "close what is open there, or ask whoever owns it; then run again"
        raise StoreError(Mistake(str(folder), finding, "nothing left that holds the donor", cure))


def _refuse_outside(folder: Path, files: Iterable[str], folders: Iterable[str]) -> None:
    """Raise `StoreError` where a withdrawal would write or delete outside the study folder, or the
    folder itself: as a study that somebody else made may ask for. Files may be links inside it.
    """
    root = _real(folder)
    places = {name: _real(folder / name) for name in files}
    places |= {name: _real((folder / name).parent) / Path(name).name for name in folders}
    outside = [name for name, place in places.items() if root not in place.parents]
    outside += [name for name in places if Path(name).name == ".."]
    if outside:
        finding = f"a withdrawal of files that are not in the study folder: {shortened(outside)}"
        cure = "change them by hand, and name copies in the study folder instead"
        raise StoreError(Mistake(str(folder), finding, "files of the study folder", cure))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _stage(folder: Path, withdrawn: Withdrawn) -> str:
    """Write what the files shall be beside them; gives the hash of the list of what is to do."""
    stage = folder / STAGE
    stage.mkdir()
    for number, raw in enumerate(withdrawn.files.values()):
        (stage / str(number)).write_bytes(raw)
    listed = canonical(
        {
            "files": list(withdrawn.files),
            "deleted": list(withdrawn.deleted),
            "folders": list(withdrawn.folders),
        }
    ).encode()
    (stage / _LIST).write_bytes(listed)
    flush(stage)
    return hashlib.sha256(listed).hexdigest()


def _exchange(folder: Path, listed: Mapping[str, Sequence[str]]) -> None:
    """Put every file in its place that is not there yet, and delete what is to go."""
    for number, name in enumerate(listed["files"]):
        new, path = folder / STAGE / str(number), _real(folder / name)
        if new.exists():
            if path.exists():
                shutil.copymode(path, new)
            new.replace(path)
    for name in listed["deleted"]:
        for path in (_real(folder / name), folder / name):
            path.unlink(missing_ok=True)
    for name in listed["folders"]:
        shutil.rmtree(folder / name, ignore_errors=True)


def hidden_results(folder: Path) -> list[str]:
    """Folders in which runs left older or newer results."""
    return [path.name for path in (*named(folder, NEW), *named(folder, OLD))]


def _left(connection: sqlite3.Connection, withdrawn: Withdrawn) -> dict[str, Any]:
    """What a study holds afterwards of the inputs of its last run; no output is left."""
    run = latest(connection)
    before = {file.path: file for file in run.inputs} if run else {}
    after = {
        name: File(name, hashlib.sha256(raw).hexdigest(), len(raw))
        for name, raw in withdrawn.files.items()
    }
    there = {**before, **after}
    inputs = [list(astuple(there[name])) for name in sorted({*there} - {*withdrawn.deleted})]
    return {"inputs": inputs, "outputs": []}


def _erased(
    connection: sqlite3.Connection, called: Sequence[str]
) -> tuple[list[str], tuple[int, ...]]:
    """The contents that name a donor, by what the donor is `called`, and the numbers of the runs
    they are of. What is no text cannot be searched: it goes where a text of its row names the
    donor, or no text of it is left.
    """
    rows, found = list(chain.rows(connection)), set[str]()
    is_named = _searched(connection, re.compile(b"|".join(names(name).pattern for name in called)))
    for row in rows:
        found |= set(_of_row(row.texts, is_named))
    runs = (row.number for row in rows if row.kind in RUNS and found & {*row.texts.values()})
    return sorted(found), tuple(runs)


def _searched(
    connection: sqlite3.Connection, pattern: re.Pattern[bytes]
) -> Callable[[str], bool | None]:
    """Whether a content names a donor; None where it was erased. Each is searched once."""
    known: dict[str, bool | None] = {}

    def is_named(sha256: str) -> bool | None:
        if sha256 not in known:
            raw = contents.get(connection, sha256)
            known[sha256] = None if raw is None else bool(pattern.search(raw))
        return known[sha256]

    return is_named


def _of_row(texts: Mapping[str, str], is_named: Callable[[str], bool | None]) -> Iterator[str]:
    """The contents of a row that name the donor, or may."""
    searched = {role: is_named(sha256) for role, sha256 in texts.items()}
    told = [is_in for role, is_in in searched.items() if _is_text(role) and is_in is not None]
    may = any(told) or not told
    for role, is_in in searched.items():
        if is_in or (is_in is False and may and _is_a_result(role)):
            yield texts[role]


def _is_a_result(role: str) -> bool:
    """Whether a content was made of what the donor gave, and may hold it under no name."""
    return not _is_text(role) or role == f"{RESULTS}/report.html"


def _is_text(role: str) -> bool:
    return Path(role).suffix.lower() in _TEXT or "." not in role
