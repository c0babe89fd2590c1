"""What controls without template, or without reverse transcriptase, leave of the samples beside
them.

A sample well of Cq C shows T = E^-C: its own amount S, and X, which a control shows as well. With
controls that amplify at c, and the error s of the Cq of one (replicates and counting), a well may
hold as much as

    X = E^-limit,   limit = min(c - min(1.645 s, 5)),   S between T - X and T                   (1)
    share = X / T = E^(C - limit)                                                               (2)

Where at least half of the controls amplify, a well that may be theirs for more than a half is no
value: its own amount is at most what the control shows, and at most what it shows itself (the
earlier of C and limit). Below a half it stays the value that was read. What is in water or primers
is in all wells of the target, so all share an error whose one-sided 95 % point is all of the share,
log2(1 - share) / 1.645. A well five cycles before every control, or with a share below 1/32 (five
cycles that double), is left as it is.

Where fewer amplify (one late primer dimer), or what they amplify melts elsewhere, nothing is
bounded, and wells no earlier than the limit are marked.

Controls without template speak for their own plate, where their master mix was used; those of other
plates only mark wells of a plate that has none. A control without transcriptase speaks for the
sample that its layout row names (any of donor, visit, cells, culture, stimulus), on every plate,
and for its plate where it names no donor that was measured.

Bustin et al. 2009 (MIQE), doi 10.1373/clinchem.2008.112797, asks for both controls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import polars as pl

from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.melting import APART, highest_peaks
from exvivo.study import Qpcr
from exvivo.tables import NEAR_CONTROL

ROLES = ("ntc", "no_rt")
"""Roles of controls that should hold nothing to amplify."""
BEARS = ("bound", "share", "doubt")
"""What a control does to a sample well, the gravest first."""
HALF = 0.5
"""The share of a well's signal from which the well may hold nothing of its own."""
NEGLIGIBLE = 2.0**-5
"""The share of a well's signal below which what the control shows does not matter."""
CLEAR = 5.0
"""The cycles before the earliest control from which a well is clearly before it, whatever the
scatter of replicates.
"""
ONE_SIDED = 1.645
"""Standard deviations of the 95th percentile of a normal."""
_ONE_COPY = 37.0
"""The Cq of a single copy where nothing tells, for what counting adds to the error of a control."""
_HELD = ("sample", "calibrator")
_KEY = {"control_key": pl.String} | dict.fromkeys(("control_loading", "control_bound"), pl.Float64)


def with_controls(
    reactions: pl.DataFrame,
    spread: pl.DataFrame,
    efficiencies: Mapping[str, Fitted],
    wells: pl.DataFrame,
    assay: Qpcr,
) -> pl.DataFrame:
    """The reactions with what a control bears on each sample well: `near_control` (as QUANTITIES
    has it; empty where none does), and either `control_bound` (the Cq it is bounded at) or
    `control_key` and `control_loading`, the error that it shares (log2).

    `wells` are those of the assay, for their melting curves.
    """
    amplified = pl.col("role").is_in(ROLES) & pl.col("cq").is_not_null()
    if reactions.filter(amplified).is_empty():
        none = {"near_control": NEAR_CONTROL, **_KEY}
        return reactions.with_columns(pl.lit(None, dtype=t).alias(n) for n, t in none.items())
    rows = _prepared(reactions, spread, efficiencies, wells)
    gravest = _gravest(_borne(_shown(_pairs(rows))), assay)
    joined = rows.join(gravest, on="row", how="left", maintain_order="left")
    return joined.select(*reactions.columns, "near_control", *_KEY)


def bounded_by_controls(reactions: pl.DataFrame) -> pl.DataFrame:
    """The reactions of `with_controls`, those that a control bounds without their Cq: `late`, with
    the bound, and no copies to be counted, for they held product.
    """
    bounded = pl.col("control_bound").is_not_null()
    unknown = [pl.when(~bounded).then(name).alias(name) for name in _UNKNOWN]
    return reactions.with_columns(
        *unknown,
        late=pl.col("late") | bounded,
        bound=pl.coalesce("control_bound", "bound"),
    )


_UNKNOWN = ("cq", "one_copy", "one_copy_sd", "run_end")
"""What is not known of a well that a control bounds."""


def with_shared_error(related: pl.DataFrame) -> pl.DataFrame:
    """The target wells with the error of their control among the errors of `ref_shared`."""
    error = pl.struct(key="control_key", loading="control_loading")
    with_error = pl.concat_list("ref_shared", error)
    known = pl.col("control_key").is_not_null()
    return related.with_columns(ref_shared=pl.when(known).then(with_error).otherwise("ref_shared"))


def with_reference_errors(
    means: pl.DataFrame, references: pl.DataFrame, genes: int, *, on: list[str]
) -> pl.DataFrame:
    """The means of the references with the errors of controls of these: of each gene the mean over
    its wells, signed as it enters a target's value.
    """
    wells = references.drop_nulls("cq").with_columns(n=pl.len().over(*on, "target"))
    near = wells.drop_nulls("control_key")
    if near.is_empty():
        return means
    loading = -(pl.col("control_loading") / pl.col("n")).sum() / genes
    by_key = near.group_by(*on, "control_key", maintain_order=True).agg(loading=loading)
    error = pl.struct(key="control_key", loading="loading")
    errors = by_key.group_by(on, maintain_order=True).agg(error.alias("of_controls"))
    joined = means.join(errors, on=on, how="left", maintain_order="left")
    both = pl.concat_list("ref_shared", pl.col("of_controls").fill_null([]))
    return joined.with_columns(ref_shared=both).drop("of_controls")


def control_figures(reactions: pl.DataFrame, role: str) -> dict[str, float]:
    """How many sample wells of a target the controls of a role bound, share in and put in doubt:
    `ntc_bound` and the like; left out where none.
    """
    samples = reactions.filter(role="sample")["near_control"].struct.unnest()
    counts = samples.filter(pl.col("role") == role)["bears"].value_counts().iter_rows()
    return {f"{role}_{bears}": float(count) for bears, count in sorted(counts)}


def _prepared(
    reactions: pl.DataFrame,
    spread: pl.DataFrame,
    efficiencies: Mapping[str, Fitted],
    wells: pl.DataFrame,
) -> pl.DataFrame:
    """The reactions numbered (`row`), with `ln_e`, the error of the Cq `s`, and where they melt."""
    growth = pl.DataFrame(
        [(target, math.log(fit.value)) for target, fit in efficiencies.items()],
        schema={"target": pl.String, "ln_e": pl.Float64},
        orient="row",
    )
    key = ["plate", "target"]
    copies = ((_ONE_COPY - pl.col("cq")) * pl.col("ln_e")).exp()
    assumed = 1 / (copies.clip(1.0) * pl.col("ln_e") ** 2)
    return (
        reactions.with_row_index("row")
        .join(growth, on="target", how="left", maintain_order="left")
        .join(spread.select(*key, "sd_cq"), on=key, how="left", maintain_order="left")
        .join(_melted(wells), on=[*key, "well"], how="left", maintain_order="left")
        .with_columns(s=(pl.col("sd_cq") ** 2 + pl.coalesce("counting", assumed)).sqrt())
    )


def _melted(wells: pl.DataFrame) -> pl.DataFrame:
    """The temperature at which each sample and control well melts, where it has a melting curve."""
    peaks = highest_peaks(wells.filter(pl.col("role").is_in([*_HELD, *ROLES])))
    return peaks.rename({"channel": "target"})


_CONTROL = {"role": "control", "cq": "c", "s": "s_control", "melt": "melt_control"}


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Every sample well that amplified beside every control that speaks for it: `whose` it is, the
    plate's or the sample's; `own` is false of controls of other plates.
    """
    samples = rows.filter(pl.col("role").is_in(_HELD)).drop_nulls("cq")
    controls = rows.filter(pl.col("role").is_in(ROLES))
    of_donor = pl.col("donor").is_in(samples["donor"].drop_nulls().unique().to_list())
    named = (pl.col("role") == "no_rt") & of_donor.fill_null(False)
    of_plates = _renamed(controls.filter(~named), "plate")
    on_plate = samples.join(of_plates, on=["plate", "target"], how="inner")
    of_samples = _of_samples(samples, controls.filter(named))
    parts = [
        on_plate.with_columns(whose="plate", own=pl.lit(True)),
        of_samples.with_columns(whose="sample", own=pl.lit(True)),
        _of_other_plates(samples, of_plates).with_columns(whose="plate", own=pl.lit(False)),
    ]
    return pl.concat([part.select(parts[0].columns) for part in parts])


def _of_other_plates(samples: pl.DataFrame, controls: pl.DataFrame) -> pl.DataFrame:
    """The sample wells of plates that have no control without template of their target, beside
    those of other plates.
    """
    without_template = controls.filter(control="ntc")
    silent = samples.join(without_template, on=["plate", "target"], how="anti")
    return silent.join(without_template.drop("plate"), on="target", how="inner")


def _renamed(controls: pl.DataFrame, *kept: str) -> pl.DataFrame:
    """The columns of controls beside a sample's."""
    return controls.select("target", *kept, *_CONTROL).rename(_CONTROL)


def _of_samples(samples: pl.DataFrame, controls: pl.DataFrame) -> pl.DataFrame:
    """Sample wells beside the controls that name their sample: all that the control states of it
    agrees.
    """
    names = {name: f"{name}_control" for name in SAMPLE if name != "donor"}
    stated = _renamed(controls, *SAMPLE).rename(names)
    pairs = samples.join(stated, on=["target", "donor"], how="inner")
    for name, other in names.items():
        pairs = pairs.filter(pl.col(other).is_null() | (pl.col(other) == pl.col(name)))
    return pairs


def _shown(pairs: pl.DataFrame) -> pl.DataFrame:
    """What the controls of each role show beside each sample well: how many there are (`wells`),
    how many amplify (`amplified`) the sample's product on its plate (`alike`), the earliest Cq
    (`earliest`), and the `limit` of equation (1), by those alike where there are any.
    """
    c, apart = pl.col("c"), (pl.col("melt_control") - pl.col("melt")).abs() > APART
    alike = c.is_not_null() & ~apart.fill_null(False) & pl.col("own")
    limits = c - (ONE_SIDED * pl.col("s_control")).clip(upper_bound=CLEAR)
    sums = pairs.group_by("row", "control", maintain_order=True).agg(
        pl.col("whose", "target", "cq", "ln_e").first(),
        wells=pl.len().cast(pl.Float64),
        amplified=c.count().cast(pl.Float64),
        alike=alike.sum(),
        earliest=c.min(),
        limit=pl.coalesce(limits.filter(alike).min(), limits.min()),
    )
    return sums.filter(pl.col("amplified") > 0)


def _borne(shown: pl.DataFrame) -> pl.DataFrame:
    """What the controls bear on each well (`bears`), with the `share` of its signal that may be
    theirs, equation (2); wells that they bear nothing on are left out.
    """
    share = ((pl.col("cq") - pl.col("limit")) * pl.col("ln_e")).exp()
    half = 2 * pl.col("alike") >= pl.col("wells")
    near = pl.col("cq") > pl.col("earliest") - CLEAR
    bears = (
        pl.when(half & (share > HALF))
        .then(pl.lit("bound"))
        .when(~half & (share > 1.0))
        .then(pl.lit("doubt"))
        .when(half & near & (share > NEGLIGIBLE))
        .then(pl.lit("share"))
    )
    rows = shown.with_columns(bears=bears).drop_nulls("bears")
    return rows.with_columns(share=pl.when(pl.col("bears") == "share").then(share))


def _gravest(borne: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """Of each sample well the control that bears most on it, as the columns of `with_controls`."""
    bears = pl.col("bears")
    rank = bears.replace_strict({bear: i for i, bear in enumerate(BEARS)}, return_dtype=pl.Int64)
    order = borne.sort("row", rank, "limit", "control", maintain_order=True)
    chosen = order.unique("row", keep="first", maintain_order=True)
    key = pl.concat_str(pl.lit(f"control:{assay.id}"), "control", "whose", "target", separator=":")
    shares = bears == "share"
    return chosen.select(
        "row",
        near_control=_near(),
        control_key=pl.when(shares).then(key),
        control_loading=(1 - pl.col("share")).log(2) / ONE_SIDED,
        control_bound=pl.when(bears == "bound").then(pl.min_horizontal("cq", "limit")),
    )


def _near() -> pl.Expr:
    """A row of `_borne` as the column `near_control`."""
    names: Sequence[tuple[str, str]] = (
        ("role", "control"),
        ("bears", "bears"),
        ("shows", "earliest"),
        ("share", "share"),
        ("wells", "wells"),
        ("amplified", "amplified"),
    )
    return pl.struct(pl.col(column).alias(name) for name, column in names)
