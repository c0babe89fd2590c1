"""Cells of a workbook: what they may be, and those its reader gives out as empty though they are
not (errors, formulas).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from exvivo.errors import ReadError
from exvivo.read.cells.guards import parse_xml, unzip

_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_KIND = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
_VALUE = re.compile(rb"<(?:\w+:)?v\s*>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")

NEVER_CALCULATED = "=..."
"""What stands for a formula without a value."""


def hollow_cells(raw: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """Row and column (from 0) of every such cell of a sheet, with its error (`#DIV/0!`) or `=...`
    for a formula.
    """
    parts = dict(_xml_parts(raw))
    content = parts.get(_part_of(parts, sheet), b"")
    if b'"e"' not in content and b"'e'" not in content and not _FORMULA.search(content):
        return {}
    return dict(_hollow(content))


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
    marks = [
        value
        for element in book.iter()
        if element.get("name") == sheet and element.tag.endswith("}sheet")
        for key, value in element.attrib.items()
        if key.endswith("}id")
    ]
    targets = {link.get("Id"): link.get("Target") or "" for link in links.iter()}
    target = targets.get(marks[0], "") if marks else ""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _hollow(content: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, inside in _CELL.findall(content):
        address, kind, value = (
            _ADDRESS.search(attributes),
            _KIND.search(attributes),
            _VALUE.search(inside),
        )
        if address is None:
            continue
        place = (int(address[2]) - 1, _column(address[1]))
        if kind and kind[1] == b"e":
            yield place, value[1].decode("utf-8", "replace") if value else "#ERROR"
        elif not value and not (kind and kind[1] == b"str") and _FORMULA.search(inside):
            yield place, NEVER_CALCULATED


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


Cell = str | float
"""Text (stripped; empty where the cell is) or a number of a workbook."""


class OddCell(str):
    """A workbook cell that is neither text nor number (a date, true or false, an error), in the
    workbook's own words.
    """

    def words(self) -> str:
        """The cell and what it is, for a message."""
        if self == NEVER_CALCULATED:
            return "a formula whose value was never calculated"
        return f"{self!s}, " + (
            "an error of the workbook" if self.startswith("#") else "a date or a logical value"
        )

    def cure(self, otherwise: str) -> str:
        """What to do about it; `otherwise` for a date or a logical value."""
        if self == NEVER_CALCULATED:
            return "open the workbook in the program it is for and save it there: the values are then stored"
        return "mend the formula, or leave the cell empty" if self.startswith("#") else otherwise
