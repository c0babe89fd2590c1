"""Cq to quantities relative to the reference genes, each with the errors it shares with others.

For a target with Cq C and efficiency E in a sample diluted d-fold, log2 quantity = log2 d - C log2
E. Its derivative by E, -C / (E ln 2), is the loading of the error of E. The value is that quantity
minus its mean over the reference genes (Pfaffl 2001, doi 10.1093/nar/29.9.e45; several references:
Vandesompele 2002, doi 10.1186/gb-2002-3-7-research0034; errors along the way: Hellemans 2007, doi
10.1186/gb-2007-8-2-r19).

Efficiencies read from curves also share one error (`E:assay`, see `pooled`): it moves a target and
its references alike, so only the difference of their Cq carries it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from exvivo.quantify.qpcr.controls import with_reference_errors, with_shared_error
from exvivo.quantify.qpcr.cq import WAYS
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.levels import gene_levels, instability
from exvivo.quantify.qpcr.spread import VARIANCE_OF_MEAN
from exvivo.study import Qpcr
from exvivo.tables import QUANTITIES

_SCOPES = {"well": ["plate", "well"], "plate": ["plate", "sample"], "assay": ["sample"]}
"""Where the references of a target well are looked for, nearest first: its own well, its sample on
its plate, its sample.
"""
_PER_CYCLE = {
    "target": pl.String,
    "log2_e": pl.Float64,
    "own_sd": pl.Float64,
    "common_sd": pl.Float64,
    "key": pl.String,
}
"""What a cycle of a target is worth in log2, with the standard deviations of its own error and of
the one it shares with other targets, and the key of its own.
"""


def efficiency_key(assay: Qpcr, target: str) -> str:
    """The key of the error that all wells of a target share."""
    return f"E:{assay.id}:{target}"


def log_quantities(
    reactions: pl.DataFrame, spread: pl.DataFrame, efficiencies: dict[str, Fitted], assay: Qpcr
) -> pl.DataFrame:
    """The reactions of samples and calibrators with `quantity` (log2, of Cq or bound), its `sd`,
    the efficiency's `key` and `loading`, and the loading of the error common to targets (`common`).

    One row a sample reaction that has a Cq or is `late`; with a Cq the quantity is a value, else an
    upper bound.
    """
    cycles = pl.DataFrame(
        [_per_cycle(fit, assay) for fit in efficiencies.values()], schema=_PER_CYCLE, orient="row"
    )
    used = pl.col("role").is_in(["sample", "calibrator"])
    rows = reactions.filter(used & (pl.col("cq").is_not_null() | pl.col("late")))
    well_sd = spread.select("plate", "target", "sd_cq")
    cycle, log2_e = pl.coalesce("cq", "bound"), pl.col("log2_e")
    return (
        rows.join(cycles, on="target", how="left")
        .join(well_sd, on=["plate", "target"], how="left")
        .with_columns(
            quantity=pl.col("dilution").log(2) - cycle * log2_e,
            sd=(pl.col("sd_cq") ** 2 + pl.col("counting").fill_null(0.0)).sqrt() * log2_e,
            one_copy=pl.col("dilution").log(2) - pl.col("one_copy") * log2_e,
            one_copy_sd=pl.col("one_copy_sd") * log2_e,
            run_end=pl.col("dilution").log(2) - pl.col("run_end") * log2_e,
            loading=-cycle * pl.col("own_sd"),
            common=-cycle * pl.col("common_sd"),
        )
    )


def _per_cycle(fit: Fitted, assay: Qpcr) -> tuple[str, float, float, float, str]:
    own, key = math.sqrt(fit.sd**2 - fit.common**2), efficiency_key(assay, fit.target)
    in_log2 = 1 / (fit.value * math.log(2))
    return fit.target, math.log2(fit.value), own * in_log2, fit.common * in_log2, key


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
    references = logs.filter(is_reference)
    related = _related(logs.filter(~is_reference).drop_nulls("analyte"), references, assay)
    with_instability = _with_instability(_with_common(related, assay), references, assay)
    with_offsets = _with_offsets(with_instability, references, assay)
    return _as_quantities(with_shared_error(with_offsets), assay)


def _related(targets: pl.DataFrame, references: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """The target wells with the mean of their references, each from the nearest scope that has all
    of them.
    """
    related = []
    for scope, on in _SCOPES.items():
        means = reference_means(references, assay, on=on)
        related.append(targets.join(means, on=on, how="inner"))
        targets = targets.join(means, on=on, how="anti")
        if scope == "well" and targets.is_empty():
            break
    return pl.concat(related)


def _error(name: str, columns: Sequence[str], loading: pl.Expr) -> pl.Expr:
    """A shared error whose key is a name and the values of columns."""
    key = pl.concat_str([pl.lit(name), *map(pl.col, columns)], separator=":")
    return pl.struct(key=key, loading=loading)


def _with_common(related: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """The error that the efficiencies of a target and its references have in common."""
    loading = pl.col("common") - pl.col("ref_common")
    error = pl.struct(key=pl.lit(f"E:{assay.id}"), loading=loading)
    with_error = pl.when(loading != 0).then(pl.concat_list("ref_shared", error))
    return related.with_columns(ref_shared=with_error.otherwise("ref_shared"))


def _with_offsets(related: pl.DataFrame, references: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """The error of the plate offsets taken off a target and its references, shared by the wells of
    target and plate.
    """
    by_gene = references.unique(["plate", "target"], keep="first", maintain_order=True)
    of_references = by_gene.group_by("plate", maintain_order=True).agg(
        reference_sd=(pl.col("offset_sd") ** 2).sum().sqrt() / len(set(assay.references))
    )
    of_reference = pl.col("reference_sd").fill_null(0.0)
    loading = (pl.col("offset_sd") ** 2 + of_reference**2).sqrt()
    error = _error(f"offset:{assay.id}", ["plate", "target"], loading)
    with_error = pl.when(loading > 0).then(pl.concat_list("ref_shared", error))
    return related.join(of_references, on="plate", how="left", maintain_order="left").with_columns(
        ref_shared=with_error.otherwise("ref_shared")
    )


def _with_instability(related: pl.DataFrame, references: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    genes = sorted(set(assay.references))
    sd, _ = instability(gene_levels(references, genes), genes=len(genes))
    if not sd:
        return related
    error = _error(f"genes:{assay.id}", ["sample"], pl.lit(sd))
    return related.with_columns(ref_shared=pl.concat_list("ref_shared", error))


def reference_means(references: pl.DataFrame, assay: Qpcr, *, on: list[str]) -> pl.DataFrame:
    """The mean over the references of each well or sample (`on`) that has all of them detected.

    `ref_quantity` (log2), and `ref_shared`: each reference's efficiency, the error of this mean
    itself, and those of controls, signed as they enter a target's value. Replicates in which a
    reference failed do not enter.
    """
    n = len(set(assay.references))
    of_mean = _error(f"ref:{assay.id}", on, pl.col("ref_sd"))
    means = (
        _gene_means(references, on)
        .group_by(on, maintain_order=True)
        .agg(
            pl.len().alias("genes"),
            pl.col("quantity").mean().alias("ref_quantity"),
            pl.col("common").mean().alias("ref_common"),
            (pl.col("variance").sum().sqrt() / n).alias("ref_sd"),
            pl.struct("key", -pl.col("loading") / n).alias("ref_shared"),
        )
        .filter(genes=n)
        .select(*on, "ref_quantity", "ref_common", ref_shared=pl.concat_list("ref_shared", of_mean))
    )
    return with_reference_errors(means, references, n, on=on)


def _gene_means(references: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """The mean of each reference over its wells with a Cq, by what `on` names."""
    return (
        references.drop_nulls("cq")
        .group_by(*on, "target", "key", maintain_order=True)
        .agg(pl.col("quantity", "loading", "common").mean(), variance=VARIANCE_OF_MEAN)
        .sort(*on, "target")
    )


def _as_quantities(related: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    detected = pl.col("cq").is_not_null()
    value = pl.col("quantity") - pl.col("ref_quantity")
    relative_to = f"relative to {', '.join(assay.references)}"
    words = pl.col("way").replace_strict(WAYS, return_dtype=pl.String)
    frame = related.sort("plate", "analyte", "target", "well").with_columns(
        assay=pl.lit(assay.id),
        on=pl.lit("amount"),
        value=pl.when(detected).then(value),
        sd=pl.when(detected | pl.col("one_copy").is_not_null()).then("sd"),
        censor=pl.when(detected).then(pl.lit("none")).otherwise(pl.lit("left")),
        upper=pl.when(~detected).then(value),
        unit=pl.lit(relative_to),
        one_copy=pl.col("one_copy") - pl.col("ref_quantity"),
        run_end=pl.col("run_end") - pl.col("ref_quantity"),
        shared=pl.concat_list(pl.struct("key", "loading"), "ref_shared"),
        method=words + pl.lit(f", {relative_to}"),
    )
    return QUANTITIES.complete(frame)
