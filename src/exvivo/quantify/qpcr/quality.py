"""What the quantities of a qPCR assay rest on: one row a target's efficiency, one row for the reference genes."""

from __future__ import annotations

import math

import polars as pl

from exvivo.quantify.qpcr.cq import SAMPLE
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.relative import efficiency_key, reference_means
from exvivo.quantify.qpcr.spread import pooled_spread
from exvivo.study import Qpcr
from exvivo.tables import ASSAYS


def assay_rows(
    reactions: pl.DataFrame, logs: pl.DataFrame, spread: pl.DataFrame, efficiencies: dict[str, Fitted], assay: Qpcr,
    *, control: str | None,
) -> pl.DataFrame:  # fmt: skip
    """ASSAYS of a qPCR assay; `control` is the stimulus that stands for unstimulated, if there is one."""
    rows = [
        _efficiency_row(fit, reactions.filter(pl.col("target") == target), spread, assay)
        for target, fit in efficiencies.items()
    ]
    return ASSAYS.frame([*rows, _reference_row(reactions, logs, assay, control)])


def _efficiency_row(fit: Fitted, mine: pl.DataFrame, spread: pl.DataFrame, assay: Qpcr) -> dict[str, object]:
    named = mine["analyte"].drop_nulls()
    replicate_sd, assumed = pooled_spread(spread, fit.target)
    samples = mine.filter(pl.col("role") == "sample")
    figures = {"efficiency": fit.value, "sd": fit.sd, **fit.figures, "replicate_sd": replicate_sd}
    figures |= {"replicate_sd_assumed": float(assumed), **_counts("", samples)}
    figures |= _range("sample", samples)
    for role in ("ntc", "no_rt"):
        controls = mine.filter(pl.col("role") == role)
        figures |= {f"{role}_wells": float(controls.height), f"{role}_amplified": float(controls["cq"].count())}
        figures |= {k: v for k, v in _range(role, controls).items() if k.endswith("lowest_cq")}
    return {
        "assay": assay.id, "readout": assay.readout, "analyte": named[0] if len(named) else fit.target,
        "plate": None, "kind": "efficiency", "key": efficiency_key(assay, fit.target),
        "method": fit.method, "unit": fit.unit, "parameters": _named({"E": fit.value}), "covariance": [fit.sd**2],
        "figures": _named(figures), "points": _reaction_points(mine, fit),
    }  # fmt: skip


def _reaction_points(mine: pl.DataFrame, fit: Fitted) -> list[dict[str, object]]:
    """Every reaction of a target with its Cq; standards with their nominal amount (log10) and the curve's reading of them."""
    points: list[dict[str, object]] = []
    for row in mine.sort("plate", "nominal", "well").iter_rows(named=True):
        standard = row["role"] == "standard" and row["nominal"]
        level, cq = fit.levels.get(row["plate"]), row["cq"]
        read = None if cq is None or level is None else (cq - level) / fit.slope
        points.append(
            {"well": f"{row['plate']} {row['well']}", "x": math.log10(row["nominal"]) if standard else None, "y": cq,
             "fitted": read if standard else None, "used": bool(standard and read is not None)}
        )  # fmt: skip
    return points


def _counts(prefix: str, rows: pl.DataFrame) -> dict[str, float]:
    undetected = float(rows["late"].sum())
    return {
        f"{prefix}wells": float(rows.height),
        f"{prefix}undetected": undetected,
        f"{prefix}unreadable": rows.height - float(rows["cq"].count()) - undetected,
    }


def _range(prefix: str, rows: pl.DataFrame) -> dict[str, float]:
    cq = rows["cq"].drop_nulls().to_list()
    return {f"{prefix}_lowest_cq": min(cq), f"{prefix}_highest_cq": max(cq)} if cq else {}


def _reference_row(
    reactions: pl.DataFrame, logs: pl.DataFrame, assay: Qpcr, control: str | None
) -> dict[str, object]:
    wells = reactions.filter((pl.col("role") == "sample") & pl.col("target").is_in(list(assay.references)))
    targets = reactions.filter((pl.col("role") == "sample") & ~pl.col("target").is_in(list(assay.references)))
    place = ["plate", "sample"]
    cq = (
        wells.group_by(*place, "target", *(n for n in SAMPLE), maintain_order=True)
        .agg(pl.col("cq").mean())
        .sort(*place, "target")
    )
    complete = reference_means(logs.filter(pl.col("target").is_in(list(assay.references))), assay, on=["sample"])
    lacking = targets.select("sample").unique().join(complete, on="sample", how="anti")
    samples = pl.concat([wells.select("sample"), targets.select("sample")]).unique()
    figures = {
        "samples": float(samples.height),
        "samples_without_reference": float(lacking.height),
        "wells_without_reference": float(targets.join(lacking, on="sample", how="semi").height),
        **_counts("reference_", wells),
    }
    means = {}
    for target in assay.references:
        mine = cq.filter((pl.col("target") == target) & pl.col("cq").is_not_null())
        if mine.height:
            means[target] = float(mine["cq"].to_numpy().mean())
        if mine.height > 1:
            figures[f"sd_between_samples:{target}"] = float(mine["cq"].to_numpy().std(ddof=1))
        figures |= _shifts(target, mine, control)
    return {
        "assay": assay.id, "readout": assay.readout, "analyte": ", ".join(assay.references), "plate": None,
        "kind": "reference", "key": None, "unit": "cycles",
        "method": "mean of the reference genes in the same sample (doi 10.1186/gb-2002-3-7-research0034)",
        "parameters": _named(means), "covariance": [], "figures": _named(figures),
        "points": _points(cq, lacking, targets),
    }  # fmt: skip


def _shifts(target: str, cq: pl.DataFrame, control: str | None) -> dict[str, float]:
    """Stimulated minus unstimulated Cq of a reference, paired within a plate and donor's cells, per stimulus."""
    if control is None:
        return {}
    pair = ["plate", "donor", "visit", "cell_type", "culture"]
    base = (
        cq.filter(pl.col("stimulus") == control)
        .group_by(pair, maintain_order=True)
        .agg(pl.col("cq").mean().alias("unstimulated"))
    )
    found = cq.filter(pl.col("stimulus") != control).join(base, on=pair, how="inner", nulls_equal=True)
    figures = {}
    per_donor = (
        found.group_by("stimulus", "donor", maintain_order=True).agg((pl.col("cq") - pl.col("unstimulated")).mean().alias("shift"))
        .sort("stimulus", "donor")
    )  # fmt: skip
    for (stimulus,), rows in per_donor.group_by(["stimulus"], maintain_order=True):
        shift = rows["shift"].to_numpy()
        figures[f"shift_with_{stimulus}:{target}"] = float(shift.mean())
        figures[f"shift_with_{stimulus}_donors:{target}"] = float(shift.size)
        if shift.size > 1:
            figures[f"shift_with_{stimulus}_se:{target}"] = float(shift.std(ddof=1) / math.sqrt(shift.size))
    return figures


def _points(cq: pl.DataFrame, lacking: pl.DataFrame, targets: pl.DataFrame) -> list[dict[str, object]]:
    """Every sample with the Cq of each of its references; `used` is false for samples that lack one."""
    without = set(lacking["sample"])
    rows = [
        {"well": f"{row['plate']} {_words(row)} {row['target']}", "x": None, "y": row["cq"], "fitted": None,
         "used": row["cq"] is not None and row["sample"] not in without}
        for row in cq.iter_rows(named=True)
    ]  # fmt: skip
    absent = targets.join(lacking, on="sample", how="semi").join(cq, on="sample", how="anti")
    rows += [
        {"well": f"{row['plate']} {_words(row)}", "x": None, "y": None, "fitted": None, "used": False}
        for row in absent.unique(["plate", "sample"]).sort("plate", "sample").iter_rows(named=True)
    ]
    return rows


def _words(row: dict[str, object]) -> str:
    return " ".join(str(row[name]) for name in SAMPLE if row[name] is not None)


def _named(numbers: dict[str, float]) -> list[dict[str, object]]:
    return [{"name": name, "value": value} for name, value in numbers.items()]
