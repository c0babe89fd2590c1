"""One `check` lists the mistakes of every file, and none that only follows from another one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from exvivo.errors import UserMistake, condensed
from exvivo.gather import gather
from exvivo.words import MOST_LISTED


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    """A sound study of two PCR plates, four ELISA plates and two visits."""
    study = tmp_path / "Studie Müller (RA) #2"
    shutil.copytree(shared_data / "faults" / "intake" / "study", study)
    return study


def change(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, text, flags=re.MULTILINE)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def refused(folder: Path) -> UserMistake:
    with pytest.raises(UserMistake) as caught:
        gather(folder)
    return caught.value


def test_mistakes_of_different_files_come_at_once(folder: Path) -> None:
    """Each is told once. A header in capitals is none. The stimuli of a donor that are swapped on
    another plate are a contradiction, and stand beside the mistakes.
    """
    change(folder / "donors.csv", "^donor,group", "Donor,Group")
    change(folder / "plates" / "Q1.csv", "RA03", "ra03")
    change(folder / "plates" / "Q2.csv", "RA07,none", "RA07,@")
    change(folder / "plates" / "Q2.csv", "RA07,LPS,", "RA07,none,")
    change(folder / "plates" / "Q2.csv", "RA07,@", "RA07,LPS")
    change(folder / "plates" / "E_TNF1.csv", "^A1,standard.*\n", "")
    change(folder / "study.yaml", "lowest: 0, highest: 100", "lowest: 100, highest: 0")
    change(folder / "study.yaml", r"(id: more_tnf.*)analytes: \[TNF\]", r"\1analytes: [TNFa]")
    change(folder / "clinic.csv", "^RA02,1,5.18", "RA02,1,51.8")
    (folder / "raw" / "ELISA_IL6_Platte1.xlsx").unlink()
    error = refused(folder)
    told = [str(mistake) for mistake in condensed(error.mistakes)]
    words = (
        "donor ra03 (did you mean `RA03`?)",
        "nothing about A1 of plate E1",
        "VAS from 100 to 0",
        "analyte `TNFa` (did you mean `TNF`?)",
        "51.8 as DAS28 of donor RA02",
        "no such file (plate E3)",
    )
    assert [sum(word in text for text in told) for word in words] == [1] * len(words)
    assert len(told) == len(words), told
    assert [flag.place for flag in error.flags] == ["Q2"]


def test_a_column_that_is_missing_says_nothing_of_its_wells(folder: Path) -> None:
    """Nor do an unreadable donors table, a swapped scale and a plate whose file is no such file."""
    change(folder / "plates" / "Q1.csv", "^well,role", "Vertiefung,role")
    change(
        folder / "plates" / "E_IL61.csv", "^well,role,donor,stimulus", "well,role,donor,stimulant"
    )
    (folder / "donors.csv").write_bytes(b"\x89PNG\r\n")
    (folder / "raw" / "ELISA_TNF_Platte2.xlsx").write_text("nothing")
    told = [str(mistake) for mistake in condensed(refused(folder).mistakes)]
    places = [text.split("\n")[0].split(":")[0] for text in told]
    assert places == [
        "donors.csv",
        "plates/Q1.csv",
        "plates/E_IL61.csv",
        "raw/ELISA_TNF_Platte2.xlsx",
    ], told


def test_many_alike_are_one_with_five_of_them(folder: Path) -> None:
    change(folder / "plates" / "Q1.csv", "RA03", "RA33")
    (one,) = condensed(refused(folder).mistakes)
    assert one.where.count("plates/Q1.csv:") == MOST_LISTED and one.where.endswith("and 31 more")
    assert "did you mean" not in str(one)  # other digits are another person


def test_all_tables_may_be_workbooks(folder: Path) -> None:
    """The same study: its donors, its clinic and a layout as Excel saves them, titles above."""
    import openpyxl
    import polars as pl

    whole = gather(folder)
    for name in ("donors.csv", "clinic.csv", "plates/E_TNF1.csv"):
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.append(["Studie Müller"])
        sheet.merge_cells("A1:C1")
        for line in (folder / name).read_text().splitlines():
            sheet.append(
                [float(c) if re.fullmatch(r"[\d.]+", c) else c or None for c in line.split(",")]
            )
        book.save((folder / name).with_suffix(".xlsx"))
        (folder / name).unlink()
    change(folder / "study.yaml", "E_TNF1.csv", "E_TNF1.xlsx")
    same = gather(folder)
    assert same.study.donors.equals(whole.study.donors)
    assert same.clinic.drop("source", "sha256").equals(whole.clinic.drop("source", "sha256"))
    assert same.study.layout.drop("line").equals(whole.study.layout.drop("line"))
    assert {"donors.xlsx", "clinic.xlsx"} <= {file.path for file in same.inputs}
    assert isinstance(same.wells, pl.DataFrame)


def test_a_layout_moved_off_the_plate_is_told_by_what(folder: Path) -> None:
    """One column to the left: the last column of the file has no line, and the first was lost."""
    path = folder / "plates" / "Q1.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    moved = [_to_the_left(line) for line in lines if not re.match(r"[A-Z]1,", line)]
    path.write_text("\n".join([head, *moved]) + "\n", encoding="utf-8")
    (mistake,) = refused(folder).mistakes
    assert "nothing about A24, B24" in mistake.found
    assert "when it is moved by 1 column to the right (322 wells agree then)" in mistake.found


def _to_the_left(line: str) -> str:
    well, rest = line.split(",", 1)
    return f"{well[0]}{int(well[1:]) - 1},{rest}"


def test_lines_that_are_only_missing_are_no_move(folder: Path) -> None:
    change(folder / "plates" / "Q2.csv", r"^\w+,sample,RA07,LPS,.*\n", "")
    (mistake,) = refused(folder).mistakes
    assert "agrees with the names" not in mistake.found


def test_a_blank_visit_beside_filled_ones_is_asked_about(folder: Path) -> None:
    change(folder / "clinic.csv", r"^(RA0[13]),2,", r"\1,,")
    change(folder / "clinic.csv", r"^RA0[13],1,.*\n", "")
    (mistake,) = refused(folder).mistakes
    assert mistake.found == "no visit in 2 lines (RA01, RA03), beside lines with one"


def test_dilutions_that_go_with_the_group_on_one_plate_are_said(folder: Path) -> None:
    change(folder / "plates" / "E_TNF1.csv", r"^(\w+,sample,HD\d+,LPS\w*,\d,),2$", r"\1,20")
    flags = [flag for flag in gather(folder).flags if flag.code == "dilutions_by_group"]
    assert [(flag.place, flag.severity) for flag in flags] == [("E1", "look")]
