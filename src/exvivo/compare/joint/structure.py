"""The joint model's design as index arrays and sparse maps, each made once, so that a sweep is a
few products.

Wells of one donor, series, condition, culture and plate form a **cell**: only its mean matters to
everything but the wells' own error. Cells of wells come first, then one cell for each score. The
cells of a donor stand in a row of a padded table with n donors and m places, so that place d m + i
is cell i of donor d. For the means y of a donor's cells (m,)::

    y = X phi + Z u + v + known errors + error of the mean

X are the donor's rows of `rows`, with columns for means (dimension, then group), for plates, and
for the errors that several donors share (`key`). Z takes each cell to its `dimension`. Donors
whose cells have one covariance share a **pattern**, so that it is inverted once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.blocks import by_block
from exvivo.compare.joint.model import JointData

_LEAST_ERROR = 1e-4
"""Variance (log2 squared) of a shared error that may be left out of a cell when keys are joined."""


@dataclass(frozen=True)
class _Cells:
    """Cells of wells, then of scores: the donor and dimension of each, and its series, plate and
    culture (-1: none); `loading` (cells, keys) of the shared errors.
    """

    donor: Ints
    dimension: Ints
    series: Ints
    plate: Ints
    culture: Ints
    loading: Floats


@dataclass(frozen=True)
class SeriesPart:
    """Where the wells and cells of one series are; donor p + condition of each cell (`cell_unit`)
    and of each group of wells that share it (`unit`), which begin at `start`.
    """

    wells: slice
    cells: slice
    cell_unit: Ints
    unit: Ints
    start: Ints


@dataclass(frozen=True)
class Structure:
    """The design of W wells."""

    data: JointData

    # Wells, sorted by series, donor, condition, culture and plate

    @cached_property
    def order(self) -> Ints:
        """The order of the data's wells here (W,)."""
        w = self.data.wells
        return np.lexsort((w.plate, w.culture, w.condition, w.donor, w.series))

    @cached_property
    def _labels(self) -> tuple[Ints, ...]:
        """Series, donor, condition, culture and plate of each well, (W,) each."""
        w = self.data.wells
        labels = w.series, w.donor, w.condition, w.culture, w.plate
        return tuple(label[self.order] for label in labels)

    @cached_property
    def well_series(self) -> Ints:
        """The series of each well (W,)."""
        return self._labels[0]

    @cached_property
    def well_sd(self) -> Floats:
        """The known standard deviation of each well (W,), 0 where none is known."""
        return self.data.wells.sd[self.order]

    @cached_property
    def heteroscedastic(self) -> bool:
        """Whether any well brings an error of its own."""
        return bool((self.well_sd > 0).any())

    @cached_property
    def series_start(self) -> Ints:
        """The first well of each series."""
        return np.searchsorted(self.well_series, np.arange(len(self.data.series)))

    @cached_property
    def well_dimension(self) -> Ints:
        """The dimension of each well's condition (W,)."""
        return self.well_series * len(self.data.conditions) + self._labels[2]

    @cached_property
    def well_unit(self) -> Ints:
        """The donor's dimension of each well (W,), donor J + dimension."""
        return self._labels[1] * self.data.dimensions + self.well_dimension

    # Cells

    @cached_property
    def _new(self) -> Bools:
        """Whether a well is the first of its cell (W,)."""
        change = np.diff(self._labels, axis=1, prepend=-1)
        return np.asarray((change != 0).any(axis=0))

    @cached_property
    def well_cell(self) -> Ints:
        """The cell of each well (W,)."""
        return np.cumsum(self._new) - 1

    @cached_property
    def cell_start(self) -> Ints:
        """The first well of each cell of wells."""
        return np.flatnonzero(self._new)

    @cached_property
    def cell_size(self) -> Floats:
        """How many wells each cell of wells has."""
        return np.bincount(self.well_cell).astype(np.float64)

    @cached_property
    def cell_series(self) -> Ints:
        """The series of each cell of wells."""
        return self.well_series[self.cell_start]

    @cached_property
    def cell_donor(self) -> Ints:
        """The donor of each cell of wells."""
        return self._labels[1][self.cell_start]

    @cached_property
    def cell_condition(self) -> Ints:
        """The condition of each cell of wells."""
        return self._labels[2][self.cell_start]

    @cached_property
    def parts(self) -> tuple[SeriesPart, ...]:
        """Where the wells of each series are."""
        return tuple(self._part(series) for series in range(len(self.data.series)))

    def _part(self, series: int) -> SeriesPart:
        wells = slice(*np.searchsorted(self.well_series, [series, series + 1]).tolist())
        cells = slice(*np.searchsorted(self.cell_series, [series, series + 1]).tolist())
        cell_unit = self.cell_donor[cells] * len(self.data.conditions)
        cell_unit = cell_unit + self.cell_condition[cells]
        unit, start = np.unique(cell_unit[self.well_cell[wells] - cells.start], return_index=True)
        return SeriesPart(wells, cells, cell_unit, unit, start)

    @cached_property
    def scored(self) -> tuple[Ints, Ints]:
        """Donor and scale of each score that was given."""
        donor, scale = np.nonzero(~np.isnan(self.data.score[0]))
        return donor, scale

    @cached_property
    def _cells(self) -> _Cells:
        series, donor, _, culture, plate = (label[self.cell_start] for label in self._labels)
        scored, scale = self.scored
        none = np.full(len(scored), -1)
        first = len(self.data.series) * len(self.data.conditions)
        loading = np.add.reduceat(self.data.wells.loading[self.order], self.cell_start, axis=0)
        return _Cells(
            donor=np.r_[donor, scored],
            dimension=np.r_[self.well_dimension[self.cell_start], first + scale],
            series=np.r_[series, none],
            plate=np.r_[plate, none],
            culture=np.r_[culture, none],
            loading=np.pad(loading / self.cell_size[:, None], ((0, len(scored)), (0, 0))),
        )

    # The padded table of donors and their cells

    @cached_property
    def _table(self) -> Ints:
        """The cells of each donor (n, m), -1 where there is none."""
        return by_block(self._cells.donor, len(self.data.donors))

    @cached_property
    def real(self) -> Bools:
        """Which places have a cell (n, m)."""
        return self._table >= 0

    @cached_property
    def slot(self) -> Ints:
        """The cell at each place (n, m), cell 0 where there is none."""
        return np.where(self.real, self._table, 0)

    @cached_property
    def cell_at(self) -> Ints:
        """The place d m + i of each cell."""
        place = np.empty(len(self._cells.donor), dtype=np.intp)
        place[self.slot[self.real]] = np.flatnonzero(self.real)
        return place

    @cached_property
    def dimension(self) -> Ints:
        """The dimension of the cell at each place (n, m)."""
        return np.where(self.real, self._cells.dimension[self.slot], 0)

    @cached_property
    def unit(self) -> Ints:
        """The donor's dimension at each place (n, m), donor J + dimension."""
        donor = np.arange(len(self.dimension))[:, None]
        return donor * self.data.dimensions + self.dimension

    @cached_property
    def onto(self) -> Any:
        """The sparse Z' (n J, n m): sums a donor's places by dimension."""
        from scipy import sparse

        entries = self.real.ravel().astype(float)
        at = self.unit.ravel(), np.arange(self.unit.size)
        shape = len(self.unit) * self.data.dimensions, self.unit.size
        return sparse.csr_array((entries, at), shape=shape)

    # Errors that wells share

    @cached_property
    def _loading(self) -> Floats:
        """The loadings of the shared errors at each place (n, m, keys)."""
        return self._cells.loading[self.slot] * self.real[..., None]

    @cached_property
    def _key_donors(self) -> Ints:
        """How many donors each shared error touches."""
        return np.asarray((self._loading != 0).any(axis=1).sum(axis=0))

    @cached_property
    def known_covariance(self) -> Floats:
        """The covariance (n, m, m) of the errors that touch one donor only."""
        alone = self._loading[..., self._key_donors == 1]
        return alone @ alone.mT

    @cached_property
    def known_root(self) -> Floats:
        """A root of `known_covariance`, which may be singular."""
        values, vectors = np.linalg.eigh(self.known_covariance)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])

    @cached_property
    def key(self) -> Floats:
        """The loadings (n, m, Z) of the errors that several donors share."""
        return _joined(self._loading[..., self._key_donors > 1])

    # Cultures

    @cached_property
    def cultured(self) -> Ints:
        """The series whose cultures are told apart from donors."""
        return np.flatnonzero(self.data.several_cultures)

    @cached_property
    def same_culture(self) -> Floats:
        """1 where two cells (n, m, m) are of one culture, in one dimension of a cultured series."""
        chosen = self.real & np.isin(self._cells.series[self.slot], self.cultured)
        same = chosen[:, :, None] & chosen[:, None, :]
        for label in (self.dimension, self._cells.culture[self.slot]):
            same &= label[:, :, None] == label[:, None, :]
        return same.astype(np.float64)

    @cached_property
    def _culture_units(self) -> tuple[Ints, Ints, Ints]:
        """Series, donor, dimension and culture of each culture unit (4, units); the cells that
        belong to one, and the unit of each of these.
        """
        cells = self._cells
        chosen = np.flatnonzero(np.isin(cells.series, self.cultured))
        labels = np.stack([cells.series, cells.donor, cells.dimension, cells.culture])
        units, number = np.unique(labels[:, chosen], axis=1, return_inverse=True)
        return units, chosen, number.ravel()

    @cached_property
    def unit_series(self) -> Ints:
        """The series of each culture unit."""
        return np.asarray(self._culture_units[0][0])

    @cached_property
    def units(self) -> Any:
        """The sparse map (units, n m) that sums the places of each culture unit."""
        from scipy import sparse

        units, chosen, number = self._culture_units
        return sparse.csr_array(
            (np.ones(len(chosen)), (number, self.cell_at[chosen])),
            shape=(units.shape[1], self.real.size),
        )

    # Columns of the fixed effects

    @cached_property
    def means(self) -> int:
        """How many columns hold means: every dimension in every group."""
        return self.data.dimensions * len(self.data.groups)

    @cached_property
    def structural(self) -> int:
        """Columns for means and plates; those of the shared errors come after them."""
        return self.means + int(self._plates.shape[1])

    @cached_property
    def columns(self) -> int:
        """All columns."""
        return int(self.rows.shape[1])

    @cached_property
    def _plates(self) -> Ints:
        """Term and plate of each plate column (2, columns). Term `a` is what plates add to series
        `a`, of series on several plates; term S + a (of S series) what they add to its response,
        where several plates hold both conditions.
        """
        pairs = np.unique(np.stack([self._labels[0], self._labels[4]]), axis=1)
        pairs = np.concatenate([pairs, self._plates_of_both], axis=1)
        counted = np.bincount(pairs[0], minlength=2 * len(self.data.series))
        return pairs[:, counted[pairs[0]] > 1]

    @property
    def _plates_of_both(self) -> Ints:
        """Term and plate of what plates with wells of both conditions add to responses."""
        labels = np.stack([self._labels[part] for part in (0, 4, 2)])
        pairs, conditions = np.unique(np.unique(labels, axis=1)[:2], axis=1, return_counts=True)
        return np.asarray(pairs[:, conditions == 2] + np.array([[len(self.data.series)], [0]]))

    @cached_property
    def plate_term(self) -> Ints:
        """The term of each plate column."""
        return np.asarray(self._plates[0])

    @cached_property
    def plated(self) -> Ints:
        """The terms that have columns."""
        return np.unique(self.plate_term)

    @cached_property
    def plate_start(self) -> Ints:
        """The column where each of these terms begins."""
        return self.means + np.searchsorted(self.plate_term, self.plated)

    @cached_property
    def rows(self) -> Any:
        """The sparse X (n m, columns) of means, plates and shared errors."""
        from scipy import sparse

        cells = self._cells
        mean = cells.dimension * len(self.data.groups) + self.data.group[cells.donor]
        parts = [(self.cell_at, mean), *self._on_plates()]
        row, column = (np.concatenate(part) for part in zip(*parts, strict=True))
        shape = self.real.size, self.structural
        structural = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
        keys = sparse.csr_array(self.key.reshape(self.real.size, -1))
        return sparse.csr_array(sparse.hstack([structural, keys], format="csr"))

    def _on_plates(self) -> Iterator[tuple[Ints, Ints]]:
        """Places and columns of what plates add to all cells, and to stimulated ones."""
        cells, plates = self._cells, len(self.data.plates)
        columns = self._plates[0] * plates + self._plates[1]  # in ascending order
        wells = np.arange(len(self.cell_series))
        stimulated = wells[self.cell_condition == 1]
        for number, own in enumerate((wells, stimulated)):
            term = cells.series[own] + number * len(self.data.series)
            key = term * plates + cells.plate[own]
            on = np.isin(key, columns)
            yield self.cell_at[own[on]], self.means + np.searchsorted(columns, key[on])

    @cached_property
    def rows_t(self) -> Any:
        """The sparse X'."""
        return self.rows.T.tocsr()

    # Covariances

    @cached_property
    def block(self) -> Ints:
        """Which covariance each donor has (n,): one for all, for groups are too small for their
        own.
        """
        return np.zeros(len(self.data.donors), dtype=np.intp)

    def times(self, matrices: Floats, vectors: Floats) -> Floats:
        """The matrix of each donor's covariance (L, blocks, J, J) times the donor's vector (L, n,
        J).
        """
        if matrices.shape[1] == 1:
            return np.asarray(vectors @ matrices[:, 0].mT)
        return np.asarray(np.matmul(matrices[:, self.block], vectors[..., None])[..., 0])

    @cached_property
    def _keys(self) -> list[bytes]:
        """What sets the covariance of each donor's cells, up to the variances that are drawn."""
        return [self._key_of(donor) for donor in range(len(self.slot))]

    def _key_of(self, donor: int) -> bytes:
        cells = self.slot[donor, self.real[donor]]
        arrays = [self.real, self.known_covariance, self.same_culture, self.block]
        shared = [array[donor].tobytes() for array in arrays]
        # Scores have no error, and their cells come after those of wells.
        errors = [self._cell_errors[c] for c in cells if c < len(self._cell_errors)]
        return b"|".join([*shared, self._cells.dimension[cells].tobytes(), *errors])

    @cached_property
    def _cell_errors(self) -> list[bytes]:
        """What sets the error of each cell's mean, up to its series' own error."""
        sds = np.split(self.well_sd, self.cell_start[1:])
        return [np.sort(sd).tobytes() for sd in sds]

    @cached_property
    def _patterns(self) -> tuple[Ints, Ints]:
        first = [self._keys.index(key) for key in self._keys]
        donors, pattern = np.unique(first, return_inverse=True)
        return pattern, donors

    @cached_property
    def pattern(self) -> Ints:
        """Each donor's pattern (n,)."""
        return self._patterns[0]

    @cached_property
    def pattern_donor(self) -> Ints:
        """The first donor of each pattern."""
        return self._patterns[1]

    # The normal equations

    @cached_property
    def _gram(self) -> tuple[Any, Ints]:
        """The sparse map from the inverse covariances A of all patterns (patterns m m) to sum X'A X
        over donors, and the entries of it that are ever filled (lower half).
        """
        from scipy import sparse

        m, columns = self.real.shape[1], self.columns
        parts: dict[int, Any] = {}
        for donor, pattern in enumerate(self.pattern.tolist()):
            x = sparse.csr_array(self.rows[donor * m : (donor + 1) * m])
            parts[pattern] = parts.get(pattern, 0) + sparse.kron(x, x, format="csr").T
        ordered = [parts[pattern] for pattern in range(len(parts))]
        whole = sparse.csr_array(sparse.hstack(ordered, format="csr"))
        row, column = np.divmod(np.arange(columns**2), columns)
        filled = (np.diff(whole.indptr) > 0) & (row >= column)
        return sparse.csr_array(whole[filled]), np.flatnonzero(filled)

    @cached_property
    def gram(self) -> Any:
        """The sparse map from inverse covariances to the filled entries of the equations."""
        return self._gram[0]

    @cached_property
    def gram_at(self) -> tuple[Ints, Ints]:
        """Row and column of these entries."""
        row, column = np.divmod(self._gram[1], self.columns)
        return row, column


def _joined(loading: Floats) -> Floats:
    """Loadings (n, m, keys); keys that touch the same cells are rotated into as few as serve."""
    n, m, keys = loading.shape
    flat = loading.reshape(n * m, keys)
    alike: dict[bytes, list[int]] = {}
    for k in range(keys):
        alike.setdefault((flat[:, k] != 0).tobytes(), []).append(k)
    kept = [flat[:, []], *(_rotated(flat[:, members]) for members in alike.values())]
    return np.concatenate(kept, axis=1).reshape(n, m, -1)


def _rotated(loading: Floats) -> Floats:
    """Loadings (places, keys) of the same covariance with fewer keys: principal components, without
    the last ones where together they add less than the least error anywhere.
    """
    vectors, sizes, _ = np.linalg.svd(loading, full_matrices=False)
    components = vectors * sizes
    rest = np.cumsum((components**2)[:, ::-1], axis=1)[:, ::-1].max(axis=0)
    return np.asarray(components[:, rest > _LEAST_ERROR])
