"""cultures.csv: what is known of each culture of a donor's cells, if a study keeps it: batch,
operator, days, viability.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Rows, read_rows
from exvivo.study.files import ABSENT, trouble

CULTURES_FILE = "cultures.csv"
TOGETHER = ("batch", "operator", "drawn", "stimulated")
"""Columns that name what several cultures have in common: were groups kept apart by one of them, it
could be what differs.
"""
COLUMNS = (
    "culture",
    "donor",
    "visit",
    "cell_type",
    *TOGETHER,
    "density",
    "viability",
    "deviations",
)


def read_cultures(
    root: Path, layout: pl.DataFrame, donors: pl.DataFrame | None
) -> tuple[pl.DataFrame, list[Mistake]]:
    """The cultures as text, one row each (empty cells empty), and every mistake; no rows where a
    study keeps no such file.

    The file must name every culture of the layouts, each with the donor the layouts give it.
    Columns beside `COLUMNS` are kept.
    """
    empty = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    if trouble(root / CULTURES_FILE) == ABSENT:
        return empty, []
    try:
        table = read_rows(root / CULTURES_FILE, file=CULTURES_FILE)
    except StudyError as error:
        return empty, list(error.mistakes)
    mistakes = [
        Mistake(
            f"{table.file}:1",
            f"no column `{name}`",
            "at least culture and donor",
            f"add a column `{name}`",
        )
        for name in ("culture", "donor")
        if name not in table.header
    ]
    if mistakes:
        return empty, mistakes
    mistakes += _row_mistakes(table, donors)
    mistakes += _against_layout(table, layout)
    frame = pl.DataFrame(list(table.rows), schema=dict.fromkeys(table.header, pl.String))
    return frame.with_columns(
        pl.lit("").alias(name) for name in COLUMNS if name not in table.header
    ), mistakes


def _row_mistakes(table: Rows, donors: pl.DataFrame | None) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    known = set(donors["donor"]) if donors is not None else None
    for index, row in enumerate(table.rows):
        if not row["culture"]:
            yield Mistake(
                table.where(index), "no culture", "its name, as the layouts write it", "name it"
            )
        elif row["culture"] in seen:
            first = table.where(seen[row["culture"]])
            yield Mistake(
                table.where(index),
                f"culture {row['culture']} again (first at {first})",
                "each culture once",
                "correct the name, or remove one line",
            )
        if known is not None and row["donor"] not in known:
            yield Mistake(
                table.where(index),
                f"donor {row['donor']!r}",
                "a donor of donors.csv",
                "correct the name, or add the donor",
            )
        seen.setdefault(row["culture"], index)


def _against_layout(table: Rows, layout: pl.DataFrame) -> Iterator[Mistake]:
    """Cultures of the layouts that the file lacks, or gives to another donor."""
    whose = {row["culture"]: row["donor"] for row in table.rows}
    used = layout.filter(pl.col("culture").is_not_null()).select("line", "culture", "donor")
    for line, culture, donor in used.unique(
        "culture", keep="first", maintain_order=True
    ).iter_rows():
        if culture not in whose:
            yield Mistake(
                line,
                f"culture {culture}",
                f"a culture of {CULTURES_FILE}",
                "correct the name, or add the culture there",
            )
        elif donor is not None and whose[culture] != donor:
            yield Mistake(
                line,
                f"culture {culture} of donor {donor}, where {CULTURES_FILE} says {whose[culture]}",
                "one donor a culture",
                "correct whichever is wrong",
            )
