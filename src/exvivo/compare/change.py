"""Does a result change within donors from the first visit asked to the last?

Each donor is compared with itself, so what differs between donors for good cancels. A change over time is not the effect of
what happened in between: season, assay and expectation change as well, and a group that started high tends to fall back.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from exvivo.compare import contrast
from exvivo.compare.effect import filled
from exvivo.compare.sample import LOG2_FOLD, Finding, Sample
from exvivo.study import Change, Study


def change(question: Change, visits: list[Sample], blank: Finding, *, study: Study) -> list[Finding]:
    """The last visit less the first, within the donors of the asked group who have both; beside it every visit between.

    `visits` holds the donors' results at each visit of the question, in its order.
    """
    first, rest = visits[0], list(zip(question.visits[1:], visits[1:], strict=True))
    name = study.name_of(question.within)
    found = []
    for visit, sample in reversed(rest):
        held = contrast.minus(sample, first)
        mine = held.only(np.asarray(held.groups == question.within))
        answer = visit == question.visits[-1]
        finding = replace(
            blank, part="answer" if answer else "beside", unit=LOG2_FOLD, n=mine.counts([question.within]),
            warnings=list(held.warnings) + _lost(mine, visits, question) if answer else [],
            estimand=f"log2 change from visit {question.visits[0]} to visit {visit} within {name}",
        )  # fmt: skip
        found += filled(finding, mine, {question.within: name}, study)
    return found


def _lost(held: Sample, visits: list[Sample], question: Change) -> list[str]:
    """A warning where donors of the first visit have no result at the last: who stays away need not be like who comes."""
    began = int(np.sum(visits[0].groups == question.within))
    lost = began - len(held.donors)
    return [f"{lost} of {began} donors of the first visit have no result at the last"] if lost > 0 else []
