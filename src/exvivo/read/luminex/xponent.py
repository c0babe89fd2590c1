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

from collections.abc import Iterator, Sequence
from typing import TypeVar

from exvivo.errors import Mistake
from exvivo.read.cells.text import Unreadable
from exvivo.read.luminex.shared import (
    MOST_MISTAKES,
    NOTHING,
    Gathered,
    Result,
    mark_of_texts,
    out_of_order,
    result_of,
    results_of,
    role_of,
    unreadable,
)
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
from exvivo.read.qpcr.shared import some
from exvivo.read.result import FileRead, Ignored, Request

_T = TypeVar("_T")
_KINDS = {"median": ("mfi", "MFI"), "net mfi": ("net_mfi", "MFI"), "result": ("concentration", "")}
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
    gathered = Gathered(request)
    grids = _grids(export, gathered)
    plate = _Plate(export, gathered, grids)
    for grid in grids:
        plate.add(grid)
    _facts_beside(export, gathered)
    channels = {channel for grid in grids for channel in grid.channels}
    for block in export.blocks:
        if block.name.lower() not in (*_KINDS, "count"):
            _beside(block, channels, gathered)
    return gathered.read(_header(export))


def _grids(export: Blocks, gathered: Gathered) -> list[Grid]:
    """The blocks of wells that become readings, and the counts; refused are blocks twice and blocks
    that lack wells.
    """
    grids: list[Grid] = []
    for name in (*_KINDS, "count"):
        blocks = export.named(name)
        for block in blocks[:MOST_MISTAKES]:
            grid, mistakes = grid_of(block, export.source)
            gathered.mistakes += mistakes
            if not mistakes:
                grids.append(grid)
        reporters = [block.reporter for block in blocks]
        if len(set(reporters)) < len(reporters):
            gathered.mistakes.append(
                Mistake(
                    f"{export.source}:{blocks[-1].line}",
                    f"the block {blocks[-1].title} twice",
                    "each block once: one batch a file",
                    "export every batch into a file of its own",
                )
            )
    if not any(export.named(name) for name in _KINDS):
        gathered.mistakes.append(
            Mistake(
                export.source,
                f"blocks {some([block.title for block in export.blocks])}",
                "a block Median, Net MFI or Result",
                "export the batch again with its medians",
            )
        )
    _compare(grids, export, gathered)
    _same_events(grids, gathered)
    return grids


def _compare(grids: Sequence[Grid], export: Blocks, gathered: Gathered) -> None:
    """Wells that one block has and another lacks: a mistake in a file that lost its end, else
    said.
    """
    every = list(dict.fromkeys(well for grid in grids for well in grid.wells))
    for grid in grids:
        own = set(grid.wells)
        lacking = [well for well in every if well not in own]
        if lacking and export.sealed:
            gathered.ignored.append(
                Ignored(
                    f"block {grid.block.title}",
                    f"has no line for {some(lacking)}, which other blocks have",
                )
            )
        elif lacking:
            gathered.mistakes.append(
                Mistake(
                    f"{export.source}:{grid.block.line} {grid.block.title}",
                    f"no line for {some(lacking)}, which other "
                    "blocks have, in a file without the checksum that stands at its end",
                    "a whole file",
                    "copy or export the file again",
                )
            )


def _same_events(grids: Sequence[Grid], gathered: Gathered) -> None:
    """Say where blocks give different events of one well: they should not, though no reading rests
    on it.
    """
    known: dict[str, str] = {}
    apart: dict[str, None] = {}
    for grid in grids:
        for name, cells in grid.beside.items():
            if name.lower() == EVENTS:
                pairs = zip(
                    grid.wells, ("".join(filter(str.isdigit, cell)) for cell in cells), strict=True
                )
                apart |= {
                    well: None for well, count in pairs if known.setdefault(well, count) != count
                }
    if apart:
        gathered.ignored.append(
            Ignored(
                f"Total Events of {some(list(apart))}", "not the same in all blocks of the file"
            )
        )


class _Plate:
    """What the blocks beside a block of wells say of its wells and analytes: counts, amounts,
    dilutions, units.
    """

    def __init__(self, export: Blocks, gathered: Gathered, grids: Sequence[Grid]) -> None:
        self.gathered, self.source = gathered, export.source
        self.mark = mark_of_texts(
            _numeric(export, grids), export.source, separator=export.separator
        )
        self.grids = [grid for grid in grids if grid.block.name.lower() != "count"]
        self.counts = {
            g.block.reporter: self._count(g) for g in grids if g.block.name.lower() == "count"
        }
        self.amounts = self._amounts(export)
        self.dilutions = self._dilutions(export)
        self.units = _units(export)
        self.reporters = len({grid.block.reporter for grid in self.grids}) > 1

    def add(self, grid: Grid) -> None:
        """The readings of one block."""
        kind, unit = _KINDS.get(grid.block.name.lower(), ("", ""))
        for name, cells in grid.beside.items():
            for well, cell in zip(grid.wells, cells, strict=True):
                self.gathered.beside(f"{grid.block.title}: {name}", well, "", cell)
        if not kind:
            return
        results = self._results(grid, bounds=kind == "concentration")
        wide, tall = len(grid.channels), len(grid.wells)
        roles = [role_of(name) for name in grid.samples]
        dilutions = [self.dilutions.get(well) for well in grid.wells]
        if kind == "concentration":
            results = self._undiluted(results, grid, dilutions)
        named = [
            f"{c} {grid.block.reporter}".strip() if self.reporters else c for c in grid.channels
        ]
        self.gathered.add(
            results,
            block=grid.block.title,
            kind=kind,
            well=_each(grid.wells, wide),
            channel=named * tall,
            sample=_each([name or None for name in grid.samples], wide),
            vendor_role=_each(roles, wide),
            vendor_dilution=_each(dilutions, wide),
            vendor_nominal=list(self._nominals(grid, roles)),
            beads=self._beads(grid),
            unit=unit or self._unit(grid) * tall,
        )

    def _results(self, grid: Grid, *, bounds: bool = False) -> list[Result]:
        cells = grid.cells
        found = results_of(cells, self.mark, bounds=bounds)
        self.gathered.mistakes += unreadable(found, grid.addresses(self.source))
        results = [what if isinstance(what := found[cell], Result) else NOTHING for cell in cells]
        self.gathered.words(f"the block {grid.block.title}", results)
        return results

    def _count(self, grid: Grid) -> dict[tuple[str, str], float | None]:
        values = (result.value for result in self._results(grid))
        return {(well, channel): next(values) for well in grid.wells for channel in grid.channels}

    def _beads(self, grid: Grid) -> list[float | None]:
        counts = self.counts.get(grid.block.reporter, self.counts.get("", {}))
        return [counts.get((well, channel)) for well in grid.wells for channel in grid.channels]

    def _undiluted(
        self, results: list[Result], grid: Grid, dilutions: list[float | None]
    ) -> list[Result]:
        """Bounds times the dilution factor, which the `x` of `< x` lacks; not where it shows that
        it holds the factor.
        """
        wide = len(grid.channels)
        known: dict[str, list[float]] = {}
        for (name, channel), amount in self.amounts.items():
            if amount > 0 and role_of(name) == "standard":
                known.setdefault(channel, []).append(amount)
        ends = [known.get(channel, []) for channel in grid.channels]
        factors = _each([factor or 1.0 for factor in dilutions], wide)
        return [
            result
            if result.censor == "none" or factor == 1 or _holds(result, ends[place % wide], factor)
            else result.times(factor)
            for place, (result, factor) in enumerate(zip(results, factors, strict=True))
        ]

    def _nominals(self, grid: Grid, roles: list[str | None]) -> Iterator[float | None]:
        for name, role in zip(grid.samples, roles, strict=True):
            for channel in grid.channels:
                yield (
                    0.0 if role == "blank" else self.amounts.get((name, channel)) if role else None
                )

    def _amounts(self, export: Blocks) -> dict[tuple[str, str], float]:
        """The known amount of every standard and control by its name and analyte, without those
        that cannot be true.
        """
        amounts: dict[tuple[str, str], float] = {}
        for name in _AMOUNTS:
            for block in export.named(name):
                for line, cells in block.lines:
                    for channel, cell in zip(block.header[1:], cells[1:], strict=False):
                        value = self._one(
                            cell, f"{self.source}:{line} {block.title}, {channel}", least=0
                        )
                        if value is not None:
                            amounts[cells[0], channel] = value
        series: dict[str, dict[str, float]] = {}
        for (name, channel), amount in amounts.items():
            if role_of(name) == "standard":
                series.setdefault(channel, {})[name] = amount
        strange = [(name, channel) for channel, own in series.items() for name in out_of_order(own)]
        if strange:
            said = some(
                [
                    f"{name} of {channel} ({amounts[name, channel]:.10g})"
                    for name, channel in strange
                ]
            )
            self.gathered.ignored.append(
                Ignored(
                    f"amounts of standards: {said}",
                    "they leave the order of their series, as when a spreadsheet takes a "
                    "decimal mark for one of thousands: give the amounts in the layout",
                )
            )
        return {key: amount for key, amount in amounts.items() if key not in set(strange)}

    def _dilutions(self, export: Blocks) -> dict[str, float]:
        dilutions: dict[str, float] = {}
        for block in export.named("dilution factor"):
            names = [name.lower() for name in block.header]
            column = (
                names.index("dilution factor") if "dilution factor" in names else len(names) - 1
            )
            for line, cells in block.lines:
                place = well_of(cells[0])
                if place and column < len(cells):
                    factor = self._one(
                        cells[column], f"{self.source}:{line} {block.title}", least=1e-9
                    )
                    if factor is not None:
                        dilutions[place[1]] = factor
        return dilutions

    def _one(self, cell: str, where: str, *, least: float) -> float | None:
        """A number of at least `least`; a mistake where the cell holds digits and is none."""
        try:
            value = result_of(cell, self.mark).value
        except Unreadable:
            value = float("-inf")
        if value is not None and value < least:
            self.gathered.mistakes.append(
                Mistake(
                    where,
                    f"{cell!r}",
                    "a number (a dilution of 2 means one part in two)",
                    "correct it in the protocol, and export the batch again",
                )
            )
            return None
        return value

    def _unit(self, grid: Grid) -> list[str]:
        silent = [channel for channel in grid.channels if not self.units.get(channel)]
        own = str(getattr(self.gathered.request.assay, "unit", "")) or "pg/mL"
        if silent:
            self.gathered.ignored.append(
                Ignored(f"unit of {some(silent)}", f"not stated; taken from study.yaml ({own})")
            )
        return [self.units.get(channel) or own for channel in grid.channels]


def _each(items: Sequence[_T], times: int) -> list[_T]:
    return [item for item in items for _ in range(times)]


def _holds(result: Result, amounts: Sequence[float], factor: float) -> bool:
    """Whether a bound is the outermost standard times the dilution, and not the standard: it holds
    the factor already.
    """
    bound = result.upper if result.censor == "left" else result.lower
    if not amounts or bound is None:
        return False
    end = min(amounts) if result.censor == "left" else max(amounts)
    return abs(bound - end * factor) <= 1e-6 * end * factor


def _numeric(export: Blocks, grids: Sequence[Grid]) -> Iterator[str]:
    for grid in grids:
        yield from grid.cells
    for block in export.blocks:
        if block.name.lower() in (*_AMOUNTS, "dilution factor"):
            for _, cells in block.lines:
                yield from cells[1:]


def _units(export: Blocks) -> dict[str, str]:
    for block in export.named("units"):
        for _, cells in block.lines:
            if cells[0].lower().rstrip(":") == "units":
                return dict(zip(block.header[1:], cells[1:], strict=False))
    return {}


def _facts_beside(export: Blocks, gathered: Gathered) -> None:
    """The lines above the blocks, without those that may name a person."""
    for _, cells in export.facts:
        label = cells[0].rstrip(": ")
        if label.lower() in _PEOPLE:
            gathered.ignored.append(Ignored(label, _PEOPLE[label.lower()]))
        else:
            gathered.beside("header", label, "", ", ".join(cell for cell in cells[1:] if cell))


def _beside(block: Block, channels: set[str], gathered: Gathered) -> None:
    """A block that holds no readings, as it stands: by analyte where its columns are analytes, else
    line by line.
    """
    names = [name.lower() for name in block.header]
    if channels.intersection(block.header) or names[:2] == ["location", "sample"]:
        _by_analyte(block, channels, gathered)
        return
    people = names[:1] == ["userid"]
    if people:
        gathered.ignored.append(Ignored(f"column UserId of {block.title}", "may name a person"))
    elif names and names[0] != "location":
        _line_beside(block, list(block.header), gathered)
    for _, cells in block.lines:
        _line_beside(block, cells[1:] if people else cells, gathered)


def _line_beside(block: Block, cells: list[str], gathered: Gathered) -> None:
    said = ": ".join(cell for cell in cells[1:] if cell)
    name, _, rest = (
        cells[0].partition(":")
        if cells and not said
        else (cells[0], "", "")
        if cells
        else ("", "", "")
    )
    place = well_of(name)
    gathered.beside(block.title, place[1] if place else name.rstrip(":"), "", said or rest.strip())


def _by_analyte(block: Block, channels: set[str], gathered: Gathered) -> None:
    names = list(block.header)
    skipped = (0, 1) if len(names) > 1 and names[1].lower() == "sample" else (0,)
    known = [name if name in channels else "" for name in names]
    blocks = [
        block.title if name in channels or name in ("", block.title) else f"{block.title}: {name}"
        for name in names
    ]
    for _, cells in block.lines:
        place = well_of(cells[0])
        row = place[1] if place else cells[0].rstrip(":")
        for at, cell in enumerate(cells):
            if cell and at not in skipped:
                within = at < len(names)
                gathered.beside(
                    blocks[at] if within else block.title, row, known[at] if within else "", cell
                )


def _header(export: Blocks) -> dict[str, str]:
    """The facts of the run, without names of people and computers."""
    said = {
        cells[0].rstrip(": ").lower(): [cell for cell in cells[1:] if cell]
        for _, cells in export.facts
    }
    program, *instrument = said.get("program") or ["xPONENT"]
    facts = {"format": program, "instrument": " ".join(instrument)}
    facts |= {name: " ".join(said.get(label, [])) for label, name in _FACTS.items()}
    beads = said.get("protocolmicrosphere", [])
    facts["bead map"] = beads[beads.index("Map") + 1] if "Map" in beads[:-1] else ""
    least = said.get("samples", [])
    facts["minimum events"] = (
        " ".join(least[least.index("Min Events") + 1 :]) if "Min Events" in least else ""
    )
    facts["end of file"] = "" if export.sealed else "no checksum line: the file may be cut short"
    return {name: fact[:300] for name, fact in facts.items() if fact}
