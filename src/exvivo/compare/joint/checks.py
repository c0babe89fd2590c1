"""Gates before a number of the joint model is shown: chains that met, a study the model can
replicate, priors that do not decide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.joint.chains import Mixing, mixing
from exvivo.compare.joint.model import Draws, JointData, Series
from exvivo.compare.joint.summary import Quantity

MOST_RHAT = 1.01
LEAST_SIZE = 400.0
"""Bulk and tail effective sample size every number needs (Vehtari et al. 2021, doi
10.1214/20-BA1221).
"""
EXTREME = 0.005
"""A posterior predictive p value nearer to 0 or 1 than this is extreme."""
MOST_MOVED = 0.25
"""How far a difference may move, in its posterior sd, when all prior scales are halved or
doubled.
"""
MOST_MOVED_CORRELATION = 0.5
"""The same of a correlation: a dozen donors leave more of it to the prior."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What was checked of one series: the worst R-hat and sizes of its parameters, the replicated
    share of undetected wells and spread within cells (p values), and why it fails (empty: it
    holds).
    """

    rhat: float
    bulk: float
    tail: float
    undetected: float
    within: float
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the series' numbers may be shown, as far as this gate goes."""
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One number's own check: its mixing, and how far it moves with the priors (in its sd)."""

    rhat: float
    bulk: float
    tail: float
    moved: float
    reasons: tuple[str, ...] = ()


def gates(data: JointData, draws: Draws) -> dict[Series, Gate]:
    """The gate of every series of one study."""
    return {series: _gate(data, draws, a) for a, series in enumerate(data.series)}


def _gate(data: JointData, draws: Draws, a: int) -> Gate:
    met = mixing(_parameters(data, draws, a))
    undetected, within = (_predictive(draws.replicated[0, :, :, what, a]) for what in (0, 1))
    reasons = list(_unmet(met, "the chains of its parameters"))
    for p, words in (
        (undetected, "the number of undetected wells"),
        (within, "the spread of wells within cells"),
    ):
        if not EXTREME < p < 1 - EXTREME:
            reasons.append(f"the model does not replicate {words} (posterior predictive p {p:.3f})")
    return Gate(
        rhat=float(met.rhat.max()),
        bulk=float(met.bulk.min()),
        tail=float(met.tail.min()),
        undetected=undetected,
        within=within,
        reasons=tuple(reasons),
    )


def _parameters(data: JointData, draws: Draws, a: int) -> Floats:
    """All that is drawn of a series: means, donors' spread, wells, plates and cultures, as (chains,
    draws, parameters).
    """
    conditions = len(data.conditions)
    at = slice(a * conditions, (a + 1) * conditions)
    mean = draws.mean[0, :, :, at]
    spread = draws.spread[0, ..., at]
    shape = (*mean.shape[:2], -1)
    parts = [
        mean.reshape(shape),
        spread.reshape(shape),
        draws.response_spread[0, ..., a].reshape(shape),
        draws.well[0, ..., a : a + 1],
    ]
    parts += [draws.plate[0][..., draws.plated == a], draws.culture[0][..., draws.cultured == a]]
    return np.concatenate(parts, axis=2)


def _predictive(pairs: Floats) -> float:
    """The mid p value of replicate against study, draws (chains, checks, 2)."""
    if not pairs.size:
        return 0.5
    again, seen = pairs[..., 0], pairs[..., 1]
    return float((again > seen).mean() + (again == seen).mean() / 2)


def _unmet(met: Mixing, what: str) -> tuple[str, ...]:
    rhat, size = float(met.rhat.max()), float(min(met.bulk.min(), met.tail.min()))
    reasons = []
    if rhat >= MOST_RHAT:
        reasons.append(f"{what} have not met (R-hat {rhat:.3f}, below {MOST_RHAT:g} is wanted)")
    if size <= LEAST_SIZE:
        reasons.append(
            f"{what} are worth {size:.0f} independent draws, more than {LEAST_SIZE:.0f} are wanted"
        )
    return tuple(reasons)


def checked(quantity: Quantity, others: list[Floats]) -> Checked:
    """The check of one number; `others` are its draws under other prior scales."""
    met = mixing(quantity.draws[..., None])
    sd = float(quantity.draws.std())
    moved = (
        max((abs(float(o.mean() - quantity.draws.mean())) / sd for o in others), default=0.0)
        if sd > 0
        else 0.0
    )
    most = MOST_MOVED_CORRELATION if quantity.what == "correlation" else MOST_MOVED
    reasons = list(_unmet(met, "its chains"))
    if moved > most:
        reasons.append(
            f"the prior decides: halved or doubled it moves the estimate by {moved:.2f} of its sd, at most {most:g}"
        )
    return Checked(
        rhat=float(met.rhat[0]),
        bulk=float(met.bulk[0]),
        tail=float(met.tail[0]),
        moved=moved,
        reasons=tuple(reasons),
    )
