"""A difference between groups from the wells themselves: the mixed model of one assay and analyte.

y = group + stimulated + group x stimulated + donor (level and response, with a covariance of its
own in each group) + culture + batch + plate + well, by restricted likelihood with Kenward and
Roger's degrees of freedom (doi 10.2307/2533558). The donor is the unit: its wells only say how well
it is known. Errors that wells share (an efficiency, a curve) are known terms.

Where every donor has the same wells and none is undetected, the answer is Welch's interval on donor
means: with a covariance for each group the two are the same. Otherwise this model answers and Welch
stands beside it.

When not to use: with undetected wells (they are no missing wells: the likelihood of bounds
answers), and under five donors a group, where its degrees of freedom are hardly known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, filled
from exvivo.compare.mixed.fit import Design, Random, contrasts, fit
from exvivo.compare.sample import Sample
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
        return all(
            rows["len"].n_unique() == 1 for _, rows in wells.group_by("side", maintain_order=True)
        )


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
    ).with_columns(stimulus=pl.col("stimulus").fill_null(control or ""))
    if question.stimulus:
        sides = {question.stimulus: 1.0, control: 0.0}
        wells = wells.filter(pl.col("stimulus").is_in([question.stimulus, control]))
        side = pl.col("stimulus").replace_strict(sides, return_dtype=pl.Float64)
    else:
        wells = wells.filter(pl.col("stimulus") == control) if control else wells
        side = pl.lit(1.0)
    named = wells.with_columns(pl.col("culture").fill_null(""), side=side).select(
        "donor", "group", "plate", "culture", "side", "value", "sd", "shared"
    )
    return Table(_with_batches(named, study), bool(question.stimulus))


def _with_batches(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The wells with the batch of their culture, empty where none is known."""
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
    first, second = question.groups
    wells = table.frame.filter(pl.col("group").is_in([first, second]))
    donors = _each(wells, ["group"], pl.col("donor").n_unique())
    if donors.height < 2 or int(donors["donor"].to_numpy().min()) < FEWEST_DONORS:
        return None
    design, effects = _design(wells, first, table.response)
    estimate = _last_coefficient(wells["value"].to_numpy(), design, 1 - study.plan.alpha)
    if estimate is None:
        return None
    return replace(
        filled(blank, WELLS, estimate), unit=LOG2_FOLD, method_facts={"effects": effects}
    )


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
    numbers = [
        float(each[0, 0])
        for each in (contrast.estimate, contrast.lower, contrast.upper, contrast.p)
    ]
    return Estimate(*numbers) if np.isfinite(numbers).all() else None


def _design(wells: pl.DataFrame, first: str, response: bool) -> tuple[Design, tuple[str, ...]]:
    """The design, and its random effects beyond the donors'."""
    ones = np.ones(wells.height)
    in_first = (wells["group"] == first).to_numpy().astype(np.float64)
    side = wells["side"].to_numpy()
    # Fixed effects: constant and group; for a response also side, and group x side as the last.
    fixed = [ones, side, in_first, in_first * side] if response else [ones, in_first]
    # Random effects of donors: level (and response), with a covariance for each group.
    within = np.column_stack([ones, side]) if response else ones[:, None]
    donor = wells["donor"].to_numpy()
    levels = _random_levels(wells)
    random = (
        *(Random(within * marks[:, None], donor) for marks in (in_first, 1 - in_first)),
        *(Random(ones[:, None], places.to_numpy()) for places in levels.values()),
    )
    variance = None
    if _errors_are_below_the_spread(wells):
        variance = np.square(wells["sd"].fill_null(0.0).to_numpy())
    return Design(np.column_stack(fixed), random, variance, _shared(wells)), tuple(levels)


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
    sizes: dict[str, float] = {}
    each = [{s["key"]: s["loading"] for s in shared} for shared in wells["shared"].to_list()]
    for loadings in each:
        for key, loading in loadings.items():
            sizes[key] = sizes.get(key, 0.0) + loading * loading
    if not sizes:
        return None
    largest = sorted(sorted(sizes), key=lambda key: -sizes[key])[:MOST_SHARED]
    return np.array([[loadings.get(key, 0.0) for key in largest] for loadings in each])
