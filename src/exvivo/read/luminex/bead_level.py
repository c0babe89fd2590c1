"""Bead-level runs of xPONENT (`Run012.csv`): every bead of one well with its region and its
reporter's light.

Format known from the files of one instrument (Luminex 100/200, of 2010): `SampleID = ..`, the
batch, a header, a bead a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.cells.cell import Cell
from exvivo.cells.messages import and_more, read_error
from exvivo.cells.text import decode
from exvivo.cells.text_rows import TextRow, lines_of, split_rows
from exvivo.read.cells.values import (
    MOST_MISTAKES,
    NO_VALUE,
    CellValue,
    cell_values,
    mark_of_texts,
    unreadable_cells,
)
from exvivo.read.luminex.shared import LuminexFile, text_of_file
from exvivo.read.result import FileRead, Ignored, Request

_START = 4096
_DEEPEST = 20
"""Lines in which the header is looked for."""
_HEADER = re.compile(r'(?:^|[\r\n])"?EventNo"?[ ]*([,;\t])', re.IGNORECASE)
_REPORTER = re.compile(r"rp[1-9]$")
_REGION = re.compile(r"[0-9]{1,3}$")
_SAMPLE = re.compile(r"SampleID *= *([^,;]{1,80})")
_BATCH = re.compile(r"Batch Name: *(.{1,200}?)(?: {2,}|$)")
_GATES = {"true": 1, "false": 0, "1": 1, "0": 0}
_NEEDED = ("beadid", "isddgated")
_WHY = {
    "eventno": "the order in which the beads came",
    "dd": "doublet discriminator; its gate is in IsDDGated",
    "cl1": "classification channel; the region is in BeadID",
    "cl2": "classification channel; the region is in BeadID",
    "cl3": "classification channel; the region is in BeadID",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """A header of events in the first lines."""
    del suffix
    return _HEADER.search(decode(raw[:_START])) is not None


def read(raw: bytes, request: Request) -> FileRead:
    """One reading (`bead_events`) a region: `y` is the reporter's light of each of its beads within
    the DD gate.

    The channel is the region ("45"), with the reporter ("45 RP2") where the file holds several; the
    file does not say which analyte a region is. Beads of region 0 (of none) and beads out of the
    gate (doublets) are counted and left out. Raises `ReadError` for a file without a well in the
    layout, lines cut short, regions, gates or light that cannot be read, and no beads.
    """
    if not request.well:
        raise read_error(
            request.source,
            "a bead-level run, which holds one well",
            "the well it belongs to",
            "name the file in the `file` column of the layout",
        )
    run = _run(raw, request.source)
    if not run.reporters or any(name not in run.columns for name in _NEEDED):
        raise read_error(
            request.source,
            f"columns {', '.join(run.header)}",
            "BeadID, IsDDGated and RP1 among the columns",
            "export the run with all its columns",
        )
    gathered = LuminexFile(request)
    beads = _beads(run, gathered)
    gathered.refuse_mistakes()
    gathered.ignored += _ignored(run, beads)
    _add_events(gathered, beads)
    facts = {name: fact for name, fact in _facts(run.above).items() if fact}
    events = str(len(run.lines))
    return gathered.read({"format": "xPONENT bead-level run", "events": events, **facts})


@dataclass(frozen=True, slots=True)
class _Run:
    """The events of a run as cells: columns by their names in lower case, the line of every event,
    the lines above the header, and what separates the cells.
    """

    source: str
    header: list[str]
    columns: dict[str, tuple[str, ...]]
    lines: list[int]
    above: list[str]
    separator: str

    @property
    def reporters(self) -> list[str]:
        """The columns of the reporters."""
        return [name for name in self.columns if _REPORTER.match(name)]

    def title_of(self, name: str) -> str:
        """The name of a column as the file has it."""
        return next(title for title in self.header if title.lower() == name)

    def addresses(self, name: str) -> Iterator[tuple[str, str]]:
        """The address of every cell of a column, and the cell."""
        title = self.title_of(name)
        for line, cell in zip(self.lines, self.columns[name], strict=True):
            yield f"{self.source}:{line} column {title}", cell

    def places_of(self, name: str, cells: set[str] | set[Cell]) -> Iterator[tuple[str, str]]:
        """Where in a column these cells stand, and the cells."""
        return (pair for pair in self.addresses(name) if pair[1] in cells)


def _run(raw: bytes, source: str) -> _Run:
    """The events of a file. Refused are lines of another length than the header."""
    text = text_of_file(raw, source)
    title = _HEADER.search(text)
    if title is None:
        expected = "EventNo, BeadID, IsDDGated, ..., RP1"
        raise read_error(source, "no header of events", expected, "export the run again")
    separator = title[1]
    rows = split_rows(lines_of(text), separator, source)
    above, header = _header_of(rows)
    body = [(line, cells) for line, cells in rows if cells] if header else []
    _check_shape(source, header, body)
    names = [name.lower() for name in header]
    columns = zip(*(cells for _, cells in body), strict=True)
    by_name = dict(zip(names, columns, strict=True))
    lines = [line for line, _ in body]
    return _Run(
        source, header, by_name, lines, [separator.join(cells) for cells in above], separator
    )


def _header_of(rows: Iterator[TextRow]) -> tuple[list[list[str]], list[str]]:
    """The rows above the header, and the header; it is empty where the first lines hold none."""
    above: list[list[str]] = []
    for _, cells in islice(rows, _DEEPEST + 1):
        if cells and cells[0].lower() == "eventno":
            return above, cells
        above.append(cells)
    return above, []


def _check_shape(source: str, header: list[str], body: Sequence[TextRow]) -> None:
    """Refuse lines of another length than the header, a column twice, and a run without events."""
    short = [(line, len(cells)) for line, cells in body if len(cells) != len(header)]
    if short:
        line, count = short[0]
        raise read_error(
            f"{source}:{line}",
            f"{count} cells{and_more(len(short) - 1)}",
            f"{len(header)}, as in the header",
            "copy or export the run again; perhaps decimal commas in a file separated by commas",
        )
    twice = len(set(header)) < len(header)
    if twice or not body:
        finding = "a column twice" if twice else "no events"
        raise read_error(source, finding, "a header and an event a line", "export the run again")


@dataclass(frozen=True, slots=True)
class _Beads:
    """The events of a run: the region of each, whether it lies within the DD gate, and its light by
    reporter.
    """

    region: Ints
    gated: Bools
    light: dict[str, Floats]


def _beads(run: _Run, gathered: LuminexFile) -> _Beads:
    region = _codes(run, "beadid", _region, "the number of a region", gathered)
    gated = _codes(run, "isddgated", _gate, "True or False", gathered)
    return _Beads(region, gated.astype(bool), _light_of_reporters(run, gathered))


def _light_of_reporters(run: _Run, gathered: LuminexFile) -> dict[str, Floats]:
    """The light of every reporter, one number an event."""
    mark = _mark(run)
    return {reporter: _light(run, reporter, mark, gathered) for reporter in run.reporters}


def _mark(run: _Run) -> str:
    """The decimal mark of the light."""
    texts = set(chain.from_iterable(run.columns[reporter] for reporter in run.reporters))
    return mark_of_texts(texts, run.source, separator=run.separator)


def _region(cell: str) -> int | None:
    return int(cell) if _REGION.match(cell) else None


def _gate(cell: str) -> int | None:
    return _GATES.get(cell.lower())


def _codes(
    run: _Run,
    name: str,
    code_of: Callable[[str], int | None],
    expected: str,
    gathered: LuminexFile,
) -> Ints:
    """The cells of a column as whole numbers, one an event."""
    codes = {cell: code_of(cell) for cell in set(run.columns[name])}
    unknown = {cell for cell, code in codes.items() if code is None}
    _complain(run, name, unknown, expected, gathered)
    return np.array([codes[cell] or 0 for cell in run.columns[name]])


def _light(run: _Run, name: str, mark: str, gathered: LuminexFile) -> Floats:
    """The light of one reporter, one number an event."""
    values = cell_values(run.columns[name], mark)
    gathered.mistakes += unreadable_cells(values, run.addresses(name))
    light = {cell: value.value for cell, value in values.items() if isinstance(value, CellValue)}
    dark = {cell for cell, number in light.items() if number is None}
    _complain(run, name, dark, "a number", gathered)
    return np.array([light.get(cell) for cell in run.columns[name]], dtype=np.float64)


def _complain(
    run: _Run, name: str, cells: set[str] | set[Cell], expected: str, gathered: LuminexFile
) -> None:
    """A mistake wherever one of these cells stands."""
    for where, cell in islice(run.places_of(name, cells), MOST_MISTAKES) if cells else ():
        gathered.complain(where, repr(cell), expected, "copy or export the run again")


def _add_events(gathered: LuminexFile, beads: _Beads) -> None:
    """The readings: the beads of every region within the gate, in the order in which they came."""
    counted = beads.gated & (beads.region > 0)
    regions = np.unique(beads.region[counted])
    places = [np.flatnonzero(counted & (beads.region == region)) for region in regions]
    for reporter, light in beads.light.items():
        suffix = f" {reporter.upper()}" if len(beads.light) > 1 else ""
        gathered.add(
            [NO_VALUE] * len(regions),
            block="events",
            kind="bead_events",
            channel=[f"{region}{suffix}" for region in regions],
            unit="MFI",
            y=[pl.Series(light[place], dtype=pl.Float64) for place in places],
            beads=[float(len(place)) for place in places],
            well=str(gathered.request.well),
        )


def _ignored(run: _Run, beads: _Beads) -> Iterator[Ignored]:
    """The columns that are not read, and the beads that are in no region or no single ones."""
    yield from _columns_not_read(run)
    yield from _beads_not_counted(beads)


def _columns_not_read(run: _Run) -> Iterator[Ignored]:
    """The columns that are neither needed nor those of a reporter."""
    for title in run.header:
        name = title.lower()
        if name not in (*_NEEDED, *run.reporters):
            yield Ignored(f"column {title}", _WHY.get(name, "not known to this reader"))


def _beads_not_counted(beads: _Beads) -> Iterator[Ignored]:
    region, gated = beads.region, beads.gated
    outside = f"{(gated & (region == 0)).sum()} beads of region 0"
    yield Ignored(outside, "they belong to no region of the map")
    yield Ignored(f"{(~gated).sum()} beads out of the DD gate", "doublets, clumps and debris")


def _facts(above: Sequence[str]) -> dict[str, str]:
    """Sample number and batch. The batch's free text stays out: it may name a person."""
    text = ", ".join(filter(None, above))
    return {"sample number": _first(_SAMPLE, text), "batch": _first(_BATCH, text)}


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1].strip() if match else ""
