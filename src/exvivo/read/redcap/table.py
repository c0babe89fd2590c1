"""An export of a project as columns of text: cut at its separator, each heading placed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.cells.cell import column_letters
from exvivo.cells.guards import describe
from exvivo.cells.text import plain_text
from exvivo.cells.text_rows import (
    SEPARATORS,
    TextRow,
    filled_rows,
    lines_of,
    split_line,
    split_rows,
)
from exvivo.errors import Mistake, ReadError
from exvivo.read.redcap.dictionary import slug
from exvivo.read.redcap.headings import Column, Unplaced, is_raw, placed, plain_label
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.words import shortened

_RAW = "export the records again: csv, raw data"
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?$', re.IGNORECASE)
_SHOWN = 60


@dataclass(frozen=True)
class Export:
    """The rows of an export: the line of each, and the columns that were placed with their texts.
    `with_labels`: its values are labels, not codes.
    """

    file: str
    lines: tuple[int, ...]
    columns: tuple[Column, ...]
    texts: Mapping[str, tuple[str, ...]]
    with_labels: bool
    ignored: tuple[Ignored, ...]

    def of(self, name: str) -> tuple[str, ...]:
        """The texts of a column; blank where the export has none."""
        return self.texts.get(name) or ("",) * len(self.lines)


def read_export(content: Content, expected: Sequence[Column]) -> tuple[Export, list[Mistake]]:
    """An export, and what is wrong with its form. Raises `ReadError` for a file that is none, an
    empty one, and headings that cannot be placed.
    """
    rows = _rows(content, expected)
    header = rows[0][1]
    columns, ignored = _columns(header, expected, content.name)
    body, mistakes = _whole_rows(rows, content.name)
    mistakes += _undeclared(ignored, expected, content.name)
    cells = list(zip(*(row for _, row in body), strict=True)) or [() for _ in header]
    mistakes += _nameless(header, cells, content.name)
    texts = {column.name: cells[at] for at, column in columns.items()}
    export = Export(
        content.name,
        tuple(line for line, _ in body),
        tuple(columns.values()),
        texts,
        _has_labels(columns.values(), texts),
        tuple(ignored),
    )
    return export, mistakes


def _rows(content: Content, expected: Sequence[Column]) -> list[TextRow]:
    """The rows of an export, its header first."""
    if (kind := describe(content.raw)) != "text":
        raise ReadError(Mistake(content.name, kind, "an export of REDCap: csv", _RAW))
    lines = lines_of(plain_text(content.raw, content.name))
    separator = _separator(lines, expected)
    rows = filled_rows(split_rows(lines, separator, content.name))
    if len(rows) > 1:
        return rows
    found = "a header without a record under it" if rows else "an empty file"
    raise ReadError(Mistake(content.name, found, "a header, and the records under it", _RAW))


def _separator(lines: list[str], expected: Sequence[Column]) -> str:
    """The sign that cuts the header into the most headings of the project. A line of Excel that
    states it is emptied.
    """
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if stated := _SEPARATOR_LINE.match(lines[at].strip("\ufeff ")):
        lines[at] = ""
        return stated[1]
    known = {name for column in expected for name in (column.name, *column.headings)}
    head = _header_line(lines, at)

    def likeness(sign: str) -> tuple[int, int]:
        return sum(plain_label(cell) in known for cell in split_line(head, sign)), head.count(sign)

    return max(reversed(SEPARATORS), key=likeness)


def _header_line(lines: Sequence[str], at: int) -> str:
    """The header as one line: labels may hold line ends between double quotes."""
    head = lines[at]
    while head.count('"') % 2 and at + 1 < len(lines):
        at += 1
        head += f"\n{lines[at]}"
    return head


def _columns(
    header: Sequence[str], expected: Sequence[Column], file: str
) -> tuple[dict[int, Column], list[Ignored]]:
    """The column of each heading by its position, and the headings that no column has."""
    named = [at for at, heading in enumerate(header) if heading]
    if is_raw(header, expected):
        return _by_name(header, named, expected, file)
    result = placed([header[at] for at in named], expected)
    if isinstance(result, Unplaced):
        at = named[result.at]
        raise ReadError(_not_placed(header, at, result, file))
    return dict(zip(named, result, strict=True)), []


def _not_placed(header: Sequence[str], at: int, unplaced: Unplaced, file: str) -> Mistake:
    heading = f"column {column_letters(at)} ('{header[at][:_SHOWN]}')"
    why = "fits two fields" if unplaced.doubtful else "does not follow in the data dictionary"
    return Mistake(
        f"{file}:1",
        f"an export with labels whose {heading} {why}",
        "the columns of the data dictionary, in its order",
        "export raw: choose `CSV / Microsoft Excel (raw data)` in REDCap",
    )


def _by_name(
    header: Sequence[str], named: Sequence[int], expected: Sequence[Column], file: str
) -> tuple[dict[int, Column], list[Ignored]]:
    """The columns of a raw export. Raises `ReadError` for one that is there twice, and without the
    record's id.
    """
    by_name = {column.name: column for column in expected}
    header = [_as_named(heading, by_name) for heading in header]
    names = [header[at] for at in named]
    mistakes = []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        found = f"the column {shortened(twice)} twice"
        mistakes.append(Mistake(f"{file}:1", found, "each column once", _RAW))
    if expected[0].name not in names:
        found = f"no column {expected[0].name} among: {shortened(names)}"
        cure = f"{_RAW}, or name the data dictionary of this project"
        mistakes.append(Mistake(f"{file}:1", found, "the record's id", cure))
    if mistakes:
        raise ReadError(mistakes)
    columns = {at: by_name[header[at]] for at in named if header[at] in by_name}
    others = [header[at] for at in named if at not in columns]
    return columns, [Ignored(f"column {name}", _unknown(name)) for name in others]


def _as_named(heading: str, by_name: Mapping[str, Column]) -> str:
    """A heading as REDCap writes it, where another program changed the signs of a box's code."""
    field, box, code = heading.partition("___")
    name = f"{field}___{slug(code)}"
    return name if box and heading not in by_name and name in by_name else heading


def _undeclared(
    ignored: Sequence[Ignored], expected: Sequence[Column], file: str
) -> Iterator[Mistake]:
    """Boxes of a checkbox field that are neither a choice nor a missing-data code."""
    boxes = {column.field.name for column in expected if column.role == "box" and column.field}
    for name in (part.what.removeprefix("column ") for part in ignored):
        field, box, code = name.partition("___")
        if box and field in boxes:
            yield Mistake(
                f"{file}:1 column {name}",
                f"a box of {field} that is neither a choice nor a declared missing-data code",
                "a choice of the data dictionary, or a code under `missing`",
                f"declare the code {code.replace('_', '-')} under `missing` of `redcap` in "
                "study.yaml, or download the data dictionary again",
            )


def _unknown(name: str) -> str:
    """Why a column of a raw export is not read."""
    if name.startswith("redcap_"):
        return "a column of REDCap itself that is not used"
    return "not in the data dictionary"


def _whole_rows(rows: Sequence[TextRow], file: str) -> tuple[list[TextRow], list[Mistake]]:
    """The rows as long as the header, and a mistake for each other one. Empty cells behind the
    header are cut.
    """
    width = len(rows[0][1])
    whole: list[TextRow] = []
    mistakes: list[Mistake] = []
    for line, cells in rows[1:]:
        if len(cells) >= width and not any(cells[width:]):
            whole.append((line, cells[:width]))
        else:
            found, expected = f"{len(cells)} cells", f"{width}, as in the header"
            mistakes.append(Mistake(f"{file}:{line}", found, expected, _RAW))
    return whole, mistakes


def _nameless(
    header: Sequence[str], cells: Sequence[Sequence[str]], file: str
) -> Iterator[Mistake]:
    """Columns without a heading that hold something."""
    for at, heading in enumerate(header):
        if not heading and any(cells[at]):
            found = f"column {column_letters(at)} without a heading"
            yield Mistake(f"{file}:1", found, "a heading over each column", _RAW)


_CODES = {"status": ("0", "1", "2"), "box": ("0", "1")}
_LABELS = {"status": ("Incomplete", "Unverified", "Complete"), "box": ("Unchecked", "Checked")}


def _has_labels(columns: Iterable[Column], texts: Mapping[str, Sequence[str]]) -> bool:
    """Whether values are labels: told by form status and boxes, which every project has."""
    codes = labels = 0
    for column in columns:
        if column.role in _CODES:
            cells = texts[column.name]
            codes += sum(map(cells.count, _CODES[column.role]))
            labels += sum(map(cells.count, _LABELS[column.role]))
    return labels > codes
