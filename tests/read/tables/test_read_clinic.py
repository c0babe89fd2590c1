"""The clinic table: scores that are possible, of people who are known, once a visit."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.read import read_clinic
from exvivo.study import Group, Questionnaire, Scale, Study
from exvivo.study.questionnaires import scales_of
from exvivo.study.scoring_keys import catalog_key

STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="FM", name="fm"), Group(id="HC", name="hc")),
    analytes=(),
    assays=(),
    plates=(),
    scales=(
        Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),
        Scale(id="SF36", name="quality of life", lowest=0, highest=100, higher_is="better"),
    ),
    donors=pl.DataFrame({"donor": ["007", "d2", "d3"], "group": ["FM", "HC", "FM"]}),
)


def clinic(
    tmp_path: Path, raw: bytes | str, name: str = "clinic.csv"
) -> tuple[list[tuple[object, ...]], list[str]]:
    path = tmp_path / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    frame, ignored = read_clinic(path, source=name, study=STUDY)
    return frame.select("donor", "visit", "group", "scale", "answer").rows(), [
        i.what for i in ignored
    ]


def mistakes(tmp_path: Path, raw: bytes | str, name: str = "clinic.csv") -> str:
    with pytest.raises(StudyError) as caught:
        clinic(tmp_path, raw, name)
    return str(caught.value)


def test_scores_are_read_for_every_donor_visit_and_scale(tmp_path: Path) -> None:
    rows, ignored = clinic(
        tmp_path, "# from the ward\ndonor,VAS,SF36,note\n007,42,NA,tired\nd2,,55.5,\n"
    )
    assert rows == [
        ("007", "1", "FM", "VAS", 42.0),
        ("007", "1", "FM", "SF36", None),
        ("d2", "1", "HC", "VAS", None),
        ("d2", "1", "HC", "SF36", 55.5),
    ]
    assert ignored == ["column note"]


def test_visits_and_decimal_commas(tmp_path: Path) -> None:
    rows, _ = clinic(tmp_path, "donor;visit;VAS;SF36\nd2;1;3,5;1\nd2;2;4,5;2\nd3;1;0;100\n")
    assert [(row[1], row[4]) for row in rows if row[3] == "VAS"] == [
        ("1", 3.5),
        ("2", 4.5),
        ("1", 0.0),
    ]


def test_all_mistakes_come_at_once_with_place_and_cure(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "donor,VAS,SF36\n007,142,1\nghost,1,2\nd2,much,3\nd2,1,-1\n,1,2\n")
    for part in (
        "clinic.csv:2 column VAS",
        "142 as VAS of donor 007",
        "from 0 to 100 (pain)",
        "donor ghost",
        "'much' as VAS of donor d2",
        "d2, visit 1, again (first in line 4)",
        "-1 as SF36",
        "no donor",
    ):
        assert part in text


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "id,pain\n007,1\n")
    assert (
        "no column `donor`" in text and "no column `VAS`" in text and "there are: id, pain" in text
    )


def test_workbooks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "clinic"
    for row in (["donor", "VAS", "SF36"], ["007", 1.5, None], ["d2", 100, 0]):
        first.append(row)
    book.create_sheet("notes").append(["x"])
    buffer = io.BytesIO()
    book.save(buffer)
    rows, ignored = clinic(tmp_path, buffer.getvalue(), "clinic.xlsx")
    assert [row[4] for row in rows] == [1.5, None, 100.0, 0.0] and ignored == ["sheet notes"]
    first.title = "scores"
    first["B2"] = 101
    buffer = io.BytesIO()
    book.save(buffer)
    assert "scores!B2" in mistakes(tmp_path, buffer.getvalue(), "clinic.xlsx")
    book["notes"].insert_rows(1)
    book["notes"].append(["Donor", "vas", "SF36"])
    buffer = io.BytesIO()
    book.save(buffer)
    assert "scores, notes" in mistakes(tmp_path, buffer.getvalue(), "clinic.xlsx")


def test_an_error_of_the_workbook_is_no_missing_score(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["donor", "VAS", "SF36"], ["007", "#REF!", 1]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    told = mistakes(tmp_path, buffer.getvalue(), "clinic.xlsx")
    assert "Sheet!B2" in told and "#REF!, an error of the workbook" in told


def test_a_row_that_breaks_off_is_no_missing_score(tmp_path: Path) -> None:
    assert "clinic.csv:3" in mistakes(tmp_path, "donor,VAS,SF36\n007,42,1\nd2,4\n")


def test_files_that_are_no_table(tmp_path: Path) -> None:
    assert "an empty file" in mistakes(tmp_path, b"")
    assert "a PDF" in mistakes(tmp_path, b"%PDF-1.4")
    with pytest.raises(StudyError, match="no such file"):
        read_clinic(tmp_path / "none.csv", source="none.csv", study=STUDY)


def hads() -> Study:
    key = catalog_key("HADS")
    assert key is not None
    form = Questionnaire(id="HADS", items=("hads{1-14}",), coding="points")
    scales = tuple(scales_of(form, key))
    return replace(STUDY, scales=scales, questionnaires=(form,), scoring_keys=(key,))


ITEMS = "donor," + ",".join(f"hads{n}" for n in range(1, 15)) + "\n"


def test_items_of_a_questionnaire_are_read_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "clinic.csv").write_text(ITEMS + "007," + "1," * 13 + "\nd2," + "2," * 13 + "3\n")
    answers, _ = read_clinic(tmp_path / "clinic.csv", source="clinic.csv", study=hads())
    assert answers.height == 28
    first, last = answers.row(13, named=True), answers.row(27, named=True)
    assert (first["item"], first["answer"], first["state"]) == ("14", None, "missing")
    assert (last["answer"], last["place"]) == (3.0, "clinic.csv:3 column hads14")


@pytest.mark.parametrize("answer", ["4", "-1", "1.5", "much"])
def test_an_answer_that_an_item_cannot_have_is_refused(tmp_path: Path, answer: str) -> None:
    (tmp_path / "clinic.csv").write_text(ITEMS + "007," + "1," * 13 + f"{answer}\n")
    with pytest.raises(StudyError, match=r"clinic\.csv:2 column hads14"):
        read_clinic(tmp_path / "clinic.csv", source="clinic.csv", study=hads())


GOOD = b"donor,visit,VAS,SF36\n007,1,42,NA\nd2,1,,55.5\n"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(GOOD)),
)
def test_damaged_bytes_give_a_study_error_or_answers_in_range(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], kept: int
) -> None:
    raw = bytearray(GOOD)
    for place, byte in changes:
        raw[place] = byte
    path = tmp_path_factory.getbasetemp() / "clinic.csv"
    path.write_bytes(bytes(raw[:kept]))
    try:
        frame, _ = read_clinic(path, source="clinic.csv", study=STUDY)
    except StudyError as error:
        assert error.mistakes
    else:
        assert frame["answer"].drop_nulls().is_between(0, 100).all()
