"""Arrays in blocks: what belongs together, in a row of its own; and as much at a time as there is
room for.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exvivo.arrays import Ints

ROOM = 250_000
"""Numbers of an array that is made for many problems at once: 2 MB, which a processor keeps near.
"""


def batches(problems: int, numbers: int) -> Iterator[slice]:
    """The places of some problems, as many at a time as there is room for where each makes arrays
    of `numbers`. What comes of a problem must not hang on those beside it.

    >>> [*batches(5, 100_000)]
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    size = max(1, ROOM // max(numbers, 1))
    return (slice(first, first + size) for first in range(0, problems, size))


def by_block(block: Ints, blocks: int = 0) -> Ints:
    """The cells of each block, at least `blocks` of them, in a row (D, C); -1 where a block has
    fewer than the widest.
    """
    order = np.argsort(block, kind="stable")
    counts = np.bincount(block, minlength=blocks)
    position = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.full((len(counts), int(counts.max())), -1, dtype=np.intp)
    rows[block[order], position] = order
    return rows
