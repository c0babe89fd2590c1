"""Edits made to the bytes of a file, without a disk: what a page looks at before it saves."""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.splice import same, spliced, value_at
from exvivo.web.edits.edit import Clash, Edit, Where
from exvivo.web.edits.tables import cell_of, edited_table, edited_wells, is_table, well_of


def applied(raw: bytes | None, file: str, edits: Sequence[Edit]) -> bytes:
    """The bytes of a file with edits made; None is a file that is not there yet. study.yaml and the
    tables of people are known by their names, every other file is a layout.

    Raises `StudyError` where an edit has no place in it.
    """
    if file == STUDY_FILE:
        if raw is None:
            cure = "make the study first"
            raise StudyError(Mistake(STUDY_FILE, "no such file", "a study", cure))
        return spliced(raw, [(each.where, each.now) for each in edits])
    if not edits:
        return raw or b""
    make = edited_table if is_table(file) else edited_wells
    return make(raw, file, edits)


def value_of(raw: bytes | None, file: str, where: Where) -> str | None:
    """What stands at a place of a file now; None where nothing does."""
    if file == STUDY_FILE:
        return None if raw is None else value_at(raw, where)
    return (cell_of if is_table(file) else well_of)(raw, file, where)


def parted(
    raw: bytes | None, file: str, edits: Sequence[Edit]
) -> tuple[tuple[Clash, ...], tuple[Edit, ...]]:
    """Edits made on an older version, held against the bytes of now: those that clash with what
    somebody else wrote, and those of values that nobody else touched. An edit that was made by
    both is none any more.
    """
    clashes: list[Clash] = []
    clean: list[Edit] = []
    for each in edits:
        theirs = value_of(raw, file, each.where)
        if _is_same(file, theirs, each.now):
            continue
        if _is_same(file, theirs, each.was):
            clean.append(each)
        else:
            clashes.append(Clash(each.where, each.was, each.now, theirs))
    return tuple(clashes), tuple(clean)


def _is_same(file: str, first: str | None, second: str | None) -> bool:
    """Whether two values mean the same; an empty cell is one that is not there."""
    if file != STUDY_FILE:
        return (first or "") == (second or "")
    return same(first, second)
