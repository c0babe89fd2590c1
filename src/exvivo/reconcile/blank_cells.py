"""Cells of a layout left blank beside filled ones of the same column, where the number scales the
result: asked about, never taken as 1.

A dilution belongs to the wells of donors (and to those of controls), a nominal amount to standards
and spikes; which wells must have one is told by their role. What the instrument file states of a
well fills its blank. A column that no well of an assay fills is no question: undiluted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Study
from exvivo.words import counted, shortened

_WELL = ["plate", "well"]
_SCALED = (
    ("dilution", ("sample", "spike"), "1 where a sample was not diluted"),
    ("dilution", ("qc",), "1 where a control was not diluted"),
    ("dilution", ("calibrator",), "1 where a calibrator was not diluted"),
    ("nominal", ("standard",), "the amount of every standard (0 for a blank one)"),
    ("nominal", ("spike",), "the amount added to every spike"),
)
"""Columns that scale results, the roles of wells that all have one or none, and what to write."""
_OF_ASSAY = {"dilution": "; or write `dilutions` of the assay, with every stimulus"}
"""Where else than in a cell it may be written: a drawn plate has no cell for it."""
_SHOWN = 6


def blank_cell_mistakes(readings: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """One mistake for each assay and column with blanks beside filled cells."""
    wells = _measured(readings, study)
    for assay in study.assays:
        of_assay = wells.filter(assay=assay.id)
        for column, roles, cure in _SCALED:
            asked = of_assay.filter(pl.col("role").is_in(roles))
            blank = asked.filter(~pl.col(f"{column}_known"))
            filled = asked.filter(f"{column}_written")
            if blank.height and filled.height:
                yield _question(assay.id, column, blank, filled, cure)
        yield from _without_an_analyte(of_assay.filter(role="standard"))


def _without_an_analyte(standards: pl.DataFrame) -> Iterator[Mistake]:
    """Standards that lack the amount of one analyte, where a standard of the same other amounts on
    the plate has it: one mistake for each analyte.
    """
    lacking: dict[str, list[tuple[str, str]]] = {}
    for plate in standards.partition_by("plate", maintain_order=True):
        rows = list(plate.select("line", "well", "nominals").iter_rows())
        amounts = {line: {each["name"]: each["value"] for each in own} for line, _, own in rows}
        for line, well, _ in rows:
            for analyte in _lacked(amounts[line], amounts.values()):
                lacking.setdefault(analyte, []).append((line, well))
    for analyte, wells in lacking.items():
        yield Mistake(
            wells[0][0],
            f"no `nominal:{analyte}` in {shortened([well for _, well in wells], _SHOWN)}, where a "
            "standard of the same other amounts has one",
            "the amount of every analyte in a standard",
            "fill the blank cells",
        )


def _lacked(own: Mapping[str, float], others: Iterable[Mapping[str, float]]) -> list[str]:
    """The analytes that a standard lacks and another with the same amounts has."""
    replicates = [other for other in others if own and own.items() < other.items()]
    return list(dict.fromkeys(name for other in replicates for name in other if name not in own))


def _measured(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The wells that were read and hold something, with their assay, and whether the layout writes
    a dilution and a nominal amount, or file or layout know them.
    """
    stated = readings.group_by(_WELL, maintain_order=True).agg(
        pl.col("vendor_dilution", "vendor_nominal").is_not_null().any()
    )
    plates = {plate.id: plate.assay for plate in study.plates}
    own = pl.col("nominal").is_not_null() | (pl.col("nominals").list.len() > 0)
    return study.layout.join(stated, on=_WELL, how="inner", maintain_order="left").with_columns(
        assay=pl.col("plate").replace_strict(plates, default=None),
        dilution_written=pl.col("dilution").is_not_null(),
        dilution_known=pl.col("dilution").is_not_null() | pl.col("vendor_dilution"),
        nominal_written=own,
        nominal_known=own | pl.col("vendor_nominal"),
    )


def _question(
    assay: str, column: str, blank: pl.DataFrame, filled: pl.DataFrame, cure: str
) -> Mistake:
    wells = [f"{plate} {well}" for plate, well in blank.select(_WELL).iter_rows()]
    whose = f"; {shortened(_whose(blank), _SHOWN)}" if _whose(blank) else ""
    return Mistake(
        blank["line"][0],
        f"no {column} in {counted(blank.height, 'well')} of assay {assay} "
        f"({shortened(wells, _SHOWN)}{whose}), beside {counted(filled.height, 'well')} with "
        f"{_amounts(filled, column)}",
        f"a {column} in all of them, or in none: it scales the result",
        f"fill the blank cells: {cure}{_OF_ASSAY.get(column, '')}",
    )


def _whose(blank: pl.DataFrame) -> list[str]:
    """The groups and conditions of the blank wells, as the layouts write them."""
    rows = blank.select("group", "stimulus").unique(maintain_order=True).iter_rows()
    return list(filter(None, (" ".join(filter(None, row)) for row in rows)))


def _amounts(filled: pl.DataFrame, column: str) -> str:
    """The numbers that stand in the filled cells."""
    amounts = filled[column].drop_nulls().unique(maintain_order=True).to_list()
    return shortened([f"{amount:g}" for amount in amounts], _SHOWN) or "one for each analyte"
