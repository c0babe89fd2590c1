"""The table `samples`: it says whose samples are and how they were made, where names do not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from expression_tables import read, refused

GENES = "P2RY12,5,6\nCD14,7,8\n"
PROFILE = "gene,D1,well 7\n" + GENES
REFERENCE = "gene,microglia:GSM1,S2,S3\nP2RY12,9,1,2\nCD14,2,9,8\n"
SAMPLES = (
    "sample,cell,donor,batch,condition\nwell 7,,D2,,\nmicroglia:GSM1,,N7,kit A,\n"
    "S2,monocyte,D1,kit A,LPS\nS3,monocyte,,kit B,\n"
)
COLUMNS = ("cell_type", "donor", "batch", "condition")


def told(folder: Path, samples: str, *tables: str, **change: str) -> pl.DataFrame:
    (folder / "s.csv").write_text(samples)
    profile, reference = tables or (PROFILE, REFERENCE)
    return read(folder, profile, reference, samples="s.csv", **change)[0].select(COLUMNS)


def not_taken(folder: Path, samples: str, *tables: str, **change: str) -> str:
    (folder / "s.csv").write_text(samples)
    profile, reference = tables or (PROFILE, REFERENCE)
    return refused(folder, profile, reference, samples="s.csv", **change)


def test_names_and_the_table_fill_one_another(tmp_path: Path) -> None:
    assert told(tmp_path, SAMPLES, condition="ATP").rows() == [
        ("iMG", "D1", None, "ATP"),
        ("iMG", "D2", None, "ATP"),
        ("microglia", "N7", "kit A", None),
        ("monocyte", "D1", "kit A", "LPS"),
        ("monocyte", None, "kit B", None),
    ]
    some = SAMPLES.replace("well 7,,D2,,", "well 7,iMG,D2,run 1,ATP")
    assert told(tmp_path, some).rows()[:2] == [
        ("iMG", "D1", None, None),
        ("iMG", "D2", "run 1", "ATP"),
    ]


def test_like_names_a_class_its_condition_with_it(tmp_path: Path) -> None:
    assert told(tmp_path, SAMPLES, like="monocyte, LPS").height == 5
    assert told(tmp_path, SAMPLES, like="monocyte").height == 5
    words = not_taken(tmp_path, SAMPLES, like="monocyte, ATP")
    assert "the cells here are: microglia, monocyte, LPS, monocyte" in words


def test_a_donor_named_by_its_column_gave_the_references_too(tmp_path: Path) -> None:
    tables = PROFILE, REFERENCE.replace("S2", "D1:b")
    rows = told(tmp_path, SAMPLES.replace("S2,monocyte,D1", "D1:b,monocyte,"), *tables).rows()
    assert rows[3] == ("monocyte", "D1", "kit A", "LPS")
    words = not_taken(tmp_path, SAMPLES.replace("S2,monocyte,D1", "D1:b,monocyte,D2"), *tables)
    assert "'D2' of the sample D1:b" in words and "'D1', as the name of its column says" in words


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("sample,", "column,", ["s.csv:1", "no column `sample`"]),
        (",batch,", ",lot,", ["s.csv:1", "a column 'lot'"]),
        ("S3,mono", "S2,mono", ["s.csv:5 column sample", "the sample S2 again (2 times in all)"]),
        ("S3,mono", ",mono", ["s.csv:5 column sample", "a row without a sample"]),
        ("S3,", "S 3,", ["s.csv:5", "no column 'S 3' in either table (did you mean `S3`?)"]),
        ("S3,monocyte", "S3,", ["s.csv:5", "no cell of the reference S3"]),
        ("D2,,", "D9,,", ["s.csv:2", "'D9' as the donor of well 7", "a donor of donors.csv"]),
        ("D2,,", ",,", ["s.csv:2", "no donor"]),
        ("N7", "d1", ["s.csv:3 column donor", "'d1' (did you mean `D1`?)"]),
        ("GSM1,,", "GSM1,macrophage,", ["s.csv:3 column cell", "'macrophage' of the sample"]),
        ("7,,", "7,macrophage,", ["s.csv:2 column cell", "the question (`cell_type`)"]),
    ],
)
def test_what_the_table_cannot_say_is_refused(
    tmp_path: Path, old: str, new: str, parts: list[str]
) -> None:
    assert old in SAMPLES
    words = not_taken(tmp_path, SAMPLES.replace(old, new))
    for part in parts:
        assert part in words


def test_a_condition_against_that_of_the_question_is_refused(tmp_path: Path) -> None:
    some = SAMPLES.replace("well 7,,D2,,", "well 7,,D2,,LPS")
    words = not_taken(tmp_path, some, condition="ATP")
    assert "'LPS' of the sample well 7" in words and "the question (`condition`)" in words


def test_a_name_in_both_tables_is_refused(tmp_path: Path) -> None:
    tables = PROFILE, REFERENCE.replace("S2", "well 7")
    words = not_taken(tmp_path, SAMPLES.replace("S2,monocyte,D1,kit A,LPS\n", ""), *tables)
    assert "a column 'well 7' in both tables" in words


def test_mistakes_of_the_table_come_at_once(tmp_path: Path) -> None:
    words = not_taken(tmp_path, SAMPLES.replace("S2,m", "T2,m").replace("S3,m", "T3,m"))
    assert "'T2'" in words and "'T3'" in words and "a column 'S2'" in words


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("lps", "`LPS` (s.csv:4 column condition) and `lps` (s.csv:5 column condition)"),
        ("None", "the condition 'None'"),
        ("untreated", "the condition 'untreated'"),
    ],
)
def test_a_condition_has_one_spelling_and_resting_is_empty(
    tmp_path: Path, word: str, found: str
) -> None:
    odd = SAMPLES.replace("kit B,", f"kit B,{word}")
    said = not_taken(tmp_path, odd)
    assert found in said and "s.csv:5 column condition" in said and said.count("found") == 1
    asked = "`lps` (the question who (`condition`)) and `LPS` (s.csv:4"
    assert asked in not_taken(tmp_path, SAMPLES, condition="lps")


def test_tables_that_were_exchanged_are_one_mistake_each(tmp_path: Path) -> None:
    """The table `samples` names all columns, and donors of another study for references."""
    samples = "sample,donor\nD1,D1\nD2,D2\nmicroglia:GSM1,N1\nmonocyte:GSM2,N2\n"
    reference = "gene,microglia:GSM1,monocyte:GSM2\nP2RY12,9,1\nCD14,2,9\n"
    said = not_taken(tmp_path, samples, reference, PROFILE.replace("well 7", "D2"))
    assert said.count("found") == said.count("exchange `profiles`") == 2
    named = "sample,donor\nmicroglia:GSM1,D1\nmonocyte:GSM2,D2\n"
    others = reference.replace("GSM", "N").replace("9", "8")
    assert told(tmp_path, named, reference, others).height == 4
