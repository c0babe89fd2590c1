"""A plain table of Cq or of curves, its columns named by the study where they are called
otherwise.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qpcr_exports import (
    PLAIN,
    PLAIN_CURVES,
    assay,
    cqs,
    mistakes,
    read_or_refused,
    reading,
    rows_of,
    same_in_a_workbook,
    why,
    workbook,
)

from exvivo.read import read_plate
from exvivo.study import Study
from exvivo.study.checks import reference_mistakes
from exvivo.study.entry import Entry


def test_a_long_table(tmp_path: Path) -> None:
    read = reading(tmp_path, PLAIN)
    assert cqs(read) == [
        ("A1", "TNF", 21.187, None, "sample"),
        ("A2", "ACTB", 16.5, None, "sample"),
        ("B1", "TNF", None, 40.0, "ntc"),
        ("C1", "TNF", 18.25, None, "standard"),
        ("C2", "TNF", 21.75, None, "standard"),
        ("C3", "TNF", 25.125, None, "standard"),
        ("tube 7", "IL6", 30.5, None, None),
    ]
    assert read.readings["sample"].to_list()[:3] == ["D07 µ", "D07 µ", None]
    listed = why(read)
    assert set(listed) == {"column operator", "roles in column role: blank (1)", "column quantity"}


def test_the_study_names_the_columns(tmp_path: Path) -> None:
    text = "Position;Assay;Machine Cq;Name;Kind\nA1;TNF;20,5;a;NTC\n"
    columns = {"target": "Assay", "cq": "machine cq", "sample": "Name", "role": "Kind"}
    read = reading(tmp_path, text, columns=columns)
    assert cqs(read) == [("A1", "TNF", 20.5, None, "ntc")] and read.readings[
        "sample"
    ].to_list() == ["a"]
    assert "no column 'gene' (target)" in mistakes(
        tmp_path, text, columns=columns | {"target": "gene"}
    )
    assert "`well` and `cq`" in mistakes(tmp_path, text)
    without = reading(tmp_path, "Well,CT\nA1,20.5\n")
    assert cqs(without) == [("A1", "", 20.5, None, None)]


def test_a_column_that_could_be_two_things_is_asked_about(tmp_path: Path) -> None:
    text = "Well,Well Position,Ct\n1,A1,20.5\n"
    assert "'Well' and 'Well Position'" in mistakes(tmp_path, text)
    assert cqs(reading(tmp_path, text, columns={"well": "Well Position"}))[0][0] == "A1"


@pytest.mark.parametrize(
    "cell",
    [
        "Undetermined",
        "undetected",
        "N/A",
        "NaN",
        "nan",
        "No Cq",
        "no ct",
        "",
        "-",
        "0",
        "0.0",
        "-1",
        "-1.00",
    ],
)
def test_words_and_numbers_for_no_cq(tmp_path: Path, cell: str) -> None:
    text = f"well,target,cq\nA1,TNF,{cell}\nA2,TNF,20.5\n"
    assert cqs(reading(tmp_path, text))[0] == ("A1", "TNF", None, 40.0, None)
    assert "how many cycles" in mistakes(tmp_path, text, cycles=None)


@pytest.mark.parametrize("cell", ["n.d.", "late", "-2", "0.5.1", "41", "100,5", "1e9", "TRUE"])
def test_anything_else_is_refused(tmp_path: Path, cell: str) -> None:
    text = mistakes(tmp_path, f'well,target,cq\nA1,TNF,"{cell}"\n')
    assert "raw/q.csv:2 column cq" in text


def test_a_workbook_says_the_same(tmp_path: Path) -> None:
    same_in_a_workbook(tmp_path, PLAIN, "q.csv")
    same_in_a_workbook(tmp_path, PLAIN_CURVES, "q.csv")


def test_lines_above_the_table_and_other_sheets_are_listed(tmp_path: Path) -> None:
    read = reading(tmp_path, "Run 12,today\nby me\n\n" + PLAIN)
    assert cqs(read) == cqs(reading(tmp_path, PLAIN))
    assert why(read)["2 lines above the table"] == "no part of it: Run 12, by me"
    book = workbook(Notes=[["hello", "you"]], Results=rows_of(PLAIN), Curves=rows_of(PLAIN_CURVES))
    text = mistakes(tmp_path, book, "q.xlsx")
    assert "Results!C2" in text and "between 0 and 3, the last cycle" in text
    assert ("B1", "TNF", None, 3.0, "ntc") in cqs(
        read := reading(tmp_path, small_book(), "q.xlsx", cycles=None)
    )
    assert "sheet Notes" in why(read) and read.readings.filter(kind="amplification").height == 3


def small_book() -> bytes:
    results: list[list[Any]] = [
        ["well", "target", "cq", "role"],
        ["B1", "TNF", "Undetermined", "ntc"],
        ["A1", "TNF", 2.5, ""],
    ]
    return workbook(Notes=[["hello", "you"]], Results=results, Curves=rows_of(PLAIN_CURVES))


def test_curves(tmp_path: Path) -> None:
    read = reading(tmp_path, PLAIN_CURVES)
    assert read.readings.select("well", "channel", "x", "y").rows()[2] == (
        "B1",
        "",
        [1, 3],
        [0.125, 0.375],
    )
    named = reading(tmp_path, "No.,A1,temp\n1,5.5,60\n2,6.5,60\n", columns={"cycle": "No."})
    assert named.readings["y"].to_list() == [[5.5, 6.5]] and "column temp" in why(named)
    assert "cycles twice" in mistakes(tmp_path, PLAIN_CURVES + "3,1.5,1.5,1.5\n")


def test_a_well_and_target_twice_and_reversed_standards(tmp_path: Path) -> None:
    assert "a01 TNF" in mistakes(tmp_path, PLAIN + "a01,TNF,20.5,,,,\n")
    assert "run the wrong way" in mistakes(tmp_path, PLAIN.replace("15000.5", "1.5"))


def test_lines_that_end_early_are_refused_not_taken_for_blanks(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "well,target,cq\nA1,TNF\nA2,TNF,20.5\n")
    assert "raw/q.csv:2 column cq" in text and "ends before this column" in text
    text = mistakes(tmp_path, "cycle,A1,A2\n1,5.5,6.5\n2,5.5\n3,5.5,6.5\n")
    assert "raw/q.csv:3" in text and "lines that end before column A2: 3" in text
    assert reading(tmp_path, "cycle,A1,A2\n1,5.5\n2,5.5\n").readings["well"].to_list() == ["A1"]


def test_thousands_with_spaces_or_apostrophes(tmp_path: Path) -> None:
    for mark in ("\u00a0", "\u202f", " ", "'", "’"):
        read = reading(tmp_path, f"cycle;A1\n1;-1{mark}234,5\n2;12{mark}345\n")
        assert read.readings["y"].to_list() == [[-1234.5, 12345.0]]


def test_doubtful_numbers_are_asked_about(tmp_path: Path) -> None:
    assert "'1.234', which could be 1.234 or 1234" in mistakes(
        tmp_path, "cycle;A1\n1;1.234\n2;1.235\n"
    )
    assert reading(tmp_path, "cycle,A1\n1,1.234\n2,1.235\n").readings["y"].to_list() == [
        [1.234, 1.235]
    ]
    text = mistakes(tmp_path, 'well;cq\nA1;"21,5"\nA2;21.5\n')
    assert "'21.5' and '21,5'" in text and "one decimal mark in the whole file" in text


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path, PLAIN.replace("21.187", "x").replace("15000.5", "y").replace("tube 7", "")
    )
    for part in ("'x'", "'y'", "a row without a well"):
        assert part in text


def test_files_that_are_no_such_table_say_how_they_begin(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "Dear all,\nplease find attached\n")
    assert "it begins: 'Dear all,'" in text and "columns: {well: ..., cq: ...}" in text
    assert "nothing but whole numbers" in mistakes(
        tmp_path,
        "well,cq,\n" + "".join(f"A{n},2{n},5\n" for n in range(1, 8)).replace(",5\n", ",\n"),
    )
    assert "damaged zip" in mistakes(tmp_path, workbook(S=rows_of(PLAIN))[:-30], "q.xlsx")
    assert "without Cq" in mistakes(tmp_path, "well,cq\n")


CELLS = st.one_of(
    st.floats(0.01, 39.99).map(lambda x: f"{x:.3f}"),
    st.floats(0.01, 39.99).map(lambda x: f"{x:.2f}".replace(".", ",")),
    st.sampled_from(["", "N/A", "0", "-1", "Undetermined", "99", "x"]),
    st.text("0123456789.,- ", max_size=6),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=8))
def test_every_row_is_a_reading_and_no_number_changes(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    text = "well;cq;n\n" + "".join(f"A{n};{cell};.\n" for n, cell in enumerate(cells, start=1))
    frame = read_or_refused(tmp_path_factory.getbasetemp(), text.encode(), "q.csv")
    if frame is not None:
        assert frame.height == len(cells)
        for cell, value in zip(cells, frame["value"], strict=True):
            assert value is None or value == float(cell.replace(",", "."))


def test_real_machine_cq_are_the_file_s_and_of_the_wells_that_were_run(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "qpcr" / "untergasser"
    with (folder / "volume_machine_cq.tsv").open(newline="", encoding="utf-8") as handle:
        rows = [
            row for row in csv.DictReader(handle, delimiter="\t") if row["well"] not in ("", "well")
        ]
    runs = sorted({(row["Experiment"], row["Run"]) for row in rows})
    assert len(runs) == 3
    for experiment, run in runs:
        mine = [row for row in rows if (row["Experiment"], row["Run"]) == (experiment, run)]
        lines = ["\t".join(mine[0]), *("\t".join(row.values()) for row in mine)]
        read = reading(
            tmp_path, "\n".join(lines) + "\n", "q.tsv", columns={"cq": "Machine Cq"}, cycles=60
        ).readings
        wanted = [
            (row["well"], row["target"], float(row["Machine Cq"]) if row["Machine Cq"] else None)
            for row in mine
        ]
        assert read.select("well", "channel", "value").rows() == wanted
        rdml = read_plate(
            folder / "volume_machine.rdml",
            source="v",
            plate="Q",
            assay=assay(),
            run=f"{experiment} / {run}",
        ).readings
        assert set(read.select("well", "channel").rows()) <= set(
            rdml.select("well", "channel").rows()
        )


def test_the_study_may_name_no_other_columns() -> None:
    wrong = Study(
        exvivo=1,
        title="",
        groups=(),
        analytes=(),
        assays=(assay(columns={"welll": "Pos"}),),
        plates=(),
    )
    (mistake,) = reference_mistakes(wrong, Entry(lambda path: "/".join(map(str, path))))
    assert (
        mistake.where == "assays/0/columns"
        and "welll" in mistake.found
        and "well, target, cq" in mistake.expected
    )


def test_wells_that_a_column_omits_are_left_out_where_they_have_no_cq(tmp_path: Path) -> None:
    table = (
        "Well,Target,Cq,Omit\nA1,TNF,20.5,no\nA2,TNF,Undetermined,yes\nA3,TNF,,\nA4,TNF,21.5,x\n"
    )
    read = reading(tmp_path, table, cycles=40)
    assert cqs(read) == [
        ("A1", "TNF", 20.5, None, None),
        ("A3", "TNF", None, 40.0, None),
        ("A4", "TNF", 21.5, None, None),
    ]
    listed = why(read)
    assert listed["omitted wells without a Cq (1)"].endswith("A2 TNF")
    assert listed["omission marks (1)"].endswith("A4 TNF")


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("cq", [("26,14", "31,08"), ("26,1", "31,0"), ("26,1412", "31,0800")])
def test_decimal_commas_of_a_cq_are_no_thousands(
    tmp_path: Path, separator: str, cq: tuple[str, str]
) -> None:
    text = f"well;cq\nA1;{cq[0]}\nA2;{cq[1]}\n".replace(";", separator)
    read = reading(tmp_path, text)
    wanted = [float(each.replace(",", ".")) for each in cq]
    assert read.readings["value"].to_list() == wanted
