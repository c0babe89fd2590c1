"""Long tables of signals: one row a well and analyte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plate_exports import mistakes, reading, text, values, why
from plate_vendors import SIGNALS
from qpcr_exports import rows_of, workbook


def test_every_column_is_read_or_listed(tmp_path: Path) -> None:
    read = reading(tmp_path, SIGNALS, analyte="")
    columns = (
        "well",
        "channel",
        "value",
        "sample",
        "vendor_role",
        "vendor_nominal",
        "vendor_dilution",
        "beads",
    )
    assert read.readings.select(columns).rows() == [
        ("A1", "TNF", 0.125, "S1", "standard", 1000.5, None, None),
        ("A1", "IL6", 1.25, "S1", "standard", 500.25, None, None),
        ("A2", "TNF", 2.5, "D07 µ", "sample", None, 10.0, 55.0),
        ("A2", "IL6", None, "D07 µ", "sample", None, 10.0, 54.0),
        ("B1", "TNF", 0.0625, None, "blank", 0.0, None, None),
        ("tube 7", "TNF", -0.002, "Ctrl", None, None, 1.0, None),
    ]
    assert set(read.readings["kind"]) == {"signal"} and set(read.readings["block"]) == {"table"}
    assert why(read) == {
        "column plate reader": "no column that `columns` of the assay names",
        "roles in column role: kontrolle (1)": (
            "words that do not say for certain what a well is for; roles come from the layout"
        ),
        "1 wells without a signal": "nothing was read: H12",
        "1 signals of table too high to be read: A2 (OVER)": (
            "no value: taken as beyond all that was read there"
        ),
    }


def test_a_workbook_says_the_same(tmp_path: Path) -> None:
    wanted = reading(tmp_path, SIGNALS, analyte="")
    book = reading(tmp_path, workbook(Sheet=rows_of(SIGNALS)), "p.xlsx", analyte="")
    assert book.readings.drop("sha256", "block", "source").equals(
        wanted.readings.drop("sha256", "block", "source")
    )


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("OD", "OD"),
        ("Absorbance", "OD"),
        ("RFU", "RFU"),
        ("Luminescence", "RLU"),
        ("MFI", ""),
        ("signal", ""),
    ],
)
def test_usual_names_and_their_units(tmp_path: Path, name: str, unit: str) -> None:
    read = reading(tmp_path, f"Well,{name}\nA1,0.5\n")
    assert read.readings.select("channel", "value", "unit", "kind").rows() == [
        ("TNF", 0.5, unit, "signal")
    ]


def test_other_names_through_the_assay(tmp_path: Path) -> None:
    table = "Report of March\nPosition;Messwert;Probe;signal\nA1;0,5;D07;9\nA2;0,75;D08;9\n"
    columns = {"well": "Position", "signal": "Messwert", "sample": "Probe"}
    read = reading(tmp_path, table, columns=columns)
    assert read.readings.select("well", "value", "sample").rows() == [
        ("A1", 0.5, "D07"),
        ("A2", 0.75, "D08"),
    ]
    assert set(why(read)) == {"1 lines above the table", "column signal"}
    assert "no column 'probe' (sample)" in mistakes(
        tmp_path, table.replace("Probe", "P"), columns=columns
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.125", "high", ("p.csv:2 column signal", "'high'")),
        ("1000.5", "much", ("p.csv:2", "an amount, 0 or more")),
        ("1000.5", "-1", ("'-1'",)),
        (",,10,55", ",,0,55", ("how many times the sample was diluted",)),
        ("A01,IL6", "A01,TNF", ("A01 TNF again", "first at raw/p.csv:2")),
        ("A2,TNF", ",TNF", ("a row without a well",)),
        ("A2,TNF", "A2,", ("a row without an analyte",)),
        ("beads", "OD", ("each of which may be the column of signal",)),
        ("H12,TNF,,,empty,,,,x\n", "H12\n", ("a line that ends before this column",)),
        ("2.5", '"2.5', ("close the double quotes",)),
    ],
)
def test_mistakes_name_cell_and_cure(
    tmp_path: Path, old: str, new: str, said: tuple[str, ...]
) -> None:
    told = mistakes(tmp_path, SIGNALS.replace(old, new, 1), analyte="")
    for part in said:
        assert part in told


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        SIGNALS.replace("0.125", "high").replace("A2,TNF", ",TNF").replace("500.25", "much"),
        analyte="",
    )
    assert "'high'" in told and "a row without a well" in told


def test_a_file_that_is_neither_matrix_nor_table_says_how_it_begins(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "Dear reader,\nplease find attached\n")
    assert "it begins: 'Dear reader,'" in told and "`well` and `signal`" in told


def test_sheets(tmp_path: Path) -> None:
    first: list[list[object]] = [["well", "OD"], ["A1", 0.5]]
    second: list[list[object]] = [["well", "OD"], ["A1", 0.75]]
    book = workbook(One=first, Two=second, Notes=[["nothing"]])
    assert values(reading(tmp_path, book, "p.xlsx"), "Two") == {"A1": 0.75}
    chosen = reading(tmp_path, book, "p.xlsx", sheet="One")
    assert values(chosen) == {"A1": 0.5}
    assert why(chosen) == {
        "sheet Notes": "no table of signals",
        "sheet Two": "the assay names sheet One",
    }
    assert "no sheet 'Three'" in mistakes(tmp_path, book, "p.xlsx", sheet="Three")


@given(
    st.lists(
        st.floats(-1, 1e7, allow_nan=False).map(lambda x: round(x, 4)), min_size=1, max_size=24
    ),
    st.booleans(),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[float], comma: bool
) -> None:
    wells = {f"{'ABCD'[n // 6]}{n % 6 + 1}": value for n, value in enumerate(drawn)}
    rows = [["well", "signal"], ["H12", "0.0625"], *([w, f"{v:.4f}"] for w, v in wells.items())]
    raw = text(rows, ";").replace(".", ",") if comma else text(rows, ";")
    read = values(reading(tmp_path_factory.getbasetemp(), raw))
    assert read == wells | {"H12": 0.0625}
