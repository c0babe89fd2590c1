"""A table of the study with some of its lines changed or taken out; every other line stays as it
is, byte for byte, and so do separator, line ends and letters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from contextlib import suppress

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Located, locate
from exvivo.study.headings import Columns

Cells = Mapping[str, str]
Change = Callable[[Cells], Cells | None]
"""The cells of a line as they shall be; None takes the line out."""
_CODECS = ("utf-8-sig", "utf-8", "cp1252", "latin-1")


def edited(raw: bytes, *, file: str, columns: Columns, change: Change) -> bytes:
    """The bytes of a csv table with a change made to its lines. Raises `StudyError` where it is no
    table, or where something is to change in a workbook or in a line that runs over several.
    """
    located, _ = locate(raw, file=file, columns=columns)
    rows = [dict(zip(located.header, texts, strict=True)) for texts in located.texts]
    changed = {at: new for at, cells in enumerate(rows) if (new := change(cells)) != cells}
    if not changed:
        return raw
    if located.sheet.name:
        raise StudyError(_workbook(file))
    codec = _codec_of(raw)
    lines = raw.decode(codec).splitlines(keepends=True)
    for at, new in changed.items():
        number = located.lines[at] - 1
        lines[number] = _line(lines[number], (located, at), new)
    return "".join(lines).encode(codec)


def _codec_of(raw: bytes) -> str:
    """The letters of a file, such that they give the same bytes back."""
    for codec in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _CODECS:
        with suppress(UnicodeDecodeError):
            if raw.decode(codec).encode(codec) == raw:
                return codec
    return "latin-1"


def _line(line: str, of: tuple[Located, int], new: Cells | None) -> str:
    """A line with other cells; nothing where it is taken out."""
    located, at = of
    separator = located.sheet.separator or ","
    cells = next(csv.reader([line], delimiter=separator), [])
    whole = [cells[place].strip() for place in located.at if place < len(cells)]
    if whole != list(located.texts[at]):
        raise StudyError(_broken_line(located.sheet.where(located.top + 1 + at)))
    if new is None:
        return ""
    for name, place in zip(located.header, located.at, strict=True):
        if new[name] != cells[place].strip():
            cells[place] = new[name]
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="").writerow(cells)
    return written.getvalue() + line[len(line.rstrip("\r\n")) :]


def _workbook(file: str) -> Mistake:
    cure = "make the change there by hand, or save the table as csv and move the workbook away"
    return Mistake(file, "a workbook", "a csv, of which single lines can be changed", cure)


def _broken_line(where: str) -> Mistake:
    finding = "a line that runs over several, or is not written plainly"
    return Mistake(where, finding, "one line of the file a row", "make the change there by hand")
