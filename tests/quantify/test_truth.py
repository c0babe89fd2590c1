"""Readings of virtual studies against their known truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from exvivo.quantify import quantify
from exvivo.simulate import model_study, wells

SEEDS = 8


@pytest.fixture(scope="module")
def studies() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Donors' responses as measured beside the true ones, and the efficiencies found beside the
    true ones.
    """
    measured, efficiencies = [], []
    for seed in range(SEEDS):
        virtual = model_study(rng=np.random.default_rng([7, seed]))
        quantities, assays = quantify(wells(virtual), study=virtual.study)
        amounts = quantities.filter(on="amount")
        truth = virtual.truth.responses
        measured.append(
            amounts.join(truth, on=["donor", "assay", "analyte"]).with_columns(seed=seed)
        )
        found = assays.filter(kind="efficiency").select(
            target=pl.col("key").str.split(":").list.last(),
            found=pl.col("parameters").list.first().struct.field("value"),
            sd=pl.col("covariance").list.first().sqrt(),
        )
        efficiencies.append(found.join(virtual.truth.efficiencies, on="target", validate="1:1"))
    return pl.concat(measured), pl.concat(efficiencies)


def test_efficiencies_are_unbiased_and_their_errors_honest(
    studies: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    z = ((studies[1]["found"] - studies[1]["efficiency"]) / studies[1]["sd"]).to_numpy()
    assert z.size == 7 * SEEDS
    assert abs(z.mean()) < 3.3 / np.sqrt(z.size)
    assert 0.7 < z.std() < 1.4  # chi with 56 degrees of freedom, and errors from 8 degrees each


def test_undetected_wells_have_bounds_and_no_value(
    studies: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    hidden = studies[0].filter(pl.col("censor") != "none")
    assert hidden.height > 100
    assert hidden["value"].null_count() == hidden.height
    assert set(hidden["analyte"]) >= {"IL10", "IL6"}


def test_concentrations_lie_where_the_truth_is(studies: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Protein, on the scale of the standards. A well differs from its donor's truth by what its
    culture adds as well.
    """
    stimulated = pl.when(pl.col("stimulus") == "ATP").then(pl.col("response")).otherwise(0.0)
    protein = studies[0].filter(assay="protein", censor="none", analyte="TNF")
    off = protein.select(pl.col("value") - pl.col("baseline") - stimulated).to_series().to_numpy()
    assert off.size > 600
    assert abs(np.median(off)) < 0.1
    assert np.quantile(np.abs(off), 0.9) < 0.6


def test_responses_follow_the_true_ones(studies: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    known = studies[0].filter(censor="none")
    means = known.group_by(
        "seed", "assay", "analyte", "donor", "plate", "stimulus", maintain_order=True
    ).agg(pl.col("value").mean(), pl.col("response").first())
    wide = means.pivot(
        "stimulus", index=["seed", "assay", "analyte", "donor", "plate", "response"], values="value"
    )
    both = wide.drop_nulls(["ATP", "none"]).with_columns(
        off=pl.col("ATP") - pl.col("none") - pl.col("response")
    )
    for (assay, analyte), rows in both.group_by("assay", "analyte", maintain_order=True):
        if analyte in (
            "IL6",
            "IL10",
        ):  # partly undetected: those left over are chosen by their height
            continue
        off = rows["off"].to_numpy()
        assert off.size > 165, (assay, analyte)
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(24 * SEEDS), (assay, analyte)
