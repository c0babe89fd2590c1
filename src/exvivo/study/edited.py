"""A table of the study with some of its lines changed or taken out; every other line stays as it
is, byte for byte, and so do separator, line ends and letters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_lines import codec_of, written_rows
from exvivo.study.csv_rows import Located, locate
from exvivo.study.headings import Columns

Cells = Mapping[str, str]
Change = Callable[[Cells], Cells | None]
"""The cells of a line as they shall be; None takes the line out."""
_END = "\r\n"
"""The end with which a line is written: what holds one of its signs is put in quotes."""


def edited(raw: bytes, *, file: str, columns: Columns, change: Change) -> bytes:
    """The bytes of a csv table with a change made to its lines. Raises `StudyError` where it is no
    table, or where something is to change in a workbook.
    """
    located, _ = locate(raw, file=file, columns=columns)
    rows = [dict(zip(located.header, texts, strict=True)) for texts in located.texts]
    changed = {at: new for at, cells in enumerate(rows) if (new := change(cells)) != cells}
    if not changed:
        return raw
    if located.sheet.name:
        raise StudyError(_workbook(file))
    codec, separator = codec_of(raw), located.sheet.separator or ","
    rows_there = written_rows(raw.decode(codec), separator, comments=True)
    lines = {row.line: row.text for row in rows_there}
    for at, new in changed.items():
        number = located.lines[at]
        lines[number] = _line(lines.get(number, ""), (located, at), new)
    return "".join(lines.values()).encode(codec)


def with_row(raw: bytes | None, *, file: str, columns: Columns, cells: Cells) -> bytes:
    """The bytes of a csv table with a row more behind its last one, as `with_rows`."""
    return with_rows(raw, file=file, columns=columns, rows=[cells])


def with_rows(raw: bytes | None, *, file: str, columns: Columns, rows: Sequence[Cells]) -> bytes:
    """The bytes of a csv table with rows more behind its last one; None for a table that is not
    there yet, which gets the required columns. Columns that a row does not fill stay empty.
    Raises `StudyError` where the file is no table, or a workbook.
    """
    if raw is None:
        header = written([*columns.required], ",") + "\n"
        return with_rows(header.encode(), file=file, columns=columns, rows=rows)
    located, _ = locate(raw, file=file, columns=columns)
    if located.sheet.name:
        raise StudyError(_workbook(file))
    codec, text = codec_of(raw), raw.decode(codec_of(raw))
    end = "\r\n" if "\r\n" in text else "\n"
    between = "" if text.endswith(("\n", "\r")) or not rows else end
    more = "".join(f"{_row_of(cells, located)}{end}" for cells in rows)
    return f"{text}{between}{more}".encode(codec)


def with_columns(raw: bytes, *, file: str, columns: Columns, names: Sequence[str]) -> bytes:
    """The bytes of a csv table with columns more behind its last one, empty but for their headings.
    Raises `StudyError` where the file is no table, or a workbook.
    """
    located, _ = locate(raw, file=file, columns=columns)
    if located.sheet.name:
        raise StudyError(_workbook(file))
    codec, separator = codec_of(raw), located.sheet.separator or ","
    more = {line: [""] * len(names) for line in located.lines}
    more[located.sheet.lines[located.top]] = list(names)
    made: list[str] = []
    for row in written_rows(raw.decode(codec), separator, comments=True):
        bare = row.text.rstrip("\r\n")
        tail = written(["", *more[row.line]], separator) if row.line in more else ""
        made.append(f"{bare}{tail}{row.text[len(bare) :]}")
    return "".join(made).encode(codec)


def _row_of(cells: Cells, located: Located) -> str:
    """A row as the table writes it, without its end."""
    row = [""] * (max(located.at) + 1)
    for name, place in zip(located.header, located.at, strict=True):
        row[place] = cells.get(name, "")
    return written(row, located.sheet.separator or ",")


def _line(line: str, of: tuple[Located, int], new: Cells | None) -> str:
    """A line with other cells; nothing where it is taken out."""
    located, at = of
    separator = located.sheet.separator or ","
    cells = next(csv.reader([line], delimiter=separator), [])
    whole = [_plain(cells[place]) for place in located.at if place < len(cells)]
    if whole != list(located.texts[at]):
        raise StudyError(_broken_line(located.sheet.where(located.top + 1 + at)))
    if new is None:
        return ""
    for name, place in zip(located.header, located.at, strict=True):
        if new[name] != _plain(cells[place]):
            cells[place] = new[name]
    return written(cells, separator) + line[len(line.rstrip("\r\n")) :]


def _plain(cell: str) -> str:
    """A cell as readers have it."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def written(cells: Sequence[str], separator: str = ",") -> str:
    """A line of a csv, without its end."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator=_END).writerow(cells)
    return line.getvalue().removesuffix(_END)


def _workbook(file: str) -> Mistake:
    cure = "make the change there by hand, or save the table as csv and move the workbook away"
    return Mistake(file, "a workbook", "a csv, of which single lines can be changed", cure)


def _broken_line(where: str) -> Mistake:
    finding = "a line that is not written plainly"
    return Mistake(where, finding, "one line of the file a row", "make the change there by hand")
