"""Linear mixed models of wells by restricted likelihood, for one study or thousands at once.

The model of one study, with n wells and p fixed effects::

    y = X beta + sum_k Z_k b_k + U s + m + e

X (n, p) are the fixed effects; b_k the random effects (donor, culture within donor, plate across
them, ...), normal with a covariance of their own; U (n, s) the known loadings of errors s ~ N(0, 1)
that wells share; m ~ N(0, known variance) the measurement; e ~ N(0, residual). It answers where
wells are missing, donors have different numbers of them, or donors sit on several plates; where
nothing is missing and every donor has the same wells, its answer for group by stimulus is the t
test of the donors' responses, exactly.

    design = Design(fixed, (Random(by_stimulus, donor), Random(ones, plate)))
    contrasts(fit(y, design).fixed, [0, 0, 0, 1])

Wells are reduced to cells first (`cells`, exact), the criterion (`reml`) is brought to its minimum
by Newton's method (`newton`), and `kenward_roger` has the degrees of freedom.

When not to use: undetected wells have no number, so a study that has some must not leave them out
here (that is a bias, not a missing well); take the likelihood of the wells or the joint model.
Where the smaller group's responses spread twice as much, one covariance for both rejects 7.7 % of
null effects at 14 and 10 donors (as Student's test does); a covariance for each group 5.4 %. On the
raw scale of concentrations, where spread grows with the mean, 95 % intervals covered 91 % at 14 and
10 donors, 72 % at 8 and 24, of a difference that logarithms covered in 95 %: fit logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.mixed.cells import Cells, Design, Random, cells_of, over_cells
from exvivo.compare.mixed.kenward_roger import (
    Contrasts,
    DfMethod,
    Fixed,
    contrasts,
    fixed_effects,
)
from exvivo.compare.mixed.newton import Minimum, minimum, start
from exvivo.compare.mixed.reml import Batch, Pieces, batch, pieces, structure_of

__all__ = ["Contrasts", "Design", "DfMethod", "Fits", "Random", "contrasts", "fit", "fit_each"]

CHUNK = 100
"""Studies fitted at once: enough to keep the arithmetic busy, few enough to stay in the processor's
cache.
"""
_NO_SPREAD = 1e-10
"""Residuals of this share of the wells' own size are rounding: the fixed effects say all."""
_NO_VARIANCE = 1e-8
"""A variance (of that about least squares) below which a fit is singular."""


@dataclass(frozen=True)
class Fits:
    """Mixed models fitted to B studies.

    `fixed` has the fixed effects; `covariances` one (B, q, q) array for each random effect in the
    order of the design; `residual` (B,) the residual variance beside what was known; `criterion`
    (B,) minus twice the log restricted likelihood; `wells` (B,) how many were fitted. `singular`:
    some combination of random effects, or the residual, has no variance (its standard deviation is
    under 1e-4 of that about least squares). `converged`: Newton's decrement is below 1e-15 and no
    direction leads down. With 14 and 10 donors seven starts found no lower minimum in 4,000
    studies; with 6 and 6 and a covariance for each group one in 25 had one elsewhere, with 4 and 3
    donors one in 50. `estimable` is False, and every number NaN, where the wells do not identify
    the fixed effects, or leave no degrees of freedom.
    """

    fixed: Fixed
    covariances: tuple[Floats, ...]
    residual: Floats
    criterion: Floats
    wells: Ints
    steps: Ints
    converged: Bools
    singular: Bools
    estimable: Bools

    def __len__(self) -> int:
        return len(self.residual)

    @property
    def _arrays(self) -> list[npt.NDArray[np.generic]]:
        """All arrays, in one order."""
        alone = (self.residual, self.criterion, self.wells, self.steps)
        states = (self.converged, self.singular, self.estimable)
        fixed = (getattr(self.fixed, part.name) for part in fields(self.fixed))
        return [*fixed, *self.covariances, *alone, *states]

    def put(self, rows: Ints, fits: Fits) -> None:
        """Write the fits of some studies into their rows, in place."""
        for whole, part in zip(self._arrays, fits._arrays, strict=True):
            whole[rows] = part


@dataclass(frozen=True)
class _Study:
    """Studies of one design that are fitted together: `values` (B, wells), NaN where a well is
    missing, their cells, and the units taken out of each random effect's columns.
    """

    values: Floats
    cells: Cells
    units: tuple[Floats, ...]

    @property
    def counted(self) -> tuple[Floats, Floats, Floats]:
        """Wells, mean and squares about the mean of each cell (B, D, C)."""
        cell = self.cells.cell_of
        blocks, width = self.cells.known_covariance.shape[:2]
        member = np.zeros((len(cell), blocks * width))
        member[np.arange(len(cell)), cell] = 1.0
        present = ~np.isnan(self.values)
        counts = present.astype(np.float64) @ member
        means = (np.where(present, self.values, 0.0) @ member) / np.maximum(counts, 1.0)
        within = np.where(present, self.values - means[:, cell], 0.0) ** 2 @ member
        shape = -1, blocks, width
        return counts.reshape(shape), means.reshape(shape), within.reshape(shape)


def fit(y: Floats, design: Design) -> Fits:
    """The model of one design fitted to `y`, (wells,) of one study or (B, wells) of many; NaN where
    a well is missing.

    Raises ValueError where y is infinite or of another length than the design.
    """
    every = np.atleast_2d(np.asarray(y, dtype=np.float64))
    study = _study(every, design)
    whole = _blank(len(every), design)
    for first in range(0, len(every), CHUNK):
        rows = np.arange(first, min(first + CHUNK, len(every)))
        _fill(whole, rows, [replace(study, values=every[rows])])
    return whole


def fit_each(studies: Sequence[tuple[Floats, Design]]) -> Fits:
    """The same model fitted to studies that have a design each, of any size; in the order given.

    Raises ValueError where they differ in the number of fixed effects or in the random effects, or
    as `fit` does.
    """
    made = [_study(np.asarray(y, dtype=np.float64)[None], design) for y, design in studies]
    models = {study.cells.kind[:2] for study in made}
    if len(models) > 1:
        raise ValueError(f"the designs are of {len(models)} models; one can be fitted at a time")
    whole = _blank(len(made), studies[0][1])
    for rows in _of_like_size(made):
        size = np.max([made[i].cells.size for i in rows], axis=0).tolist()
        for first in range(0, len(rows), CHUNK):
            chunk = rows[first : first + CHUNK]
            padded = [replace(made[i], cells=made[i].cells.padded(size)) for i in chunk]
            _fill(whole, np.array(chunk), padded)
    return whole


def _of_like_size(studies: list[_Study]) -> list[list[int]]:
    """Studies that are padded to one another: of one kind, and each size up to the same half power
    of two.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, study in enumerate(studies):
        size = np.ceil(2 * np.log2(np.maximum(study.cells.size, 1)))
        groups.setdefault((*study.cells.kind, *size.tolist()), []).append(i)
    return list(groups.values())


def _study(values: Floats, design: Design) -> _Study:
    """Studies (B, wells) of one design, its random columns brought to mean square 1 so that
    variances are of one order.
    """
    if values.shape[1:] != (len(design.fixed),) or np.isinf(values).any():
        shape, wells = values.shape, len(design.fixed)
        raise ValueError(
            f"{shape} values, some of them perhaps infinite, for a design of {wells} wells"
        )
    units = tuple(_unit(term.columns) for term in design.random)
    scaled = tuple(
        replace(term, columns=term.columns / unit)
        for term, unit in zip(design.random, units, strict=True)
    )
    return _Study(values, cells_of(replace(design, random=scaled)), units)


def _unit(columns: Floats) -> Floats:
    """The root mean square of each column (q,); 1 where it is 0."""
    unit = np.sqrt(np.mean(columns**2, axis=0))
    return np.where(unit > 0, unit, 1.0)


@dataclass(frozen=True)
class _LeastSquares:
    """The wells of B studies by cell, and ordinary least squares of their scaled means.

    `counts` and `within` (B, D, C) are the wells of a cell and the squares about its mean. With
    scaled rows sqrt(n) x = q r: `q` (B, D, C, p) are orthonormal columns, `r` (B, p, p) brings them
    to the fixed effects; `least` (B, p) are the coefficients of q, `rest` (B, D, C) what they leave
    of the scaled means (digits are kept where the wells lie far from zero), `scale` (B,) its
    standard deviation.
    """

    counts: Floats
    within: Floats
    least: Floats
    rest: Floats
    q: Floats
    r: Floats
    scale: Floats
    estimable: Bools

    def only(self, chosen: Ints) -> _LeastSquares:
        """The same with some of the studies."""
        return _LeastSquares(*(getattr(self, part.name)[chosen] for part in fields(self)))

    @property
    def df(self) -> Floats:
        """Wells less fixed effects (B,)."""
        return over_cells(self.counts) - len(self.r[0])


def _fill(whole: Fits, rows: Ints, studies: list[_Study]) -> None:
    """One chunk fitted into its rows: studies of one design (one item of many rows), or of a design
    each.
    """
    counted = [study.counted for study in studies]
    counts, means, within = (np.concatenate(part) for part in zip(*counted, strict=True))
    x = np.stack([study.cells.fixed for study in studies])
    least = _least_squares(counts, means, within, x)
    ok = np.flatnonzero(least.estimable)
    if len(ok):
        chosen = studies if len(studies) == 1 else [studies[i] for i in ok]
        whole.put(rows[ok], _solved(least.only(ok), chosen))
    whole.wells[rows] = over_cells(counts)


def _blank(studies: int, design: Design) -> Fits:
    """Fits of studies before any is fitted."""
    p, orders = design.fixed.shape[1], design.orders
    j = 1 + sum(q * (q + 1) // 2 for q in orders)

    def nan(*shape: int) -> Floats:
        return np.full((studies, *shape), np.nan)

    none, no = np.zeros(studies, dtype=np.intp), np.zeros(studies, dtype=np.bool_)
    return Fits(
        fixed=Fixed(nan(p), nan(p, p), nan(p, p), nan(j, p, p), nan(j, j), nan(j, j)),
        covariances=tuple(nan(q, q) for q in orders),
        residual=nan(),
        criterion=nan(),
        wells=none,
        steps=none.copy(),
        converged=no,
        singular=no.copy(),
        estimable=no.copy(),
    )


def _least_squares(counts: Floats, means: Floats, within: Floats, x: Floats) -> _LeastSquares:
    """The fixed effects `x` (B or 1, D, C, p) as orthonormal columns, and the scale of what they
    leave of the means (B, D, C).
    """
    b, p = len(counts), x.shape[3]
    root = np.sqrt(counts)
    rows = (x * root[..., None]).reshape(b, -1, p)
    q, r = _orthonormal(rows)
    y = (means * root).reshape(b, -1, 1)
    least = q.mT @ y
    rest = y - q @ least
    squares = over_cells(rest**2) + over_cells(within)
    total = over_cells(y**2) + over_cells(within)
    df = over_cells(counts) - p
    return _LeastSquares(
        counts=counts,
        within=within,
        least=least[:, :, 0],
        rest=rest.reshape(counts.shape),
        q=q.reshape(*counts.shape, p),
        r=r,
        scale=np.sqrt(squares / np.maximum(df, 1)),
        estimable=(df > 0) & _apart(rows, r) & (squares > _NO_SPREAD**2 * total),
    )


def _orthonormal(rows: Floats) -> tuple[Floats, Floats]:
    """Rows (B, cells, p) as q (B, cells, p) times r (B, p, p)."""
    # With fewer cells than fixed effects rows of zeros are added, so that r is square.
    cells, p = rows.shape[1:]
    q, r = np.linalg.qr(np.pad(rows, ((0, 0), (0, max(p - cells, 0)), (0, 0))))
    return q[:, :cells], r


def _diagonal_size(r: Floats) -> Floats:
    """The absolute values of the diagonals (B, p)."""
    return np.abs(np.diagonal(r, axis1=1, axis2=2))


def _apart(rows: Floats, r: Floats) -> Bools:
    """Whether each fixed effect is more than a sum of those before it (B,)."""
    size = np.sqrt((rows**2).sum(axis=1))
    return np.asarray(np.all(_diagonal_size(r) > 1e-9 * size, axis=1))


def _solved(of: _LeastSquares, studies: list[_Study]) -> Fits:
    """Studies that can be fitted: brought to scale 1, fitted, and brought back."""
    cells = [study.cells for study in studies]
    structure = structure_of(cells[0])
    data = _batch(of, cells)
    least = minimum(data, structure, start(data, structure))
    last = pieces(data, structure, least.factors)
    units = _stacked([study.units for study in studies])
    return _in_units(of, least, last, units)


def _stacked(studies: list[tuple[Floats, ...]]) -> list[Floats]:
    """The arrays of each random effect, of all studies in one."""
    return [np.stack(terms) for terms in zip(*studies, strict=True)]


def _in_units(of: _LeastSquares, least: Minimum, last: Pieces, units: list[Floats]) -> Fits:
    """The fits in the columns and units of the design, from those at scale 1."""
    theta = last.structure.theta(least.factors)
    covariances = last.structure.covariances(theta)
    square = of.scale**2
    criterion = 2 * last.neg_log_likelihood + of.df * np.log(2 * np.pi * square)
    lowest = [np.linalg.eigvalsh(g)[:, 0] for g in covariances]
    return Fits(
        fixed=_fixed_in_units(fixed_effects(last, least), of),
        covariances=tuple(
            g * square[:, None, None] / unit[:, :, None] / unit[:, None, :]
            for g, unit in zip(covariances, units, strict=True)
        ),
        residual=theta[:, -1] * square,
        criterion=criterion + 2 * np.log(_diagonal_size(of.r)).sum(axis=1),
        wells=np.zeros(len(theta), dtype=np.intp),
        steps=least.steps,
        converged=least.converged,
        singular=np.any([low < _NO_VARIANCE for low in [*lowest, theta[:, -1]]], axis=0),
        estimable=np.ones(len(theta), dtype=np.bool_),
    )


def _batch(of: _LeastSquares, cells: list[Cells]) -> Batch:
    """The studies at scale 1: F = [q, border, shared errors, rest] in scaled cell means."""
    root, scale = np.sqrt(of.counts)[..., None], of.scale[:, None, None]
    border = _stacked([c.border for c in cells])
    loadings = np.stack([c.loadings for c in cells]) / scale[..., None]
    outer = [term.reshape(*term.shape[:3], -1) * root for term in (*border, loadings)]
    return batch(
        np.concatenate([of.q, *outer, (of.rest / scale)[..., None]], axis=3),
        of.counts,
        of.within / scale**2,
        inside=np.stack([c.inside for c in cells]),
        known_covariance=np.stack([c.known_covariance for c in cells]) / scale[..., None] ** 2,
        variance=np.stack([c.variance for c in cells]) / scale**2,
    )


def _fixed_in_units(fixed: Fixed, of: _LeastSquares) -> Fixed:
    """The fixed effects in the columns and units of the design, from those that were fitted to what
    least squares left: beta = r^-1 (least + scale x fitted).
    """
    back = np.linalg.inv(of.r)
    square = of.scale[:, None, None] ** 2
    beta = fixed.beta * of.scale[:, None] + of.least
    return Fixed(
        beta=(back @ beta[:, :, None])[:, :, 0],
        covariance=back @ fixed.covariance @ back.mT * square,
        adjusted=back @ fixed.adjusted @ back.mT * square,
        derivative=back[:, None] @ fixed.derivative @ back.mT[:, None],
        expected=fixed.expected * square**2,
        observed=fixed.observed * square**2,
    )
