"""What the quantities of a qPCR assay rest on: one row a target's efficiency, one row for the
reference genes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from exvivo.figures import figures_from
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.references import reference_row
from exvivo.quantify.qpcr.relative import efficiency_key
from exvivo.quantify.qpcr.spread import pooled_spread
from exvivo.quantify.qpcr.watch import watched
from exvivo.study import Qpcr, Study
from exvivo.tables import ASSAYS


def assay_rows(
    reactions: pl.DataFrame,
    logs: pl.DataFrame,
    spread: pl.DataFrame,
    efficiencies: dict[str, Fitted],
    assay: Qpcr,
    *,
    study: Study,
    melted: Mapping[str, dict[str, float]],
) -> pl.DataFrame:
    """ASSAYS of a qPCR assay: each target's efficiency, then the reference genes. `melted`: figures
    of melting by target.
    """
    rows = [
        _efficiency_row(
            fit, reactions.filter(pl.col("target") == target), spread, assay, melted.get(target, {})
        )
        for target, fit in efficiencies.items()
    ]
    rows.append(reference_row(reactions, logs, study, assay))
    return ASSAYS.frame(rows)


def _efficiency_row(
    fit: Fitted, mine: pl.DataFrame, spread: pl.DataFrame, assay: Qpcr, melted: dict[str, float]
) -> dict[str, Any]:
    named = mine["analyte"].drop_nulls()
    replicate_sd, assumed = pooled_spread(spread, fit.target)
    samples = mine.filter(pl.col("role") == "sample")
    figures = {"efficiency": fit.value, "sd": fit.sd, **fit.figures, "replicate_sd": replicate_sd}
    figures |= {"replicate_sd_assumed": float(assumed), **_counts("", samples)}
    figures |= {**_range("sample", samples), **watched(mine, fit), **melted}
    for role in ("ntc", "no_rt"):
        controls = mine.filter(pl.col("role") == role)
        figures |= {
            f"{role}_wells": float(controls.height),
            f"{role}_amplified": float(controls["cq"].count()),
        }
        figures |= {k: v for k, v in _range(role, controls).items() if k.endswith("lowest_cq")}
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "analyte": named[0] if len(named) else fit.target,
        "plate": None,
        "kind": "efficiency",
        "key": efficiency_key(assay, fit.target),
        "method": fit.method,
        "unit": fit.unit,
        "parameters": figures_from({"E": fit.value}),
        "covariance": [fit.sd**2],
        "figures": figures_from(figures),
        "points": _reaction_points(mine, fit),
    }


def _reaction_points(mine: pl.DataFrame, fit: Fitted) -> list[dict[str, object]]:
    """Every reaction of a target with its Cq; standards with their nominal amount (log10) and the
    curve's reading of them.
    """
    points: list[dict[str, object]] = []
    for row in mine.sort("plate", "nominal", "well").iter_rows(named=True):
        standard = row["role"] == "standard" and row["nominal"]
        level, cq = fit.levels.get(row["plate"]), row["cq"]
        read = None if cq is None or level is None else (cq - level) / fit.slope
        points.append(
            {
                "well": f"{row['plate']} {row['well']}",
                "x": math.log10(row["nominal"]) if standard else None,
                "y": cq,
                "fitted": read if standard else None,
                "used": bool(standard and read is not None),
            }
        )
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
