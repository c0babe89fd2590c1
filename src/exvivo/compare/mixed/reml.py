"""The REML criterion of many studies at once, with its exact first and second derivatives.

The covariance of a study's scaled cell means is V = S^-1 + W C W', with S^-1 block diagonal and W
the border. With F = [X, W, y] everything that REML, Kenward-Roger and Satterthwaite need of a
variance parameter with structure A is a small matrix,

    H = F'S A S F   and, of two,   Q = F'S A S A* S F,

because P = S - S F R F'S for one small R. What is minimised is half of minus twice the restricted
log likelihood

    log|V| + log|X'V^-1 X| + y'P y

with gradient tr(P A) - y'P A P y and Hessian -tr(P A P A*) + 2 y'P A P A* P y (halved). Each random
effect's covariance is G = B B' and the residual's the square of one number, so that theta = l'T l /
2 in the factors l. B is whole, not triangular: where an intercept has no variance, triangular
factors meet a bent valley in which Newton's method crawls, and turns of B cost nothing.

Sources: Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545; Gilmour, Thompson and Cullis
1995, doi 10.2307/2533274.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.mixed.cells import Cells

LEAST_RESIDUAL = 1e-10
"""The smallest residual variance (of the variance about least squares), so that no cell is known
without error.
"""
_SWEPT = 10
"""Size of block up to which all blocks are inverted together, pivot by pivot, instead of one after
another by LAPACK.
"""


@dataclass(frozen=True)
class Structure:
    """How the parameters of a model enter its covariance, the same for all studies that are fitted
    at once.

    `turn` (j, l, l): theta_j = l' turn_j l / 2. `inner` and `outer` are the parameters within
    blocks (the residual's last) and of the border, whose factors are `roots` of l. `spread` (roots,
    m, m) turns those into the border's own factor, `pairs` (outer, f, f) is the structure of each
    outer parameter in terms of F, which has `fixed` columns of X, m of the border and 1 of y;
    `known` (m,) is 1 where a column of the border is a known error.
    """

    turn: Floats
    inner: Ints
    outer: Ints
    roots: Ints
    spread: Floats
    pairs: Floats
    known: Floats
    fixed: int
    orders: tuple[int, ...]

    @property
    def wide(self) -> int:
        """Columns of F."""
        return self.fixed + len(self.known) + 1

    @property
    def starts(self) -> list[tuple[int, int, int]]:
        """For each random effect its order, and where its parameters and their factors begin."""
        orders = np.array(self.orders, dtype=np.intp)
        theta, root = (np.cumsum([0, *n]).tolist() for n in (orders * (orders + 1) // 2, orders**2))
        return list(zip(self.orders, theta, root, strict=False))

    def theta(self, root: Floats) -> Floats:
        """Variances and covariances (studies, j) of their factors (studies, l)."""
        return np.asarray(0.5 * np.einsum("bk,jkl,bl->bj", root, self.turn, root))

    def covariances(self, theta: Floats) -> tuple[Floats, ...]:
        """The covariance matrix of each random effect (studies, q, q)."""
        found = []
        for q, start, _ in self.starts:
            a, b = np.tril_indices(q)
            g = np.zeros((len(theta), q, q))
            g[:, a, b] = g[:, b, a] = theta[:, start : start + len(a)]
            found.append(g)
        return tuple(found)


def structure_of(cells: Cells) -> Structure:
    """The structure of a model from the cells of one (padded) study."""
    fixed, levels = cells.fixed.shape[2], iter([term.shape[2] for term in cells.border])
    terms = [
        (q, next(levels) if crossed else 0)
        for q, crossed in zip(cells.orders, cells.crossed, strict=True)
    ]
    m = sum(n * q for q, n in terms)
    whole = m + cells.loadings.shape[2]
    factors, count = (
        sum(q * q for q in cells.orders) + 1,
        sum(q * (q + 1) // 2 for q in cells.orders) + 1,
    )
    turn = np.zeros((count, factors, factors))
    outer: list[int] = []
    roots: list[int] = []
    spread: list[Floats] = []
    pairs: list[Floats] = []
    j = root = at = 0
    for q, n in terms:
        for a, b in zip(*(side.tolist() for side in np.tril_indices(q)), strict=True):
            for c in range(q):
                turn[j, root + a * q + c, root + b * q + c] += 1.0
                turn[j, root + b * q + c, root + a * q + c] += 1.0
            if n:
                outer.append(j)
                pairs.append(_in_border(q, n, {(a, b), (b, a)}, fixed + at, fixed + whole + 1))
            j += 1
        if n:
            roots += range(root, root + q * q)
            spread += [_in_border(q, n, {(a, c)}, at, whole) for a in range(q) for c in range(q)]
        root, at = root + q * q, at + n * q
    turn[-1, -1, -1] = 2.0
    return Structure(
        turn,
        np.setdiff1d(np.arange(count), outer),
        np.array(outer, dtype=np.intp),
        np.array(roots, dtype=np.intp),
        np.array(spread).reshape(len(roots), whole, whole),
        np.array(pairs).reshape(len(outer), fixed + whole + 1, fixed + whole + 1),
        np.concatenate([np.zeros(m), np.ones(whole - m)]),
        fixed,
        cells.orders,
    )


def _in_border(q: int, levels: int, ones: set[tuple[int, int]], at: int, size: int) -> Floats:
    """Ones at these places of every level of one random effect, whose columns begin at `at`."""
    found = np.zeros((size, size))
    for level in range(levels):
        for a, b in ones:
            found[at + level * q + a, at + level * q + b] = 1.0
    return found


@dataclass(frozen=True)
class Batch:
    """Studies that are fitted at once, in scaled cell means: B studies, D blocks of C cells.

    `columns` (B, D, C, f) is F = [X, W, y] scaled; `inside` (B, D, C x inner, C) the structures
    within blocks, `flat` the same by parameter (B, inner, D C C); `known` (B, D, C, C) the known
    covariance; `variance` (B, D, C) the known variance of a well; `more` (B, D, C) wells of a cell
    less 1 and `within` (B, D, C) their sum of squares about the cell's mean.
    """

    columns: Floats
    inside: Floats
    flat: Floats
    known: Floats
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
    known: Floats,
    variance: Floats,
) -> Batch:
    """Studies from F (B, D, C, f) scaled, the wells of each cell (B, D, C) and the squares within
    them.

    `inside`, `known` and `variance` are those of `Cells`, unscaled, of every study or (with a first
    axis of 1) of all.
    """
    root = np.sqrt(counts)
    b, d, c = counts.shape
    scaled = inside * root[:, :, :, None, None] * root[:, :, None, None, :]
    scaled[:, :, :, -1] = np.eye(c)
    eye = np.arange(c)
    known = known * root[:, :, :, None] * root[:, :, None, :]
    known[:, :, eye, eye] += variance
    flat = np.ascontiguousarray(np.moveaxis(scaled, 3, 1)).reshape(b, -1, d * c * c)
    variance = np.broadcast_to(variance, counts.shape)
    return Batch(columns, scaled.reshape(b, d, -1, c), flat, known, variance, counts - 1.0, within)


@dataclass(frozen=True)
class Pieces:
    """What a batch amounts to at given parameters: small matrices, by study and parameter, as the
    head of the file names them.
    """

    structure: Structure
    gram: Floats
    h: Floats
    q: Floats
    once: Floats
    twice: Floats
    factor: Floats
    log_blocks: Floats
    apart: tuple[Floats, Floats, Floats, Floats]

    @cached_property
    def _inverse(self) -> tuple[Floats, Floats]:
        """R of the head of the file (B, f, f), and the log determinant of what was inverted."""
        p, m = self.structure.fixed, len(self.structure.known)
        spread = np.zeros((len(self.gram), p + m, p + m))
        spread[:, np.arange(p), np.arange(p)] = 1.0
        spread[:, p:, p:] = self.factor
        inner = spread.swapaxes(1, 2) @ self.gram[:, :-1, :-1] @ spread
        inner[:, np.arange(p, p + m), np.arange(p, p + m)] += 1.0
        inverse, log = inverse_and_log(inner)
        r = np.zeros_like(self.gram)
        r[:, :-1, :-1] = spread @ inverse @ spread.swapaxes(1, 2)
        return r, log

    @property
    def r(self) -> Floats:
        """P = S - S F R F'S, fixed effects and border taken out."""
        return self._inverse[0]

    @cached_property
    def misfit(self) -> Floats:
        """Half of -2 log restricted likelihood (B,), without its constant."""
        weights, _, logs, squares = self.apart
        m = self._left
        quadratic = (m * self.gram[:, :, -1]).sum(axis=1)
        whole = (
            self.log_blocks
            + self._inverse[1]
            + quadratic
            + (weights * logs + squares).sum(axis=(1, 2))
        )
        return np.asarray(0.5 * whole)

    @cached_property
    def _left(self) -> Floats:
        """P y = S F m: m (B, f)."""
        m: Floats = -np.einsum("bfg,bg->bf", self.r, self.gram[:, :, -1])
        m[:, -1] = 1.0
        return m

    @cached_property
    def slopes(self) -> tuple[Floats, Floats]:
        """Gradient (B, j) and Hessian (B, j, j) of the misfit in theta."""
        weights, e, _, squares = self.apart
        hm = np.einsum("bjfg,bg->bjf", self.h, self._left)
        gradient = 0.5 * (self.traces[0] - np.einsum("bjf,bf->bj", hm, self._left))
        qm = (self.q @ self._left[:, None, None, :, None])[..., 0]
        average = np.einsum("bjkf,bf->bjk", qm, self._left) - hm @ self.r @ hm.swapaxes(1, 2)
        hessian = np.asarray(average - self.expected)
        gradient[:, -1] += 0.5 * ((weights - squares) / e).sum(axis=(1, 2))
        hessian[:, -1, -1] += (squares / e**2).sum(axis=(1, 2))
        return gradient, np.asarray(0.5 * (hessian + hessian.swapaxes(1, 2)))

    @cached_property
    def traces(self) -> tuple[Floats, Floats]:
        """tr(P A) (B, j) and tr(P A P A*) (B, j, j), of cell means only."""
        b, j, f, _ = self.h.shape
        r = self.r.reshape(b, f * f, 1)
        rh = self.r[:, None] @ self.h
        once = self.once - (self.h.reshape(b, j, f * f) @ r)[:, :, 0]
        crossed = (self.q.reshape(b, j * j, f * f) @ r).reshape(b, j, j)
        both = rh.reshape(b, j, f * f) @ rh.swapaxes(2, 3).reshape(b, j, f * f).swapaxes(1, 2)
        return once, self.twice - crossed - crossed.swapaxes(1, 2) + both

    @cached_property
    def expected(self) -> Floats:
        """The expected information of theta (B, j, j), tr(P A P A*) / 2, wells within cells
        included.
        """
        weights, e, _, _ = self.apart
        found = np.asarray(0.5 * self.traces[1])
        found[:, -1, -1] += 0.5 * (weights / e**2).sum(axis=(1, 2))
        return found


def pieces(of: Batch, structure: Structure, root: Floats) -> Pieces:
    """Everything small about a batch at the parameters `root` (B, l)."""
    theta = structure.theta(root)
    theta[:, -1] = np.maximum(theta[:, -1], LEAST_RESIDUAL)
    b, d, c, f = of.columns.shape
    j = len(structure.inner)
    sigma = (theta[:, None, structure.inner] @ of.flat).reshape(b, d, c, c) + of.known
    s, log = inverse_and_log(sigma)
    sf = s @ of.columns
    asf = (of.inside @ sf).reshape(b, d, c, j * f)
    sasf = (s @ asf).reshape(b, d * c, j * f)
    t = (s @ of.inside.reshape(b, d, c, j * c)).reshape(b, d, c, j, c)
    flat_asf, flat_sf = asf.reshape(b, d * c, j * f), sf.reshape(b, d * c, f)
    forward = t.transpose(0, 3, 1, 2, 4).reshape(b, j, d * c * c)
    backward = t.transpose(0, 1, 4, 2, 3).reshape(b, d * c * c, j)
    twice, once = forward @ backward, (of.flat @ s.reshape(b, d * c * c, 1))[:, :, 0]
    gram = of.columns.reshape(b, d * c, f).swapaxes(1, 2) @ flat_sf
    h = (flat_sf.swapaxes(1, 2) @ flat_asf).reshape(b, f, j, f).swapaxes(1, 2)
    q = (flat_asf.swapaxes(1, 2) @ sasf).reshape(b, j, f, j, f).swapaxes(2, 3)
    e = theta[:, -1, None, None] + of.variance
    apart = of.more, e, np.log(e), of.within / e
    factor = np.einsum("bj,jmn->bmn", root[:, structure.roots], structure.spread) + np.diag(
        structure.known
    )
    inner = (gram, h, q, once, twice)
    return Pieces(
        structure, *_with_border(inner, structure), factor, log.reshape(b, d).sum(axis=1), apart
    )


def _with_border(
    inner: tuple[Floats, Floats, Floats, Floats, Floats], structure: Structure
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The pieces of the parameters within blocks, and with them those of the border."""
    if not len(structure.outer):
        return inner
    gram, h, q, once, twice = inner
    b, f, j = len(gram), structure.wide, len(structure.turn)
    i, o = structure.inner, structure.outer
    whole_h, whole_q = np.empty((b, j, f, f)), np.empty((b, j, j, f, f))
    whole_once, whole_twice = np.empty((b, j)), np.empty((b, j, j))
    half = gram[:, None] @ structure.pairs
    whole_h[:, i], whole_h[:, o] = h, half @ gram[:, None]
    whole_q[:, i[:, None], i] = q
    whole_once[:, i], whole_once[:, o] = once, np.einsum("ofg,bfg->bo", structure.pairs, gram)
    whole_twice[:, i[:, None], i] = twice
    for k, at in enumerate(o):
        whole_q[:, at] = half[:, k, None] @ whole_h
        whole_q[:, i, at] = whole_q[:, at, i].swapaxes(2, 3)
        whole_twice[:, at] = np.einsum("fg,bjfg->bj", structure.pairs[k], whole_h)
        whole_twice[:, i, at] = whole_twice[:, at, i]
    return gram, whole_h, whole_q, whole_once, whole_twice


def inverse_and_log(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses and log determinants of symmetric positive definite matrices (..., n, n)."""
    n = matrices.shape[-1]
    if n > _SWEPT:
        return np.asarray(np.linalg.inv(matrices)), np.asarray(np.linalg.slogdet(matrices)[1])
    swept = np.ascontiguousarray(
        np.moveaxis(matrices.reshape(math.prod(matrices.shape[:-2]), n, n), 0, 2)
    )
    log = np.zeros(swept.shape[2])
    for k in range(n):
        pivot = swept[k, k].copy()
        log += np.log(pivot)
        row = swept[k] / pivot
        column = swept[:, k].copy()
        swept -= column[:, None] * row
        swept[k], swept[:, k] = row, -column / pivot
        swept[k, k] = 1.0 / pivot
    shape = matrices.shape
    return np.ascontiguousarray(np.moveaxis(swept, 2, 0)).reshape(shape), log.reshape(shape[:-2])
