"""Wells reduced to cells before a mixed model is fitted, with nothing lost.

Wells of one study that share their row of fixed effects, their columns and levels of every random
effect, their known variance and their loadings on shared errors are one **cell**. Take the n wells
of a cell, y (n,), each with error variance e = residual + known variance. An orthonormal rotation
of y gives

    sqrt(n) mean(y)      which alone depends on the fixed and the random effects, and
    n - 1 contrasts      of mean 0 and variance e, which depend on nothing else.

So the likelihood of the wells is that of the scaled means sqrt(n) mean(y) times, for each cell, a
factor of n - 1 and of the sum of squares within. The rotation has determinant 1, so no constant is
left over. A cell without wells has a scaled mean of 0, a row of zeros and variance e; its n - 1 =
-1 takes that factor away again. Missing wells and padding therefore need no other care.

Cells are sorted into **blocks** (the levels of one random effect, usually the donors, with every
effect nested in it). Effects that cross the blocks (plates, shared errors) are the **border**,
which is small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.blocks import by_block

_NO_PADDING = (0, 0)


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

    @property
    def numbered(self) -> Ints:
        """The level of each well as a number from 0 (wells,)."""
        return np.unique(self.levels, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True)
class Design:
    """What is known of the wells of a study before they are read.

    `fixed` (wells, p) are the columns of the fixed effects; `random` the random effects, beside the
    residual, which is always there; `known_variance` (wells,) a measurement variance to add to the
    residual's; `shared` (wells, s) the loadings of errors of variance 1 that wells have in common,
    whose covariance `shared @ shared.T` is added as known.

    Raises ValueError where the parts differ in their number of wells, or a known variance is
    negative or missing.
    """

    fixed: Floats
    random: tuple[Random, ...] = ()
    known_variance: Floats | None = None
    shared: Floats | None = None

    def __post_init__(self) -> None:
        wells, sizes = len(self.fixed), self._sizes
        if self.fixed.ndim != 2 or any(size != wells for size in sizes):
            raise ValueError(
                f"a design of {self.fixed.shape} wells and fixed effects has parts of {sizes} wells"
            )
        if self.known_variance is not None and not np.all(self.known_variance >= 0):
            raise ValueError("a known variance is negative or missing")

    @property
    def _sizes(self) -> list[int]:
        """How many wells each part beside the fixed effects has."""
        columns = [len(term.columns) for term in self.random]
        levels = [len(np.asarray(term.levels)) for term in self.random]
        errors = [len(part) for part in (self.known_variance, self.shared) if part is not None]
        return columns + levels + errors

    @property
    def orders(self) -> tuple[int, ...]:
        """How many coefficients each random effect has (q)."""
        return tuple(term.columns.shape[1] for term in self.random)


@dataclass(frozen=True)
class Cells:
    """The cells of a design, placed in D blocks of at most C cells.

    `cell_of` (wells,) is the place of a well's cell, block x C + position; `fixed` (D, C, p);
    `border` a (D, C, levels, q) array for each random effect of the border; `inside` (D, C,
    parameters, C) the structure of each variance parameter within blocks, the residual's last;
    `known_covariance` (D, C, C) that of the shared errors that stay in a block, `variance` (D, C)
    the known variance of a well, `loadings` (D, C, s) the shared errors of the border. `crossed`
    says which random effects are in the border, `orders` how many coefficients each has.
    """

    cell_of: Ints
    fixed: Floats
    border: tuple[Floats, ...]
    inside: Floats
    known_covariance: Floats
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
        levels = (term.shape[2] for term in self.border)
        return (*self.known_covariance.shape[:2], *levels, self.loadings.shape[2])

    def padded(self, size: Sequence[int]) -> Cells:
        """The same with empty blocks, cells, levels and errors up to this `size`."""
        if tuple(size) == self.size:
            return self
        added = [(0, target - n) for target, n in zip(size, self.size, strict=True)]
        blocks, cells, *levels, errors = added
        block, position = np.divmod(self.cell_of, self.size[1])
        return replace(
            self,
            cell_of=block * size[1] + position,
            fixed=np.pad(self.fixed, (blocks, cells, _NO_PADDING)),
            border=tuple(
                np.pad(term, (blocks, cells, more, _NO_PADDING))
                for term, more in zip(self.border, levels, strict=True)
            ),
            inside=self._padded_inside(blocks, cells),
            known_covariance=np.pad(self.known_covariance, (blocks, cells, cells)),
            variance=np.pad(self.variance, (blocks, cells)),
            loadings=np.pad(self.loadings, (blocks, cells, errors)),
        )

    def _padded_inside(self, blocks: tuple[int, int], cells: tuple[int, int]) -> Floats:
        """`inside` with empty cells, which have the residual alone and so can be inverted."""
        inside = np.pad(self.inside, (blocks, cells, _NO_PADDING, cells))
        added = np.arange(self.size[1], inside.shape[1])
        inside[:, added, -1, added] = 1.0
        inside[self.size[0] :, :, -1] = np.eye(inside.shape[1])
        return inside


@dataclass(frozen=True)
class _Grid:
    """Where the cells go: `first` (cells,) is one well of each cell, `cell` (D, C) the cell at each
    place, -1 where a block has fewer cells than the widest.
    """

    first: Ints
    cell: Ints

    @cached_property
    def filled(self) -> Bools:
        """Which places have a cell (D, C)."""
        return self.cell >= 0

    @property
    def place(self) -> Ints:
        """The place of every cell (cells,), counted block after block."""
        place = np.empty(len(self.first), dtype=np.intp)
        place[self.cell[self.filled]] = np.flatnonzero(self.filled.ravel())
        return place

    def columns(self, wells: Floats) -> Floats:
        """Columns (wells, k) that a cell's wells have alike, by place (D, C, k); 0 where empty."""
        return np.where(self.filled[:, :, None], wells[self.first][self.cell], 0.0)

    def levels(self, wells: Ints) -> Ints:
        """The level of each place (D, C), -1 where it is empty."""
        return np.where(self.filled, wells[self.first][self.cell], -1)


def cells_of(design: Design) -> Cells:
    """The cells of a design in its blocks."""
    wells = len(design.fixed)
    levels = [term.numbered for term in design.random]
    variance = np.zeros(wells) if design.known_variance is None else design.known_variance
    shared = np.zeros((wells, 0)) if design.shared is None else design.shared
    # Wells with the same row of everything the model knows are one cell.
    columns = [design.fixed, *(term.columns for term in design.random), *levels, variance, shared]
    _, first, cell = np.unique(
        np.column_stack(columns), axis=0, return_index=True, return_inverse=True
    )
    block, crossed = _blocks([level[first] for level in levels], design, len(first))
    grid = _Grid(first, by_block(block))
    border, inside = _structures(design, levels, crossed, grid)
    # A shared error that several blocks have is in the border, one of a single block inside it.
    loadings = grid.columns(shared)
    across = np.count_nonzero(np.any(loadings != 0, axis=1), axis=0) > 1
    own = loadings[:, :, ~across]
    return Cells(
        cell_of=grid.place[cell.reshape(-1)],
        fixed=grid.columns(design.fixed),
        border=border,
        inside=inside,
        known_covariance=own @ own.mT,
        variance=grid.columns(variance[:, None])[:, :, 0],
        loadings=loadings[:, :, across],
        crossed=tuple(crossed),
        orders=design.orders,
    )


def _structures(
    design: Design, levels: list[Ints], crossed: list[bool], grid: _Grid
) -> tuple[tuple[Floats, ...], Floats]:
    """The random effects of the border, and the structures within blocks, the residual's last."""
    border: list[Floats] = []
    inside: list[Floats] = []
    for term, level, crosses in zip(design.random, levels, crossed, strict=True):
        columns, at = grid.columns(term.columns), grid.levels(level)
        if crosses:
            border.append(_by_level(columns, at))
        else:
            inside += _products(columns, at)
    blocks, width = grid.cell.shape
    inside.append(np.broadcast_to(np.eye(width), (blocks, width, width)))
    return tuple(border), np.stack(inside, axis=2)


def _blocks(levels: list[Ints], design: Design, cells: int) -> tuple[Ints, list[bool]]:
    """The block of every cell, and which effects cross the blocks: the choice that costs the least
    arithmetic.
    """
    if not levels:
        return np.arange(cells, dtype=np.intp), []
    candidates = [(outer, _crossing(levels, outer)) for outer in levels]
    return min(candidates, key=lambda choice: _cost(choice, levels, design))


def _crossing(levels: list[Ints], outer: Ints) -> list[bool]:
    """Which effects have a level that lies in several levels of `outer`."""
    return [not _nested(inner, outer) for inner in levels]


def _nested(inner: Ints, outer: Ints) -> bool:
    """Whether each level of the inner effect lies in one level of the outer."""
    pairs = np.unique(np.column_stack([inner, outer]), axis=0)
    return len(pairs) == len(np.unique(inner))


def _cost(choice: tuple[Ints, list[bool]], levels: list[Ints], design: Design) -> int:
    """About how many multiplications one evaluation of the criterion takes with these blocks."""
    block, crossed = choice
    wide: int = design.fixed.shape[1] + 1
    inner = 1
    for level, q, crosses in zip(levels, design.orders, crossed, strict=True):
        if crosses:
            wide += (int(level.max()) + 1) * q
        else:
            inner += q * (q + 1) // 2
    sizes = np.bincount(block)
    width = int(sizes.max())
    return len(sizes) * width * inner * (inner * wide**2 + inner * width + width**2) + wide**3


def over_cells(each: Floats) -> Floats:
    """The sum over all cells (B, D, C) of each study (B,)."""
    return np.asarray(each.sum(axis=(1, 2)))


def _products(columns: Floats, at: Ints) -> Iterator[Floats]:
    """How each variance and covariance of one random effect within blocks enters the covariance of
    the cells: (D, C, C), in the order of the lower triangle.
    """
    same = (at[:, :, None] == at[:, None, :]) & (at[:, :, None] >= 0)
    for a, b in zip(*np.tril_indices(columns.shape[2]), strict=True):
        product = columns[:, :, None, a] * columns[:, None, :, b]
        yield same * (product if a == b else product + product.mT)


def _by_level(columns: Floats, at: Ints) -> Floats:
    """The columns of a border effect, set out by level (D, C, levels, q)."""
    present = at[..., None] == np.arange(at.max() + 1)
    return np.asarray(present[..., None] * columns[:, :, None])
