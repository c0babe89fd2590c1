"""Calibration curves as rows of the ASSAYS table, and their shared errors as the QUANTITIES table wants them."""

from __future__ import annotations

import numpy as np

from exvivo.quantify.curve.calibrate import METHOD, Curves, Reads, hook_suspected, own_scale, recovered
from exvivo.quantify.curve.logistic import NAMES, dose_of, response


def key_of(assay: str, plate: str, analyte: str) -> str:
    """The shared-error key of a curve; its errors are this key with :0 to :4 behind it."""
    return f"curve:{assay}:{plate}:{analyte}"


def shared_errors(curves: Curves, which: np.ndarray, reads: Reads, *, assay: str) -> list[list[dict[str, object]]]:
    """The `shared` column of QUANTITIES: the errors of the curve a well was read from; none where it is censored."""
    prefixes = [key_of(assay, *key) for key in curves.keys]
    return [
        [{"key": f"{prefixes[c]}:{i}", "loading": float(row[i])} for i in range(curves.free[c])]
        if kind == "none"
        else []
        for c, kind, row in zip(which, reads.censor, reads.loading, strict=True)
    ]


def curve_rows(curves: Curves, *, assay: str, readout: str, unit: str) -> list[dict[str, object]]:
    """One ASSAYS row (kind `curve`) for each curve, in the order of `Curves.keys`."""
    own, covariance = own_scale(curves.theta, curves.covariance)
    return [
        {
            "assay": assay,
            "readout": readout,
            "analyte": analyte,
            "plate": plate,
            "kind": "curve",
            "key": key_of(assay, plate, analyte),
            "method": METHOD,
            "unit": unit,
            "parameters": [{"name": n, "value": float(v)} for n, v in zip(NAMES, own[i], strict=True)],
            "covariance": covariance[i].ravel().tolist(),
            "lower": float(curves.lower[i]),
            "upper": float(curves.upper[i]),
            "figures": figures,
            "points": points,
        }
        for i, ((plate, analyte), figures, points) in enumerate(
            zip(curves.keys, _figures(curves), _points(curves), strict=True)
        )
    ]


def _figures(curves: Curves) -> list[list[dict[str, object]]]:
    points = curves.points
    dose, ratio = recovered(points, curves.theta)
    levels, within20, within25 = (
        a.sum(axis=1) for a in (np.isfinite(dose), np.abs(ratio - 1) <= 0.2, np.abs(ratio - 1) <= 0.25)
    )
    mean = response(curves.theta, points.dose)
    relative = np.where(points.there, (points.reading - mean) / mean, 0.0)
    spread = np.sqrt(np.square(relative).sum(axis=1) / np.maximum(points.there.sum(axis=1) - curves.free, 1))
    columns = {
        "parameters": curves.free,
        "aicc_4pl": curves.aicc[:, 0],
        "aicc_5pl": curves.aicc[:, 1],
        "levels": levels,
        "wells": points.there.sum(axis=1),
        "levels_within_20_percent": within20,
        "levels_within_25_percent": within25,
        "lod": curves.lod,
        "misfit": curves.misfit,
        "residual_cv": spread,
        "replicate_cv": np.full(len(levels), curves.noise.cv),
        "replicate_s0": np.full(len(levels), curves.noise.s0),
        "replicated_levels": np.full(len(levels), curves.noise.groups),
        "hook": hook_suspected(curves),
    }
    return [
        [{"name": name, "value": float(v[i])} for name, v in columns.items() if np.isfinite(v[i])]
        for i in range(len(curves.keys))
    ]


def _points(curves: Curves) -> list[list[dict[str, object]]]:
    """Every standard with the dose its own reading gives; empty where the reading lies beyond the asymptotes."""
    points = curves.points
    back = np.exp(dose_of(curves.theta, points.reading))
    return [
        [
            {
                "well": well,
                "x": float(points.dose[i, j]),
                "y": float(points.reading[i, j]),
                "fitted": float(back[i, j]) if np.isfinite(back[i, j]) else None,
                "used": True,
            }
            for j, well in enumerate(wells)
        ]
        for i, wells in enumerate(points.wells)
    ]
