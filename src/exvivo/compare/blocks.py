"""Arrays in blocks: what belongs together, in a row of its own."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Ints


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
