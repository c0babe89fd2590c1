"""The REML criterion of many studies at once, with its exact first and second derivatives.

The covariance of a study's scaled cell means is V = S^-1 + W C W', with S^-1 block diagonal and W the border. With F = [X, W, y]
everything that REML, Kenward-Roger and Satterthwaite need of a variance parameter with structure A is a small matrix,

    H = F'S A S F   and, of two,   Q = F'S A S A* S F,

because P = S - S F R F'S for one small R. What is minimised is half of minus twice the restricted log likelihood

    log|V| + log|X'V^-1 X| + y'P y

with gradient tr(P A) - y'P A P y and Hessian -tr(P A P A*) + 2 y'P A P A* P y (halved). Each random effect's covariance is
G = L L' with L lower triangular and the residual's the square of one number, so that theta = l'T l / 2.

Sources: Patterson and Thompson 1971, doi 10.1093/biomet/58.3.545; Gilmour, Thompson and Cullis 1995, doi 10.2307/2533274.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from exvivo.compare.mixed_cells import Cells
from exvivo.compare.sample import Numbers, Truths

LEAST_RESIDUAL = 1e-10
"""The smallest residual variance (of the variance about least squares), so that no cell is known without error."""
_SWEPT = 10
"""Size of block up to which all blocks are inverted together, pivot by pivot, instead of one after another by LAPACK."""


@dataclass(frozen=True)
class Structure:
    """How the parameters of a model enter its covariance, the same for all studies that are fitted at once.

    `turn` (parameters, l, l): theta_j = l' turn_j l / 2. `inner` and `outer` are the parameters within blocks (the residual's
    last) and of the border. `spread` (outer, m, m) turns l into the border's triangular factor, `pairs` (outer, f, f) is the
    structure of each outer parameter in terms of F, whose columns are `fixed` of X, m of the border and 1 of y.
    """

    turn: Numbers
    inner: npt.NDArray[np.intp]
    outer: npt.NDArray[np.intp]
    spread: Numbers
    pairs: Numbers
    known: Numbers
    fixed: int
    orders: tuple[int, ...]

    @property
    def wide(self) -> int:
        """Columns of F."""
        return self.fixed + len(self.known) + 1

    @property
    def starts(self) -> list[int]:
        """Where each random effect's parameters begin, and the residual's."""
        return [0, *np.cumsum([q * (q + 1) // 2 for q in self.orders]).tolist()]

    def theta(self, root: Numbers) -> Numbers:
        """Variances and covariances (studies, parameters) of the triangular factors."""
        return np.asarray(0.5 * np.einsum("bk,jkl,bl->bj", root, self.turn, root))

    def covariances(self, theta: Numbers) -> tuple[Numbers, ...]:
        """The covariance matrix of each random effect (studies, q, q)."""
        found = []
        for q, start in zip(self.orders, self.starts, strict=False):
            a, b = np.tril_indices(q)
            g = np.zeros((len(theta), q, q))
            g[:, a, b] = g[:, b, a] = theta[:, start : start + len(a)]
            found.append(g)
        return tuple(found)


def structure_of(cells: Cells) -> Structure:
    """The structure of a model from the cells of one (padded) study."""
    fixed, terms = cells.fixed.shape[2], [term.shape[2:] for term in cells.border]
    m = sum(levels * q for levels, q in terms) + cells.loadings.shape[2]
    f = fixed + m + 1
    turn: list[Numbers] = []
    inner: list[int] = []
    outer: list[int] = []
    spread: list[Numbers] = []
    pairs: list[Numbers] = []
    j = at = 0
    each = iter(terms)
    total = sum(q * (q + 1) // 2 for q in cells.orders) + 1
    for q, crossed in zip(cells.orders, cells.crossed, strict=True):
        levels = next(each)[0] if crossed else 0
        here = slice(at, at + levels * q)
        for number, (a, b) in enumerate(zip(*np.tril_indices(q), strict=True)):
            turn.append(_turn(q, int(a), int(b), j - number, total))
            one = np.zeros((q, q))
            one[a, b] = 1.0
            (outer if crossed else inner).append(j)
            j += 1
            if crossed:
                spread.append(_bordered(np.kron(np.eye(levels), one), here, m))
                both = one if a == b else one + one.T
                there = slice(fixed + here.start, fixed + here.stop)
                pairs.append(_bordered(np.kron(np.eye(levels), both), there, f))
        at = here.stop
    turn.append(_turn(1, 0, 0, j, total))
    known = np.concatenate([np.zeros(at), np.ones(m - at)])
    return Structure(
        np.array(turn), np.array([*inner, j], dtype=np.intp), np.array(outer, dtype=np.intp),
        np.array(spread).reshape(len(outer), m, m), np.array(pairs).reshape(len(outer), f, f), known, fixed, cells.orders,
    )  # fmt: skip


def _turn(q: int, a: int, b: int, start: int, total: int) -> Numbers:
    """The matrix of G[a, b] = sum over c of L[a, c] L[b, c] in the parameters of L."""
    rows, columns = np.tril_indices(q)
    place = {(int(r), int(c)): start + i for i, (r, c) in enumerate(zip(rows, columns, strict=True))}
    turn = np.zeros((total, total))
    for c in range(min(a, b) + 1):
        turn[place[int(a), c], place[int(b), c]] += 1.0
        turn[place[int(b), c], place[int(a), c]] += 1.0
    return turn


def _bordered(square: npt.NDArray[np.floating], here: slice, size: int) -> Numbers:
    whole = np.zeros((size, size))
    whole[here, here] = square
    return whole


@dataclass(frozen=True)
class Batch:
    """Studies that are fitted at once, in scaled cell means: B studies, D blocks of C cells.

    `columns` (B, D, C, f) is F = [X, W, y] scaled; `inside` (B, D, C x inner, C) the structures within blocks, `flat` the same by
    parameter (B, inner, D C C); `known` (B, D, C, C) the known covariance; `variance` (B, D, C) the known variance of a well;
    `more` (B, D, C) wells of a cell less 1 and `within` (B, D, C) their sum of squares about the cell's mean.
    """

    columns: Numbers
    inside: Numbers
    flat: Numbers
    known: Numbers
    variance: Numbers
    more: Numbers
    within: Numbers

    def __len__(self) -> int:
        return len(self.columns)

    def only(self, chosen: Truths | npt.NDArray[np.intp]) -> Batch:
        """The same with some of the studies."""
        return Batch(*(getattr(self, part.name)[chosen] for part in fields(self)))


def batch(
    columns: Numbers, counts: Numbers, within: Numbers, *, inside: Numbers, known: Numbers, variance: Numbers
) -> Batch:
    """Studies from F (B, D, C, f) scaled, the wells of each cell (B, D, C) and the squares within them.

    `inside`, `known` and `variance` are those of `Cells`, unscaled, of every study or (with a first axis of 1) of all.
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
    """What a batch amounts to at given parameters: small matrices, by study and parameter, as the head of the file names them."""

    structure: Structure
    gram: Numbers
    h: Numbers
    q: Numbers
    once: Numbers
    twice: Numbers
    factor: Numbers
    log_blocks: Numbers
    apart: tuple[Numbers, Numbers, Numbers, Numbers]

    @cached_property
    def _inverse(self) -> tuple[Numbers, Numbers]:
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
    def r(self) -> Numbers:
        """P = S - S F R F'S, fixed effects and border taken out."""
        return self._inverse[0]

    @cached_property
    def misfit(self) -> Numbers:
        """Half of -2 log restricted likelihood (B,), without its constant."""
        weights, _, logs, squares = self.apart
        m = self._left
        quadratic = (m * self.gram[:, :, -1]).sum(axis=1)
        whole = self.log_blocks + self._inverse[1] + quadratic + (weights * logs + squares).sum(axis=(1, 2))
        return np.asarray(0.5 * whole)

    @cached_property
    def _left(self) -> Numbers:
        """P y = S F m: m (B, f)."""
        m = -np.einsum("bfg,bg->bf", self.r, self.gram[:, :, -1])
        m[:, -1] = 1.0
        return m

    @cached_property
    def slopes(self) -> tuple[Numbers, Numbers]:
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
    def traces(self) -> tuple[Numbers, Numbers]:
        """tr(P A) (B, j) and tr(P A P A*) (B, j, j), of cell means only."""
        b, j, f, _ = self.h.shape
        r = self.r.reshape(b, f * f, 1)
        rh = self.r[:, None] @ self.h
        once = self.once - (self.h.reshape(b, j, f * f) @ r)[:, :, 0]
        crossed = (self.q.reshape(b, j * j, f * f) @ r).reshape(b, j, j)
        both = rh.reshape(b, j, f * f) @ rh.swapaxes(2, 3).reshape(b, j, f * f).swapaxes(1, 2)
        return once, self.twice - crossed - crossed.swapaxes(1, 2) + both

    @cached_property
    def expected(self) -> Numbers:
        """The expected information of theta (B, j, j), tr(P A P A*) / 2, wells within cells included."""
        weights, e, _, _ = self.apart
        found = np.asarray(0.5 * self.traces[1])
        found[:, -1, -1] += 0.5 * (weights / e**2).sum(axis=(1, 2))
        return found


def pieces(of: Batch, structure: Structure, root: Numbers) -> Pieces:
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
    factor = np.einsum("bj,jmn->bmn", root[:, structure.outer], structure.spread) + np.diag(structure.known)
    inner = (gram, h, q, once, twice)
    return Pieces(structure, *_with_border(inner, structure), factor, log.reshape(b, d).sum(axis=1), apart)


def _with_border(
    inner: tuple[Numbers, Numbers, Numbers, Numbers, Numbers], structure: Structure
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers]:
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


def inverse_and_log(matrices: Numbers) -> tuple[Numbers, Numbers]:
    """Inverses and log determinants of symmetric positive definite matrices (..., n, n)."""
    n = matrices.shape[-1]
    if n > _SWEPT:
        return np.asarray(np.linalg.inv(matrices)), np.asarray(np.linalg.slogdet(matrices)[1])
    swept = np.ascontiguousarray(np.moveaxis(matrices.reshape(math.prod(matrices.shape[:-2]), n, n), 0, 2))
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
