"""Inter-run calibrators: the same cDNA on every plate tells what a plate does to a target, and
takes it off.

The offset of a plate is the mean of its calibrators minus their mean over the plates (Hellemans
2007, doi 10.1186/gb-2007-8-2-r19), for each target by itself. Its error is shared by all wells of
the target on the plate, so it cancels where stimulated and unstimulated wells stand together. A
target that some plate has no calibrator for is left as it is.
"""

from __future__ import annotations

import polars as pl

from exvivo.quantify.qpcr.spread import VARIANCE_OF_MEAN


def without_plate_offsets(logs: pl.DataFrame) -> pl.DataFrame:
    """The sample reactions of `log_quantities` (which holds the calibrators too) with the offsets
    of their plates taken off.

    `offset_sd` is the standard deviation of what was taken off, 0 where nothing was.
    """
    samples = logs.filter(role="sample")
    offsets = plate_offsets(logs.filter(role="calibrator"), samples)
    joined = samples.join(offsets, on=["plate", "target"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("quantity", "one_copy", "run_end") - pl.col("offset").fill_null(0.0),
        pl.col("offset_sd").fill_null(0.0),
    ).drop("offset")


def plate_offsets(calibrators: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """`offset` and `offset_sd` (log2) by plate and target, for targets with the same calibrators on
    all their plates.
    """
    means = _on_every_plate(calibrators, samples)
    mean_of_plates = pl.col("quantity").mean().over("target", "sample")
    return (
        means.with_columns(offset=pl.col("quantity") - mean_of_plates)
        .group_by("plate", "target", maintain_order=True)
        .agg(pl.col("offset").mean(), offset_sd=pl.col("variance").sum().sqrt() / pl.len())
    )


def _on_every_plate(calibrators: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """The mean `quantity` of each calibrator on each plate and the `variance` of that mean, for
    calibrators that are on every plate of a target, where it has several.
    """
    means = (
        calibrators.drop_nulls("cq")
        .group_by("target", "plate", "sample", maintain_order=True)
        .agg(pl.col("quantity").mean(), variance=VARIANCE_OF_MEAN)
    )
    plates = samples.group_by("target", maintain_order=True).agg(plates=pl.col("plate").n_unique())
    return means.join(plates, on="target", how="inner", maintain_order="left").filter(
        pl.len().over("target", "sample") == pl.col("plates"), pl.col("plates") > 1
    )
