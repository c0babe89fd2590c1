"""One pair of replicates far apart is worth a look, but for Cq."""

from __future__ import annotations

import polars as pl
import pytest

from exvivo.flag.wells import _severity
from exvivo.study import Assay, Immunoassay, Qpcr

ELISA = Immunoassay(id="elisa", kind="immunoassay", analyte="TNF")
MRNA = Qpcr(id="mrna", kind="qpcr", references=("UBC",))


@pytest.mark.parametrize(
    ("distance", "far", "assay", "severity"),
    [
        (5.0, 4.5, ELISA, "look"),
        (3.0, 4.5, ELISA, "note"),
        (5.0, 4.5, MRNA, "note"),
    ],
)
def test_one_pair_that_is_far(distance: float, far: float, assay: Assay, severity: str) -> None:
    rows = pl.DataFrame({"range": [distance, *[0.1] * 30], "far": [far] * 31})
    assert _severity(rows.head(1), rows, assay) == severity


def test_many_pairs_that_lie_apart_are_a_look_in_every_assay() -> None:
    rows = pl.DataFrame({"range": [2.0] * 10, "far": [4.5] * 10})
    assert _severity(rows.head(2), rows, MRNA) == "look"
