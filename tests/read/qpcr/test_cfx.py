"""Bio-Rad CFX: the table of Cq and the tables of amplification."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from qpcr_exports import (
    CFX_CQ,
    CFX_CURVES,
    cqs,
    mistakes,
    reading,
    real,
    rows_of,
    same_in_a_workbook,
    why,
    workbook,
    written,
)

from exvivo.quantify.qpcr.melting import melting_peaks

PREAMBLE = (
    "File Name,plate 1.pcrd\nCreated By User,somebody\nRun Started,03/02/2026 10:00:00 UTC\n"
    "Base Serial Number,CT000001\nCFX Maestro Version,2.3\n\n"
)


def test_every_row_is_a_reading_with_the_file_s_words(tmp_path: Path) -> None:
    read = reading(tmp_path, CFX_CQ)
    assert cqs(read) == [
        ("A1", "TNF", 21.187, None, "sample"),
        ("A2", "ACTB", 16.5, None, "sample"),
        ("B1", "TNF", None, 40.0, "ntc"),
        ("B2", "ACTB", None, 40.0, "no_rt"),
        ("C1", "TNF", 18.25, None, "standard"),
        ("C2", "TNF", 21.75, None, "standard"),
        ("C3", "TNF", 25.125, None, "standard"),
        ("D1", "TNF", 12.5, None, "positive"),
        ("D2", "TNF", None, 40.0, None),
    ]
    assert read.readings["sample"].to_list()[:3] == ["D07 µ", "D07 µ", None]
    assert set(read.readings["block"]) == {"table"}


def test_every_column_is_read_or_listed(tmp_path: Path) -> None:
    listed = why(reading(tmp_path, CFX_CQ + ",E01,SYBR,TNF,Unkn,,,20,,,,,,,,\n"))
    read = {"Well", "Target", "Content", "Sample", "Cq"}
    assert {
        f"column {name}" for name in CFX_CQ.split("\n")[0].split(",")[1:] if name not in read
    } <= set(listed)
    assert "roles in column Content: Neg Ctrl (1)" in listed
    extra = reading(tmp_path, ",Well,Fluor,Content,Cq,Mood\n,A1,SYBR,Unkn,20.5,good\n")
    assert why(extra)["column Mood"] == "not known to this reader"


def test_a_workbook_says_the_same(tmp_path: Path) -> None:
    same_in_a_workbook(tmp_path, CFX_CQ, "q.csv")
    same_in_a_workbook(tmp_path, CFX_CURVES, "q.csv")


def test_the_lines_above_the_table_are_facts(tmp_path: Path) -> None:
    read = reading(tmp_path, PREAMBLE + CFX_CQ)
    assert read.header == {
        "format": "Bio-Rad CFX",
        "file": "plate 1.pcrd",
        "run date": "03/02/2026 10:00:00 UTC",
        "serial number": "CT000001",
        "instrument": "Bio-Rad CFX",
        "software": "2.3",
    }
    assert "5 lines above the table" in why(read)
    assert "somebody" not in str(read.header)
    assert cqs(read) == cqs(reading(tmp_path, CFX_CQ))
    assert "raw/q.csv:8 column Cq" in mistakes(tmp_path, PREAMBLE + CFX_CQ.replace("21.187", "x"))


def test_the_summary_is_the_same_table_with_fewer_columns(tmp_path: Path) -> None:
    read = reading(
        tmp_path, ",Well,Fluor,Target,Content,Sample,Cq,SQ\n,A01,SYBR,TNF,Unkn,a,20.5,N/A\n"
    )
    assert cqs(read) == [("A1", "TNF", 20.5, None, "sample")]


def test_curves(tmp_path: Path) -> None:
    read = reading(tmp_path, CFX_CURVES)
    assert read.readings.select("well", "channel", "x", "y").rows() == [
        ("A1", "", [1, 2, 3], [-12.5, -11.75, 15.25]),
        ("A2", "", [1, 2, 3], [1203.25, 1204.5, 2250.625]),
        ("B1", "", [1, 3], [0.125, 0.375]),
    ]
    assert why(read) == {"blank points in 1 curves": "kept as gaps: B01"}
    empty = reading(tmp_path, ",Cycle,A1,A2\n,1,5,\n,2,6,\n")
    assert empty.readings["well"].to_list() == ["A1"]
    assert why(empty) == {"1 columns without fluorescence": "wells that were not measured: A2"}


def test_a_workbook_has_one_sheet_a_dye(tmp_path: Path) -> None:
    facts = [["File Name", "p.pcrd"], ["Run Started", "today"]]
    one = reading(
        tmp_path, workbook(SYBR=rows_of(CFX_CURVES), **{"Run Information": facts}), "q.xlsx"
    )
    assert set(one.readings["channel"]) == {""} and set(one.readings["block"]) == {"SYBR"}
    assert one.header["file"] == "p.pcrd" and "sheet Run Information" in why(one)
    two = reading(tmp_path, workbook(FAM=rows_of(CFX_CURVES), HEX=rows_of(CFX_CURVES)), "q.xlsx")
    assert two.readings.select("well", "channel").rows() == [
        (well, dye) for dye in ("FAM", "HEX") for well in ("A1", "A2", "B1")
    ]


def test_curves_beside_the_cq_tell_the_last_cycle(tmp_path: Path) -> None:
    late = (
        CFX_CQ.split("\n")[0]
        + "\n,A01,SYBR,TNF,Unkn,,,2.5,,,,,,,,\n,A02,SYBR,TNF,Unkn,,,N/A,,,,,,,,\n"
    )
    read = reading(
        tmp_path,
        workbook(**{"0": rows_of(late), "SYBR": rows_of(CFX_CURVES)}),
        "q.xlsx",
        cycles=None,
    )
    assert cqs(read) == [("A1", "TNF", 2.5, None, "sample"), ("A2", "TNF", None, 3.0, "sample")]
    assert read.readings.filter(kind="amplification").height == 3
    assert "cycles: 40" in mistakes(tmp_path, late, cycles=None)


def test_without_targets_several_dyes_name_the_reactions(tmp_path: Path) -> None:
    header = ",Well,Fluor,Target,Content,Sample,Cq\n"
    two = reading(tmp_path, header + ",A01,FAM,,Unkn,a,20.5\n,A01,VIC,,Unkn,a,21.5\n")
    assert [row[:3] for row in cqs(two)] == [("A1", "FAM", 20.5), ("A1", "VIC", 21.5)]
    one = reading(tmp_path, header + ",A01,SYBR,,Unkn,a,20.5\n,A02,SYBR,,Unkn,a,21.5\n")
    assert [row[:3] for row in cqs(one)] == [("A1", "", 20.5), ("A2", "", 21.5)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("21.187", "late", ("raw/q.csv:2 column Cq", "'late'")),
        ("21.187", "41.5", ("Cq 41.5", "between 0 and 40")),
        ("21.187", "0", ("Cq 0",)),
        ("A01,SYBR", "Z01,SYBR", ("raw/q.csv:2 column Well", "well 'Z01'")),
        ("A01,SYBR", ",SYBR", ("a row without a well",)),
        ("A02,SYBR,ACTB", "A01,SYBR,TNF", ("A01 TNF", "export one plate a file")),
        ("15000.5,4.18", "many,4.18", ("raw/q.csv:6 column Starting Quantity (SQ)", "'many'")),
        ("15000.5", "1.5", ("the amounts of the standards run the wrong way",)),
        ("Cq Mean", "Cq", ("the column `Cq` twice",)),
        (",by hand", ",by hand,and more", ("17 cells",)),
        ("16.5,16.5", '"16.5,16.5', ("close the double quotes",)),
    ],
)
def test_mistakes_name_cell_and_cure(
    tmp_path: Path, old: str, new: str, said: tuple[str, ...]
) -> None:
    text = mistakes(tmp_path, CFX_CQ.replace(old, new, 1))
    for part in said:
        assert part in text


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        CFX_CQ.replace("21.187", "late").replace("A02,", "X,").replace("25.125,", "95.125,", 1),
    )
    for part in ("'late'", "well 'X'", "Cq 95.125"):
        assert part in text


def test_two_decimal_marks_are_refused_and_an_unsure_one_too(tmp_path: Path) -> None:
    both = ',Well,Fluor,Target,Content,Sample,Cq,SQ\n,A1,S,T,Unkn,,20.5,\n,A2,S,T,Unkn,,"20,5",\n'
    assert "a decimal point and a decimal comma" in mistakes(tmp_path, both)
    three = ";Well;Fluor;Target;Content;Sample;Cq\n;A1;S;T;Unkn;;21,187\n"
    assert cqs(reading(tmp_path, three))[0][2] == 21.187
    unsure = ";Cycle;A1\n;1;1,234\n;2;1,300\n"
    assert "which could be 1.234 or 1234" in mistakes(tmp_path, unsure)
    sure = ";Cycle;A1;A2\n;1;1,234;0,5\n;2;1,300;0,25\n"
    assert reading(tmp_path, sure).readings["y"].to_list() == [[1.234, 1.3], [0.5, 0.25]]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("-11.75", "high", "raw/q.csv:3 column A1"),
        (",2,", ",1,", "cycles twice: 1"),
        (",2,", ",two,", "raw/q.csv:3 column Cycle"),
        (",2,", ",-2,", "out of any range"),
        ("B01", "A01", "A01"),
        ("0.375", "0.375,7", "6 cells"),
    ],
)
def test_damaged_curves_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistakes(tmp_path, CFX_CURVES.replace(old, new, 1))


def test_a_date_made_by_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    rows: list[list[object]] = [["", "Well", "Fluor", "Target", "Content", "Sample", "Cq"]]
    rows.append(["", "A01", "SYBR", "TNF", "Unkn", "s", datetime.date(2026, 5, 21)])
    text = mistakes(tmp_path, workbook(**{"0": rows}), "q.xlsx")
    assert "0!G2" in text and "spreadsheets make dates of numbers" in text


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    assert "breaks off" in mistakes(tmp_path, CFX_CQ[: CFX_CQ.index("D02,SYBR") + 12])
    assert "breaks off" in mistakes(tmp_path, CFX_CURVES[: CFX_CURVES.index("2250")])
    assert reading(tmp_path, CFX_CURVES.rstrip("\n")).readings.height == 3


def independent(path: Path) -> list[tuple[str, str, str, float | None]]:
    """Well, dye, target and Cq by nothing but the csv module."""
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return [
        (
            row["Well"][0] + str(int(row["Well"][1:])),
            row["Fluor"],
            row["Target"],
            None if row["Cq"] == "N/A" else float(row["Cq"]),
        )
        for row in rows
    ]


def test_a_plate_of_two_dyes_without_targets(tmp_path: Path) -> None:
    """48 readings as the program writes them: all digits, N/A without a Cq, no target named."""
    rng = np.random.default_rng(1)
    header, *_ = rows_of(CFX_CQ)
    rows = [header]
    for n in range(24):
        content = "NTC" if n >= 22 else f"Std-{n // 3 + 1}" if n >= 16 else f"Unkn-{n + 1:02}"
        for dye in ("FAM", "VIC"):
            cq = "N/A" if content == "NTC" else repr(float(rng.uniform(15, 39)))
            row = dict.fromkeys(header, "") | {"Fluor": dye, "Content": content, "Cq": cq}
            rows.append([*(row | {"Well": f"{'AB'[n // 12]}{n % 12 + 1:02}"}).values()])
    path = tmp_path / "cq.csv"
    path.write_text(written(rows, ","), encoding="utf-8")
    wanted = independent(path)
    read = real(path, cycles=40).readings
    assert read.select("well", "channel", "value").rows() == [
        (well, dye, cq) for well, dye, _, cq in wanted
    ]
    assert read.height == 48 and read.filter(censor="right")["lower"].to_list() == [40.0] * 4
    assert dict(read["vendor_role"].value_counts().rows()) == {
        "sample": 32,
        "standard": 12,
        "ntc": 4,
    }


def test_a_real_file_without_targets(shared_data: Path) -> None:
    path = shared_data / "qpcr/cfx/cq_results.csv"
    read = real(path).readings
    wanted = independent(path)
    assert read.select("well", "channel", "value").rows() == [
        (well, dye, cq) for well, dye, _, cq in wanted
    ]
    assert (
        read.height == 48
        and set(read["channel"]) == {"FAM", "VIC"}
        and set(read["vendor_role"]) == {"sample"}
    )
    assert read.row(0, named=True)["value"] == 21.1877528266099


def test_a_real_file_with_standards(shared_data: Path) -> None:
    path = shared_data / "qpcr/cfx/htqpcr_cfx_sample.txt"
    read = real(path).readings
    wanted = independent(path)
    assert read.select("well", "channel", "value").rows() == [
        (well, target, cq) for well, _, target, cq in wanted
    ]
    assert read.height == 330 and read.filter(censor="right").height == 10
    assert read.filter(vendor_role="standard").height == 42
    assert read.filter(pl.col("vendor_role").is_null()).height == 288


MELTING = np.arange(65.0, 95.1, 0.5)


def _melt_table(slopes: bool) -> str:
    """`Melt Curve RFU Results`, or `Melt Curve Derivative Results`, of A1 (melts at 81.5) and B2
    (at 85.0): the fluorescence of a logistic, and its slope written down as a formula of its own.
    """
    lines = [",Temperature,A1,B2"]
    for temperature in MELTING:
        cells = [f"{temperature:g}"]
        for middle in (81.5, 85.0):
            at = 1 / (1 + np.exp((temperature - middle) / 0.8))
            cells.append(f"{5000 * at * (1 - at) / 0.8 + 4:.3f}" if slopes else f"{5000 * at:.3f}")
        lines.append("," + ",".join(cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("slopes", [False, True])
def test_melting_curves_are_read_from_fluorescence_or_its_slope(
    tmp_path: Path, slopes: bool
) -> None:
    read = reading(tmp_path, _melt_table(slopes), "melt.csv")
    frame = read.readings
    assert frame.select("kind", "well", "channel").rows() == [
        ("melt", "A1", ""),
        ("melt", "B2", ""),
    ]
    peaks = [melting_peaks(np.array(x), np.array(y)) for x, y in frame.select("x", "y").iter_rows()]
    assert [len(each) for each in peaks] == [1, 1]
    assert peaks[0][0] == pytest.approx(81.5, abs=0.1)
    assert peaks[1][0] == pytest.approx(85.0, abs=0.1)


def test_a_workbook_with_both_is_read_from_its_fluorescence(tmp_path: Path) -> None:
    sheets = {
        name: rows_of(_melt_table(slopes)) for name, slopes in (("RFU", False), ("Slope", True))
    }
    read = reading(tmp_path, workbook(**sheets), "melt.xlsx")
    assert read.readings["y"].list.first().round().to_list() == [5000.0, 5000.0]
    assert "read themselves" in why(read)["Slope: 2 slopes of melting curves"]
