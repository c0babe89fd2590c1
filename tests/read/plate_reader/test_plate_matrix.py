"""Plates as matrices: every shape and way of writing, several in a file, and what is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plate_exports import matrix, mistakes, plate, reading, text, values, why
from qpcr_exports import workbook

from exvivo.read.plate_reader.shared import signal_of


@pytest.mark.parametrize("size", [(4, 6), (6, 8), (8, 12), (16, 24)])
@pytest.mark.parametrize(
    ("separator", "comma"), [(",", False), ("\t", False), ("\t", True), (";", True), (";", False)]
)
def test_every_plate_in_every_way_of_writing(
    tmp_path: Path, size: tuple[int, int], separator: str, comma: bool
) -> None:
    wells = plate(*size)
    read = reading(tmp_path, text(matrix(wells), separator, comma=comma))
    assert values(read) == wells
    assert set(read.readings["channel"]) == {"TNF"} and set(read.readings["kind"]) == {"signal"}
    assert set(read.readings["block"]) == {"table"} and set(read.readings["unit"]) == {""}
    assert read.ignored == () and read.vendor.is_empty()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_line_ends_and_quotes(tmp_path: Path, encoding: str) -> None:
    wells = plate()
    raw = text(matrix(wells)).replace("\n", "\r\n").replace("1.01", '"1.01"').encode(encoding)
    assert values(reading(tmp_path, raw)) == wells


def test_quoted_decimal_commas_between_commas(tmp_path: Path) -> None:
    wells = plate()
    rows = matrix({well: f'"{value}"'.replace(".", ",") for well, value in wells.items()})
    assert values(reading(tmp_path, text(rows))) == wells


def test_several_with_titles_in_a_text(tmp_path: Path) -> None:
    first, second = plate(), plate(plus=0.5)
    top = f"ELISA of March\nAbsorbance\n\n450\n{text(matrix(first))}"
    written = f"{top}\n\n570 nm\n{text(matrix(second))}"
    read = reading(tmp_path, written)
    assert values(read, "450") == first and values(read, "570 nm") == second
    assert read.readings.height == 192 and set(read.readings["unit"]) == {"OD"}
    assert why(read) == {
        "2 lines beside the matrices": "no part of any: ELISA of March, Absorbance"
    }


def test_a_title_says_the_unit_of_its_own_matrix(tmp_path: Path) -> None:
    written = (
        f"Absorbance 450\n{text(matrix(plate()))}\nFluorescence\n{text(matrix(plate(plus=1)))}"
    )
    units = dict(reading(tmp_path, written).readings.select("block", "unit").unique().iter_rows())
    assert units == {"Absorbance 450": "OD", "Fluorescence": "RFU"}


def test_without_titles_they_are_numbered_and_one_title_twice_is_told_apart(tmp_path: Path) -> None:
    two = text(matrix(plate())) + "\n" + text(matrix(plate(plus=1)))
    read = reading(tmp_path, two)
    assert values(read, "matrix 1") == plate() and values(read, "matrix 2") == plate(plus=1)
    same = "450\n" + two.replace("\n\n", "\n\n450\n")
    assert list(dict.fromkeys(reading(tmp_path, same).readings["block"])) == [
        "450 (matrix 1)",
        "450 (matrix 2)",
    ]


def test_the_corner_is_a_title_where_there_is_no_other(tmp_path: Path) -> None:
    assert set(reading(tmp_path, text(matrix(plate(), corner="450"))).readings["block"]) == {"450"}
    assert set(reading(tmp_path, text(matrix(plate(), corner="<>"))).readings["block"]) == {"table"}


def test_two_side_by_side(tmp_path: Path) -> None:
    left, right = matrix(plate()), matrix(plate(plus=1))
    rows: list[list[object]] = [
        ["450", *[""] * 13, "570"],
        *([*a, "", *b] for a, b in zip(left, right, strict=True)),
    ]
    read = reading(tmp_path, text(rows))
    assert values(read, "450") == plate() and values(read, "570") == plate(plus=1)


@pytest.mark.parametrize("size", [(8, 12), (16, 24)])
def test_bare_numbers_of_a_whole_plate(tmp_path: Path, size: tuple[int, int]) -> None:
    wells = plate(*size)
    rows = [row[1:] for row in matrix(wells)[1:]]
    assert values(reading(tmp_path, text(rows))) == wells
    assert values(reading(tmp_path, text(rows, ";", comma=True))) == wells
    assert values(reading(tmp_path, workbook(Data=rows), "p.xlsx")) == wells
    two = f"450\n{text(rows)}\n570\n{text(rows)}"
    assert set(reading(tmp_path, two).readings["block"]) == {"450", "570"}
    rows[0][0] = rows[-1][-1] = ""
    last = f"{'H' if size[0] == 8 else 'P'}{size[1]}"
    assert values(reading(tmp_path, text(rows))) == {
        w: v for w, v in wells.items() if w not in ("A1", last)
    }


def test_bare_numbers_of_another_size_are_refused(tmp_path: Path) -> None:
    rows = [row[1:] for row in matrix(plate())[1:]]
    assert "7 x 12 numbers without row letters" in mistakes(tmp_path, text(rows[:7]))
    assert "8 x 11 numbers" in mistakes(tmp_path, text([row[:11] for row in rows]))
    assert "9 x 12 numbers" in mistakes(tmp_path, text([list(range(1, 13)), *rows]))


def test_workbooks(tmp_path: Path) -> None:
    notes = [["Operator", "somebody"]]
    book = workbook(A=[["Absorbance"], *matrix(plate())], B=matrix(plate(plus=1)), Notes=notes)
    read = reading(tmp_path, book, "p.xlsx")
    assert values(read, "Absorbance") == plate() and values(read, "B") == plate(plus=1)
    assert why(read) == {"sheet Notes": "no matrix of a plate"}
    one = reading(tmp_path, book, "p.xlsx", sheet="B")
    assert set(one.readings["block"]) == {"B"}
    assert why(one)["sheet A"] == "the assay names sheet B"
    assert "no sheet 'C'" in mistakes(tmp_path, book, "p.xlsx", sheet="C")
    assert "names the sheet 'C'" in mistakes(tmp_path, text(matrix(plate())), sheet="C")


def test_a_matrix_anywhere_on_a_sheet(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], [], *([None, None, *row] for row in matrix(plate()))]
    assert values(reading(tmp_path, workbook(Far=rows), "p.xlsx")) == plate()


@pytest.mark.parametrize("word", ["OVER", "OVRFLW", "*****", "SAT", "Overflow", "#SAT"])
def test_an_overflow_lies_above_all_that_was_read_and_is_listed_with_its_well(
    tmp_path: Path, word: str
) -> None:
    read = reading(tmp_path, text(matrix(plate() | {"C5": word})))
    assert values(read) == plate() | {"C5": None}
    row = read.readings.filter(well="C5").row(0, named=True)
    highest = max(value for well, value in plate().items() if well != "C5")
    assert (row["censor"], row["lower"], row["upper"]) == ("right", highest, None)
    assert why(read) == {
        f"1 signals of table too high to be read: C5 ({word})": (
            "no value: taken as beyond all that was read there"
        )
    }


def test_a_stated_bound_is_kept(tmp_path: Path) -> None:
    row = (
        reading(tmp_path, text(matrix(plate() | {"C5": ">4.0"})))
        .readings.filter(well="C5")
        .row(0, named=True)
    )
    assert (row["value"], row["censor"], row["lower"]) == (None, "right", 4.0)


def test_blank_positions_are_no_readings_but_one_blank_of_two_is(tmp_path: Path) -> None:
    first, second = plate() | {"A1": "", "B1": ""}, plate(plus=1) | {"A1": ""}
    read = reading(tmp_path, f"450\n{text(matrix(first))}\n570\n{text(matrix(second))}")
    assert "A1" not in set(read.readings["well"])
    assert values(read, "450")["B1"] is None and values(read, "570")["B1"] == 3.01
    assert why(read) == {"1 wells without a signal": "nothing was read: A1"}
    assert "wells without any signal" in mistakes(
        tmp_path, text(matrix(dict.fromkeys(plate(), "-")))
    )


@pytest.mark.parametrize(
    ("wells", "said"),
    [
        ({w: v for w, v in plate().items() if w[0] != "H"}, "rows A to G and columns 1 to 12"),
        ({w: v for w, v in plate().items() if w[0] != "A"}, "rows B to H and columns 1 to 12"),
        ({w: v for w, v in plate().items() if int(w[1:]) < 12}, "rows A to H and columns 1 to 11"),
        ({w: v for w, v in plate().items() if int(w[1:]) > 1}, "rows A to H and columns 2 to 12"),
        ({w: v for w, v in plate().items() if w[0] != "D"}, "rows A to C and columns 1 to 12"),
        (plate(16, 12), "rows A to P and columns 1 to 12"),
    ],
)
def test_a_matrix_that_is_no_whole_plate_is_refused(
    tmp_path: Path, wells: dict[str, float], said: str
) -> None:
    assert said in mistakes(tmp_path, text(matrix(wells)))
    assert said in mistakes(tmp_path, workbook(A=matrix(wells)), "p.xlsx")


def test_one_faulty_matrix_refuses_the_file(tmp_path: Path) -> None:
    short = {w: v for w, v in plate().items() if w[0] != "H"}
    assert "rows A to G" in mistakes(tmp_path, text(matrix(plate())) + "\n" + text(matrix(short)))
    bare = text([row[1:] for row in matrix(plate())[1:]])
    assert "belong to no matrix" in mistakes(tmp_path, text(matrix(plate())) + "\n" + bare)


def test_a_matrix_on_its_side_is_refused(tmp_path: Path) -> None:
    turned = [list(row) for row in zip(*matrix(plate()), strict=True)]
    assert "on its side" in mistakes(tmp_path, text(turned))


def test_lost_decimals_and_numbers_beside_are_refused(tmp_path: Path) -> None:
    assert "beside a matrix" in mistakes(tmp_path, text(matrix(plate()), ",", comma=True))
    assert "'0.5' beside a matrix" in mistakes(
        tmp_path, text([[*row, "0.5"] for row in matrix(plate())])
    )
    beside = reading(
        tmp_path, text([*matrix(plate())[:1], *([*row, "a note"] for row in matrix(plate())[1:])])
    )
    assert values(beside) == plate() and "8 lines beside the matrices" in why(beside)


@pytest.mark.parametrize(
    ("cell", "said"), [("high", "'high'"), ("1.2.3", "'1.2.3'"), ("1e400", "'1e400'")]
)
def test_cells_that_are_no_signal_are_refused_all_at_once(
    tmp_path: Path, cell: str, said: str
) -> None:
    told = mistakes(tmp_path, text(matrix(plate() | {"A2": cell, "H12": cell})))
    assert said in told and "p.csv:2, cell 3" in told and "p.csv:9, cell 13" in told


def test_a_date_and_a_formula_without_a_value_are_refused(tmp_path: Path) -> None:
    rows = matrix(plate() | {"A1": datetime.date(2026, 5, 21), "A2": "=1/0"})
    told = mistakes(tmp_path, workbook(A=rows), "p.xlsx")
    assert "A!B2" in told and "a date" in told and "A!C2" in told and "never calculated" in told


def test_two_decimal_marks_are_refused(tmp_path: Path) -> None:
    rows = matrix(plate() | {"A1": "0,5"})
    assert "a decimal point and a decimal comma" in mistakes(tmp_path, text(rows, "\t"))


def test_a_sheet_larger_than_any_plate_is_refused_before_it_is_laid_out(tmp_path: Path) -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1
    buffer = io.BytesIO()
    book.save(buffer)
    assert "delete the empty rows and columns" in mistakes(tmp_path, buffer.getvalue(), "p.xlsx")
    assert "over the limit of 500,000" in mistakes(tmp_path, b"1,2\n" * (2 << 20))
    assert "60,000 lines" in mistakes(tmp_path, b"well,OD\n" + b"A1,2\n" * 59_999)


_NUMBERS = st.floats(-10, 1e9, allow_nan=False).map(lambda x: round(x, 4))


@settings(max_examples=60)
@given(st.data(), st.sampled_from([(4, 6), (6, 8), (8, 12)]), st.sampled_from([",", ";", "\t"]))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    size: tuple[int, int],
    separator: str,
) -> None:
    drawn = data.draw(st.lists(_NUMBERS, min_size=size[0] * size[1], max_size=size[0] * size[1]))
    wells = dict(zip(plate(*size), [0.25, *drawn[1:]], strict=True))
    raw = text(matrix({w: f"{v:.4f}" for w, v in wells.items()}), separator)
    assert values(reading(tmp_path_factory.getbasetemp(), raw)) == pytest.approx(wells, abs=1e-9)


@given(st.text(max_size=12))
def test_no_text_is_a_signal_by_chance(cell: str) -> None:
    try:
        found = signal_of(cell, ".")
    except ValueError:
        return
    if found.value is not None:
        assert found.value == float(cell.replace(",", "")) + 0.0
