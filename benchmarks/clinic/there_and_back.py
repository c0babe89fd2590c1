"""The model study as a REDCap project and back: are the findings those of donors.csv and
clinic.csv, number by number and verdict by verdict?

Both studies hold the same instrument files. In one, people and scores stand in donors.csv and
clinic.csv; in the other in the exports of a REDCap project, answer by answer, whose records have
names of their own.
"""

from __future__ import annotations

import tempfile
from itertools import zip_longest
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.row import Row
from exvivo.run import run
from exvivo.simulate import model_study, write

_WORDS = ("sentence", "estimand_words", "method_words", "reason_words", "warning_words")
"""Columns of FINDINGS that are made of the names of scales, which a questionnaire words itself."""
_SEED, _ANSWERS = 1, 7


def rows() -> list[Row]:
    """Cells of FINDINGS that differ between both ways."""
    virtual = model_study(rng=np.random.default_rng(_SEED))
    with tempfile.TemporaryDirectory() as folder:
        plain, redcap = Path(folder) / "plain", Path(folder) / "redcap"
        write(virtual, plain)
        write(virtual, redcap, redcap=np.random.default_rng(_ANSWERS), linked=True)
        before, after = (run(study).findings for study in (plain, redcap))
    cells = [name for name in before.columns if name not in _WORDS]
    differing = sum(_differing(before[name], after[name]) for name in cells)
    return [
        Row(what="findings of the model study", value=before.height, unit="findings"),
        Row(what="  numbers and verdicts", value=before.height * len(cells), unit="cells"),
        Row(what="  that differ by way of REDCap", value=differing, unit="cells", bar="<= 0"),
    ]


def _differing(before: pl.Series, after: pl.Series) -> int:
    """Cells that are not the same to the last digit."""
    was, now = (list(map(repr, cells.to_list())) for cells in (before, after))
    return sum(a != b for a, b in zip_longest(was, now))
