"""Findings on a terminal: each question with its answers, and how much needs a person's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS

if TYPE_CHECKING:
    from rich.console import Group

MARKS = {"supported": "●", "equivalent": "≈", "not resolved": "○", "not estimable": "–"}
"""A sign for each verdict, so that colour never stands alone."""
_COLOURS = {
    "supported": "bold green",
    "equivalent": "cyan",
    "not resolved": "yellow",
    "not estimable": "dim",
}


def terminal(study: Study, *, findings: pl.DataFrame, flags: pl.DataFrame) -> Group:
    """What a run found, for `rich.console.Console.print`."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[Text | Padding] = [Text(study.title, style="bold")]
    if study.simulated:
        parts.append(
            Text("These data are simulated: nothing here is about real people.", style="italic")
        )
    for question in study.questions:
        answers = findings.filter(
            (pl.col("question") == question.id) & (pl.col("part") == "answer")
        )
        parts.append(Text())
        parts.append(Text(ASKS[question.ask].words(question, study), style="bold"))
        for row in answers.iter_rows(named=True):
            line = Text.assemble(
                (f"{MARKS[row['verdict']]} {row['verdict']}  ", _COLOURS[row["verdict"]]),
                row["sentence"],
            )
            parts.append(Padding(line, (0, 0, 0, 2)))
    parts.append(Text())
    parts.append(Text(flag_words(flags)))
    return Group(*parts)


def flag_words(flags: pl.DataFrame) -> str:
    """How many flags of each severity a run has."""
    counts = dict(flags.group_by("severity", maintain_order=True).len().iter_rows())
    stop, look, note = (counts.get(name, 0) for name in ("stop", "look", "note"))
    said = [f"{stop} to settle before the results are trusted"] if stop else []
    said += [f"{look} to look at"] if look else []
    said += [words.counted(note, "note")] if note else []
    return (
        f"Needs your eyes: {', '.join(said)}. The report lists them."
        if said
        else "Nothing needs your eyes."
    )
