"""Bead-level runs of xPONENT (`Run012.csv`): every bead of one well with its region and its
reporter's light.

Format known from the files of one instrument (Luminex 100/200, of 2010): `SampleID = ..`, the
batch, a header, a bead a line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import polars as pl

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.text import decode
from exvivo.read.luminex.shared import (
    MOST_MISTAKES,
    Gathered,
    Result,
    mark_of_texts,
    results_of,
    text_of_file,
    unreadable,
)
from exvivo.read.qpcr.shared import some
from exvivo.read.result import FileRead, Ignored, Request

_START = 4096
_DEEPEST = 20
"""Lines in which the header is looked for."""
_HEADER = re.compile(r'(?:^|[\r\n])"?EventNo"?[ ]*([,;\t])', re.IGNORECASE)
_REPORTER = re.compile(r"rp[1-9]$")
_REGION = re.compile(r"[0-9]{1,3}$")
_GATE = {"true": True, "false": False, "1": True, "0": False}
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
        raise _wrong(
            request,
            "a bead-level run, which holds one well",
            "the well it belongs to",
            "name the file in the `file` column of the layout",
        )
    header, columns, lines, above, separator = _columns(raw, request)
    names = [name.lower() for name in header]
    reporters = [name for name in names if _REPORTER.match(name)]
    if not reporters or any(name not in names for name in _NEEDED):
        raise _wrong(
            request,
            f"columns {', '.join(header)}",
            "BeadID, IsDDGated and RP1 among the columns",
            "export the run with all its columns",
        )
    mistakes: list[Mistake] = []
    region = _words(columns[names.index("beadid")], lines, "BeadID", request, mistakes)
    gate = _words(columns[names.index("isddgated")], lines, "IsDDGated", request, mistakes)
    mark = mark_of_texts(
        (c for n in reporters for c in set(columns[names.index(n)])),
        request.source,
        separator=separator,
    )
    light = {
        n: _numbers(columns[names.index(n)], lines, n.upper(), request, mark, mistakes)
        for n in reporters
    }
    if mistakes:
        raise ReadError(mistakes)
    gathered = Gathered(request)
    gathered.ignored += _ignored(header, names, region, gate)
    _events(gathered, region, gate, light)
    facts = {name: fact for name, fact in _facts(above).items() if fact}
    return gathered.read({"format": "xPONENT bead-level run", "events": str(len(region)), **facts})


def _wrong(request: Request, found: str, expected: str, cure: str) -> ReadError:
    return ReadError(Mistake(request.source, found, expected, cure))


Columns = tuple[list[str], list[tuple[str, ...]], list[int], list[str], str]


def _columns(raw: bytes, request: Request) -> Columns:
    """Header, columns, line numbers, the lines above and the separator. Refused are lines of
    another length than the header.
    """
    text = text_of_file(raw, request.source)
    title = _HEADER.search(text)
    if title is None:
        raise _wrong(
            request,
            "no header of events",
            "EventNo, BeadID, IsDDGated, ..., RP1",
            "export the run again",
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=title[1], strict=True)
    above: list[str] = []
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if header:
                if row:
                    rows.append(row)
                    lines.append(reader.line_num)
            elif row and row[0].strip().lower() == "eventno":
                header = [cell.strip() for cell in row]
            elif len(above) < _DEEPEST:
                above.append(title[1].join(row))
            else:
                break
    except csv.Error as error:
        raise ReadError(
            Mistake(
                f"{request.source}:{reader.line_num}",
                f"a line that cannot be read ({error})",
                "a line of a table",
                "copy or export the run again: it breaks off, or a double quote is not closed",
            )
        ) from None
    short = [
        (line, len(row)) for line, row in zip(lines, rows, strict=True) if len(row) != len(header)
    ]
    if short or not rows or len(set(header)) < len(header):
        raise ReadError(_shape(request, header, short))
    return header, list(zip(*rows, strict=True)), lines, above, title[1]


def _shape(request: Request, header: list[str], short: list[tuple[int, int]]) -> Mistake:
    if not header or not short:
        found = "a column twice" if len(set(header)) < len(header) else "no events"
        return Mistake(
            request.source, found, "a header and an event a line", "export the run again"
        )
    line, cells = short[0]
    more = f" (and {len(short) - 1} lines more)" if len(short) > 1 else ""
    return Mistake(
        f"{request.source}:{line}",
        f"{cells} cells{more}",
        f"{len(header)}, as in the header",
        "copy or export the run again; perhaps decimal commas in a file separated by commas",
    )


def _words(
    cells: Sequence[str], lines: Sequence[int], name: str, request: Request, mistakes: list[Mistake]
) -> np.ndarray:
    """Regions as whole numbers, gates as true or false."""
    known: dict[str, int | bool] = {}
    for cell in set(cells):
        bare = cell.strip().lower()
        if name == "BeadID" and _REGION.match(bare):
            known[cell] = int(bare)
        elif name == "IsDDGated" and bare in _GATE:
            known[cell] = _GATE[bare]
    expected = "the number of a region" if name == "BeadID" else "True or False"
    unknown = ((line, cell) for line, cell in zip(lines, cells, strict=True) if cell not in known)
    mistakes += [
        Mistake(
            f"{request.source}:{line} column {name}",
            repr(cell),
            expected,
            "copy or export the run again",
        )
        for line, cell in islice(unknown, MOST_MISTAKES)
    ]
    return np.array([known.get(cell, 0) for cell in cells])


def _numbers(
    cells: Sequence[str],
    lines: Sequence[int],
    name: str,
    request: Request,
    mark: str,
    mistakes: list[Mistake],
) -> np.ndarray:
    """The light of one reporter, a number an event: a bead has one."""
    found = results_of(cells, mark)
    where = (f"{request.source}:{line} column {name}" for line in lines)
    mistakes += unreadable(found, zip(where, cells, strict=False))
    values = {cell: what.value for cell, what in found.items() if isinstance(what, Result)}
    dark = (
        (line, cell)
        for line, cell in zip(lines, cells, strict=True)
        if cell in values and values[cell] is None
    )
    mistakes += [
        Mistake(
            f"{request.source}:{line} column {name}",
            repr(cell),
            "a number",
            "copy or export the run again",
        )
        for line, cell in islice(dark, MOST_MISTAKES)
    ]
    return np.array([values.get(cell) for cell in cells], dtype=np.float64)


def _events(
    gathered: Gathered, region: np.ndarray, gate: np.ndarray, light: dict[str, np.ndarray]
) -> None:
    """The readings: the beads of every region within the gate, in the order in which they came."""
    kept = gate & (region > 0)
    regions = np.unique(region[kept])
    places = [np.flatnonzero(kept & (region == number)) for number in regions]
    for reporter, values in light.items():
        y = [pl.Series(values[place], dtype=pl.Float64) for place in places]
        named = [
            f"{number} {reporter.upper()}" if len(light) > 1 else str(number) for number in regions
        ]
        gathered.add(
            [Result()] * len(regions),
            block="events",
            kind="bead_events",
            channel=named,
            unit="MFI",
            y=y,
            beads=[float(len(place)) for place in places],
            well=str(gathered.request.well),
        )


def _ignored(
    header: Sequence[str], names: Sequence[str], region: np.ndarray, gate: np.ndarray
) -> Iterator[Ignored]:
    for title, name in zip(header, names, strict=True):
        if name not in _NEEDED and not _REPORTER.match(name):
            yield Ignored(f"column {title}", _WHY.get(name, "not known to this reader"))
    yield Ignored(
        f"{int((gate & (region == 0)).sum())} beads of region 0",
        "they belong to no region of the map",
    )
    yield Ignored(f"{int((~gate).sum())} beads out of the DD gate", "doublets, clumps and debris")


def _facts(above: Sequence[str]) -> dict[str, str]:
    """Sample number and batch. The batch's free text stays out: it may name a person."""
    text = some([line for line in above if line], most=_DEEPEST)
    sample = re.search(r"SampleID *= *([^,;]{1,80})", text)
    batch = re.search(r"Batch Name: *(.{1,200}?)(?: {2,}|, \.\.\.|$)", text)
    return {
        "sample number": sample[1].strip() if sample else "",
        "batch": batch[1].strip() if batch else "",
    }
