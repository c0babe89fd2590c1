"""A difference between groups from the wells themselves: the mixed model of one assay and analyte.

y = group + stimulated + group x stimulated + donor (level and response, with a covariance of its
own in each group) + culture + batch + plate + well, by restricted likelihood with Kenward and
Roger's degrees of freedom (doi 10.2307/2533558). The donor is the unit: its wells only say how
precisely it is measured. Errors that wells share (an efficiency, a curve) are
terms of given variance.

Where every donor has the same wells and none is undetected, the answer is Welch's interval on donor
means: with a covariance for each group the two are the same. Otherwise this model answers and Welch
stands beside it.

When not to use: with undetected wells (they are no missing wells: the likelihood of bounds
answers), and under five donors a group, where its degrees of freedom are uncertain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, filled
from exvivo.compare.mixed.fit import Design, Random, contrasts, fit
from exvivo.compare.sample import Sample, loading_matrix, loadings_of
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
    with_sides = _with_sides(wells, question.stimulus, control).select(_COLUMNS)
    return Table(_with_batches(with_sides, study), bool(question.stimulus))


def _with_sides(wells: pl.DataFrame, stimulus: str, control: str | None) -> pl.DataFrame:
    """The wells of the conditions that are asked for, with their side."""
    if stimulus:
        wells = wells.filter(pl.col("stimulus").is_in([stimulus, control]))
        sides = {stimulus: 1.0, control: 0.0}
        return wells.with_columns(
            side=pl.col("stimulus").replace_strict(sides, return_dtype=pl.Float64)
        )
    wells = wells.filter(pl.col("stimulus") == control) if control else wells
    return wells.with_columns(side=pl.lit(1.0))


def _with_batches(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The wells with the batch of their culture, empty where none is given."""
    if study.cultures.is_empty():
        return wells.with_columns(batch=pl.lit(""))
    batches = study.cultures.select("culture", "batch").unique("culture", maintain_order=True)
    return wells.join(batches, on="culture", how="left", maintain_order="left").with_columns(
        pl.col("batch").fill_null("")
    )


def difference_of_wells(
    question: Difference, table: Table, blank: Finding, *, study: Study
) -> Finding | None:
    """The difference by the mixed model; None where it cannot be fitted or too few donors are
    there.
    """
    wells = table.frame.filter(pl.col("group").is_in(question.groups))
    donors = _each(wells, ["group"], pl.col("donor").n_unique())["donor"].to_list()
    if len(donors) < 2 or min(donors) < FEWEST_DONORS:
        return None
    design, effects = _design(wells, question.groups[0], table.response)
    estimate = _last_coefficient(wells["value"].to_numpy(), design, 1 - study.plan.alpha)
    if estimate is None:
        return None
    facts = {"effects": effects}
    return replace(filled(blank, WELLS, estimate), unit=LOG2_FOLD, method_facts=facts)


def _last_coefficient(values: Floats, design: Design, level: float) -> Estimate | None:
    """The last fixed effect of the design: the group, or the group's response; None where the fit
    does not give it.
    """
    fitted = fit(values, design)
    if not fitted.estimable[0] or not fitted.converged[0]:
        return None
    weights = np.zeros(design.fixed.shape[1])
    weights[-1] = 1.0
    contrast = contrasts(fitted.fixed, weights, level=level)
    arrays = (contrast.estimate, contrast.lower, contrast.upper, contrast.p)
    numbers = [float(array[0, 0]) for array in arrays]
    return Estimate(*numbers) if np.isfinite(numbers).all() else None


def _design(wells: pl.DataFrame, first: str, response: bool) -> tuple[Design, tuple[str, ...]]:
    """The design, and its random effects beyond the donors'."""
    in_first = (wells["group"] == first).to_numpy().astype(np.float64)
    side = wells["side"].to_numpy()
    ones = np.ones_like(in_first)
    # Fixed effects: constant and group; for a response also side, and group x side as the last.
    fixed = [ones, side, in_first, in_first * side] if response else [ones, in_first]
    # Random effects of donors: level (and response), with a covariance for each group.
    within = np.column_stack([ones, side]) if response else ones[:, None]
    donors = _random_of_donors(wells, within, in_first)
    levels = _random_levels(wells)
    others = [Random(ones[:, None], level.to_numpy()) for level in levels.values()]
    variance = _error_variances(wells)
    design = Design(np.column_stack(fixed), (*donors, *others), variance, _shared(wells))
    return design, tuple(levels)


def _random_of_donors(wells: pl.DataFrame, within: Floats, in_first: Floats) -> Iterator[Random]:
    """The random effects of the donors of the first group, and those of the second."""
    for marks in (in_first, 1 - in_first):
        yield Random(within * marks[:, None], wells["donor"].to_numpy())


def _error_variances(wells: pl.DataFrame) -> Floats | None:
    """The variance of each well by its own error; None where the residual alone tells."""
    if not _errors_are_below_the_spread(wells):
        return None
    return np.asarray(wells["sd"].fill_null(0.0).to_numpy() ** 2)


def _random_levels(wells: pl.DataFrame) -> dict[str, pl.Series]:
    """The levels of each random effect beyond the donors': cultures within donors where some have
    several, batches and plates where there are several.
    """
    levels = {}
    cultures = _each(wells, ["donor"], pl.col("culture").n_unique())["culture"]
    if cultures.max() != 1:
        levels["culture"] = wells["donor"] + "/" + wells["culture"]
    return levels | {name: wells[name] for name in ("batch", "plate") if wells[name].n_unique() > 1}


def _errors_are_below_the_spread(wells: pl.DataFrame) -> bool:
    """Whether the wells' own errors leave room for the residual: else the residual alone tells, and
    errors are not added.
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
    return float(cells["squares"].sum()) / df > float((cells["errors"] * cells["df"]).sum()) / df


def _shared(wells: pl.DataFrame) -> Floats | None:
    """The loadings of the errors that wells share (wells, errors); None where there are none."""
    shared = [loadings_of(errors) for errors in wells["shared"].to_list()]
    sizes = _squares(shared)
    largest = sorted(sorted(sizes), key=lambda key: -sizes[key])[:MOST_SHARED]
    return loading_matrix(shared, largest) if largest else None


def _squares(shared: list[dict[str, float]]) -> dict[str, float]:
    """The sum of the squared loadings of each shared error."""
    sizes: dict[str, float] = {}
    for loadings in shared:
        for key, loading in loadings.items():
            sizes[key] = sizes.get(key, 0.0) + loading * loading
    return sizes
