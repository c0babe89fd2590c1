"""What the reactions of one target show beside their quantities: the instrument's Cq, plateaus,
counting, dilutions.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from exvivo.quantify.qpcr.cq import THRESHOLD
from exvivo.quantify.qpcr.efficiency import Fitted

FEWEST = 3


def watched(mine: pl.DataFrame, fit: Fitted) -> dict[str, float]:
    """Figures of a target from its reactions, as `copies.with_copies` returned them. What cannot be
    seen is left out.
    """
    return {
        **_beside_the_vendor(mine),
        **_plateaus(mine),
        **_counting(mine),
        **_dilutions(mine, fit),
    }


def _beside_the_vendor(mine: pl.DataFrame) -> dict[str, float]:
    """How far the Cq lies from the instrument's own, and how often the two disagree whether there
    is one.
    """
    both = mine.filter(pl.col("cq").is_not_null() & pl.col("vendor").is_not_null())
    apart = mine.filter(
        (pl.col("cq").is_not_null() & pl.col("vendor_late").fill_null(False))
        | (pl.col("late") & pl.col("vendor").is_not_null())
    )
    if both.height < FEWEST:
        return {}
    off = (both["cq"] - both["vendor"]).to_numpy()
    return {
        "vendor_wells": float(both.height),
        "vendor_difference": float(np.median(off)),
        "vendor_difference_sd": float(off.std(ddof=1)),
        "vendor_calls_apart": float(apart.height),
    }


def _plateaus(mine: pl.DataFrame) -> dict[str, float]:
    """Amplified curves, and those still growing fast when the run ended."""
    amplified = mine.filter(pl.col("cq").is_not_null() & pl.col("level").is_not_null())
    if amplified.is_empty():
        return {}
    return {
        "amplified": float(amplified.height),
        "without_plateau": float((~amplified["level"]).sum()),
        "by_threshold": float((amplified["way"] == THRESHOLD).any()),
    }


def _counting(mine: pl.DataFrame) -> dict[str, float]:
    """The Cq of a single copy, and the spread between replicates that counting alone would give."""
    undetected = mine.filter((pl.col("role") == "sample") & pl.col("late"))
    known = mine["one_copy"].drop_nulls()
    if known.is_empty():
        return {"one_copy_assumed": 1.0} if undetected.height else {}
    samples = mine.filter((pl.col("role") == "sample") & pl.col("cq").is_not_null())[
        "counting"
    ].drop_nulls()
    figures = {"one_copy_cq": float(known.to_numpy().mean())}
    if len(samples):
        figures["counting_sd"] = math.sqrt(float(samples.to_numpy().mean()))
    return figures


def _dilutions(mine: pl.DataFrame, fit: Fitted) -> dict[str, float]:
    """Where samples were run at several dilutions: how much more the most diluted one shows (log2),
    over the samples.
    """
    samples = mine.filter((pl.col("role") == "sample") & pl.col("cq").is_not_null()).with_columns(
        amount=pl.col("dilution").log(2) - pl.col("cq") * math.log2(fit.value)
    )
    means = samples.group_by("plate", "sample", "dilution", maintain_order=True).agg(
        pl.col("amount").mean()
    )
    ends = (
        means.sort("dilution")
        .group_by("plate", "sample", maintain_order=True)
        .agg(pl.col("amount").last() - pl.col("amount").first(), pl.len().alias("n"))
        .filter(pl.col("n") > 1)
    )
    if ends.height < FEWEST:
        return {}
    shift = ends["amount"].to_numpy()
    return {
        "dilution_samples": float(ends.height),
        "dilution_shift": float(shift.mean()),
        "dilution_shift_se": float(shift.std(ddof=1) / math.sqrt(ends.height)),
    }
