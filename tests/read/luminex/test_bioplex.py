"""Bio-Plex workbooks in all their layouts: the same wells, numbers and bounds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luminex_exports import (
    WELLS,
    sheet_a_figure,
    sheet_an_analyte,
    wide,
)
from qpcr_exports import workbook

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Immunoassay


def reading(folder: Path, raw: bytes, name: str = "b.xlsx") -> FileRead:
    path = folder / name
    path.write_bytes(raw)
    assay = Immunoassay(id="protein", kind="immunoassay", unit="pg/mL")
    return read_plate(path, source=f"raw/{name}", plate="L1", assay=assay)


def mistakes(folder: Path, sheets: dict[str, list[list[Any]]]) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, workbook(**sheets))
    return str(caught.value)


def told(read: FileRead) -> set[tuple[Any, ...]]:
    names = (
        "well",
        "channel",
        "kind",
        "value",
        "censor",
        "lower",
        "upper",
        "unit",
        "sample",
        "vendor_role",
        "vendor_nominal",
        "vendor_dilution",
        "beads",
    )
    return set(read.readings.select(names).rows())


def cell(read: FileRead, kind: str, well: str, channel: str = "TNF-a") -> dict[str, Any]:
    return read.readings.filter(kind=kind, well=well, channel=channel).row(0, named=True)


def test_figures_become_readings(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**wide()))
    assert read.readings.height == 60 and set(read.readings["channel"]) == {"TNF-a", "IL6"}
    assert [cell(read, "mfi", w)["value"] for _, w, _, _ in WELLS] == [
        10.5,
        9000,
        900,
        500,
        20,
        15000,
        12,
        None,
        11,
        5000,
    ]
    assert (
        cell(read, "net_mfi", "B1")["value"] == 8989.5
        and cell(read, "net_mfi", "A1")["value"] is None
    )
    assert (
        cell(read, "mfi", "E1", "IL6")["beads"] == 74
        and cell(read, "mfi", "E1")["sample"] == "d07 ATP"
    )
    assert cell(read, "mfi", "B1")["sample"] == "S1"
    roles = [cell(read, "mfi", w)["vendor_role"] for _, w, _, _ in WELLS]
    assert roles == [
        "blank",
        "standard",
        "standard",
        "qc",
        "sample",
        "sample",
        "sample",
        "sample",
        None,
        "standard",
    ]
    nominals = [cell(read, "mfi", w)["vendor_nominal"] for _, w, _, _ in WELLS]
    assert nominals == [0, 1000, 100, 50, None, None, None, None, None, 500]
    assert cell(read, "mfi", "E1")["vendor_dilution"] == 4


def test_concentrations_are_values_or_bounds_of_the_undiluted_sample(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**wide()))
    assert cell(read, "concentration", "E1", "IL6")["value"] == 70.25
    wanted = {
        ("E1", "TNF-a"): ("left", None, 400),
        ("F1", "TNF-a"): ("right", 4000, None),
        ("G1", "TNF-a"): ("left", None, 400),
        ("F1", "IL6"): ("right", 1600, None),
        ("G1", "IL6"): ("none", None, None),
        ("H1", "TNF-a"): ("none", None, None),
        ("A1", "TNF-a"): ("none", None, None),
    }
    for (well, channel), (censor, lower, upper) in wanted.items():
        row = cell(read, "concentration", well, channel)
        assert (row["censor"], row["lower"], row["upper"], row["value"]) == (
            censor,
            lower,
            upper,
            None,
        ), (
            well,
            channel,
        )
    said = {ignored.what: ignored.why for ignored in read.ignored}
    assert "between the standards" in said["Obs Conc of G1 IL6 (*800)"]
    assert "unit of Obs Conc" in said and "User" in said
    assert ("Obs Conc", "G1", "TNF-a", "*3.2") in read.vendor.select(
        "block", "row", "channel", "text"
    ).rows()


def test_without_amounts_an_out_of_range_is_no_value(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**wide(["FI", "Obs Conc"])))
    assert read.readings.filter(kind="concentration")["censor"].unique().to_list() == ["none"]
    assert any(
        "no Exp Conc" in ignored.why and "E1 TNF-a" in ignored.what for ignored in read.ignored
    )


def test_every_layout_says_the_same(tmp_path: Path) -> None:
    wanted = told(reading(tmp_path, workbook(**wide())))
    shapes = {
        "split": wide(split=True),
        "analytes": sheet_an_analyte(),
        "named sheets": sheet_an_analyte(column=False),
        "means above": sheet_an_analyte(means=True),
        "a sheet a figure": sheet_a_figure(),
        "one sheet": {"All": [row for rows in sheet_an_analyte().values() for row in [*rows, []]]},
    }
    for name, sheets in shapes.items():
        assert told(reading(tmp_path, workbook(**sheets))) == wanted, name


def test_the_rest_is_kept_as_it_stands(tmp_path: Path) -> None:
    read = reading(tmp_path, workbook(**sheet_an_analyte(means=True)))
    rows = set(read.vendor.select("block", "row", "channel", "text").rows())
    assert {
        ("Std Dev", "B1", "TNF-a", "1.5"),
        ("Exp Conc", "C1", "IL6", "40"),
        ("(Obs/Exp) * 100", "D1", "IL6", "102.5"),
        ("mean of wells: FI", "B1,C1", "TNF-a", "4950"),
        ("Type", "B2", "", "ES1"),
        ("Dilution", "E1", "", "4"),
        ("analyte", "TNF-a (45)", "TNF-a", "TNF-a (45)"),
    } <= rows
    assert any(text == "OOR = Out of Range" for _, _, _, text in rows)
    assert read.header == {
        "format": "Bio-Plex Manager",
        "instrument": "Bio-Plex",
        "file": "plate.rbx",
        "start": "21-Jan-2026, 06:00 PM",
        "serial number": "LXD1",
        "reporter gain (V)": "800.22",
    }
    assert "Jane" not in f"{rows}{read.header}"


def test_regions_stay_where_they_alone_tell_analytes_apart(tmp_path: Path) -> None:
    sheets = wide(["FI"])
    top = next(row for row in sheets["Report"] if "IL6 (25)" in row)
    top[top.index("IL6 (25)")] = "TNF-a (46)"
    assert set(reading(tmp_path, workbook(**sheets)).readings["channel"]) == {
        "TNF-a (45)",
        "TNF-a (46)",
    }


def with_cell(column: int, well: str, value: Any) -> dict[str, list[list[Any]]]:
    sheets = wide()
    row = next(row for row in sheets["Report"] if row[1:2] == [well])
    row[column] = value
    return sheets


def test_what_cannot_be_told_is_refused_with_its_address(tmp_path: Path) -> None:
    assert "Report!E14" in mistakes(tmp_path, with_cell(4, "F1", "15OO0"))
    assert "'+3.2.1'" in mistakes(tmp_path, with_cell(7, "G1", "*+3.2.1"))
    assert "'Z99'" in mistakes(tmp_path, with_cell(1, "F1", "Z99"))
    assert "dilution -4" in mistakes(tmp_path, with_cell(3, "F1", -4))
    assert "9000, as in" in mistakes(tmp_path, with_cell(1, "C1", "B1"))
    assert "means of several wells" in mistakes(tmp_path, with_cell(1, "F1", "F1,F2"))
    beyond = wide()
    beyond["Report"] = [[*row, "x"] if row[:1] == ["X1"] else row for row in beyond["Report"]]
    assert "cells behind the last column" in mistakes(tmp_path, beyond)
    twice = wide(["FI", "FI"])
    assert "twice" in mistakes(tmp_path, twice)
    nobody: dict[str, list[list[Any]]] = {
        "Report": [["Type", "Well", "Description", "FI"], ["X1", "A1", "", 5]]
    }
    assert "of no analyte" in mistakes(tmp_path, nobody)
    types = sheet_an_analyte()
    next(row for row in types["IL6 (25)"] if row[2:3] == ["E1"])[1] = "X9"
    assert "X1, as in" in mistakes(tmp_path, types)


def test_a_workbook_of_something_else_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no matrix of a plate"):
        reading(tmp_path, workbook(Sheet1=[["hello"], ["there"]]))


ODD = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(
        ["OOR <", "OOR >", "*7", "---", "***", "A1", "A1,B1", "Type", "Well", "FI", "S1"]
    ),
)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(5, 18), st.integers(0, 9), ODD), min_size=1, max_size=4))
def test_odd_cells_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, odd: list[tuple[int, int, Any]]
) -> None:
    rows = [
        list(row) + [""] * (10 - len(row)) for row in wide(["FI", "Obs Conc", "Exp Conc"])["Report"]
    ]
    for line, column, value in odd:
        rows[line][column] = value
    try:
        raw = workbook(Report=rows)
    except Exception:  # characters that no workbook may hold
        return
    read_or_refused(tmp_path_factory.getbasetemp(), raw)


def read_or_refused(folder: Path, raw: bytes) -> None:
    began = time.process_time()
    try:
        read = reading(folder, raw or b" ")
    except ReadError as error:
        assert error.mistakes and all(
            m.where and m.found and m.expected and m.cure for m in error.mistakes
        )
    else:
        assert (
            set(read.readings["kind"]) <= {"mfi", "net_mfi", "concentration"}
            and read.readings.height
        )
    assert time.process_time() - began < 10, "it hangs"


def test_the_file_at_hand(shared_data: Path) -> None:
    path = shared_data / "luminex" / "bioplex_synthetic.xlsx"
    assay = Immunoassay(id="protein", kind="immunoassay")
    read = read_plate(path, source=path.name, plate="L1", assay=assay)
    assert read.readings.height == 30 and set(read.readings["kind"]) == {"mfi"}
    assert (
        cell(read, "mfi", "A2", "AN1")["value"] == 5833.6
        and cell(read, "mfi", "A2", "AN2")["beads"] == 74
    )
    assert read.header["serial number"] == "LXD1234"
