"""Finished results of a drawn study: one table a plate, one row a sample, one column an analyte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.simulate.files.layouts import completed
from exvivo.simulate.files.places import REPLICATE, Bench
from exvivo.study import Results

_LOGARITHM = {"log2": 1.0, "log10": float(np.log10(2)), "ln": float(np.log(2))}
"""What one of log2 is on each scale of logarithms."""
_DIGITS = 6


def as_results(assay: Results) -> Results:
    """The assay as a table of samples in rows and analytes, by their ids, in columns."""
    return replace(assay, sheet="", sample="well", analyte="", result="", channels={}, limits={})


def result_wells(bench: Bench) -> pl.DataFrame:
    """One row a result: its plate, its name, and the words of a layout."""
    own = bench.samples.rename({"sample": "sample_number"})
    number = (pl.int_range(pl.len()) + 1).cast(pl.String)
    wells = own.join(bench.replicates(), how="cross").with_columns(
        role=pl.lit("sample"),
        replicate=REPLICATE,
        nominal=pl.lit(None, dtype=pl.Float64),
        well=pl.format("s{}", number.str.zfill(4)),
    )
    return completed(wells)


def result_csv(bench: Bench, assay: Results, wells: pl.DataFrame, *, plate: str) -> str:
    """The table of one plate; what is below its limit is written `<` and the limit."""
    own = wells.filter(plate=plate)
    columns: dict[str, Iterable[str]] = {"well": own["well"]}
    values, limits = _values(bench, own), bench.limits().tolist()
    for analyte, of_analyte, limit in zip(bench.analytes, values.T, limits, strict=True):
        columns[analyte] = list(_cells(of_analyte, limit, assay))
    return pl.DataFrame(columns).write_csv()


def _values(bench: Bench, wells: pl.DataFrame) -> Floats:
    """log2 amounts of some wells (wells, analytes)."""
    places = wells.select("sample_number", "replicate_number").to_numpy()
    return np.asarray(bench.values()[tuple(places.T)])


def _cells(values: Floats, limit: float, assay: Results) -> Iterator[str]:
    """The results of one analyte as text."""
    for value in values.tolist():
        shown = f"{_as_written(max(value, limit), assay):.{_DIGITS}g}"
        yield f"<{shown}" if value < limit else shown


def _as_written(value: float, assay: Results) -> float:
    """A log2 amount on the scale of the table."""
    per_log2 = _LOGARITHM.get(assay.scale or "linear")
    return float(2.0**value) if per_log2 is None else per_log2 * value
