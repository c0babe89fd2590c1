"""Edits of the tables of people and of layouts, cell by cell: every other byte stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Located, locate
from exvivo.study.edited import edited, with_columns, with_rows, written
from exvivo.study.edited_layout import edited_layout
from exvivo.study.headings import Columns
from exvivo.study.layout import COLUMNS, plain_well
from exvivo.web.edits.edit import Edit, Where

BETWEEN = "\t"
"""What parts the donor and the visit in the key of a row."""
KEYS: Mapping[str, tuple[str, ...]] = {
    "donors": ("donor", "group"),
    "clinic": ("donor",),
    "cultures": ("culture",),
}
"""The tables of people by the stem of their file, with the columns that each must have; the first
is the key of a row.
"""
_VISIT = "visit"


def is_table(file: str) -> bool:
    """Whether a file is one of the tables of people, by its name."""
    stem, dot, ending = file.rpartition(".")
    return bool(dot) and stem in KEYS and ending in ("csv", "xlsx", "xls")


def edited_table(raw: bytes | None, file: str, edits: Sequence[Edit]) -> bytes:
    """The bytes of a table with edits made. Raises `StudyError` for a workbook."""
    columns = _columns(file, edits)
    if raw is None:
        header_line = written(list(dict.fromkeys((*columns.required, *_written(edits)))))
        raw = f"{header_line}\n".encode()
    header = locate(raw, file=file, columns=columns)[0].header
    if more := [name for name in _written(edits) if name not in header]:
        raw = with_columns(raw, file=file, columns=columns, names=more)
    key = columns.required[0]
    there = {_key_of(cells, key) for cells in _rows(locate(raw, file=file, columns=columns)[0])}
    out = {each.where[0] for each in edits if len(each.where) == 1 and each.now is None}
    cells_of = _cells(edits)

    def change(cells: Mapping[str, str]) -> Mapping[str, str] | None:
        name = _key_of(cells, key)
        return None if name in out else {**cells, **cells_of.get(name, {})}

    raw = edited(raw, file=file, columns=columns, change=change)
    rows = [_new_row(name, cells_of[name], key) for name in cells_of if name not in there]
    return with_rows(raw, file=file, columns=columns, rows=rows) if rows else raw


def cell_of(raw: bytes | None, file: str, where: Where) -> str | None:
    """The text of a cell of a table as it is; None for a row or column that is not there."""
    if raw is None:
        return None
    columns = _columns(file, [Edit(where, None, "")])
    located, _ = locate(raw, file=file, columns=columns)
    for cells in _rows(located):
        if _key_of(cells, columns.required[0]) == where[0]:
            return cells.get(where[1]) if len(where) > 1 else ""
    return None


def _columns(file: str, edits: Sequence[Edit]) -> Columns:
    """The columns of a table, those that are edited among them."""
    required = KEYS[file.rpartition(".")[0]]
    return Columns(required, (_VISIT, *_written(edits)), open=True)


def _written(edits: Sequence[Edit]) -> list[str]:
    """The columns that edits write in, each once."""
    return list(dict.fromkeys(each.where[1] for each in edits if len(each.where) > 1))


def _cells(edits: Sequence[Edit]) -> dict[str, dict[str, str]]:
    """What edits write, by row and column; a row more is one without cells."""
    cells: dict[str, dict[str, str]] = {}
    for each in edits:
        if len(each.where) > 1:
            cells.setdefault(each.where[0], {})[each.where[1]] = each.now or ""
        elif each.now is not None:
            cells.setdefault(each.where[0], {})
    return cells


def _rows(located: Located) -> list[dict[str, str]]:
    return [dict(zip(located.header, texts, strict=True)) for texts in located.texts]


def _key_of(cells: Mapping[str, str], key: str) -> str:
    """The key of a row: its donor, with the visit where the table has visits; or its culture."""
    name = cells.get(key, "")
    return f"{name}{BETWEEN}{cells[_VISIT]}" if key == "donor" and _VISIT in cells else name


def _new_row(name: str, cells: Mapping[str, str], key: str) -> dict[str, str]:
    own, tab, visit = name.partition(BETWEEN)
    return {key: own, **({_VISIT: visit} if tab else {}), **cells}


# Layouts.


def edited_wells(raw: bytes | None, file: str, edits: Sequence[Edit]) -> bytes:
    """The bytes of a layout of lines with edits made. Raises `StudyError` where it is no table of
    lines, or where it holds several plates and an edit does not name its own.
    """
    columns = _layout_columns(edits)
    if raw is not None and any(len(each.where) < 3 for each in edits):
        _refuse_plates(raw, file, columns)
    by_plate: dict[str, dict[str, dict[str, str]]] = {}
    for each in edits:
        *plate, well, column = each.where
        wells = by_plate.setdefault("".join(plate), {})
        wells.setdefault(plain_well(well), {})[column] = each.now or ""
    for name, wells in by_plate.items():
        raw = edited_layout(raw, file=file, columns=columns, plate=name, wells=wells)
    return raw or b""


def well_of(raw: bytes | None, file: str, where: Where) -> str | None:
    """The text of a cell of a well as it is; None where nothing is there."""
    if raw is None:
        return None
    *plate, well, column = where
    located, _ = locate(raw, file=file, columns=_layout_columns([Edit(where, None, "")]))
    for cells in _rows(located):
        is_of_plate = not plate or cells.get("plate", "") in ("", plate[0])
        if is_of_plate and plain_well(cells.get("well", "")) == plain_well(well):
            return cells.get(column) or None
    return None


def _layout_columns(edits: Sequence[Edit]) -> Columns:
    own = (each.where[-1] for each in edits if each.where[-1] not in COLUMNS)
    return Columns(("well", "role"), (*COLUMNS, *dict.fromkeys(own)))


def _refuse_plates(raw: bytes, file: str, columns: Columns) -> None:
    located, _ = locate(raw, file=file, columns=columns)
    plates = {cells.get("plate", "") for cells in _rows(located)} - {""}
    if len(plates) > 1:
        finding = f"wells of {len(plates)} plates, and an edit that names none"
        cure = "name the plate of each well"
        raise StudyError(Mistake(file, finding, "plate, well and column", cure))
