"""Results that a table leaves open: told by the signal beside them, by their words, or asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Limit, Results

LONG = {"analyte": "cytokine", "result": "conc"}


def reading(folder: Path, lines: list[str], **fields: Any) -> FileRead:
    path = folder / "t.csv"
    path.write_text("\n".join(lines) + "\n")
    assay = Results(id="a", kind="results", **({"sample": "id"} | fields))
    return read_plate(path, source="t.csv", plate="P", assay=assay, analytes=("TNF", "IL6"))


def asked(folder: Path, lines: list[str], **fields: Any) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, lines, **fields)
    return str(caught.value)


def cohort(*more: str) -> list[str]:
    """Thirty samples of a kit that reads 5 to 4000, with their medians; and further lines."""
    amounts = np.exp(np.random.default_rng(1).normal(5.0, 2.0, 30))
    lines = ["id,cytokine,conc,MFI"]
    for at, amount in enumerate(amounts.tolist()):
        shown = "<5" if amount < 5 else ">4000" if amount > 4000 else f"{amount:.1f}"
        lines.append(f"s{at},TNF,{shown},{15000 * amount / (amount + 900) + 20:.0f}")
    return [*lines, "high,TNF,>4000,12500", "low,TNF,<5,60", *more]


def bounds(read: FileRead, well: str) -> tuple[object, ...]:
    return read.readings.filter(well=well).select("value", "censor", "lower", "upper").row(0)


@pytest.mark.parametrize("word", ["NaN", "", "***", "---", "NA", "OVRFLW", "#SAT", "Over"])
def test_a_signal_as_high_as_those_above_the_range_tells_the_side(
    tmp_path: Path, word: str
) -> None:
    read = reading(tmp_path, cohort(f"x,TNF,{word},13000"), **LONG)
    assert bounds(read, "x") == (None, "right", 4000.0, None)
    assert "tells on which side" in {i.what: i.why for i in read.ignored}["column MFI"]


@pytest.mark.parametrize("word", ["NaN", "", "***"])
def test_a_signal_as_low_as_those_below_the_range_tells_it_too(tmp_path: Path, word: str) -> None:
    read = reading(tmp_path, cohort(f"x,TNF,{word},25"), **LONG)
    assert bounds(read, "x") == (None, "left", None, 5.0)


@pytest.mark.parametrize("word", ["NaN", "", "***"])
def test_a_signal_among_those_with_numbers_is_asked_about(tmp_path: Path, word: str) -> None:
    words = asked(tmp_path, cohort(f"x,TNF,{word},3000", f"y,TNF,{word},2000"), **LONG)
    assert "beside a signal for TNF of 2 samples: x, y" in words
    assert "`missing`" in words


def test_missing_is_an_answer(tmp_path: Path) -> None:
    read = reading(tmp_path, cohort("x,TNF,missing,13000"), **LONG)
    assert read.readings.filter(well="x").is_empty()
    assert "blank results of TNF: x" in [ignored.what for ignored in read.ignored]


def test_the_laboratory_s_limit_goes_first(tmp_path: Path) -> None:
    limits = {"TNF": Limit(lower=2.0, upper=5000.0)}
    read = reading(tmp_path, cohort("x,TNF,NaN,13000", "y,TNF,NaN,25"), limits=limits, **LONG)
    assert bounds(read, "x")[2] == 5000.0
    assert bounds(read, "y")[3] == 2.0


def test_a_wide_table_has_a_signal_an_analyte(tmp_path: Path) -> None:
    lines = ["id,TNF,TNF MFI,IL6", "a,1.5,50,3", "b,NaN,300,3", "c,12,200,4", "d,,20,5"]
    read = reading(tmp_path, lines)
    assert bounds(read, "b") == (None, "right", 12.0, None)
    assert read.readings.filter(well="d", channel="TNF")["censor"].to_list() == ["left"]


def test_without_a_signal_nan_is_asked_about_and_an_empty_cell_is_not(tmp_path: Path) -> None:
    assert "'NaN' for TNF of 1 sample: b" in asked(tmp_path, ["id,TNF", "a,1.5", "b,NaN", "c,2"])
    read = reading(tmp_path, ["id,TNF", "a,1.5", "b,", "c,NA", "d,9"])
    assert [ignored.what for ignored in read.ignored] == ["blank results of TNF: b, c"]


def test_nan_of_what_is_no_concentration_is_an_absence(tmp_path: Path) -> None:
    """Programs for images write NaN where a field holds no object."""
    read = reading(tmp_path, ["id,TNF", "a,0.51", "b,NaN", "c,0.62"], unit="AU")
    assert read.readings["well"].to_list() == ["a", "c"]


def test_an_overflow_without_any_bound_is_asked_about(tmp_path: Path) -> None:
    words = asked(tmp_path, ["id,TNF,IL6", "a,OVER,1", "b,#SAT,2"])
    assert "'OVER' for TNF of 2 samples: a, b" in words
    read = reading(tmp_path, ["id,TNF", "a,OVER", "b,>80", "c,7"])
    assert bounds(read, "a") == (None, "right", 80.0, None)
