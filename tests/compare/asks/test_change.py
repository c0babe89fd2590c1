"""A scale that changes with a result: against R on published digits, SciPy on the changes, and
words for what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import clinic, group, in_words, responses, study, undetected
from scipy import stats

from exvivo.compare import compare
from exvivo.study import Change

BOTH = Change(
    id="both",
    ask="change",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    visits=("1", "2"),
    scales=("VAS",),
    stimulus="ATP",
)


def asked(
    rows: list[dict[str, Any]], scores: pl.DataFrame, question: Change = BOTH
) -> list[dict[str, Any]]:
    of = study(question)
    found = compare(responses(rows), scores, study=of, rng=np.random.default_rng(1))
    return in_words(found, of).filter(pl.col("part") != "robustness").rows(named=True)


def scores_of(values: np.ndarray, visit: str) -> pl.DataFrame:
    return clinic({f"FM{i:02}": float(v) for i, v in enumerate(values)}, visit=visit)


def test_two_visits_are_change_on_change() -> None:
    rng = np.random.default_rng(1)
    first, last = rng.normal(0, 1, 12), rng.normal(0.5, 1, 12)
    pain, later = rng.normal(50, 10, 12), rng.normal(45, 10, 12)
    rows = group("FM", first, visit="1") + group("FM", last, visit="2")
    (answer,) = asked(rows, pl.concat([scores_of(pain, "1"), scores_of(later, "2")]))
    found = stats.pearsonr(last - first, later - pain)
    interval = found.confidence_interval(0.95)
    assert (answer["estimate"], answer["p"]) == pytest.approx((found.statistic, found.pvalue))
    assert (answer["lower"], answer["upper"]) == pytest.approx((interval.low, interval.high))
    assert answer["n"][0]["n"] == 12


def test_three_visits_are_repeated_measures_as_r_has_them(r_peer: Path) -> None:
    """rmcorr on the same numbers: r .351368047627, p .0356119835094 with 34 degrees of freedom."""
    long = pl.read_csv(r_peer / "long.csv")
    ids = long["id"].unique(maintain_order=True).to_list()
    rows, tables = [], []
    for visit, part in enumerate(
        long.with_columns(v=pl.int_range(pl.len()).over("id")).partition_by("v"), 1
    ):
        rows += [
            row
            for donor, x in part.select("id", "x").iter_rows()
            for row in group(f"FM{ids.index(donor)}x", [x], visit=str(visit))
        ]
        pain: dict[str, float | None] = {
            f"FM{ids.index(donor)}x00": float(y) for donor, y in part.select("id", "y").iter_rows()
        }
        tables.append(clinic(pain, visit=str(visit)))
    visits = tuple(str(v) for v in range(1, len(tables) + 1))
    answer, *lagged = asked(
        rows,
        pl.concat(tables),
        Change(**{**{f: getattr(BOTH, f) for f in BOTH.__dataclass_fields__}, "visits": visits}),
    )
    assert (answer["estimate"], answer["p"]) == pytest.approx(
        (0.351368047627, 0.0356119835094), rel=1e-6
    )
    assert (answer["lower"], answer["upper"]) == pytest.approx(
        (0.0258119643847, 0.609540305253), rel=1e-6
    )
    assert len(lagged) == 2
    assert all("next visit's" in row["estimand"] for row in lagged)


def test_what_is_missing_is_said() -> None:
    rng = np.random.default_rng(2)
    first, last = rng.normal(0, 1, 7), rng.normal(0.5, 1, 7)
    scores = pl.concat([scores_of(rng.normal(50, 9, 7), "1"), scores_of(rng.normal(50, 9, 7), "2")])
    rows = group("FM", first, visit="1") + group("FM", last, visit="2")[:4]
    (answer,) = asked(rows, scores)
    assert (
        answer["reason"]
        == "4 donors with a result and a score at two visits; at least 5 are needed"
    )
    rows = group("FM", first, visit="1") + group("FM", last, visit="2")
    rows[0] = undetected("FM00", -1.0, visit="1")
    (answer,) = asked(rows, scores)
    assert answer["warnings"] == ["1 results known only by bounds take no part"]
    assert answer["n"][0]["n"] == 6
    (answer,) = asked(group("FM", first, visit="1") + group("FM", first + 1, visit="2"), scores)
    assert answer["reason"] == "every donor changed alike"
