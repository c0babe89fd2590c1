"""Wells without a number although something was measured: told by what stands beside, or asked
about; and signals that are only a bound.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from elisa_plates import STANDARDS, density, two_plates
from polars.testing import assert_frame_equal
from test_concentrations import ASSAY, STUDY, plate, quantities
from test_immunoassay import real_plate

from exvivo.errors import StudyError
from exvivo.gather import gather
from exvivo.quantify import quantify
from exvivo.quantify.immunoassay.blanks import told_signals
from exvivo.tables import WELLS

SAMPLES = ("C3", "D3")
"""Two samples of the second invented plate."""


def of_wells(folder: Path) -> pl.DataFrame:
    """The amounts of the two samples, of the plate whose file was changed."""
    gathered = gather(folder)
    made, _ = quantify(gathered.wells, study=gathered.study)
    return made.filter(pl.col("well").is_in(SAMPLES), plate="P2", on="amount").sort("well")


@pytest.mark.parametrize("word", ["OVER", "OVRFLW", "*****", "#SAT", "Over", ">4.0"])
def test_a_saturated_well_lies_above_its_curve(tmp_path: Path, word: str) -> None:
    folder = two_plates(tmp_path / "study", readings=dict.fromkeys(SAMPLES, word))
    made = of_wells(folder)
    assert made["censor"].to_list() == ["right", "right"]
    assert 2 ** made["lower"].to_numpy() == pytest.approx(max(STANDARDS))


def test_a_bound_within_the_curve_is_read_off_it(tmp_path: Path) -> None:
    folder = two_plates(tmp_path / "study", readings={"C3": f">{density(100.0):.3f}"})
    (lower,) = of_wells(folder).filter(well="C3")["lower"]
    assert 2**lower == pytest.approx(100.0, rel=0.1)


def test_nan_without_anything_beside_is_asked_about(tmp_path: Path) -> None:
    gathered = gather(two_plates(tmp_path / "study", readings=dict.fromkeys(SAMPLES, "NaN")))
    with pytest.raises(StudyError) as caught:
        quantify(gathered.wells, study=gathered.study)
    assert "raw/P2.csv, plate P2" in str(caught.value)
    assert "no number of TNF in 2 sample wells (C3, D3)" in str(caught.value)
    assert "`missing`" in str(caught.value)


@pytest.mark.parametrize("word", ["missing", ""])
def test_what_is_said_to_be_missing_is_not_asked_about(tmp_path: Path, word: str) -> None:
    folder = two_plates(tmp_path / "study", readings=dict.fromkeys(SAMPLES, word))
    assert of_wells(folder).is_empty()


def test_nan_in_wells_that_no_layout_names_is_passed_over(tmp_path: Path) -> None:
    empty = {f"{row}12": "NaN" for row in "ABCDEFGH"}
    assert of_wells(two_plates(tmp_path / "study", readings=empty)).height == 2


@pytest.mark.parametrize(("beside", "side"), [(2.0, "right"), (0.01, "left"), (0.5, None)])
def test_another_reading_of_the_well_tells_the_side(beside: float, side: str | None) -> None:
    """Signals at 405 nm order the wells: one above (below) all that have a signal at 450 nm."""
    from exvivo.quantify.immunoassay.blanks import told_signals

    wells = plate(np.random.default_rng(3), "P1", [{"donor": "D1", "amount": 90.0}])
    wells = wells.with_columns(beads=pl.lit(None, dtype=pl.Float64))
    is_sample = pl.col("role") == "sample"
    wells = wells.with_columns(value=pl.when(~is_sample).then("value"))
    other = wells.with_columns(
        block=pl.lit("405"), value=pl.when(is_sample).then(beside).otherwise(pl.col("value") / 3)
    )
    both = pl.concat([wells, other])
    if side is None:
        with pytest.raises(StudyError, match="another reading among those"):
            told_signals(wells, both)
        return
    (row,) = told_signals(wells, both).filter(is_sample).iter_rows(named=True)
    assert row["censor"] == side
    ends = wells["value"].drop_nulls()
    assert (row["lower"], row["upper"]) == (
        (ends.max(), None) if side == "right" else (None, ends.min())
    )


def results_written(folder: Path, data: Path, mark: str, word: str) -> tuple[pl.DataFrame, int]:
    """The vendor's results of the real plate, and how many lines changed, with `word` written in
    the place of each `mark` and its limit.
    """
    folder.mkdir()
    study = real_plate(folder, data, ", result: vendor")
    path = study / "raw" / "P1.csv"
    lines = path.read_text("latin-1").splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith("DataType:,Result")) + 2
    changed = 0
    for at in range(start, start + 96):
        line = re.sub(rf"(?<=,){mark} ?[0-9.eE+-]+", word, lines[at])
        changed += line != lines[at]
        lines[at] = line
    path.write_bytes("".join(lines).encode("latin-1"))
    gathered = gather(study)
    return quantify(gathered.wells, study=gathered.study)[0], changed


@pytest.mark.parametrize(("mark", "word"), [(">", "NaN"), ("<", "***"), (">", "")])
def test_results_that_the_vendor_s_file_lacks_keep_their_side(
    tmp_path: Path, shared_data: Path, mark: str, word: str
) -> None:
    """Each `>` of the plate written NaN or nothing comes back by its median, at the highest
    standard times the dilution, as the vendor has it; each `<` written *** likewise.
    """
    whole, none = results_written(tmp_path / "whole", shared_data, "!", "")
    told, changed = results_written(tmp_path / "told", shared_data, mark, word)
    assert (none, changed > 20) == (0, True)
    columns = ["well", "analyte", "censor", "value", "lower", "upper"]
    assert_frame_equal(told.select(columns), whole.select(columns))


def test_results_said_to_be_missing_are_left_out(tmp_path: Path, shared_data: Path) -> None:
    whole, _ = results_written(tmp_path / "whole", shared_data, "!", "")
    told, _ = results_written(tmp_path / "told", shared_data, ">", "missing")
    assert told.height == whole.filter(pl.col("censor") != "right").height


def test_a_blank_among_results_is_asked_about(tmp_path: Path, shared_data: Path) -> None:
    """A result of the middle of the curve that somebody took out: no side is known."""
    folder = tmp_path / "study"
    folder.mkdir()
    study = real_plate(folder, shared_data, ", result: vendor")
    path = study / "raw" / "P1.csv"
    text = path.read_text("latin-1")
    start = text.index("DataType:,Result")
    line = next(
        line
        for line in text[start:].splitlines()
        if "_PHA," in line and line.split(",")[3][:1].isdigit()
    )
    cells = line.split(",")
    names = text[start:].splitlines()[1].split(",")
    place = names.index("IL10") + 1  # the location holds a comma
    cells[place] = "NaN"
    path.write_bytes((text[:start] + text[start:].replace(line, ",".join(cells))).encode("latin-1"))
    gathered = gather(study)
    with pytest.raises(StudyError, match="no number of IL10 in 1 sample well"):
        quantify(gathered.wells, study=gathered.study)


def test_a_bound_of_a_signal_says_nothing_on_the_other_side() -> None:
    """A signal above less than a blank's, or below more than the highest standard's, is none."""
    from exvivo.quantify.beyond import at_their_bounds

    wells = plate(np.random.default_rng(5), "P1", [{"donor": "D1", "amount": 90.0}])
    for censor, bound, level in (("right", "lower", 0.001), ("left", "upper", 3.5)):
        open_ = wells.with_columns(
            reading=pl.when(pl.col("role") != "sample").then("reading"),
            censor=pl.when(pl.col("role") == "sample").then(pl.lit(censor)).otherwise("censor"),
            **{bound: pl.when(pl.col("role") == "sample").then(level)},
        )
        made, _ = quantities(open_)
        assert made.filter(on="amount").is_empty()
        assert at_their_bounds(open_, censor).height == 1  # type: ignore[arg-type]


def test_dilutions_of_the_vendor_s_results_contradict_as_well() -> None:
    """A sample at 1:2 that the vendor reads as 80, and at 1:50 as more than 20,000."""
    from exvivo.quantify.immunoassay import quantify_immunoassay

    wells = plate(np.random.default_rng(7), "P1", [])
    sample = (
        wells.head(1)
        .drop("reading", "se")
        .with_columns(
            kind=pl.lit("concentration"), role=pl.lit("sample"), nominal=None, donor=pl.lit("D1")
        )
    )
    none = pl.lit(None, dtype=pl.Float64)
    rows = [
        sample.with_columns(well=pl.lit("H1"), dilution=pl.lit(2.0), value=pl.lit(80.0)),
        sample.with_columns(
            well=pl.lit("H2"),
            dilution=pl.lit(50.0),
            value=none,
            censor=pl.lit("right"),
            lower=pl.lit(20_000.0),
        ),
    ]
    assay = replace(ASSAY, result="vendor")
    of_study = WELLS.complete(pl.concat([row.select(WELLS.schema.names()) for row in rows]))
    made, assays = quantify_immunoassay(of_study, study=STUDY, assay=assay)
    assert made.select("well", "censor").rows() == [("H2", "right")]
    (control,) = assays.filter(kind="control")["figures"]
    assert [(each["name"], each["of"]) for each in control] == [("refuted", "H1")]


def test_a_blank_median_of_counted_beads_is_asked_about() -> None:
    """Beads were counted and no median came: not told by anything, and not left out."""
    rows = pl.DataFrame(
        {
            "source": "raw/L.csv",
            "plate": "P1",
            "well": ["A1", "B1"],
            "analyte": "TNF",
            "role": "sample",
            "kind": "mfi",
            "block": "Median",
            "value": [120.0, None],
            "censor": "none",
            "lower": None,
            "upper": None,
            "beads": [80.0, 80.0],
            "vendor_dilution": None,
        },
        schema_overrides={"lower": pl.Float64, "upper": pl.Float64, "vendor_dilution": pl.Float64},
    )
    with pytest.raises(StudyError, match="no number of TNF in 1 sample well"):
        told_signals(rows, rows)
    none_counted = rows.with_columns(
        beads=pl.when(pl.col("well") == "A1").then(80.0).otherwise(3.0)
    )
    assert told_signals(none_counted, none_counted)["value"].null_count() == 1
