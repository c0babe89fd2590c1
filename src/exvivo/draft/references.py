"""Which targets of a qPCR assay may be its reference genes: those that usually are, with how still
they hold over the samples by the instrument's own Cq.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from exvivo.draft.assays import DraftPlate

_FEWEST_SAMPLES = 5


def stability(plates: Sequence[DraftPlate], among: Sequence[str] = ()) -> dict[str, float]:
    """The M of geNorm (log2) of each target (of those `among`) over the samples that have a Cq of
    all; the lower, the stiller. Nothing for fewer than two targets or five samples.

    A Cq is taken for a log2 amount: every target is thought to double.
    """
    from exvivo.quantify.qpcr.stability import genorm_m

    samples = [_samples(plate) for plate in plates if not plate.readings.is_empty()]
    if not samples:
        return {}
    every = pl.concat(samples, how="diagonal").drop("sample")
    wide = every.select(name for name in every.columns if not among or name in among)
    whole = wide.select(name for name in wide.columns if wide[name].null_count() * 2 < wide.height)
    complete = whole.drop_nulls()
    if complete.width < 2 or complete.height < _FEWEST_SAMPLES:
        return {}
    return dict(zip(complete.columns, genorm_m(-complete.to_numpy()).tolist(), strict=True))


def _samples(plate: DraftPlate) -> pl.DataFrame:
    """The mean Cq of each target, a row a sample."""
    groups = _cq_of_samples(plate).group_by("sample", "channel", maintain_order=True)
    means = groups.agg(pl.col("value").mean())
    return means.pivot(on="channel", index="sample", values="value")


def _cq_of_samples(plate: DraftPlate) -> pl.DataFrame:
    """The readings of Cq of named samples, as the instrument has them."""
    is_sample = pl.col("vendor_role").fill_null("sample") == "sample"
    cq = plate.readings.filter(is_sample, pl.col("channel") != "", kind="cq")
    return cq.drop_nulls(["value", "sample"])
