"""No path is written twice: figures of assays and questions with names that differ in little."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from every_question import every_question
from immunoassay_tables import luminex

import exvivo
from exvivo.errors import Bug
from exvivo.study import Study
from exvivo.tell import Provenance, Tables, report
from exvivo.tell.stems import CHOICES, OVERVIEW, stems
from exvivo.tell.ways import donor_anchor
from exvivo.tell.written import Written

PROVENANCE = Provenance(version="0", study_hash="ab" * 32)
ENDS = ("", OVERVIEW, CHOICES)
NAMES = (
    "mrna 1",
    "mrna_1",
    "mrna-1",
    "mRNA 1",
    "q1",
    "Q1",
    "q1_choices",
    "q1 choices",
    "q1_overview",
    "q1.",
    "CON",
    "con",
    "NUL",
    "COM1",
    "Größe",
    "Gräße",
    "質問",
    "答え",
    "straße",
    "STRASSE",
    "alone",
)
ASSAYS = {"L1": "mrna 1", "L2": "mrna_1"}
QUESTIONS = (
    ("q1", "mrna 1", "TNF"),
    ("Q1", "mrna_1", "IL6"),
    ("q1_choices", "mrna 1", "IL6"),
    ("q1 choices", "mrna_1", "TNF"),
    ("CON", "mrna_1", "IL10"),
)


def test_names_of_files_are_told_apart_on_every_system() -> None:
    made = stems(NAMES, ENDS)
    paths = [f"question_{stem}{end}".casefold() for stem in made.values() for end in ENDS]
    assert len(set(paths)) == len(paths) == 3 * len(NAMES)
    assert all(re.fullmatch(r"[a-z0-9_-]+", path) for path in paths)
    assert made["alone"] == "alone"
    assert made["q1"].startswith("q1-")


@pytest.mark.parametrize("pair", list(itertools.permutations(NAMES[:7], 2)))
def test_the_name_of_an_id_hangs_on_no_order(pair: tuple[str, str]) -> None:
    assert stems(pair, ENDS) == stems(pair[::-1], ENDS)


def test_anchors_of_donors_are_told_apart() -> None:
    anchors = {donor_anchor(name) for name in (*NAMES, "a~20~b", "a b", "a  b", "a%20b")}
    assert len(anchors) == len(NAMES) + 4
    assert all(re.fullmatch(r"[A-Za-z0-9_.~-]+", anchor) for anchor in anchors)


@pytest.mark.parametrize("second", ["report_data/a.csv", "report_data/A.csv", "REPORT_DATA/a.CSV"])
def test_a_path_is_written_once(tmp_path: Path, second: str) -> None:
    (tmp_path / "report_data").mkdir()
    written = Written(tmp_path)
    first = written.text("report_data/a.csv", "of the first")
    with pytest.raises(Bug, match="two files"):
        written.text(second, "of the second")
    assert first.read_bytes() == b"of the first"
    assert written.text("report_data/a_.csv", "of a third").read_text() == "of a third"


def test_figures_of_questions_of_nearly_one_name_hold_their_own_donors(tmp_path: Path) -> None:
    """The csv that stands at a question holds its analyte, of the donors of its assay's plate."""
    result = exvivo.run(_alike(tmp_path))
    page = result.report.read_text("utf-8")
    _assert_all_linked(result.report.parent)
    for number, (_, assay, analyte) in enumerate(QUESTIONS, 1):
        rest = page.split(f'id="question-{number}">')[1].split('<section id="people"')[0]
        block = rest.split('id="question-')[0]
        data = _data_of(block, result.report.parent)
        assert set(data["analyte"]) == {analyte}
        odd = {int(donor[-1]) % 2 == 1 for donor in data["donor"]}
        assert odd == {assay == "mrna 1"}


def test_figures_of_assays_of_nearly_one_name_hold_their_own_wells(tmp_path: Path) -> None:
    """The csv that stands at an assay holds the wells of its plate only."""
    study, tables = _two_assays()
    page = report(study, tables=Tables.of(tables), provenance=PROVENANCE, folder=tmp_path)
    _assert_all_linked(tmp_path)
    text = page.read_text("utf-8")
    for plate, assay in ASSAYS.items():
        shelf = text.split(f">Figures: protein ({assay})<")[1].split("<h3")[0]
        assert set(_data_of(shelf, tmp_path)["plate"].drop_nulls()) == {plate}


def _data_of(part: str, folder: Path) -> pl.DataFrame:
    """All data that a part of the page links to."""
    tables = re.findall(r'Data: <a href="([^"]+)"', part)
    assert tables
    frames = [pl.read_csv(folder / table, infer_schema=False) for table in tables]
    return pl.concat(frames, how="diagonal")


def _assert_all_linked(results: Path) -> None:
    """Every file beside the page is linked there, and every link has its file."""
    page = (results / "report.html").read_text("utf-8")
    linked = set(re.findall(r'href="report_data/([^"]+)"', page))
    assert linked == {path.name for path in (results / "report_data").iterdir()}


def _two_assays() -> tuple[Study, dict[str, pl.DataFrame]]:
    """An immunoassay on two plates as two assays, one a plate."""
    study, tables = luminex(2)
    (assay,) = study.assays
    plates = [plate.id for plate in study.plates]
    owners = dict(zip(plates, ASSAYS.values(), strict=True))
    study = replace(
        study,
        assays=tuple(replace(assay, id=name) for name in owners.values()),
        plates=tuple(replace(plate, assay=owners[plate.id]) for plate in study.plates),
        questions=(),
    )
    return study, {name: _of_owners(frame, owners) for name, frame in tables.items()}


def _of_owners(frame: pl.DataFrame, owners: Mapping[str, str]) -> pl.DataFrame:
    return frame.with_columns(assay=pl.col("plate").replace_strict(owners))


def _alike(folder: Path) -> Path:
    """Two assays with a plate each, and questions of them, all of nearly one name."""
    made = every_question()
    made.questions = "".join(
        f"\n  - {{id: {name}, ask: difference, groups: [FM, HC], assays: [{assay}],"
        f" analytes: [{analyte}], cell_type: iMG}}"
        for name, assay, analyte in QUESTIONS
    )
    written = made.write(folder / "study")
    path = written / "study.yaml"
    text = path.read_text("utf-8")
    (line,) = [line for line in text.splitlines() if "id: secreted" in line]
    assays = [line.replace("id: secreted", f"id: {name}") for name in ASSAYS.values()]
    text = text.replace(line, "\n".join(assays))
    for plate, name in zip(("t1", "t2"), ASSAYS.values(), strict=True):
        text = text.replace(f"id: {plate}, assay: secreted", f"id: {plate}, assay: {name}")
    path.write_text(text, encoding="utf-8")
    return written
