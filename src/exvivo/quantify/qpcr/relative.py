"""Cq to quantities relative to the reference genes, each with the errors it shares with others.

For a target with Cq C and efficiency E in a sample diluted d-fold, log2 quantity = log2 d - C log2
E; the value is that minus the mean of the same over the reference genes (Pfaffl 2001, doi
10.1093/nar/29.9.e45; several references: Vandesompele 2002, doi 10.1186/gb-2002-3-7-research0034;
errors along the way: Hellemans 2007, doi 10.1186/gb-2007-8-2-r19).
"""

from __future__ import annotations

import math

import polars as pl

from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.levels import gene_levels, instability
from exvivo.study import Qpcr
from exvivo.tables import QUANTITIES

_SCOPES = {"well": ["plate", "well"], "plate": ["plate", "sample"], "assay": ["sample"]}
"""Where the references of a target well are looked for, nearest first: its own well, its sample on
its plate, its sample.
"""


def efficiency_key(assay: Qpcr, target: str) -> str:
    """The key of the error that all wells of a target share."""
    return f"E:{assay.id}:{target}"


def log_quantities(
    reactions: pl.DataFrame, spread: pl.DataFrame, efficiencies: dict[str, Fitted], assay: Qpcr
) -> pl.DataFrame:
    """The reactions of samples and calibrators with `quantity` (log2, of Cq or bound), its `sd`,
    and the efficiency's `key` and `loading`.

    One row a sample reaction that has a Cq or is `late`; with a Cq the quantity is a value, else an
    upper bound.
    """
    known = pl.DataFrame(
        [
            {
                "target": target,
                "log2_e": math.log2(fit.value),
                "per_cycle": fit.sd / (fit.value * math.log(2)),
                "key": efficiency_key(assay, target),
            }
            for target, fit in efficiencies.items()
        ],
        schema={
            "target": pl.String,
            "log2_e": pl.Float64,
            "per_cycle": pl.Float64,
            "key": pl.String,
        },
    )
    at = pl.coalesce("cq", "bound")
    return (
        reactions.filter(
            pl.col("role").is_in(["sample", "calibrator"])
            & (pl.col("cq").is_not_null() | pl.col("late"))
        )
        .join(known, on="target", how="left")
        .join(spread.select("plate", "target", "sd_cq"), on=["plate", "target"], how="left")
        .with_columns(
            quantity=pl.col("dilution").log(2) - at * pl.col("log2_e"),
            sd=(pl.col("sd_cq") ** 2 + pl.col("counting").fill_null(0.0)).sqrt() * pl.col("log2_e"),
            one_copy=pl.col("dilution").log(2) - pl.col("one_copy") * pl.col("log2_e"),
            one_copy_sd=pl.col("one_copy_sd") * pl.col("log2_e"),
            loading=-at * pl.col("per_cycle"),
        )
    )


def relative_quantities(logs: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """QUANTITIES of all target wells whose sample has every reference; `logs` is what
    `log_quantities` returned.

    An undetected target is left-censored at what a Cq at its bound would be. Wells whose sample
    lacks a reference are not in the result: there is nothing to relate them to. All wells of a
    sample share two errors of its references: the scatter of the very wells they are related to
    (`ref:...`), and what each gene does on its own in this sample, which no replicate well shows
    (`genes:...`, the same on every plate; see `instability`).
    """
    is_reference = pl.col("target").is_in(list(assay.references))
    waiting = logs.filter(~is_reference & pl.col("analyte").is_not_null())
    related = []
    for scope, on in _SCOPES.items():
        means = reference_means(logs.filter(is_reference), assay, on=on)
        related.append(waiting.join(means, on=on, how="inner"))
        waiting = waiting.join(means, on=on, how="anti")
        if scope == "well" and waiting.is_empty():
            break
    return _as_quantities(
        _with_offsets(_with_instability(pl.concat(related), logs, assay), logs, assay), assay
    )


def _with_offsets(related: pl.DataFrame, logs: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """The error of the plate offsets taken off a target and its references, shared by the wells of
    target and plate.
    """
    references = logs.filter(pl.col("target").is_in(list(assay.references)))
    of_references = (
        references.group_by("plate", "target", maintain_order=True)
        .agg(pl.col("offset_sd").first())
        .group_by("plate", maintain_order=True)
        .agg(
            reference_offset_sd=(pl.col("offset_sd") ** 2).sum().sqrt() / len(set(assay.references))
        )
    )
    found = related.join(of_references, on="plate", how="left", maintain_order="left").with_columns(
        loading_of_offset=(
            pl.col("offset_sd") ** 2 + pl.col("reference_offset_sd").fill_null(0.0) ** 2
        ).sqrt()
    )
    key = pl.concat_str(
        [pl.lit(f"offset:{assay.id}"), pl.col("plate"), pl.col("target")], separator=":"
    )
    error = pl.struct(key.alias("key"), pl.col("loading_of_offset").alias("loading"))
    return found.with_columns(
        ref_shared=pl.when(pl.col("loading_of_offset") > 0)
        .then(pl.concat_list("ref_shared", error))
        .otherwise("ref_shared")
    )


def _with_instability(related: pl.DataFrame, logs: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    genes = sorted(set(assay.references))
    sd, _ = instability(gene_levels(logs, genes), genes=len(genes))
    if not sd:
        return related
    key = pl.concat_str([pl.lit(f"genes:{assay.id}"), pl.col("sample")], separator=":")
    error = pl.struct(key.alias("key"), pl.lit(sd).alias("loading"))
    return related.with_columns(ref_shared=pl.concat_list("ref_shared", error))


def reference_means(references: pl.DataFrame, assay: Qpcr, *, on: list[str]) -> pl.DataFrame:
    """The mean over the references of each well or sample (`on`) that has all of them detected.

    `ref_quantity` (log2), `ref_cq` (mean Cq), and `ref_shared`: each reference's efficiency and the
    error of this mean itself, signed as they enter a target's value. Replicates in which a
    reference failed do not enter.
    """
    n = len(set(assay.references))
    place = pl.concat_str(
        [pl.lit(f"ref:{assay.id}"), *(pl.col(name) for name in on)], separator=":"
    )
    each = (
        references.filter(pl.col("cq").is_not_null())
        .group_by(*on, "target", "key", maintain_order=True)
        .agg(
            quantity=pl.col("quantity").mean(),
            cq=pl.col("cq").mean(),
            loading=-pl.col("loading").mean() / n,
            variance=(pl.col("sd") ** 2).sum() / pl.len() ** 2,
        )
        .sort(*on, "target")
    )
    return (
        each.group_by(on, maintain_order=True)
        .agg(
            pl.len().alias("found"),
            pl.col("quantity").mean().alias("ref_quantity"),
            pl.col("cq").mean().alias("ref_cq"),
            (pl.col("variance").sum().sqrt() / n).alias("ref_sd"),
            pl.struct("key", "loading").alias("ref_shared"),
        )
        .filter(pl.col("found") == n)
        .with_columns(
            ref_shared=pl.concat_list(
                "ref_shared", pl.struct(place.alias("key"), pl.col("ref_sd").alias("loading"))
            )
        )
        .select(*on, "ref_quantity", "ref_cq", "ref_shared")
    )


def _as_quantities(related: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    value = pl.col("quantity") - pl.col("ref_quantity")
    undetected = pl.col("cq").is_null()
    references = ", ".join(assay.references)
    frame = related.sort("plate", "analyte", "target", "well").select(
        pl.lit(assay.id).alias("assay"),
        pl.lit("amount").alias("on"),
        "readout",
        "analyte",
        "plate",
        "well",
        "donor",
        "visit",
        "group",
        *(name for name in SAMPLE if name not in ("donor", "visit")),
        "replicate",
        pl.when(~undetected).then(value).alias("value"),
        pl.when(~undetected | pl.col("one_copy").is_not_null()).then("sd").alias("sd"),
        pl.when(undetected).then(pl.lit("left")).otherwise(pl.lit("none")).alias("censor"),
        pl.lit(None, dtype=pl.Float64).alias("lower"),
        pl.when(undetected).then(value).alias("upper"),
        pl.lit(f"relative to {references}").alias("unit"),
        (pl.col("one_copy") - pl.col("ref_quantity")).alias("one_copy"),
        "one_copy_sd",
        pl.concat_list(pl.struct("key", "loading"), "ref_shared").alias("shared"),
        pl.format("{}, relative to {}", "way", pl.lit(references)).alias("method"),
        "source",
        "sha256",
    )
    return QUANTITIES.complete(frame)
