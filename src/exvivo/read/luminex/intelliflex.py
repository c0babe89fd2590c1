"""xMAP INTELLIFLEX: the csv its own software writes, one line a well, columns `R25: RP1 MEDIAN`.

Format known from files of software 2.0 to 2.2 (public test data of allotropy, MIT); none is at
hand. INTELLIFLEX batches run under xPONENT are in that program's format.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import is_well
from exvivo.read.cells.text import Unreadable, decode
from exvivo.read.luminex.shared import (
    NOTHING,
    Gathered,
    Result,
    mark_of_texts,
    result_of,
    results_of,
    text_of_file,
    unreadable,
)
from exvivo.read.qpcr.shared import some
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study.layout import plain_well

_START = 4096
_MOST_LINES = 1537
"""A header, and the wells of the largest plate."""
_HEADER = re.compile(r'[^\r\n]*?"?WELL LOCATION"?[ ]*([,;\t])', re.IGNORECASE)
_BEAD = re.compile(r"R([0-9]{1,3}): *(RP[1-9]) +(.+)$", re.IGNORECASE)
_TYPE = re.compile(r"([BSCU])[0-9]{1,4}$")
_ROLES = {"B": "blank", "S": "standard", "C": "qc", "U": "sample"}
_KINDS = {"MEDIAN": "mfi", "NET MEDIAN": "net_mfi"}
_READ = (*_KINDS, "COUNT", "ANALYTE NAME")
_PEOPLE = ("ACTIVE USER", "AUTHORIZED USER", "SIGNING USER")
_FACTS = {
    "MODEL NAME": "instrument",
    "SERIAL NUMBER": "serial number",
    "SOFTWARE VERSION": "software build",
    "PLATE NAME": "batch",
    "PLATE START": "start",
    "PLATE END": "end",
    "PROTOCOL NAME": "protocol",
    "OPERATING MODE": "reporter gain",
    "DD GATE LOW": "DD gate, low",
    "DD GATE HIGH": "DD gate, high",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """The first line names WELL LOCATION and columns of regions and reporters."""
    del suffix
    start = decode(raw[:_START]).lstrip()
    return (
        _HEADER.match(start) is not None and re.search(r"R[0-9]{1,3}: *RP[1-9] ", start) is not None
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The header, the column of each name, and the lines with their numbers."""

    source: str
    header: list[str]
    column: dict[str, int]
    lines: list[int]
    rows: list[list[str]]

    def cells(self, name: str) -> list[str]:
        """The cells of a column; blanks where the file has none of that name."""
        at = self.column.get(name)
        return [row[at] if at is not None else "" for row in self.rows]

    def addresses(self, name: str) -> Iterator[tuple[str, str]]:
        """The address of every cell of a column, and the cell."""
        for line, cell in zip(self.lines, self.cells(name), strict=True):
            yield f"{self.source}:{line} column {name}", cell


def read(raw: bytes, request: Request) -> FileRead:
    """Readings of every well and region: `mfi` of MEDIAN and `net_mfi` of NET MEDIAN, with `beads`
    of COUNT.

    The channel is the analyte's name, else the region ("R25"), followed by the reporter where
    several were read. WELL TYPE U1, S1, B1, C1 is the role; amounts are not in the file. Everything
    else is in the VENDOR table. Raises `ReadError` with every mistake: lines of another length than
    the header, wells twice, cells that are no numbers.
    """
    table = _table(raw, request)
    gathered = Gathered(request)
    regions = _regions(table)
    wells = _wells(table, gathered)
    if not any(f"{prefix} {name}" in table.column for prefix in regions for name in _KINDS):
        gathered.mistakes.append(
            Mistake(
                request.source,
                f"columns of {some(list(regions))} without medians",
                "MEDIAN or NET MEDIAN",
                "export the plate again with its medians",
            )
        )
    read_columns = [f"{prefix} {name}" for prefix in regions for name in (*_KINDS, "COUNT")] + [
        "DILUTION"
    ]
    mark = mark_of_texts(
        (c for name in read_columns for c in table.cells(name)),
        request.source,
        separator=_separator(raw),
    )
    dilutions = list(_dilutions(table, mark, gathered))
    for prefix, channel in regions.items():
        _add(table, prefix, channel, wells, dilutions, mark, gathered)
    _beside(table, regions, wells, gathered)
    return gathered.read(_facts(table))


def _separator(raw: bytes) -> str:
    title = _HEADER.match(decode(raw[:_START]).lstrip())
    return title[1] if title else ","


def _table(raw: bytes, request: Request) -> _Table:
    text = text_of_file(raw, request.source)
    reader = csv.reader(
        io.StringIO(text.lstrip(), newline=""), delimiter=_separator(raw), strict=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
            if len(rows) > _MOST_LINES:
                raise ReadError(
                    Mistake(
                        request.source,
                        f"more than {_MOST_LINES} lines",
                        "a line a well",
                        "export one plate a file",
                    )
                )
    except csv.Error as error:
        raise ReadError(
            Mistake(
                f"{request.source}:{reader.line_num}",
                f"a line that cannot be read ({error})",
                "a line of a table",
                "copy or export the plate again: it breaks off, or a double quote is not closed",
            )
        ) from None
    header = rows[0] if rows else []
    while header and not header[-1]:
        header = header[:-1]
    mistakes = [
        Mistake(
            f"{request.source}:{lines[0]}",
            f"the column {name!r} twice",
            "each column once",
            "export the plate again",
        )
        for name, times in Counter(map(_plain, header)).items()
        if times > 1
    ]
    mistakes += [
        Mistake(
            f"{request.source}:{line}",
            f"{len(row)} cells",
            f"{len(header)}, as in the header",
            "copy or export the plate again; perhaps decimal commas in a file separated by commas",
        )
        for line, row in zip(lines[1:], rows[1:], strict=True)
        if len(row) < len(header) or any(row[len(header) :])
    ]
    if mistakes:
        raise ReadError(mistakes)
    names = [_plain(name) for name in header]
    return _Table(
        request.source, header, {name: at for at, name in enumerate(names)}, lines[1:], rows[1:]
    )


def _plain(name: str) -> str:
    """A column's name in capitals, that of a region without its blanks.

    >>> _plain("R25:  rp1 Median"), _plain("Well Location")
    ('R25 RP1 MEDIAN', 'WELL LOCATION')
    """
    bead = _BEAD.match(name)
    return f"R{int(bead[1])} {bead[2].upper()} {bead[3].upper().strip()}" if bead else name.upper()


def _regions(table: _Table) -> dict[str, str]:
    """The columns' prefix (`R25 RP1`) of every region and reporter, and the channel it stands
    for.
    """
    found = [bead for name in table.header if (bead := _BEAD.match(name))]
    several = len({bead[2].upper() for bead in found}) > 1
    channels: dict[str, str] = {}
    for bead in found:
        region, reporter = f"R{int(bead[1])}", bead[2].upper()
        if f"{region} {reporter}" in channels:
            continue
        names = dict.fromkeys(
            cell for cell in table.cells(f"{region} {reporter} ANALYTE NAME") if cell
        )
        analyte = next(iter(names)) if len(names) == 1 else region
        channels[f"{region} {reporter}"] = f"{analyte} {reporter}" if several else analyte
    return channels


def _wells(table: _Table, gathered: Gathered) -> list[str]:
    wells = [plain_well(cell) for cell in table.cells("WELL LOCATION")]
    times = Counter(wells)
    for (where, cell), well in zip(table.addresses("WELL LOCATION"), wells, strict=True):
        if not is_well(cell):
            gathered.mistakes.append(
                Mistake(where, repr(cell), "a well (A1)", "export the plate again")
            )
        elif times[well] > 1:
            gathered.mistakes.append(
                Mistake(
                    where,
                    f"well {well} more than once",
                    "every well once: one plate a file",
                    "export every plate by itself",
                )
            )
    return wells


def _add(
    table: _Table,
    prefix: str,
    channel: str,
    wells: list[str],
    dilutions: list[float | None],
    mark: str,
    gathered: Gathered,
) -> None:
    """The readings of one region and reporter."""
    types = [_TYPE.match(cell.upper()) for cell in table.cells("WELL TYPE")]
    roles = [_ROLES[known[1]] if known else None for known in types]
    beads = [result.value for result in _results(table, f"{prefix} COUNT", mark, gathered)]
    for name, kind in _KINDS.items():
        if f"{prefix} {name}" in table.column:
            gathered.add(
                _results(table, f"{prefix} {name}", mark, gathered),
                block=name,
                kind=kind,
                unit="MFI",
                well=wells,
                channel=channel,
                sample=[cell or None for cell in table.cells("SAMPLE ID")],
                vendor_role=roles,
                vendor_nominal=[0.0 if role == "blank" else None for role in roles],
                vendor_dilution=dilutions,
                beads=beads,
            )


def _results(table: _Table, name: str, mark: str, gathered: Gathered) -> list[Result]:
    cells = table.cells(name)
    found = results_of(cells, mark)
    gathered.mistakes += unreadable(found, table.addresses(name))
    results = [what if isinstance(what := found[cell], Result) else NOTHING for cell in cells]
    gathered.words(f"column {name}", results)
    return results


def _dilutions(table: _Table, mark: str, gathered: Gathered) -> Iterator[float | None]:
    for where, cell in table.addresses("DILUTION"):
        try:
            factor = result_of(cell, mark).value
        except Unreadable:
            factor = 0.0
        if factor is not None and factor <= 0:
            gathered.mistakes.append(
                Mistake(
                    where,
                    repr(cell),
                    "how many times the sample was diluted",
                    "correct it, and export the plate again",
                )
            )
        yield factor


def _beside(
    table: _Table, regions: dict[str, str], wells: Sequence[str], gathered: Gathered
) -> None:
    """Everything else, well by well, but what is one fact of the plate; users are left out."""
    read = {f"{prefix} {name}" for prefix in regions for name in _READ}
    read |= {"WELL LOCATION", "SAMPLE ID", "WELL TYPE"}
    for name in table.column:
        cells = table.cells(name)
        if name in _PEOPLE:
            gathered.ignored.append(Ignored(f"column {name}", "may name a person"))
        elif name in read:
            continue
        elif (prefix := " ".join(name.split(" ")[:2])) in regions:
            reporter, figure = prefix.split(" ")[1], name.removeprefix(prefix).strip()
            for well, cell in zip(wells, cells, strict=True):
                gathered.beside(f"{reporter} {figure}", well, regions[prefix], cell)
        elif len(set(cells)) == 1:
            gathered.beside("header", name, "", cells[0])
        else:
            for well, cell in zip(wells, cells, strict=True):
                gathered.beside(name, well, "", cell)


def _facts(table: _Table) -> dict[str, str]:
    facts = {"format": "INTELLIFLEX"}
    for column, name in _FACTS.items():
        said = dict.fromkeys(cell for cell in table.cells(column) if cell)
        if len(said) == 1:
            facts[name] = next(iter(said))[:300]
    return facts
