"""What the findings themselves say of the study: negative controls that are not."""

from __future__ import annotations

import polars as pl

from exvivo.flag.look import Flags, Look, flag, listed
from exvivo.flagged import Scope


def negative_controls_that_differ(look: Look) -> Flags:
    """Differences where none was expected, whatever the disease does."""
    controls = [q.id for q in look.study.questions if getattr(q, "negative_control", False)]
    differing = look.findings.filter(
        pl.col("question").is_in(controls)
        & (pl.col("part") == "answer")
        & (pl.col("verdict") == "supported")
    )
    for (question,), rows in differing.group_by(["question"], maintain_order=True):
        names = [
            f"{look.study.name_of(a)} {r}" for a, r in rows.select("analyte", "readout").iter_rows()
        ]
        yield flag(
            "findings",
            str(question),
            scope=Scope(questions=(str(question),)),
            what=f"a negative control differs between the groups: {listed(names)}",
            why=(
                "what moves a control that the disease should leave alone (handling, cells, "
                "confounding) moves the other results as well"
            ),
            cure="find the reason before the other answers are trusted",
        )
