"""Luminex xPONENT 3.1 and 4.x: the csv of a batch, as Luminex 100/200, FLEXMAP 3D, MAGPIX and
INTELLIFLEX write it.

Formats known from files of xPONENT 3.1 and 4.2 to 4.3. In the one file at hand with results
(doi:10.1371/journal.pone.0187901, s001; 96 wells, 30 cytokines) a number in the block `Result` is
the curve read at `Net MFI` **times the dilution factor**: it is of the undiluted sample. The x of a
`< x` or `> x` is the lowest or highest standard itself, **without** the factor: all 210 such marks
of wells diluted twofold name the standard, none twice the standard. So bounds are multiplied here,
and every concentration and bound that leaves this reader is of the undiluted sample.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice, product, zip_longest
from typing import TypeVar

from exvivo.cells.text import Unreadable
from exvivo.read.cells.values import MOST_MISTAKES, CellValue, cell_value, mark_of_texts
from exvivo.read.luminex.shared import LuminexFile, out_of_order, role_of, unit_of_assay
from exvivo.read.luminex.xponent_blocks import (
    EVENTS,
    Block,
    Blocks,
    Grid,
    grid_of,
    holds_blocks,
    read_blocks,
    well_of,
)
from exvivo.read.luminex.xponent_whole import DILUTION, cut_mistakes, dilution_column
from exvivo.read.result import FileRead, Request
from exvivo.words import shortened

_T = TypeVar("_T")
_KINDS = {"median": ("mfi", "MFI"), "net mfi": ("net_mfi", "MFI"), "result": ("concentration", "")}
_COUNTS = "count"
_AMOUNTS = ("standard expected concentration", "control expected concentration")
_PEOPLE = {
    "operator": "may name a person",
    "computername": "may name a person",
    "protocoldevelopingcompany": "free text of the protocol that may name a person",
}
_FACTS = {
    "build": "software build",
    "sn": "serial number",
    "batch": "batch",
    "batchstarttime": "start",
    "batchstoptime": "end",
    "protocolname": "protocol",
    "samplevolume": "sample volume",
    "ddgate": "DD gate",
    "protocolreportergain": "reporter gain",
    "normbead": "normalisation bead",
}


def sniff(raw: bytes, suffix: str) -> bool:
    """Every export has lines `DataType:`."""
    del suffix
    return holds_blocks(raw)


def read(raw: bytes, request: Request) -> FileRead:
    """Readings of every well and analyte: `mfi` of the block Median, `net_mfi` of Net MFI,
    `concentration` of Result.

    `beads` is the count of that well and analyte. The channel is the analyte as the file names it,
    followed by the reporter where the file holds several. A blank, NaN or words are no value; `< x`
    and `> x` are bounds, of the undiluted sample. The unit of a concentration is the file's, else
    the assay's. Everything else the file says is in the VENDOR table, as it stands there. Raises
    `ReadError` with every mistake: rows cut short, wells twice, cells that are no numbers.
    """
    export = read_blocks(raw, request.source)
    gathered = LuminexFile(request)
    grids = _grids(export, gathered)
    plate = _Plate(export, gathered, grids)
    for grid in grids:
        plate.add(grid)
    _facts_beside(export, gathered)
    channels = set().union(*(grid.channels for grid in grids))
    for block in export.blocks:
        if block.name.lower() not in (*_KINDS, _COUNTS):
            _beside(block, channels, gathered)
    return gathered.read(_header(export))


def _grids(export: Blocks, gathered: LuminexFile) -> list[Grid]:
    """The blocks of wells that become readings, and the counts; refused are blocks twice and blocks
    that lack wells.
    """
    grids: list[Grid] = []
    for name in (*_KINDS, _COUNTS):
        blocks = export.named(name)
        for block in blocks[:MOST_MISTAKES]:
            grid, mistakes = grid_of(block, export.source)
            gathered.mistakes += mistakes
            grids += [] if mistakes else [grid]
        _refuse_twice(blocks, export, gathered)
    if not any(map(export.named, _KINDS)):
        finding = f"blocks {shortened([block.title for block in export.blocks])}"
        cure = "export the batch again with its medians"
        expected = "a block Median, Net MFI or Result"
        gathered.complain(export.source, finding, expected, cure)
    _compare_wells(grids, export, gathered)
    wells = dict.fromkeys(chain.from_iterable(grid.wells for grid in grids))
    gathered.mistakes += cut_mistakes(export, list(wells))
    _compare_events(grids, gathered)
    return grids


def _refuse_twice(blocks: Sequence[Block], export: Blocks, gathered: LuminexFile) -> None:
    """Refuse two blocks of one name and reporter."""
    if len({block.reporter for block in blocks}) < len(blocks):
        gathered.complain(
            f"{export.source}:{blocks[-1].line}",
            f"the block {blocks[-1].title} twice",
            "each block once: one batch a file",
            "export every batch into a file of its own",
        )


def _compare_wells(grids: Sequence[Grid], export: Blocks, gathered: LuminexFile) -> None:
    """Wells that one block has and another lacks: a mistake in a file that lost its end, else
    listed.
    """
    wells = dict.fromkeys(chain.from_iterable(grid.wells for grid in grids))
    for grid in grids:
        block, own = grid.block, set(grid.wells)
        lacking = [well for well in wells if well not in own]
        if not lacking:
            continue
        finding = f"no line for {shortened(lacking)}, which other blocks have"
        if export.sealed:
            gathered.ignore(f"block {block.title}", f"has {finding}")
        else:
            gathered.complain(
                f"{export.source}:{block.line} {block.title}",
                f"{finding}, in a file without the checksum that stands at its end",
                "a whole file",
                "copy or export the file again",
            )


def _compare_events(grids: Sequence[Grid], gathered: LuminexFile) -> None:
    """List the wells for which blocks give different events: they should not, though no reading
    rests on it.
    """
    first: dict[str, str] = {}
    different: dict[str, None] = {}
    for grid in grids:
        for well, cell in _events_of(grid):
            count = "".join(filter(str.isdigit, cell))
            if first.setdefault(well, count) != count:
                different[well] = None
    if different:
        wells = shortened(list(different))
        gathered.ignore(f"Total Events of {wells}", "not the same in all blocks of the file")


def _events_of(grid: Grid) -> Iterator[tuple[str, str]]:
    for name, cells in grid.columns_beside():
        if name.lower() == EVENTS:
            yield from zip(grid.wells, cells, strict=True)


class _Plate:
    """What the blocks beside a block of wells state of its wells and analytes: counts, amounts,
    dilutions, units.
    """

    def __init__(self, export: Blocks, gathered: LuminexFile, grids: Sequence[Grid]) -> None:
        self.gathered, self.source = gathered, export.source
        numbers = _numeric(export, grids)
        self.mark = mark_of_texts(numbers, export.source, separator=export.separator)
        counts = [grid for grid in grids if grid.block.name.lower() == _COUNTS]
        reporters = {grid.block.reporter for grid in grids if grid.block.name.lower() in _KINDS}
        self.has_reporters = len(reporters) > 1
        self.counts = {grid.block.reporter: self._count(grid) for grid in counts}
        self.amounts = self._amounts(export)
        self.standards = self._standards()
        self._refuse_strange_amounts()
        self.dilutions = self._dilutions(export)
        self.units = _units(export)

    def add(self, grid: Grid) -> None:
        """The readings of one block."""
        self._columns_beside(grid)
        if grid.block.name.lower() not in _KINDS:
            return
        kind, unit = _KINDS[grid.block.name.lower()]
        values = self._values(grid, bounds=True)
        if kind == "concentration":
            values = list(self._undiluted(values, grid))
        wide, tall = len(grid.channels), len(grid.wells)
        samples = [row.sample for row in grid.rows]
        self.gathered.add(
            values,
            block=grid.block.title,
            kind=kind,
            well=_each(grid.wells, wide),
            channel=self._channels(grid) * tall,
            sample=_each([sample or None for sample in samples], wide),
            vendor_role=_each(list(map(role_of, samples)), wide),
            vendor_dilution=_each(list(map(self.dilutions.get, grid.wells)), wide),
            vendor_nominal=[self._nominal(*pair) for pair in product(samples, grid.channels)],
            beads=self._beads(grid),
            unit=unit or self._unit(grid) * tall,
        )

    def _columns_beside(self, grid: Grid) -> None:
        for name, cells in grid.columns_beside():
            for well, cell in zip(grid.wells, cells, strict=True):
                self.gathered.beside(f"{grid.block.title}: {name}", well, cell)

    def _channels(self, grid: Grid) -> list[str]:
        """The analytes, with their reporter where the file holds several."""
        if not self.has_reporters:
            return grid.channels
        return [f"{channel} {grid.block.reporter}".strip() for channel in grid.channels]

    def _values(self, grid: Grid, *, bounds: bool = False) -> list[CellValue]:
        block = f"the block {grid.block.title}"
        addresses = grid.addresses(self.source)
        return self.gathered.values(grid.cells, addresses, self.mark, block, bounds=bounds)

    def _count(self, grid: Grid) -> dict[tuple[str, str], float | None]:
        values = (value.value for value in self._values(grid))
        return dict(zip(product(grid.wells, grid.channels), values, strict=True))

    def _beads(self, grid: Grid) -> list[float | None]:
        counts = self.counts.get(grid.block.reporter, self.counts.get("", {}))
        return list(map(counts.get, product(grid.wells, grid.channels)))

    def _undiluted(self, values: Sequence[CellValue], grid: Grid) -> Iterator[CellValue]:
        """Bounds times the dilution factor, which the `x` of `< x` lacks; not where it shows that
        it holds the factor.
        """
        pairs = product(grid.wells, grid.channels)
        for (well, channel), value in zip(pairs, values, strict=True):
            factor = self.dilutions.get(well) or 1.0
            amounts = self.standards.get(channel, {}).values()
            is_value = value.censor == "none"
            yield value if is_value or _holds(value, amounts, factor) else value.times(factor)

    def _nominal(self, sample: str, channel: str) -> float | None:
        """The amount that the file states for a standard, control or blank."""
        role = role_of(sample)
        amount = self.amounts.get((sample, channel)) if role else None
        return 0.0 if role == "blank" else amount

    def _amounts(self, export: Blocks) -> dict[tuple[str, str], float]:
        """The stated amount of every standard and control by its name and analyte."""
        amounts: dict[tuple[str, str], float] = {}
        for block in export.named(*_AMOUNTS):
            for where, standard, channel, cell in block.cells(self.source):
                amount = self._number(cell, where, least=0)
                if amount is not None:
                    amounts[standard, channel] = amount
        return amounts

    def _standards(self) -> dict[str, dict[str, float]]:
        """The amounts of the standards of each analyte, by name."""
        standards: dict[str, dict[str, float]] = {}
        for (name, channel), amount in self.amounts.items():
            if role_of(name) == "standard":
                standards.setdefault(channel, {})[name] = amount
        return standards

    def _refuse_strange_amounts(self) -> None:
        """Take out the amounts that leave the order of their series, and list them."""
        strange: list[str] = []
        for channel, series in self.standards.items():
            for name in out_of_order(series):
                strange.append(f"{name} of {channel} ({series.pop(name):.10g})")
                del self.amounts[name, channel]
        if strange:
            self.gathered.ignore(
                f"amounts of standards: {shortened(strange)}",
                "they leave the order of their series, as when a spreadsheet takes a "
                "decimal mark for one of thousands: give the amounts in the layout",
            )

    def _dilutions(self, export: Blocks) -> dict[str, float]:
        """The dilution factor of every well that has one."""
        dilutions: dict[str, float] = {}
        for block in export.named(DILUTION):
            column = dilution_column(block)
            for line, cells in block.lines:
                place = well_of(cells[0])
                cell = cells[column] if place and column < len(cells) else ""
                factor = self._number(cell, f"{self.source}:{line} {block.title}", least=1e-9)
                if place and factor is not None:
                    dilutions[place[1]] = factor
        return dilutions

    def _number(self, cell: str, where: str, *, least: float) -> float | None:
        """A number of at least `least`; a mistake where the cell holds digits and is none."""
        try:
            value = cell_value(cell, self.mark).value
        except Unreadable:
            value = float("-inf")
        if value is None or value >= least:
            return value
        expected = "a number (a dilution of 2 means one part in two)"
        cure = "correct it in the protocol, and export the batch again"
        self.gathered.complain(where, f"{cell!r}", expected, cure)
        return None

    def _unit(self, grid: Grid) -> list[str]:
        """The unit of every analyte: the file's, else the assay's."""
        usual = unit_of_assay(self.gathered.request)
        silent = [channel for channel in grid.channels if not self.units.get(channel)]
        if silent:
            why = f"not stated; taken from study.yaml ({usual})"
            self.gathered.ignore(f"unit of {shortened(silent)}", why)
        return [self.units.get(channel) or usual for channel in grid.channels]


def _each(items: Sequence[_T], times: int) -> list[_T]:
    return [item for item in items for _ in range(times)]


def _holds(value: CellValue, amounts: Collection[float], factor: float) -> bool:
    """Whether a bound is the outermost standard times the dilution, and not the standard: it holds
    the factor already.
    """
    is_lowest = value.censor == "left"
    bound = value.upper if is_lowest else value.lower
    positive = [amount for amount in amounts if amount > 0]
    if not positive or bound is None:
        return False
    end = (min(positive) if is_lowest else max(positive)) * factor
    return abs(bound - end) <= 1e-6 * end


def _numeric(export: Blocks, grids: Sequence[Grid]) -> Iterator[str]:
    """The cells that hold numbers."""
    for grid in grids:
        yield from grid.cells
    for block in export.named(*_AMOUNTS, DILUTION):
        for _, cells in block.lines:
            yield from cells[1:]


def _units(export: Blocks) -> dict[str, str]:
    for block in export.named("units"):
        for _, cells in block.lines:
            if cells[0].lower().rstrip(":") == "units":
                return dict(zip(block.header[1:], cells[1:], strict=False))
    return {}


def _facts_beside(export: Blocks, gathered: LuminexFile) -> None:
    """The lines above the blocks, without those that may name a person."""
    for _, cells in export.facts:
        label = cells[0].rstrip(": ")
        if label.lower() in _PEOPLE:
            gathered.ignore(label, _PEOPLE[label.lower()])
        else:
            gathered.beside("header", label, ", ".join(filter(None, cells[1:])))


def _beside(block: Block, channels: set[str], gathered: LuminexFile) -> None:
    """A block that holds no readings, as it stands: by analyte where its columns are analytes, else
    line by line.
    """
    names = [name.lower() for name in block.header]
    if channels.intersection(block.header) or names[:2] == ["location", "sample"]:
        _by_analyte(block, channels, gathered)
        return
    names_people = names[:1] == ["userid"]
    if names_people:
        gathered.ignore(f"column UserId of {block.title}", "may name a person")
    elif names and names[0] != "location":
        _line_beside(block, block.header, gathered)
    for _, cells in block.lines:
        _line_beside(block, cells[names_people:], gathered)


def _line_beside(block: Block, cells: Sequence[str], gathered: LuminexFile) -> None:
    """A line by its first cell; a cell alone holds its label and its text (`Label: text`)."""
    first, *rest = cells or [""]
    text = ": ".join(filter(None, rest))
    if not text:
        first, _, text = first.partition(":")
    gathered.beside(block.title, _row_name(first), text.strip())


def _row_name(cell: str) -> str:
    """The well of a location; else the cell itself."""
    place = well_of(cell)
    return place[1] if place else cell.rstrip(":")


def _by_analyte(block: Block, channels: set[str], gathered: LuminexFile) -> None:
    """The cells of a block under their analytes; other columns stand under their own names."""
    for _, cells in block.lines:
        names = zip_longest(block.header, cells, fillvalue="")
        for name, cell in islice(names, block.first_analyte, len(cells)):
            is_plain = name in channels or name in ("", block.title)
            title = block.title if is_plain else f"{block.title}: {name}"
            channel = name if name in channels else ""
            gathered.beside(title, _row_name(cells[0]), cell, channel)


def _header(export: Blocks) -> dict[str, str]:
    """The facts of the run, without names of people and computers."""
    stated: dict[str, list[str]] = {}
    for _, cells in export.facts:
        stated[cells[0].rstrip(": ").lower()] = list(filter(None, cells[1:]))
    program, *instrument = stated.get("program") or ["xPONENT"]
    facts = {"format": program, "instrument": " ".join(instrument)}
    for label, name in _FACTS.items():
        facts[name] = " ".join(stated.get(label, []))
    facts["bead map"] = " ".join(_behind(stated.get("protocolmicrosphere", []), "Map")[:1])
    facts["minimum events"] = " ".join(_behind(stated.get("samples", []), "Min Events"))
    facts["end of file"] = "" if export.sealed else "no checksum line: the file may be cut short"
    return {name: fact[:300] for name, fact in facts.items() if fact}


def _behind(cells: list[str], label: str) -> list[str]:
    """The cells behind a label."""
    return cells[cells.index(label) + 1 :] if label in cells else []
