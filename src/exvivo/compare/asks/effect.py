"""What does an antagonist or knock-down do: both arms in cells of the same donors.

Wells of one donor are given one arm or the other, so the contrast is causal in the culture, as far
as wells were assigned without regard to what they would show. It says nothing of the person, nor
that only the target was hit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare.asks import contrast
from exvivo.compare.finding import LOG2_FOLD, Finding
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.sample import Sample
from exvivo.study import Effect, Study


def effect(question: Effect, held: Sample, blank: Finding, *, study: Study) -> list[Finding]:
    """The arm with the antagonist less the stimulus alone, within the donors of the asked group;
    other groups beside it.

    `held` are the donors' differences between the two arms (estimand `effect` of RESPONSES).
    """
    found = []
    for group in dict.fromkeys((question.within, *(g.id for g in study.groups))):
        mine = held.only(np.asarray(held.groups == group))
        name = study.name_of(group)
        part = "answer" if group == question.within else "beside"
        if part == "beside" and not mine.donors:
            continue
        finding = replace(
            blank,
            part=part,
            unit=LOG2_FOLD,
            n=mine.counts([group]),
            warnings=list(held.warnings) if part == "answer" else [],
            estimand=f"{study.name_of(question.blocked)} less {study.name_of(question.stimulus)}, log2, in cultures of {name}",
        )
        found += filled(finding, mine, {group: name}, study)
    return found


def filled(finding: Finding, mine: Sample, names: dict[str, str], study: Study) -> list[Finding]:
    """The finding with the mean contrast of one group's donors, and an answer's range; or the
    reason why there is none.
    """
    reason = contrast.trouble(mine, names)
    if reason:
        return [replace(finding, method="none: not estimable", reason=reason)]
    estimate, method = contrast.within(mine, alpha=study.plan.alpha)
    answer = replace(
        finding,
        method=method,
        estimate=estimate.estimate,
        lower=estimate.lower,
        upper=estimate.upper,
        p=estimate.p,
    )
    if finding.part != "answer":
        return [answer]
    return with_range(answer, ranged(answer, *contrast.without_each(mine)))
