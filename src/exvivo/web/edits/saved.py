"""Edits written to the files of a study, and on its record: all of them or none, and never over
what somebody else wrote meanwhile. When a save has returned, a power failure loses none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from exvivo import store
from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.store.edits import sha256
from exvivo.study.files import PLANNED, STUDY_FILE
from exvivo.study.splice import same
from exvivo.web.edits.edit import Clash, Conflict, Edit
from exvivo.web.edits.files import applied, currents


def version(folder: Path, file: str) -> str:
    """The sha256 of a file as it is; nothing where there is none. A page shows it, and sends it
    back (If-Match) with what is to change.
    """
    return sha256(_bytes(folder, file))


def save(folder: Path, file: str, edits: Sequence[Edit], *, expected: str, who: str) -> str:
    """Make edits to a file that is as `expected`; gives its new version.

    Raises `Conflict` where the file is another one now, with the edits that somebody else's changes
    touch and those that they do not; `StudyError` where an edit cannot be made. Then nothing is
    written.
    """
    before = _bytes(folder, file)
    now = sha256(before)
    if now != expected:
        raise _conflict(before, file, edits, expected)
    after = applied(before, file, edits)
    return _written(folder, file, (before, after), edits, who)


def put(folder: Path, file: str, after: bytes, *, expected: str, who: str) -> str:
    """Put a whole file in the place of one that is as `expected`; gives its new version. Raises
    `Conflict` where it is another one now.
    """
    before = _bytes(folder, file)
    if sha256(before) != expected:
        raise Conflict(file, expected, sha256(before))
    return _written(folder, file, (before, after), (), who)


def conflict_of(folder: Path, file: str, edits: Sequence[Edit]) -> Conflict:
    """Edits held against a file as it is now, to show both side by side."""
    return _conflict(_bytes(folder, file), file, edits, "")


def _written(
    folder: Path,
    file: str,
    both: tuple[bytes | None, bytes],
    edits: Sequence[Edit],
    who: str,
) -> str:
    """Write a file that is still as it was read, and the row of the record."""
    before, after = both
    if before == after:
        return sha256(after)
    try:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        store.edit(folder, file, before, after, who=who)
    except store.Changed:
        raise _conflict(_bytes(folder, file), file, edits, sha256(before)) from None
    return sha256(after)


def _conflict(raw: bytes | None, file: str, edits: Sequence[Edit], expected: str) -> Conflict:
    """Which edits somebody else's changes touch: those whose value is neither what the page showed
    nor what it is to be.
    """
    theirs = currents(raw, file, [each.where for each in edits])
    clashes = tuple(
        Clash(each.where, each.was, each.now, theirs[each.where])
        for each in edits
        if not _is_untouched(file, each, theirs[each.where])
    )
    clean = tuple(each for each in edits if _is_untouched(file, each, theirs[each.where]))
    return Conflict(file, expected, sha256(raw), clashes, clean)


def _is_untouched(file: str, edit: Edit, theirs: str | None) -> bool:
    """Whether nobody else changed a value; an empty cell and none at all are the same, and so are
    two ways to write one value of study.yaml.
    """
    if file == STUDY_FILE:
        return same(theirs, edit.was) or same(theirs, edit.now)
    return (theirs or "") in (edit.was or "", edit.now or "")


def _bytes(folder: Path, file: str) -> bytes | None:
    """The bytes of a file of the study folder; None where there is none. Raises `StudyError` for a
    name that leads out of it, and for what exvivo writes itself.
    """
    _refuse_own(file)
    sources = Sources(folder)
    trouble = sources.trouble(file)
    if trouble is not None and trouble.code == "absent":
        return None
    if trouble is not None:
        cure = trouble.cure or "name a file of the study"
        raise StudyError(Mistake(file, trouble.finding, "a file of the study folder", cure))
    return (folder / file).read_bytes()


def _refuse_own(file: str) -> None:
    """Raise `StudyError` for hidden files, results and the record."""
    parts = PurePosixPath(file).parts
    is_hidden = any(part.startswith(".") or {*part} & {"\\", "\0"} for part in parts)
    is_own = (
        not parts or parts[0] in (store.RESULTS, PLANNED) or parts[0].startswith(store.DATABASE)
    )
    if is_hidden or is_own:
        expected, cure = "a file of the study folder", "name a file of the study"
        raise StudyError(Mistake(file, "a file that exvivo writes itself", expected, cure))
