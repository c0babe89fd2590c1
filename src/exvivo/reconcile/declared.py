"""The day on which the questions were declared, held against the days of the instruments' runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from exvivo.flagged import EVERY_ANSWER, Flag
from exvivo.reconcile.held import Held
from exvivo.study.run_days import run_days


def declared_after_every_file(held: Held) -> Iterator[Flag]:
    """Questions that were declared when all files were there already."""
    declared, days = held.study.plan.declared, run_days(held.headers.values())
    if not declared or not days or date.fromisoformat(declared) <= days[-1]:
        return
    yield Flag(
        table="study",
        row="plan",
        severity="look",
        place="plan",
        what=f"declared on {declared}, after the last run of an instrument ({days[-1]})",
        why="questions declared when the results are there can be suggested by them",
        cure="correct the date under `plan: declared:`, or report that the results were there",
        evidence=(declared, days[-1].isoformat()),
        scope=EVERY_ANSWER,
    )
