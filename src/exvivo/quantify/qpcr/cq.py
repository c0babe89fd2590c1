"""Wells to Cq: from the curves or from the instrument, as the study declares it, never a
mixture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.qpcr.curves import Calls, call_curves
from exvivo.quantify.qpcr.growth import shared_growth
from exvivo.quantify.qpcr.threshold import threshold_cq
from exvivo.study import Qpcr

SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")
"""What makes wells the same sample; wells of one sample, target and plate are replicates."""
_CARRIED = (
    "plate",
    "well",
    "channel",
    "analyte",
    "role",
    "group",
    *SAMPLE,
    "replicate",
    "dilution",
    "nominal",
    "readout",
    "source",
    "sha256",
)
_KIND = {"curve": "amplification", "vendor": "cq"}
MAXIMUM, THRESHOLD, VENDOR = (
    "second-derivative maximum",
    "threshold common to the target",
    "Cq of the instrument",
)
_UNFINISHED = 0.1
"""The share of a target's amplified curves that may lack a maximum; beyond it a threshold serves
the whole target.
"""


@dataclass(frozen=True, slots=True)
class Called:
    """The reactions of an assay with their Cq, and what the curves of each target show of its
    efficiency.

    `growth` holds, by target, the efficiency as fitted and the number of curves it rests on; empty
    without curves.
    """

    reactions: pl.DataFrame
    growth: dict[str, tuple[float, int]]


def read_cq(wells: pl.DataFrame, assay: Qpcr) -> Called:
    """One row a reaction (well and channel): what it is, `cq` if it has one, else `late` with its
    `bound`.

    `late` marks a reaction whose Cq lies above `bound`, in cycles; with neither a Cq nor `late` the
    reaction could not be read. `target` is the channel's name in the file, `sample` the sample's
    key, `way` how its Cq was found, `level` whether its curve had levelled off. `vendor` is the
    instrument's own Cq where curves are used: kept beside, never mixed in; `vendor_late` where the
    instrument found none. Empty wells are left out. Raises `StudyError` for wells that lack what
    `assay.cq` declares, and for references no file holds.
    """
    used = wells.filter((pl.col("role") != "empty") & pl.col("kind").is_in(list(_KIND.values())))
    kind = _KIND[assay.cq]
    declared = used.filter(pl.col("kind") == kind)
    mistakes = _missing_kind(used, declared, assay) + _missing_references(used, assay)
    if mistakes:
        raise StudyError(mistakes)
    called, growth = _from_curves(declared) if assay.cq == "curve" else (_from_vendor(declared), {})
    sample = pl.concat_str([pl.col(name).fill_null("") for name in SAMPLE], separator="|")
    key = ["plate", "well", "channel"]
    beside = used.filter(pl.col("kind") == "cq").select(
        *key,
        vendor=pl.when(pl.col("censor") == "none").then("value"),
        vendor_late=pl.col("censor") == "right",
    )
    reactions = (
        called.join(beside, on=key, how="left", maintain_order="left")
        .select(
            *_CARRIED,
            pl.col("channel").alias("target"),
            sample.alias("sample"),
            "cq",
            "late",
            "bound",
            "way",
            "level",
            "vendor",
            "vendor_late",
        )
        .sort("plate", "target", "well")
    )
    return Called(reactions, growth)


def _from_vendor(wells: pl.DataFrame) -> pl.DataFrame:
    right = pl.col("censor") == "right"
    return wells.with_columns(
        cq=pl.when(pl.col("censor") == "none").then("value"),
        late=right,
        bound=pl.when(right).then("lower"),
        way=pl.lit(VENDOR),
        level=pl.lit(None, dtype=pl.Boolean),
    )


def _from_curves(wells: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, tuple[float, int]]]:
    cycles, fluorescence = curve_matrix(wells)
    series, target = (
        wells.select(pl.struct(names).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        for names in (["plate", "channel"], ["channel"])
    )
    calls = call_curves(cycles, fluorescence, series)
    growth = shared_growth(cycles, fluorescence, calls.cq, calls.noise, target)
    cq, by_threshold = _one_way_a_target(cycles, fluorescence, calls, series, target)
    late = calls.readable & np.isnan(cq)
    found = wells.with_columns(
        cq=pl.Series(cq, dtype=pl.Float64).fill_nan(None),
        late=pl.Series(late, dtype=pl.Boolean),
        bound=pl.Series(np.where(late, calls.bound, np.nan), dtype=pl.Float64).fill_nan(None),
        way=pl.Series(np.where(by_threshold, THRESHOLD, MAXIMUM), dtype=pl.String),
        level=pl.Series(calls.level, dtype=pl.Boolean),
    )
    names = {int(number): name for number, name in zip(target, wells["channel"], strict=True)}
    return found, {
        name: (float(growth.fitted[n]), int(growth.curves[n])) for n, name in sorted(names.items())
    }


def _one_way_a_target(
    cycles: Floats, fluorescence: Floats, calls: Calls, series: Ints, target: Ints
) -> tuple[Floats, Bools]:
    """The maximum's Cq; for targets of which too many curves had not reached it when the run ended,
    the threshold's.
    """
    grown = calls.amplified & calls.readable
    unfinished = np.bincount(
        target, weights=grown & np.isnan(calls.cq)
    ) > _UNFINISHED * np.bincount(target, weights=grown)
    chosen = unfinished[target]
    if not chosen.any():
        return calls.cq, chosen
    crossed = np.where(calls.readable, threshold_cq(cycles, fluorescence, calls, series), np.nan)
    return np.where(chosen, crossed, calls.cq), chosen


def curve_matrix(wells: pl.DataFrame) -> tuple[Floats, Floats]:
    """The curves of `x` and `y` on one axis of consecutive cycles: (c,) and (n, c), NaN where a
    cycle is missing.
    """
    length = wells["x"].list.len().fill_null(0).to_numpy()
    row = np.repeat(np.arange(len(length)), length)
    with_points = wells.filter(pl.col("x").list.len() > 0)
    cycle = np.rint(with_points["x"].explode().to_numpy()).astype(np.int64)
    reading = with_points["y"].explode().to_numpy()
    low, high = (int(cycle.min()), int(cycle.max())) if cycle.size else (1, 1)
    fluorescence = np.full((len(length), high - low + 1), np.nan)
    fluorescence[row, cycle - low] = reading
    return np.arange(low, high + 1, dtype=np.float64), fluorescence


def _missing_kind(used: pl.DataFrame, declared: pl.DataFrame, assay: Qpcr) -> list[Mistake]:
    found, cure = {
        "curve": (
            "the instrument's Cq and no amplification curve",
            "export the amplification data, or write `cq: vendor`",
        ),
        "vendor": (
            "amplification curves and no Cq of the instrument",
            "export the Cq as well, or write `cq: curve`",
        ),
    }[assay.cq]
    key = ["plate", "well", "channel"]
    lacking = used.join(declared, on=key, how="anti").unique(key).sort(key)
    return [
        Mistake(
            f"study.yaml, assay {assay.id}, plate {plate[0]}",
            f"{rows['well'].n_unique()} wells with {found}: {_listed(rows['well'].unique(maintain_order=True).to_list())}",
            f"`cq: {assay.cq}` of study.yaml in every well; the two are never mixed",
            cure,
        )
        for plate, rows in lacking.group_by(["plate"], maintain_order=True)
    ]


def _missing_references(used: pl.DataFrame, assay: Qpcr) -> list[Mistake]:
    targets = sorted(used["channel"].unique())
    return [
        Mistake(
            f"study.yaml, assay {assay.id}, reference {reference}",
            "no well with this target in any of its files; the targets found are: "
            + (", ".join(targets) or "none"),
            "every reference of study.yaml as the instrument file names it",
            "correct the name under `references`, or add the file that holds it",
        )
        for reference in assay.references
        if reference not in targets
    ]


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
