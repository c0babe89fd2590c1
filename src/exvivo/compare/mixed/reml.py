"""The REML criterion of many studies at once, with its exact first and second derivatives.

The model of one study, in scaled cell means y (see `cells`)::

    y = X beta + Z b + errors,    V = cov(y) = sum_j theta_j A_j + known terms

theta (j,) are the variances and covariances of the random effects, in the order of the lower
triangle of each, and last the residual variance; A_j is the structure of theta_j. With the cells in
blocks, V = S^-1 + W C W': S^-1 is block diagonal (effects nested in the blocks, residual, known
variances), W are the columns of the border (plates, shared errors) and C their covariance. What is
minimised is half of minus twice the restricted log likelihood, without its constant::

    2 f = log|V| + log|X'V^-1 X| + y'P y,    P = V^-1 - V^-1 X (X'V^-1 X)^-1 X'V^-1

    gradient  df/dtheta_j             = (tr(P A_j) - y'P A_j P y) / 2
    Hessian   d2f/dtheta_j dtheta_k   = y'P A_j P A_k P y - tr(P A_j P A_k) / 2

With F = [X, W, y] (f columns) everything that REML, Kenward-Roger and Satterthwaite need is in
small matrices::

    gram = F'S F    H_j = F'S A_j S F    Q_jk = F'S A_j S A_k S F    tr(S A_j)    tr(S A_j S A_k)

because P = S - S F R F'S for one small R (f, f). Each random effect's covariance is G = B B' and
the residual variance the square of one number, so that theta_j = l'T_j l / 2 in the factors l (all
B, then that number). B is whole, not triangular: where an intercept has no variance, triangular
factors meet a bent valley in which Newton's method crawls, and rotations of B cost nothing.

Sources: Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545; Gilmour, Thompson and Cullis
1995, doi 10.2307/2533274.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.mixed.cells import Cells, over_cells

LEAST_RESIDUAL = 1e-10
"""The smallest residual variance (of the variance about least squares), so that no cell is known
without error.
"""
_LARGEST_SWEPT = 10
"""Size of block up to which all blocks are inverted together, pivot by pivot, instead of one after
another by LAPACK.
"""


@dataclass(frozen=True)
class Term:
    """One random effect in the parameters: its `order` q, its `levels` in the border (0 where it is
    nested in the blocks), and where its parameters in theta, its factors in l and its columns in
    the border begin.
    """

    order: int
    levels: int
    theta: int
    factor: int
    column: int

    @property
    def triangle(self) -> tuple[Ints, Ints]:
        """Rows and columns of the lower triangle, in the order of its parameters."""
        return np.tril_indices(self.order)

    @property
    def thetas(self) -> Ints:
        """The places of its parameters in theta."""
        return self.theta + np.arange(self.order * (self.order + 1) // 2)

    @property
    def factors(self) -> slice:
        """The places of its factors in l."""
        return slice(self.factor, self.factor + self.order**2)

    @property
    def units(self) -> Iterator[Floats]:
        """Of each factor, the matrix (q, q) that is 1 at its place in B."""
        yield from np.eye(self.order**2).reshape(-1, self.order, self.order)

    @property
    def symmetric(self) -> Iterator[Floats]:
        """Of each parameter, the matrix (q, q) that is 1 at its two places in G."""
        for a, b in zip(*self.triangle, strict=True):
            unit = np.zeros((self.order, self.order))
            unit[a, b] = unit[b, a] = 1.0
            yield unit

    def in_border(self, unit: Floats, start: int, size: int) -> Floats:
        """The matrix (size, size) with `unit` at every level; the border begins at `start`."""
        first = start + self.column
        places = slice(first, first + self.levels * self.order)
        whole = np.zeros((size, size))
        whole[places, places] = np.kron(np.eye(self.levels), unit)
        return whole


@dataclass(frozen=True)
class Structure:
    """How the parameters of a model enter its covariance, the same for all studies that are fitted
    at once.

    `forms` (j, l, l) are the T_j: theta_j = l'T_j l / 2. `inner` and `outer` are the parameters
    within blocks (the residual's last) and of the border, whose factors are `roots` of l. `spread`
    (roots, m, m) makes the border's own factor of those; `pairs` (outer, f, f) is the structure of
    each outer parameter in terms of F, which has `fixed` columns of X, m of the border and 1 of y;
    `shared` (m,) is 1 where a column of the border is a shared error.
    """

    terms: tuple[Term, ...]
    forms: Floats
    inner: Ints
    outer: Ints
    roots: Ints
    spread: Floats
    pairs: Floats
    shared: Floats
    fixed: int

    @property
    def wide(self) -> int:
        """Columns of F (f)."""
        return self.fixed + len(self.shared) + 1

    def theta(self, factors: Floats) -> Floats:
        """Variances and covariances (studies, j) of their factors (studies, l)."""
        return np.asarray(0.5 * np.einsum("bk,jkl,bl->bj", factors, self.forms, factors))

    def by_factors(self, factors: Floats) -> Floats:
        """The derivative of theta by the factors, T_j l (studies, j, l)."""
        return np.asarray(np.einsum("jkl,bl->bjk", self.forms, factors))

    def covariances(self, theta: Floats) -> tuple[Floats, ...]:
        """The covariance matrix of each random effect (studies, q, q)."""
        return tuple(_covariance(term, theta) for term in self.terms)

    def border_factor(self, factors: Floats) -> Floats:
        """The factor (studies, m, m) whose square is C; 1 for the shared errors."""
        spread = np.einsum("bj,jmn->bmn", factors[:, self.roots], self.spread)
        return np.asarray(spread + np.diag(self.shared))


def _covariance(term: Term, theta: Floats) -> Floats:
    rows, columns = term.triangle
    g = np.zeros((len(theta), term.order, term.order))
    g[:, rows, columns] = g[:, columns, rows] = theta[:, term.thetas]
    return g


def structure_of(cells: Cells) -> Structure:
    """The structure of a model from the cells of one (padded) study."""
    terms = tuple(_terms(cells))
    fixed, errors = cells.fixed.shape[2], cells.loadings.shape[2]
    crossed = [term for term in terms if term.levels]
    border = sum(term.levels * term.order for term in crossed)
    size, f = border + errors, fixed + border + errors + 1
    outer: list[int] = []
    roots: list[int] = []
    spread: list[Floats] = []
    pairs: list[Floats] = []
    for term in crossed:
        outer += term.thetas.tolist()
        roots += range(term.factors.start, term.factors.stop)
        spread += [term.in_border(unit, 0, size) for unit in term.units]
        pairs += [term.in_border(unit, fixed, f) for unit in term.symmetric]
    forms = _forms(terms)
    return Structure(
        terms=terms,
        forms=forms,
        inner=np.setdiff1d(np.arange(len(forms)), outer),
        outer=np.array(outer, dtype=np.intp),
        roots=np.array(roots, dtype=np.intp),
        spread=np.array(spread).reshape(len(roots), size, size),
        pairs=np.array(pairs).reshape(len(outer), f, f),
        shared=np.repeat([0.0, 1.0], [border, errors]),
        fixed=fixed,
    )


def _terms(cells: Cells) -> Iterator[Term]:
    """The random effects with their places, one after another."""
    levels = iter([term.shape[2] for term in cells.border])
    theta = factor = column = 0
    for q, crossed in zip(cells.orders, cells.crossed, strict=True):
        term = Term(q, next(levels) if crossed else 0, theta, factor, column)
        yield term
        theta, factor = theta + len(term.thetas), term.factors.stop
        column += term.levels * q


def _forms(terms: tuple[Term, ...]) -> Floats:
    """The T_j of theta_j = l'T_j l / 2, from (B B')_ab = sum_c B_ac B_bc; the residual's last."""
    count = sum(len(term.thetas) for term in terms) + 1
    factors = sum(term.order**2 for term in terms) + 1
    forms = np.zeros((count, factors, factors))
    for term in terms:
        eye, own = np.eye(term.order), term.factors
        for j, unit in zip(term.thetas, term.symmetric, strict=True):
            # A variance is half of twice its squared factors; a covariance has each product once.
            forms[j, own, own] = np.kron(unit + np.diag(np.diag(unit)), eye)
    forms[-1, -1, -1] = 2.0
    return forms


@dataclass(frozen=True)
class Batch:
    """Studies that are fitted at once, in scaled cell means: B studies, D blocks of C cells.

    `columns` (B, D, C, f) is F = [X, W, y] scaled; `inside` (B, D, C x inner, C) the structures
    within blocks, `flat` the same by parameter (B, inner, D C C); `known_covariance` (B, D, C, C)
    and `variance` (B, D, C) of a well are known; `more` (B, D, C) are the wells of a cell less 1
    and `within` (B, D, C) their sum of squares about the cell's mean.
    """

    columns: Floats
    inside: Floats
    flat: Floats
    known_covariance: Floats
    variance: Floats
    more: Floats
    within: Floats

    def __len__(self) -> int:
        return len(self.columns)

    def only(self, chosen: Bools | Ints) -> Batch:
        """The same with some of the studies."""
        return Batch(*(getattr(self, part.name)[chosen] for part in fields(self)))


def batch(
    columns: Floats,
    counts: Floats,
    within: Floats,
    *,
    inside: Floats,
    known_covariance: Floats,
    variance: Floats,
) -> Batch:
    """Studies from F (B, D, C, f) scaled, the wells of each cell (B, D, C) and the squares within
    them.

    `inside`, `known_covariance` and `variance` are those of `Cells`, unscaled, of every study or
    (with a first axis of 1) of all.
    """
    root = np.sqrt(counts)
    b, d, c = counts.shape
    # Means times sqrt(n): structures are multiplied on both sides, but the residual's stays e.
    scaled = inside * root[:, :, :, None, None] * root[:, :, None, None, :]
    scaled[:, :, :, -1] = np.eye(c)
    eye = np.arange(c)
    covariance = known_covariance * root[:, :, :, None] * root[:, :, None, :]
    covariance[:, :, eye, eye] += variance
    return Batch(
        columns=columns,
        inside=scaled.reshape(b, d, -1, c),
        flat=np.ascontiguousarray(np.moveaxis(scaled, 3, 1)).reshape(b, -1, d * c * c),
        known_covariance=covariance,
        variance=np.broadcast_to(variance, counts.shape),
        more=counts - 1.0,
        within=within,
    )


@dataclass(frozen=True)
class Products:
    """The small matrices at given parameters, by study and parameter: `gram` (B, f, f), `h` (B, j,
    f, f), `q` (B, j, j, f, f), `once` tr(S A_j) (B, j) and `twice` tr(S A_j S A_k) (B, j, j).
    """

    gram: Floats
    h: Floats
    q: Floats
    once: Floats
    twice: Floats


@dataclass(frozen=True)
class Within:
    """The contrasts of wells within cells, n - 1 (`more`) in each, of variance `e` = residual +
    known; their sums of squares are `squares` times e. All (B, D, C).
    """

    more: Floats
    e: Floats
    squares: Floats

    @property
    def deviance(self) -> Floats:
        """Minus twice their log likelihood (B,), without its constant."""
        return over_cells(self.more * np.log(self.e) + self.squares)

    @property
    def slope(self) -> Floats:
        """Half of the derivative of the deviance by the residual variance (B,)."""
        return 0.5 * over_cells((self.more - self.squares) / self.e)

    @property
    def y_part(self) -> Floats:
        """What they add to y'P A P A P y of the residual variance (B,)."""
        return over_cells(self.squares / self.e**2)

    @property
    def information(self) -> Floats:
        """Their expected information of the residual variance (B,)."""
        return 0.5 * over_cells(self.more / self.e**2)


@dataclass(frozen=True)
class Pieces:
    """What a batch amounts to at given parameters: the matrices at the head of the file, the factor
    of the border's covariance (B, m, m), -log|S| (B,), and the wells within cells.
    """

    structure: Structure
    products: Products
    factor: Floats
    log_blocks: Floats
    within: Within

    @cached_property
    def _inverse(self) -> tuple[Floats, Floats]:
        """R of the head of the file (B, f, f), and the log determinant of what was inverted.

        With L = diag(I, border factor), R = L (L'[X, W]'S[X, W] L + diag(0, I))^-1 L'.
        """
        gram, x = self.products.gram, np.arange(self.structure.fixed)
        border = np.arange(len(x), gram.shape[1] - 1)
        spread = np.zeros_like(gram[:, :-1, :-1])
        spread[:, x, x] = 1.0
        spread[:, len(x) :, len(x) :] = self.factor
        inner = spread.mT @ gram[:, :-1, :-1] @ spread
        inner[:, border, border] += 1.0
        inverse, log = inverse_and_log(inner)
        r = np.zeros_like(gram)
        r[:, :-1, :-1] = spread @ inverse @ spread.mT
        return r, log

    @property
    def r(self) -> Floats:
        """P = S - S F R F'S, fixed effects and border taken out."""
        return self._inverse[0]

    @cached_property
    def neg_log_likelihood(self) -> Floats:
        """The criterion f (B,): half of -2 log restricted likelihood, without its constant."""
        quadratic = (self._residual * self.products.gram[:, :, -1]).sum(axis=1)
        logs = self.log_blocks + self._inverse[1]
        return np.asarray(0.5 * (logs + quadratic + self.within.deviance))

    @cached_property
    def _residual(self) -> Floats:
        """The m (B, f) of P y = S F m."""
        m: Floats = -np.einsum("bfg,bg->bf", self.r, self.products.gram[:, :, -1])
        m[:, -1] = 1.0
        return m

    @cached_property
    def slopes(self) -> tuple[Floats, Floats]:
        """Gradient (B, j) and Hessian (B, j, j) of f in theta."""
        m = self._residual
        # y'P A_j P y = m'H_j m
        hm = np.einsum("bjfg,bg->bjf", self.products.h, m)
        gradient = 0.5 * (self.traces[0] - np.einsum("bjf,bf->bj", hm, m))
        # y'P A_j P A_k P y = m'Q_jk m - m'H_j R H_k m
        qm = (self.products.q @ m[:, None, None, :, None])[..., 0]
        average = np.einsum("bjkf,bf->bjk", qm, m) - hm @ self.r @ hm.mT
        hessian = average - self.expected
        gradient[:, -1] += self.within.slope
        hessian[:, -1, -1] += self.within.y_part
        return gradient, 0.5 * (hessian + hessian.mT)

    @cached_property
    def traces(self) -> tuple[Floats, Floats]:
        """tr(P A_j) (B, j) and tr(P A_j P A_k) (B, j, j), of cell means only."""
        h, q = self.products.h, self.products.q
        b, j, f, _ = h.shape
        r = self.r.reshape(b, f * f, 1)
        # tr(P A_j) = tr(S A_j) - tr(R H_j)
        once = self.products.once - (h.reshape(b, j, f * f) @ r)[:, :, 0]
        # tr(P A_j P A_k) = tr(S A_j S A_k) - tr(R Q_jk) - tr(R Q_kj) + tr(R H_j R H_k)
        crossed = (q.reshape(b, j * j, f * f) @ r).reshape(b, j, j)
        rh = self.r[:, None] @ h
        both = rh.reshape(b, j, f * f) @ rh.mT.reshape(b, j, f * f).mT
        return once, self.products.twice - crossed - crossed.mT + both

    @cached_property
    def expected(self) -> Floats:
        """The expected information of theta (B, j, j), tr(P A_j P A_k) / 2, wells within cells
        included.
        """
        information = 0.5 * self.traces[1]
        information[:, -1, -1] += self.within.information
        return information


def pieces(of: Batch, structure: Structure, factors: Floats) -> Pieces:
    """Everything small about a batch at these `factors` (B, l)."""
    theta = structure.theta(factors)
    theta[:, -1] = np.maximum(theta[:, -1], LEAST_RESIDUAL)
    b, d, c, _ = of.columns.shape
    # S^-1 = sum_j theta_j A_j + known, block by block.
    inside = (theta[:, None, structure.inner] @ of.flat).reshape(b, d, c, c)
    s, log = inverse_and_log(inside + of.known_covariance)
    e = theta[:, -1, None, None] + of.variance
    return Pieces(
        structure=structure,
        products=_with_border(_within_blocks(of, s), structure),
        factor=structure.border_factor(factors),
        log_blocks=log.reshape(b, d).sum(axis=1),
        within=Within(of.more, e, of.within / e),
    )


def _within_blocks(of: Batch, s: Floats) -> Products:
    """The matrices of the parameters within blocks, given S (B, D, C, C)."""
    b, d, c, f = of.columns.shape
    j = of.flat.shape[1]
    sf = s @ of.columns
    asf = (of.inside @ sf).reshape(b, d, c, j * f)
    flat_sf, flat_asf = sf.reshape(b, d * c, f), asf.reshape(b, d * c, j * f)
    h = (flat_sf.mT @ flat_asf).reshape(b, f, j, f).swapaxes(1, 2)
    q = (flat_asf.mT @ (s @ asf).reshape(b, d * c, j * f)).reshape(b, j, f, j, f).swapaxes(2, 3)
    once, twice = _block_traces(of, s)
    return Products(of.columns.reshape(b, d * c, f).mT @ flat_sf, h, q, once, twice)


def _block_traces(of: Batch, s: Floats) -> tuple[Floats, Floats]:
    """tr(S A_j) (B, j) and tr(S A_j S A_k) (B, j, j), summed over blocks."""
    b, d, c, _ = s.shape
    once = (of.flat @ s.reshape(b, d * c * c, 1))[:, :, 0]
    sa = (s @ of.inside.reshape(b, d, c, -1)).reshape(b, d, c, -1, c)
    forward = sa.transpose(0, 3, 1, 2, 4).reshape(b, -1, d * c * c)
    backward = sa.transpose(0, 1, 4, 2, 3).reshape(b, d * c * c, -1)
    return once, forward @ backward


def _with_border(inner: Products, structure: Structure) -> Products:
    """The matrices of the parameters within blocks, and with them those of the border.

    A parameter of the border has A_o = W E W' = F E F' with E its `pairs`, so that H_o = gram E
    gram, Q_ok = gram E H_k, tr(S A_o) = tr(E gram) and tr(S A_o S A_k) = tr(E H_k).
    """
    if not len(structure.outer):
        return inner
    gram = inner.gram
    half = gram[:, None] @ structure.pairs
    h, once = _border_first(inner, structure, half)
    q, twice = _border_second(inner, structure, half, h)
    return Products(gram, h, q, once, twice)


def _border_first(inner: Products, structure: Structure, half: Floats) -> tuple[Floats, Floats]:
    """H_j (B, j, f, f) and tr(S A_j) (B, j) of all parameters; `half` (B, outer, f, f) is
    gram E.
    """
    b, f, j = len(half), structure.wide, len(structure.forms)
    i, o = structure.inner, structure.outer
    h, once = np.empty((b, j, f, f)), np.empty((b, j))
    h[:, i], h[:, o] = inner.h, half @ inner.gram[:, None]
    once[:, i], once[:, o] = inner.once, np.einsum("ofg,bfg->bo", structure.pairs, inner.gram)
    return h, once


def _border_second(
    inner: Products, structure: Structure, half: Floats, h: Floats
) -> tuple[Floats, Floats]:
    """Q_jk (B, j, j, f, f) and tr(S A_j S A_k) (B, j, j) of all parameters."""
    b, j, f, _ = h.shape
    i = structure.inner
    q, twice = np.empty((b, j, j, f, f)), np.empty((b, j, j))
    q[:, i[:, None], i], twice[:, i[:, None], i] = inner.q, inner.twice
    for k, (o, pair) in enumerate(zip(structure.outer, structure.pairs, strict=True)):
        q[:, o], twice[:, o] = half[:, k, None] @ h, np.einsum("fg,bjfg->bj", pair, h)
        q[:, i, o], twice[:, i, o] = q[:, o, i].mT, twice[:, o, i]
    return q, twice


def inverse_and_log(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses and log determinants of symmetric positive definite matrices (..., n, n)."""
    n = matrices.shape[-1]
    if n > _LARGEST_SWEPT:
        return np.asarray(np.linalg.inv(matrices)), np.asarray(np.linalg.slogdet(matrices)[1])
    # The matrices go last, so that each operation runs over all of them at once.
    stacked = matrices.reshape(math.prod(matrices.shape[:-2]), n, n)
    swept = np.ascontiguousarray(np.moveaxis(stacked, 0, 2))
    log = _sweep(swept)
    inverse = np.ascontiguousarray(np.moveaxis(swept, 2, 0))
    return inverse.reshape(matrices.shape), log.reshape(matrices.shape[:-2])


def _sweep(matrices: Floats) -> Floats:
    """Gauss-Jordan elimination of matrices (n, n, count) in place; the log determinants (count,).

    The product of the pivots is the determinant. Positive definite matrices need no pivoting.
    """
    log = np.zeros(matrices.shape[2])
    for k in range(len(matrices)):
        pivot = matrices[k, k].copy()
        log += np.log(pivot)
        row = matrices[k] / pivot
        column = matrices[:, k].copy()
        matrices -= column[:, None] * row
        matrices[k], matrices[:, k] = row, -column / pivot
        matrices[k, k] = 1.0 / pivot
    return log
