"""What the files of Luminex instruments share: the roles that names of samples state, the order of
their standards, and their readings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from exvivo.cells.cell import Cell
from exvivo.cells.messages import read_error
from exvivo.cells.text import plain_text
from exvivo.read.cells.values import NO_VALUE, CellValue, cell_values, unreadable_cells
from exvivo.read.result import FileRead, Gathered, Request
from exvivo.study import Immunoassay
from exvivo.tables import READINGS
from exvivo.words import shortened

LARGEST_TEXT = 3 << 20
"""Bytes of a text: 384 wells by 80 analytes take 2.3 MB with all their blocks, 50,000 beads 2.2
MB.
"""
_ROLES = {"standard": "standard", "background": "blank", "control": "qc", "unknown": "sample"}
_NUMBERED = re.compile(r"([A-Za-z]+)([0-9]{1,4})$")
_FEWEST = 4
"""Standards from which one that leaves the order of the others is told from a series without
order.
"""
_MOST = 100
_MISSING = "missing"
"""What a person writes into a cell of which it is known that nothing was measured."""
_USUAL_UNIT = "pg/mL"


def text_of_file(raw: bytes, source: str) -> str:
    """The text of an export. Raises `ReadError` for binary files, and for text larger than any
    plate or well is written.
    """
    if len(raw) > LARGEST_TEXT:
        raise read_error(
            source,
            f"a text of {len(raw) >> 20} MiB",
            f"at most {LARGEST_TEXT >> 20} MiB: one plate, or the beads of one well",
            "export one batch (or one well) a file",
        )
    return plain_text(raw, source)


def unit_of_assay(request: Request) -> str:
    """The unit of concentrations, for a file that does not state it."""
    stated = request.assay.unit if isinstance(request.assay, Immunoassay) else ""
    return stated or _USUAL_UNIT


def role_of(name: str) -> str | None:
    """The role a sample's name states, where it is exactly one the vendor's software gives by
    itself; else none.

    >>> role_of("Standard3"), role_of("Background0"), role_of("Control 1"), role_of("Standard")
    ('standard', 'blank', None, None)
    """
    numbered = _NUMBERED.match(name)
    return _ROLES.get(numbered[1].lower()) if numbered else None


def out_of_order(amounts: Mapping[str, float]) -> list[str]:
    """The standards of a series, numbered by name, whose amounts leave its order (rising or
    falling).

    None where the series has no order to leave. A spreadsheet that takes the decimal mark of
    215.625 for one of thousands writes 215625 between 431.25 and 107.8125: such an amount must not
    pass for the truth.
    """
    names = [name for name in sorted(amounts, key=_place) if amounts[name] > 0]
    if not _FEWEST <= len(names) <= _MOST:
        return []
    series = [amounts[name] for name in names]
    falling = _longest([-amount for amount in series])
    in_order = max(falling, _longest(series), key=len)
    outside = [name for place, name in enumerate(names) if place not in in_order]
    return outside if len(outside) * _FEWEST <= len(names) else []


def _place(name: str) -> tuple[str, int]:
    numbered = _NUMBERED.match(name)
    return (numbered[1], int(numbered[2])) if numbered else (name, 0)


def _longest(values: Sequence[float]) -> list[int]:
    """The places of the longest run of values that never fall."""
    best: list[list[int]] = []
    for place, value in enumerate(values):
        before = [run for run in best if values[run[-1]] <= value]
        longest = max(before, key=len) if before else []
        best.append([*longest, place])
    return max(best, key=len)


@dataclass
class LuminexFile(Gathered):
    """What a Luminex reader gathers of a file; `read` raises all mistakes, or makes the tables."""

    readings: list[pl.DataFrame] = field(default_factory=list)

    def values(
        self,
        cells: Sequence[Cell],
        addresses: Iterable[tuple[str, Cell]],
        mark: str,
        block: str,
        *,
        bounds: bool = False,
    ) -> list[CellValue]:
        """Cells as values, with the decimal mark of the file; a cell that cannot be read is a
        mistake, and words that are no value are listed under `block`.
        """
        read = cell_values(cells, mark, bounds=bounds)
        self.mistakes += unreadable_cells(read, addresses)
        values = [
            value if isinstance(value := read[cell], CellValue) else NO_VALUE for cell in cells
        ]
        self.note_words(block, values)
        return values

    def note_words(self, block: str, values: Iterable[CellValue]) -> None:
        """List the words of a block that were taken for no value."""
        times = Counter(value.words for value in values if value.words)
        if times:
            shown = shortened([f"{word!r} ({count})" for word, count in times.items()])
            self.ignore(f"words in {block}: {shown}", "no number, so no value")

    def add(self, values: Sequence[CellValue], **columns: Sequence[object] | str) -> None:
        """Readings column by column: values, and columns of READINGS; a text is the same in every
        row. What a person calls `missing` is no reading.
        """
        schema = READINGS.schema
        for name in ("value", "censor", "lower", "upper"):
            columns[name] = [getattr(value, name) for value in values]
        series = [
            pl.Series(name, cells, dtype=schema[name])
            for name, cells in columns.items()
            if not isinstance(cells, str)
        ]
        texts = {name: pl.lit(text) for name, text in columns.items() if isinstance(text, str)}
        measured = pl.Series(
            [value.words.lower() != _MISSING for value in values], dtype=pl.Boolean
        )
        self.readings.append(pl.DataFrame(series).filter(measured).with_columns(**texts))

    @property
    def _has_readings(self) -> bool:
        return any(frame.height for frame in self.readings)

    def read(self, header: Mapping[str, str]) -> FileRead:
        """The tables of the file. Raises `ReadError` with all its mistakes."""
        if not self.mistakes and not self._has_readings:
            cure = "export the plate again"
            self.complain(self.request.source, "no readings", "wells and their medians", cure)
        self.refuse_mistakes()
        return self.file_read(pl.concat(self.readings, how="diagonal"), header)
