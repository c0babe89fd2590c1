"""Samples that are not clearly above the blanks of their plate are bounds: off a curve, and where
signals are all there is.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest
from test_concentrations import ASSAY, STUDY, plate, quantities, signal

from exvivo.quantify.concentrations import concentrations

SIGNALS = dataclasses.replace(ASSAY, result="signal")
Rows = list[dict[str, Any]]


def amount_of(reading: float) -> float:
    """The amount whose true signal this is."""
    return 500.0 * (reading - 0.05) / (3.0 - (reading - 0.05))


def samples(*readings: float) -> Rows:
    return [{"donor": f"D{i:02d}", "amount": amount_of(at)} for i, at in enumerate(readings)]


def blanks(*readings: float) -> Rows:
    return [{"role": "blank", "amount": amount_of(at)} for at in readings]


def by_curve(rows: Rows, seed: int = 1) -> pl.DataFrame:
    made, _ = quantities(plate(np.random.default_rng(seed), "P1", rows))
    return made.filter(on="amount").sort("donor")


def by_signal(rows: Rows, seed: int = 1) -> pl.DataFrame:
    wells = plate(np.random.default_rng(seed), "P1", rows)
    made, _ = concentrations(wells, study=STUDY, assay=SIGNALS, method="m")
    return made.sort("donor")


def test_blanks_that_the_curve_detects_bound_what_it_reads() -> None:
    """A matrix blank of 45 beside a zero standard of 0: a sample of 17 is no 17."""
    rows = samples(0.06, 0.15, 0.25, 0.29, 0.6)
    dirty, clean = by_curve(rows + blanks(*[0.3] * 4)), by_curve(rows)
    *low, high = dirty.iter_rows(named=True)
    for row in low:
        assert (row["value"], row["censor"], row["shared"]) == (None, "left", [])
        assert amount_of(0.3) < 2 ** row["upper"] < 1.3 * amount_of(0.3)
        assert row["near_control"]["role"] == "blank"
        assert row["near_control"]["shows"] == pytest.approx(0.3, rel=0.05)
    assert high["near_control"] is None
    assert high["value"] == pytest.approx(clean["value"][-1], abs=0.1)
    assert clean["near_control"].null_count() == clean.height
    assert clean["censor"].to_list()[1:] == ["none"] * 4


def test_one_blank_of_several_that_reads_high_bounds_nothing() -> None:
    rows = samples(0.15, 0.25, 0.6)
    assert by_curve(rows + blanks(0.3))["near_control"].null_count() == 3


def test_of_dilutions_the_bound_is_of_the_undiluted_sample() -> None:
    thin = [row | {"dilution": 4.0, "amount": 4 * row["amount"]} for row in samples(0.15)]
    upper = by_curve(thin + blanks(*[0.3] * 4))["upper"][0]
    assert 4 * amount_of(0.3) < 2**upper < 5 * amount_of(0.3)


def test_clean_blanks_leave_concentrations_as_they_are() -> None:
    """Over ten plates no blank that is one makes a bound of a sample."""
    rng = np.random.default_rng(5)
    for _ in range(10):
        rows = samples(*rng.uniform(0.05, 2.0, 8)) + blanks(*[0.05] * int(rng.integers(1, 5)))
        made = by_curve(rows, int(rng.integers(1000)))
        assert made["near_control"].null_count() == made.height


def test_signals_not_clearly_above_the_blanks_are_bounds() -> None:
    """0.051 beside blanks of 0.05 (noise 2 %) is one; 0.06 lies eight errors above."""
    made = by_signal(samples(0.0505, 0.049, 0.06, 0.6))
    assert made["censor"].to_list() == ["left", "left", "none", "none"]
    assert made["near_control"].struct.field("role").to_list() == ["blank", "blank", None, None]
    assert (2 ** made["upper"].drop_nulls()).is_between(0.05, 0.056).all()
    assert 2 ** made["value"][3] == pytest.approx(0.6, rel=0.07)


def test_blanks_are_told_from_samples_as_rarely_as_they_should_be() -> None:
    """Samples that hold nothing are taken for more in about 5 of 100; those of twice the blank's
    signal never for nothing.
    """
    rng = np.random.default_rng(3)
    nothing, more = 0, 0
    for _ in range(25):
        rows = samples(*[0.05] * 20, *[0.1] * 4) + blanks(*[0.05] * 4)
        made = by_signal(rows, int(rng.integers(10**6)))
        known = made["value"].is_not_null().to_list()
        nothing += sum(known[:20])
        more += sum(known[20:])
    assert more == 100
    # 500 samples at 5 %: 25, within three Monte-Carlo errors of a share that plates have in common.
    assert nothing / 500 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500) * 2


def test_signals_without_blanks_stay() -> None:
    wells = plate(np.random.default_rng(1), "P1", samples(0.051, 0.3)).filter(
        pl.col("role") != "blank"
    )
    made, _ = concentrations(wells, study=STUDY, assay=SIGNALS, method="m")
    assert made["censor"].to_list() == ["none", "none"]
    assert signal(0.0) == 0.05
