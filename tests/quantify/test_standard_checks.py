"""Standards that contradict what standards are, and plates that contradict one another: refused, or
flagged with the wells and plates named.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from elisa_plates import two_plates
from test_concentrations import STUDY, plate, quantities

from exvivo.errors import StudyError
from exvivo.figures import figure
from exvivo.flag import Look
from exvivo.flag.curves import (
    blanks_above_standards,
    bridges_that_drift,
    midpoints_apart,
    standards_that_do_not_rise,
)
from exvivo.flag.look import Fit, each
from exvivo.flagged import Flag
from exvivo.gather import gather
from exvivo.quantify import quantify
from exvivo.quantify.immunoassay.absorbance import impossible_densities
from exvivo.reconcile import Held
from exvivo.reconcile.standards_apart import standards_apart
from exvivo.tables import RESPONSES


def refusal(folder: Path) -> str:
    gathered = gather(folder)
    with pytest.raises(StudyError) as caught:
        quantify(gathered.wells, study=gathered.study)
    return str(caught.value)


def look_at(folder: Path) -> Look:
    gathered = gather(folder)
    made, assays = quantify(gathered.wells, study=gathered.study)
    return Look(
        study=gathered.study,
        wells=gathered.wells,
        quantities=made,
        assays=assays,
        responses=RESPONSES.frame(),
    )


def raised(folder: Path) -> dict[str, Sequence[Flag]]:
    """The flags of each rule of curves, on a study of two plates."""
    look = look_at(folder)
    (rising, blanks) = each("curve", standards_that_do_not_rise, blanks_above_standards)
    (bridges,) = each("control", bridges_that_drift)
    rules = {"flat": rising, "blanks": blanks, "bridge": bridges, "fitted": midpoints_apart}
    told: dict[str, Sequence[Flag]] = {name: list(rule(look)) for name, rule in rules.items()}
    return told | {"midpoint": list(standards_apart(Held(study=look.study, wells=look.wells)))}


def test_standards_written_backwards_are_refused_beside_blanks(
    tmp_path: Path, shared_data: Path
) -> None:
    fault = shared_data / "faults" / "immunoassay" / "06_standards_backwards"
    shutil.copytree(fault, tmp_path / "study")
    assert "signal falls as their amount rises" in refusal(tmp_path / "study")


@pytest.mark.parametrize("blanks", [0, 1, 2, 4])
@pytest.mark.parametrize("levels", [4, 6])
def test_no_number_of_blanks_hides_an_order_written_backwards(blanks: int, levels: int) -> None:
    wells = plate(np.random.default_rng(1), "P1", [{"donor": "D1", "amount": 100.0}])
    wells = wells.filter(pl.col("role") != "blank")
    amounts = sorted(wells["nominal"].drop_nulls().unique())[-levels:]
    turned = dict(zip(amounts, reversed(amounts), strict=True))
    kept = wells.filter(pl.col("nominal").is_null() | pl.col("nominal").is_in(amounts))
    blank = wells.head(1).with_columns(
        role=pl.lit("blank"), nominal=pl.lit(None, dtype=pl.Float64), reading=pl.lit(0.05)
    )
    backwards = kept.with_columns(pl.col("nominal").replace(turned))
    made = pl.concat(
        [backwards, *(blank.with_columns(well=pl.lit(f"B{i}")) for i in range(blanks))]
    )
    with pytest.raises(StudyError, match="falls as their amount rises"):
        quantities(made)


def test_a_curve_that_does_not_rise_bounds_nothing() -> None:
    """Standards without analyte: no reading says where a sample lies, not even above them."""
    rng = np.random.default_rng(2)
    wells = plate(rng, "P1", [{"donor": "D1", "amount": 5_000.0}])
    is_standard = wells["role"].is_in(["standard", "blank"])
    flat = pl.Series(0.05 * np.exp(0.02 * rng.standard_normal(wells.height)))
    dead = wells.with_columns(reading=pl.when(is_standard).then(flat).otherwise("reading"))
    made, rows = quantities(dead)
    assert made.filter(on="amount").is_empty()
    assert made.filter(on="signal").height == 1
    (curve,) = (row for row in rows if row["kind"] == "curve")
    assert any(figure["name"] == "flat" for figure in curve["figures"])


def test_honest_plates_raise_none(tmp_path: Path) -> None:
    assert not any(raised(two_plates(tmp_path / "study")).values())


@pytest.mark.parametrize("amounts", [0.001, 1000.0])
def test_amounts_in_another_unit_on_one_plate_are_refused(tmp_path: Path, amounts: float) -> None:
    words = refusal(two_plates(tmp_path / "study", amounts=amounts))
    assert "15.6 to 1000" in words
    assert "one unit on all plates" in words


@pytest.mark.parametrize(("amounts", "severity"), [(6.0, "look"), (0.1, "look"), (30.0, "stop")])
def test_midpoints_that_no_lots_explain_are_told(
    tmp_path: Path, amounts: float, severity: str
) -> None:
    (midpoint,) = raised(two_plates(tmp_path / "study", amounts=amounts))["midpoint"]
    assert midpoint.severity == severity
    assert "P1" in str(midpoint.what) and "P2" in str(midpoint.what)


@pytest.mark.parametrize("amounts", [0.4, 2.5])
def test_midpoints_of_two_lots_are_not(tmp_path: Path, amounts: float) -> None:
    assert not raised(two_plates(tmp_path / "study", amounts=amounts))["midpoint"]


@pytest.mark.parametrize(("bridge", "flagged"), [(1.6, True), (0.6, True), (1.1, False)])
def test_a_bridge_sample_without_a_known_amount_tells_plates_apart(
    tmp_path: Path, bridge: float, flagged: bool
) -> None:
    told = raised(two_plates(tmp_path / "study", bridge=bridge))["bridge"]
    assert bool(told) == flagged
    assert all("bridge" in str(flag.what) for flag in told)


@pytest.mark.parametrize(
    ("extra", "named"), [((0.5, 0.5), ["G2", "H2"]), ((0.4, 0.0), ["G2"]), ((0.01, 0.01), [])]
)
def test_blanks_above_the_lowest_standard_are_named(
    tmp_path: Path, extra: tuple[float, float], named: list[str]
) -> None:
    told = raised(two_plates(tmp_path / "study", blanks=extra))["blanks"]
    words = " ".join(str(flag.what) for flag in told)
    assert [well for well in ("G2", "H2") if well in words] == named
    assert all("plate P2" in str(flag.row) for flag in told)


def test_bridges_of_equal_plates_are_seldom_told_apart() -> None:
    """Four plates whose means err as they say: told once in a hundred, by Monte Carlo at most 23 in
    1,000 (four standard deviations).
    """
    rng, sd, told = np.random.default_rng(8), 0.3, 0
    for means in sd * rng.standard_normal((1000, 4)):
        figures = [
            figure(name, value, of="bridge", plate=f"P{place}")
            for place, mean in enumerate(means)
            for name, value in (("control_log2", mean), ("control_sd", sd))
        ]
        row = {"assay": "elisa", "analyte": "TNF", "plate": None, "figures": figures}
        told += len(list(bridges_that_drift(Fit(row, {}, STUDY))))
    assert told <= 23


@pytest.mark.parametrize("cell", ["12.5", "1205", "-3", "99.999"])
def test_densities_that_no_reader_gives_are_refused(tmp_path: Path, cell: str) -> None:
    words = refusal(two_plates(tmp_path / "study", readings={"C3": cell}))
    assert "raw/P2.csv, plate P2" in words
    assert f"C3 {float(cell):g}" in words


@pytest.mark.parametrize("cell", ["5.2", "-0.04"])
def test_densities_that_a_reader_may_give_are_not(tmp_path: Path, cell: str) -> None:
    assert look_at(two_plates(tmp_path / "study", readings={"C3": cell})).quantities.height


@pytest.mark.parametrize(
    ("block", "unit", "scale", "refused"),
    [
        ("450", "", 1.0, True),
        ("450-570", "", 1.0, True),
        ("Label1", "OD", 1.0, True),
        ("Label1", "OD", 100.0, True),
        ("450", "", 10_000.0, False),
        ("Label1", "", 1.0, False),
        ("450", "RFU", 1.0, False),
        ("528", "RLU", 1.0, False),
        ("OD450", "", 1.0, True),
        ("Abs 450", "", 1.0, True),
        ("ELISA:450", "", 1.0, True),
    ],
)
def test_only_absorbance_has_such_a_scale(
    block: str, unit: str, scale: float, refused: bool
) -> None:
    """A signal of 31.2 among those of 0.05 to 3, as the reading is named and its unit says."""
    signals = [scale * value for value in (0.05, 0.3, 0.9, 1.4, 2.2, 31.2)]
    wells = pl.DataFrame(
        {"plate": "P1", "block": block, "unit": unit, "well": list("ABCDEF"), "value": signals}
    ).with_columns(role=pl.lit("sample"))
    assert bool(list(impossible_densities(wells, STUDY))) == refused


def test_samples_in_another_unit_than_their_standards_are_refused() -> None:
    """Standards in OD, and twice as many samples in thousandths of it."""
    wells = pl.DataFrame(
        {
            "plate": "P1",
            "block": "450",
            "unit": "",
            "well": [f"A{n}" for n in range(1, 10)],
            "role": ["standard"] * 3 + ["sample"] * 6,
            "value": [0.1, 0.9, 2.4, *[150.0, 300.0, 900.0, 1200.0, 1900.0, 2300.0]],
        }
    )
    (mistake,) = impossible_densities(wells, STUDY)
    assert "A4 150" in mistake.found
