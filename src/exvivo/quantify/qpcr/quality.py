"""What the quantities of a qPCR assay rest on: one row a target's efficiency, one row for the
reference genes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from exvivo.figures import figures_from
from exvivo.quantify.qpcr.controls import control_figures
from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.quantify.qpcr.references import reference_row
from exvivo.quantify.qpcr.relative import efficiency_key
from exvivo.quantify.qpcr.spread import pooled_spread
from exvivo.quantify.qpcr.watch import counts, watched
from exvivo.study import Qpcr, Study
from exvivo.tables import ASSAYS

_COUNTED = ("wells", "undetected", "unreadable")


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
    rows = []
    for target, fit in efficiencies.items():
        of_target = reactions.filter(target=target)
        figures = {
            **_own_figures(fit, of_target, spread),
            **watched(of_target, fit),
            **melted.get(target, {}),
            **_controls(of_target, "ntc"),
            **_controls(of_target, "no_rt"),
        }
        rows.append(_efficiency_row(fit, of_target, assay, figures))
    rows.append(reference_row(reactions, logs, study, assay))
    return ASSAYS.frame(rows)


def _efficiency_row(
    fit: Fitted, reactions: pl.DataFrame, assay: Qpcr, figures: dict[str, float]
) -> dict[str, Any]:
    analytes = reactions["analyte"].drop_nulls()
    ordered = reactions.sort("plate", "nominal", "well")
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "analyte": analytes[0] if len(analytes) else fit.target,
        "kind": "efficiency",
        "key": efficiency_key(assay, fit.target),
        "method": fit.method,
        "unit": fit.unit,
        "parameters": figures_from({"E": fit.value}),
        "covariance": [fit.sd**2],
        "figures": figures_from(figures),
        "points": [_point(row, fit) for row in ordered.iter_rows(named=True)],
    }


def _point(row: dict[str, Any], fit: Fitted) -> dict[str, object]:
    """A reaction with its Cq; a standard with its nominal amount (log10) and the curve's reading of
    it.
    """
    cq, level = row["cq"], fit.levels.get(row["plate"])
    standard = row["role"] == "standard" and row["nominal"]
    read = standard and cq is not None and level is not None
    return {
        "well": f"{row['plate']} {row['well']}",
        "x": math.log10(row["nominal"]) if standard else None,
        "y": cq,
        "fitted": (cq - level) / fit.slope if read else None,
        "used": bool(read),
    }


def _own_figures(fit: Fitted, reactions: pl.DataFrame, spread: pl.DataFrame) -> dict[str, float]:
    """The efficiency, the scatter of replicates, and what became of the samples."""
    replicate_sd, assumed = pooled_spread(spread, fit.target)
    samples = reactions.filter(role="sample")
    return {
        "efficiency": fit.value,
        "sd": fit.sd,
        **fit.figures,
        "replicate_sd": replicate_sd,
        "replicate_sd_assumed": assumed,
        **counts(_COUNTED, samples),
        **_extremes("sample", samples),
    }


def _controls(reactions: pl.DataFrame, role: Literal["ntc", "no_rt"]) -> dict[str, float]:
    controls = reactions.filter(role=role)
    extremes = _extremes(role, controls)
    extremes.pop(f"{role}_highest_cq", None)
    wells, amplified = controls.height, controls["cq"].count()
    near = control_figures(reactions, role)
    return {f"{role}_wells": wells, f"{role}_amplified": amplified, **extremes, **near}


def _extremes(prefix: str, rows: pl.DataFrame) -> dict[str, float]:
    cq = rows["cq"].drop_nulls().to_list()
    return {f"{prefix}_lowest_cq": min(cq), f"{prefix}_highest_cq": max(cq)} if cq else {}
