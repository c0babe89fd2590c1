"""Excel workbooks as rows of cells, whichever their age; and cells their reader gives out as empty
though they are not (errors, formulas that were never calculated).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from exvivo.cells.cell import NEVER_CALCULATED, Cell, OddCell, number_cell
from exvivo.cells.guards import OLE, check_workbook, column_number, parse_xml, unzip
from exvivo.cells.messages import read_error
from exvivo.cells.old_workbook import read_old_sheets
from exvivo.errors import ReadError

Area = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell of merged cells: row and column, counted from 0."""
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_KIND = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\s*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that was opened: its bytes, the names of its sheets, and the rows of one by its
    name, as its reader gives them out; the sheets that are hidden, and the merged cells of one.
    """

    raw: bytes
    sheets: tuple[str, ...]
    rows: Callable[[str], list[list[Cell]]]
    hidden: frozenset[str] = frozenset()
    merged: Callable[[str], Iterable[Area]] = lambda sheet: ()

    def marked_rows(self, sheet: str) -> list[list[Cell]]:
        """The rows of a sheet, with an odd cell wherever the reader of an .xlsx gave out an empty
        one: errors (`#DIV/0!`) and formulas without a value (`=...`).
        """
        rows = self.rows(sheet)
        for row, column, words in _hollow_cells(self.raw, sheet):
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = OddCell(words)
        return rows

    def spread_rows(self, sheet: str) -> list[list[Cell]]:
        """The marked rows of a sheet, each merged cell written into all the cells it covers."""
        rows = self.marked_rows(sheet)
        for (top, left), (bottom, right) in self.merged(sheet):
            for row in rows[top : bottom + 1]:
                row[left : right + 1] = [rows[top][left]] * len(row[left : right + 1])
        return rows


def is_workbook(raw: bytes) -> bool:
    """Whether a file is an Excel workbook, new (.xlsx) or old (.xls), by its bytes."""
    return raw.startswith(OLE) or (raw.startswith(b"PK") and b"xl/" in raw)


def workbook_holds(raw: bytes, words: Iterable[str], *, whole_cells: bool = False) -> bool:
    """For a sniffer: whether a workbook holds all these words (with `whole_cells`: as cells of
    their own), as far as can be told without opening its sheets.
    """
    if not raw.startswith(b"PK"):
        return all(word.encode() in raw or word.encode("utf-16-le") in raw for word in words)
    missing = {(f">{word}<" if whole_cells else word).encode() for word in words}
    try:
        for name, content in unzip(raw, ""):
            if name.endswith(".xml"):
                missing = {word for word in missing if word not in content}
    except ReadError:
        return False
    return not missing


def open_workbook(raw: bytes, source: str) -> Workbook:
    """A workbook (.xlsx or .xls), its sheets not read yet. Raises `ReadError` if it is no sound
    one.
    """
    if raw.startswith(OLE):
        old_sheets = read_old_sheets(raw, source)
        return Workbook(raw, tuple(old_sheets), old_sheets.__getitem__)
    check_workbook(raw, source)
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = _calamine(lambda: CalamineWorkbook.from_filelike(io.BytesIO(raw)), source)

    def rows(sheet: str) -> list[list[Cell]]:
        grid: list[list[object]] = _calamine(
            lambda: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False), source
        )
        return [list(map(_cell, row)) for row in grid]

    def merged(sheet: str) -> list[Area]:
        return _calamine(lambda: book.get_sheet_by_name(sheet).merged_cell_ranges, source) or []

    hidden = frozenset(
        sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible
    )
    return Workbook(raw, tuple(book.sheet_names), rows, hidden, merged)


def read_sheets(raw: bytes, source: str) -> dict[str, list[list[Cell]]]:
    """Every sheet of a workbook (.xlsx or .xls) as rows of cells, by its name. Raises `ReadError`
    if it is no sound one.
    """
    workbook = open_workbook(raw, source)
    return {sheet: workbook.rows(sheet) for sheet in workbook.sheets}


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return OddCell("TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        return number_cell(float(value))
    if isinstance(value, (datetime, date, time, timedelta)):
        return OddCell(str(value))
    return str(value).strip()


def _calamine(call: Callable[[], Any], source: str) -> Any:
    """Run the workbook reader; whatever it throws, panics of its Rust included, becomes a
    `ReadError`.
    """
    try:
        return call()
    except BaseException as error:
        kind = type(error).__name__
        if not isinstance(error, Exception) and kind != "PanicException":
            raise
        locked = kind == "PasswordError"
        raise read_error(
            source,
            "a workbook with a password" if locked else f"a workbook that cannot be read ({error})",
            "an .xlsx workbook",
            "open it and save it again as .xlsx, without a password",
        ) from None


def _hollow_cells(raw: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row and column (from 0) of every such cell of an .xlsx, with what stands for it."""
    parts = dict(_xml_parts(raw)) if raw.startswith(b"PK") else {}
    content = parts.get(_part_of(parts, sheet), b"")
    if b'"e"' not in content and b"'e'" not in content and not _FORMULA.search(content):
        return
    for attributes, inside in _CELL.findall(content):
        address = _ADDRESS.search(attributes)
        words = _hollow_words(_KIND.search(attributes), inside)
        if address and words:
            yield int(address[2]) - 1, column_number(address[1]) - 1, words


def _hollow_words(kind: re.Match[bytes] | None, inside: bytes) -> str:
    """What stands for a cell that seems empty and is not; nothing for any other."""
    value = _VALUE.search(inside)
    if kind and kind[1] == b"e":
        return value[1].decode("utf-8", "replace") if value else "#ERROR"
    text_formula = kind and kind[1] == b"str"
    return "" if value or text_formula or not _FORMULA.search(inside) else NEVER_CALCULATED


def _xml_parts(raw: bytes) -> Iterator[tuple[str, bytes]]:
    for name, content in unzip(raw, ""):
        if name.startswith(("xl/worksheets/", "xl/_rels/")) or name == "xl/workbook.xml":
            yield name, content


def _part_of(parts: dict[str, bytes], sheet: str) -> str:
    """The file of the archive that holds a sheet; empty where the archive does not say it
    plainly.
    """
    try:
        book = parse_xml(parts["xl/workbook.xml"], "")
        links = parse_xml(parts["xl/_rels/workbook.xml.rels"], "")
    except (KeyError, ReadError):
        return ""
    targets = {link.get("Id"): link.get("Target") or "" for link in links.iter()}
    for element in book.iter():
        if element.get("name") == sheet and element.tag.endswith("}sheet"):
            ids = [value for key, value in element.attrib.items() if key.endswith("}id")]
            target = targets.get(ids[0], "") if ids else ""
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return "xl/"
