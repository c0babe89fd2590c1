"""Wells to Cq: from the curves or from the instrument, as the study declares it, never a mixture."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.qpcr.curves import Floats, call_curves
from exvivo.study import Qpcr

SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")
"""What makes wells the same sample; wells of one sample, target and plate are replicates."""
_CARRIED = (
    "plate", "well", "channel", "analyte", "role", "group", *SAMPLE, "replicate", "dilution", "nominal", "readout",
    "source", "sha256",
)  # fmt: skip
_KIND = {"curve": "amplification", "vendor": "cq"}


def read_cq(wells: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """One row a reaction (well and channel): what it is, `cq` if it has one, else `late` with its `bound`.

    `late` marks a reaction whose Cq lies above `bound`, in cycles; with neither a Cq nor `late` the reaction could not
    be read. `target` is the channel's name in the file, `sample` the sample's key. Empty wells are left out. Raises
    `StudyError` for wells that lack what `assay.cq` declares, and for references no file holds.
    """
    used = wells.filter(pl.col("role") != "empty")
    kind = _KIND[assay.cq]
    declared = used.filter(pl.col("kind") == kind)
    mistakes = _missing_kind(used, declared, assay) + _missing_references(used, assay)
    if mistakes:
        raise StudyError(mistakes)
    called = _from_curves(declared) if assay.cq == "curve" else _from_vendor(declared)
    sample = pl.concat_str([pl.col(name).fill_null("") for name in SAMPLE], separator="|")
    return called.select(
        *_CARRIED, pl.col("channel").alias("target"), sample.alias("sample"), "cq", "late", "bound"
    ).sort("plate", "target", "well")


def _from_vendor(wells: pl.DataFrame) -> pl.DataFrame:
    right = pl.col("censor") == "right"
    return wells.with_columns(
        cq=pl.when(pl.col("censor") == "none").then("value"), late=right, bound=pl.when(right).then("lower")
    )


def _from_curves(wells: pl.DataFrame) -> pl.DataFrame:
    cycles, fluorescence = curve_matrix(wells)
    series = wells.select(pl.struct("plate", "channel").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    calls = call_curves(cycles, fluorescence, series)
    late = calls.readable & np.isnan(calls.cq)
    return wells.with_columns(
        cq=pl.Series(calls.cq, dtype=pl.Float64).fill_nan(None),
        late=pl.Series(late, dtype=pl.Boolean),
        bound=pl.Series(np.where(late, calls.bound, np.nan), dtype=pl.Float64).fill_nan(None),
    )


def curve_matrix(wells: pl.DataFrame) -> tuple[Floats, Floats]:
    """The curves of `x` and `y` on one axis of consecutive cycles: (c,) and (n, c), NaN where a cycle is missing."""
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
        "curve": ("the instrument's Cq and no amplification curve", "export the amplification data, or write `cq: vendor`"),
        "vendor": ("amplification curves and no Cq of the instrument", "export the Cq as well, or write `cq: curve`"),
    }[assay.cq]  # fmt: skip
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
            "no well with this target in any of its files; the targets found are: " + (", ".join(targets) or "none"),
            "every reference of study.yaml as the instrument file names it",
            "correct the name under `references`, or add the file that holds it",
        )
        for reference in assay.references
        if reference not in targets
    ]


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
