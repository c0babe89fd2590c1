from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, group, in_words, response, responses, study, undetected
from scipy import stats
from two_groups import hedges_g, welch

from exvivo.compare import compare
from exvivo.study import Difference, Plan
from exvivo.tables import CLINIC

LEVEL = {"estimand": "level", "stimulus": None}
"""What makes a response the level of the only condition."""


def asked(rows: list[dict[str, Any]], question: Difference = MORE, **changes: Any) -> pl.DataFrame:
    of = study(question, **changes)
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    return in_words(found, of).filter(pl.col("part") != "robustness")


def answer(
    rows: list[dict[str, Any]], question: Difference = MORE, **changes: Any
) -> dict[str, Any]:
    return asked(rows, question, **changes).filter(part="answer").row(0, named=True)


@pytest.fixture
def peer(r_peer: Path) -> tuple[np.ndarray, np.ndarray, dict[str, list[float]]]:
    """Donors of the R fixture and what R found."""
    donors = pl.read_csv(r_peer / "donors.csv")
    found: dict[str, list[float]] = {}
    for line in (r_peer / "peer.out").read_text().splitlines():
        words = line.split()
        try:
            found.setdefault(words[0], [float(word) for word in words[1:]])
        except (ValueError, IndexError):
            continue
    x, y = (donors.filter(grp=grp)["tnf"].to_numpy() for grp in (1, 0))
    return x, y, found


def test_r_finds_the_same(peer: tuple[np.ndarray, np.ndarray, dict[str, list[float]]]) -> None:
    x, y, r = peer
    found = asked(group("FM", x) + group("HC", y)).rows(named=True)
    main, ranks = found
    assert (main["lower"], main["upper"]) == pytest.approx(tuple(r["welch"][3:5]), rel=1e-10)
    assert main["p"] == pytest.approx(r["welch"][2], rel=1e-10)
    assert main["p_permutation"] == pytest.approx(r["perm.test_exact"][0], rel=1e-9)
    assert ranks["part"] == "beside"
    assert ranks["p"] == pytest.approx(r["wilcox_exact"][1], rel=1e-9)
    assert (ranks["lower"], ranks["upper"], ranks["estimate"]) == pytest.approx(
        tuple(r["wilcox_exact"][2:5])
    )


def test_scipy_finds_the_same() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(1, 0.8, 14), rng.normal(0, 1.3, 10)
    found = answer(group("FM", x) + group("HC", y))
    expected = stats.ttest_ind(x, y, equal_var=False)
    ends = expected.confidence_interval()
    assert found["estimate"] == pytest.approx(x.mean() - y.mean(), abs=1e-12)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-10)
    assert (found["lower"], found["upper"]) == pytest.approx((ends.low, ends.high), rel=1e-10)
    assert {c["group"]: c["n"] for c in found["n"]} == {"FM": 14, "HC": 10}


def test_hedges_g_has_its_exact_factor() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])
    assert hedges_g(x, y) == pytest.approx(
        0.797884561
    )  # Gamma(2) / (Gamma(1.5) sqrt 2) times d = 1


def test_errors_shared_by_one_group_widen_the_interval_and_common_ones_do_not() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(1, 1, 8), rng.normal(0, 1, 8)
    key = [{"key": "E", "loading": 0.4}]
    plain = answer(group("FM", x) + group("HC", y))
    common = answer(group("FM", x, shared=key) + group("HC", y, shared=key))
    single = answer(group("FM", x, shared=key) + group("HC", y))
    assert (common["lower"], common["upper"]) == (plain["lower"], plain["upper"])
    wide = welch(x, y, alpha=0.05, shared=0.16)
    assert (single["lower"], single["upper"]) == pytest.approx((wide.lower, wide.upper))
    assert wide.upper - wide.lower > plain["upper"] - plain["lower"]


def test_shared_errors_are_covered() -> None:
    rng = np.random.default_rng(4)
    studies, inside = 2000, 0
    for _ in range(studies):
        x, y = rng.normal(0, 1, 14) + rng.normal(0, 0.5), rng.normal(0, 1, 10)
        found = welch(x, y, alpha=0.05, shared=0.25)
        inside += found.lower <= 0 <= found.upper
    assert abs(inside / studies - 0.95) < 3.3 * (0.05 * 0.95 / studies) ** 0.5


def test_the_four_verdicts() -> None:
    rng = np.random.default_rng(5)
    noise = [rng.normal(0, 0.3, 12) for _ in range(2)]
    margin = Difference(**(MORE.__dict__ | {"margin": 1.0}))
    assert answer(group("FM", noise[0] + 2) + group("HC", noise[1]))["verdict"] == "supported"
    assert answer(group("FM", noise[0]) + group("HC", noise[1]), margin)["verdict"] == "equivalent"
    assert answer(group("FM", noise[0]) + group("HC", noise[1]))["verdict"] == "not resolved"
    few = answer(group("FM", noise[0][:2]) + group("HC", noise[1]))
    assert few["verdict"] == "not estimable"
    assert few["reason"] == "patients: 2 donors with a result; at least 3 are needed"
    assert few["sentence"].startswith("Whether the TNF protein response to ATP differs")
    small = answer(group("FM", noise[0] + 0.5) + group("HC", noise[1]), margin)
    assert small["verdict"] == "supported"
    assert "smaller than the 2-fold" in small["warnings"][0]


def test_equal_is_never_claimed_without_a_margin() -> None:
    rng = np.random.default_rng(6)
    found = answer(group("FM", rng.normal(0, 0.01, 30)) + group("HC", rng.normal(0, 0.01, 30)))
    assert found["verdict"] in ("not resolved", "supported")


def test_bounds_are_held_as_bounds_and_a_mostly_undetected_group_gets_no_fold() -> None:
    """A fold from the likelihood while half are detected, then of levels a probability and of
    responses nothing: ranks of responses would favour one group.
    """
    rng = np.random.default_rng(7)
    x, y = rng.normal(2, 1, 14), rng.normal(0, 1, 10)

    def censored(limit: float) -> list[dict[str, Any]]:
        return [
            undetected(row["donor"], limit) if row["value"] < limit else row
            for row in group("FM", x) + group("HC", y)
        ]

    some = answer(censored(float(np.quantile(y, 0.3))))
    assert some["unit"] == "log2 fold"
    assert some["method"].startswith("normal likelihood")
    assert sum(c["undetected"] for c in some["n"]) == 3
    mostly = censored(float(np.quantile(y, 0.7)))
    assert "ask for the level under ATP instead" in answer(mostly)["reason"]
    most = answer([row | LEVEL for row in mostly], replace(MORE, stimulus=""))
    assert most["unit"] == "probability"
    assert most["estimate"] > 0.8
    assert most["verdict"] == "supported"
    none = answer([undetected(row["donor"], 9.0) for row in group("FM", x) + group("HC", y)])
    assert none["verdict"] == "not estimable"
    assert none["reason"].startswith(
        "every response of both groups is known only by a bound (24 donors by an upper bound)"
    )


def test_a_group_confounded_with_its_plate_is_not_estimable() -> None:
    rng = np.random.default_rng(8)
    rows = group("FM", rng.normal(1, 1, 6)) + group("HC", rng.normal(0, 1, 6), plates=["P2"])
    assert (
        answer(rows)["reason"]
        == "group confounded with plate: no plate holds donors of both groups"
    )
    mixed = [*rows[:5], rows[5] | {"plates": ["P2"]}, *rows[6:11], rows[11] | {"plates": ["P1"]}]
    uneven = answer(mixed)
    assert uneven["verdict"] != "not estimable"
    assert uneven["held"] == ["plate x stimulus"]


def test_several_cell_types_must_be_named() -> None:
    rng = np.random.default_rng(9)
    rows = group("FM", rng.normal(1, 1, 6)) + group("HC", rng.normal(0, 1, 6))
    both = rows + [row | {"cell_type": "PMG"} for row in rows]
    assert "names none of the cell types PMG, iMG" in answer(both)["reason"]
    named = Difference(**(MORE.__dict__ | {"cell_type": "iMG"}))
    assert answer(both, named)["n"] == answer(rows)["n"]


def test_correction_is_over_the_declared_family_only() -> None:
    """Without permutations by Holm; with them, a second test that is the first over again costs
    nothing.
    """
    rng = np.random.default_rng(10)
    base = group("FM", rng.normal(0.9, 1, 14)) + group("HC", rng.normal(0, 1, 10))
    rows = base + [row | {"analyte": "IL6"} for row in base]

    def ask(name: str, analyte: str, family: str) -> Difference:
        return Difference(
            **(MORE.__dict__ | {"id": name, "analytes": (analyte,), "family": family})
        )

    def adjusted(*families: str, permutations: int = 0) -> list[float]:
        questions = [
            ask(f"q{i}", a, f)
            for i, (a, f) in enumerate(zip(("TNF", "IL6"), families, strict=True))
        ]
        found = compare(
            responses(rows),
            CLINIC.frame(),
            study=study(*questions, plan=Plan(permutations=permutations)),
            rng=np.random.default_rng(1),
        )
        return found.filter(part="answer")["p_adjusted"].to_list()

    alone, together = adjusted("a", "b"), adjusted("a", "a")
    assert together == pytest.approx([min(1, 2 * p) for p in alone])
    jointly = adjusted("a", "a", permutations=9999)
    assert jointly[0] == jointly[1] >= alone[0]
    assert (
        jointly[0] < alone[0] + 6 * (alone[0] / 9999) ** 0.5 + 0.01
    )  # a permutation p is not quite Welch's


def test_permutations_can_be_switched_off_and_levels_asked() -> None:
    rng = np.random.default_rng(11)
    rows = group("FM", rng.normal(1, 1, 6), estimand="level", stimulus=None)
    rows += group("HC", rng.normal(0, 1, 6), estimand="level", stimulus=None)
    level = Difference(**(MORE.__dict__ | {"stimulus": ""}))
    found = answer(rows, level, plan=Plan(permutations=0))
    assert found["p_permutation"] is None
    assert found["stimulus"] is None
    assert "level" in found["sentence"]


def words() -> Iterator[str]:
    rng = np.random.default_rng(12)
    for shift in (0.0, 2.0):
        for spread in (0.2, 2.0):
            rows = group("FM", rng.normal(shift, spread, 9)) + group("HC", rng.normal(0, spread, 9))
            for limit in (-9.0, 0.0, 1.9):
                cut = [undetected(r["donor"], limit) if r["value"] < limit else r for r in rows]
                for margin in (None, 1.0):
                    yield from asked(cut, Difference(**(MORE.__dict__ | {"margin": margin})))[
                        "sentence"
                    ]


def test_no_sentence_claims_too_much() -> None:
    banned = (
        "no effect",
        "no difference",
        "significan",
        "prove",
        "cause",
        "trend",
        "confirm",
        "biomarker",
        "predict",
    )
    said = list(words())
    assert len(set(said)) > 8
    for sentence in said:
        assert not any(word in sentence.lower() for word in banned), sentence
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "nan" not in sentence
        assert "None" not in sentence


def test_small_groups_with_bounds_are_decided_by_the_exact_p() -> None:
    """Three against three, wholly apart, one undetected: no rearrangement of six donors can make p
    smaller than 0.1. A response with two detected donors in a group has no answer.
    """
    rows = [*group("FM", [5.0, 6.0, 7.0]), *group("HC", [1.0, 2.0])[:2], undetected("HC02", 0.5)]
    assert "2 donors with a well in every condition that has a value" in answer(rows)["reason"]
    found = answer([row | LEVEL for row in rows], replace(MORE, stimulus=""))
    assert found["p_permutation"] == pytest.approx(0.1) and found["p"] == pytest.approx(0.1)
    assert found["verdict"] == "not resolved"


def test_donors_whose_result_could_be_anything_are_not_in_the_answer() -> None:
    known = group("FM", [3.0, 4.0, 5.0, 6.0]) + group("HC", [1.0, 1.5, 2.0, 2.5])
    open_ended = [
        response(f"FM{i}", None, sd=None, censor="interval", lower=-np.inf, upper=np.inf)
        for i in range(90, 95)
    ]
    few = [*known[:-1], undetected("HC03", 0.5)]
    with_them, without = answer([*few, *open_ended]), answer(few)
    assert with_them["n"] == without["n"] and [c["n"] for c in without["n"]] == [4, 4]
    assert with_them["donors"] == without["donors"]
    assert with_them["estimate"] == pytest.approx(without["estimate"])
    alone = answer([*open_ended, *group("HC", [1.0, 1.5, 2.0, 2.5])])
    assert (
        alone["verdict"] == "not estimable"
        and "0 donors whose result says anything" in alone["reason"]
    )


def test_results_that_differ_by_rounding_alone_are_the_same() -> None:
    found = answer(group("FM", 2 + 1e-13 * np.arange(6)) + group("HC", 1 + 1e-13 * np.arange(6)))
    assert found["verdict"] == "not estimable"


def test_an_error_of_one_donor_is_in_the_spread_already_and_a_common_one_is_added() -> None:
    rng = np.random.default_rng(3)
    rows = group("FM", rng.normal(1, 1, 8)) + group("HC", rng.normal(0, 1, 8))
    plain = answer(rows)
    own = answer([row | {"shared": [{"key": row["donor"], "loading": 0.8}]} for row in rows])
    assert (own["lower"], own["upper"]) == pytest.approx((plain["lower"], plain["upper"]), abs=1e-9)
    one_sided = [
        row | {"shared": [{"key": "E", "loading": 0.8}]} if row["group"] == "FM" else row
        for row in rows
    ]
    assert (
        answer(one_sided)["upper"] - answer(one_sided)["lower"]
        > plain["upper"] - plain["lower"] + 0.5
    )


def test_responses_of_which_nothing_is_known_are_not_estimable() -> None:
    """No donor is left that says anything: not even the sides are any more."""
    rows = [
        response(
            f"{letters}{i:02}",
            None,
            censor="interval",
            lower=-float("inf"),
            upper=float("inf"),
            sd=None,
            undetected_wells=4,
        )
        for letters in ("FM", "HC")
        for i in range(5)
    ]
    of = study(MORE)
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    assert found["verdict"][0] == "not estimable"
    assert found["reason"][0]["code"] == "all_undetected"
