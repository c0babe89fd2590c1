"""An answer without each donor, and with every other choice: against the long way round."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import (
    MORE,
    RELATED,
    clinic,
    group,
    in_words,
    response,
    responses,
    study,
    undetected,
)
from scipy import stats

from exvivo.compare import compare
from exvivo.compare.methods.well_likelihood import likelihood_difference, without_each
from exvivo.compare.sample import Well
from exvivo.methods import LEAVE_ONE_OUT
from exvivo.study import Difference, Question
from exvivo.tables import CLINIC


def asked(
    rows: list[dict[str, Any]],
    *questions: Question,
    scores: pl.DataFrame | None = None,
    **changes: Any,
) -> pl.DataFrame:
    of = study(*questions, **changes)
    found = compare(
        responses(rows),
        CLINIC.frame() if scores is None else scores,
        study=of,
        rng=np.random.default_rng(1),
    )
    return in_words(found, of)


def ranges(found: pl.DataFrame) -> list[dict[str, Any]]:
    return found.filter(part="robustness", method=LEAVE_ONE_OUT.name).rows(named=True)


def test_the_range_of_a_difference_is_that_of_the_estimates_without_each_donor() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(1, 1, 9), rng.normal(0, 1, 7)
    (found,) = ranges(asked(group("FM", x) + group("HC", y), MORE))
    each = [np.delete(x, i).mean() - y.mean() for i in range(9)] + [
        x.mean() - np.delete(y, i).mean() for i in range(7)
    ]
    assert (found["lower"], found["upper"]) == pytest.approx((min(each), max(each)))
    most = int(np.argmax(np.abs(np.array(each) - (x.mean() - y.mean()))))
    name = f"FM{most:02}" if most < 9 else f"HC{most - 9:02}"
    assert f"({name} moves it most)" in found["estimand"]
    assert found["sentence"].startswith("Leaving out one donor at a time")
    assert "interval" not in found["sentence"]


def test_without_each_of_a_likelihood_is_the_likelihood_of_the_others() -> None:
    rng = np.random.default_rng(2)

    def donors(n: int, shift: float) -> tuple[tuple[Well, ...], ...]:
        made = []
        for i in range(n):
            base = rng.normal(0, 0.6)
            low = (
                Well(side=-1.0, upper=-0.2, sd=0.1)
                if i % 4 == 0
                else Well(side=-1.0, value=base, sd=0.1)
            )
            made.append((low, Well(side=1.0, value=base + shift + rng.normal(0, 0.5), sd=0.1)))
        return tuple(made)

    x, y = donors(8, 1.5), donors(7, 0.8)
    fast = without_each(x, y)
    slow = [likelihood_difference(x[:i] + x[i + 1 :], y, alpha=0.05).estimate for i in range(8)]
    slow += [likelihood_difference(x, y[:i] + y[i + 1 :], alpha=0.05).estimate for i in range(7)]
    assert fast == pytest.approx(
        np.array(slow, dtype=float), abs=5e-3
    )  # both stop when a hundredth of an error away


def test_an_answer_that_one_donor_turns_round_is_warned() -> None:
    x, y = [1.0, 1.2, 0.7, 1.4, 0.9], [0.0, 0.2, -0.1, 0.1, 1.3]
    assert stats.ttest_ind(x, y, equal_var=False).pvalue < 0.05
    assert stats.ttest_ind(x[:3] + x[4:], y, equal_var=False).pvalue > 0.05
    found = asked(group("FM", x) + group("HC", y), MORE)
    (answer,) = found.filter(part="answer").rows(named=True)
    assert any("without one donor" in warning for warning in answer["warnings"])
    steady = group("FM", [2.0, 2.1, 1.9, 2.05, 3.0]) + group("HC", [0.2, 0.15, 0.1, 0.3, 0.25])
    (answer,) = asked(steady, MORE).filter(part="answer").rows(named=True)
    assert not answer["warnings"]


def test_the_range_of_an_association() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=12)
    pain = 50 + 10 * x + rng.normal(0, 10, 12)
    scores = clinic({f"FM{i:02}": float(p) for i, p in enumerate(pain)})
    (found,) = ranges(asked(group("FM", x), RELATED, scores=scores))
    each = [stats.spearmanr(np.delete(x, i), np.delete(pain, i)).statistic for i in range(12)]
    assert (found["lower"], found["upper"]) == pytest.approx((min(each), max(each)))


def test_every_cell_of_the_grid_is_shown_with_its_choices() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(1, 1, 14), rng.normal(0, 1, 10)
    rows = group("FM", x) + group("HC", y)
    rows += [row | {"on": "signal", "value": 0.8 * row["value"]} for row in rows]
    ages = [str(40 + i % 7) for i in range(24)]
    donors = pl.DataFrame(
        {
            "donor": [r["donor"] for r in rows[:24]],
            "group": [r["group"] for r in rows[:24]],
            "age": ages,
        }
    )
    question = Difference(
        **{**{f: getattr(MORE, f) for f in MORE.__dataclass_fields__}, "adjust": ("age",)}
    )
    found = asked(rows, question, donors=donors)
    cells = found.filter(pl.col("part") == "robustness", pl.col("estimand").str.contains(" · "))
    assert cells["estimand"].to_list() == [
        "concentration · donor means · unadjusted",
        "concentration · ranks · unadjusted",
        "concentration · donor means · adjusted",
        "signal · donor means · unadjusted",
        "signal · ranks · unadjusted",
        "signal · donor means · adjusted",
    ]
    answer = found.filter(part="answer").row(0, named=True)
    assert cells["estimate"][0] == answer["estimate"]
    assert cells["estimate"][3] == pytest.approx(0.8 * answer["estimate"])
    assert (
        found.filter(part="answer").height == 1
    )  # no cell is an answer, and none is corrected for
    assert cells["p_adjusted"].null_count() == cells.height


def test_no_grid_where_there_is_little_to_choose() -> None:
    found = asked(group("FM", [1.0, 2.0, 3.0]) + group("HC", [0.0, 1.0, 0.5]), MORE)
    assert not found["estimand"].str.contains(" · ").any()


def test_bounds_and_tiny_groups_do_not_break_the_range() -> None:
    rows = [
        *group("FM", [1.0, 2.0, 3.0]),
        *group("HC", [0.0, 1.0]),
        undetected("HC02", 0.2),
        response("HC03", 0.7),
    ]
    assert asked(rows, MORE).filter(part="answer").height == 1


def test_a_result_that_says_nothing_leaves_the_range_to_the_others() -> None:
    """An answer by least squares of the donors with a result has the range of least squares, in
    studies that are too small for the likelihood of wells beside a plate too.
    """
    x, y = [1.0, 2.2, 2.9, 1.6, 2.4, 1.1, 2.0], [0.0, 0.9, 0.4]
    known = group("FM", x) + group("HC", y)
    for row, plate in zip(known, "PQPQPQPQPQ", strict=True):
        row["plates"] = [plate]
    open_ends = {"censor": "interval", "lower": -np.inf, "upper": np.inf, "plates": ["P"]}
    nothing = response("FM99", None, sd=None, **open_ends)
    alone, beside = asked(known, MORE), asked([*known, nothing], MORE)
    assert beside.filter(part="answer")["method"][0].startswith("least squares")
    is_range = pl.col("estimand").str.starts_with("leaving out one donor at a time")
    told = [each.filter(is_range).select("lower", "upper", "p").rows() for each in (alone, beside)]
    assert told[0] == told[1] and len(told[0]) == 1
