"""Two hundred virtual studies from instrument readings to findings: do intervals cover, and do null
analytes stay null?

The studies are those of the demo with one tube a supernatant and fewer beads, which changes what a
well costs and nothing else.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from unittest import mock

import numpy as np
import polars as pl
import pytest

from exvivo.compare import compare, responses
from exvivo.methods import BOUNDED, COUNTED, WELCH
from exvivo.quantify import quantify
from exvivo.simulate import ModelStudy, clinic, model_study, wells

pytestmark = pytest.mark.calibration
STUDIES = 200
WIDE = 2.576
"""Standard errors of a 99 % Monte-Carlo band."""
_KEPT = (
    "question",
    "analyte",
    "readout",
    "method",
    "unit",
    "lower",
    "upper",
    "p",
    "verdict",
    "difference",
    "seed",
)


def studied(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answers about differences of one study with their truth, and its bounded responses with
    theirs.
    """
    virtual = model_study(ModelStudy(beads=80, tubes=1), rng=np.random.default_rng([2026, seed]))
    study = replace(virtual.study, plan=replace(virtual.study.plan, permutations=0))
    quantities, _ = quantify(wells(virtual), study=study)
    found = responses(quantities, study=study)
    findings = compare(found, clinic(virtual), study=study, rng=np.random.default_rng(seed))
    truth = virtual.truth.differences.select("assay", "analyte", "difference")
    answers = findings.filter(part="answer", ask="difference").join(
        truth, on=["assay", "analyte"], validate="1:1"
    )
    amounts = found.filter(estimand="response", on="amount")
    bounded = amounts.filter(pl.col("censor") != "none").join(
        virtual.truth.responses.select("assay", "analyte", "donor", true="response"),
        on=["assay", "analyte", "donor"],
    )
    return (
        answers.with_columns(seed=pl.lit(seed)).select(_KEPT),
        bounded.select("readout", "analyte", "lower", "upper", "true"),
    )


@pytest.fixture(scope="module")
def studies() -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    with (
        mock.patch.dict(os.environ, alone),
        ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool,
    ):
        return list(pool.map(studied, range(STUDIES), chunksize=5))


@pytest.fixture(scope="module")
def answers(studies: list[tuple[pl.DataFrame, pl.DataFrame]]) -> pl.DataFrame:
    """The answers of all studies; `inside`: the interval of a fold holds its truth."""
    every = pl.concat([found for found, _ in studies])
    return every.with_columns(inside=pl.col("difference").is_between("lower", "upper"))


def share_and_error(rows: pl.DataFrame, what: str) -> tuple[float, float]:
    """A share over all answers, and its standard error from the spread of the studies, whose
    answers are related.
    """
    by_study = rows.group_by("seed", maintain_order=True).agg(
        pl.col(what).sum().alias("hits"), pl.len().alias("n")
    )
    hits, n = by_study["hits"].to_numpy(), by_study["n"].to_numpy()
    share = hits.sum() / n.sum()
    return float(share), float(np.sqrt(((hits - share * n) ** 2).sum()) / n.sum())


def test_intervals_of_differences_cover_their_truth(answers: pl.DataFrame) -> None:
    folds = answers.filter(pl.col("unit") == "log2 fold", pl.col("lower").is_not_null())
    assert folds.height > 1900
    share, error = share_and_error(folds, "inside")
    assert max(0.92, 0.95 - WIDE * error) <= share <= 0.98


def test_they_cover_whichever_way_a_difference_was_found(answers: pl.DataFrame) -> None:
    folds = answers.filter(pl.col("unit") == "log2 fold", pl.col("lower").is_not_null())
    ways = {way: folds.filter(method=way) for way in (WELCH.id, COUNTED.id, BOUNDED.id)}
    for way, rows in ways.items():
        assert rows.height > 150, way
        share, error = share_and_error(rows, "inside")
        assert share >= 0.95 - WIDE * max(error, math.sqrt(0.05 * 0.95 / rows.height)), way
    for _, each in folds.group_by("readout", "analyte", maintain_order=True):
        assert each["inside"].to_numpy().mean() >= 0.95 - 3.3 * math.sqrt(0.05 * 0.95 / each.height)


def test_a_probability_of_the_higher_value_covers_one_half_where_nothing_differs(
    answers: pl.DataFrame,
) -> None:
    even = answers.filter(pl.col("unit") == "probability", pl.col("difference") == 0)
    inside = ((even["lower"] <= 0.5) & (even["upper"] >= 0.5)).to_numpy()
    assert not len(inside) or inside.mean() >= 0.95 - WIDE * math.sqrt(0.05 * 0.95 / len(inside))


def test_bounds_hold_the_true_responses(studies: list[tuple[pl.DataFrame, pl.DataFrame]]) -> None:
    """A bound is missed by the measurement error of what it is compared with, and once in twenty by
    an empty well.
    """
    bounded = pl.concat([found for _, found in studies])
    room = 0.5
    held = bounded.with_columns(
        held=(pl.col("lower").fill_null(-math.inf) <= pl.col("true") + room)
        & (pl.col("upper").fill_null(math.inf) >= pl.col("true") - room)
    )
    for (readout,), rows in held.group_by(["readout"], maintain_order=True):
        assert rows.height > 500, readout
        assert rows["held"].to_numpy().mean() >= 0.9, readout


def test_null_analytes_are_found_as_often_as_the_level_allows(answers: pl.DataFrame) -> None:
    null = answers.filter(pl.col("difference") == 0, pl.col("p").is_not_null()).with_columns(
        low=pl.col("p") <= 0.05
    )
    share, error = share_and_error(null, "low")
    assert share <= 0.05 + WIDE * error
    assert share >= 0.05 - WIDE * error - 0.01
    claimed = (
        answers.filter(question="other_cytokines")
        .group_by("seed", maintain_order=True)
        .agg((pl.col("verdict") == "supported").any())
    )
    assert claimed["verdict"].to_numpy().mean() <= 0.05 + WIDE * (0.05 * 0.95 / STUDIES) ** 0.5


def test_the_difference_that_is_there_is_found(answers: pl.DataFrame) -> None:
    tnf = answers.filter(question="more_tnf")
    assert (tnf["verdict"] == "supported").to_numpy().mean() > 0.85
    assert (tnf.filter(verdict="supported")["lower"] > 0).all()
