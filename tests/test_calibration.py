"""Two hundred virtual studies from instrument readings to findings: do intervals cover, and do null analytes stay null?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from exvivo.compare import compare, responses
from exvivo.quantify import quantify
from exvivo.simulate import clinic, model_study, wells

pytestmark = pytest.mark.calibration
STUDIES = 200


@pytest.fixture(scope="module")
def answers() -> pl.DataFrame:
    """The answers about differences of every study, each with its truth."""
    found = []
    for seed in range(STUDIES):
        virtual = model_study(rng=np.random.default_rng([2026, seed]))
        study = replace(virtual.study, plan=replace(virtual.study.plan, permutations=0))
        quantities, _ = quantify(wells(virtual), study=study)
        findings = compare(
            responses(quantities, study=study), clinic(virtual), study=study, rng=np.random.default_rng(seed)
        )
        truth = virtual.truth.differences.select("assay", "analyte", "difference")
        mine = findings.filter(part="answer", ask="difference").join(truth, on=["assay", "analyte"], validate="1:1")
        found.append(
            mine.select(
                "question", "analyte", "readout", "unit", "lower", "upper", "p", "verdict", "difference", seed=seed
            )
        )
    return pl.concat(found)


def test_intervals_of_differences_cover_their_truth(answers: pl.DataFrame) -> None:
    folds = answers.filter(pl.col("unit") == "log2 fold", pl.col("lower").is_not_null())
    covered = folds.with_columns(inside=pl.col("difference").is_between("lower", "upper"))
    assert folds.height > 1400
    assert 0.92 <= covered["inside"].to_numpy().mean() <= 0.98
    slack = 3.3 * (0.05 * 0.95 / STUDIES) ** 0.5
    for _, each in covered.group_by("readout", "analyte", maintain_order=True):
        if each.height == STUDIES:
            assert 0.95 - slack <= each["inside"].to_numpy().mean() <= 1.0


def test_null_analytes_are_found_as_often_as_the_level_allows(answers: pl.DataFrame) -> None:
    null = answers.filter(pl.col("difference") == 0, pl.col("p").is_not_null())
    band = 2.576 * (0.05 * 0.95 / null.height) ** 0.5
    assert abs((null["p"].to_numpy() <= 0.05).mean() - 0.05) <= band
    claimed = (
        answers.filter(question="other_cytokines")
        .group_by("seed", maintain_order=True)
        .agg((pl.col("verdict") == "supported").any())
    )
    assert claimed["verdict"].to_numpy().mean() <= 0.05 + 2.576 * (0.05 * 0.95 / STUDIES) ** 0.5


def test_the_difference_that_is_there_is_found(answers: pl.DataFrame) -> None:
    tnf = answers.filter(question="more_tnf")
    assert (tnf["verdict"] == "supported").to_numpy().mean() > 0.85
    assert (tnf.filter(verdict="supported")["lower"] > 0).all()
