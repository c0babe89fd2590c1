"""Wells reduced to cells before a mixed model is fitted, with nothing lost.

Wells of one study that share their row of fixed effects, their columns and levels of every random
effect, their known variance and their loadings on shared errors are one **cell**. An orthonormal
turn of the n wells of a cell gives sqrt(n) times their mean, which alone meets fixed and random
effects, and n - 1 contrasts of mean 0 and variance e = residual + known variance, which meet
nothing else. So the likelihood of the wells is that of the scaled means times a factor of (n - 1,
sum of squares within) for each cell; the turn has determinant 1 and no constant is left over. A
cell without wells has a scaled mean of 0 and a row of zeros, is left with variance e, and its n - 1
= -1 takes that away again: missing wells and padding need no other care.

Cells are sorted into **blocks** (the levels of one random effect, usually the donors, with every
effect nested in it); what crosses the blocks (plates, shared errors) is the **border**, and small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Floats, Ints


@dataclass(frozen=True)
class Random:
    """A random effect: `columns` (wells, q) whose q coefficients vary together, with any
    covariance, over `levels` (wells,).

    An intercept and slope of the stimulated condition by donor is `Random(np.column_stack([ones,
    stimulated]), donor)`; a plate is `Random(np.ones((wells, 1)), plate)`. Two effects over the
    same levels are independent of each other. Columns that are 0 outside one group give that group
    a covariance of its own.
    """

    columns: Floats
    levels: npt.ArrayLike


@dataclass(frozen=True)
class Design:
    """What is known of the wells of a study before they are read.

    `fixed` (wells, p) are the columns of the fixed effects; `random` the random effects, beside the
    residual, which is always there; `known_variance` (wells,) a measurement variance to add to the
    residual's; `shared` (wells, s) the loadings of errors of variance 1 that wells have in common,
    whose covariance `shared @ shared.T` is added as known.
    """

    fixed: Floats
    random: tuple[Random, ...] = ()
    known_variance: Floats | None = None
    shared: Floats | None = None

    def __post_init__(self) -> None:
        wells = len(self.fixed)
        sizes = [len(term.columns) for term in self.random] + [
            len(np.asarray(term.levels)) for term in self.random
        ]
        sizes += [len(known) for known in (self.known_variance, self.shared) if known is not None]
        if self.fixed.ndim != 2 or any(size != wells for size in sizes):
            raise ValueError(
                f"a design of {self.fixed.shape} wells and fixed effects has parts of {sizes} wells"
            )
        if self.known_variance is not None and not np.all(self.known_variance >= 0):
            raise ValueError("a known variance is negative or missing")


@dataclass(frozen=True)
class Cells:
    """The cells of a design, placed in blocks: `blocks` D, at most `width` C of them in a block.

    `cell_of` (wells,) is the place of a well's cell, block x C + position; `fixed` (D, C, p);
    `border` a (D, C, levels, q) array for each random effect of the border; `inside` (D, C,
    parameters, C) the structure of each variance parameter within blocks, the residual's last;
    `known` (D, C, C) the shared errors that stay in a block, `variance` (D, C) the known variance
    of a well, `loadings` (D, C, s) the shared errors of the border. `crossed` says which random
    effects are in the border.
    """

    cell_of: Ints
    fixed: Floats
    border: tuple[Floats, ...]
    inside: Floats
    known: Floats
    variance: Floats
    loadings: Floats
    crossed: tuple[bool, ...]
    orders: tuple[int, ...]

    @property
    def kind(self) -> tuple[object, ...]:
        """What studies must have in common to be fitted at once."""
        return self.fixed.shape[2], self.orders, self.crossed

    @cached_property
    def size(self) -> tuple[int, ...]:
        """Blocks, cells of a block, levels of each border effect and shared errors."""
        return (
            *self.known.shape[:2],
            *(term.shape[2] for term in self.border),
            self.loadings.shape[2],
        )

    def padded(self, size: Sequence[int]) -> Cells:
        """The same with empty blocks, cells, levels and errors up to this size."""
        more = [wanted - there for wanted, there in zip(size, self.size, strict=True)]
        if not any(more):
            return self
        blocks, cells, errors = (0, more[0]), (0, more[1]), (0, more[-1])
        block, position = np.divmod(self.cell_of, self.size[1])
        eye = np.arange(self.size[1], size[1])
        inside = np.pad(self.inside, (blocks, cells, (0, 0), cells))
        inside[:, eye, -1, eye] = 1.0
        inside[self.size[0] :, :, -1] = np.eye(size[1])
        return Cells(
            block * size[1] + position,
            np.pad(self.fixed, (blocks, cells, (0, 0))),
            tuple(
                np.pad(term, (blocks, cells, (0, n), (0, 0)))
                for term, n in zip(self.border, more[2:-1], strict=True)
            ),
            inside,
            np.pad(self.known, (blocks, cells, cells)),
            np.pad(self.variance, (blocks, cells)),
            np.pad(self.loadings, (blocks, cells, errors)),
            self.crossed,
            self.orders,
        )


def cells_of(design: Design) -> Cells:
    """The cells of a design in its blocks."""
    wells = len(design.fixed)
    levels = [
        np.unique(np.asarray(term.levels), return_inverse=True)[1].reshape(-1)
        for term in design.random
    ]
    variance = np.zeros(wells) if design.known_variance is None else design.known_variance
    shared = np.zeros((wells, 0)) if design.shared is None else design.shared
    parts = [
        design.fixed,
        *(term.columns for term in design.random),
        *(at[:, None] for at in levels),
    ]
    table = np.column_stack([*parts, variance, shared])
    _, first, cell = np.unique(table, axis=0, return_index=True, return_inverse=True)
    block, crossed = _blocks(
        [at[first] for at in levels],
        [term.columns.shape[1] for term in design.random],
        len(first),
        design.fixed.shape[1],
    )
    grid = _grid(block)
    place = np.empty(len(first), dtype=np.intp)
    place[grid[grid >= 0]] = np.flatnonzero(grid.ravel() >= 0)
    filled = (grid >= 0)[:, :, None]

    def placed(rows: Floats) -> Floats:
        return np.asarray(np.where(filled, rows[first][grid], 0.0))

    columns = [placed(term.columns) for term in design.random]
    at = [np.where(grid >= 0, level[first][grid], -1) for level in levels]
    loadings = placed(shared)
    across = np.count_nonzero(np.any(loadings != 0, axis=1), axis=0) > 1
    own = loadings[:, :, ~across]
    return Cells(
        place[cell.reshape(-1)],
        placed(design.fixed),
        tuple(_by_level(z, a) for z, a, out in zip(columns, at, crossed, strict=True) if out),
        _inside(
            [(z, a) for z, a, out in zip(columns, at, crossed, strict=True) if not out], grid.shape
        ),
        own @ own.swapaxes(1, 2),
        placed(variance[:, None])[:, :, 0],
        loadings[:, :, across],
        tuple(crossed),
        tuple(term.columns.shape[1] for term in design.random),
    )


def _blocks(
    levels: list[Ints], orders: list[int], cells: int, fixed: int
) -> tuple[Ints, list[bool]]:
    """The block of every cell, and which effects cross the blocks: the choice that costs the least
    arithmetic.
    """
    best: tuple[int, Ints, list[bool]] = (0, np.arange(cells, dtype=np.intp), [])
    for mine in levels:
        crossed = [not _nested(other, mine) for other in levels]
        terms = list(zip(levels, orders, crossed, strict=True))
        wide = fixed + 1 + sum((int(at.max()) + 1) * q for at, q, out in terms if out)
        inner = 1 + sum(q * (q + 1) // 2 for _, q, out in terms if not out)
        sizes = np.bincount(mine)
        deep, places = int(sizes.max()), len(sizes) * int(sizes.max())
        cost = places * inner * (inner * wide**2 + inner * deep + deep**2) + wide**3
        if not best[2] or cost < best[0]:
            best = cost, mine, crossed
    return best[1:]


def _nested(inner: Ints, outer: Ints) -> bool:
    """Whether each level of the inner effect lies in one level of the outer."""
    pairs = np.unique(np.column_stack([inner, outer]), axis=0)
    return len(pairs) == len(np.unique(inner))


def _grid(block: Ints) -> Ints:
    """The cells of each block in a row, -1 where a block has fewer than the widest."""
    order = np.argsort(block, kind="stable")
    counts = np.bincount(block)
    position = np.arange(len(block)) - np.repeat(np.cumsum(counts) - counts, counts)
    grid = np.full((len(counts), int(counts.max())), -1, dtype=np.intp)
    grid[block[order], position] = order
    return grid


def _inside(terms: list[tuple[Floats, Ints]], shape: tuple[int, ...]) -> Floats:
    """How each variance parameter within blocks enters their covariance (D, C, parameters, C); last
    the residual.
    """
    parts = []
    for columns, at in terms:
        same = (at[:, :, None] == at[:, None, :]) & (at[:, :, None] >= 0)
        for a in range(columns.shape[2]):
            for b in range(a + 1):
                product = columns[:, :, None, a] * columns[:, None, :, b]
                parts.append(same * (product if a == b else product + product.swapaxes(1, 2)))
    parts.append(np.broadcast_to(np.eye(shape[1]), (shape[0], shape[1], shape[1])))
    return np.stack(parts, axis=2)


def _by_level(columns: Floats, at: Ints) -> Floats:
    """The columns of a border effect, set out by level (D, C, levels, q)."""
    here = at[:, :, None] == np.arange(at.max() + 1)
    return np.asarray(here[:, :, :, None] * columns[:, :, None, :])
