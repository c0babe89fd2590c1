"""Many cells of three replicates are three, not three hundred: Lord et al. 2020, doi
10.1083/jcb.202001064.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from compare_tables import quantities, quantity, study
from scipy import stats

from exvivo.compare import compare
from exvivo.compare import responses as responses_of
from exvivo.study import Effect, Stimulus
from exvivo.tables import CLINIC

SPEED = Effect(
    id="speed",
    ask="effect",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    stimulus="Control",
    blocked="Drug",
)
ARMS = (
    Stimulus(id="none", name="nothing", control=True),
    Stimulus(id="Control", name="vehicle"),
    Stimulus(id="Drug", name="drug"),
)


def test_the_answer_is_that_of_the_replicates(shared_data: Path) -> None:
    cells = pl.read_csv(shared_data / "pseudoreplication" / "lord_2020_superplots.csv")
    control, drug = (
        cells.filter(Treatment=name)["Speed"].to_numpy() for name in ("Control", "Drug")
    )
    assert stats.ttest_ind(control, drug).pvalue < 1e-10  # what counting cells would claim
    rows = [quantity(f"FM{r}", t, float(s), sd=None) for r, t, s in cells.iter_rows()]
    of = study(replace(SPEED), stimuli=ARMS)
    made = responses_of(quantities(*rows), study=of)
    found = compare(made, CLINIC.frame(), study=of, rng=np.random.default_rng(1)).filter(
        part="answer"
    )
    assert found["p"][0] == pytest.approx(0.0146, abs=5e-5)
    assert found["n"][0].to_list()[0]["n"] == 3
