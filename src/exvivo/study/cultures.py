"""cultures.csv: what is known of each culture of a donor's cells, if a study keeps it: batch,
operator, days, viability.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study.csv_rows import Passed, Rows, first_rows, read_rows
from exvivo.study.culture_cells import culture_cell_mistakes
from exvivo.study.entry import Mistakes
from exvivo.study.files import CULTURES_FILE, table_file, table_of
from exvivo.study.headings import Columns
from exvivo.study.unknown import cleared, is_missing
from exvivo.words import shortened

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
_COLUMNS = Columns(("culture", "donor"), COLUMNS, open=True)


def read_cultures(
    sources: Sources,
    layout: pl.DataFrame,
    donors: pl.DataFrame | None,
    *,
    missing: Sequence[str] = (),
    passed: list[tuple[str, Passed]] | None = None,
) -> tuple[pl.DataFrame, list[Mistake]]:
    """The cultures as text, one row each (empty cells empty), and every mistake; no rows where a
    study keeps no such file.

    The file must name every culture of the layouts, each with the donor the layouts give it.
    Columns beside `COLUMNS` are kept.
    """
    empty = pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    try:
        file = table_file(sources, CULTURES_FILE)
        if not sources.is_there(file):
            return empty, []
        table = read_rows(table_of(sources, file), file=file, columns=_COLUMNS)
    except StudyError as error:
        return empty, list(error.mistakes)
    if passed is not None:
        passed += [(file, part) for part in table.passed]
    if mistakes := list(table.lacking("culture", "donor")):
        return empty, mistakes
    mistakes = [*_row_mistakes(table, donors), *_layout_mistakes(table, layout)]
    mistakes += culture_cell_mistakes(table, lambda cell: is_missing(cell, missing))
    mistakes += _visit_mistakes(table, layout)
    frame = pl.DataFrame(
        [cleared(row.cells, missing, ids=("culture", "donor")) for row in table.rows],
        schema=dict.fromkeys(table.header, pl.String),
    )
    absent = [name for name in COLUMNS if name not in table.header]
    return frame.with_columns(pl.lit("").alias(name) for name in absent), mistakes


def _row_mistakes(table: Rows, donors: pl.DataFrame | None) -> Mistakes:
    """Cultures without a name or named twice, and donors that donors.csv lacks."""
    first = first_rows(table.rows, "culture")
    names = donors["donor"].to_list() if donors is not None else None
    for row in table.rows:
        culture, donor = row["culture"], row["donor"]
        if not culture:
            yield row.mistake("no culture", "its name, as the layouts write it", "name it")
        elif first[culture] is not row:
            finding = f"culture {culture} again (first at {first[culture].where})"
            yield row.mistake(finding, "each culture once", "correct the name, or remove one line")
        if names is not None and donor not in names:
            cure = "correct the name, or add the donor to donors.csv"
            finding = f"donor {donor}{spelling.did_you_mean(donor, names)}"
            yield row.mistake(finding, "a donor of donors.csv", cure, column="donor")


def _layout_mistakes(table: Rows, layout: pl.DataFrame) -> Mistakes:
    """Cultures of the layouts that the file lacks, or gives to another donor."""
    donor_of = {row["culture"]: row["donor"] for row in table.rows}
    named = layout.drop_nulls("culture").unique("culture", keep="first", maintain_order=True)
    for line, culture, donor in named.select("line", "culture", "donor").iter_rows():
        if culture not in donor_of:
            cure = "correct the name, or add the culture there"
            finding = f"culture {culture}{spelling.did_you_mean(culture, donor_of)}"
            yield Mistake(line, finding, f"a culture of {CULTURES_FILE}", cure)
        elif donor is not None and donor_of[culture] != donor:
            stated = f"{CULTURES_FILE} says {donor_of[culture]}"
            finding = f"culture {culture} of donor {donor}, where {stated}"
            yield Mistake(line, finding, "one donor a culture", "correct whichever is wrong")


def _visit_mistakes(table: Rows, layout: pl.DataFrame) -> Mistakes:
    """Cultures that the layouts place at another visit than the file: one mistake for all. Where
    both name a single visit, or none, nothing can be mistaken.
    """
    visit_of = {row["culture"]: row["visit"] for row in table.rows if row["visit"]}
    named = layout.drop_nulls(["culture", "visit"]).unique(["culture", "visit"])
    if named["visit"].n_unique() < 2 and len(set(visit_of.values())) < 2:
        return
    placed = named.sort("culture", "visit").select("line", "culture", "visit").iter_rows()
    differ = [(line, c, v) for line, c, v in placed if visit_of.get(c, v) != v]
    if differ:
        seen = [f"{c} at {v} ({CULTURES_FILE}: {visit_of[c]})" for _, c, v in differ]
        finding = f"visits of cultures: {shortened(seen)}"
        cure = "write the same names; the column `visit` of a layout, left out, is visit 1"
        yield Mistake(differ[0][0], finding, f"the visits of {CULTURES_FILE}", cure)
