"""What donors.csv says of the donors, as the columns of a regression; and least squares with what
one needs of it.

A column whose words are all numbers is a number; any other is a kind, with a column for each word
but the first. Donors of whom it says nothing take no part, and are counted. At most one column for
every ten donors is let in: more would fit noise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.sample import Sample
from exvivo.study import Study

DONORS_EACH = 10
"""Donors that each covariate column takes."""
_COLLINEAR = 1e-9


@dataclass(frozen=True)
class Columns:
    """The covariates of some donors: `known` says who has all of them, `values` (known donors,
    columns) is centred.
    """

    known: Bools
    values: Floats
    names: tuple[str, ...]
    trouble: str = ""


@dataclass(frozen=True)
class Fit:
    """One coefficient of a least-squares fit: its estimate with interval and p, its t value and the
    degrees of freedom.
    """

    found: Estimate
    error: float
    t: float
    freedom: int


def columns_of(sample: Sample, names: tuple[str, ...], study: Study) -> Columns:
    """The named columns of donors.csv for the donors of a sample; `trouble` where they cannot
    serve.
    """
    table = pl.DataFrame({"donor": list(sample.donors)}, schema={"donor": pl.String}).join(
        study.donors, on="donor", how="left", maintain_order="left"
    )
    said = [_plain(table[name]) for name in names]
    known = (
        np.all([(column != "").to_numpy() for column in said], axis=0)
        if said
        else np.ones(table.height, np.bool_)
    )
    parts: list[Floats] = []
    labels: list[str] = []
    for name, column in zip(names, said, strict=True):
        for label, values in _coded(name, column.filter(pl.Series(known)).to_list()):
            parts.append(values)
            labels.append(label)
    values = np.stack(parts, axis=1) if parts else np.empty((int(known.sum()), 0))
    values = values - values.mean(axis=0) if len(values) else values
    most = int(known.sum()) // DONORS_EACH
    alike = [
        name
        for name, column in zip(names, said, strict=True)
        if column.filter(pl.Series(known)).n_unique() < 2
    ]
    trouble = f"{', '.join(alike)} is the same for every donor" if alike and known.any() else ""
    if len(labels) > most:
        trouble = (
            f"{len(labels)} covariate columns ({', '.join(labels)}) for {int(known.sum())} donors; at most {most} can be "
            "adjusted for (one for every ten)"
        )
    return Columns(known, values, tuple(labels), trouble)


_UNKNOWN = ("", "na", "n/a", "nan", "none", "unknown", "inf", "-inf", "?", "-")
_COMMA = re.compile(r"[+-]?\d+,\d+")


def _plain(column: pl.Series) -> pl.Series:
    """The words of a column; empty where a word says that it is not known, a decimal comma as a
    point.
    """
    words = [str(word or "").strip() for word in column.to_list()]
    known = ["" if word.casefold() in _UNKNOWN else word for word in words]
    commas = all(
        _COMMA.fullmatch(word) or re.fullmatch(r"[+-]?\d+", word) for word in known if word
    )
    return pl.Series(
        column.name, [word.replace(",", ".") if commas else word for word in known], dtype=pl.String
    )


def _coded(name: str, words: list[str]) -> list[tuple[str, Floats]]:
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError:
        kinds = sorted(set(words))
        return [
            (f"{name}: {kind}", np.array([float(word == kind) for word in words]))
            for kind in kinds[1:]
        ]
    return [(name, numbers)]


def separates(asked: Floats, others: Floats) -> bool:
    """Whether the other columns tell the asked one: then nothing can be said of it with them
    held.
    """
    design = np.column_stack([np.ones(len(asked)), others])
    rest = asked - design @ np.linalg.lstsq(design, asked, rcond=None)[0]
    return bool(
        rest @ rest <= _COLLINEAR * max(float(np.square(asked - asked.mean()).sum()), 1e-300)
    )


def coefficient(y: Floats, asked: Floats, others: Floats, *, alpha: float) -> Fit:
    """The coefficient of `asked` in least squares of y on it, a constant and `others` (donors,
    columns).
    """
    from scipy.special import stdtr, stdtrit

    design = np.column_stack([np.ones(len(y)), others])
    y, asked = (v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (y, asked))
    freedom = len(y) - design.shape[1] - 1
    weight = float(asked @ asked)
    estimate = float(asked @ y) / weight
    rest = y - estimate * asked
    error = (float(rest @ rest) / freedom / weight) ** 0.5
    reach = float(stdtrit(freedom, 1 - alpha / 2)) * error
    t = estimate / error if error > 0 else float("inf")
    p = 2 * float(stdtr(freedom, -abs(t)))
    return Fit(Estimate(estimate, estimate - reach, estimate + reach, p), error, t, freedom)


def bounded_coefficient(
    lower: Floats, upper: Floats, asked: Floats, others: Floats, *, alpha: float
) -> Fit | None:
    """The same where some results lie between bounds: normal regression by maximum likelihood (doi
    10.2307/1907382).

    Its standard error is widened by the degrees of freedom that the coefficients took, and
    Student's t gives the interval; with a dozen donors maximum likelihood alone covers 93 % where
    it says 95. None where the likelihood has no maximum.
    """
    from scipy.special import stdtr, stdtrit

    design = np.column_stack([np.ones(len(lower)), others, asked])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    found = tobit(lower, upper, design)
    freedom = len(lower) - design.shape[1]
    estimate, error = float(found.coefficients[-1]), float(found.errors[design.shape[1] - 1])
    error *= (len(lower) / freedom) ** 0.5
    if not found.converged or not np.isfinite(error) or error <= 0:
        return None
    reach = float(stdtrit(freedom, 1 - alpha / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(estimate) / error))
    return Fit(
        Estimate(estimate, estimate - reach, estimate + reach, p), error, estimate / error, freedom
    )


def widened(fit: Fit, shared: float, *, alpha: float) -> Fit:
    """The fit with the variance of errors that donors share added to its own; that variance is
    taken as known.
    """
    from scipy.special import stdtr, stdtrit

    if shared <= 0 or fit.found.estimate is None or fit.error <= 0:
        return fit
    error = (fit.error**2 + shared) ** 0.5
    freedom = fit.freedom * (error / fit.error) ** 4
    estimate, reach = fit.found.estimate, float(stdtrit(freedom, 1 - alpha / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(estimate) / error))
    return Fit(
        Estimate(estimate, estimate - reach, estimate + reach, p),
        error,
        estimate / error,
        fit.freedom,
    )


def robustness(fit: Fit, *, alpha: float | None = None) -> float:
    """How much of what is left of both sides an unmeasured confounder must explain to take the
    estimate to nothing.

    A share (partial R²) between 0 and 1; with `alpha`, to take the interval to nothing. Cinelli and
    Hazlett 2020, doi 10.1111/rssb.12348, eq. 15 and 19.
    """
    from scipy.special import stdtrit

    f = abs(fit.t) / fit.freedom**0.5
    if alpha is not None:
        f -= float(stdtrit(fit.freedom - 1, 1 - alpha / 2)) / (fit.freedom - 1) ** 0.5
    if f <= 0:
        return 0.0
    return float(0.5 * ((f**4 + 4 * f**2) ** 0.5 - f**2))
