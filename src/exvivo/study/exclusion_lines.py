"""A line more in exclusions.csv, written as the file is: its separator, its columns in their order,
its line ends and its mark of UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Rows, read_rows
from exvivo.study.exclusions import COLUMNS, EXCLUSION_COLUMNS, said_of
from exvivo.study.files import EXCLUSIONS_FILE

Line = Mapping[str, str]
_MARK = b"\xef\xbb\xbf"


def lines_of(raw: bytes, file: str = EXCLUSIONS_FILE) -> list[dict[str, str]]:
    """What each line of a table of exclusions says. Raises `StudyError` where it is no table."""
    return list(said_of(read_rows(raw, file=file, columns=EXCLUSION_COLUMNS).rows))


def with_line(raw: bytes | None, line: Line, where_there: Line) -> bytes:
    """The bytes of exclusions.csv with one line more; None for a file that is not there yet. What
    is to be filled `where_there` is such a column is else left out.

    Raises `StudyError` where the file is no UTF-8, lacks a column that the line fills, or would not
    be read back as it was with this line more.
    """
    if raw is None:
        return with_line((",".join(COLUMNS) + "\n").encode(), line, where_there)
    text = _text(raw)
    end = "\r\n" if "\r\n" in text else "\n"
    table = read_rows(raw, file=EXCLUSIONS_FILE, columns=EXCLUSION_COLUMNS)
    names = _names(text, table)
    known = {name: words for name, words in where_there.items() if name in names}
    line = {name: words for name, words in {**known, **line}.items() if words}
    cells = _cells(names, line)
    last = io.StringIO()
    csv.writer(last, delimiter=table.separator or ",", lineterminator=end).writerow(cells)
    whole = text + (end if text and not text.endswith(("\n", "\r")) else "") + last.getvalue()
    after = (_MARK if raw.startswith(_MARK) else b"") + whole.encode()
    if lines_of(after) != [*said_of(table.rows), line]:
        raise StudyError(_not_read_back(cells, table.separator or ","))
    return after


def _text(raw: bytes) -> str:
    try:
        return raw.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError:
        cure = "save it as UTF-8 (in Excel: CSV UTF-8), or write the line by hand"
        raise StudyError(Mistake(EXCLUSIONS_FILE, "letters not in UTF-8", "UTF-8", cure)) from None


def _names(text: str, table: Rows) -> list[str]:
    """The columns of the file from left to right, those without a name as empty text."""
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=table.separator or ","):
        names = EXCLUSION_COLUMNS.named([cell.strip() for cell in row])
        if tuple(filter(None, names)) == table.header:
            return names
    return list(table.header)


def _cells(names: Sequence[str], line: Line) -> list[str]:
    """The cells of a line under these columns."""
    absent = [name for name, text in line.items() if text and name not in names]
    if absent:
        columns = ", ".join(f"`{name}`" for name in absent)
        raise StudyError(
            Mistake(
                EXCLUSIONS_FILE,
                f"no column {columns}",
                "a column for everything that is said",
                f"add {columns} to the header, and an empty cell to each line",
            )
        )
    return [line.get(name, "") for name in names]


def _not_read_back(cells: Sequence[str], separator: str) -> Mistake:
    return Mistake(
        EXCLUSIONS_FILE,
        "a file in which this line would not be read back as it is meant",
        "a plain table",
        f"write the line by hand: {separator.join(cells)}",
    )
