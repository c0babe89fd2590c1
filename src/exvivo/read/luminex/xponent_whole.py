"""Whether an xPONENT export is whole, by what it states about itself.

xPONENT writes a checksum line last (`-- CRC --`). Without it a file may have lost its end, and
with it the block `Dilution Factor`, without which every result would pass for that of an undiluted
sample. In all files at hand the blocks that readings rest on stand before `Dilution Factor`, and
`Analysis Types`, `Audit Logs` and `Warnings/Errors` behind it, so a file that got that far lost
none of them. What the checksum itself is made of is not known: no usual CRC-32 of these files gives
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.errors import Mistake
from exvivo.read.luminex.xponent_blocks import Block, Blocks, well_of
from exvivo.words import shortened

DILUTION = "dilution factor"
_BEHIND = ("analysis types", "audit logs", "warnings/errors")
"""Blocks that stand behind all that readings rest on."""
_OF_WELLS = (
    *("median", "net mfi", "result", "count", "range"),
    *("comments", "acquisition time", DILUTION),
)
"""Blocks with a line for every well."""
_CURE = "export the batch again: this file lost a part (a copy that broke off, or lines removed)"


def cut_mistakes(export: Blocks, wells: Sequence[str]) -> Iterator[Mistake]:
    """What shows that a file lost a part; `wells` are those of its blocks of readings.

    A well without a line in `Dilution Factor` is one in any file. Without the checksum line, so are
    a block with fewer wells than `Samples` or than other blocks have, a dilution that is blank, and
    an end before `Dilution Factor`.
    """
    for block in export.named(DILUTION):
        yield from _without_dilution(block, wells, export)
    if export.sealed:
        return
    expected = max(_samples(export), len(set(wells)))
    for block in export.named(*_OF_WELLS):
        yield from _too_few(block, expected, export.source)
    if not export.named(DILUTION, *_BEHIND):
        yield _broken_off(export)


def _samples(export: Blocks) -> int:
    """The wells that the line `Samples` states; 0 where there is none."""
    for _, cells in export.facts:
        if cells[0].lower().rstrip(": ") == "samples" and cells[1:] and cells[1].isdecimal():
            return int(cells[1])
    return 0


def _too_few(block: Block, expected: int, source: str) -> Iterator[Mistake]:
    """A block with fewer wells than the file states; one with other lines is not of wells."""
    wells = [well_of(cells[0]) for _, cells in block.lines]
    count = len(set(filter(None, wells)))
    if count < expected and (count or not wells):
        yield Mistake(
            f"{source}:{block.line} {block.title}",
            f"{count} wells, in a file without the checksum that stands at its end",
            f"{expected} wells, as `Samples` or the other blocks say",
            _CURE,
        )


def dilution_column(block: Block) -> int:
    """The column of dilution factors: the last one where none has the name."""
    names = [name.lower() for name in block.header]
    return names.index(DILUTION) if DILUTION in names else len(names) - 1


def _without_dilution(block: Block, wells: Sequence[str], export: Blocks) -> Iterator[Mistake]:
    """Wells that the block passes over while it has others."""
    column, stated = dilution_column(block), dict[str, str]()
    for _, cells in block.lines:
        place = well_of(cells[0])
        if place:
            stated[place[1]] = cells[column] if column < len(cells) else ""
    lacking = [well for well in dict.fromkeys(wells) if well not in stated]
    blank = [well for well in dict.fromkeys(wells) if not stated.get(well, " ")]
    silent = lacking or ([] if export.sealed else blank)
    if silent and (stated or not export.sealed):
        yield Mistake(
            f"{export.source}:{block.line} {block.title}",
            f"no dilution for {shortened(silent)} ({len(stated)} wells have a line)",
            f"a dilution for each of the {len(set(wells))} wells with readings",
            _CURE,
        )


def _broken_off(export: Blocks) -> Mistake:
    last = export.blocks[-1]
    return Mistake(
        f"{export.source}:{last.line} {last.title}",
        f"a file that ends with the block {last.title}, without a checksum",
        "the blocks up to Dilution Factor, and a line `-- CRC --` at the end",
        _CURE,
    )
