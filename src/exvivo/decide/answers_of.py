"""The answers that a donor was in, as the last run on record has them: they are to be made again,
and read again wherever they were quoted.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

Answer = dict[str, str]
"""An answer by what it is of: question, assay, analyte, and scale where it has one."""
_TABLE = "results/tables/answered.parquet"
_OF = ("question", "assay", "analyte", "scale")


def answers_of(folder: Path, donor: str) -> tuple[Answer, ...]:
    """The answers of the last run that a donor was in, in the order of the report; none where no
    run is on record, or its table was erased.
    """
    import polars as pl

    from exvivo import store

    runs = [entry for entry in store.entries(folder, but=()) if entry.is_run]
    raw = runs[-1].texts.get(_TABLE) if runs else None
    if raw is None:
        return ()
    rows = pl.read_parquet(BytesIO(raw)).filter(pl.col("donor") == donor)
    unique = rows.select(_OF).unique(maintain_order=True)
    return tuple(
        {name: cell for name, cell in row.items() if cell} for row in unique.iter_rows(named=True)
    )


def in_words(answers: tuple[Answer, ...]) -> list[str]:
    """Answers question by question: `more_tnf (mrna TNF, protein TNF)`."""
    from exvivo.words import shortened

    by_question: dict[str, list[str]] = {}
    for answer in answers:
        rest = " ".join(cell for name, cell in answer.items() if name != "question")
        by_question.setdefault(answer["question"], []).append(rest)
    return [f"{question} ({shortened(each)})" for question, each in by_question.items()]
