"""The draws of the worst parameter of a fit, thinned, and their ranks, as facts of a finding.

Ranks of all draws over all chains, counted chain by chain: chains that have met have the same
counts everywhere, up to chance (Vehtari et al. 2021, doi 10.1214/20-BA1221).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.chains import mixing
from exvivo.compare.joint.checks import Gate, parameters
from exvivo.compare.joint.fit import JointFit
from exvivo.compare.joint.model import Draws, JointData, Series
from exvivo.findings import Fact

_POINTS = 150
"""Draws of a chain that a trace shows."""
_BINS = 20
"""Classes of ranks."""


def worst_series(fit: JointFit) -> Series | None:
    """The series of the fit whose chains are worth the fewest independent draws; of the asked
    ones, where the fit knows which these are.
    """
    gates = _asked(fit) or fit.gates
    return min(gates, key=lambda series: _size(gates[series]), default=None)


def _asked(fit: JointFit) -> dict[Series, Gate]:
    """The gates of series that a question names, where the fit knows them."""
    named = {p.series for p in fit.posteriors if p.what in ("contrast", "correlation")}
    return {series: gate for series, gate in fit.gates.items() if series in named}


def _size(gate: Gate) -> float:
    return min(gate.bulk, gate.tail)


def _texts(numbers: Floats, digits: str) -> tuple[str, ...]:
    """The numbers of each chain, with commas between."""
    return tuple(",".join(format(number, digits) for number in chain) for chain in numbers.tolist())


def trace_facts(fit: JointFit, series: Series) -> dict[str, Fact]:
    """Of the worst parameter of a series: its name (what it is, then ids of condition and group),
    R-hat, size, draws by chain, and counts of ranks by chain, as numbers with commas between.
    """
    if fit.draws is None or fit.data is None:
        return {}
    a = fit.data.series.index(series)
    drawn = parameters(fit.data, fit.draws, a)
    mixed = mixing(drawn)
    size = np.minimum(mixed.bulk, mixed.tail)
    worst = int(np.argmin(size))
    values = drawn[..., worst]
    every = -(-values.shape[1] // _POINTS)
    return {
        "trace_of": tuple(_names(fit.data, fit.draws, a))[worst],
        "trace_every": every,
        "trace_rhat": float(mixed.rhat[worst]),
        "trace_size": float(size[worst]),
        "trace": _texts(values[:, ::every], ".4g"),
        "trace_ranks": _texts(rank_counts(values), "d"),
    }


def rank_counts(values: Floats) -> Floats:
    """How many draws of each chain (chains, draws) have a rank in each class (chains, classes)."""
    order = np.argsort(np.argsort(values, axis=None, kind="stable"))
    classes = (order * _BINS // values.size).reshape(values.shape)
    return np.stack([np.bincount(chain, minlength=_BINS) for chain in classes])


def _names(data: JointData, draws: Draws, a: int) -> Iterator[tuple[str, ...]]:
    """The names of the parameters of series `a`, in the order of `parameters`."""
    yield from _names_of_donors(data, draws)
    yield ("well",)
    for term in draws.plated[draws.plated % len(data.series) == a]:
        yield ("plate" if term < len(data.series) else "plate_response",)
    if a in draws.cultured:
        yield ("culture",)


def _names_of_donors(data: JointData, draws: Draws) -> Iterator[tuple[str, ...]]:
    """The names of means and of donors' standard deviations."""
    yield from (("mean", *place) for place in product(data.conditions, data.groups))
    for _ in range(draws.spread.shape[3]):
        yield from (("spread", condition) for condition in data.conditions)
    for _ in range(draws.response_spread.shape[3]):
        yield ("response_spread",)
