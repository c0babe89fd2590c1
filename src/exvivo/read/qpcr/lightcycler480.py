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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.found_tables import (
    Found,
    cells_of,
    find_tables,
    holds_table,
    is_well,
    mark_of,
    number_of,
)
from exvivo.read.cells.guards import gunzip
from exvivo.read.cells.table import Table, text_of
from exvivo.read.cells.text import Unreadable, decode
from exvivo.read.qpcr.cq_rows import Columns, Words, read_rows, unread
from exvivo.read.qpcr.shared import Reaction, Reactions, some
from exvivo.read.result import FileRead, Ignored, Request

_RAW = ("samplepos", "prog#", "seg#", "cycle#", "temp")
_CP = ("include", "pos", "cp")
_FILTER = re.compile(r"[0-9]{3}\s*-\s*[0-9]{3}$")
_GZIP = b"\x1f\x8b"
_START = 1 << 16
_WIDEST = 3.0
"""Degrees within which a temperature is held: the sensors of a plate and the last tenths of a
ramp.
"""
_FEWEST = 2
"""Cycles below which a program is no amplification."""

_WHY_RAW = {"time": "the time of a measurement is not needed: cycles are counted"}
_WHY_CP = {
    "include": "marks of the vendor's software: wells that are not included stay, and are listed",
    "color": "the colour on the screen",
    "concentration": "computed by the vendor's software from the Cp",
    "status": "remarks of the vendor's software on its own call",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """The first line or the header of either export, packed or not."""
    del suffix
    start = raw[:_START]
    if start.startswith(_GZIP):
        try:
            start = zlib.decompressobj(31).decompress(start, _START)
        except zlib.error:
            return True  # no other reader unpacks: `read` says what is wrong
    if start.startswith((b"PK", b"\xd0\xcf")):
        return False
    words = " ".join(decode(start[:1000]).lstrip().split())
    titled = words.startswith(("Raw Data Experiment", "Experiment:")) and (
        words[:3] == "Raw" or "Selected Filter:" in words
    )
    return titled or holds_table(start, lambda names: _is_raw(names) or _is_cp(names), ())


def read(raw: bytes, request: Request) -> FileRead:
    """The curves (`amplification`) of a raw export, or the Cq (`cq`) of a Cp export.

    Of a raw export one program and segment is read: the one with the most cycles that was measured
    once a cycle at one temperature. The channel is empty; where the file holds several filters it
    is the filter (483-533). A blank Cp is no Cq. Wells marked `Include: False` stay and are listed.
    Raises `ReadError` with every mistake.
    """
    content = gunzip(raw, request.source) if raw.startswith(_GZIP) else raw
    export = find_tables(content, request.source, lambda names: _is_raw(names) or _is_cp(names))
    if not export.found:
        raise ReadError(
            Mistake(
                request.source,
                "no line with SamplePos, Prog#, Seg#, Cycle#, Temp, and none with Include, Pos, Cp",
                "a raw data export or a Cp export of a LightCycler 480, as text",
                "export it again: Raw Data, or the results table of the analysis",
            )
        )
    found = export.found[0]
    reactions = Reactions(request)
    ignored = list((_read_raw if _is_raw(_names(found.table)) else _read_cp)(found, reactions))
    return reactions.read(ignored=ignored, header=_header(found))


def _is_raw(names: Sequence[str]) -> bool:
    return set(_RAW) <= set(names)


def _is_cp(names: Sequence[str]) -> bool:
    return set(_CP) <= set(names)


def _names(table: Table) -> list[str]:
    return [name.lower() for name in table.header]


def _header(found: Found) -> dict[str, str]:
    """What the first line says: experiment, software, filter."""
    title = " ".join(cell for row in found.above for cell in row if cell)
    raw = re.match(r"Raw Data\s+Experiment - (.*?)(?:\(Run on ([^)]*)\))?\s*$", title)
    if raw:
        facts = {"experiment": raw[1], "software": raw[2] or ""}
    else:
        name, _, chosen = title.removeprefix("Experiment:").partition("Selected Filter:")
        facts = {"experiment": name, "filter": chosen}
    said = {name: fact.strip() for name, fact in facts.items() if fact.strip()}
    return {"format": "LightCycler 480", "instrument": "LightCycler 480", **said}


def _read_cp(found: Found, reactions: Reactions) -> Iterator[Ignored]:
    table, names = found.table, _names(found.table)
    columns = Columns(
        well=names.index("pos"),
        cq=names.index("cp"),
        sample=_place(names, "name"),
        nominal=_place(names, "standard"),
    )
    numeric = [index for index, name in enumerate(names) if name in ("concentration", "standard")]
    mark = mark_of(table, cells_of(table, numeric), cq=cells_of(table, [columns.cq]))
    yield from read_rows(found, columns, Words(standards_by_amount=True), reactions, mark=mark)
    left = [
        text_of(row[columns.well])
        for row in table.rows
        if text_of(row[names.index("include")]).lower() == "false"
    ]
    if left:
        yield Ignored(
            f"the mark `Include: False` of {len(left)} wells",
            "wells that the vendor's analysis left out stay; exclude them in the study, with a reason: "
            + some(left),
        )
    yield from unread(table, columns.indices(), _WHY_CP)
    if columns.nominal is not None:
        yield Ignored(
            "column Standard",
            "amounts come from the plate layout; those of standards were held against their Cp",
        )


def _place(names: list[str], name: str) -> int | None:
    return names.index(name) if name in names else None


@dataclass
class _Segment:
    """The measurements of one segment of one program: cycle and row by well, and the temperatures
    reached.
    """

    name: str
    points: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, well: str, cycle: int, row: int, temperature: float) -> None:
        """One measurement."""
        self.points.setdefault(well, []).append((cycle, row))
        self.low, self.high = min(self.low, temperature), max(self.high, temperature)

    def cycles(self) -> int:
        """How many cycles were measured."""
        return len({cycle for points in self.points.values() for cycle, _ in points})

    def steady(self) -> bool:
        """Whether it was measured once a cycle at one temperature. A few lines twice are a damage,
        no melting curve.
        """
        measured = sum(map(len, self.points.values()))
        different = sum(len({cycle for cycle, _ in points}) for points in self.points.values())
        return 2 * measured < 3 * different and self.high - self.low <= _WIDEST

    def __str__(self) -> str:
        return f"{self.name} ({self.cycles()} cycles, {self.low:g} to {self.high:g} °C)"


def _read_raw(found: Found, reactions: Reactions) -> Iterator[Ignored]:
    table, names = found.table, _names(found.table)
    filters = [index for index, name in enumerate(table.header) if _FILTER.match(name)]
    place = {name: names.index(name) for name in _RAW}
    mark = mark_of(table, cells_of(table, (place["temp"], *filters)))
    segments = _segments(table, place, mark, reactions.mistakes)
    chosen = _amplification(segments, table, reactions.mistakes)
    reactions.mistakes += _broken_off(segments, table)
    if not filters:
        reactions.mistakes.append(
            Mistake(
                table.top(),
                "no column of fluorescence",
                "columns named by their filters (483-533)",
                "export the raw data again, with a filter",
            )
        )
    if chosen is None:
        return
    sample = _place(names, "samplename")
    for index in filters:
        channel = table.header[index] if len(filters) > 1 else ""
        for well, points in chosen.points.items():
            reaction = Reaction(
                where=f"{table.source}, well {well}, column {table.header[index]}",
                block=chosen.name,
                well=well,
                channel=channel,
                sample=None if sample is None else text_of(table.rows[points[0][1]][sample]),
            )
            _curve(reaction, sorted(points), table, index, mark, reactions)
    for segment in segments:
        if segment is not chosen:
            yield Ignored(str(segment), _why_not(segment, chosen))
    yield from unread(
        table, {*filters, *place.values(), *({sample} if sample is not None else ())}, _WHY_RAW
    )


def _segments(
    table: Table, place: Mapping[str, int], mark: str, mistakes: list[Mistake]
) -> list[_Segment]:
    """The segments of the programs, in the order of the file. Of a column's wrong cells the first
    is named.
    """
    segments: dict[tuple[str, str], _Segment] = {}
    wrong: dict[int, list[tuple[int, str]]] = {}
    for row, cells in enumerate(table.rows):
        well, program, part, cycle = (text_of(cells[place[name]]) for name in _RAW[:4])
        if not is_well(well):
            wrong.setdefault(place["samplepos"], []).append((row, f"well {well!r}"))
            continue
        if not (cycle.isascii() and cycle.isdigit() and len(cycle) < 4):
            wrong.setdefault(place["cycle#"], []).append((row, f"cycle {cycle!r}"))
            continue
        try:
            temperature = number_of(cells[place["temp"]], mark)
        except Unreadable as why:
            wrong.setdefault(place["temp"], []).append((row, str(why)))
            continue
        segment = segments.setdefault(
            (program, part), _Segment(f"program {program} segment {part}")
        )
        segment.add(well, int(cycle), row, temperature)
    for column, cases in wrong.items():
        more = f" (and {len(cases) - 1} more in this column)" if len(cases) > 1 else ""
        mistakes.append(
            Mistake(
                table.where(cases[0][0], column),
                cases[0][1] + more,
                "a well, the number of a cycle, a temperature",
                "export the raw data again",
            )
        )
    return list(segments.values())


def _amplification(
    segments: Sequence[_Segment], table: Table, mistakes: list[Mistake]
) -> _Segment | None:
    """The segment with the most cycles of those measured once a cycle at one temperature."""
    cycles = [segment.cycles() for segment in segments]
    able = [
        (count, s)
        for count, s in zip(cycles, segments, strict=True)
        if count >= _FEWEST and s.steady()
    ]
    listed = ", ".join(map(str, segments)) or "no measurements"
    if not able:
        mistakes.append(
            Mistake(
                table.source,
                f"no amplification: {listed}",
                "a program measured once a cycle, at one temperature",
                "export the raw data of the amplification",
            )
        )
        return None
    most, chosen = max(able, key=lambda pair: pair[0])
    if sum(count == most for count, _ in able) > 1:
        mistakes.append(
            Mistake(
                table.source,
                f"two programs with as many cycles: {listed}",
                "one amplification",
                "export the raw data of one of them",
            )
        )
        return None
    return chosen


def _broken_off(segments: Sequence[_Segment], table: Table) -> Iterator[Mistake]:
    """Wells with fewer measurements than others: a plate is measured at once, so the file is not
    whole.
    """
    wells = dict.fromkeys(well for segment in segments for well in segment.points)
    for segment in segments:
        counts = {well: len(segment.points.get(well, ())) for well in wells}
        most = max(counts.values())
        short = [f"{well} ({count})" for well, count in counts.items() if count < most]
        if short:
            yield Mistake(
                f"{table.source}, {segment.name}",
                f"wells with fewer measurements than others: {some(short)}",
                f"{most} in every well: all wells are measured at once",
                "the file is not whole: copy or export it again, and leave no line out",
            )


def _why_not(segment: _Segment, chosen: _Segment) -> str:
    if segment.steady():
        return f"fewer cycles than {chosen.name}, which is the amplification"
    return "measured while the temperature changed: a melting curve; exvivo reads amplification, not melting"


def _curve(
    reaction: Reaction,
    points: list[tuple[int, int]],
    table: Table,
    column: int,
    mark: str,
    reactions: Reactions,
) -> None:
    """One curve of one well and filter."""
    try:
        y = [number_of(table.rows[row][column], mark) for _, row in points]
    except Unreadable as why:
        reactions.mistakes.append(
            Mistake(
                reaction.where,
                str(why) if str(why) != "''" else "a cycle without fluorescence",
                "the fluorescence of every cycle",
                "export the raw data again",
            )
        )
        return
    reactions.curve(reaction, [float(cycle) for cycle, _ in points], y)
