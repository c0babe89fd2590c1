"""The layouts of a drawn study as the csv of a plate has them."""

from __future__ import annotations

import polars as pl

_ALWAYS = ("well", "role", "donor")
_WHERE_VARYING = ("visit", "cell_type", "culture", "stimulus")
_OF_FILES = ("dilution", "file")


def layout_csv(wells: pl.DataFrame, plate: str, *, heading: str) -> str:
    """The layout of one plate; columns in which all samples of the study are alike are left out.

    `wells` has plate, well, role, donor, visit, cell_type, culture, stimulus, replicate and nominal
    (dilution and file, where a file holds one well).
    """
    varying = [name for name in _WHERE_VARYING if wells[name].drop_nulls().n_unique() > 1]
    files = [name for name in _OF_FILES if name in wells.columns]
    columns = [*_ALWAYS, *varying, "replicate", "nominal", *files]
    own = wells.filter(plate=plate).select(columns)
    return f"# {heading}\n{own.write_csv()}"


def completed(wells: pl.DataFrame) -> pl.DataFrame:
    """Wells with every column of a layout; what is not said of standards and controls is empty."""
    texts = ("donor", *_WHERE_VARYING, "replicate")
    lacking = [pl.lit(None, dtype=pl.String).alias(n) for n in texts if n not in wells.columns]
    return wells.with_columns(lacking)
