"""What `python -m benchmarks qpcr --set FOLDER` takes for the efficiency of a dilution series."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.qpcr.efficiency import STEP_CV, of_folder, pipetting


def test_the_error_of_pipetting_is_that_of_series_made_again_and_again() -> None:
    """Each amount is made from the one before, off by a CV; the slope is fitted to what was meant.
    The bounds hold 99.9 % of standard deviations of 20,000.
    """
    meant = np.log10(np.array([20000.0, 10000, 5000, 2500, 1250]))
    steps = STEP_CV / math.log(10) * np.random.default_rng(16).normal(size=(20_000, 4))
    made = meant + np.column_stack([np.zeros(20_000), steps.cumsum(axis=1)])
    slopes = np.polyfit(meant, made.T, 1)[0]
    standards = pl.DataFrame({"series": ["one"] * 5, "nominal": 10**meant})
    assert pipetting(standards) == pytest.approx(slopes.std(), rel=0.017)


def test_amounts_come_from_the_file_or_from_a_table_beside_it(
    shared_data: Path, tmp_path: Path
) -> None:
    shutil.copy(shared_data / "qpcr" / "rdml_vendors" / "stepone_std.rdml", tmp_path / "S.rdml")
    (own,) = of_folder(tmp_path)
    assert own.target == "RNase P"
    assert own.dilution == pytest.approx(1.939, abs=0.002), "the slope of the instrument's Cq"
    names = ("10000.0", "5000.0", "2500.0", "1250.0", "625.0")
    lines = [f"STD_RNase P_{name}\t{float(name):g}" for name in names]
    (tmp_path / "amounts.tsv").write_text("\n".join(["sample\tamount", *lines]))
    assert of_folder(tmp_path) == [own]
    halved = [f"STD_RNase P_{name},{math.sqrt(float(name)):g}" for name in names]
    (tmp_path / "S.csv").write_text("\n".join(["sample,nominal", *halved]))
    assert of_folder(tmp_path) == [], "too few decades"
