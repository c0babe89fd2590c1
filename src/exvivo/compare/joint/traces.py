"""The draws of the worst parameter of a fit, thinned, and their ranks, as facts of a finding.

Ranks of all draws over all chains, counted chain by chain: chains that have met have the same
counts everywhere, up to chance (Vehtari et al. 2021, doi 10.1214/20-BA1221).
"""

from __future__ import annotations

from collections.abc import Iterator

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
    asked = {p.series for p in fit.posteriors if p.what in ("contrast", "correlation")}
    gates = {s: gate for s, gate in fit.gates.items() if s in asked} or fit.gates
    return min(gates, key=lambda series: _size(gates[series]), default=None)


def _size(gate: Gate) -> float:
    return min(gate.bulk, gate.tail)


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
    shown = values[:, :: -(-values.shape[1] // _POINTS)]
    return {
        "trace_of": tuple(_names(fit.data, fit.draws, a))[worst],
        "trace_every": -(-values.shape[1] // _POINTS),
        "trace_rhat": float(mixed.rhat[worst]),
        "trace_size": float(size[worst]),
        "trace": tuple(",".join(f"{value:.4g}" for value in chain) for chain in shown.tolist()),
        "trace_ranks": tuple(",".join(map(str, chain)) for chain in rank_counts(values).tolist()),
    }


def rank_counts(values: Floats) -> Floats:
    """How many draws of each chain (chains, draws) have a rank in each class (chains, classes)."""
    order = np.argsort(np.argsort(values, axis=None, kind="stable"), kind="stable")
    classes = (order * _BINS // values.size).reshape(values.shape)
    return np.stack([np.bincount(chain, minlength=_BINS) for chain in classes])


def _names(data: JointData, draws: Draws, a: int) -> Iterator[tuple[str, ...]]:
    """The names of the parameters of series `a`, in the order of `parameters`."""
    for condition in data.conditions:
        for group in data.groups:
            yield "mean", condition, group
    for _ in range(draws.spread.shape[3]):
        for condition in data.conditions:
            yield "spread", condition
    for _ in range(draws.response_spread.shape[3]):
        yield ("response_spread" if len(data.conditions) == 2 else "spread",)
    yield ("well",)
    for term in draws.plated[draws.plated % len(data.series) == a]:
        yield ("plate" if term < len(data.series) else "plate_response",)
    for _ in draws.cultured[draws.cultured == a]:
        yield ("culture",)
