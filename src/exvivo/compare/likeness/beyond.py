"""Own pairs beside those of a control kind of cells of the same donors.

Cells of one person are alike in whatever the person's genes and the batch do to all of them. So a
donor's cells are nearer to that donor's own reference than to those of other donors whatever kind
the reference is of, and the excess shows the person. What speaks of the kind is the excess with one
kind less that with another, over the same donors.

Two readings of it must agree. Pearson's r grows where a kind was measured with less noise, the
inner product where a kind varies more between donors; neither is likeness. The interval holds those
of both readings, and p is the larger of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare.design import FEWEST
from exvivo.compare.estimate import Estimate
from exvivo.compare.likeness.own_pairs import donors_with_own, others_of_group, own_means
from exvivo.compare.likeness.profiles import FLAT, Profiles
from exvivo.compare.methods.intervals import student

_MOST_LISTED = 12
"""Donors up to which every exchange of the two kinds is listed."""
_AT_ONCE = 1000
"""Exchanges whose excess is found at once, which bounds the memory."""
_TOLERANCE = 1e-9
"""Sums that agree to rounding count as equal."""


@dataclass(frozen=True)
class Beyond:
    """The excess of own pairs with a kind less that with a control kind, over the donors in `rows`.

    `p`: the share of all exchanges of a donor's two kinds whose excess is as high, one-sided; None
    where no permutation was asked for. `floor`: the smallest p that could be.
    """

    rows: Ints
    estimate: Estimate
    p: float | None
    floor: float


@dataclass(frozen=True)
class _Gram:
    """Inner products over genes of profiles that each lost their mean: of the donors' cells, of
    length 1 after the mean of their group was taken off, with the references (donors, 2 donors),
    and of the references, the kind's before the control's (2 donors, 2 donors). `centre` takes the
    mean of its group off each donor.
    """

    cross: Floats
    within: Floats
    centre: Floats
    apart: Bools


def beyond(
    p: Profiles, names: tuple[str, str], groups: Texts, *, alpha: float, number: int, seed: int
) -> Beyond | None:
    """Own pairs with the first class beyond those with the second; None where fewer than 3 donors,
    of groups of two or more, gave the cells and both classes, or where any of them has no spread.
    """
    rows = donors_of_both(p, names, groups)
    if rows.size < FEWEST:
        return None
    gram = _gram(p, names, rows, groups[rows])
    observed = _readings(gram, np.zeros((1, rows.size), dtype=np.bool_))
    if not np.isfinite(observed).all():
        return None
    exchanges, floor = _exchanges(rows.size, number, seed)
    chance = _share(gram, observed, exchanges) if number else None
    lost = len(set(groups[rows].tolist()))
    return Beyond(rows, _estimate(observed[:, 0], lost, alpha), chance, floor)


def donors_of_both(p: Profiles, names: tuple[str, str], groups: Texts) -> Ints:
    """The donors who gave both classes, in groups of two or more of them."""
    both = np.all([(p.own & p.of(name)).any(axis=1) for name in names], axis=0)
    return donors_with_own(both[:, None], groups)


def _gram(p: Profiles, names: tuple[str, str], rows: Ints, groups: Texts) -> _Gram:
    """The inner products of the donors in `rows`."""
    apart = others_of_group(groups)
    same = apart | np.eye(rows.size, dtype=np.bool_)
    centre = np.eye(rows.size) - same / same.sum(axis=0)
    cells = _centred(p.cultured[:, rows]) @ centre
    norm = np.linalg.norm(cells, axis=0)
    cells = cells / np.where(norm > FLAT, norm, np.nan)
    references = _centred(np.hstack([own_means(p, name, rows) for name in names]))
    return _Gram(cells.T @ references, references.T @ references, centre, apart)


def _centred(table: Floats) -> Floats:
    """Columns less their mean."""
    return np.asarray(table - table.mean(axis=0))


def _readings(gram: _Gram, exchanged: Bools) -> Floats:
    """Each donor's excess with the kind less that with the control, where both are exchanged in
    some donors (exchanges, donors): of correlations, and of inner products with both kinds on one
    scale (readings, exchanges, donors).
    """
    own = np.arange(exchanged.shape[1])
    kind, control = (_alike(gram, own + len(own) * which) for which in (exchanged, ~exchanged))
    r = kind.inner / kind.size[:, None, :] - control.inner / control.size[:, None, :]
    scale = (kind.mean_square * control.mean_square) ** 0.25
    products = (kind.inner - control.inner) / scale[:, None, None]
    return np.stack([_excess(r, gram.apart), _excess(products, gram.apart)])


@dataclass(frozen=True)
class _Alike:
    """`inner` products of cells with references (exchanges, donors, donors), and the `size` of each
    reference (exchanges, donors); NaN where it has none.
    """

    inner: Floats
    size: Floats

    @property
    def mean_square(self) -> Floats:
        """Of the sizes, (exchanges,)."""
        return np.asarray(np.mean(np.square(self.size), axis=1))


def _alike(gram: _Gram, order: Ints) -> _Alike:
    """The references in an order (exchanges, donors), each less the mean of its group."""
    inner = np.moveaxis(gram.cross[:, order], 0, 1) @ gram.centre
    products = gram.centre @ gram.within[order[:, :, None], order[:, None, :]] @ gram.centre
    squares = np.diagonal(products, axis1=1, axis2=2)
    return _Alike(inner, np.sqrt(np.where(squares > FLAT, squares, np.nan)))


def _excess(alike: Floats, apart: Bools) -> Floats:
    """Of each donor's own references, the own pair less the mean of the group's other pairs."""
    others = (alike * apart).sum(axis=1) / apart.sum(axis=0)
    return np.asarray(np.diagonal(alike, axis1=1, axis2=2) - others)


def _estimate(readings: Floats, lost: int, alpha: float) -> Estimate:
    """The estimate of correlations, with the interval that holds those of both readings (readings,
    donors).
    """
    first, second = (_student(values, lost, alpha) for values in readings)
    lower, upper = min(first.lower, second.lower), max(first.upper, second.upper)
    return replace(first, lower=lower, upper=upper, p=max(first.p, second.p))


def _student(values: Floats, lost: int, alpha: float) -> Estimate:
    """Student's interval of the mean of donors, from whom the means of `lost` groups were taken."""
    df = len(values) - lost
    error = float(np.std(values, ddof=1) / np.sqrt(df))
    return student(float(values.mean()), error, df, alpha=alpha)


def _exchanges(n: int, number: int, seed: int) -> tuple[Bools, float]:
    """In which donors the two kinds are exchanged (exchanges, donors), and the smallest p: all of
    them for few donors, else random ones beside what was observed.
    """
    if n <= _MOST_LISTED:
        return np.array(list(product([False, True], repeat=n))), 0.5**n
    drawn = np.random.default_rng([seed, n]).random((number, n)) < 0.5
    return np.vstack([np.zeros((1, n), dtype=np.bool_), drawn]), 1 / (number + 1)


def _share(gram: _Gram, observed: Floats, exchanges: Bools) -> float:
    """The share of exchanges with as high an excess: the larger one of the two readings."""
    pieces = np.array_split(exchanges, -(-len(exchanges) // _AT_ONCE))
    means = np.hstack([_readings(gram, piece).mean(axis=2) for piece in pieces])
    as_high = means >= observed.mean(axis=2) - _TOLERANCE
    return float(as_high.mean(axis=1).max())
