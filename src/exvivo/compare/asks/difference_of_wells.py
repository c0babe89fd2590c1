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
from exvivo.compare.finding import LOG2_FOLD, Finding
from exvivo.compare.mixed.fit import Design, Random, contrasts, fit
from exvivo.compare.sample import Sample
from exvivo.study import Difference, Study

METHOD = (
    "restricted likelihood of the wells: donors (a covariance for each group){others}, Kenward and Roger's degrees of freedom "
    "(doi 10.2307/2533558)"
)
FEWEST = 5
"""Donors a group must have before the model answers."""
_MOST_SHARED = 400
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
        each = self.frame.group_by("donor", "side", maintain_order=True).agg(
            pl.len(), pl.col("plate").n_unique()
        )
        plates = self.frame.group_by("donor", maintain_order=True).agg(
            pl.col("plate", "culture").n_unique()
        )
        one = plates["plate"].max() == 1 and plates["culture"].max() == 1
        return one and all(
            rows["len"].n_unique() == 1 for _, rows in each.group_by("side", maintain_order=True)
        )


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
    needs.
    """
    control = study.control_stimulus()
    wells = quantities.filter(
        (pl.col("assay") == assay)
        & (pl.col("analyte") == analyte)
        & pl.col("donor").is_in(list(sample.donors)),
        pl.col("visit").fill_null("1") == sample.visit,
        pl.col("cell_type").eq_missing(pl.lit(sample.cell_type, dtype=pl.String)),
        pl.col("value").is_not_null(),
    ).with_columns(stimulus=pl.col("stimulus").fill_null(control or ""))
    if question.stimulus:
        sides = {question.stimulus: 1.0, control: 0.0}
        wells = wells.filter(pl.col("stimulus").is_in([question.stimulus, control]))
        wells = wells.with_columns(
            side=pl.col("stimulus").replace_strict(sides, return_dtype=pl.Float64)
        )
    else:
        wells = wells.filter(pl.col("stimulus") == control) if control else wells
        wells = wells.with_columns(side=pl.lit(1.0))
    known = wells.with_columns(pl.col("culture").fill_null("")).select(
        "donor", "group", "plate", "culture", "side", "value", "sd", "shared"
    )
    return Table(_with_batches(known, study), bool(question.stimulus))


def _with_batches(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
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
    donors = wells.group_by("group", maintain_order=True).agg(pl.col("donor").n_unique())
    if donors.height < 2 or int(donors["donor"].to_numpy().min()) < FEWEST:
        return None
    design, others = _design(wells, first, table.response)
    found = fit(wells["value"].to_numpy(), design)
    if not found.estimable[0] or not found.converged[0]:
        return None
    weights = np.zeros(design.fixed.shape[1])
    weights[-1] = 1.0
    of = contrasts(found.fixed, weights, level=1 - study.plan.alpha)
    estimate, lower, upper, p = (
        float(numbers[0, 0]) for numbers in (of.estimate, of.lower, of.upper, of.p)
    )
    if not np.isfinite([estimate, lower, upper, p]).all():
        return None
    method = METHOD.format(others=others)
    return replace(
        blank, unit=LOG2_FOLD, method=method, estimate=estimate, lower=lower, upper=upper, p=p
    )


def _design(wells: pl.DataFrame, first: str, response: bool) -> tuple[Design, str]:
    """The design, and its further random effects in words."""
    ones = np.ones(wells.height)
    mine = (wells["group"] == first).to_numpy().astype(np.float64)
    side = wells["side"].to_numpy()
    fixed = [ones, mine] if not response else [ones, side, mine, mine * side]
    within = np.column_stack([ones, side]) if response else ones[:, None]
    donor = wells["donor"].to_numpy()
    random = [Random(within * mine[:, None], donor), Random(within * (1 - mine)[:, None], donor)]
    words = []
    for name in ("culture", "batch", "plate"):
        levels = wells["donor"] + "/" + wells[name] if name == "culture" else wells[name]
        several = (
            wells.group_by("donor", maintain_order=True)
            .agg(pl.col("culture").n_unique())["culture"]
            .max()
            != 1
        )
        if several if name == "culture" else levels.n_unique() > 1:
            random.append(Random(ones[:, None], levels.to_numpy()))
            words.append(name)
    variance = (
        np.square(wells["sd"].fill_null(0.0).to_numpy())
        if _errors_are_below_the_spread(wells)
        else None
    )
    return Design(np.column_stack(fixed), tuple(random), variance, _shared(wells)), "".join(
        f", {w}" for w in words
    )


def _errors_are_below_the_spread(wells: pl.DataFrame) -> bool:
    """Whether the wells' own errors leave room for the residual: else the residual alone tells, and
    errors are not added.
    """
    cells = wells.group_by("donor", "side", "plate", "culture", maintain_order=True).agg(
        squares=((pl.col("value") - pl.col("value").mean()) ** 2).sum(),
        freedom=pl.len() - 1,
        errors=(pl.col("sd") ** 2).mean(),
    )
    freedom = float(cells["freedom"].sum())
    if wells["sd"].null_count() or freedom < FEWEST:
        return False
    return (
        float(cells["squares"].sum()) / freedom
        > float((cells["errors"] * cells["freedom"]).sum()) / freedom
    )


def _shared(wells: pl.DataFrame) -> Floats | None:
    """The loadings of the errors that wells share (wells, errors); None where there are none."""
    keys: dict[str, float] = {}
    each = [{s["key"]: s["loading"] for s in shared} for shared in wells["shared"].to_list()]
    for loadings in each:
        for key, loading in loadings.items():
            keys[key] = keys.get(key, 0.0) + loading * loading
    if not keys:
        return None
    kept = sorted(sorted(keys), key=lambda key: -keys[key])[:_MOST_SHARED]
    return np.array([[loadings.get(key, 0.0) for key in kept] for loadings in each])
