"""How large what a study hands in may be, in one place: bytes, lines and columns of a file.

What is over a bound is refused before anything parses it, with the bound by its name: time and
memory of a run are then those of an honest study, whatever a file holds. study.yaml may raise them
(`limits`), but for its own size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MIB = 1 << 20
LARGEST_STUDY = 4 * MIB
"""Bytes of study.yaml: some thirty thousand plates. It is the file that could raise its bound."""
LONGEST_TITLE = 300
LONGEST_VALUE = 10_000
"""Signs of one value of study.yaml: a protocol in words is some hundred."""
LONGEST_TEXT_SEGMENT = 4 * MIB
"""Bytes of the keywords of an FCS file, of which instruments write some ten thousand."""
_LINE = re.compile(rb"[^\r\n]+")
_SEPARATORS = (b",", b";", b"\t")
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"FCS", b"<")
"""What files begin with that are no rows of cells: archives, workbooks, FCS, markup."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a file of a study may have at most.

    `megabytes` (2^20 bytes) are those of a table, text, workbook or archive, `fcs_megabytes` those
    of an FCS file; `rows` are lines of a text, `columns` cells of one of its lines.
    """

    megabytes: int = 64
    fcs_megabytes: int = 1024
    rows: int = 500_000
    columns: int = 16_384


BOUNDS = Bounds()
"""Those of a study that states none: a sheet of Excel is as wide, and half as long again."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What there is too much of: the bound by its name, how much there is, and how much may be."""

    bound: str
    amount: int
    most: int

    def __str__(self) -> str:
        what = {"rows": "lines", "columns": "columns in one line"}.get(self.bound, "MB")
        return f"{self.amount:,} {what}, over the limit of {self.most:,}"

    @property
    def cure(self) -> str:
        """What to do about it."""
        raised = f"`limits: {{{self.bound}: {self.amount}}}` in study.yaml"
        return (
            f"split the file, or leave out what is no data; if it must be so large, write {raised}"
        )


def too_many_bytes(size: int, head: bytes, bounds: Bounds) -> Excess | None:
    """Whether a file that begins with `head` has more bytes than it may."""
    is_fcs = head.startswith(b"FCS")
    most = bounds.fcs_megabytes if is_fcs else bounds.megabytes
    if size <= most * MIB:
        return None
    return Excess("fcs_megabytes" if is_fcs else "megabytes", -(-size // MIB), most)


def too_many_cells(raw: bytes, bounds: Bounds) -> Excess | None:
    """Whether a text has more lines, or more columns in a line, than it may. Of other files
    nothing is said here.
    """
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_NO_TEXT):
        return None
    rows = max(raw.count(b"\n"), raw.count(b"\r"))
    if rows > bounds.rows:
        return Excess("rows", rows, bounds.rows)
    columns = _widest(raw, bounds.columns)
    return Excess("columns", columns, bounds.columns) if columns > bounds.columns else None


def _widest(raw: bytes, most: int) -> int:
    """The most columns of a line, as far as it may have more than `most`."""
    long = (match[0] for match in _LINE.finditer(raw) if match.end() - match.start() > most)
    return max((1 + line.count(sign) for line in long for sign in _SEPARATORS), default=0)
