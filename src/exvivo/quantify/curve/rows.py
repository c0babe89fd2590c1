"""Calibration curves as rows of the ASSAYS table, and their shared errors as the QUANTITIES table
wants them.
"""

from __future__ import annotations

import numpy as np

from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.curve.calibrate import METHOD, Curves
from exvivo.quantify.curve.logistic import NAMES, dose_of, own_scale, response
from exvivo.quantify.curve.points import levels_of, recovered
from exvivo.quantify.curve.quality import OUTLIER, hook_suspected, lack_of_fit
from exvivo.quantify.curve.readings import Reads


def key_of(assay: str, plate: str, analyte: str) -> str:
    """The shared-error key of a curve; its errors are this key with :0 to :4 behind it."""
    return f"curve:{assay}:{plate}:{analyte}"


def shared_errors(
    curves: Curves, which: np.ndarray, reads: Reads, *, assay: str
) -> list[list[dict[str, object]]]:
    """The `shared` column of QUANTITIES: the errors of the curve a well was read from; none where
    it is censored.
    """
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
            "parameters": figures_from(dict(zip(NAMES, own[i], strict=True))),
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


def _figures(curves: Curves) -> list[list[Figure]]:
    points, limits, noise = curves.points, curves.limits, curves.noise
    ratio = recovered(levels_of(points), curves.theta)
    within20, within25 = ((np.abs(ratio - 1) <= bar).sum(axis=1) for bar in (0.20, 0.25))
    mean = response(curves.theta, points.dose)
    relative = np.where(
        points.there, (points.reading - mean) / np.where(mean == 0, np.inf, mean), 0.0
    )
    spread = np.sqrt(
        np.square(relative).sum(axis=1) / np.maximum(points.there.sum(axis=1) - curves.free, 1)
    )
    one = np.ones(len(curves.keys))
    columns = {
        "parameters": curves.free,
        "aicc_4pl": curves.aicc[:, 0],
        "aicc_5pl": curves.aicc[:, 1],
        "levels": limits.levels,
        "wells": points.there.sum(axis=1),
        "levels_within_20_percent": within20,
        "levels_within_25_percent": within25,
        "levels_in_range": limits.in_range,
        "m10_levels_passing": limits.passing,
        "m10_pass": limits.m10,
        "blanks": limits.blanks,
        "lob": limits.lob,
        "lod": limits.lod,
        "misfit": curves.misfit,
        "lack_of_fit_p": lack_of_fit(points, noise, curves.theta, curves.free),
        "residual_cv": spread,
        "replicate_cv": noise.cv * one,
        "replicate_s0": noise.s0 * one,
        "replicated_levels": noise.groups * one,
        "preparation_cv": curves.preparation * one,
        "pooled": curves.pooled,
        "hook": hook_suspected(points, noise),
    }
    marked = _outliers(curves)
    return [
        figures_from({name: v[i] for name, v in columns.items() if np.isfinite(v[i])}) + marked[i]
        for i in range(len(curves.keys))
    ]


def _outliers(curves: Curves) -> list[list[Figure]]:
    """Standards farther than `OUTLIER` sd from their curve, as `outlier` of the well; LLOQ and
    ULOQ, which hold the range, are not marked.
    """
    points = curves.points
    held = (points.dose == curves.lower[:, None]) | (points.dose == curves.upper[:, None])
    far = np.abs(np.nan_to_num(curves.residual)) > OUTLIER
    return [
        [
            figure("outlier", curves.residual[i, j], of=wells[j])
            for j in np.flatnonzero(far[i] & ~held[i])
        ]
        for i, wells in enumerate(points.wells)
    ]


def _points(curves: Curves) -> list[list[dict[str, object]]]:
    """Every standard with the dose its own reading gives; empty where the reading lies beyond the
    asymptotes.
    """
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
