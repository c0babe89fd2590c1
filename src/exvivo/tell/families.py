"""How often a study makes any false claim: within one family, and over all of them.

Each family holds its own level α. Over F of them, if nothing at all is different, any claim of a
difference or relation is made by at most a share

    1 - (1 - α)^F

of studies, whatever the families have in common: two-sided tests of normal statistics agree in
making no claim at least as often as independent ones would (Šidák 1967, doi
10.1080/01621459.1967.10482935; Royen 2014 for families corrected together).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from exvivo.study import Plan
from exvivo.tell.tables import Shown


def families_of(answers: Sequence[Shown]) -> int:
    """How many families have an answer that could be claimed."""
    claimable = (shown.finding for shown in answers if shown.finding.p_adjusted is not None)
    return len({finding.family for finding in claimable})


def any_false(plan: Plan, families: int) -> float:
    """The largest share of studies without any difference that make some claim.

    >>> round(any_false(Plan(), 20), 3)
    0.642
    """
    return 1 - (1 - plan.alpha) ** families


def whole_study_words(plan: Plan, families: int) -> str:
    """The level of each set of comparisons, and what it comes to over all of them.

    >>> whole_study_words(Plan(), 1)
    'at most one study in 20 would claim a difference or relation within its set of comparisons.'
    >>> whole_study_words(Plan(), 3)[-85:]
    'over all 3 sets together, up to 15 studies in 100 would make at least one such claim.'
    """
    one = (
        f"at most one study in {round(1 / plan.alpha)} would claim a difference or relation within"
    )
    if families < 2:
        return f"{one} its set of comparisons."
    # Rounded first: 0.05 in floating point is no reason to say 6 for 5.
    percent = ceil(round(100 * any_false(plan, families), 6))
    return (
        f"{one} a set of comparisons; over all {families} sets together, up to {percent} studies "
        "in 100 would make at least one such claim."
    )
