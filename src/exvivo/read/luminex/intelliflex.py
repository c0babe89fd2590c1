"""xMAP INTELLIFLEX: the csv its own software writes, one line a well, columns `R25: RP1 MEDIAN`.

Format known from files of software 2.0 to 2.2 (public test data of allotropy, MIT); none is at
hand. INTELLIFLEX batches run under xPONENT are in that program's format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.cells.messages import read_error
from exvivo.cells.text import Unreadable, decode
from exvivo.cells.text_rows import TextRow, filled_rows, lines_of, split_rows
from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.located import is_well
from exvivo.read.cells.values import CellValue, cell_value, mark_of_texts
from exvivo.read.luminex.shared import LuminexFile, text_of_file
from exvivo.read.result import FileRead, Request
from exvivo.study.layout import plain_well
from exvivo.words import shortened

_START = 4096
_MOST_LINES = 1537
"""A header, and the wells of the largest plate."""
_HEADER = re.compile(r'[^\r\n]*?"?WELL LOCATION"?[ ]*([,;\t])', re.IGNORECASE)
_BEAD = re.compile(r"R([0-9]{1,3}): *(RP[1-9]) +(.+)$", re.IGNORECASE)
_PREFIX = re.compile(r"(R[0-9]+ RP[1-9]) (.+)$")
"""The plain name of a column of a region and reporter, and its figure."""
_AROUND = '" ,;\t'
"""What a spreadsheet puts round the words of a line."""
_TAIL = re.compile(r"-{2,}[^-].*-{2,}$")
"""A line that ends the wells and names what follows (`--DOCUMENT SIGNATURE--`)."""
_TYPE = re.compile(r"([BSCU])[0-9]{1,4}$")
_ROLES = {"B": "blank", "S": "standard", "C": "qc", "U": "sample"}
_KINDS = {"MEDIAN": "mfi", "NET MEDIAN": "net_mfi"}
_READ = (*_KINDS, "COUNT", "ANALYTE NAME")
_OF_WELLS = ("WELL LOCATION", "SAMPLE ID", "WELL TYPE")
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
    """The wells of a plate: the place of each column by its name, and the lines with their
    numbers.
    """

    source: str
    column: dict[str, int]
    rows: list[TextRow]
    separator: str
    tail: Sequence[str] = ()
    """The lines behind the wells; the first names them."""

    def cells(self, name: str) -> list[str]:
        """The cells of a column; blanks where the file has none of that name."""
        at = self.column.get(name)
        return [cells[at] if at is not None else "" for _, cells in self.rows]

    def addresses(self, name: str) -> Iterator[tuple[str, str]]:
        """The address of every cell of a column, and the cell."""
        for (line, _), cell in zip(self.rows, self.cells(name), strict=True):
            yield f"{self.source}:{line} column {name}", cell

    def single(self, name: str) -> str:
        """The word of a column that has but one; else nothing."""
        words = set(filter(None, self.cells(name)))
        return words.pop() if len(words) == 1 else ""


def read(raw: bytes, request: Request) -> FileRead:
    """Readings of every well and region: `mfi` of MEDIAN and `net_mfi` of NET MEDIAN, with `beads`
    of COUNT.

    The channel is the analyte's name, else the region ("R25"), followed by the reporter where
    several were read. WELL TYPE U1, S1, B1, C1 is the role; amounts are not in the file. Everything
    else is in the VENDOR table. Raises `ReadError` with every mistake: lines of another length than
    the header, wells twice, cells that are no numbers.
    """
    table = _table(raw, request.source)
    gathered = LuminexFile(request)
    regions = _regions(table)
    read = [f"{region} {name}" for region in regions for name in (*_KINDS, "COUNT")]
    plate = _Plate(table, gathered, _wells(table, gathered), _mark(table, read))
    if not table.column.keys() & {name for name in read if not name.endswith(" COUNT")}:
        finding = f"columns of {shortened(list(regions))} without medians"
        cure = "export the plate again with its medians"
        gathered.complain(request.source, finding, "MEDIAN or NET MEDIAN", cure)
    dilutions = list(_dilutions(plate))
    for region, channel in regions.items():
        _add(plate, region, channel, dilutions)
    _beside(plate, regions)
    return gathered.read(_facts(table))


@dataclass(frozen=True, slots=True)
class _Plate:
    """A table with its wells and its decimal mark, and what is gathered of it."""

    table: _Table
    gathered: LuminexFile
    wells: list[str]
    mark: str

    def values(self, name: str) -> list[CellValue]:
        """The values of a column."""
        cells, addresses = self.table.cells(name), self.table.addresses(name)
        return self.gathered.values(cells, addresses, self.mark, f"column {name}")

    def beside(self, name: str, block: str, channel: str = "") -> None:
        """A column as it stands, well by well."""
        for well, cell in zip(self.wells, self.table.cells(name), strict=True):
            self.gathered.beside(block, well, cell, channel)


def _mark(table: _Table, names: Sequence[str]) -> str:
    """The decimal mark of the columns of numbers."""
    texts: set[str] = set()
    for name in (*names, "DILUTION"):
        texts.update(table.cells(name))
    return mark_of_texts(texts, table.source, separator=table.separator)


def _table(raw: bytes, source: str) -> _Table:
    text = text_of_file(raw, source).lstrip()
    title = _HEADER.match(text)
    separator = title[1] if title else ","
    of_wells, tail = _without_tail(lines_of(text))
    rows = filled_rows(split_rows(of_wells, separator, source))
    if len(rows) > _MOST_LINES:
        finding = f"more than {_MOST_LINES} lines"
        raise read_error(source, finding, "a line a well", "export one plate a file")
    first, header = rows[0] if rows else (1, [])
    names = _names(header)
    mistakes = [*_named_twice(f"{source}:{first}", names)]
    mistakes += _not_so_wide(source, len(names), rows[1:])
    if mistakes:
        raise ReadError(mistakes)
    return _Table(source, {name: at for at, name in enumerate(names)}, rows[1:], separator, tail)


def _without_tail(lines: list[str]) -> tuple[list[str], list[str]]:
    """The header with its wells, and the lines behind them from the one that names them."""
    end = _tail_start(lines)
    return lines[:end], lines[end:]


def _tail_start(lines: list[str]) -> int:
    """The first line behind the wells."""
    bare = (line.strip(_AROUND) for line in lines)
    return next((at for at, line in enumerate(bare) if _TAIL.match(line)), len(lines))


def _names(header: Sequence[str]) -> list[str]:
    """The plain names of the columns, up to the last that has one."""
    names = [_plain(name) for name in header]
    while names and not names[-1]:
        names.pop()
    return names


def _named_twice(where: str, names: Sequence[str]) -> Iterator[Mistake]:
    for name, times in Counter(names).items():
        if times > 1:
            finding = f"the column {name!r} twice"
            yield Mistake(where, finding, "each column once", "export the plate again")


def _not_so_wide(source: str, width: int, rows: Sequence[TextRow]) -> Iterator[Mistake]:
    """Lines that are longer or shorter than the header."""
    for line, cells in rows:
        if len(cells) < width or any(cells[width:]):
            yield Mistake(
                f"{source}:{line}",
                f"{len(cells)} cells",
                f"{width}, as in the header",
                "copy or export the plate again; "
                "perhaps decimal commas in a file separated by commas",
            )


def _plain(name: str) -> str:
    """A column's name in capitals, that of a region without its blanks.

    >>> _plain("R25:  rp1 Median"), _plain("Well Location")
    ('R25 RP1 MEDIAN', 'WELL LOCATION')
    """
    name = name.upper()
    bead = _BEAD.match(name)
    return f"R{int(bead[1])} {bead[2]} {bead[3]}" if bead else name


def _regions(table: _Table) -> dict[str, str]:
    """The columns' prefix (`R25 RP1`) of every region and reporter, and the channel it stands
    for.
    """
    prefixes = dict.fromkeys(match[1] for match in map(_PREFIX.match, table.column) if match)
    several = len({_reporter(prefix) for prefix in prefixes}) > 1
    channels: dict[str, str] = {}
    for prefix in prefixes:
        analyte = table.single(f"{prefix} ANALYTE NAME") or prefix.split(" ")[0]
        channels[prefix] = f"{analyte} {_reporter(prefix)}" if several else analyte
    return channels


def _reporter(prefix: str) -> str:
    return prefix.split(" ")[1]


def _wells(table: _Table, gathered: LuminexFile) -> list[str]:
    wells = [plain_well(cell) for cell in table.cells("WELL LOCATION")]
    times = Counter(wells)
    for (where, cell), well in zip(table.addresses("WELL LOCATION"), wells, strict=True):
        if not is_well(cell):
            gathered.complain(where, repr(cell), "a well (A1)", "export the plate again")
        elif times[well] > 1:
            finding, expected = f"well {well} more than once", "every well once: one plate a file"
            gathered.complain(where, finding, expected, "export every plate by itself")
    return wells


def _add(plate: _Plate, prefix: str, channel: str, dilutions: list[float | None]) -> None:
    """The readings of one region and reporter."""
    table = plate.table
    roles = [_role(cell) for cell in table.cells("WELL TYPE")]
    beads = [count.value for count in plate.values(f"{prefix} COUNT")]
    for name, kind in _KINDS.items():
        if f"{prefix} {name}" in table.column:
            plate.gathered.add(
                plate.values(f"{prefix} {name}"),
                block=name,
                kind=kind,
                unit="MFI",
                well=plate.wells,
                channel=channel,
                sample=[cell or None for cell in table.cells("SAMPLE ID")],
                vendor_role=roles,
                vendor_nominal=[0.0 if role == "blank" else None for role in roles],
                vendor_dilution=dilutions,
                beads=beads,
            )


def _role(cell: str) -> str | None:
    """The role that the type of a well states (S1, U3)."""
    match = _TYPE.match(cell.upper())
    return _ROLES[match[1]] if match else None


def _dilutions(plate: _Plate) -> Iterator[float | None]:
    for where, cell in plate.table.addresses("DILUTION"):
        factor = _factor(cell, plate.mark)
        if factor is not None and factor <= 0:
            cure = "correct it, and export the plate again"
            expected = "how many times the sample was diluted"
            plate.gathered.complain(where, repr(cell), expected, cure)
        yield factor


def _factor(cell: str, mark: str) -> float | None:
    """The dilution that a cell states; 0, which no dilution is, where it is no number."""
    try:
        return cell_value(cell, mark).value
    except Unreadable:
        return 0.0


def _beside(plate: _Plate, regions: Mapping[str, str]) -> None:
    """Everything else, well by well, but what is one fact of the plate; users are left out."""
    if plate.table.tail:
        title, *rest = filter(None, map(str.strip, plate.table.tail))
        what = f"{title} behind the wells, {len(rest)} lines"
        plate.gathered.ignore(what, "no wells: what the software says of its file")
    for name in plate.table.column:
        region = _PREFIX.match(name)
        figure = region[2] if region else name
        if name in _PEOPLE:
            plate.gathered.ignore(f"column {name}", "may name a person")
        elif figure in (_READ if region else _OF_WELLS):
            continue
        elif region:
            plate.beside(name, f"{_reporter(region[1])} {figure}", regions[region[1]])
        elif len(set(plate.table.cells(name))) == 1:
            plate.gathered.beside("header", name, plate.table.cells(name)[0])
        else:
            plate.beside(name, name)


def _facts(table: _Table) -> dict[str, str]:
    facts = {"format": "INTELLIFLEX"}
    for column, name in _FACTS.items():
        if fact := table.single(column):
            facts[name] = fact[:300]
    return facts
