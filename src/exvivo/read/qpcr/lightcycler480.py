"""Roche LightCycler 480 as text: the raw fluorescence, and the Cp of an analysis; packed with gzip
(.gz) or not.

The raw export (`Raw Data  Experiment - ...`) holds every program in which fluorescence was
measured: the amplification, once a cycle, and often a melting curve. The Cp export (`Experiment:
...  Selected Filter: ...`) is of one analysis. Neither names the target: it comes from the column
`target` of the plate layout.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.cells.cell import Cell, text_of
from exvivo.cells.guards import gunzip
from exvivo.cells.text import Unreadable, decode
from exvivo.errors import Mistake
from exvivo.read.cells.located import LocatedTable, holds_table, is_well
from exvivo.read.cells.table import Table, unread_columns
from exvivo.read.cells.values import mark_of, number_of
from exvivo.read.qpcr.cq_rows import Columns, CqRows, Words, amounts_checked, place_of, tables_of
from exvivo.read.qpcr.shared import Reaction, Reactions
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.sources import refuse_excess
from exvivo.words import shortened

_RAW = ("samplepos", "prog#", "seg#", "cycle#", "temp")
_CP = ("include", "pos", "cp")
_RAW_TITLE = re.compile(r"Raw Data\s+Experiment - (.*?)(?:\(Run on ([^)]*)\))?\s*$")
_FILTER = re.compile(r"[0-9]{3}\s*-\s*[0-9]{3}$")
_CYCLE = re.compile(r"[0-9]{1,3}")
_GZIP = b"\x1f\x8b"
_START = 1 << 16
_WIDEST = 3.0
"""Degrees within which a temperature is held: the sensors of a plate and the last tenths of a
ramp.
"""
_FEWEST = 2
"""Cycles below which a program is no amplification."""

_NO_TABLE = (
    "no line with SamplePos, Prog#, Seg#, Cycle#, Temp, and none with Include, Pos, Cp",
    "a raw data export or a Cp export of a LightCycler 480, as text",
    "export it again: Raw Data, or the results table of the analysis",
)
_WHY_RAW = {"time": "the time of a measurement is not needed: cycles are counted"}
_WORDS_CP = Words(standards_by_amount=True, omitted=frozenset({"false"}))
_WHY_CP = {
    "color": "the colour on the screen",
    "concentration": "computed by the vendor's software from the Cp",
    "status": "remarks of the vendor's software on its own call",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """The first line or the header of either export, packed or not."""
    del suffix
    try:
        start = _beginning(raw)
    except zlib.error:
        return True  # no other reader unpacks: `read` says what is wrong
    if start.startswith((b"PK", b"\xd0\xcf")):
        return False
    return _is_titled(start) or holds_table(start, _is_header, ())


def _beginning(raw: bytes) -> bytes:
    """The first bytes of a file, unpacked. Raises `zlib.error`."""
    start = raw[:_START]
    is_gzip = start.startswith(_GZIP)
    return zlib.decompressobj(31).decompress(start, _START) if is_gzip else start


def _is_titled(start: bytes) -> bool:
    """Whether a text begins with the first line of either export."""
    words = " ".join(decode(start[:1000]).lstrip().split())
    of_cp = words.startswith("Experiment:") and "Selected Filter:" in words
    return of_cp or words.startswith("Raw Data Experiment")


def read(raw: bytes, request: Request) -> FileRead:
    """The curves (`amplification`, `melt`) of a raw export, or the Cq (`cq`) of a Cp export.

    Of a raw export the program and segment with the most cycles that was measured once a cycle at
    one temperature is the amplification, and the one with the most readings while the temperature
    changed the melting curve. The channel is empty; where the file holds several filters it
    is the filter (483-533). A blank Cp is no Cq. Wells marked `Include: False` stay, and are
    listed, where they have a Cp; without one they are left out. Raises `ReadError` with every
    mistake.
    """
    content = gunzip(raw, request.source) if raw.startswith(_GZIP) else raw
    refuse_excess(content, request.bounds, request.source)
    export = tables_of(content, request, _is_header, _NO_TABLE)
    located = export.tables[0]
    reactions = Reactions(request)
    read_export = _read_raw if _is_raw(located.names) else _read_cp
    return reactions.read(ignored=list(read_export(located, reactions)), header=_header(located))


def _is_header(names: Sequence[str]) -> bool:
    return _is_raw(names) or _is_cp(names)


def _is_raw(names: Sequence[str]) -> bool:
    return set(_RAW) <= set(names)


def _is_cp(names: Sequence[str]) -> bool:
    return set(_CP) <= set(names)


def _header(located: LocatedTable) -> dict[str, str]:
    """What the first line says: experiment, software, filter."""
    lines = (" ".join(filter(None, row)) for row in located.above)
    title = " ".join(filter(None, lines))
    raw = _RAW_TITLE.match(title)
    if raw:
        facts = {"experiment": raw[1], "software": raw[2] or ""}
    else:
        name, _, chosen = title.removeprefix("Experiment:").partition("Selected Filter:")
        facts = {"experiment": name, "filter": chosen}
    stated = {name: fact.strip() for name, fact in facts.items() if fact.strip()}
    return {"format": "LightCycler 480", "instrument": "LightCycler 480", **stated}


def _read_cp(located: LocatedTable, reactions: Reactions) -> Iterator[Ignored]:
    table, names = located.table, located.names
    columns = Columns(
        well=names.index("pos"),
        cq=names.index("cp"),
        sample=place_of(names, "name"),
        nominal=place_of(names, "standard"),
        omit=names.index("include"),
    )
    numeric = [index for index, name in enumerate(names) if name in ("concentration", "standard")]
    mark = mark_of(table, table.columns(numeric), cq=table.column(columns.cq))
    yield from CqRows(located, columns, _WORDS_CP, reactions, mark).read()
    yield from unread_columns(table, columns.indices(), _WHY_CP)
    yield from amounts_checked(table, columns, "Cp")


@dataclass
class _Segment:
    """The measurements of one segment of one program: cycle and row by well, the temperature of
    each row, and the temperatures reached.
    """

    name: str
    points: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    temperatures: dict[int, float] = field(default_factory=dict)
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, row: int, measurement: _Measurement) -> None:
        """One measurement."""
        self.points.setdefault(measurement.well, []).append((measurement.cycle, row))
        self.temperatures[row] = measurement.temperature
        self.low = min(self.low, measurement.temperature)
        self.high = max(self.high, measurement.temperature)

    def cycles_of(self, well: str) -> set[int]:
        """The cycles of a well."""
        return {cycle for cycle, _ in self.points[well]}

    def cycles(self) -> int:
        """How many cycles were measured."""
        return len(set().union(*map(self.cycles_of, self.points)))

    def is_steady(self) -> bool:
        """Whether it was measured once a cycle at one temperature. A few lines twice are damage,
        no melting curve.
        """
        measured = sum(map(len, self.points.values()))
        different = sum(len(self.cycles_of(well)) for well in self.points)
        return 2 * measured < 3 * different and self.high - self.low <= _WIDEST

    def __str__(self) -> str:
        return f"{self.name} ({self.cycles()} cycles, {self.low:g} to {self.high:g} °C)"


@dataclass(frozen=True, slots=True)
class _Measurement:
    """One line of the raw export."""

    program: str
    segment: str
    well: str
    cycle: int
    temperature: float


class _Odd(Exception):
    """A cell of a line that is not what its column holds: the column, and the finding."""


@dataclass(frozen=True)
class _RawTable:
    """A raw export: where each thing stands (`place`), the columns of fluorescence (`filters`), the
    decimal mark.
    """

    table: Table
    place: Mapping[str, int]
    filters: Sequence[int]
    mark: str
    sample_column: int | None

    def measurement(self, row: int) -> _Measurement:
        """The line of a row. Raises `_Odd`."""
        cells = self.table.rows[row]
        well, program, segment = (text_of(cells[self.place[name]]) for name in _RAW[:3])
        if not is_well(well):
            raise _Odd(self.place["samplepos"], f"well {well!r}")
        return _Measurement(program, segment, well, self._cycle(cells), self._temperature(cells))

    def _cycle(self, cells: Sequence[Cell]) -> int:
        cycle = text_of(cells[self.place["cycle#"]])
        if _CYCLE.fullmatch(cycle):
            return int(cycle)
        raise _Odd(self.place["cycle#"], f"cycle {cycle!r}")

    def _temperature(self, cells: Sequence[Cell]) -> float:
        try:
            return number_of(cells[self.place["temp"]], self.mark)
        except Unreadable as why:
            raise _Odd(self.place["temp"], str(why)) from None

    def sample(self, row: int) -> str | None:
        """The sample of a row, where the file has a column for it."""
        column = self.sample_column
        return None if column is None else text_of(self.table.rows[row][column])


def _raw_table(located: LocatedTable) -> _RawTable:
    table, names = located.table, located.names
    filters = [index for index, name in enumerate(table.header) if _FILTER.match(name)]
    place = {name: names.index(name) for name in _RAW}
    mark = mark_of(table, table.columns((place["temp"], *filters)))
    return _RawTable(table, place, filters, mark, place_of(names, "samplename"))


def _read_raw(located: LocatedTable, reactions: Reactions) -> Iterator[Ignored]:
    raw = _raw_table(located)
    segments = _segments(raw, reactions)
    chosen = _amplification(segments, reactions)
    reactions.mistakes += _broken_off(segments, raw.table.source)
    if not raw.filters:
        reactions.complain(
            raw.table.top(),
            "no column of fluorescence",
            "columns named by their filters (483-533)",
            "export the raw data again, with a filter",
        )
    if chosen is None:
        return
    melting = _melting(segments)
    for column in raw.filters:
        _curves(raw, chosen, column, reactions)
        if melting is not None:
            _melting_curves(raw, melting, column, reactions)
    for segment in segments:
        if segment not in (chosen, melting):
            yield Ignored(str(segment), _why_not(segment, chosen))
    read = {*raw.filters, *raw.place.values(), raw.sample_column}
    yield from unread_columns(raw.table, read, _WHY_RAW)


def _segments(raw: _RawTable, reactions: Reactions) -> list[_Segment]:
    """The segments of the programs, in the order of the file."""
    segments: dict[tuple[str, str], _Segment] = {}
    odd_cells: dict[int, list[tuple[int, str]]] = {}
    for row in range(len(raw.table.rows)):
        try:
            point = raw.measurement(row)
        except _Odd as odd:
            column, finding = odd.args
            odd_cells.setdefault(column, []).append((row, finding))
            continue
        name = f"program {point.program} segment {point.segment}"
        segments.setdefault((point.program, point.segment), _Segment(name)).add(row, point)
    for column, cells in odd_cells.items():
        expected = "a well, the number of a cycle, a temperature"
        cure = "export the raw data again"
        reactions.complain_of_column(raw.table, column, cells, expected, cure)
    return list(segments.values())


def _amplification(segments: Sequence[_Segment], reactions: Reactions) -> _Segment | None:
    """The segment with the most cycles of those measured once a cycle at one temperature."""
    longest = _longest(segments)
    if len(longest) == 1:
        return longest[0]
    listed = ", ".join(map(str, segments)) or "no measurements"
    if longest:
        finding, expected = f"two programs with as many cycles: {listed}", "one amplification"
        cure = "export the raw data of one of them"
    else:
        finding = f"no amplification: {listed}"
        expected = "a program measured once a cycle, at one temperature"
        cure = "export the raw data of the amplification"
    reactions.complain(reactions.request.source, finding, expected, cure)
    return None


def _longest(segments: Sequence[_Segment]) -> list[_Segment]:
    """The segments that may be the amplification and have the most cycles."""
    steady = [segment for segment in segments if segment.is_steady()]
    most = max((segment.cycles() for segment in steady), default=0)
    return [segment for segment in steady if segment.cycles() == most >= _FEWEST]


def _broken_off(segments: Sequence[_Segment], source: str) -> Iterator[Mistake]:
    """Wells with fewer measurements than others: a plate is measured at once, so the file is not
    whole.
    """
    wells: dict[str, None] = {}
    for segment in segments:
        wells |= dict.fromkeys(segment.points)
    for segment in segments:
        counts = {well: len(segment.points.get(well, ())) for well in wells}
        most = max(counts.values())
        short = [f"{well} ({count})" for well, count in counts.items() if count < most]
        if short:
            yield Mistake(
                f"{source}, {segment.name}",
                f"wells with fewer measurements than others: {shortened(short)}",
                f"{most} in every well: all wells are measured at once",
                "the file is not whole: copy or export it again, and leave no line out",
            )


def _why_not(segment: _Segment, chosen: _Segment) -> str:
    if segment.is_steady():
        return f"fewer cycles than {chosen.name}, which is the amplification"
    return "measured while the temperature changed, and not the melting curve with most readings"


def _melting(segments: Sequence[_Segment]) -> _Segment | None:
    """The segment with the most readings of those measured once, while the temperature changed."""
    moving = [one for one in segments if not one.is_steady() and one.cycles() < _FEWEST]
    return max(moving, key=lambda segment: sum(map(len, segment.points.values())), default=None)


def _melting_curves(raw: _RawTable, melting: _Segment, column: int, reactions: Reactions) -> None:
    """The melting curves of all wells through one filter."""
    for well, points in melting.points.items():
        rows = [row for _, row in points]
        reaction = _reaction(raw, melting, well, column)
        light = _light(raw, rows, column, reaction.where, reactions)
        if light:
            temperatures = map(melting.temperatures.__getitem__, rows)
            reactions.melt(reaction, zip(temperatures, light, strict=True))


def _reaction(raw: _RawTable, segment: _Segment, well: str, column: int) -> Reaction:
    """What is measured in a well through one filter."""
    name = raw.table.header[column]
    return Reaction(
        where=f"{raw.table.source}, well {well}, column {name}",
        block=segment.name,
        well=well,
        channel=name if len(raw.filters) > 1 else "",
        sample=raw.sample(segment.points[well][0][1]),
    )


def _curves(raw: _RawTable, chosen: _Segment, column: int, reactions: Reactions) -> None:
    """The amplification curves of all wells through one filter."""
    for well, points in chosen.points.items():
        reaction = _reaction(raw, chosen, well, column)
        cycles, rows = zip(*sorted(points), strict=True)
        light = _light(raw, rows, column, reaction.where, reactions)
        if light:
            reactions.curve(reaction, list(map(float, cycles)), light)


def _light(
    raw: _RawTable, rows: Iterable[int], column: int, where: str, reactions: Reactions
) -> list[float]:
    """The fluorescence of a curve; none, and a mistake, where a cell is no number."""
    try:
        return [number_of(raw.table.rows[row][column], raw.mark) for row in rows]
    except Unreadable as why:
        finding = str(why) if str(why) != "''" else "a cycle without fluorescence"
        cure = "export the raw data again"
        reactions.complain(where, finding, "the fluorescence of every cycle", cure)
        return []
