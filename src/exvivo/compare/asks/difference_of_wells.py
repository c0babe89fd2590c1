"""A difference between groups from the wells themselves: the mixed model of one assay and analyte.

y = group + stimulated + group x stimulated + terms of the design + terms x stimulated + donor
(level and response, with a covariance of its own in each group) + culture + well, by restricted
likelihood with Kenward and Roger's degrees of freedom (doi 10.2307/2533558). The donor is the unit:
its wells only say how precisely it is measured. What the design holds (plates, batches, sites) is
fixed, as in every answer; errors that wells share (an efficiency, a curve) are terms of given
variance.

Where every donor has the same wells and none is undetected, the answer is least squares on donors:
with a covariance for each group the two are much the same. Otherwise this model answers and least
squares stand beside it.

When not to use: with undetected wells (they are no missing wells: the likelihood of bounds
answers), and under five donors a group, where its degrees of freedom are uncertain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, filled
from exvivo.compare.mixed.fit import Contrasts, Design, Fits, Random, contrasts, fit
from exvivo.compare.sample import Sample, loading_matrix, loadings_of
from exvivo.compare.terms import OF_CULTURES, OF_DONORS, WITH_STIMULUS, with_facts
from exvivo.findings import Finding
from exvivo.methods import WELLS
from exvivo.study import Difference, Study
from exvivo.units import LOG2_FOLD

FEWEST_DONORS = 5
"""Donors a group must have before the model answers."""
FEWEST_DF = 5
"""Degrees of freedom within donors from which the wells' spread is held against their errors."""
MOST_SHARED = 400
"""Shared errors that are carried; beyond them those with the smallest loadings are left out."""
_COLUMNS = ("donor", "group", "plate", "culture", "side", "value", "sd", "shared")
"""What the model takes of a well."""
_RANDOM = ("batch", "plate")
"""Terms that are random where the design does not hold them: nearly every donor has its own."""
_ROUNDING = 1e-9
"""The share by which replicates must spread more than their errors say."""
_DEPENDENT = 1e-9


@dataclass(frozen=True)
class Table:
    """The wells of one question: log2 values with who, where and which side (1 stimulated or the
    only condition, 0 control).
    """

    frame: pl.DataFrame
    response: bool

    @property
    def balanced(self) -> bool:
        """Whether every donor has the same number of wells on each side, and sits on one plate."""
        places = _each(self.frame, ["donor"], pl.col("plate", "culture").n_unique())
        if places["plate"].max() != 1 or places["culture"].max() != 1:
            return False
        wells = _each(self.frame, ["donor", "side"], pl.len())
        numbers = _each(wells, ["side"], pl.col("len").n_unique())
        return bool((numbers["len"] == 1).all())


def _each(wells: pl.DataFrame, keys: list[str], *what: pl.Expr) -> pl.DataFrame:
    """Numbers of the wells that agree in `keys`, in their order."""
    return wells.group_by(keys, maintain_order=True).agg(*what)


def table_of(
    question: Difference,
    sample: Sample,
    quantities: pl.DataFrame,
    *,
    assay: str,
    analyte: str,
    study: Study,
) -> Table:
    """The detected wells of the donors of a sample, at its visit, in the conditions the question
    needs; `quantities` are amounts.
    """
    control = study.control_stimulus()
    wells = quantities.filter(
        pl.col("assay") == assay,
        pl.col("analyte") == analyte,
        pl.col("donor").is_in(list(sample.donors)),
        pl.col("visit").fill_null("1") == sample.visit,
        pl.col("cell_type").eq_missing(pl.lit(sample.cell_type, dtype=pl.String)),
        pl.col("value").is_not_null(),
    ).with_columns(pl.col("stimulus").fill_null(control or ""), pl.col("culture").fill_null(""))
    with_sides = _with_sides(wells, question, control).select(_COLUMNS)
    return Table(_with_terms(with_sides, study), bool(question.stimulus))


def _with_sides(wells: pl.DataFrame, question: Difference, control: str | None) -> pl.DataFrame:
    """The wells of the conditions that are asked for, with their side."""
    stimulus, level = question.stimulus, question.condition or control
    if stimulus:
        wells = wells.filter(pl.col("stimulus").is_in([stimulus, control]))
        sides = {stimulus: 1.0, control: 0.0}
        return wells.with_columns(
            side=pl.col("stimulus").replace_strict(sides, return_dtype=pl.Float64)
        )
    wells = wells.filter(pl.col("stimulus") == level) if level else wells
    return wells.with_columns(side=pl.lit(1.0))


def _with_terms(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The wells with the batch, operator and days of their culture and the site of their donor,
    empty where none is given.
    """
    facts = with_facts(wells, study)
    names = [name for name in (*OF_CULTURES, *OF_DONORS) if name in facts.columns]
    absent = [pl.lit("").alias("batch")] if "batch" not in names else []
    return facts.with_columns(*(pl.col(name).fill_null("") for name in names), *absent)


@dataclass(frozen=True)
class _Model:
    """The values of the wells of a question, and the design of its model; `effects` are its random
    effects beyond the donors'.
    """

    wells: pl.DataFrame
    design: Design
    effects: tuple[str, ...]


def difference_of_wells(
    question: Difference, table: Table, blank: Finding, *, study: Study
) -> Finding | None:
    """The difference by the mixed model, which holds the terms that `blank` says are held; None
    where it cannot be fitted or too few donors are there.
    """
    model = _model(question, table, blank.held)
    if model is None:
        return None
    values = model.wells["value"].to_numpy()
    estimate = _last_coefficient(values, model.design, 1 - study.plan.alpha)
    if estimate is None:
        return None
    facts = {"effects": model.effects}
    return replace(filled(blank, WELLS, estimate), unit=LOG2_FOLD, method_facts=facts)


def wells_without_each(
    question: Difference, table: Table, answer: Finding
) -> tuple[tuple[str, ...], Floats, list[float]]:
    """The donors, the difference without each (its wells missing, all fitted at once; NaN where it
    cannot be fitted) and its p values.
    """
    model = _model(question, table, answer.held)
    if model is None:
        return (), np.empty(0), []
    names = model.wells["donor"].to_numpy()
    donors = tuple(dict.fromkeys(names.tolist()))
    values = np.tile(model.wells["value"].to_numpy(), (len(donors), 1))
    values[np.array(donors)[:, None] == names] = np.nan
    contrast = _last_of(fit(values, model.design), answer.level)
    return donors, contrast.estimate[:, 0], contrast.p[:, 0].tolist()


def wells_again(
    question: Difference, table: Table, answer: Finding
) -> tuple[pl.DataFrame, Callable[[Floats], Contrasts]] | None:
    """The wells of an answer, and the difference for other values of them (studies, wells): all
    studies are fitted at once.
    """
    model = _model(question, table, answer.held)
    if model is None:
        return None

    def again(values: Floats) -> Contrasts:
        return _last_of(fit(values, model.design), answer.level)

    return model.wells, again


def _model(question: Difference, table: Table, terms: tuple[str, ...]) -> _Model | None:
    """The model of the wells of a question; None where too few donors are there."""
    wells = table.frame.filter(pl.col("group").is_in(question.groups))
    donors = _each(wells, ["group"], pl.col("donor").n_unique())["donor"].to_list()
    if len(donors) < 2 or min(donors) < FEWEST_DONORS:
        return None
    names = tuple(dict.fromkeys(term.split(WITH_STIMULUS)[0] for term in terms))
    return _Model(wells, *_design(wells, question.groups[0], table.response, names))


def _last_coefficient(values: Floats, design: Design, level: float) -> Estimate | None:
    """The last fixed effect of the design: the group, or the group's response; None where the fit
    does not give it.
    """
    fitted = fit(values, design)
    if not fitted.estimable[0] or not fitted.converged[0]:
        return None
    contrast = _last_of(fitted, level)
    arrays = (contrast.estimate, contrast.lower, contrast.upper, contrast.p)
    numbers = [float(array[0, 0]) for array in arrays]
    return Estimate(*numbers) if np.isfinite(numbers).all() else None


def _last_of(fitted: Fits, level: float) -> Contrasts:
    """The last fixed effect of each study."""
    weights = np.zeros(fitted.fixed.beta.shape[1])
    weights[-1] = 1.0
    return contrasts(fitted.fixed, weights, level=level)


def _design(
    wells: pl.DataFrame, first: str, response: bool, terms: tuple[str, ...]
) -> tuple[Design, tuple[str, ...]]:
    """The design, and its random effects beyond the donors'."""
    in_first = (wells["group"] == first).to_numpy().astype(np.float64)
    side = wells["side"].to_numpy()
    ones = np.ones_like(in_first)
    # Fixed effects: constant, side, terms; group (and group x side) last.
    base = [ones, side] if response else [ones]
    held = list(_of_terms(wells, terms, side if response else None))
    asked = [in_first, in_first * side] if response else [in_first]
    fixed = [*_leading(np.column_stack([*base, *held])), *asked]
    # Random effects of donors: level (and response), with a covariance for each group.
    within = np.column_stack([ones, side]) if response else ones[:, None]
    donors = _random_of_donors(wells, within, in_first)
    levels = _random_levels(wells, terms)
    others = [Random(ones[:, None], level.to_numpy()) for level in levels.values()]
    variance = _error_variances(wells)
    design = Design(np.column_stack(fixed), (*donors, *others), variance, _shared(wells))
    return design, tuple(levels)


def _of_terms(wells: pl.DataFrame, terms: tuple[str, ...], side: Floats | None) -> Iterator[Floats]:
    """Marks of the levels of each term, alone and (where there are two sides) with the side."""
    for name in terms:
        levels = wells[name].unique().sort().to_list()
        marks = [(wells[name] == level).to_numpy().astype(np.float64) for level in levels[1:]]
        yield from marks
        if side is not None:
            yield from (mark * side for mark in marks)


def _leading(columns: Floats) -> list[Floats]:
    """The columns that are no sum of those before them."""
    size = abs(np.linalg.qr(columns).R.diagonal())
    kept = size > _DEPENDENT * np.linalg.norm(columns, axis=0)
    return list(columns[:, kept].T)


def _random_of_donors(wells: pl.DataFrame, within: Floats, in_first: Floats) -> Iterator[Random]:
    """The random effects of the donors of the first group, and those of the second."""
    for marks in (in_first, 1 - in_first):
        yield Random(within * marks[:, None], wells["donor"].to_numpy())


def _error_variances(wells: pl.DataFrame) -> Floats | None:
    """The variance of each well by its own error; None where the residual alone tells."""
    if not _errors_are_below_the_spread(wells):
        return None
    return np.asarray(wells["sd"].fill_null(0.0).to_numpy() ** 2)


def _random_levels(wells: pl.DataFrame, terms: tuple[str, ...]) -> dict[str, pl.Series]:
    """The levels of each random effect beyond the donors': cultures within donors where some have
    several, batches and plates where there are several and none are held.
    """
    levels = {}
    cultures = _each(wells, ["donor"], pl.col("culture").n_unique())["culture"]
    if cultures.max() != 1:
        levels["culture"] = wells["donor"] + "/" + wells["culture"]
    others = [name for name in _RANDOM if name not in terms and wells[name].n_unique() > 1]
    return levels | {name: wells[name] for name in others}


def _errors_are_below_the_spread(wells: pl.DataFrame) -> bool:
    """Whether the wells' own errors leave room for the residual: else the residual alone tells, and
    errors are not added. Errors that are made of the same replicates are the same spread but for
    rounding, which decides nothing.
    """
    cells = _each(
        wells,
        ["donor", "side", "plate", "culture"],
        ((pl.col("value") - pl.col("value").mean()) ** 2).sum().alias("squares"),
        (pl.len() - 1).alias("df"),
        (pl.col("sd") ** 2).mean().alias("errors"),
    )
    df = float(cells["df"].sum())
    if wells["sd"].null_count() or df < FEWEST_DF:
        return False
    squares, errors = float(cells["squares"].sum()), float((cells["errors"] * cells["df"]).sum())
    return squares > errors * (1 + _ROUNDING)


def _shared(wells: pl.DataFrame) -> Floats | None:
    """The loadings of the errors that wells share (wells, errors); None where there are none."""
    shared = [loadings_of(errors) for errors in wells["shared"].to_list()]
    largest = _largest(_squares(shared))
    return loading_matrix(shared, largest) if largest else None


def _largest(sizes: dict[str, float]) -> list[str]:
    """The keys of the largest sizes, the largest first; those of one size by their names."""
    return sorted(sorted(sizes), key=lambda key: -sizes[key])[:MOST_SHARED]


def _squares(shared: list[dict[str, float]]) -> dict[str, float]:
    """The sum of the squared loadings of each shared error."""
    sizes: dict[str, float] = {}
    for loadings in shared:
        for key, loading in loadings.items():
            sizes[key] = sizes.get(key, 0.0) + loading * loading
    return sizes
