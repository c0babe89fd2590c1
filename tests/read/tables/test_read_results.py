"""Tables of results: what was not detected is a bound, what cannot be told is asked, nothing is
left out unsaid.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Limit, Results

ANALYTES = ("TNF", "IL6", "CXCL8")


def assay(**fields: Any) -> Results:
    return Results(id="plasma", kind="results", **({"sample": "Sample"} | fields))


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def reading(tmp_path: Path, raw: bytes | str, name: str = "p.csv", **fields: Any) -> FileRead:
    path = tmp_path / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(
        path, source=f"raw/{name}", plate="P1", assay=assay(**fields), analytes=ANALYTES
    )


def mistakes(tmp_path: Path, raw: bytes | str, name: str = "p.csv", **fields: Any) -> str:
    with pytest.raises(ReadError) as caught:
        reading(tmp_path, raw, name, **fields)
    return str(caught.value)


def known(read: FileRead) -> list[tuple[object, ...]]:
    return read.readings.select("well", "channel", "value", "censor", "lower", "upper").rows()


def test_a_wide_table(tmp_path: Path) -> None:
    read = reading(tmp_path, "Sample,TNF, IL6 ,age\n007,3.5,0,61\nb 2,-1,1e3,\n")
    assert known(read) == [
        ("007", "TNF", 3.5, "none", None, None),
        ("007", "IL6", 0.0, "none", None, None),
        ("b 2", "TNF", -1.0, "none", None, None),
        ("b 2", "IL6", 1000.0, "none", None, None),
    ]
    first = read.readings.row(0, named=True)
    assert (first["source"], first["block"], first["unit"], first["kind"]) == (
        "raw/p.csv",
        "table",
        "pg/mL",
        "concentration",
    )
    assert [ignored.what for ignored in read.ignored] == ["column age"]


def test_declared_columns_keep_the_file_s_name(tmp_path: Path) -> None:
    read = reading(
        tmp_path,
        "Sample\tIL-8\tTNF\nx\t5\t6\n",
        "p.tsv",
        channels={"IL-8": "CXCL8"},
        value="mfi",
        unit="MFI",
    )
    assert read.readings.select("channel", "kind", "unit").rows() == [
        ("IL-8", "mfi", "MFI"),
        ("TNF", "mfi", "MFI"),
    ]


LIMITS = {"TNF": Limit(lower=2.0, upper=100.0)}


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("<3.2", (None, "left", None, 3.2)),
        ("< 3.2", (None, "left", None, 3.2)),
        ("≤3.2", (None, "left", None, 3.2)),
        (">5000", (None, "right", 5000.0, None)),
        (">=5000", (None, "right", 5000.0, None)),
        ("OOR<", (None, "left", None, 2.0)),
        ("OOR <", (None, "left", None, 2.0)),
        ("<", (None, "left", None, 2.0)),
        ("LOD", (None, "left", None, 2.0)),
        ("<LOD", (None, "left", None, 2.0)),
        ("< lloq", (None, "left", None, 2.0)),
        ("OOR>", (None, "right", 100.0, None)),
        (">ULOQ", (None, "right", 100.0, None)),
        (">", (None, "right", 100.0, None)),
        ("1.9", (None, "left", None, 2.0)),
        ("0", (None, "left", None, 2.0)),
        ("101", (None, "right", 100.0, None)),
        ("2", (2.0, "none", None, None)),
        ("100", (100.0, "none", None, None)),
    ],
)
def test_undetected_results_are_bounds(
    tmp_path: Path, cell: str, wanted: tuple[object, ...]
) -> None:
    read = reading(tmp_path, f"Sample,TNF\nx,{cell}\n", limits=LIMITS)
    assert known(read) == [("x", "TNF", *wanted)]
    if "." in cell or cell[-1].isdigit():
        book = workbook(S=[["Sample", "TNF"], ["x", float(cell) if cell[0].isdigit() else cell]])
        assert known(reading(tmp_path, book, "p.xlsx", limits=LIMITS)) == [("x", "TNF", *wanted)]


@pytest.mark.parametrize("cell", ["<", "OOR<", "OOR >", ">ULOQ", "LOD"])
def test_a_bare_sign_needs_a_declared_limit(tmp_path: Path, cell: str) -> None:
    text = mistakes(tmp_path, f"Sample,TNF\nx,{cell}\n")
    assert "declare the limit" in text and "raw/p.csv:2 column TNF" in text


@pytest.mark.parametrize(
    "cell", ["n.d.", "12 pg/mL", "*3.2", "<0", "<abc", "1e999", "1..2", "positive", "<<3"]
)
def test_cells_that_are_no_result_are_refused_with_their_place(tmp_path: Path, cell: str) -> None:
    text = mistakes(tmp_path, f"Sample,IL6,TNF\nx,1,{cell}\n")
    assert "raw/p.csv:2 column TNF" in text
    book = workbook(S=[["Sample", "IL6", "TNF"], ["x", 1, cell]])
    assert "raw/p.xlsx S!C2" in mistakes(tmp_path, book, "p.xlsx")


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "Sample,TNF,IL6\nx,?,1\ny,2,!\n,3,4\n")
    assert "a row without a sample" in text
    text = mistakes(tmp_path, "Sample,TNF,IL6\nx,?,1\ny,2,!\ny,3,4\n")
    assert "'?'" in text and "'!'" in text and "again (first in line 3)" in text


def test_decimal_commas_and_thousands(tmp_path: Path) -> None:
    read = reading(tmp_path, "Sample;TNF;IL6\nx;3,25;1.234,5\ny;<1,234;2\n")
    assert (
        read.readings["value"].to_list() == [3.25, 1234.5, None, 2.0]
        and read.readings["upper"][2] == 1.234
    )
    assert "'1,234', which could be 1.234 or 1234" in mistakes(tmp_path, "Sample;TNF\nx;1,234\n")
    assert "'3.5' and '3,5'" in mistakes(tmp_path, "Sample;TNF\nx;3,5\ny;3.5\n")


def test_the_decimal_mark_is_that_of_the_whole_table(tmp_path: Path) -> None:
    """A column of thousands alone would be read as small numbers; its neighbour shows the decimal
    comma.
    """
    read = reading(tmp_path, "Sample;TNF;IL6\nx;3,25;1.250\ny;4,5;700\n")
    assert read.readings["value"].to_list() == [3.25, 1250.0, 4.5, 700.0]
    assert "'3.5' and '3,5' in one table" in mistakes(tmp_path, "Sample;TNF;IL6\nx;3,5;3.5\n")
    assert "'1.250', which could be 1.250 or 1250" in mistakes(
        tmp_path, "Sample;TNF\nx;1.250\ny;700\n"
    )
    assert reading(tmp_path, "Sample,TNF\nx,1.250\n").readings["value"].to_list() == [1.25]


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("Sample,TNF\nx,1\ny\nz\n", "raw/p.csv:3", "1 cell (also short: line 4)"),
        ('Sample,TNF\n"x,1\ny,2\nz,3\n', "raw/p.csv:2", "a double quote that is not closed"),
        ('Sample,TNF\nx,1\n"y"a,2\nz,3\n', "raw/p.csv:3", "a line that cannot be read"),
        ('Sample,TNF\n"x,1\ny",2\nz,3\n"q,4\nr",5,6\n', "raw/p.csv", "3 cells"),
        ("Sample|TNF\nx|1\n", "raw/p.csv:1", "cells separated by `|`"),
        ("By the lab\nSample,TNF\nx,1\n", "raw/p.csv:1", "line 2 seems to be the header"),
        ("By the lab, today\nSample;TNF\nx;1\n", "raw/p.csv:2", "1 cell"),
    ],
)
def test_tables_that_are_cut_short_or_wrongly_quoted(
    tmp_path: Path, text: str, place: str, found: str
) -> None:
    told = mistakes(tmp_path, text)
    assert told.startswith(place) and found in told


def test_lines_above_the_header_are_named(tmp_path: Path) -> None:
    told = mistakes(tmp_path, "By,the lab\nSample,TNF\nx,1\n")
    assert "line 2 seems to be the header: remove the lines above it" in told
    assert reading(tmp_path, "sep=;\nSample;TNF\nx;1,5\n").readings["value"].to_list() == [1.5]


def test_a_sheet_of_a_text_table_is_a_mistake(tmp_path: Path) -> None:
    assert "remove `sheet`" in mistakes(tmp_path, "Sample,TNF\nx,1\n", sheet="Data")


def test_errors_and_formulas_without_a_value_are_no_blanks(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Sample", "TNF", "IL6", "CV"],
        ["x", "#DIV/0!", "=1+2", "#N/A"],
        ["y", 1, 2, "=3"],
        ["z", None, 3, 4],
    ]
    told = mistakes(tmp_path, workbook(Notes=[["="]], S=rows), "p.xlsx", sheet="S")
    assert (
        "raw/p.xlsx S!B2\n  found     #DIV/0!, an error of the workbook" in told
        and "fix the formula" in told
    )
    assert (
        "raw/p.xlsx S!C2\n  found     a formula whose value was never calculated" in told
        and "save it there" in told
    )
    rows[1][1:3] = [5, 6]
    assert (
        reading(tmp_path, workbook(Notes=[["="]], S=rows), "p.xlsx", sheet="S").readings.height == 5
    )


def test_a_formula_with_its_value_is_a_number(tmp_path: Path) -> None:
    import zipfile

    from exvivo.cells.guards import unzip

    parts = dict(unzip(workbook(S=[["Sample", "TNF"], ["x", "=1+2"]]), "x"))
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet], times = re.subn(rb"<v ?/>|<v></v>", b"<v>3</v>", parts[sheet])
    assert times == 1
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert reading(tmp_path, buffer.getvalue(), "p.xlsx").readings["value"].to_list() == [3.0]


def test_blanks_are_no_reading_but_listed(tmp_path: Path) -> None:
    read = reading(tmp_path, "Sample,TNF,IL6\nx,,1\ny,NA,2\nz,n.a.,3\nq,4,4\n")
    assert read.readings["well"].to_list() == ["x", "y", "z", "q", "q"]
    assert [ignored.what for ignored in read.ignored] == ["blank results of TNF: x, y, z"]
    assert "no result in any row" in mistakes(tmp_path, "Sample,TNF\nx,\n")


def test_a_sample_twice_is_refused_with_both_rows(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "Sample,TNF\nx,1\ny,2\nx,3\n")
    assert "raw/p.csv:4 column TNF" in text and "first in line 2" in text


def test_a_long_table(tmp_path: Path) -> None:
    long = "Sample,what,pg,who\nx,TNF,1,me\nx,IL-8,<2,me\ny,TNF,3,me\ny,IL-17,4,me\n"
    fields: dict[str, Any] = {"analyte": "what", "result": "pg", "channels": {"IL-8": "CXCL8"}}
    read = reading(tmp_path, long, **fields)
    assert known(read) == [
        ("x", "TNF", 1.0, "none", None, None),
        ("x", "IL-8", None, "left", None, 2.0),
        ("y", "TNF", 3.0, "none", None, None),
    ]
    assert {ignored.what for ignored in read.ignored} == {"column who", "1 row of IL-17"}
    assert "x, TNF, again" in mistakes(tmp_path, long + "x,TNF,9,me\n", **fields).replace(
        "sample ", ""
    )
    assert "no row of 'IL-9'" in mistakes(
        tmp_path, long, **(fields | {"channels": {"IL-9": "IL9"}})
    )
    assert "no column 'pgs'" in mistakes(tmp_path, long, **(fields | {"result": "pgs"}))


def test_columns_that_are_missing_or_meet(tmp_path: Path) -> None:
    assert "Sample, TNF" in mistakes(tmp_path, "Sample,TNF\nx,1\n", channels={"IL-8": "CXCL8"})
    assert "no column 'Sample'" in mistakes(tmp_path, "well,TNF\nx,1\n")
    assert "both of analyte TNF" in mistakes(
        tmp_path, "Sample,TNF,TNFa\nx,1,2\n", channels={"TNFa": "TNF"}
    )
    assert "the column `TNF` twice" in mistakes(tmp_path, "Sample,TNF,TNF\nx,1,2\n")
    assert "an analyte of study.yaml" in mistakes(tmp_path, "Sample,age\nx,1\n")
    assert "2 more lines" in mistakes(tmp_path, "Sample,TNF\nx,1,2\ny,1,2\nz,1,2\n")


def test_workbooks(tmp_path: Path) -> None:
    book = workbook(Notes=[["by", "me"]], Data=[[], ["Sample", "TNF"], [1007, 3.5], ["007", "<2"]])
    read = reading(tmp_path, book, "p.xlsx", sheet="Data")
    assert read.readings["well"].to_list() == ["1007", "007"] and set(read.readings["block"]) == {
        "Data"
    }
    assert read.ignored[0].what == "sheet Notes"
    assert "2 sheets" in mistakes(tmp_path, book, "p.xlsx")
    assert "Notes, Data" in mistakes(tmp_path, book, "p.xlsx", sheet="data")
    assert "Data!A2" in mistakes(tmp_path, book, "p.xlsx", sheet="Data", sample="well")
    dated = workbook(
        S=[
            ["Sample", "TNF"],
            ["x", datetime.date(2024, 2, 3)],
            ["y", True],
            [datetime.date(2024, 1, 1), 1],
        ]
    )
    assert "S!A4" in mistakes(tmp_path, dated, "p.xlsx")
    dated = workbook(S=[["Sample", "TNF"], ["x", datetime.date(2024, 2, 3)], ["y", True]])
    text = mistakes(tmp_path, dated, "p.xlsx")
    assert "S!B2" in text and "2024-02-03" in text and "S!B3" in text


def test_encodings_and_line_ends(tmp_path: Path) -> None:
    text = "Sample,TNF\r\nMüller µ,1\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert reading(tmp_path, text.encode(encoding)).readings["well"].to_list() == ["Müller µ"]
    assert reading(tmp_path, "Sample,TNF\rx,1\r").readings["value"].to_list() == [1.0]


def test_other_files_say_what_they_are(tmp_path: Path) -> None:
    assert "an empty file" in mistakes(tmp_path, b"")
    assert "a JPEG image" in mistakes(tmp_path, b"\xff\xd8\xff\xe0", "p.xlsx")
    assert "damaged zip" in mistakes(
        tmp_path, workbook(S=[["Sample", "TNF"], ["x", 1]])[:-30], "p.xlsx"
    )
    assert "an old workbook that cannot be read" in mistakes(
        tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "p.xls"
    )


def cells() -> st.SearchStrategy[str]:
    return st.one_of(
        st.floats(0.001, 1e6).map(lambda x: f"{x:.4f}"),
        st.sampled_from(["<3.2", ">50", "", "NA", "OOR<", "?", "1,5"]),
        st.text("0123456789.,<> OR-e", max_size=8),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(cells(), cells()), min_size=1, max_size=6))
def test_every_cell_is_read_or_listed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    lines = [f's{i}\t"{a}"\t"{b}"' for i, (a, b) in enumerate(rows)]
    try:
        read = reading(
            tmp_path_factory.getbasetemp(), "\n".join(["Sample\tTNF\tIL6", *lines]), "p.tsv"
        )
    except ReadError as error:
        assert error.mistakes
        return
    blanks = sum(len(ignored.what.split(": ")[1].split(", ")) for ignored in read.ignored)
    assert read.readings.height + blanks == 2 * len(rows)


def test_the_myasthenia_cohort(shared_data: Path) -> None:
    path = shared_data / "cohort" / "myasthenia_cytokines_clinical.xlsx"
    channels = {"IL_6": "IL6", "IL_8": "CXCL8", "TNF_alpha": "TNF", "IL_17": "IL17A"}
    plasma = assay(sheet="Integration.endotype", sample="Bio_ID", channels=channels)
    read = read_plate(path, source="raw/c.xlsx", plate="P", assay=plasma, analytes=("C2",))
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["Integration.endotype"]
    header, *rows = sheet.iter_rows(values_only=True)
    for name in (*channels, "C2"):
        mine = read.readings.filter(channel=name)
        column = header.index(name)
        assert mine["well"].to_list() == [row[0] for row in rows]
        assert mine["value"].to_list() == [row[column] for row in rows]
    assert read.readings.filter(pl.col("channel") == "IL_17", pl.col("value") == 0).height == 77
    assert "column IFN_gamma" in {ignored.what for ignored in read.ignored}
    limited = assay(
        sheet="Integration.endotype",
        sample="Bio_ID",
        channels=channels,
        limits={"IL17A": Limit(lower=0.1)},
    )
    left = read_plate(path, source="raw/c.xlsx", plate="P", assay=limited).readings.filter(
        censor="left"
    )
    assert left.height == 77 and set(left["channel"]) == {"IL_17"}
