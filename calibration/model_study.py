"""The model study simulated many times, from instrument readings to findings.

The studies are those of the demo with one tube a supernatant and fewer beads, which changes what a
well costs and nothing else. The simulator draws curves and beads, not what the methods assume.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from unittest import mock

import numpy as np
import polars as pl

from calibration.band import Share
from exvivo.compare import compare, responses
from exvivo.quantify import quantify
from exvivo.simulate import ModelStudy, clinic, model_study, wells

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
_ROOM = 0.5
"""How far (log2) measurement error may put a true response beyond its bound."""


@dataclass(frozen=True)
class Studies:
    """Answers about differences with their truth, and bounded responses with theirs.

    `inside` of an answer: its interval holds the true difference.
    """

    answers: pl.DataFrame
    bounded: pl.DataFrame

    @property
    def folds(self) -> pl.DataFrame:
        """The answers that are folds with an interval."""
        return self.answers.filter(pl.col("unit") == "log2 fold", pl.col("lower").is_not_null())


def studied(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answers of one study with their truth, and its bounded responses with theirs."""
    virtual = model_study(ModelStudy(beads=80, tubes=1), rng=np.random.default_rng([2026, seed]))
    study = replace(virtual.study, plan=replace(virtual.study.plan, permutations=0))
    quantities, _ = quantify(wells(virtual), study=study)
    made = responses(quantities, study=study)
    findings = compare(made, clinic(virtual), study=study, rng=np.random.default_rng(seed))
    truth = virtual.truth.differences.select("assay", "analyte", "difference")
    answers = findings.filter(part="answer", ask="difference").join(
        truth, on=["assay", "analyte"], validate="1:1"
    )
    amounts = made.filter(estimand="response", on="amount")
    bounded = amounts.filter(pl.col("censor") != "none").join(
        virtual.truth.responses.select("assay", "analyte", "donor", true="response"),
        on=["assay", "analyte", "donor"],
    )
    return (
        answers.with_columns(seed=pl.lit(seed)).select(_KEPT),
        bounded.select("readout", "analyte", "lower", "upper", "true"),
    )


def studies(number: int, *, processes: int | None = None) -> Studies:
    """So many studies, over all processors or so many processes."""
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    if processes == 1:
        each = [studied(seed) for seed in range(number)]
    else:
        with (
            mock.patch.dict(os.environ, alone),
            ProcessPoolExecutor(
                processes or os.cpu_count(), mp_context=get_context("spawn")
            ) as pool,
        ):
            each = list(pool.map(studied, range(number), chunksize=5))
    answers = pl.concat([answers for answers, _ in each])
    inside = pl.col("difference").is_between("lower", "upper")
    return Studies(answers.with_columns(inside=inside), pl.concat([bounded for _, bounded in each]))


def shares(made: Studies) -> Iterator[Share]:
    """What the studies must show: coverage by method and analyte, level, power, bounds."""
    yield _share("intervals of folds hold the truth", made.folds, "inside", 0.92, 0.98)
    for (method,), rows in made.folds.group_by("method", maintain_order=True):
        yield _share(f"the same, by {method}", rows, "inside", 0.95)
    for (readout, analyte), rows in made.folds.group_by("readout", "analyte", maintain_order=True):
        yield _share(f"the same, {analyte} {readout}", rows, "inside", 0.94)
    null = made.answers.filter(pl.col("difference") == 0, pl.col("p").is_not_null())
    yield _share(
        "p at most 0.05 where nothing differs",
        null.with_columns(low=pl.col("p") <= 0.05),
        "low",
        0.035,
        0.05,
    )
    yield _claims(made.answers)
    more_tnf = made.answers.filter(question="more_tnf")
    yield _share(
        "the TNF difference that is there is supported",
        more_tnf.with_columns(supported=pl.col("verdict") == "supported"),
        "supported",
        0.88,
    )
    yield from _even_probabilities(made.answers)
    yield from _bounds(made.bounded)


def _claims(answers: pl.DataFrame) -> Share:
    """Studies with any false claim among the cytokines that do not differ: at most 5 %."""
    claimed = (
        answers.filter(question="other_cytokines")
        .group_by("seed", maintain_order=True)
        .agg((pl.col("verdict") == "supported").any())
    )
    hits = int(claimed["verdict"].sum())
    return Share(
        what="any false claim in a family", hits=hits, trials=claimed.height, least=0, most=0.05
    )


def _even_probabilities(answers: pl.DataFrame) -> Iterator[Share]:
    """Intervals of probabilities must hold one half where nothing differs."""
    even = answers.filter(pl.col("unit") == "probability", pl.col("difference") == 0)
    if even.height:
        inside = even.with_columns(inside=(pl.col("lower") <= 0.5) & (pl.col("upper") >= 0.5))
        yield _share("probabilities hold one half where nothing differs", inside, "inside", 0.95)


def _bounds(bounded: pl.DataFrame) -> Iterator[Share]:
    """Bounds of responses hold the truth, but for the error of what they are compared with."""
    inside = bounded.with_columns(
        inside=(pl.col("lower").fill_null(-math.inf) <= pl.col("true") + _ROOM)
        & (pl.col("upper").fill_null(math.inf) >= pl.col("true") - _ROOM)
    )
    for (readout,), rows in inside.group_by(["readout"], maintain_order=True):
        yield Share(
            what=f"bounds of {readout} responses hold the truth",
            hits=int(rows["inside"].sum()),
            trials=rows.height,
            least=0.93,
        )


def _share(what: str, rows: pl.DataFrame, hit: str, least: float, most: float = 1.0) -> Share:
    return Share(
        what=what,
        hits=int(rows[hit].sum()),
        trials=rows.height,
        least=least,
        most=most,
        design_effect=_design_effect(rows, hit),
    )


def _design_effect(rows: pl.DataFrame, hit: str) -> float:
    """How much more a count over related answers of one study varies than independent ones.

    The variance of the share from the spread of the studies' residuals, over that of independent
    answers; never below 1.
    """
    by_study = rows.group_by("seed", maintain_order=True).agg(
        pl.col(hit).sum().alias("hits"), pl.len().alias("n")
    )
    hits, n = by_study["hits"].to_numpy(), by_study["n"].to_numpy()
    share = hits.sum() / n.sum()
    independent = n.sum() * share * (1 - share)
    if len(n) < 20 or independent == 0:
        return 1.0
    return max(float(((hits - share * n) ** 2).sum() / independent), 1.0)
