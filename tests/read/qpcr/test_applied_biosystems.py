"""Applied Biosystems exports: one run says the same in every form its programs write, and nothing
is dropped in silence.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest
from applied_biosystems_exports import (
    AMPLIFICATION,
    FACTS,
    RAW,
    RESULTS,
    SECTIONS,
    SETUP,
    Rows,
    commas,
    export,
    line,
    old_workbook,
    single,
    workbook,
)

from exvivo.errors import ReadError
from exvivo.quantify.qpcr.melting import melting_peaks
from exvivo.read import FileRead, read_plate
from exvivo.read.qpcr import applied_biosystems as quantstudio
from exvivo.study import Qpcr

QPCR = Qpcr(id="mrna", kind="qpcr", references=("ACTB",))
FORTY = Qpcr(id="mrna", kind="qpcr", references=("ACTB",), cycles=40)


GOLDEN = [
    (
        "A1",
        "p1",
        "TNF",
        "amplification",
        None,
        "none",
        None,
        [0.512, 0.522, 1.846, 2.002],
        "sample",
    ),
    ("A1", "p1", "ACTB", "amplification", None, "none", None, [1.25, 2.5, 3.125, 4.75], "sample"),
    ("B2", None, "TNF", "amplification", None, "none", None, [0.625, 0.6, 0.7, 9.125], "standard"),
    (
        "H12",
        "water",
        "TNF",
        "amplification",
        None,
        "none",
        None,
        [0.125, 0.126, 0.124, 0.125],
        "ntc",
    ),
    ("A1", "p1", "TNF", "cq", 2.484, "none", None, None, "sample"),
    ("A1", "p1", "ACTB", "cq", 1.75, "none", None, None, "sample"),
    ("B2", None, "TNF", "cq", 3.125, "none", None, None, "standard"),
    ("H12", "water", "TNF", "cq", None, "right", 4.0, None, "ntc"),
]


def reading(tmp_path: Path, raw: bytes | str, name: str = "q.txt", assay: Qpcr = QPCR) -> FileRead:
    path = tmp_path / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(path, source=f"raw/{name}", plate="Q1", assay=assay)


def mistakes(tmp_path: Path, raw: bytes | str, name: str = "q.txt", assay: Qpcr = QPCR) -> str:
    with pytest.raises(ReadError) as caught:
        reading(tmp_path, raw, name, assay)
    return str(caught.value)


def what_was_read(read: FileRead) -> pl.DataFrame:
    return read.readings.drop("sha256", "source")


def changed(section: str, row: int, column: str, value: str) -> dict[str, Rows]:
    """The sections with one cell changed."""
    rows = [list(cells) for cells in SECTIONS[section]]
    rows[row][rows[0].index(column)] = value
    return SECTIONS | {section: rows}


def without(section: str, column: str) -> dict[str, Rows]:
    """The sections without one column."""
    index = SECTIONS[section][0].index(column)
    return SECTIONS | {section: [row[:index] + row[index + 1 :] for row in SECTIONS[section]]}


def results(**columns: Sequence[str]) -> Rows:
    """A Results table of these columns; a double underscore in a name is a space."""
    return [
        [name.replace("__", " ") for name in columns],
        *map(list, zip(*columns.values(), strict=True)),
    ]


def test_every_well_target_and_cycle_is_read_with_the_file_s_numbers(tmp_path: Path) -> None:
    raw = export().encode()
    read = reading(tmp_path, raw)
    columns = ("well", "sample", "channel", "kind", "value", "censor", "lower", "y", "vendor_role")
    assert read.readings.select(columns).rows() == GOLDEN
    assert read.readings["x"].to_list()[:4] == [[1.0, 2.0, 3.0, 4.0]] * 4
    assert set(read.readings.filter(kind="amplification")["unit"]) == {"Rn"}
    assert set(read.readings.filter(kind="cq")["unit"]) == {"cycles"}
    assert read.readings["block"].unique().sort().to_list() == ["Amplification Data", "Results"]
    assert set(read.readings["sha256"]) == {hashlib.sha256(raw).hexdigest()}
    assert read.header["experiment"] == "Müller, week 3" and read.header["instrument"] == "ViiA 7"
    assert read.header["instrument file"] == "run 7.eds" and "Anna" not in str(read.header)


FORMS: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "csv": ("q.csv", lambda: export(separator=",")),
    "semicolon": ("q.csv", lambda: export(separator=";")),
    "csv saved by a spreadsheet": ("q.csv", lambda: export(separator=",", star=False)),
    "semicolon saved by a spreadsheet": ("q.csv", lambda: export(separator=";", star=False)),
    "UTF-8 with mark": ("q.txt", lambda: export().encode("utf-8-sig")),
    "UTF-16": ("q.txt", lambda: export().encode("utf-16")),
    "UTF-16 big endian": ("q.txt", lambda: b"\xfe\xff" + export().encode("utf-16-be")),
    "Latin-1": ("q.txt", lambda: export().encode("latin-1", "replace")),
    "Windows Cyrillic": ("q.txt", lambda: export(facts=FACTS[:1]).encode("cp1251")),
    "Windows line ends": ("q.txt", lambda: export().replace("\n", "\r\n")),
    "old Mac line ends": ("q.txt", lambda: export().replace("\n", "\r")),
    "decimal commas": ("q.txt", lambda: export(commas(SECTIONS))),
    "decimal commas, semicolons": (
        "q.csv",
        lambda: export(commas(SECTIONS), separator=";", star=False),
    ),
    "decimal commas, quoted in a csv": ("q.csv", lambda: export(commas(SECTIONS), separator=",")),
    "decimal commas, spaces between thousands": (
        "q.txt",
        lambda: export(commas(SECTIONS, "\u202f")),
    ),
    "CT": ("q.txt", lambda: export().replace("Cт", "CT")),
    "Ct, spaced and in capitals": (
        "q.txt",
        lambda: export().replace("Cт", " ct ").replace("Target Name", "TARGET  NAME"),
    ),
    "Cq, sections in capitals": (
        "q.txt",
        lambda: (
            export()
            .replace("Cт", "Cq")
            .replace("[Results]", "[RESULTS]")
            .replace("RESULTS", "Results")
        ),
    ),
    "CRT": ("q.txt", lambda: export().replace("Cт", "CRT")),
    "numbers of wells as measurements": ("q.txt", lambda: export().replace("\n14\t", "\n14.0\t")),
    "sections in another order": (
        "q.txt",
        lambda: export(dict(sorted(SECTIONS.items(), reverse=True))),
    ),
    "xlsx": ("q.xlsx", workbook),
    "xlsx of texts": ("q.xlsx", lambda: workbook(numbers=False)),
    "xlsx of texts with decimal commas": (
        "q.xlsx",
        lambda: workbook(commas(SECTIONS), numbers=False),
    ),
    "xls": ("q.xls", old_workbook),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_one_run_says_the_same(tmp_path: Path, form: str) -> None:
    name, make = FORMS[form]
    read = reading(tmp_path, make(), name)
    assert what_was_read(read).equals(what_was_read(reading(tmp_path, export())))


def test_names_are_matched_without_case_and_spaces(tmp_path: Path) -> None:
    rows = [[name.upper().replace(" ", "  ") for name in RESULTS[0]], *RESULTS[1:]]
    read = reading(tmp_path, export(SECTIONS | {"Results": rows}))
    assert what_was_read(read).equals(what_was_read(reading(tmp_path, export())))


def test_stepone_one_table(tmp_path: Path) -> None:
    rows = results(
        Well=["A1", "A02", "B1"],
        Sample__Name=["p1", "p2", "w"],
        Target__Name=["TNF"] * 3,
        Task=["UNKNOWN", "UNKNOWN", "NTC"],
        Reporter=["FAM"] * 3,
        Quencher=["None"] * 3,
        RQ=["1.000", "", ""],
        Cт=["21.375", "Undetermined", ""],
        Cт__Mean=["", "", ""],
        ΔCт=["", "", ""],
    )
    facts = [
        ("Block Type", "96fast"),
        ("Chemistry", "TAQMAN"),
        ("Experiment File Name", "x.eds"),
        ("Experiment Run End Time", "2012-07-18 14:49:35 PM CEST"),
        ("Instrument Type", "steponeplus"),
        ("Passive Reference", "ROX"),
    ]
    tables = [
        single(rows, facts=facts),
        single(rows, facts=facts, separator="\t"),
        single(rows, facts=facts, separator=";"),
        single(rows, facts=facts).replace("\n\n", "\n,,,,,,,\n"),
        "\ufeff" + single(rows, facts=facts),
    ]
    for text in tables:
        read = reading(tmp_path, text, "q.csv", FORTY)
        assert read.readings.select(
            "well", "sample", "value", "censor", "lower", "block"
        ).rows() == [
            ("A1", "p1", 21.375, "none", None, "Results"),
            ("A2", "p2", None, "right", 40.0, "Results"),
            ("B1", "w", None, "right", 40.0, "Results"),
        ]
        assert read.header["chemistry"] == "TAQMAN" and read.header["run date"].startswith(
            "2012-07-18"
        )
    assert "how many cycles" in mistakes(tmp_path, tables[0], "q.csv")
    book = workbook({"Results": rows}, facts=facts)
    assert reading(tmp_path, book, "q.xlsx", FORTY).readings["value"].to_list() == [
        21.375,
        None,
        None,
    ]
    curves = results(
        Well=["A1", "A1"],
        Cycle=["1", "2"],
        Target__Name=["TNF"] * 2,
        Rn=["0.5", "0.6"],
        ΔRn=["0.1", "0.2"],
    )
    both = workbook({"Results": [rows[0], rows[2]], "Amplification Data": curves}, facts=facts)
    read = reading(tmp_path, both, "q.xlsx")
    assert read.readings["lower"].to_list() == [None, 2.0] and read.readings["y"].to_list() == [
        [0.5, 0.6],
        None,
    ]


def test_7500_and_its_detectors(tmp_path: Path) -> None:
    rows = results(
        Well=["1", "13"],
        Sample__Name=["a", "b"],
        Detector=["TNF", "TNF"],
        Task=["Unknown", "Standard"],
        Ct=["21.5", "Undet."],
        Qty=["", "100"],
    )
    text = single(rows, facts=[("Block Type", "96well")])
    read = reading(tmp_path, text, "q.csv", FORTY)
    assert read.readings.select("well", "channel", "value", "vendor_role").rows() == [
        ("A1", "TNF", 21.5, "sample"),
        ("B1", "TNF", None, "standard"),
    ]


def test_design_and_analysis_csv_is_one_table_a_file(tmp_path: Path) -> None:
    facts = [
        ("File Name", r"C:\Users\Anna\run.eds"),
        ("Operator", "Anna"),
        ("Block Type", "384-Well Block"),
        ("Run End Data/Time", "2024-02-12 11:30:22 PM UTC"),
        ("Quantification Cycle Method", "CT"),
    ]
    rows = results(
        Well=["1", "25"],
        Well__Position=["A1", "B1"],
        Omit=["false", "false"],
        Sample=["p1", "p2"],
        Target=["TNF", "TNF"],
        Task=["UNKNOWN", "UNKNOWN"],
        Amp__Status=["AMP", "NO_AMP"],
        Cq=["27.1018", "UNDETERMINED"],
        Cq__Confidence=["0.98", "0.0"],
    )
    read = reading(tmp_path, single(rows, facts=facts, mark="#"), "run_Results.csv", FORTY)
    assert read.readings.select("well", "value", "lower").rows() == [
        ("A1", 27.1018, None),
        ("B1", None, 40.0),
    ]
    assert read.header["instrument file"] == "run.eds" and read.header["Cq method"] == "CT"
    curve = results(
        Well=["1", "25"],
        Cycle__Number=["1", "1"],
        Target=["TNF", "TNF"],
        Rn=["0.5", "1.5"],
        dRn=["0", "0"],
        Sample=["p1", "p2"],
        Omit=["false", "false"],
    )
    read = reading(tmp_path, single(curve, facts=facts, mark="#"), "run_Amplification Data.csv")
    assert read.readings.select("well", "sample", "block", "y").rows() == [
        ("A1", "p1", "Amplification Data", [0.5]),
        ("B1", "p2", "Amplification Data", [1.5]),
    ]


def test_a_spreadsheet_with_its_one_table_on_an_unnamed_sheet(tmp_path: Path) -> None:
    read = reading(
        tmp_path, workbook({"Sheet1": RESULTS, "notes": [["by", "me"]]}), "q.xlsx", FORTY
    )
    assert read.readings["value"].to_list() == [2.484, 1.75, 3.125, None]
    named = reading(tmp_path, workbook(SECTIONS | {"mine": RESULTS}), "q.xlsx")
    assert named.readings.height == len(GOLDEN)
    assert ("mine (5 lines)", "not known to this reader") in {
        (i.what, i.why) for i in named.ignored
    }


@pytest.mark.parametrize(
    "cell", ["Undetermined", "UNDETERMINED", "undetermined", "Undet.", "", "N/A", "NaN", "nan", "-"]
)
def test_no_cq_is_censored_at_the_last_cycle(tmp_path: Path, cell: str) -> None:
    read = reading(tmp_path, export(changed("Results", 1, "Cт", cell)))
    row = read.readings.filter(kind="cq").row(0, named=True)
    assert (row["well"], row["value"], row["censor"], row["lower"], row["upper"]) == (
        "A1",
        None,
        "right",
        4.0,
        None,
    )


def test_the_number_of_cycles_comes_from_the_curves_then_the_facts_then_the_assay(
    tmp_path: Path,
) -> None:
    alone = {"Results": RESULTS}
    stated = [*FACTS, ("Number of Cycles", "45")]

    def last(text: str) -> object:
        return reading(tmp_path, text, assay=FORTY).readings["lower"].drop_nulls().to_list()

    assert last(export(facts=stated)) == [4.0]
    assert last(export(alone, facts=stated)) == [45.0]
    assert last(export(alone)) == [40.0]
    assert "how many cycles" in mistakes(tmp_path, export(alone))


@pytest.mark.parametrize(
    ("task", "role"),
    [
        ("UNKNOWN", "sample"),
        ("Standard", "standard"),
        ("NTC", "ntc"),
        ("IPC", None),
        ("BlockedIPC", None),
        ("PC_ALLELE_1", None),
        ("", None),
    ],
)
def test_roles_only_where_beyond_doubt(tmp_path: Path, task: str, role: str | None) -> None:
    sections = changed("Results", 1, "Task", task)
    sections["Sample Setup"] = changed("Sample Setup", 1, "Task", task)["Sample Setup"]
    read = reading(tmp_path, export(sections)).readings.filter(well="A1", channel="TNF")
    assert read["vendor_role"].to_list() == [role, role]


@pytest.mark.parametrize(
    ("block", "number", "well"),
    [
        ("96-Well Block (0.2mL)", "1", "A1"),
        ("96fast", "13", "B1"),
        ("Fast 96-Well Block (0.1mL)", "96", "H12"),
        ("384-Well Block", "25", "B1"),
        ("384-Well Block", "384", "P24"),
        ("48well", "9", "B1"),
        ("", "B07", "B7"),
    ],
)
def test_wells_by_number_count_along_the_rows_of_the_block(
    tmp_path: Path, block: str, number: str, well: str
) -> None:
    rows = results(
        Well=[number], Target__Name=["TNF"], Task=["UNKNOWN"], Reporter=["FAM"], CT=["20.5"]
    )
    read = reading(tmp_path, single(rows, facts=[("Block Type", block)]), "q.csv")
    assert read.readings["well"].to_list() == [well]


@pytest.mark.parametrize(
    ("block", "number"),
    [("96fast", "97"), ("96fast", "0"), ("96fast", "I1"), ("96fast", "A13"), ("", "7")],
)
def test_a_well_that_cannot_be_told_is_refused(tmp_path: Path, block: str, number: str) -> None:
    rows = results(
        Well=[number], Target__Name=["TNF"], Task=["UNKNOWN"], Reporter=["FAM"], CT=["20.5"]
    )
    text = mistakes(tmp_path, single(rows, facts=[("Block Type", block)]), "q.csv")
    assert "raw/q.csv:4 column Well" in text and ("8 x 12" in text or "Block Type" in text)


def test_the_file_s_own_positions_go_before_counting(tmp_path: Path) -> None:
    """An array card may number its wells in another order; Amplification Data has the number
    alone.
    """
    sections = {
        name: [[{"B2": "C7"}.get(cell, cell) for cell in row] for row in rows]
        for name, rows in SECTIONS.items()
    }
    assert reading(tmp_path, export(sections)).readings["well"].to_list()[2] == "C7"
    text = mistakes(tmp_path, export(changed("Sample Setup", 3, "Well Position", "C7")))
    assert "well 14 at" in text and "elsewhere" in text


def test_omitted_wells_stay_and_are_listed(tmp_path: Path) -> None:
    read = reading(tmp_path, export())
    assert read.readings.filter(well="A1", channel="ACTB").height == 2
    listed = {ignored.what: ignored.why for ignored in read.ignored}
    assert "kept" in listed["omission marks (1)"] and listed["omission marks (1)"].endswith(
        "A1 ACTB"
    )
    for mark in ("TRUE", "1"):
        text = reading(tmp_path, export(changed("Results", 2, "Omit", mark)))
        assert what_was_read(text).equals(what_was_read(read))


def test_an_omitted_well_without_cq_is_not_called_undetected(tmp_path: Path) -> None:
    """A person left it out: its curve could be called undetected too, so nothing of it is read."""
    for cq in ("", "Undetermined", "undetermined", "N/A"):
        read = reading(tmp_path, export(changed("Results", 2, "Cт", cq)))
        assert read.readings.filter(channel="ACTB").is_empty()
        assert read.readings.filter(well="A1", channel="TNF").height == 2
        assert read.left_out == frozenset({("A1", "ACTB")})
        listed = {ignored.what: ignored.why for ignored in read.ignored}
        assert listed["omitted wells without a Cq (1)"].endswith("A1 ACTB")
        assert "omission marks (1)" not in listed
    included = reading(tmp_path, export(changed("Results", 4, "Cт", "Undetermined")))
    assert included.readings.filter(well="H12", kind="cq")["censor"].to_list() == ["right"]


def test_everything_unread_is_listed(tmp_path: Path) -> None:
    odd = {
        "Melt Curve Raw Data": [["Well", "Reading", "Temperature"], ["1", "1", "60.1"]],
        "Novelty": [["a", "b", "c"]],
    }
    read = reading(tmp_path, export(odd | SECTIONS).replace("Amp Score", "Sparkle"))
    listed = {ignored.what: ignored.why for ignored in read.ignored}
    assert listed["Results: Sparkle"] == "not known to this reader"
    assert "free text" in listed["Results: Comments"] and "replicates" in listed["Results: Cт Mean"]
    assert "baseline" in listed["Amplification Data: Delta Rn"]
    assert listed["Novelty (1 line)"] == "not known to this reader"
    assert {"Raw Data (2 lines)", "Sample Setup (4 lines)", "Melt Curve Raw Data (1 line)"} <= set(
        listed
    )
    assert listed["empty wells (1)"].endswith("E2")
    assert "person" in listed["facts: Experiment User Name"]
    assert "RQ Min/Max Confidence Level" in " ".join(listed)


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    read = reading(tmp_path, export(changed("Amplification Data", 2, "Rn", "")))
    assert read.readings["x"].to_list()[0] == [1.0, 3.0, 4.0]
    assert any(ignored.what == "points without Rn (1)" for ignored in read.ignored)


def test_a_well_without_a_named_target_is_read_where_no_target_is_named(tmp_path: Path) -> None:
    rows = results(
        Well=["A1", "A2", "A3"],
        Sample__Name=["p1", "p2", ""],
        Task=["UNKNOWN", "UNKNOWN", ""],
        Reporter=["FAM", "FAM", ""],
        CT=["20.5", "", ""],
    )
    read = reading(tmp_path, single(rows), "q.csv", FORTY)
    assert read.readings.select("well", "channel", "value").rows() == [
        ("A1", "", 20.5),
        ("A2", "", None),
    ]
    assert any(ignored.what == "empty wells (1)" for ignored in read.ignored)


# numbers


@pytest.mark.parametrize(
    "quantity", ["16,484", "16,484.000", "16484", "16 484", "16'484", "1.6484e4"]
)
def test_thousands_marks_of_amounts(tmp_path: Path, quantity: str) -> None:
    """Three standards whose Cq fall with their amounts; only a 1000-fold misreading would turn
    their order.
    """
    rows = results(
        Well=["A1", "A2", "A3"],
        Target__Name=["TNF"] * 3,
        Task=["STANDARD"] * 3,
        Reporter=["FAM"] * 3,
        CT=["20.50", "24.25", "28.75"],
        Quantity=[quantity, "1,000", "50"],
    )
    assert reading(tmp_path, single(rows, separator="\t"), "q.txt").readings.height == 3
    rows[1][-1], rows[3][-1] = rows[3][-1], rows[1][-1]
    assert "rise with the stated amount" in mistakes(
        tmp_path, single(rows, separator="\t"), "q.txt"
    )


def test_a_cq_with_a_decimal_comma_is_never_a_thousand(tmp_path: Path) -> None:
    rows = results(
        Well=["A1", "A2"],
        Target__Name=["TNF"] * 2,
        Task=["UNKNOWN"] * 2,
        Reporter=["FAM"] * 2,
        CT=["16,484", "Undetermined"],
        Quantity=["1,250", "2,125"],
    )
    for separator in (";", "\t", ","):
        read = reading(tmp_path, single(rows, separator=separator), "q.csv", FORTY)
        assert read.readings["value"].to_list() == [16.484, None]


def test_a_decimal_mark_that_cannot_be_told_is_refused(tmp_path: Path) -> None:
    curve = results(
        Well=["A1", "A1"],
        Cycle=["1", "2"],
        Target__Name=["TNF"] * 2,
        Rn=["1,064", "1,065"],
        ΔRn=["1,007", "1,008"],
    )
    text = mistakes(tmp_path, single(curve, separator=";"), "q.csv")
    assert "'1,064', which could be 1.064 or 1064" in text and "whole file" in text
    curve[1][-1] = "0,007"
    assert reading(tmp_path, single(curve, separator=";"), "q.csv").readings["y"].to_list() == [
        [1.064, 1.065]
    ]


def test_two_decimal_marks_in_one_file_are_refused(tmp_path: Path) -> None:
    text = mistakes(tmp_path, export(changed("Results", 1, "Cт", "2,48")))
    assert "a decimal point and a decimal comma" in text and "one file" in text


def test_decimal_commas_that_a_csv_took_for_separators_are_refused(tmp_path: Path) -> None:
    text = "\n".join(",".join(row) for row in commas({"Results": RESULTS})["Results"])
    found = mistakes(tmp_path, "Block Type,96fast\n" + text, "q.csv")
    assert "more cells than the 11 columns" in found and "decimal commas" in found


# guards


def test_damaged_files_say_where_and_what(tmp_path: Path) -> None:
    assert "two columns for one thing: Cт and Ct" in mistakes(
        tmp_path, export().replace("Cт Mean", "Ct")
    )
    assert "column Cт" in mistakes(tmp_path, export(changed("Results", 1, "Cт", "late")))
    assert "a Cq that is no number" in mistakes(
        tmp_path, export(changed("Results", 1, "Cт", "2024-04-16"))
    )
    assert "an Rn that is no number" in mistakes(
        tmp_path, export(changed("Amplification Data", 1, "Rn", "high"))
    )
    assert "no whole number" in mistakes(
        tmp_path, export(changed("Amplification Data", 1, "Cycle", "1.5"))
    )
    assert "the amount of a standard" in mistakes(
        tmp_path, export(changed("Sample Setup", 3, "Quantity", "many"))
    )
    assert "a line without a well" in mistakes(
        tmp_path, export(changed("Results", 1, "Well", "one"))
    )
    assert "a curve with a cycle twice" in mistakes(
        tmp_path, export(changed("Amplification Data", 2, "Cycle", "1"))
    )
    assert "between 0 and 4" in mistakes(tmp_path, export(changed("Results", 1, "Cт", "16484")))
    assert "wells and targets twice: A1 TNF" in mistakes(
        tmp_path, export(changed("Results", 2, "Target Name", "TNF"))
    )
    assert "double quote" in mistakes(tmp_path, export().replace("p1\t", '"p1\t', 1))
    assert "a binary file" in mistakes(tmp_path, export() + "\x00")


def test_a_file_cut_short_never_makes_a_well_undetected(tmp_path: Path) -> None:
    whole = single(RESULTS[:3], separator="\t", facts=FACTS[:1])
    ends = whole.rindex("VIC") + 3
    assert "ends before its Cq" in mistakes(tmp_path, whole[:ends])
    curves = single(AMPLIFICATION[:3], separator="\t", facts=FACTS[:1])
    assert "ends before its Rn" in mistakes(tmp_path, curves[: curves.rindex("0.522") - 1])


def test_reversed_standards_are_refused_where_another_sheet_states_the_amounts(
    tmp_path: Path,
) -> None:
    wells = ["A1", "A2", "A3"]
    cq = results(
        Well=["1", "2", "3"],
        Well__Position=wells,
        Omit=["false"] * 3,
        Sample=["a", "b", "c"],
        Target=["TNF"] * 3,
        Task=["STANDARD"] * 3,
        Cq=["20.5", "24.25", "28.75"],
    )
    amounts = results(
        Well=["1", "2", "3"],
        Well__Position=wells,
        Target=["TNF"] * 3,
        Task=["STANDARD"] * 3,
        Quantity=["10000", "1000", "100"],
        Cq=["20.5", "24.25", "28.75"],
    )
    book = {"Results": cq, "Standard Curve Result": amounts}
    assert reading(tmp_path, workbook(book), "q.xlsx").readings.height == 3
    reversed_ = [
        amounts[0],
        *(
            [*row[:4], q, row[5]]
            for row, q in zip(amounts[1:], ["100", "1000", "10000"], strict=True)
        ),
    ]
    text = mistakes(tmp_path, workbook(book | {"Standard Curve Result": reversed_}), "q.xlsx")
    assert "rise with the stated amount" in text


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    sections = SECTIONS | {"Results": [list(row) for row in RESULTS]}
    sections["Results"][1][7], sections["Results"][2][0], sections["Results"][3][7] = (
        "late",
        "x",
        "99",
    )
    text = mistakes(tmp_path, export(sections))
    for part in ("(late)", "a line without a well", "Cq 99"):
        assert part in text


def test_the_same_mistake_in_many_cells_is_one_message(tmp_path: Path) -> None:
    rows = [AMPLIFICATION[0], *([*row[:3], "high", row[4]] for row in AMPLIFICATION[1:17])]
    with pytest.raises(ReadError) as caught:
        reading(tmp_path, export(SECTIONS | {"Amplification Data": rows}))
    assert len(caught.value.mistakes) == 1 and "and 12 more" in caught.value.mistakes[0].where


def test_a_workbook_s_mistakes_have_cell_addresses(tmp_path: Path) -> None:
    assert "raw/q.xlsx Results!H9" in mistakes(
        tmp_path, workbook(changed("Results", 1, "Cт", "late")), "q.xlsx"
    )


def test_exports_without_the_tables_say_what_to_tick(tmp_path: Path) -> None:
    text = mistakes(tmp_path, export({"Sample Setup": SETUP, "Raw Data": RAW}))
    assert "Sample Setup, Raw Data" in text and "ticked" in text
    assert "no table of wells" in mistakes(tmp_path, "* Block Type = 96-Well Block\n")
    only = reading(tmp_path, export({"Amplification Data": AMPLIFICATION, "Sample Setup": SETUP}))
    assert only.readings["sample"].to_list() == ["p1", "p1", None, "water"]
    assert only.readings["vendor_role"].to_list() == ["sample", "sample", "standard", "ntc"]
    uncalled = reading(tmp_path, export(without("Results", "Cт")))
    assert set(uncalled.readings["kind"]) == {"amplification"}
    assert any(
        i.what == "Results (5 lines)" and "no column of Cq" in i.why for i in uncalled.ignored
    )


# telling the format


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_known_by_its_beginning(form: str) -> None:
    name, make = FORMS[form]
    raw = make()
    assert quantstudio.sniff(raw.encode() if isinstance(raw, str) else raw, Path(name).suffix)


@pytest.mark.parametrize(
    "text",
    [
        ",Well,Fluor,Target,Content,Sample,Cq,SQ\n,A01,SYBR,TNF,Unkn,p1,20.1,\n",
        "Experiment: x  Selected Filter: SYBR Green (465-510)\n"
        "Include\tColor\tPos\tName\tCp\nTrue\t255\tA1\tp1\t20.1\n",
        "Title:,x\nDevice:,qTOWER\n"
        "Well,Sample name,GOI,Reference gene,Ct GOI,Ct Ref. gene\nA1,p1,TNF,ACTB,20.1,18.2\n",
        "well,target,Cq\nA1,TNF,20.1\n",
        "Well,Sample,Target,Cq\nA1,p1,TNF,20.1\n",
        "Well,Cycle,Rn\nA1,1,0.5\n",
        "",
        "\n" * 70_000,
        "Results\n[Results]\n",
    ],
)
def test_other_programs_and_plain_tables_are_left_to_their_readers(text: str) -> None:
    assert not quantstudio.sniff(text.encode(), ".csv")
    rows = list(csv.reader(io.StringIO(text[:2000])))
    assert not quantstudio.sniff(workbook({"Sheet1": rows}, facts=[]), ".xlsx")


def test_no_file_of_another_vendor_is_claimed(shared_data: Path) -> None:
    claimed = {
        path.parent.name
        for path in (shared_data / "qpcr").glob("*/*")
        if quantstudio.sniff(path.read_bytes(), path.suffix.lower())
    }
    assert claimed == {"quantstudio_txt", "quantstudio_xlsx", "design_and_analysis"}


def test_long_lines_of_blanks_take_no_time(tmp_path: Path) -> None:
    start = time.process_time()
    for blank in (" ", "\t", "\n", '"', ",", "well ", "* "):
        raw = ("* Block Type = 96\n" + blank * 300_000).encode()
        quantstudio.sniff(raw, ".txt")
        mistakes(tmp_path, raw)
    assert time.process_time() - start < 20


# damaged bytes


@pytest.mark.parametrize(("row", "column"), [(65535, 65535), (65535, 400)])
def test_an_old_workbook_with_a_cell_in_its_last_corner_is_refused(
    tmp_path: Path, row: int, column: int
) -> None:
    """Laid out in full it would take up to 100 GB, and this process with it."""
    text = mistakes(tmp_path, old_workbook(far=(row, column)), "q.xls")
    assert "old workbook" in text or "more cells" in text


# real files


def sections_of(text: str) -> dict[str, list[dict[str, str]]]:
    """The tables of a text export, read past exvivo."""
    found = {}
    for part in text.split("\n[")[1:]:
        name, _, table = part.partition("]\n")
        found[name] = list(csv.DictReader(io.StringIO(table.split("\n\n")[0]), delimiter="\t"))
    return found


def test_real_quantstudio_6_text(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "qpcr" / "quantstudio_txt" / "example02.txt"
    read = read_plate(path, source="x", plate="P", assay=QPCR)
    truth = sections_of(path.read_text())
    cq = read.readings.filter(kind="cq")
    assert cq.height == len(truth["Results"]) == 96
    for mine, theirs in zip(cq.iter_rows(named=True), truth["Results"], strict=True):
        assert (mine["well"], mine["channel"], mine["sample"]) == (
            theirs["Well Position"],
            theirs["Target Name"],
            theirs["Sample Name"],
        )
        assert mine["value"] == (None if theirs["CT"] == "Undetermined" else float(theirs["CT"]))
        assert mine["vendor_role"] == {"UNKNOWN": "sample", "NTC": "ntc"}.get(theirs["Task"])
    assert set(cq.filter(censor="right")["lower"]) == {40.0}
    curves = read.readings.filter(kind="amplification")
    assert curves.height == 6 and curves["well"].to_list() == ["A1", "A1", "A2", "A2", "A3", "A3"]
    assert curves["y"].explode().to_list() == [
        float(row["Rn"]) for row in truth["Amplification Data"]
    ]
    assert read.header["instrument"] == "QuantStudio(TM) 6 Flex System"


def test_real_text_in_every_encoding_and_number_format(shared_data: Path, tmp_path: Path) -> None:
    text = (shared_data / "qpcr" / "quantstudio_txt" / "example02.txt").read_text()
    head, _, body = text.partition("[Sample Setup]")
    swap = str.maketrans(",.", ".,")
    cells = [
        [cell.translate(swap) if cell[:1] in "-0123456789" else cell for cell in row.split("\t")]
        for row in body.split("\n")
    ]
    european = "\n".join("\t".join(row) for row in cells)
    semicolons = "\n".join(line([cell.strip('"') for cell in row], ";") for row in cells)
    commas_ = "\n".join(
        line([cell.strip('"') for cell in row.split("\t")], ",") for row in body.split("\n")
    )
    wanted = what_was_read(reading(tmp_path, text))
    forms = [
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        (head + "[Sample Setup]" + european).encode(),
        (head + "[Sample Setup]" + semicolons).encode(),
        (head + "[Sample Setup]" + semicolons).encode("utf-16"),
        (head + "[Sample Setup]" + commas_).encode("cp1252"),
    ]
    for form in forms:
        assert what_was_read(reading(tmp_path, form)).equals(wanted)
    assert "16,484" not in european or wanted["value"].max() < 50  # type: ignore[operator]


def test_real_text_whose_curves_were_cut_is_refused_and_its_cq_alone_are_read(
    shared_data: Path, tmp_path: Path
) -> None:
    """The file holds three of its forty cycles: either the curves or the Cq are wrong."""
    text = (shared_data / "qpcr" / "quantstudio_txt" / "example01.txt").read_text()
    assert "Cq 18.717" in mistakes(tmp_path, text) and "between 0 and 3" in mistakes(tmp_path, text)
    start, end = text.index("[Amplification Data]"), text.index("[Multicomponent Data]")
    read = reading(tmp_path, text[:start] + text[end:])
    truth = [row["CT"] for row in sections_of(text)["Results"]]
    assert read.readings["value"].to_list() == [float(cell) for cell in truth] and len(truth) == 16
    assert read.readings["well"].to_list()[-1] == "A18"
    assert (
        read.header["block"] == "384-Well Block"
        and read.header["experiment type"] == "Comparative Cт (ΔΔCт)"
    )


def test_a_curve_that_ends_before_the_others_is_refused(tmp_path: Path) -> None:
    lines = export().split("\n")
    last = max(at for at, line in enumerate(lines) if line.startswith("96\t4\t"))
    told = mistakes(tmp_path, "\n".join(lines[:last] + lines[last + 1 :]))
    assert "curves that end at cycle 3" in told and "each of the 4 cycles" in told
    first = next(at for at, line in enumerate(lines) if line.startswith("96\t2\t"))
    gap = reading(tmp_path, "\n".join(lines[:first] + lines[first + 1 :]))
    assert gap.readings.height, "a gap inside a curve is read"


def test_real_genotyping_gives_its_curves_alone(shared_data: Path) -> None:
    path = shared_data / "qpcr" / "quantstudio_txt" / "example03.txt"
    read = read_plate(path, source="x", plate="P", assay=QPCR)
    assert set(read.readings["kind"]) == {"amplification"} and read.readings.height == 6
    assert read.readings["sample"].to_list() == ["NTC", "NTC"] + ["Allele 1"] * 4
    assert any(ignored.what == "Results (96 lines)" for ignored in read.ignored)


def cells_of(path: Path, sheet: str) -> list[dict[str, Any]]:
    """The table of a sheet, read past exvivo."""
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=True, read_only=True)
    rows = list(book[sheet].iter_rows(values_only=True))
    top = next(index for index, row in enumerate(rows) if row and row[0] == "Well")
    return [
        dict(zip(rows[top], [*row, *[None] * len(rows[top])], strict=False))
        for row in rows[top + 1 :]
        if row and isinstance(row[0], (int, float))
    ]


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")
@pytest.mark.parametrize(
    ("name", "reactions", "undetected", "cq", "last"),
    [
        ("design_and_analysis/QS3_relative_quantification.xlsx", 156, 4, "Cq", 40),
        ("design_and_analysis/QS7_standard_curve.xlsx", 96, 4, "Cq", 40),
        ("quantstudio_xlsx/example08.xlsx", 36, 0, "CRT", 50),
    ],
)
def test_real_workbooks(
    shared_data: Path, name: str, reactions: int, undetected: int, cq: str, last: int
) -> None:
    path = shared_data / "qpcr" / name
    frame = read_plate(path, source="x", plate="P", assay=QPCR).readings
    mine = frame.filter(kind="cq")
    target = "Target" if cq == "Cq" else "Target Name"
    truth = [row for row in cells_of(path, "Results") if row[target]]
    assert mine.height == len(truth) == reactions
    assert mine["well"].to_list() == [row["Well Position"] for row in truth]
    assert mine["channel"].to_list() == [row[target] for row in truth]
    assert mine["value"].to_list() == [
        row[cq] if isinstance(row[cq], float) else None for row in truth
    ]
    assert mine.filter(censor="right").height == undetected
    assert set(mine.filter(censor="right")["lower"]) <= {float(last)}
    curves = frame.filter(kind="amplification")
    points = [row for row in cells_of(path, "Amplification Data") if isinstance(row["Rn"], float)]
    assert curves.height == reactions and set(curves["x"].list.len()) == {last}
    assert sorted(curves["y"].explode()) == sorted(row["Rn"] for row in points)
    assert set(zip(curves["well"], curves["channel"], strict=True)) == set(
        zip(mine["well"], mine["channel"], strict=True)
    )


def test_real_standards_carry_their_role(shared_data: Path) -> None:
    path = shared_data / "qpcr" / "design_and_analysis" / "QS7_standard_curve.xlsx"
    cq = read_plate(path, source="x", plate="P", assay=QPCR).readings.filter(kind="cq")
    counts = dict(cq["vendor_role"].value_counts().rows())
    assert counts == {"sample": 72, "standard": 20, "ntc": 4}


def melt_section(named: bool) -> list[list[str]]:
    """A melting curve of well A1 (melts at 82.0) and B2 (at 86.5), as Melt Curve Raw Data has
    them; `named` as Design & Analysis has them, with a target.
    """
    header = ["Well", "Well Position", "Reading", "Temperature", "Fluorescence", "Derivative"]
    rows = [[*header, "Target"] if named else header]
    for well, position, target, middle in (("1", "A1", "TNF", 82.0), ("14", "B2", "TNF", 86.5)):
        for reading_number in range(1, 61):
            temperature = 64.5 + 0.5 * reading_number
            light = 1_200_000 / (1 + math.exp((temperature - middle) / 0.7))
            cells = [well, position, str(reading_number), f"{temperature:.3f}", f"{light:,.3f}"]
            rows.append([*cells, "1,234.500", *([target] if named else [])])
    return rows


@pytest.mark.parametrize(
    ("title", "named"), [("Melt Curve Raw Data", False), ("Melt Curve Raw", True)]
)
def test_melting_curves(tmp_path: Path, title: str, named: bool) -> None:
    """Well A1 holds two targets: without a name its curve is nobody's, and is listed."""
    read = reading(tmp_path, export(SECTIONS | {title: melt_section(named)}))
    melting = read.readings.filter(kind="melt")
    wells = ["A1", "B2"] if named else ["B2"]
    assert melting.select("well", "channel").rows() == [(well, "TNF") for well in wells]
    x, y = melting.filter(well="B2").select("x", "y").row(0)
    assert melting_peaks(np.array(x), np.array(y)) == [pytest.approx(86.5, abs=0.1)]
    listed = {ignored.what: ignored.why for ignored in read.ignored}
    assert ("melting curves of wells with several targets (1)" in listed) != named


def test_calls_of_presence_are_no_results(tmp_path: Path) -> None:
    """`Target Call` repeats the Cq of every well; without a sheet called Results the table with
    more of its columns is the one that is read.
    """
    calls = [
        ["Well", "Omit", "Sample", "Target", "Call", "Cq", "Amp Score"],
        ["1", "false", "p1", "TNF", "Presence", "2.484", "1.2"],
    ]
    wanted = what_was_read(reading(tmp_path, export()))
    for title in ("Target Call", "Unheard-of Call"):
        read = reading(tmp_path, export(SECTIONS | {title: calls}))
        assert what_was_read(read).equals(wanted)
    others = {
        ("Well Results" if name == "Results" else name): rows for name, rows in SECTIONS.items()
    }
    for title in ("Target Call", "Unheard-of Call"):
        read = reading(tmp_path, export({title: calls} | others))
        assert read.readings.filter(kind="cq")["well"].to_list() == ["A1", "A1", "B2", "H12"]
    alone = {
        name: rows
        for name, rows in SECTIONS.items()
        if name not in ("Results", "Amplification Data")
    }
    text = mistakes(tmp_path, export(alone | {"Target Call": calls}))
    assert "Results and Amplification Data ticked" in text


def test_curves_that_end_before_the_cq_are_to_be_exported_whole(tmp_path: Path) -> None:
    text = mistakes(tmp_path, export(changed("Results", 1, "Cт", "4.484")))
    assert "a Cq between 0 and 4, the last cycle" in text
    assert "with every cycle of the run" in text and "commas" not in text
