"""What the reactions of one target show beside their quantities: the instrument's Cq, plateaus,
counting, dilutions.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from exvivo.quantify.qpcr.copies import ASSUMED
from exvivo.quantify.qpcr.cq import THRESHOLD, TROUBLES
from exvivo.quantify.qpcr.efficiency import Fitted

FEWEST = 3
_LATER = 1.0
"""Cycles after the Cq of a single copy from which a Cq contradicts it, beside three of its standard
deviations; half of that where it is assumed.
"""


def watched(reactions: pl.DataFrame, fit: Fitted) -> dict[str, float]:
    """Figures of a target from its reactions, as `copies.with_copies` returned them. What cannot be
    seen is left out.
    """
    return {
        **_beside_the_vendor(reactions),
        **_plateaus(reactions),
        **_troubles(reactions),
        **_counting(reactions),
        **_dilutions(reactions, fit),
    }


def counts(names: tuple[str, str, str], reactions: pl.DataFrame) -> dict[str, float]:
    """How many wells there are, how many undetected, and how many neither read nor undetected."""
    undetected = reactions.filter("late").height
    unreadable = reactions["cq"].null_count() - undetected
    return dict(zip(names, (reactions.height, undetected, unreadable), strict=True))


def _beside_the_vendor(reactions: pl.DataFrame) -> dict[str, float]:
    """How far the Cq lies from the instrument's own, and how often the two disagree whether there
    is one.
    """
    difference = (reactions["cq"] - reactions["vendor"]).drop_nulls().to_numpy()
    if difference.size < FEWEST:
        return {}
    only_here = pl.col("cq").is_not_null() & pl.col("vendor_late")
    only_there = pl.col("late") & pl.col("vendor").is_not_null()
    return {
        "vendor_wells": difference.size,
        "vendor_difference": np.median(difference),
        "vendor_difference_sd": difference.std(ddof=1),
        "vendor_calls_apart": reactions.filter(only_here | only_there).height,
    }


def _plateaus(reactions: pl.DataFrame) -> dict[str, float]:
    """Amplified curves, and those still growing fast when the run ended."""
    amplified = reactions.drop_nulls(["cq", "level"])
    if amplified.is_empty():
        return {}
    return {
        "amplified": amplified.height,
        "without_plateau": amplified.filter(level=False).height,
        "by_threshold": (amplified["way"] == THRESHOLD).any(),
    }


def _troubles(reactions: pl.DataFrame) -> dict[str, float]:
    """How many curves have something wrong with them, by what it is."""
    curves = {name: reactions[name].sum() for name in TROUBLES}
    return {name: float(count) for name, count in curves.items() if count}


def _counting(reactions: pl.DataFrame) -> dict[str, float]:
    """The Cq of a single copy, how many samples show later, and the spread between replicates that
    counting alone would give.
    """
    samples = reactions.filter(role="sample")
    one_copy = reactions["one_copy"].drop_nulls().to_numpy()
    if not one_copy.size:
        assumed = {"one_copy_assumed": 1.0, **_later_than(samples, pl.lit(ASSUMED + _LATER / 2))}
        return assumed if samples["late"].any() else {}
    unsure = pl.max_horizontal(pl.lit(_LATER), 3 * pl.col("one_copy_sd"))
    figures = {"one_copy_cq": one_copy.mean()}
    figures |= _later_than(samples, pl.col("one_copy") + unsure)
    counting = samples.drop_nulls(["cq", "counting"])["counting"].to_numpy()
    if counting.size:
        figures["counting_sd"] = math.sqrt(counting.mean())
    return figures


def _later_than(samples: pl.DataFrame, cq: pl.Expr) -> dict[str, float]:
    """How many samples have a later Cq, and the latest; nothing where none has."""
    later = samples.filter(pl.col("cq") > cq)["cq"].to_numpy()
    return {"later_than_one_copy": later.size, "latest_cq": later.max()} if later.size else {}


def _dilutions(reactions: pl.DataFrame, fit: Fitted) -> dict[str, float]:
    """Where samples were run at several dilutions: how much more the most diluted one shows (log2),
    over the samples.
    """
    shift = _between_dilutions(reactions, fit).to_numpy()
    if shift.size < FEWEST:
        return {}
    return {
        "dilution_samples": shift.size,
        "dilution_shift": shift.mean(),
        "dilution_shift_se": shift.std(ddof=1) / math.sqrt(shift.size),
    }


def _between_dilutions(reactions: pl.DataFrame, fit: Fitted) -> pl.Series:
    """For each sample with several dilutions, log2 of the amount that the most diluted wells show
    over that of the least diluted.
    """
    samples = reactions.filter(role="sample").drop_nulls("cq")
    amount = pl.col("dilution").log(2) - pl.col("cq") * math.log2(fit.value)
    means = samples.group_by("plate", "sample", "dilution", maintain_order=True).agg(
        amount=amount.mean()
    )
    ends = means.sort("dilution").group_by("plate", "sample", maintain_order=True)
    shifts = ends.agg(pl.col("amount").last() - pl.col("amount").first(), n=pl.len())
    return shifts.filter(pl.col("n") > 1)["amount"]
