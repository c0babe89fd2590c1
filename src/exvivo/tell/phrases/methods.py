"""How a method ran, in words that follow its name: one wording for each method that has facts."""

from __future__ import annotations

from collections.abc import Callable

from exvivo.findings import Facts
from exvivo.methods import (
    GATE,
    JOINT,
    JOINT_CORRELATION,
    JOINT_SCEPTICAL,
    PLAIN,
    PLAIN_POOLED,
    SIMILARITY,
    SIMILARITY_CONTRAST,
    WELLS,
)
from exvivo.tell.phrases.statement import number_of


def _libraries(facts: Facts) -> str:
    """How counts became log2 expression, with the library sizes."""
    low, high = (
        f"{number_of(facts[name]) / 1e6:.3g}" for name in ("smallest_library", "largest_library")
    )
    return f", log2(CPM + 1) of libraries of {low} to {high} million counts"


def _gate(facts: Facts) -> str:
    """How many genes of the lineage stand among how many."""
    genes, table = (int(number_of(facts[name])) for name in ("genes", "table"))
    return f", {genes} genes among the {table} that were measured"


def _effects(facts: Facts) -> str:
    """The random effects beyond the donors'."""
    effects = facts["effects"]
    return (
        f", random effects of {', '.join(effects)}"
        if isinstance(effects, tuple) and effects
        else ""
    )


def _joint(facts: Facts) -> str:
    """The priors of the joint model, and what was checked of it."""
    known = {n: number_of(fact) for n, fact in facts.items() if not isinstance(fact, tuple)}
    words = [
        f"deviation of a group's mean normal with sd {known['prior_deviation']:g} log2; "
        f"donors' sd half-t (2 df) with scale {known['prior_donor']:g}, correlations uniform; "
        f"wells' sd {known['prior_well']:g}, plates' sd {known['prior_plate']:g} "
        f"(of responses {known['prior_plate_response']:g}), "
        f"cultures' sd {known['prior_culture']:g} (scales of half-t)"
    ]
    if "rhat" in known:
        words.append(
            f"R-hat {known['rhat']:.3f}, effective draws {known['draws']:.0f}, "
            f"moves {known['moved']:.2f} sd with the priors"
        )
    if "undetected" in known:
        words.append(
            f"replicates undetected wells (p {known['undetected']:.2f}) "
            f"and the spread of wells (p {known['within']:.2f})"
        )
    return "; " + "; ".join(words)


METHOD_FACTS: dict[str, Callable[[Facts], str]] = {
    WELLS.id: _effects,
    SIMILARITY_CONTRAST.id: _libraries,
    SIMILARITY.id: _libraries,
    PLAIN.id: _libraries,
    PLAIN_POOLED.id: _libraries,
    GATE.id: _gate,
    JOINT.id: _joint,
    JOINT_CORRELATION.id: _joint,
    JOINT_SCEPTICAL.id: _joint,
}
"""The wording of a method's facts, by its id."""
