"""Classes, batches and conditions in two spellings; blanks of the table `samples`; a file that
stands in the folder of raw files.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from expression_tables import PROFILE, read, refused

GENES = "P2RY12,9,1,2\nCD14,2,9,8\n"


def references(*cells: str) -> str:
    names = ",".join(f"{cell}:{at}" for at, cell in enumerate(("microglia", *cells), 1))
    return f"gene,{names}\n{GENES}"


@pytest.mark.parametrize(
    "cells", [("Monocyte", "monocyte"), ("T cell", "T_cells"), ("CD14+ T", "cd14+-t")]
)
def test_a_class_has_one_spelling(tmp_path: Path, cells: tuple[str, str]) -> None:
    said = refused(tmp_path, PROFILE, references(*cells))
    first, second = cells
    assert f"`{first}` (r.tsv column {first}:2) and `{second}` (r.tsv column {second}:3)" in said
    assert said.count("found") == 1 and "write them alike" in said


def test_like_is_written_as_its_class(tmp_path: Path) -> None:
    for like in ("Microglia", "microglias", "micro-glia"):
        said = refused(tmp_path, PROFILE, references("a", "b"), like=like)
        assert f"no sample of `{like}` (did you mean `microglia`?)" in said


@pytest.mark.parametrize(
    "cells",
    [
        ("CD4+ T cell", "CD4- T cell"),
        ("CD25 cell", "CD25- cell"),
        ("cluster 1-1", "cluster 11"),
        ("B cell", "β cell"),
        ("IMG", "monocyte"),  # the cultured cells, iMG, are no class
    ],
)
def test_classes_that_differ_in_more_stay_apart(tmp_path: Path, cells: tuple[str, str]) -> None:
    assert read(tmp_path, PROFILE, references(*cells))[0].height == 7


def told(folder: Path, column: str, *texts: str) -> str:
    rows = (f"{name},{text}\n" for name, text in zip(("D1", "a:2", "b:3"), texts, strict=True))
    (folder / "s.csv").write_text(f"sample,{column}\n{''.join(rows)}")
    return references("a", "b")


@pytest.mark.parametrize(
    ("column", "texts"),
    [("batch", ("Kit A", "kit_a", "")), ("condition", ("24 hours", "", "24-Hour"))],
)
def test_both_tables_write_batches_and_conditions_alike(
    tmp_path: Path, column: str, texts: tuple[str, ...]
) -> None:
    said = refused(tmp_path, PROFILE, told(tmp_path, column, *texts), samples="s.csv")
    first, second = filter(None, texts)
    assert f"`{first}` (s.csv:2 column {column}) and `{second}`" in said
    assert said.count("found") == 1
    rows = told(tmp_path, column, "A1", "A11", "A1")
    assert read(tmp_path, PROFILE, rows, samples="s.csv")[0].height == 7


@pytest.mark.parametrize("blank", ["NA", "n/a", "-", "nan"])
def test_a_cell_of_the_table_samples_may_say_that_it_is_blank(tmp_path: Path, blank: str) -> None:
    (tmp_path / "s.csv").write_text(
        "sample,cell,donor,batch,condition\n" + f"a:2{4 * f',{blank}'}\nD1{4 * f',{blank}'}\n"
    )
    frame = read(tmp_path, PROFILE, references("a", "b"), samples="s.csv")[0]
    rows = frame.select("cell_type", "donor", "batch", "condition").rows()
    assert rows[0] == ("iMG", "D1", None, None) and rows[5] == ("a", None, None, None)


def test_names_that_are_all_dates_are_said_to_be_dates(tmp_path: Path) -> None:
    dates = references("a", "b").replace("P2RY12", "1-Mar").replace("CD14", "2-Sep")
    said = refused(tmp_path, PROFILE, dates)
    assert "dates for names of genes: 1-Mar, 2-Sep" in said and "a spreadsheet" in said
    assert "no gene" in refused(
        tmp_path, PROFILE, dates.replace("1-Mar", "NA").replace("2-Sep", "-")
    )


def test_a_missing_file_may_be_in_the_folder_of_raw_files(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "s.csv").touch()
    words = refused(tmp_path, samples="s.csv")
    assert "no such file (did you mean `raw/s.csv`?)" in words
    assert "did you mean" not in refused(tmp_path, samples="t.csv")
