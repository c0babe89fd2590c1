"""Wells to Cq: from the curves or from the instrument, as the study declares it, never a
mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.qpcr.curves import Calls, call_curves
from exvivo.quantify.qpcr.distorted import crossed_twice, distorted
from exvivo.quantify.qpcr.growth import CurveFit, shared_growth
from exvivo.quantify.qpcr.kinds import KIND, REACTION, listed_wells, missing_kind, used_wells
from exvivo.quantify.qpcr.threshold import last_recorded, threshold_bound, threshold_cq
from exvivo.study import Qpcr

FittedGrowth = dict[str, CurveFit]
"""By target, the efficiency that its curves show."""
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
TROUBLES = ("falling", "distorted", "jumped")
"""What is wrong with a curve."""
_CALLED = ("cq", "late", "bound", "way", "level", *TROUBLES, "vendor", "vendor_late")
MAXIMUM, THRESHOLD, VENDOR = "maximum", "threshold", "vendor"
WAYS = {
    MAXIMUM: "second-derivative maximum",
    THRESHOLD: "threshold common to the target",
    VENDOR: "Cq of the instrument",
}
"""The ways to a Cq, in words."""
_UNFINISHED = 0.1
"""The share of a target's amplified curves that may lack a maximum; beyond it a threshold serves
the whole target.
"""
_LEVELLED, _TIME, _FEWEST = 0.5, 10.0, 3
"""So it does where less than this share of the curves levelled off that had this many cycles for it
after their Cq, and there are this many.
"""

_HALF_CYCLE = 0.5
"""How long before the last cycle with a second derivative a maximum must lie to be told from one
that comes later.
"""


@dataclass(frozen=True, slots=True)
class Called:
    """The reactions of an assay with their Cq, and what the curves of each target show of its
    efficiency.

    `growth` holds, by target, the efficiency that its curves show; empty without curves.
    """

    reactions: pl.DataFrame
    growth: FittedGrowth


def read_cq(wells: pl.DataFrame, assay: Qpcr) -> Called:
    """One row a reaction (well and channel): what it is, `cq` if it has one, else `late` with its
    `bound`.

    `late` marks a reaction whose Cq lies above `bound`, in cycles; with neither a Cq nor `late` the
    reaction could not be read. `target` is the channel's name in the file, `sample` the sample's
    key, `way` how its Cq was called (one of `WAYS`), `level` whether its curve had levelled off,
    `falling` whether it goes down as others go up, `distorted` whether it goes up in a way that is
    not growth, or its growth contradicted its Cq (which it then has not), `jumped` whether a jump
    was taken off it first.
    `vendor` is the instrument's own Cq where curves are used: kept beside, never mixed in;
    `vendor_late` where the instrument found none. Empty wells are left out. Raises `StudyError` for
    wells that lack what `assay.cq` declares, and for references no file holds.
    """
    used = used_wells(wells)
    declared = used.filter(kind=KIND[assay.cq])
    mistakes = missing_kind(used, assay) + _missing_references(used, assay)
    mistakes += _placeholders(declared, assay)
    if mistakes:
        raise StudyError(mistakes)
    called = _from_curves(declared) if assay.cq == "curve" else Called(_from_vendor(declared), {})
    sample = pl.concat_str([pl.col(name).fill_null("") for name in SAMPLE], separator="|")
    reactions = (
        called.reactions.join(_of_vendor(used), on=REACTION, how="left", maintain_order="left")
        .select(*_CARRIED, *_CALLED, target="channel", sample=sample)
        .sort("plate", "target", "well")
    )
    return Called(reactions, called.growth)


def _of_vendor(used: pl.DataFrame) -> pl.DataFrame:
    """The instrument's own Cq of each reaction, and where it found none."""
    return used.filter(kind="cq").select(
        *REACTION,
        vendor=pl.when(pl.col("censor") == "none").then("value"),
        vendor_late=pl.col("censor") == "right",
    )


def _from_vendor(wells: pl.DataFrame) -> pl.DataFrame:
    right = pl.col("censor") == "right"
    return wells.with_columns(
        cq=pl.when(pl.col("censor") == "none").then("value"),
        late=right,
        bound=pl.when(right).then("lower"),
        way=pl.lit(VENDOR),
        level=pl.lit(None, dtype=pl.Boolean),
        **{name: pl.lit(False) for name in TROUBLES},
    )


def _from_curves(wells: pl.DataFrame) -> Called:
    cycles, fluorescence = curve_matrix(wells)
    series, target = numbered(wells, ["plate", "channel"]), numbered(wells, ["channel"])
    calls = call_curves(cycles, fluorescence, series)
    growth = shared_growth(cycles, fluorescence, calls.cq, calls.noise, target)
    by_threshold = _unfinished(calls, target) | _unlevelled(cycles, fluorescence, calls, target)
    crossed = np.where(calls.readable, threshold_cq(cycles, fluorescence, calls, series), np.nan)
    cq = np.where(by_threshold, crossed, calls.cq)
    off = np.where(
        by_threshold,
        crossed_twice(fluorescence, calls, series),
        distorted(cycles, fluorescence, calls, series),
    )
    crossable = threshold_bound(cycles, fluorescence, calls, series)
    bound = np.where(by_threshold, crossable, calls.bound - _HALF_CYCLE)
    late = calls.readable & np.isnan(cq)
    cq = np.where(off, np.nan, cq)
    reactions = wells.with_columns(
        cq=pl.Series(cq).fill_nan(None),
        late=pl.Series(late),
        bound=pl.Series(np.where(late, bound, np.nan)).fill_nan(None),
        way=pl.Series(np.where(by_threshold, THRESHOLD, MAXIMUM), dtype=pl.String),
        level=pl.Series(calls.level),
        falling=pl.Series(calls.falling),
        distorted=pl.Series(off | calls.disturbed),
        jumped=pl.Series(calls.jumped & calls.amplified),
    )
    return Called(reactions, growth.by_target(wells["channel"].unique().sort()))


def numbered(rows: pl.DataFrame, names: Sequence[str]) -> Ints:
    """The rows numbered by what they have in common, from 0, in the order of its values."""
    rank = pl.struct(names).rank("dense").cast(pl.Int64)
    return rows.select(rank - 1).to_series().to_numpy()


def _unfinished(calls: Calls, target: Ints) -> Bools:
    """The curves of targets of which too many had not reached their maximum when the run ended: all
    of such a target get the threshold's Cq.
    """
    grown = calls.amplified & calls.readable
    without_maximum = np.bincount(target, weights=grown & np.isnan(calls.cq))
    return (without_maximum > _UNFINISHED * np.bincount(target, weights=grown))[target]


def _unlevelled(cycles: Floats, fluorescence: Floats, calls: Calls, target: Ints) -> Bools:
    """The curves of targets that do not level off although there was time for it: their maximum
    lies in a broad rise.
    """
    time = last_recorded(cycles, fluorescence) - calls.cq
    judged = calls.amplified & np.isfinite(calls.cq) & (np.nan_to_num(time) >= _TIME)
    count = np.bincount(target, weights=judged)
    levelled = np.bincount(target, weights=judged & calls.level)
    return ((count >= _FEWEST) & (levelled < _LEVELLED * count))[target]


def curve_matrix(wells: pl.DataFrame) -> tuple[Floats, Floats]:
    """The curves of `x` and `y` on one axis of consecutive cycles: (c,) and (n, c), NaN where a
    cycle is missing.
    """
    points = (
        wells.select("x", "y")
        .with_row_index("row")
        .filter(pl.col("x").list.len() > 0)
        .explode("x", "y")
    )
    cycle = np.rint(points["x"].to_numpy()).astype(np.int64)
    low, high = (int(cycle.min()), int(cycle.max())) if cycle.size else (1, 1)
    fluorescence = np.full((wells.height, high - low + 1), np.nan)
    fluorescence[points["row"].to_numpy(), cycle - low] = points["y"].to_numpy()
    return np.arange(low, high + 1, dtype=np.float64), fluorescence


_LAST_CYCLES = (35.0, 40.0, 45.0, 50.0)
"""What runs end at: a Cq of exactly as much, in several wells, was not measured."""
_SEVERAL = 3


def _placeholders(declared: pl.DataFrame, assay: Qpcr) -> list[Mistake]:
    """Wells of a plate that share the last cycle as their Cq, which no instrument measures."""
    cq = pl.col("value")
    latest = declared.filter(cq == cq.max().over("plate"), cq.is_in(_LAST_CYCLES))
    wells = latest.filter(kind="cq").group_by("plate", "source", maintain_order=True)
    listed = wells.agg(pl.col("well").unique(maintain_order=True), cq.first())
    return [
        Mistake(
            f"{source}, plate {plate}",
            f"a Cq of exactly {value:g} in {len(names)} wells: {listed_wells(names)}",
            f"measured Cq of assay {assay.id}; undetected wells have none",
            "leave the Cq of wells without amplification blank, or write Undetermined",
        )
        for plate, source, names, value in listed.iter_rows()
        if len(names) >= _SEVERAL
    ]


def _missing_references(used: pl.DataFrame, assay: Qpcr) -> list[Mistake]:
    targets = sorted(used["channel"].unique())
    missing = [reference for reference in assay.references if reference not in targets]
    return [_missing_reference(assay, reference, targets) for reference in missing]


def _missing_reference(assay: Qpcr, reference: str, targets: list[str]) -> Mistake:
    names = ", ".join(targets) or "none"
    return Mistake(
        f"study.yaml, assay {assay.id}, reference {reference}",
        f"no well with this target in any of its files; the targets found are: {names}",
        "every reference of study.yaml as the instrument file names it",
        "correct the name under `references`, or add the file that holds it",
    )
