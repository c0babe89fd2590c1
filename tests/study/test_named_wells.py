"""Plates without a layout: the names in the instrument file, taken apart by the plate's pattern."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from exvivo.errors import StudyError, UserMistake
from exvivo.gather import gather
from exvivo.study import load
from exvivo.study.name_patterns import pattern_trouble

STUDY = """\
exvivo: 1
title: A study
groups: [{id: K, name: people with gout}, {id: G, name: healthy people}]
stimuli:
  - {id: none, name: medium, control: true}
  - {id: R8, name: R848, dose: 1 µM}
analytes: [{id: TNF}]
assays:
  - {id: mrna, kind: qpcr, references: [HPRT], cycles: 40, cq: vendor}
plates:
  - {id: Q1, assay: mrna, file: raw/q.csv, samples: "{donor} {stimulus}"}
"""
DONORS = "donor,group\nK 01,K\nK 02,K\nG 01,G\nG 02,G\n"
NAMES = [
    f"{donor} {stimulus}"
    for donor in ("K 01", "K 02", "G 01", "G 02")
    for stimulus in ("none", "R8")
]


def table(names: list[str], *more: str) -> str:
    """Cq of TNF in row A and of HPRT in row B."""
    lines = ["well,sample,target,cq,role"]
    for letter, target in (("A", "TNF"), ("B", "HPRT")):
        lines += [f"{letter}{n},{name},{target},{20 + n / 10}," for n, name in enumerate(names, 1)]
    return "\n".join([*lines, *more]) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "donors.csv").write_text(DONORS)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/q.csv").write_text(table(NAMES, "A9,NTC,TNF,,NTC", "B9,,HPRT,,"))
    return tmp_path


def change(folder: Path, old: str, new: str, file: str = "study.yaml") -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def mistakes(folder: Path) -> str:
    with pytest.raises(UserMistake) as refused:
        gather(folder)
    return str(refused.value)


def test_names_make_the_layout_that_a_table_would(folder: Path) -> None:
    by_name = gather(folder).wells
    rows = ["well,role,donor,stimulus"]
    for letter in "AB":
        for number, name in enumerate(NAMES, start=1):
            donor, _, stimulus = name.rpartition(" ")
            rows.append(f"{letter}{number},sample,{donor},{stimulus}")
    rows += ["A9,ntc,,", "B9,empty,,"]
    (folder / "q.layout.csv").write_text("\n".join(rows) + "\n")
    change(folder, 'samples: "{donor} {stimulus}"', "layout: q.layout.csv")
    by_table = gather(folder).wells
    assert by_name.drop("control").equals(by_table.drop("control"))
    assert by_name.filter(well="A2").select("dose", "group").row(0) == ("1 µM", "K")


def test_the_study_loads_before_its_files_are_read(folder: Path) -> None:
    assert load(folder).layout.is_empty()
    questions = "questions:\n  - {id: q, ask: difference, groups: [K, G], assays: [mrna], analytes: [TNF], stimulus: R8}\n"
    (folder / "study.yaml").write_text(STUDY + questions, encoding="utf-8")
    assert len(load(folder).questions) == 1
    change(folder, "R8", "R9", "raw/q.csv")
    assert "sample names that are made in another way: 'K 01 R9'" in mistakes(folder)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "A1,K 01 none",
            "A1,K 01 nome",
            "made in another way: 'K 01 nome'; for 'nome', 'none' may",
        ),
        ("A1,K 01 none", "A1,K 07 none", "made in another way: 'K 07 none'"),
        ("A1,K 01 none", "A1,", "wells with a reading and without a sample name: A1"),
        ("A9,NTC", "A9,K 02 R8", "a donor's name in well A9, which the file calls `ntc`"),
        ("A2,K 01 R8,TNF", "A1,K 01 R8,HPRT", "wells with several sample names: A1"),
    ],
)
def test_names_that_say_too_little_are_asked_about(
    folder: Path, old: str, new: str, expected: str
) -> None:
    change(folder, old, new, "raw/q.csv")
    assert expected in mistakes(folder)


def test_a_layout_beside_the_names_goes_first(folder: Path) -> None:
    (folder / "few.csv").write_text(
        "well,role,donor,stimulus,exclude\nA1,sample,K 02,none,bubble in the curve\n"
    )
    change(folder, "file: raw/q.csv", "file: raw/q.csv, layout: few.csv")
    wells = gather(folder).wells
    assert wells.filter(well="A1").select("donor", "role").row(0) == ("K 02", "empty")
    assert wells.filter(well="A2").select("donor", "role").row(0) == ("K 01", "sample")


def test_parts_that_may_be_absent(folder: Path) -> None:
    names = ["K 01_none", "K 01_R8_2 µM_6 h", "G 01_none", "G 01_R8_2 µM_6 h"]
    (folder / "raw/q.csv").write_text(table(names), encoding="utf-8")
    change(folder, "{donor} {stimulus}", "{donor}_{stimulus}[_{dose}_{time}]")
    wells = gather(folder).wells
    assert wells.filter(well="A2").select("dose", "time").row(0) == ("2 µM", "6 h")
    assert wells.filter(well="A1").select("dose", "time").row(0) == (None, None)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("{donr} {stimulus}", "`{donor}` may be meant"),
        ("{stimulus}", "no `{donor}`"),
        ("{donor} {donor}", "a field twice"),
        ("{donor} [{stimulus}", "without its partner"),
        ("{donor}[ {dose}][a][b][c][d]", "more than 4"),
    ],
)
def test_patterns_that_cannot_be_used(folder: Path, pattern: str, why: str) -> None:
    assert why in pattern_trouble(pattern)
    change(folder, "{donor} {stimulus}", pattern)
    assert why in mistakes(folder)


def test_a_plate_needs_a_layout_or_a_pattern(folder: Path) -> None:
    change(folder, ', samples: "{donor} {stimulus}"', "")
    assert "plate Q1 without a layout" in mistakes(folder)
    change(folder, "file: raw/q.csv", 'samples: "{donor}"')
    assert "`samples` without `file`" in mistakes(folder)


def test_open_questions_are_asked_until_they_are_deleted(folder: Path) -> None:
    path = folder / "study.yaml"
    path.write_text(STUDY + 'open:\n  - {ask: "Is none the control?", where: stimuli}\n', "utf-8")
    with pytest.raises(StudyError) as refused:
        gather(folder)
    (mistake,) = refused.value.mistakes
    assert (mistake.where, mistake.found) == ("study.yaml:13", "Is none the control?")
    assert "stimuli" in mistake.expected
    path.write_text(STUDY, "utf-8")
    gather(folder)


def test_amounts_and_dilutions_of_an_assay(folder: Path) -> None:
    change(
        folder,
        "  - {id: mrna, kind: qpcr, references: [HPRT], cycles: 40, cq: vendor}\n",
        "  - {id: mrna, kind: immunoassay, analyte: TNF, standards: {Std 1: 100, Std 2: 50, "
        "Std 3: 0}, dilutions: {none: 1, R8: 5}}\n",
    )
    lines = [f"A{n},{name},{n}" for n, name in enumerate(NAMES, start=1)]
    lines += [f"B{n},Std {n},{9 - n}" for n in (1, 2, 3)]
    (folder / "raw/q.csv").write_text("\n".join(["well,sample,signal", *lines]) + "\n")
    wells = gather(folder).wells
    assert wells.filter(pl.col("well").str.starts_with("B"))["nominal"].to_list() == [100, 50, 0]
    assert wells.filter(well="B3")["role"].to_list() == ["blank"]
    assert wells.filter(stimulus="R8")["dilution"].unique().to_list() == [5]
    assert wells.filter(stimulus="none")["dilution"].unique().to_list() == [1]
    change(folder, "dilutions: {none: 1, R8: 5}", "dilutions: {R9: 5, none: 0.5}")
    said = mistakes(folder)
    assert "stimulus `R9`" in said
    assert "none: 0.5" in said
