"""A csv that a spreadsheet opens runs nothing."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from exvivo.csv_text import csv_text


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_cell_opens_as_a_formula(sign: str) -> None:
    """Every sign that a spreadsheet takes for the beginning of a formula is made harmless."""
    frame = pl.DataFrame({"donor": [f"{sign}1+1", f"a{sign}1"], "value": [-1.5, 2.0]})
    text = csv_text(frame, simulated=False)
    first, second = csv.DictReader(io.StringIO(text, newline=""))
    assert first == {"donor": f"'{sign}1+1", "value": "-1.5"}
    assert second == {"donor": f"a{sign}1", "value": "2.0"}
