"""Controls on several plates, dilutions of one sample, spikes: what an assay says of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from exvivo.quantify.controls import by_plate, dilution_linearity, plate_errors, spike_recovery
from exvivo.tables import SHARED


def read_of(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Wells read off a curve; what a row leaves out is that of an undiluted sample of one donor."""
    plain: dict[str, object] = {
        "plate": "P1",
        "well": "A1",
        "analyte": "TNF",
        "role": "sample",
        "donor": "D1",
        "visit": "1",
        "cell_type": "iMG",
        "culture": None,
        "stimulus": "ATP",
        "dose": None,
        "time": None,
        "control": None,
        "nominal": None,
        "dilution": 1.0,
        "value": None,
        "sd": 0.1,
        "censor": "none",
        "shared": [],
    }
    kinds: dict[str, Any] = {
        "nominal": pl.Float64,
        "value": pl.Float64,
        "shared": SHARED,
        "control": pl.String,
    }
    texts = dict.fromkeys(("culture", "dose", "time", "donor"), pl.String)
    return pl.DataFrame([plain | row for row in rows], schema_overrides=kinds | texts)


def controls(
    rng: np.random.Generator, plates: int, between: float, analytes: int = 5, wells: int = 2
) -> pl.DataFrame:
    """Two controls on every plate, `wells` each, that differ by plate (sd `between`) and by well
    (sd 0.1).
    """
    return read_of(
        [
            {
                "analyte": f"A{a}",
                "plate": f"P{p}",
                "well": f"{c}{w}",
                "role": "qc",
                "control": c,
                "nominal": amount,
                "value": np.log2(amount) + shift + 0.1 * rng.standard_normal(),
                "donor": None,
            }
            for a in range(analytes)
            for p, shift in enumerate(between * rng.standard_normal(plates))
            for c, amount in (("low", 20.0), ("high", 500.0))
            for w in range(wells)
        ]
    )


def test_the_spread_between_plates_is_told_apart_from_that_of_wells() -> None:
    rng = np.random.default_rng(1)
    for between in (0.0, 0.3):
        each = [
            plate_errors(controls(rng, 6, between))["between_sd"].to_numpy() ** 2 for _ in range(60)
        ]
        means = np.array([one.mean() for one in each])
        # drawing towards the common variance leaves the mean where it was; at nothing, only positive excess remains
        reach = 3 * means.std(ddof=1) / np.sqrt(len(means))
        if between:
            assert abs(means.mean() - between**2) < reach
        else:
            assert means.mean() < 0.1**2 / 4 + reach


def test_one_plate_tells_nothing_of_plates() -> None:
    assert plate_errors(controls(np.random.default_rng(2), 1, 0.3)).is_empty()
    kept = by_plate(controls(np.random.default_rng(2), 1, 0.3))
    assert kept["name"].unique().sort().to_list() == ["high", "low"]
    assert kept["expected"].unique().sort().to_list() == pytest.approx([np.log2(20), np.log2(500)])


def test_dilution_linearity_is_the_slope_within_samples() -> None:
    rows: list[dict[str, object]] = [
        {"donor": donor, "dilution": float(d), "value": level + 0.2 * np.log2(d)}
        for donor, level in (("D1", 5.0), ("D2", 9.0))
        for d in (1, 2, 4, 8)
    ]
    found = dilution_linearity(read_of(rows))["TNF"]
    assert found["dilution_slope"] == pytest.approx(0.2)
    assert found["dilution_slope_se"] == pytest.approx(0.0, abs=1e-9)
    assert found["dilution_samples"] == 2
    assert dilution_linearity(read_of([row for row in rows if row["dilution"] == 1.0])) == {}


def test_a_spike_is_found_again_beside_what_was_there() -> None:
    rows: list[dict[str, object]] = [
        {"value": np.log2(100.0)},
        {"well": "A2", "role": "spike", "nominal": 200.0, "value": np.log2(280.0)},
        {"well": "A3", "donor": "D2", "value": None, "censor": "left"},
        {"well": "A4", "donor": "D2", "role": "spike", "nominal": 200.0, "value": np.log2(220.0)},
    ]
    found = spike_recovery(read_of(rows))["TNF"]
    assert found == pytest.approx(
        {"spikes": 2, "spike_recovery": 1.0, "spike_least": 0.9, "spike_most": 1.1}
    )
