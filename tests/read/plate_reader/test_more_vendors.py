"""EnVision, SkanIt and SMART Control: made files in the layouts that are publicly described."""

from __future__ import annotations

from pathlib import Path

import pytest
from plate_exports import mistakes, plate, reading, values, why
from plate_vendors import (
    A450,
    ENVISION,
    ENVISION_END,
    SKANIT,
    SMART,
    envision_plate,
    skanit_sheet,
)
from qpcr_exports import workbook


def test_envision_reads_every_label_and_keeps_what_is_calculated(tmp_path: Path) -> None:
    read = reading(tmp_path, ENVISION)
    assert values(read, "A450(1)") == plate() and values(read, "A570(1)") == plate(plus=0.5)
    assert set(read.readings["unit"]) == {"OD"}
    assert read.header["serial number"] == "1050242" and "start" in read.header
    calculated = read.vendor.filter(read.vendor["block"].str.starts_with("Calculated results"))
    assert calculated.height == 96
    assert "somebody" not in str(read.vendor.rows()) and "line Last edited by" in why(read)


def test_envision_reads_the_plate_that_run_names(tmp_path: Path) -> None:
    two = envision_plate(1, (A450, plate())) + envision_plate(2, (A450, plate(plus=0.5)))
    assert "2 plates with results" in mistakes(tmp_path, two + ENVISION_END)
    read = reading(tmp_path, two + ENVISION_END, run="2")
    assert values(read) == plate(plus=0.5)
    assert why(read)["plate 1"].startswith("another plate")
    assert "no plate '3'" in mistakes(tmp_path, two, run="3")


def test_envision_tells_repeats_and_channels_apart(tmp_path: Path) -> None:
    repeated = envision_plate(1, (A450, plate())) + envision_plate(
        1, (A450, plate(plus=0.5)), repeat=2
    )
    read = reading(tmp_path, repeated)
    assert values(read, "A450(1) repeat 1") == plate()
    assert values(read, "A450(1) repeat 2") == plate(plus=0.5)
    second = A450.replace("channel 1", "channel 2")
    read = reading(tmp_path, envision_plate(1, (A450, plate()), (second, plate(plus=0.5))))
    assert values(read, "A450(1) - channel 2") == plate(plus=0.5)
    laser = "Results for HTRF Laser [Eu](1) - channel {} window 1 (Counts)"
    both = ((laser.format(1), plate()), (laser.format(2), plate(plus=0.5)))
    read = reading(tmp_path, envision_plate(1, *both))
    assert values(read, "HTRF Laser [Eu](1) - channel 2 window 1") == plate(plus=0.5)


def test_envision_refuses_a_matrix_that_is_cut_short(tmp_path: Path) -> None:
    cut = ENVISION.replace("\nH,8.01", "\nx,8.01", 1).replace("\nH,8.01", "\nx,8.01", 1)
    assert "rows A to G" in mistakes(tmp_path, cut.replace("\nH,", "\nx,"))


def test_skanit_reads_every_wavelength_with_the_layout(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**SKANIT), "p.xlsx")
    assert values(read, "450") == plate() and values(read, "570") == plate(plus=0.5)
    rows = {row["well"]: row for row in read.readings.filter(block="450").iter_rows(named=True)}
    assert [rows[w]["vendor_role"] for w in ("A1", "B1", "C1")] == ["standard", "blank", "sample"]
    assert rows["C1"]["sample"] == "Un25" and set(read.readings["unit"]) == {"OD"}
    assert read.header["software"].startswith("SkanIt Software 7.0")
    assert "somebody" not in str(read.vendor.rows())


def test_skanit_reads_the_plate_that_run_names(tmp_path: Path) -> None:
    two = SKANIT | {
        "Absorbance 1_01": skanit_sheet(
            (1, "450", "Abs", plate()), (2, "450", "Abs", plate(plus=0.5))
        )
    }
    assert "2 plates" in mistakes(tmp_path, workbook(**two), "p.xlsx")
    assert values(reading(tmp_path, workbook(**two), "p.xlsx", run="2")) == plate(plus=0.5)


@pytest.mark.parametrize("turned", [False, True])
def test_smart_control_reads_its_table_whichever_way_it_lies(tmp_path: Path, turned: bool) -> None:
    rows = SMART["Table End point"][1:]
    table = [list(column) for column in zip(*rows, strict=True)] if turned else rows
    sheets = SMART | {"Table End point": [["User: somebody"], *table]}
    read = reading(tmp_path, workbook(**sheets), "p.xlsx")
    assert values(read) == {"A1": 5000, "A2": 12, "B1": 700, "B2": 15}
    assert set(read.readings["block"]) == {"480-14/520-30"}
    assert set(read.readings["unit"]) == {"RFU"}
    columns = ("well", "vendor_role", "vendor_nominal", "vendor_dilution")
    assert set(read.readings.select(columns).rows()) == {
        ("A1", "standard", 1000.0, None),
        ("A2", "blank", None, None),
        ("B1", "sample", None, 2.0),
        ("B2", None, None, None),
    }
    assert "somebody" not in str(read.vendor.rows()) + str(read.header)


def test_smart_control_amounts_in_another_unit_are_not_taken(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**SMART), "p.xlsx", unit="ng/mL")
    assert read.readings["vendor_nominal"].null_count() == 4
    assert "fill `nominal` in the layout" in why(read)["Standard Concentrations [pg/mL]"]


def test_smart_control_without_raw_data_is_refused(tmp_path: Path) -> None:
    table = [row for row in SMART["Table End point"] if not str(row[0]).startswith("Raw")]
    sheets = SMART | {"Table End point": table}
    assert "no row or column Raw Data" in mistakes(tmp_path, workbook(**sheets), "p.xlsx")
