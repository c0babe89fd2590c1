"""The generators and counts of `python -m benchmarks design` and of the grid."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.design.cells import CELLS, Cell, Outcome, highest, holds, judged, outcome
from benchmarks.design.draw import WORDS, Draw, _noise
from benchmarks.design.laws import LAWS, virtual
from benchmarks.design.study import write
from calibration.grid import FACTORS, Measured, cells, cover, page


def test_the_band_is_the_binomial_one() -> None:
    """SciPy: up to 32 of 400, and 236 of 4,000, where 5 % claim falsely."""
    assert round(highest(400) * 400) == 32
    assert round(highest(4000) * 4000) == 236
    cell = Cell(name="any", draw=Draw(asked="level"))
    assert [holds(cell, Outcome(400, false)) for false in (32, 33)] == [True, False]


def found(*rows: tuple[str, str, float, bool]) -> pl.DataFrame:
    return pl.DataFrame(rows, ["analyte", "verdict", "estimate", "tempered"], orient="row")


def test_what_counts_as_a_false_claim() -> None:
    """By study: tempered claims and right ones apart; equivalence only beyond the margin."""
    answers = found(
        ("A000", "supported", 1.0, False),
        ("A001", "supported", 1.0, True),
        ("A002", "equivalent", 0.0, False),
        ("A003", "not estimable", 0.0, False),
    )
    null = Cell(name="null", draw=Draw(asked="level"))
    assert judged(answers, null, 4) == Outcome(4, false=1, tempered=1, silent=1)
    assert judged(answers, replace(null, family=2), 2) == Outcome(2, false=1, tempered=1)
    there = replace(null, truth=0.5, margin=0.5)
    assert judged(answers, there, 4) == Outcome(4, false=1, silent=1, right=2)
    opposite = replace(null, truth=-0.5)
    assert judged(answers, opposite, 4) == Outcome(4, false=1, tempered=1, silent=1)
    with pytest.raises(ValueError, match="4 studies answered of 5"):
        judged(answers, null, 5)


@pytest.mark.parametrize("plates", [2, 4])
def test_uneven_plates_hold_four_fifths_of_a_class(plates: int) -> None:
    study = Draw(asked="level", sizes=(10, 10), plates=plates)(np.random.default_rng(1), 1)
    first = [int(plate[1:]) < plates / 2 for plate in study.layout.plate]
    assert (sum(first[:10]), sum(first[10:])) == (8, 2)


@pytest.mark.parametrize("asked", WORDS)
def test_a_study_of_every_kind_is_read_and_answered(asked: str) -> None:
    cell = Cell(name=f"one {asked}", draw=Draw(asked=asked, sizes=(8, 8)))  # type: ignore[arg-type]
    assert outcome(cell, 0, studies=1).silent == 0


@pytest.mark.parametrize(
    ("noise", "skewness"), [("normal", 0), ("lognormal", 1.75), ("t3", None), ("skewed", 2)]
)
def test_deviations_have_mean_0_and_variance_1(noise: str, skewness: float | None) -> None:
    """SciPy's moments of the same distributions; those of 400,000 draws."""
    draws = _noise(noise, np.random.default_rng(3), (400_000,))  # type: ignore[arg-type]
    assert draws.mean() == pytest.approx(0, abs=0.01)
    assert draws.var() == pytest.approx(1, abs=0.05 if noise == "t3" else 0.02)
    if skewness is not None:
        assert (draws**3).mean() == pytest.approx(skewness, abs=0.05)


def test_streams_are_fixed_and_fresh_ones_are_others(tmp_path: Path) -> None:
    cell = CELLS[2]
    texts: list[str] = []
    for seed in ([1], [1], [2]):
        folder = tmp_path / f"{len(texts)}"
        write(cell.draw(np.random.default_rng(seed), 2), folder)
        texts.append((folder / "raw" / "P0.csv").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] != texts[2]
    assert "<" in texts[0]


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_a_law_writes_a_study_in_two_ways(law: object) -> None:
    before, after = next(one for one in LAWS if one is law).pair(virtual(0.1, 1))
    different = before.log2.shape != after.log2.shape or bool((before.log2 != after.log2).any())
    limits = before.limit is not None and after.limit is not None
    assert limits
    bounds = int(after.undetected.sum()) - int(before.undetected.sum())
    assert different or bounds or after.shuffle
    assert {q.split(",")[0] for q in before.questions} == {q.split(",")[0] for q in after.questions}


def test_shifting_a_plate_shifts_its_bounds_and_hides_nothing() -> None:
    before, after = LAWS[0].pair(virtual(0.3, 1))
    on = np.array([plate == "P1" for plate in before.layout.plate])
    assert (before.undetected == after.undetected).all()
    assert before.limit is not None and after.limit is not None
    moved = after.limit - before.limit
    assert moved[:, on] == pytest.approx(0.9)
    assert (moved[:, ~on] == 0).all()


def test_the_grid_holds_every_pair_of_levels() -> None:
    """At least 120 cells, all different, each pair of levels in three or more."""
    choices, sizes = cover(), [len(levels) for levels in FACTORS.values()]
    assert len(set(choices)) == len({cell.name for cell in cells()}) >= 120
    for i, j in combinations(range(len(sizes)), 2):
        counts = np.zeros((sizes[i], sizes[j]))
        for choice in choices:
            counts[choice[i], choice[j]] += 1
        assert counts.min() >= 3


def test_the_page_of_the_grid_shows_bad_cells_too() -> None:
    of = cells()
    text = page([Measured(of[0], Outcome(400, 20, 3, 1)), Measured(of[1], Outcome(4000, 500))], "x")
    rows = [line for line in text.splitlines() if line.startswith("| level")]
    assert rows[0].split("|")[7:-1] == [
        " 400 ", " 5.0 % ", " 8.0 % ", " yes ", " 0.8 % ", " 0.2 % ",
    ]  # fmt: skip
    assert rows[1].split("|")[7:11] == [" 4000 ", " 12.5 % ", " 5.9 % ", " **no** "]
    assert "1 of 2 cells hold" in text
