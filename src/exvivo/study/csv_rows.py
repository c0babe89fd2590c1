"""A csv of the study folder as rows of text with their line numbers: nothing is guessed, every slip has its line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StudyError


@dataclass(frozen=True)
class Rows:
    """The header of a csv and its rows: each a dict of stripped text (empty cells are empty text) and its line."""

    file: str
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def where(self, index: int) -> str:
        """File and line of a row."""
        return f"{self.file}:{self.lines[index]}"


def read_rows(path: Path, *, file: str) -> Rows:
    """Read a csv (comma, semicolon or tab; UTF-8, UTF-16 or Latin-1). Empty lines and lines starting with # are passed over.

    Raises `StudyError` for a missing or empty file, a column named twice, and rows of another length.
    """
    try:
        text = _decode(path.read_bytes())
    except OSError:
        raise StudyError(
            Mistake(file, "no such file", "a csv table", "put the file there, or mend its name in study.yaml")
        ) from None
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    kept = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if _holds_data(row)]
    if not kept:
        raise StudyError(Mistake(file, "an empty file", "a header line and rows", "fill the table"))
    header = kept[0][1]
    mistakes = _header_mistakes(file, kept[0][0], header)
    for line, row in kept[1:]:
        if len(row) != len(header):
            mistakes.append(
                Mistake(
                    f"{file}:{line}",
                    f"{len(row)} cells",
                    f"{len(header)} cells, as in the header",
                    "add or remove a separator; put text that holds one in double quotes",
                )
            )
    if mistakes:
        raise StudyError(mistakes)
    rows = tuple(dict(zip(header, row, strict=True)) for _, row in kept[1:])
    return Rows(file, tuple(header), rows, tuple(line for line, _ in kept[1:]))


def _holds_data(row: list[str]) -> bool:
    return any(cell.strip() for cell in row) and not row[0].startswith("#")


def _decode(raw: bytes) -> str:
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "latin-1"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _header_mistakes(file: str, line: int, header: list[str]) -> list[Mistake]:
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        Mistake(f"{file}:{line}", f"the column `{name}` twice" if name else "columns without a name",
                "each column once, with a name", "rename or remove one")
        for name in twice
    ]  # fmt: skip
