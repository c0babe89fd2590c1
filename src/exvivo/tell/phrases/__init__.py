"""The words for coded statements: what was estimated, why there is no answer, what to know beside
one, and by which method. Nothing is decided from them.
"""

from __future__ import annotations

from exvivo.findings import Caveat, Finding
from exvivo.study import Study
from exvivo.tell.phrases.caveats import CAVEATS
from exvivo.tell.phrases.estimands import ESTIMANDS
from exvivo.tell.phrases.methods import METHOD_FACTS
from exvivo.tell.phrases.statement import Statement
from exvivo.tell.phrases.tempering import TEMPERING, clauses, tempered
from exvivo.tell.phrases.terms import held_words

__all__ = [
    "CAVEATS",
    "CHOICES",
    "ESTIMANDS",
    "METHOD_FACTS",
    "TEMPERING",
    "caveat_words",
    "clauses",
    "estimand_words",
    "method_words",
    "reason_words",
    "tempered",
]


def estimand_words(finding: Finding, study: Study) -> str:
    """What was estimated."""
    if finding.choices:
        return " · ".join(CHOICES.get(choice, choice) for choice in finding.choices)
    words = ESTIMANDS[finding.estimand.code](Statement(finding.estimand.facts, study))
    on = "on the signal itself, without a curve: " if finding.on == "signal" else ""
    larger = "; the asked difference is the larger one" if finding.larger else ""
    return f"{on}{words}{larger}"


def caveat_words(caveat: Caveat, study: Study) -> str:
    """A warning, or a reason why there is no answer."""
    return CAVEATS[caveat.code](Statement(caveat.facts, study))


def reason_words(finding: Finding, study: Study) -> str | None:
    """Why a finding is not estimable; None where it is."""
    return caveat_words(finding.reason, study) if finding.reason else None


def method_words(finding: Finding) -> str:
    """The method with how it ran, what of the design it holds, and its source."""
    method = finding.method
    facts = METHOD_FACTS[method.id](finding.method_facts) if finding.method_facts else ""
    sources = ", ".join(f"doi {doi}" for doi in method.doi)
    held = "" if finding.reason else held_words(finding.held)
    facts += f", {held}" if held else ""
    cell = "one cell of the specification grid: " if finding.choices else ""
    return f"{cell}{method.name}{facts}" + (f" ({sources})" if sources else "")


CHOICES = {"means": "donor means"}
"""The words for choices of the specification grid that are not said by their own code."""
