"""exclusions.csv: which wells a line means, every mistake at once, and a line added as the file is
written.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

import exvivo
from exvivo.errors import StudyError
from exvivo.study.exclusion_lines import lines_of, with_line
from exvivo.study.well_ranges import UnclearWells, wells_of

STUDY = """\
exvivo: 1
title: a plate
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: mrna, kind: qpcr, references: [UBC], standards: copies}]
plates:
  - {id: Q1, assay: mrna, layout: plates/Q1.csv, file: raw/Q1.csv}
  - {id: Q2, assay: mrna, layout: plates/Q2.csv, file: raw/Q2.csv}
"""
PAGE = Path(__file__).parents[2] / "docs" / "howto" / "leave-something-out.md"
PLATE = [f"{row}{column}" for row in "ABC" for column in range(1, 4)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two plates, a donor a row of each; nothing is read of their files here."""
    for name in ("plates", "raw"):
        (tmp_path / name).mkdir()
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "donors.csv").write_text("donor,group\nFM01,FM\nHC04,HC\nHC05,HC\n")
    donors = {"A": "FM01", "B": "HC04", "C": "HC05"}
    for plate in ("Q1", "Q2"):
        lines = [f"{w},sample,{donors[w[0]]},C{ord(w[0]) - 58}" for w in PLATE]
        text = "\n".join(["well,role,donor,culture", *lines])
        (tmp_path / "plates" / f"{plate}.csv").write_text(text)
        (tmp_path / "raw" / f"{plate}.csv").write_text("not read\n")
    return tmp_path


def exclude(folder: Path, *lines: str, header: str = "plate,wells,donor,culture,reason") -> Path:
    (folder / "exclusions.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return folder


def out(folder: Path) -> set[tuple[str, str]]:
    """The wells that no result has, by the layout itself."""
    layout = exvivo.load(folder).layout
    rows = layout.filter(role="empty").select("plate", "well", "exclude", "role_within")
    assert all(reason and role == "sample" for _, _, reason, role in rows.iter_rows())
    return {(plate, well) for plate, well, *_ in rows.iter_rows()}


@pytest.mark.parametrize(
    ("line", "wells"),
    [
        ("Q1,A1-A3,,,a bubble", {("Q1", well) for well in ("A1", "A2", "A3")}),
        ("Q1,a01;B2,,,a bubble", {("Q1", "A1"), ("Q1", "B2")}),
        ("Q1,A1-C1,,,a bubble", {("Q1", "A1"), ("Q1", "B1"), ("Q1", "C1")}),
        ("Q2,B2:C3,,,a bubble", {("Q2", well) for well in ("B2", "B3", "C2", "C3")}),
        ("Q1,A1:H12,,,dropped it", {("Q1", well) for well in PLATE}),
        (",,HC04,,haemolysed", {(p, w) for p in ("Q1", "Q2") for w in PLATE if w[0] == "B"}),
        ("Q2,,HC04,,haemolysed", {("Q2", w) for w in PLATE if w[0] == "B"}),
        (",,,C9,it detached", {(p, w) for p in ("Q1", "Q2") for w in PLATE if w[0] == "C"}),
        ("Q1,A1:H1,HC04,,haemolysed", {("Q1", "B1")}),
    ],
)
def test_a_line_means_the_wells_that_all_of_it_names(
    folder: Path, line: str, wells: set[tuple[str, str]]
) -> None:
    assert out(exclude(folder, line)) == wells


def test_a_well_named_twice_is_out_once_with_both_reasons(folder: Path) -> None:
    exclude(folder, "Q1,A1-A2,,,a bubble", "Q1,A2,,,haemolysed", "Q1,A2,,,a bubble")
    layout = exvivo.load(folder).layout.filter(plate="Q1", well="A2")
    assert layout.select("role", "exclude").rows() == [("empty", "a bubble; haemolysed")]


def test_a_table_says_the_same_as_the_column_of_a_layout(folder: Path) -> None:
    table = exvivo.load(exclude(folder, "Q1,A1-A2,,,a bubble")).layout
    (folder / "exclusions.csv").unlink()
    path = folder / "plates" / "Q1.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    for row in rows:
        row["exclude"] = "a bubble" if row["well"] in ("A1", "A2") else ""
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert exvivo.load(folder).layout.equals(table)


def test_every_mistake_comes_at_once_with_what_may_be_meant(folder: Path) -> None:
    exclude(
        folder,
        "Q1,A1,,,,,,",
        "Q1,A1,,,yes,,,",
        "Q3,A1,,,a bubble,,,",
        ",A1,,,a bubble,,,",
        "Q1,H1,,,a bubble,,,",
        "Q1,A1-B2,,,a bubble,,,",
        ",,HC4,,haemolysed,,,",
        "Q1,A1,HC05,,haemolysed,,,",
        ",,,,haemolysed,,,",
        "Q1,A1,,TNFa,a bubble,03/04/2026,open,",
        header="plate,wells,donor,analyte,reason,when,labels,extra",
    )
    with pytest.raises(StudyError) as raised:
        exvivo.load(folder)
    by_line: dict[str, list[str]] = {}
    for mistake in raised.value.mistakes:
        by_line.setdefault(mistake.where.rpartition(":")[2], []).append(mistake.found)
    assert by_line == {
        "1": ["a column `extra`"],
        "2": ["no reason"],
        "3": ["reason 'yes'"],
        "4": ["plate 'Q3'"],
        "5": ["wells without a plate"],
        "6": ["well H1, which the layout does not have (plate Q1)"],
        "7": ["wells A1-B2, which are neither in one row nor in one column (plate Q1)"],
        "8": ["donor 'HC4' (did you mean `HC04`?)"],
        "9": ["no well is all of: plate Q1, wells A1, donor HC05"],
        "10": ["a line that names no well"],
        "11": ["analyte 'TNFa' (did you mean `TNF`?)", "when '03/04/2026'", "labels 'open'"],
    }


def test_nothing_is_said_of_wells_that_are_in_doubt(folder: Path) -> None:
    """A layout that cannot be read may hold the donor that a line names: one round, no echo."""
    exclude(folder, "Q1,A1,HC04,,yes")
    (folder / "plates" / "Q1.csv").write_text("well,donor\nA1,HC04\n")
    with pytest.raises(StudyError) as raised:
        exvivo.load(folder)
    of_table = [m.found for m in raised.value.mistakes if m.where.startswith("exclusions")]
    assert of_table == ["reason 'yes'"]


def test_the_lines_of_the_page_are_read(folder: Path) -> None:
    block = PAGE.read_text(encoding="utf-8").split("```csv\n")[1].split("```")[0]
    (folder / "exclusions.csv").write_text(block, encoding="utf-8")
    exclusions = exvivo.load(folder).exclusions
    assert exclusions["line"].n_unique() == 4
    said = exclusions.select("analyte", "who", "when", "labels").unique(maintain_order=True).rows()
    assert said == [
        (None, "A. Berg", "2026-03-02", "hidden"),
        ("TNF", "A. Berg", "2026-03-05", "seen"),
        (None, None, "2026-03-05", None),
    ]


def test_a_range_is_of_one_row_or_one_column_and_goes_either_way() -> None:
    plate = [f"{row}{column}" for row in ("Z", "AA", "AB") for column in range(1, 25)]
    assert wells_of("AA3-AA1", plate) == ["AA1", "AA2", "AA3"]
    assert wells_of("Z2-AB2", plate) == ["Z2", "AA2", "AB2"]
    with pytest.raises(UnclearWells):
        wells_of("Z1-AA2", plate)


# A line more, as the file is written.

LINE = {"plate": "Q1", "wells": "A1;B2", "reason": 'a "bubble", large; grey'}


@pytest.mark.parametrize(
    "before",
    [
        b"plate,wells,reason\nQ1,A3,spilt\n",
        b"plate,wells,reason\nQ1,A3,spilt",
        b"\xef\xbb\xbfReason;Wells;Plate;Who\r\nspilt;A3;Q1;me\r\n",
        b"# our own\nnotes of March\n\nplate\twells\treason\nQ1\tA3\tspilt\n",
        "plate;wells;reason\nQ1;A3;verschüttet\n".encode(),
    ],
)
def test_a_line_is_added_and_nothing_else_changes(before: bytes) -> None:
    after = with_line(before, LINE, {"who": "B"})
    assert after.startswith(before.rstrip(b"\r\n"))
    lines, added = lines_of(after), after.removeprefix(before)
    who = {"who": "B"} if b"Who" in before else {}
    assert lines == [*lines_of(before), {**LINE, **who}]
    assert added.endswith(b"\r\n" if b"\r\n" in before else b"\n")


def test_a_line_that_has_no_column_for_what_it_says_is_refused() -> None:
    with pytest.raises(StudyError, match="no column `analyte`"):
        with_line(b"plate,wells,reason\n", {**LINE, "analyte": "TNF"}, {})


def test_a_line_that_would_be_a_comment_is_refused() -> None:
    with pytest.raises(StudyError, match="not be read back"):
        with_line(b"reason,plate,wells\n", {**LINE, "reason": "# 3 of the notebook"}, {})


def test_letters_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(StudyError, match="not in UTF-8"):
        with_line("plate;wells;reason\nQ1;A3;verschüttet\n".encode("cp1252"), LINE, {})
