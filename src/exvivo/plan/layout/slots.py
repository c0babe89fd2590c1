"""Slots of a plate: the wells that one sample fills in one go, by the way of pipetting.

`free`: each well by itself. `triplicates`: as many wells side by side as a sample has replicates.
`column8`: an 8-channel pipette moves 8 samples into a column, and into a column more for each
replicate; the slot of a sample is one row of these columns. `row12`: the same with 12 channels and
rows. On a plate of 384 the channels reach every other row (or column).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from exvivo.arrays import Bools, Ints
from exvivo.plan.layout.wishes import Pipetting
from exvivo.study.positions import PlateShape

Rng = np.random.Generator
Slot = tuple[int, ...]
"""The numbers of its wells."""
CHANNELS = {"column8": 8, "row12": 12}
"""The channels of a pipette, by the way of pipetting."""
_FEWEST = 2
"""Blocks that are filled, where there are so many."""


def slots_of(
    pipetting: Pipetting,
    shape: PlateShape,
    usable: Bools,
    wells: int,
    *,
    rng: Rng,
    needed: int | None = None,
) -> list[Slot]:
    """The slots of a plate with some usable wells (wells,); each is of as many wells as a sample
    has replicates, but with `free`. Which columns (or rows) are filled from the same samples is
    drawn; how many slots there are hangs on nothing that is drawn. Of a pipette with channels only
    so many columns are filled as the `needed` slots take.
    """
    numbers = np.arange(shape.size).reshape(shape.rows, shape.columns)
    open_wells = usable.reshape(shape.rows, shape.columns)
    if pipetting == "free":
        return [(int(well),) for well in np.flatnonzero(usable)]
    if pipetting == "triplicates":
        return list(_side_by_side(numbers, open_wells, wells))
    if pipetting == "row12":
        numbers, open_wells = numbers.T, open_wells.T
    blocks = _by_channels(numbers, open_wells, CHANNELS[pipetting], wells, rng)
    return list(_enough(blocks, needed))


def _side_by_side(numbers: Ints, usable: Bools, wells: int) -> Iterator[Slot]:
    """Wells next to each other in one row."""
    for row, is_open in zip(numbers.tolist(), usable.tolist(), strict=True):
        run: list[int] = []
        for well, free in zip(row, is_open, strict=True):
            run = [*run, well] if free else []
            if len(run) == wells:
                yield tuple(run)
                run = []


def _enough(blocks: Sequence[list[Slot]], needed: int | None) -> Iterator[Slot]:
    """The slots of the first blocks, as many as hold what is needed; two at least, since in one by
    itself every line along the other way would hold a single sample.
    """
    given = 0
    for number, block in enumerate(blocks):
        if needed is not None and given >= needed and number >= _FEWEST:
            return
        given += len(block)
        yield from block


def _by_channels(
    numbers: Ints, usable: Bools, channels: int, wells: int, rng: Rng
) -> list[list[Slot]]:
    """Blocks of columns that are filled from the same samples, each with a slot a channel: whole
    columns are joined at random, the others in their order.
    """
    lanes = _lanes(numbers, usable, channels)
    whole = [lane for lane in lanes if _is_whole(lane)]
    broken = [lane for lane in lanes if not _is_whole(lane)]
    shuffled = [whole[i] for i in rng.permutation(len(whole))]
    full = len(whole) - len(whole) % wells
    return [*_joined(shuffled[:full], wells), *_joined([*shuffled[full:], *broken], wells)]


_Lane = list[tuple[int, bool]]
"""The wells that the channels reach at once, and whether each is usable."""


def _is_whole(lane: _Lane) -> bool:
    """Whether every well is usable."""
    return all(is_open for _, is_open in lane)


def _lanes(numbers: Ints, usable: Bools, channels: int) -> list[_Lane]:
    """What a pipette reaches: columns, and on larger plates every other well of them."""
    step = max(len(numbers) // channels, 1)
    lanes: list[_Lane] = []
    for column, start in product(range(numbers.shape[1]), range(step)):
        reached = numbers[start::step, column][:channels].tolist()
        free = usable[start::step, column][:channels].tolist()
        lanes.append(list(zip(reached, free, strict=True)))
    return [lane for lane in lanes if any(is_open for _, is_open in lane)]


def _joined(lanes: Sequence[_Lane], wells: int) -> Iterator[list[Slot]]:
    """The slots of lanes that are joined, as many as a sample has replicates."""
    for start in range(0, len(lanes) - wells + 1, wells):
        yield _block(lanes[start : start + wells])


def _block(lanes: Sequence[_Lane]) -> list[Slot]:
    """The slot of each channel over some lanes; one that is not usable in all of them has none."""
    channels = zip(*lanes, strict=True)
    return [tuple(well for well, _ in each) for each in channels if _is_whole([*each])]
