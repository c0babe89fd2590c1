"""Melting curves: one product, two, another one, none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.quantify.qpcr.melting import melting, melting_peaks
from exvivo.read import read_plate
from exvivo.study import Qpcr
from exvivo.tables import WELLS

DEGREES = np.arange(60.0, 95.01, 0.5)
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def melted(*products: tuple[float, float], noise: float = 0.002, seed: int = 1) -> Numbers:
    """Fluorescence that falls with temperature, and falls steeply where each product (temperature,
    share) melts.
    """
    fall = sum(share / (1 + np.exp((DEGREES - at) / 0.7)) for at, share in products)
    return np.asarray(
        0.5
        - 0.004 * (DEGREES - 60)
        + fall
        + np.random.default_rng(seed).normal(0, noise, DEGREES.size)
    )


@given(st.floats(66.0, 90.0), st.integers(0, 1000))
def test_one_product_has_one_peak_where_it_melts(at: float, seed: int) -> None:
    peaks = melting_peaks(DEGREES, melted((at, 1.0), seed=seed))
    assert len(peaks) == 1 and peaks[0] == pytest.approx(at, abs=0.3)


def test_two_products_have_two_peaks_the_higher_first() -> None:
    peaks = melting_peaks(DEGREES, melted((74.0, 0.4), (86.0, 0.8)))
    assert peaks == pytest.approx([86.0, 74.0], abs=0.3)


def test_where_nothing_melts_there_is_no_peak() -> None:
    assert melting_peaks(DEGREES, 0.5 - 0.004 * (DEGREES - 60)) == []
    assert melting_peaks(DEGREES[:5], DEGREES[:5]) == []


def wells(*curves: Numbers) -> pl.DataFrame:
    return WELLS.frame(
        [
            {
                "source": "raw/Q.rdml",
                "sha256": "0",
                "block": "run",
                "plate": "Q1",
                "well": f"A{i}",
                "channel": "TNF",
                "kind": "melt",
                "censor": "none",
                "unit": "fluorescence",
                "x": list(DEGREES),
                "y": list(curve),
                "assay": "mrna",
                "readout": "mRNA",
                "role": "sample",
                "dilution": 1.0,
            }
            for i, curve in enumerate(curves, 1)
        ]
    )


def test_wells_of_a_target_are_held_against_one_another() -> None:
    same = [melted((84.0, 1.0), seed=i) for i in range(6)]
    found = melting(wells(*same, melted((77.0, 1.0)), melted((84.0, 1.0), (75.0, 0.5))))["TNF"]
    assert (found["melt_wells"], found["melt_several"], found["melt_other"]) == (8, 1, 1)
    assert found["melt_temperature"] == pytest.approx(84.0, abs=0.3)
    assert melting(wells(*same[:2])) == {}


def test_real_melting_curves_are_read(shared_data: Path) -> None:
    assay = Qpcr(id="mrna", kind="qpcr", references=("x",))
    path = shared_data / "qpcr" / "rdml_vendors" / "BioRad_qPCR_melt.rdml"
    read = read_plate(path, source="b", plate="Q", assay=assay).readings.filter(kind="melt")
    assert read.height == 60
    for x, y in read.select("x", "y").iter_rows():
        assert all(x[0] <= at <= x[-1] for at in melting_peaks(np.array(x), np.array(y)))
