"""The figures of ASSAYS: a closed vocabulary, and records that nobody has to take apart."""

from __future__ import annotations

import polars as pl
import pytest

from exvivo.errors import Bug
from exvivo.figures import (
    FIGURE_NAMES,
    comparison,
    figure,
    figures_from,
    figures_named,
    value_of,
    values_of,
)
from exvivo.tables import ASSAYS

FIGURES = [
    *figures_from({"between_sd": 0.3, "plates": 2}),
    figure("control_log2", 7.0, of="a:b", plate="P:1"),
    figure("shift", 0.1, of="ACT", condition="ATP"),
    figure("shift", 0.2, of="ACT", condition="FM", baseline="HC"),
]


def test_a_figure_has_the_fields_of_its_column_in_their_order() -> None:
    column = pl.Series([FIGURES], dtype=ASSAYS.schema["figures"])
    assert column.explode().struct.fields == list(figure("lod", 1.0))


def test_names_hide_no_structure_and_no_other_name_is_written_or_read() -> None:
    assert all(name.replace("_", "").isalnum() for name in FIGURE_NAMES)
    assert all(entry.meaning for entry in FIGURE_NAMES.values())
    with pytest.raises(Bug, match="log2:QC:P1"):
        figure("log2:QC:P1", 1.0)
    with pytest.raises(Bug, match="lodd"):
        value_of(FIGURES, "lodd")
    with pytest.raises(Bug, match="lodd"):
        figures_named(FIGURES, "lodd")


def test_figures_are_read_by_what_they_belong_to() -> None:
    assert values_of(FIGURES) == {"between_sd": 0.3, "plates": 2.0}
    assert value_of(FIGURES, "control_log2", of="a:b", plate="P:1") == 7.0
    assert value_of(FIGURES, "control_log2", of="a") is None
    assert [each["value"] for each in figures_named(FIGURES, "shift")] == [0.1, 0.2]
    assert comparison(FIGURES, "ATP") == {("shift", "ACT"): 0.1}
    assert comparison(FIGURES, "FM", "HC") == {("shift", "ACT"): 0.2}
