"""What donors.csv says of the donors, as the columns of a regression; and least squares with what
one needs of it.

A column whose words are all numbers is a number; any other is a kind, with a column for each word
but the first. Donors of whom it says nothing take no part, and are counted. At most one column for
every ten donors is let in: more would fit noise.

The model of n donors, with the covariates Z (n, k) and the asked column a (n,):

    y = β a + Z γ + c + ε,  ε ~ N(0, σ²)

β by ordinary least squares, or by maximum likelihood where some y lie between bounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.intervals import critical_t, student
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
    """The covariates of some donors: `complete` says who has all of them, `values` (complete
    donors, columns) is centred.
    """

    complete: Bools
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


def no_columns(complete: Bools, donors: int) -> Columns:
    """No covariates."""
    return Columns(complete, np.empty((donors, 0)), ())


def columns_of(sample: Sample, names: tuple[str, ...], study: Study) -> Columns:
    """The named columns of donors.csv for the donors of a sample; `trouble` where they cannot
    serve.
    """
    donors = pl.DataFrame({"donor": list(sample.donors)}, schema={"donor": pl.String})
    table = donors.join(study.donors, on="donor", how="left", maintain_order="left")
    words = [_plain(table[name]) for name in names]
    complete = np.ones(table.height, np.bool_)
    for column in words:
        complete &= (column != "").to_numpy()
    return _regressors(complete, [column.filter(pl.Series(complete)) for column in words])


def _regressors(complete: Bools, words: list[pl.Series]) -> Columns:
    """The words of the complete donors as centred columns of numbers."""
    donors = int(complete.sum())
    coded: list[tuple[str, Floats]] = []
    for column in words:
        coded += _coded(column.name, column.to_list())
    values = np.empty((donors, 0))
    if coded:
        values = np.stack([numbers for _, numbers in coded], axis=1)
    centred = values - values.mean(axis=0) if donors else values
    labels = tuple(label for label, _ in coded)
    constant = tuple(column.name for column in words if column.n_unique() < 2)
    return Columns(complete, centred, labels, _trouble(labels, constant, donors))


def _trouble(labels: tuple[str, ...], constant: tuple[str, ...], donors: int) -> Caveat | None:
    """More columns than the donors bear, or columns that are the same for all of them."""
    most = donors // DONORS_EACH
    if len(labels) > most:
        return Caveat("many_covariates", {"columns": labels, "donors": donors, "most": most})
    return Caveat("constant_covariates", {"columns": constant}) if constant and donors else None


_UNKNOWN = ("", "na", "n/a", "nan", "none", "unknown", "inf", "-inf", "?", "-")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")


def _plain(column: pl.Series) -> pl.Series:
    """The words of a column; empty where a word says that it is not known, a decimal comma as a
    point.
    """
    words = [_plain_word(word) for word in column.to_list()]
    if all(_DECIMAL_COMMA.fullmatch(word) for word in words if word):
        words = [word.replace(",", ".") for word in words]
    return pl.Series(column.name, words, dtype=pl.String)


def _plain_word(value: object) -> str:
    """A word without blanks; empty where it says that it is not known."""
    word = str(value or "").strip()
    return "" if word.casefold() in _UNKNOWN else word


def _coded(name: str, words: list[str]) -> list[tuple[str, Floats]]:
    """A column as numbers: itself, or a mark of each kind but the first."""
    try:
        return [(name, np.array([float(word) for word in words]))]
    except ValueError:
        kinds = sorted(set(words))[1:]
    texts = np.array(words)
    return [(f"{name}: {kind}", (texts == kind).astype(np.float64)) for kind in kinds]


def residuals(values: Floats, columns: Floats) -> Floats:
    """What is left of values (n,) after least squares on a constant and columns (n, k)."""
    return least_squares_rest(values, np.column_stack([np.ones(len(values)), columns]))


def least_squares_rest(values: Floats, design: Floats) -> Floats:
    """What is left of values (n,) after least squares on the columns of a design (n, k)."""
    return np.asarray(values - design @ np.linalg.lstsq(design, values, rcond=None)[0])


def separates(asked: Floats, others: Floats) -> bool:
    """Whether the other columns determine the asked one: then it has no coefficient beside
    them.
    """
    rest = residuals(asked, others)
    spread = np.square(asked - asked.mean()).sum()
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
    # s² = RSS / df, and the variance of the slope is s² / Σ a².
    rest = y - slope * asked
    error = (float(rest @ rest) / df / weight) ** 0.5
    t = slope / error if error > 0 else float("inf")
    return Fit(student(slope, error, df, alpha=alpha), error, t, df)


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
    return Fit(student(slope, error, df, alpha=alpha), error, slope / error, df)


def widened(fit: Fit, shared: float, *, alpha: float) -> Fit:
    """The fit with the variance of errors that donors share added to its own; that variance is
    taken as known, so the interval's degrees of freedom grow as Welch and Satterthwaite combine
    them.
    """
    if shared <= 0 or fit.estimate.estimate is None or fit.error <= 0:
        return fit
    error = (fit.error**2 + shared) ** 0.5
    df = fit.df * (error / fit.error) ** 4
    estimate = student(fit.slope, error, df, alpha=alpha)
    return Fit(estimate, error, fit.slope / error, fit.df)


def robustness(fit: Fit, *, alpha: float | None = None) -> float:
    """How much of what is left of both sides an unmeasured confounder must explain to take the
    estimate to nothing.

    A share (partial R²) between 0 and 1; with `alpha`, to take the interval to nothing. Cinelli and
    Hazlett 2020, doi 10.1111/rssb.12348, eq. 15 and 19.
    """
    f = abs(fit.t) / fit.df**0.5
    if alpha is not None:
        f -= critical_t(fit.df - 1, alpha) / (fit.df - 1) ** 0.5
    f = max(f, 0.0)
    return float(0.5 * ((f**4 + 4 * f**2) ** 0.5 - f**2))
