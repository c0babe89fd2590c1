"""What a study states of the day its questions were declared, held against the days on which its
instrument files were made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def declared_words(declared: str, run_days: Sequence[date]) -> str:
    """What the study states of the day its questions were declared, held against the days of the
    runs; empty where it states none.
    """
    if not declared:
        return ""
    stated = f"The study states that its questions were declared on {declared}"
    if not run_days:
        return f"{stated}; no instrument file states a date to hold that against."
    first, last = run_days[0], run_days[-1]
    day = date.fromisoformat(declared)
    if day < first:
        return f"{stated}, before the first run that an instrument file dates ({first})."
    if day > last:
        return (
            f"{stated}, after the last run that an instrument file dates ({last}): the results "
            "could be known by then."
        )
    return (
        f"{stated}; instrument files date their runs from {first} to {last}, so some results could "
        "be known by then."
    )
