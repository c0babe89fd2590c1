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
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat
from exvivo.study import Study

DONORS_EACH = 10
"""Donors that each covariate column takes."""
_COLLINEAR = 1e-9
"""The share of a column's spread below which the others tell it."""
NO_BEST_ESTIMATE = Caveat("no_best_estimate")


@dataclass(frozen=True)
class Columns:
    """The covariates of some donors: `known` says who has all of them, `values` (known donors,
    columns) is centred.
    """

    known: Bools
    values: Floats
    names: tuple[str, ...]
    trouble: Caveat | None = None


@dataclass(frozen=True)
class Fit:
    """One coefficient of a fit: its estimate with interval and p value, its standard error, t value
    and degrees of freedom.
    """

    estimate: Estimate
    error: float
    t: float
    df: float

    @property
    def slope(self) -> float:
        """The estimate itself."""
        return self.estimate.estimate or 0.0


def no_columns(known: Bools, donors: int) -> Columns:
    """No covariates."""
    return Columns(known, np.empty((donors, 0)), ())


def columns_of(sample: Sample, names: tuple[str, ...], study: Study) -> Columns:
    """The named columns of donors.csv for the donors of a sample; `trouble` where they cannot
    serve.
    """
    donors = pl.DataFrame({"donor": list(sample.donors)}, schema={"donor": pl.String})
    table = donors.join(study.donors, on="donor", how="left", maintain_order="left")
    words = [_plain(table[name]) for name in names]
    known = np.ones(table.height, np.bool_)
    for column in words:
        known &= (column != "").to_numpy()
    complete = [column.filter(pl.Series(known)) for column in words]
    coded = [
        labelled
        for name, column in zip(names, complete, strict=True)
        for labelled in _coded(name, column.to_list())
    ]
    labels = tuple(label for label, _ in coded)
    n = int(known.sum())
    values = np.stack([numbers for _, numbers in coded], axis=1) if coded else np.empty((n, 0))
    values = values - values.mean(axis=0) if len(values) else values
    constant = tuple(column.name for column in complete if column.n_unique() < 2)
    return Columns(known, values, labels, _trouble(labels, constant, n))


def _trouble(labels: tuple[str, ...], constant: tuple[str, ...], donors: int) -> Caveat | None:
    """More columns than the donors bear, or columns that are the same for all of them."""
    most = donors // DONORS_EACH
    if len(labels) > most:
        return Caveat("many_covariates", {"columns": labels, "donors": donors, "most": most})
    return Caveat("constant_covariates", {"columns": constant}) if constant and donors else None


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


def residuals(values: Floats, columns: Floats) -> Floats:
    """What is left of values (n,) after least squares on a constant and columns (n, k)."""
    design = np.column_stack([np.ones(len(values)), columns])
    return np.asarray(values - design @ np.linalg.lstsq(design, values, rcond=None)[0])


def separates(asked: Floats, others: Floats) -> bool:
    """Whether the other columns tell the asked one: then nothing can be said of it with them
    held.
    """
    rest = residuals(asked, others)
    spread = float(np.square(asked - asked.mean()).sum())
    return bool(rest @ rest <= _COLLINEAR * max(spread, 1e-300))


def coefficient(y: Floats, asked: Floats, others: Floats, *, alpha: float) -> Fit:
    """The coefficient of `asked` in least squares of y on it, a constant and `others` (donors,
    columns).

    By the theorem of Frisch, Waugh and Lovell it is that of the residuals of y on those of `asked`,
    both after the others.
    """
    df = len(y) - others.shape[1] - 2
    y, asked = residuals(y, others), residuals(asked, others)
    weight = float(asked @ asked)
    slope = float(asked @ y) / weight
    rest = y - slope * asked
    error = (float(rest @ rest) / df / weight) ** 0.5
    t = slope / error if error > 0 else float("inf")
    return Fit(_student(slope, error, df, alpha), error, t, df)


def _student(slope: float, error: float, df: float, alpha: float) -> Estimate:
    """Student's interval and p value of a coefficient with its standard error."""
    from scipy.special import stdtr, stdtrit

    half_width = float(stdtrit(df, 1 - alpha / 2)) * error
    t = abs(slope) / error if error > 0 else float("inf")
    p = 2 * float(stdtr(df, -t))
    return Estimate(slope, slope - half_width, slope + half_width, p)


def bounded_coefficient(
    lower: Floats, upper: Floats, asked: Floats, others: Floats, *, alpha: float
) -> Fit:
    """The same where some results lie between bounds: normal regression by maximum likelihood (doi
    10.2307/1907382).

    Its standard error is widened by the degrees of freedom that the coefficients took, and
    Student's t gives the interval; with a dozen donors maximum likelihood alone covers 93 % where
    it says 95. Raises NotEstimable where the likelihood has no maximum.
    """
    design = np.column_stack([np.ones(len(lower)), others, asked])
    columns = design.shape[1]
    if np.linalg.matrix_rank(design) < columns:
        raise NotEstimable(NO_BEST_ESTIMATE)
    regression = tobit(lower, upper, design)
    df = len(lower) - columns
    slope, error = float(regression.coefficients[-1]), float(regression.errors[columns - 1])
    error *= (len(lower) / df) ** 0.5
    if not regression.converged or not np.isfinite(error) or error <= 0:
        raise NotEstimable(NO_BEST_ESTIMATE)
    return Fit(_student(slope, error, df, alpha), error, slope / error, df)


def widened(fit: Fit, shared: float, *, alpha: float) -> Fit:
    """The fit with the variance of errors that donors share added to its own; that variance is
    taken as known, so the interval's degrees of freedom grow as Welch and Satterthwaite combine
    them.
    """
    if shared <= 0 or fit.estimate.estimate is None or fit.error <= 0:
        return fit
    error = (fit.error**2 + shared) ** 0.5
    df = fit.df * (error / fit.error) ** 4
    return Fit(_student(fit.slope, error, df, alpha), error, fit.slope / error, fit.df)


def robustness(fit: Fit, *, alpha: float | None = None) -> float:
    """How much of what is left of both sides an unmeasured confounder must explain to take the
    estimate to nothing.

    A share (partial R²) between 0 and 1; with `alpha`, to take the interval to nothing. Cinelli and
    Hazlett 2020, doi 10.1111/rssb.12348, eq. 15 and 19.
    """
    from scipy.special import stdtrit

    f = abs(fit.t) / fit.df**0.5
    if alpha is not None:
        f -= float(stdtrit(fit.df - 1, 1 - alpha / 2)) / (fit.df - 1) ** 0.5
    if f <= 0:
        return 0.0
    return float(0.5 * ((f**4 + 4 * f**2) ** 0.5 - f**2))
