"""The bytes of a file with edits made to them, whatever kind of file it is; nothing is read from
the disk and nothing is written, so that a page can say what a change would break before it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import locate
from exvivo.study.edited import edited, with_columns, with_rows
from exvivo.study.files import CLINIC_FILE, CULTURES_FILE, DONORS_FILE, STUDY_FILE
from exvivo.study.headings import Columns
from exvivo.study.layout import COLUMNS as OF_LAYOUTS
from exvivo.study.nodes import compose
from exvivo.study.splice import spliced, text_of, value_at
from exvivo.web.edits.edit import Edit, Where
from exvivo.web.people_files import holds_people

BETWEEN = "\t"
"""What parts the donor and the visit in the key of a row of scores."""
_TABLES = {
    DONORS_FILE: Columns(("donor", "group"), ("age", "sex", "bmi"), open=True),
    CLINIC_FILE: Columns(("donor",), ("visit",), open=True),
    CULTURES_FILE: Columns(("culture", "donor"), open=True),
}
"""The columns of the tables of people."""
_LAYOUT = Columns(("well", "role"), OF_LAYOUTS, open=True)
_KEYS = {DONORS_FILE: "donor", CLINIC_FILE: "donor", CULTURES_FILE: "culture"}
_FILES_OF_PLATE = frozenset({"layout", "file", "curves", "melt"})
Cells = Mapping[str, str]


def applied(raw: bytes | None, file: str, edits: Sequence[Edit]) -> bytes:
    """The bytes of a file with edits made to them; None for a file that is not there yet. Every
    other byte stays. Raises `StudyError` where an edit cannot be made.
    """
    if file == STUDY_FILE:
        return _of_study(raw, edits)
    return _Table(file).applied(raw, edits)


def current(raw: bytes | None, file: str, where: Where) -> str | None:
    """What stands at a place of a file; None where nothing does."""
    if raw is None:
        return None
    if file == STUDY_FILE:
        return value_at(raw, where)
    return _Table(file).cells(raw).get(where)


def currents(raw: bytes | None, file: str, places: Sequence[Where]) -> dict[Where, str | None]:
    """What stands at several places of a file."""
    if raw is None or file == STUDY_FILE:
        return {where: current(raw, file, where) for where in places}
    cells = _Table(file).cells(raw)
    return {where: cells.get(where) for where in places}


def _of_study(raw: bytes | None, edits: Sequence[Edit]) -> bytes:
    if raw is None:
        cure = "begin the study anew"
        raise StudyError(Mistake(STUDY_FILE, "no such file", "the study", cure))
    before = raw
    for each in edits:
        raw = spliced(raw, each.where, each.now)
    _refuse_people(before, raw)
    return raw


def _refuse_people(before: bytes, after: bytes) -> None:
    """Raise `StudyError` where a plate comes to name a file that tells of persons."""
    named = _files_of_plates(after) - _files_of_plates(before)
    for name in sorted(filter(holds_people, named)):
        finding, expected = f"`{name}` as a file of a plate", "a layout or an instrument file"
        cure = "name the file that the instrument wrote, or the layout of the plate"
        raise StudyError(Mistake(STUDY_FILE, finding, expected, cure))


def _files_of_plates(raw: bytes) -> set[str]:
    """The layouts and instrument files that study.yaml names."""
    root = compose(text_of(raw, STUDY_FILE), file=STUDY_FILE)
    plates = (value for key, value in _pairs(root) if key.value == "plates")
    listed = (plate for node in plates for plate in _entries(node))
    pairs = (pair for plate in listed for pair in _pairs(plate))
    return {str(value.value) for key, value in pairs if key.value in _FILES_OF_PLATE}


def _pairs(node: Node | None) -> list[tuple[Node, Node]]:
    return list(node.value) if isinstance(node, MappingNode) else []


def _entries(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


class _Table:
    """A csv table whose rows have keys: a layout by its wells, a table of people by the donor (and
    the visit), cultures by their ids.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        name = PurePosixPath(file).name if "/" not in file else ""
        self.columns = _TABLES.get(name, _LAYOUT)
        self.key = _KEYS.get(name, "well")
        self.is_layout = name not in _TABLES

    def key_of(self, cells: Cells) -> str:
        """The key of a row by its cells; wells are named as people name them (A1, not A01)."""
        key = cells.get(self.key, "")
        if self.is_layout:
            return plain_well(key)
        has_visits = self.key == "donor" and self.file == CLINIC_FILE and "visit" in cells
        return f"{key}{BETWEEN}{cells['visit']}" if has_visits else key

    def cells(self, raw: bytes) -> dict[Where, str]:
        """Every cell of the table by its place; an empty one is empty text."""
        located, _ = locate(raw, file=self.file, columns=self.columns)
        cells: dict[Where, str] = {}
        for texts in located.texts:
            row = dict(zip(located.header, texts, strict=True))
            cells |= {(self.key_of(row), column): text for column, text in row.items()}
        return cells

    def applied(self, raw: bytes | None, edits: Sequence[Edit]) -> bytes:
        """The table with edits made to its cells: rows and columns that are not there are added,
        and a row whose key is taken away goes.
        """
        changes = self._by_row(edits)
        raw = self._with_columns(raw, edits)
        seen: set[str] = set()

        def change(cells: Cells) -> Cells | None:
            key = self.key_of(cells)
            if key not in changes:
                return cells
            if key in seen:
                raise StudyError(self._twice(key))
            seen.add(key)
            return self._changed(cells, changes[key])

        raw = edited(raw, file=self.file, columns=self.columns, change=change)
        more = [self._new(key, new) for key, new in changes.items() if key not in seen]
        rows = [row for row in more if row is not None]
        return with_rows(raw, file=self.file, columns=self.columns, rows=rows) if rows else raw

    def _twice(self, key: str) -> Mistake:
        """Several rows of a key: which of them is meant cannot be told."""
        name = key.replace(BETWEEN, ", visit ")
        more = "; wells of a layout of several plates are changed on the page of the plate"
        cure = f"take the row out that is too many{more if self.is_layout else ''}"
        return Mistake(self.file, f"{name} in more than one row", f"one row of {name}", cure)

    def _by_row(self, edits: Sequence[Edit]) -> dict[str, dict[str, str | None]]:
        changes: dict[str, dict[str, str | None]] = {}
        for each in edits:
            if len(each.where) != 2:
                cure = "send the key of the row and the column"
                raise StudyError(Mistake(self.file, f"{each.where}", "a cell of a table", cure))
            key, column = each.where
            key = plain_well(key) if self.is_layout else key
            changes.setdefault(key, {})[column] = each.now
        return changes

    def _with_columns(self, raw: bytes | None, edits: Sequence[Edit]) -> bytes:
        """The table with a column for every edit that puts something in."""
        wanted = dict.fromkeys(each.where[1] for each in edits if each.now and len(each.where) == 2)
        if raw is None:
            header = dict.fromkeys((*self.columns.required, *wanted))
            return (",".join(header) + "\n").encode()
        located, _ = locate(raw, file=self.file, columns=self.columns)
        new = [name for name in wanted if name not in located.header]
        if not new:
            return raw
        return with_columns(raw, file=self.file, columns=self.columns, names=new)

    def _changed(self, cells: Cells, new: Mapping[str, str | None]) -> Cells | None:
        if self.key in new and new[self.key] is None:
            return None
        return {name: (new[name] or "") if name in new else text for name, text in cells.items()}

    def _new(self, key: str, new: Mapping[str, str | None]) -> Cells | None:
        """A row that is not there yet; none where nothing would stand in it."""
        cells = {name: text for name, text in new.items() if text}
        if not cells:
            return None
        donor, _, visit = key.partition(BETWEEN)
        of_key = {"donor": donor, "visit": visit} if BETWEEN in key else {self.key: key}
        return {**of_key, **cells}


def plain_well(well: str) -> str:
    """A well as people name it: A1 for a01.

    >>> plain_well("a01")
    'A1'
    """
    letters = well.strip().rstrip("0123456789")
    number = well.strip()[len(letters) :]
    return f"{letters.upper()}{number.lstrip('0')}"
