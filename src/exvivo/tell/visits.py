"""The visit of an answer in words, where the cells or the scores have several."""

from __future__ import annotations

from collections.abc import Iterable

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.study.visits import ordered
from exvivo.words import listed


def at_visit(finding: Finding, study: Study) -> str:
    """` at visit 1`, where the cells have several visits; empty where they have one."""
    if finding.visit is None or _cells_have_one(study):
        return ""
    return f" at visit {finding.visit}"


def of_scores(finding: Finding, study: Study) -> str:
    """` (visit 1 of the scores)`, where the scores alone have several visits."""
    if finding.visit is None or finding.scale is None or not _cells_have_one(study):
        return ""
    return f" (visit {finding.visit} of the scores)"


def visit_sentence(findings: Iterable[Finding], study: Study) -> str:
    """What visit some answers are about, as a sentence; empty where nothing has several."""
    answers = list(findings)
    visits = ordered((each.visit for each in answers if each.visit is not None), study.visits)
    if not visits:
        return ""
    named = f"visit {visits[0]}" if len(visits) == 1 else f"the visits {listed(visits)}"
    if not _cells_have_one(study):
        return f"This is about {named} only."
    scored = any(each.scale for each in answers)
    return f"The scores are those of {named}." if scored else ""


def _cells_have_one(study: Study) -> bool:
    """Whether the layouts have a single visit."""
    return "visit" in study.layout.columns and study.layout["visit"].drop_nulls().n_unique() == 1
