"""The joint model's design as index arrays and sparse maps, made once, so that each sweep is a few
products.

Wells of one donor, series, condition, culture and plate form a cell: only its mean matters to
everything but the wells' own error. Donors whose cells have one covariance share a pattern, so that
it is inverted once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.joint.model import JointData

_LEAST_ERROR = 1e-4
"""Variance (log2 squared) of a shared error that may be left out of a cell when keys are joined."""


@dataclass(frozen=True)
class Structure:
    """The design. `order` sorts the data's wells by series, donor, condition, culture and plate; n
    donors, m cells at most.

    Padded arrays (n, m) hold each donor's cells, scores last; `real` marks those that are there.
    `rows` is the sparse design (n m, structural columns): means (dimension, then group), then
    plates. `key` (n, m, Z) are the loadings of errors that several donors share; those of one donor
    alone are in `known` (n, m, m), with root `known_root`. `gram` takes the inverse covariances of
    all patterns to the entries `gram_at` of the normal equations (lower half).
    """

    order: Ints
    width: int
    well_series: Ints
    well_donor: Ints
    well_condition: Ints
    well_cell: Ints
    well_sd: Floats
    cell_start: Ints
    series_start: Ints
    cell_size: Floats
    cell_series: Ints
    cell_at: Ints
    slot: Ints
    real: Bools
    dimension: Ints
    pattern: Ints
    pattern_donor: Ints
    rows: Any
    rows_t: Any
    plate_start: Ints
    plated: Ints
    plate_count: Floats
    means: int
    key: Floats
    known: Floats
    known_root: Floats
    gram: Any
    gram_at: Ints
    onto: Any
    score_donor: Ints
    score_scale: Ints
    units: Any
    unit_series: Ints
    cultured: Ints
    same_culture: Floats
    block: Ints

    @property
    def structural(self) -> int:
        """Columns for means and plates."""
        return int(self.rows.shape[1])

    @property
    def heteroscedastic(self) -> bool:
        """Whether any well brings an error of its own."""
        return bool((self.well_sd > 0).any())


@dataclass(frozen=True)
class _Cells:
    """Cells of wells, then of scores: whose, which dimension, which plate column (-1: none) and
    culture unit (-1).
    """

    donor: Ints
    dimension: Ints
    series: Ints
    plate: Ints
    culture: Ints
    loading: Floats


def structure(data: JointData, *, by_group: bool = False) -> Structure:
    """The design's arrays. `by_group`: each group has a covariance of its own."""
    from scipy import sparse

    wells = data.wells
    order = np.lexsort((wells.plate, wells.culture, wells.condition, wells.donor, wells.series))
    labels = np.stack([wells.series, wells.donor, wells.condition, wells.culture, wells.plate])[
        :, order
    ]
    new = np.r_[True, (np.diff(labels, axis=1) != 0).any(axis=0)]
    start = np.flatnonzero(new)
    size = np.diff(np.r_[start, labels.shape[1]]).astype(np.float64)
    loading = np.add.reduceat(wells.loading[order], start, axis=0) / size[:, None]
    cells, score_donor, score_scale = _cells(data, labels[:, start], loading)
    slot, real = _padded(cells.donor, len(data.donors))
    local, key = _keys(cells, slot, real)
    block = data.group if by_group else np.zeros(len(data.donors), dtype=np.intp)
    sd = wells.sd[order]
    cultured = np.flatnonzero(data.several_cultures)
    same = _same_culture(cells, slot, real, cultured)
    well_cell = np.cumsum(new) - 1
    pattern, chosen = _patterns(
        cells, slot, real, local, same, block, _cell_keys(size, sd, well_cell)
    )
    rows, plated, plate_start, plate_count = _rows(data, cells, slot, real)
    gram, gram_at = _gram(rows, pattern, slot.shape[1])
    units, unit_series = _units(cells, slot, real, cultured)
    n, m, j = len(data.donors), slot.shape[1], data.dimensions
    dimension = np.where(real, cells.dimension[slot], 0)
    places = np.arange(n * m)
    onto = sparse.csr_array(
        (real.ravel().astype(float), ((places // m) * j + dimension.ravel(), places)),
        shape=(n * j, n * m),
    )
    cell_at = np.empty(len(cells.donor), dtype=np.intp)
    cell_at[slot[real]] = np.flatnonzero(real.ravel())
    return Structure(
        order=order,
        width=j,
        well_series=labels[0],
        well_donor=labels[1],
        well_condition=labels[2],
        well_cell=well_cell,
        well_sd=sd,
        cell_start=start,
        series_start=np.searchsorted(labels[0], np.arange(len(data.series))),
        cell_size=size,
        cell_series=labels[0, start],
        cell_at=cell_at,
        slot=slot,
        real=real,
        dimension=dimension,
        pattern=pattern,
        pattern_donor=chosen,
        rows=rows,
        rows_t=sparse.csr_array(rows.T),
        plate_start=plate_start,
        plated=plated,
        plate_count=plate_count,
        means=j * len(data.groups),
        key=key,
        known=local,
        known_root=_roots(local),
        gram=gram,
        gram_at=gram_at,
        onto=onto,
        score_donor=score_donor,
        score_scale=score_scale,
        units=units,
        unit_series=unit_series,
        cultured=cultured,
        same_culture=same,
        block=block,
    )


def _cells(data: JointData, labels: Ints, loading: Floats) -> tuple[_Cells, Ints, Ints]:
    """The cells of wells (`labels`: series, donor, condition, culture, plate), and those of the
    scores that were given.
    """
    series, donor, condition, culture, plate = labels
    given = (
        ~np.isnan(data.score[0]) if data.scales else np.zeros((len(data.donors), 0), dtype=np.bool_)
    )
    who, which = np.nonzero(given)
    none = np.full(len(who), -1)
    wells = len(data.series) * len(data.conditions)
    return (
        _Cells(
            np.r_[donor, who],
            np.r_[series * len(data.conditions) + condition, wells + which],
            np.r_[series, none],
            np.r_[plate, none],
            np.r_[culture, none],
            np.concatenate([loading, np.zeros((len(who), loading.shape[1]))]),
        ),
        who,
        which,
    )


def _padded(donor: Ints, donors: int) -> tuple[Ints, Bools]:
    """Cells by donor, each row filled up with cell 0; and which are real."""
    most = int(np.bincount(donor, minlength=donors).max())
    slot = np.zeros((donors, most), dtype=np.intp)
    real = np.zeros((donors, most), dtype=np.bool_)
    for d in range(donors):
        mine = np.flatnonzero(donor == d)
        slot[d, : len(mine)] = mine
        real[d, : len(mine)] = True
    return slot, real


def _keys(cells: _Cells, slot: Ints, real: Bools) -> tuple[Floats, Floats]:
    """The covariance (n, m, m) of errors that touch one donor only, and the loadings (n, m, Z) of
    the others.
    """
    padded = cells.loading[slot] * real[..., None]
    donors = (padded != 0).any(axis=1).sum(axis=0)
    alone = padded[..., donors == 1]
    return np.asarray(alone @ alone.transpose(0, 2, 1)), _joined(padded[..., donors > 1])


def _joined(loading: Floats) -> Floats:
    """Loadings (n, m, keys) with the keys that touch the same cells turned into as few as serve."""
    n, m, keys = loading.shape
    flat = loading.reshape(n * m, keys)
    alike: dict[bytes, list[int]] = {}
    for k in range(keys):
        alike.setdefault((flat[:, k] != 0).tobytes(), []).append(k)
    kept = [flat[:, []]]
    for members in alike.values():
        turned, sizes, _ = np.linalg.svd(flat[:, members], full_matrices=False)
        parts = turned * sizes
        left = np.cumsum((parts**2)[:, ::-1], axis=1)[:, ::-1].max(axis=0)
        kept.append(parts[:, left > _LEAST_ERROR])
    return np.asarray(np.concatenate(kept, axis=1).reshape(n, m, -1))


def _roots(covariance: Floats) -> Floats:
    """Roots of covariances that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :])


def _same_culture(cells: _Cells, slot: Ints, real: Bools, cultured: Ints) -> Floats:
    """1 where two cells (n, m, m) are of one culture, in one dimension of a series whose cultures
    are told apart.
    """
    chosen = real & np.isin(cells.series[slot], cultured)
    dimension, culture = cells.dimension[slot], cells.culture[slot]
    same = (dimension[:, :, None] == dimension[:, None, :]) & (
        culture[:, :, None] == culture[:, None, :]
    )
    return np.asarray(same & chosen[:, :, None] & chosen[:, None, :], dtype=np.float64)


def _units(cells: _Cells, slot: Ints, real: Bools, cultured: Ints) -> tuple[Any, Ints]:
    """The sparse map (units, n m) from cells to cultures of a donor and dimension; and the series
    of each unit.
    """
    from scipy import sparse

    flat = slot.ravel()[real.ravel()]
    at = np.flatnonzero(real.ravel())
    chosen = np.isin(cells.series[flat], cultured)
    flat, at = flat[chosen], at[chosen]
    labels = np.stack(
        [cells.series[flat], cells.donor[flat], cells.dimension[flat], cells.culture[flat]]
    )
    units, number = np.unique(labels, axis=1, return_inverse=True)
    shape = (units.shape[1], real.size)
    return sparse.csr_array((np.ones(len(at)), (number.ravel(), at)), shape=shape), units[0]


def _cell_keys(size: Floats, sd: Floats, well_cell: Ints) -> list[bytes]:
    """What sets the error of each cell's mean, up to its series' own error."""
    return [size[c].tobytes() + np.sort(sd[well_cell == c]).tobytes() for c in range(len(size))]


def _patterns(
    cells: _Cells,
    slot: Ints,
    real: Bools,
    known: Floats,
    same: Floats,
    block: Ints,
    errors: list[bytes],
) -> tuple[Ints, Ints]:
    """Each donor's pattern, and the first donor of each pattern."""
    seen: dict[bytes, int] = {}
    chosen: list[int] = []
    pattern = np.empty(len(slot), dtype=np.intp)
    for d in range(len(slot)):
        mine = slot[d, real[d]]
        told = b"|".join(errors[c] if c < len(errors) else b"score" for c in mine)
        key = b"".join(
            part.tobytes()
            for part in (real[d], cells.dimension[mine], known[d], same[d], block[d : d + 1])
        )
        pattern[d] = seen.setdefault(key + told, len(chosen))
        if pattern[d] == len(chosen):
            chosen.append(d)
    return pattern, np.array(chosen, dtype=np.intp)


def _rows(
    data: JointData, cells: _Cells, slot: Ints, real: Bools
) -> tuple[Any, Ints, Ints, Floats]:
    """The sparse design (n m, means then plates); series on several plates, where their columns
    begin, and how many.
    """
    from scipy import sparse

    pairs = np.unique(np.stack([cells.series, cells.plate])[:, cells.series >= 0], axis=1)
    counted = np.bincount(pairs[0], minlength=len(data.series))
    plated = np.flatnonzero(counted > 1)
    pairs = pairs[:, np.isin(pairs[0], plated)]
    column = {(int(a), int(p)): i for i, (a, p) in enumerate(pairs.T)}
    at = np.flatnonzero(real.ravel())
    mine = slot.ravel()[at]
    groups = len(data.groups)
    mean = cells.dimension[mine] * groups + data.group[cells.donor[mine]]
    plate = np.array(
        [
            column.get((int(a), int(p)), -1)
            for a, p in zip(cells.series[mine], cells.plate[mine], strict=True)
        ],
        dtype=np.intp,
    )
    means = data.dimensions * groups
    on = plate >= 0
    row, col = np.r_[at, at[on]], np.r_[mean, means + plate[on]]
    rows = sparse.csr_array(
        (np.ones(len(row)), (row, col)), shape=(real.size, means + pairs.shape[1])
    )
    return (
        rows,
        plated,
        means + np.searchsorted(pairs[0], plated),
        counted[plated].astype(np.float64),
    )


def _gram(rows: Any, pattern: Ints, m: int) -> tuple[Any, Ints]:
    """The sparse map from inverse covariances (patterns m m) to the sum of X' A X, for its entries
    that are ever filled.
    """
    from scipy import sparse

    columns = rows.shape[1]
    parts: dict[int, Any] = {}
    for d, p in enumerate(pattern):
        mine = sparse.csr_array(rows[d * m : (d + 1) * m])
        parts[int(p)] = parts.get(int(p), 0) + sparse.kron(mine, mine, format="csr").T
    whole = sparse.csr_array(sparse.hstack([parts[p] for p in range(len(parts))], format="csr"))
    entry = np.arange(columns * columns)
    filled = (np.diff(whole.indptr) > 0) & (entry // columns >= entry % columns)
    return sparse.csr_array(whole[filled]), np.flatnonzero(filled)
