"""A layout of lines with some of its wells changed: every other byte stays as it is, and so do
separator, line ends and letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from exvivo.study.csv_rows import locate
from exvivo.study.edited import Cells, edited, with_columns, with_rows, written
from exvivo.study.headings import Columns
from exvivo.study.layout import COLUMNS, plain_well

Wells = Mapping[str, Mapping[str, str]]
"""The cells of wells by their columns; empty text for a cell that holds nothing."""
_PLACE = frozenset({"plate", "well"})
"""Columns that say which well a line is of, and nothing of it."""


def layout_text(wells: Wells) -> bytes:
    """Wells as a new layout, a line each, with the columns that any of them fills."""
    names = ["well", "role", *_in_order(_filled(wells) - {"role"})]
    lines = [{"well": well, **cells} for well, cells in wells.items() if any(cells.values())]
    rows = [[line.get(name, "") for name in names] for line in lines]
    return "".join(f"{written(row, ',')}\n" for row in (names, *rows)).encode()


def edited_layout(
    raw: bytes | None, *, file: str, columns: Columns, plate: str, wells: Wells
) -> bytes:
    """The bytes of a layout of lines in which these cells of a plate are as given. A line without
    a cell left goes; wells and columns that are lacking are added. None is a file that is not there
    yet. Raises `StudyError` where it is no table of lines, or a workbook.
    """
    if raw is None:
        return layout_text(wells)
    located, _ = locate(raw, file=file, columns=columns)
    if more := _in_order(_filled(wells) - {*located.header}):
        raw = with_columns(raw, file=file, columns=columns, names=more)
        located, _ = locate(raw, file=file, columns=columns)
    rows = [dict(zip(located.header, texts, strict=True)) for texts in located.texts]
    there = {_well(row, plate) for row in rows}
    raw = edited(
        raw, file=file, columns=columns, change=partial(_changed, plate=plate, wells=wells)
    )
    new = [_new(well, cells, plate) for well, cells in wells.items() if well not in there]
    filled = [cells for cells in new if _says_anything(cells)]
    return with_rows(raw, file=file, columns=columns, rows=filled) if filled else raw


def _filled(wells: Wells) -> set[str]:
    """The columns that any well fills."""
    return {name for cells in wells.values() for name, text in cells.items() if text}


def _in_order(names: Iterable[str]) -> list[str]:
    """Columns in the order of a layout, those of single analytes behind them."""
    listed = {*names}
    return [*(name for name in COLUMNS if name in listed), *sorted(listed - {*COLUMNS})]


def _well(cells: Cells, plate: str) -> str:
    """The well of a line; none where the line is of another plate."""
    return plain_well(cells.get("well", "")) if cells.get("plate", "") in ("", plate) else ""


def _changed(cells: Cells, *, plate: str, wells: Wells) -> Cells | None:
    """A line with what is to change; None where it then says nothing any more."""
    changes = wells.get(_well(cells, plate), {})
    known = {name: text for name, text in changes.items() if name in cells}
    after = {**cells, **known}
    return after if not known or _says_anything(after) else None


def _new(well: str, cells: Cells, plate: str) -> Cells:
    return {**cells, "well": well, "plate": plate}


def _says_anything(cells: Cells) -> bool:
    """Whether anything stands in a line but its place."""
    return any(text for name, text in cells.items() if name not in _PLACE)
