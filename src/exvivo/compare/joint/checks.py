"""Gates before a number of the joint model is shown: chains that met, a study the model can
replicate, priors that do not decide.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def has_met(check: Gate | Checked) -> bool:
    """Whether chains have mixed enough; more draws may mend it where not."""
    size = min(check.bulk, check.tail)
    return check.rhat < MOST_RHAT and size > LEAST_SIZE


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
    """The gate of series number `a`."""
    mixed = mixing(parameters(data, draws, a))
    replicated = draws.replicated[0, :, :, :, a]
    undetected, within = (_predictive(replicated[:, :, what]) for what in (0, 1))
    rhat, bulk, tail = mixed.worst
    return Gate(
        rhat=rhat,
        bulk=bulk,
        tail=tail,
        undetected=undetected,
        within=within,
        reasons=(
            *_unmet(mixed, "the chains of its parameters"),
            *_not_replicated(undetected, "the number of undetected wells"),
            *_not_replicated(within, "the spread of wells within cells"),
        ),
    )


def parameters(data: JointData, draws: Draws, a: int) -> Floats:
    """All that is drawn of a series: means, donors' spread, wells, plates and cultures, as (chains,
    draws, parameters).
    """
    conditions = len(data.conditions)
    at = slice(a * conditions, (a + 1) * conditions)
    mean = draws.mean[0, :, :, at]
    parts = [
        mean.reshape(*mean.shape[:2], -1),
        draws.spread[0, ..., at].reshape(*mean.shape[:2], -1),
        draws.response_spread[0, ..., a].reshape(*mean.shape[:2], -1),
        draws.well[0, ..., a : a + 1],
        draws.plate[0][..., draws.plated % len(data.series) == a],
        draws.culture[0][..., draws.cultured == a],
    ]
    return np.concatenate(parts, axis=2)


def _predictive(pairs: Floats) -> float:
    """The mid p value of replicate against study, draws (chains, checks, 2)."""
    if not pairs.size:
        return 0.5
    again, observed = np.moveaxis(pairs, -1, 0)
    return float((again > observed).mean() + (again == observed).mean() / 2)


def _not_replicated(p: float, words: str) -> Iterator[str]:
    if not EXTREME < p < 1 - EXTREME:
        yield f"the model does not replicate {words} (posterior predictive p {p:.3f})"


def _unmet(mixed: Mixing, what: str) -> Iterator[str]:
    """Why chains have not mixed enough."""
    rhat, bulk, tail = mixed.worst
    if rhat >= MOST_RHAT:
        yield f"{what} have not met (R-hat {rhat:.3f}, below {MOST_RHAT:g} is wanted)"
    size = min(bulk, tail)
    if size <= LEAST_SIZE:
        yield (
            f"{what} are worth {size:.0f} independent draws, more than {LEAST_SIZE:.0f} are wanted"
        )


def checked(quantity: Quantity, others: list[Floats]) -> Checked:
    """The check of one number; `others` are its draws under other prior scales."""
    mixed = mixing(quantity.draws[..., None])
    moved = _moved(quantity.draws, others)
    rhat, bulk, tail = mixed.worst
    return Checked(
        rhat=rhat,
        bulk=bulk,
        tail=tail,
        moved=moved,
        reasons=(*_unmet(mixed, "its chains"), *_decided_by_prior(moved, quantity)),
    )


def _moved(draws: Floats, others: list[Floats]) -> float:
    """How far the mean moves at most under other priors, in its sd."""
    sd, mean = float(draws.std()), float(draws.mean())
    if not sd > 0:
        return 0.0
    return max((abs(float(o.mean()) - mean) / sd for o in others), default=0.0)


def _decided_by_prior(moved: float, quantity: Quantity) -> Iterator[str]:
    most = MOST_MOVED_CORRELATION if quantity.what == "correlation" else MOST_MOVED
    if moved > most:
        yield (
            "the prior decides: halved or doubled it moves the estimate by "
            f"{moved:.2f} of its sd, at most {most:g}"
        )
