"""Inter-run calibrators: the same cDNA on every plate tells what a plate does to a target, and
takes it off.

The offset of a plate is the mean of its calibrators minus their mean over the plates (Hellemans
2007, doi 10.1186/gb-2007-8-2-r19), for each target by itself. Its error is shared by all wells of
the target on the plate, so it cancels where stimulated and unstimulated wells stand together. A
target that some plate has no calibrator for is left as it is.
"""

from __future__ import annotations

import polars as pl


def without_plate_offsets(logs: pl.DataFrame) -> pl.DataFrame:
    """The sample reactions of `log_quantities` (which holds the calibrators too) with the offsets
    of their plates taken off.

    `offset_sd` is the standard deviation of what was taken off, 0 where nothing was.
    """
    samples = logs.filter(pl.col("role") == "sample")
    offsets = plate_offsets(logs.filter(pl.col("role") == "calibrator"), samples)
    found = samples.join(offsets, on=["plate", "target"], how="left", maintain_order="left")
    offset = pl.col("offset").fill_null(0.0)
    return found.with_columns(
        quantity=pl.col("quantity") - offset,
        one_copy=pl.col("one_copy") - offset,
        offset_sd=pl.col("offset_sd").fill_null(0.0),
    ).drop("offset")


def plate_offsets(calibrators: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """`offset` and `offset_sd` (log2) by plate and target, for targets with the same calibrators on
    all their plates.
    """
    each = (
        calibrators.filter(pl.col("cq").is_not_null())
        .group_by("target", "plate", "sample", maintain_order=True)
        .agg(pl.col("quantity").mean(), variance=(pl.col("sd") ** 2).sum() / pl.len() ** 2)
    )
    plates = samples.group_by("target", maintain_order=True).agg(
        pl.col("plate").n_unique().alias("plates")
    )
    everywhere = each.join(plates, on="target", how="inner", maintain_order="left").filter(
        pl.len().over("target", "sample") == pl.col("plates"), pl.col("plates") > 1
    )
    centred = everywhere.with_columns(
        off=pl.col("quantity") - pl.col("quantity").mean().over("target", "sample")
    )
    return centred.group_by("plate", "target", maintain_order=True).agg(
        offset=pl.col("off").mean(), offset_sd=pl.col("variance").sum().sqrt() / pl.len()
    )
