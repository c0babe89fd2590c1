"""Tecan i-control workbooks, built after public descriptions of them: no real one was at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plate_exports import mistakes, plate, read_or_refused, reading, text, values, why
from plate_vendors import ICONTROL, ICONTROL_END, ICONTROL_HEAD, icontrol_label
from qpcr_exports import workbook


def test_every_label_is_a_reading(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(Sheet1=ICONTROL), "p.xlsx")
    assert values(read, "Label1") == plate() and values(read, "Label2") == plate(plus=0.5)
    assert set(read.readings["unit"]) == {"OD"} and set(read.readings["channel"]) == {"TNF"}
    assert read.header == {
        "format": "Tecan i-control",
        "instrument": "infinite 200Pro",
        "serial number": "1301004567",
        "date": "2026-03-02",
        "firmware": "V_3.40_07/12_Infinite",
        "plate type": "Greiner 96 Flat Bottom Transparent Polystyrol [GRE96ft.pdfx]",
        "readings": "Label1, Label2",
    }


def test_settings_are_kept_and_people_are_not(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(Sheet1=ICONTROL), "p.xlsx")
    said = read.vendor.select("block", "row", "text").rows()
    assert ("Label1", "Measurement Wavelength", "450 nm") in said
    assert ("Label2", "Measurement Wavelength", "570 nm") in said
    assert ("Label1", "Temperature", "25.1 °C") in said and (
        "end",
        "End Time",
        "02.03.2026 10:46:01",
    ) in said
    assert "LAB-PC" not in str(said) + str(read.header) + str(read.ignored)
    assert why(read) == {"lines System, User": "may name a person"}


@pytest.mark.parametrize(
    ("mode", "unit"),
    [
        ("Fluorescence Top Reading", "RFU"),
        ("Luminescence", "RLU"),
        ("Absorbance", "OD"),
        ("Absorption", "OD"),
        ("?", ""),
    ],
)
def test_the_mode_is_the_unit(tmp_path: Path, mode: str, unit: str) -> None:
    read = reading(
        tmp_path,
        workbook(S=[*ICONTROL_HEAD, *icontrol_label("Label1", plate(), mode=mode), *ICONTROL_END]),
        "p.xlsx",
    )
    assert set(read.readings["unit"]) == {"" if mode == "Absorption" else unit}


def test_overflow_blank_wells_and_384(tmp_path: Path) -> None:
    wells = plate(16, 24) | {"A1": "OVER", "P24": None}
    read = reading(
        tmp_path,
        workbook(S=[*ICONTROL_HEAD, *icontrol_label("Label1", wells), *ICONTROL_END]),
        "p.xlsx",
    )
    assert values(read) == {w: v for w, v in plate(16, 24).items() if w != "P24"} | {"A1": None}
    assert "1 signals of Label1 too high to be read: A1 (OVER)" in why(read)


def test_part_of_a_plate_only_where_the_file_states_it(tmp_path: Path) -> None:
    part = {w: v for w, v in plate().items() if w[0] in "CDE" and 3 <= int(w[1:]) <= 8}
    stated = [*ICONTROL_HEAD, *icontrol_label("Label1", part, part="C3-E8"), *ICONTROL_END]
    assert values(reading(tmp_path, workbook(S=stated), "p.xlsx")) == part
    other = [*ICONTROL_HEAD, *icontrol_label("Label1", part, part="C3-F8"), *ICONTROL_END]
    assert "the wells C3-E8 of Label1" in mistakes(tmp_path, workbook(S=other), "p.xlsx")
    unsaid = [*ICONTROL_HEAD, *icontrol_label("Label1", part), *ICONTROL_END]
    assert "`Part of Plate`" in mistakes(tmp_path, workbook(S=unsaid), "p.xlsx")


@pytest.mark.parametrize(
    "line", ["Cycle Nr.", "Kinetic Cycles", "Multiple Reads per Well (Square)", "Number of Reads"]
)
def test_kinetics_and_several_reads_are_refused(tmp_path: Path, line: str) -> None:
    rows = [*ICONTROL_HEAD, [line, 1, 2, 3], *icontrol_label("Label1", plate()), *ICONTROL_END]
    assert "kinetics, or several reads a well" in mistakes(tmp_path, workbook(S=rows), "p.xlsx")


def test_a_list_and_a_broken_matrix_are_refused(tmp_path: Path) -> None:
    listed: list[list[object]] = [
        *ICONTROL_HEAD,
        ["Label: Label1"],
        ["<>", "Value"],
        ["A1", 0.5],
        ["A2", 0.75],
        *ICONTROL_END,
    ]
    assert "`<>` without column numbers and row letters" in mistakes(
        tmp_path, workbook(S=listed), "p.xlsx"
    )
    assert "no matrix of a plate" in mistakes(
        tmp_path, workbook(S=[*ICONTROL_HEAD, *ICONTROL_END]), "p.xlsx"
    )
    short = {w: v for w, v in plate().items() if w[0] != "H"}
    assert "A1-G12" in mistakes(
        tmp_path,
        workbook(S=[*ICONTROL_HEAD, *icontrol_label("Label1", short), *ICONTROL_END]),
        "p.xlsx",
    )
    wide: list[list[object]] = [
        *ICONTROL_HEAD,
        *[
            [*row, 7.5] if row and row[0] == "C" else row
            for row in icontrol_label("Label1", plate())
        ],
        *ICONTROL_END,
    ]
    assert "'7.5' beside a matrix" in mistakes(tmp_path, workbook(S=wide), "p.xlsx")


def test_sheets(tmp_path: Path) -> None:
    book = workbook(
        Sheet1=[*ICONTROL_HEAD, *icontrol_label("Label1", plate()), *ICONTROL_END],
        Sheet2=[*ICONTROL_HEAD, *icontrol_label("Label1", plate(plus=1)), *ICONTROL_END],
        Sheet3=[["x"]],
    )
    read = reading(tmp_path, book, "p.xlsx")
    assert values(read, "Sheet1 Label1") == plate() and values(read, "Sheet2 Label1") == plate(
        plus=1
    )
    assert why(read)["sheet Sheet3"] == "no matrix of a plate (`<>`)"
    assert values(reading(tmp_path, book, "p.xlsx", sheet="Sheet2"), "Label1") == plate(plus=1)


def test_saved_as_text(tmp_path: Path) -> None:
    rows = [["" if cell is None else cell for cell in row] for row in ICONTROL]
    read = reading(tmp_path, text(rows, "\t", comma=True), "p.txt")
    assert values(read, "Label1") == plate() and values(read, "Label2") == plate(plus=0.5)
    assert read.header["format"] == "Tecan i-control"


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_cell_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rows = [[*row] for row in ICONTROL]
    row = data.draw(st.sampled_from([row for row in rows if row]))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(
        st.sampled_from(
            [None, "", "<>", "A", "OVER", 1, -1, 1e300, "Label: Label1", "Cycle Nr.", "12,5"]
        )
    )
    read_or_refused(tmp_path_factory.getbasetemp(), workbook(S=rows), "p.xlsx")
