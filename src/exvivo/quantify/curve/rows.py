"""Calibration curves as rows of the ASSAYS table, and their shared errors as the QUANTITIES table
wants them.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.curve.calibrate import METHOD, Curves
from exvivo.quantify.curve.logistic import NAMES, dose_of, own_scale, response
from exvivo.quantify.curve.points import levels_of, recovered
from exvivo.quantify.curve.quality import fallen, lack_of_fit
from exvivo.quantify.curve.readings import Reads

Column = Floats | Ints | Bools


def key_of(assay: str, plate: str, analyte: str) -> str:
    """The shared-error key of a curve; its errors are this key with :0 to :4 behind it."""
    return f"curve:{assay}:{plate}:{analyte}"


def shared_errors(
    curves: Curves, which: Ints, reads: Reads, *, assay: str
) -> list[list[dict[str, object]]]:
    """The `shared` column of QUANTITIES: the errors of the curve a well was read from; none where
    it is censored.
    """
    keys = [
        _keys(key_of(assay, *key), free) for key, free in zip(curves.keys, curves.free, strict=True)
    ]
    shared = []
    for curve, censor, loadings in zip(which, reads.censor, reads.loading.tolist(), strict=True):
        own = zip(keys[curve], loadings, strict=False) if censor == "none" else ()
        shared.append([{"key": key, "loading": loading} for key, loading in own])
    return shared


def _keys(prefix: str, free: int) -> list[str]:
    return [f"{prefix}:{i}" for i in range(free)]


def curve_rows(curves: Curves, *, assay: str, readout: str, unit: str) -> list[dict[str, object]]:
    """One ASSAYS row (kind `curve`) for each curve, in the order of `Curves.keys`."""
    own, covariance = own_scale(curves.theta, curves.covariance)
    figures, points = _figures(curves), list(_points(curves))
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
            "figures": figures[i],
            "points": points[i],
        }
        for i, (plate, analyte) in enumerate(curves.keys)
    ]


def _figures(curves: Curves) -> list[list[Figure]]:
    """The figures of each curve; what is not known of it is left out."""
    every = np.ones(len(curves.keys))
    columns: dict[str, Column] = {
        "parameters": curves.free,
        "aicc_4pl": curves.aicc[:, 0],
        "aicc_5pl": curves.aicc[:, 1],
        **_of_levels(curves),
        "misfit": curves.chi2_per_df,
        "lack_of_fit_p": lack_of_fit(curves.points, curves.noise, curves.theta, curves.free),
        "residual_cv": _residual_cv(curves),
        "replicate_cv": curves.noise.cv * every,
        "replicate_s0": curves.noise.s0 * every,
        "replicated_levels": curves.noise.groups * every,
        "preparation_cv": curves.preparation * every,
        "pooled": curves.pooled,
        "hook": fallen(curves.points, curves.noise).sum(axis=1) > 0,
    }
    figures = []
    for i, outliers in enumerate(_outliers(curves)):
        own = {name: float(values[i]) for name, values in columns.items()}
        finite = {name: value for name, value in own.items() if np.isfinite(value)}
        figures.append(figures_from(finite) + outliers)
    return figures


def _of_levels(curves: Curves) -> dict[str, Column]:
    """What the levels of the standards say of each curve (curves,)."""
    limits, points = curves.limits, curves.points
    off = np.abs(recovered(levels_of(points), curves.theta) - 1)
    return {
        "levels": limits.levels,
        "wells": points.count,
        "levels_within_20_percent": (off <= 0.20).sum(axis=1),
        "levels_within_25_percent": (off <= 0.25).sum(axis=1),
        "levels_in_range": limits.in_range,
        "accurate_lower": limits.accurate_lower,
        "accurate_upper": limits.accurate_upper,
        "lower_from_curve": limits.lower_from_curve,
        "upper_from_curve": limits.upper_from_curve,
        "m10_levels_passing": limits.passing,
        "m10_pass": limits.m10,
        "blanks": limits.blanks,
        "lob": limits.lob,
        "lod": limits.lod,
    }


def _residual_cv(curves: Curves) -> Floats:
    """Relative distances of the wells from their curve, root mean square (curves,)."""
    squares = np.square(_relative_distance(curves)).sum(axis=1)
    df = np.maximum(curves.points.count - curves.free, 1)
    return np.asarray(np.sqrt(squares / df))


def _relative_distance(curves: Curves) -> Floats:
    points, mean = curves.points, response(curves.theta, curves.points.dose)
    off = (points.reading - mean) / np.where(mean == 0, np.inf, mean)
    return off * points.there


def _outliers(curves: Curves) -> Iterator[list[Figure]]:
    """Of each curve the standards that are probably off."""
    marked = curves.outliers
    for i, wells in enumerate(curves.points.wells):
        at = np.flatnonzero(marked[i])
        yield [figure("outlier", curves.residual[i, j], of=wells[j]) for j in at]


def _points(curves: Curves) -> Iterator[list[dict[str, object]]]:
    """Every standard with the dose its own reading gives; empty where the reading lies beyond the
    asymptotes.
    """
    points = curves.points
    back = np.exp(dose_of(curves.theta, points.reading)).tolist()
    for wells, *own in zip(
        points.wells, points.dose.tolist(), points.reading.tolist(), back, strict=True
    ):
        yield [
            {
                "well": well,
                "x": x,
                "y": y,
                "fitted": x_back if isfinite(x_back) else None,
                "used": True,
            }
            for well, x, y, x_back in zip(wells, *own, strict=False)
        ]
