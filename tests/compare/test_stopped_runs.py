"""One study run to its end and stopped before single copies show: the answer is the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exvivo.compare import compare, responses
from exvivo.gather import gather, unwatched
from exvivo.quantify import quantify
from exvivo.study import Study
from exvivo.tables import CLINIC


def read(folder: Path, tmp_path: Path) -> tuple[pl.DataFrame, Study]:
    """The quantities of a study folder, and the study."""
    shutil.copytree(folder, tmp_path / folder.name)
    gathered = gather(tmp_path / folder.name, progress=unwatched)
    return quantify(gathered.wells, study=gathered.study)[0], gathered.study


def answer(quantities: pl.DataFrame, study: Study) -> dict[str, Any]:
    """Its one answer."""
    findings = compare(
        responses(quantities, study=study),
        CLINIC.frame(),
        study=study,
        rng=np.random.default_rng(1),
    )
    return findings.filter(part="answer").row(0, named=True)


@pytest.mark.parametrize("name", ["C9_full_40", "C9_stopped_35"])
def test_where_the_run_ended_the_interval_holds_the_true_half(
    name: str, shared_data: Path, tmp_path: Path
) -> None:
    found = answer(*read(shared_data / "faults" / "qpcr" / name, tmp_path))
    assert found["lower"] <= np.log2(0.5) <= found["upper"]
    assert found["upper"] - found["lower"] < 3.5
    assert not found["warnings"]


def test_wells_that_read_less_than_a_single_copy_warn_where_copies_are_counted(
    shared_data: Path, tmp_path: Path
) -> None:
    """A single copy at a Cq four cycles too early."""
    quantities, study = read(shared_data / "faults" / "qpcr" / "C9_full_40", tmp_path)
    early = quantities.with_columns(pl.col("one_copy") + 4.0)
    warnings = answer(early, study)["warnings"]
    assert [warning["code"] for warning in warnings] == ["below_one_copy"]
    seen = quantities.filter(censor="none").with_columns(pl.col("one_copy") + 4.0)
    assert not answer(seen, replace(study))["warnings"]
