"""qTOWER: gene of interest and reference gene of a well in columns of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from qpcr_exports import (
    QTOWER,
    cqs,
    mistakes,
    reading,
    same_in_a_workbook,
    why,
    written,
)


def test_a_row_with_two_genes_is_two_reactions(tmp_path: Path) -> None:
    read = reading(tmp_path, QTOWER)
    assert cqs(read) == [
        ("A2", "TNF", 19.74, None, "sample"),
        ("A3", "TNF", 20.125, None, "sample"),
        ("B2", "TNF", None, 40.0, "ntc"),
        ("A1", "GAPDH", 15.375, None, "sample"),
        ("A3", "GAPDH", 15.5, None, "sample"),
        ("B1", "GAPDH", None, 40.0, "sample"),
    ]
    assert read.readings["sample"].to_list() == ["c1 µ", "c1 µ", None, "c1 µ", "c1 µ", "rt(-)"]


def test_everything_else_is_listed_and_the_header_kept(tmp_path: Path) -> None:
    read = reading(tmp_path, QTOWER)
    listed = why(read)
    assert listed["1 wells without a gene"].endswith("B4")
    assert listed["1 blank cells of Ct GOI"] == "not analysed: B3"
    computed = ("Mean Ct GOI", "Mean Ct Ref.gene", "RQ GOI", "dCt (Ref.Gen – GOI)")
    assert {f"column {name}" for name in computed} <= set(listed)
    assert "12 lines above the table" in listed
    assert read.header == {
        "format": "qPCRsoft (qTOWER)",
        "experiment": "iMG plate 1",
        "instrument": "qTOWER³84 /G 0000G-0000",
        "run date": "3/2/2026 1:49:58 PM 3/2/2026 3:20:00 PM",
    }


def test_other_ways_of_writing_say_the_same(tmp_path: Path) -> None:
    same_in_a_workbook(tmp_path, QTOWER, "q.csv")
    short = "\n".join(QTOWER.split("\n")[13:])
    assert cqs(reading(tmp_path, short)) == cqs(reading(tmp_path, QTOWER))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("19.74", "early", "raw/q.csv:16 column Ct GOI"),
        ("No Ct", "No", "raw/q.csv:18 column Ct Ref. gene"),
        ("19.74", "55.5", "Cq 55.5"),
        ("A2,,c1", "A3,,c1", "A3 TNF"),
        ("A2,,c1", "H,,c1", "well 'H'"),
        ("Ct GOI,Ct Ref. gene", "Ct GOI,Ct GOI", "the column `Ct GOI` twice"),
    ],
)
def test_mistakes_name_cell_and_cure(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistakes(tmp_path, QTOWER.replace(old, new, 1))


def test_a_run_without_any_ct_and_one_without_cycles(tmp_path: Path) -> None:
    assert "without Cq" in mistakes(tmp_path, QTOWER.split("A1,")[0] + "A1,,c2,Unknown,,,,,,,,\n")
    assert "how many cycles" in mistakes(tmp_path, QTOWER, cycles=None)


def test_decimal_commas_lost_to_the_separator_are_noticed(tmp_path: Path) -> None:
    rows = [
        ["Well", "GOI", "Ct GOI", "Mean Ct GOI"],
        *([f"A{n}", "TNF", "19", f"{n}"] for n in range(1, 8)),
    ]
    assert "nothing but whole numbers" in mistakes(tmp_path, written(rows, ","))
