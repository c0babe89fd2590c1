"""Edits of the files of a study: what is saved, where two people meet, and what stands on record."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from exvivo import store
from exvivo.errors import StoreError, StudyError
from exvivo.web.edits import Conflict, Edit, applied, put, save, version

STUDY = """\
exvivo: 1
title: Ours # the title
groups:
  - {id: FM, name: people with fibromyalgia}
questions:
  - id: more_tnf
    ask: difference # of means
    margin: 1
"""
DONORS = "\ufeffDonor;group;age\r\nFM1;FM;40\r\n# seen\r\nFM2;FM;41\r\n"
CLINIC = "donor,visit,VAS\nFM1,1,50\nFM1,2,40\n"
LAYOUT = "well,role,donor\nA1,sample,FM1\nA2,sample,FM2\n"
MARGIN = ("questions", "more_tnf", "margin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study folder with a table of each kind."""
    (tmp_path / "plates").mkdir()
    texts = {
        "study.yaml": STUDY,
        "donors.csv": DONORS,
        "clinic.csv": CLINIC,
        "plates/Q1.csv": LAYOUT,
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def saved(folder: Path, file: str, *edits: Edit, who: str = "A. Berg") -> str:
    """Edits saved on the version that is there, and the text of the file then."""
    save(folder, file, edits, expected=version(folder, file), who=who)
    return (folder / file).read_bytes().decode()


def test_a_value_of_study_yaml_is_saved_and_the_rest_stays(folder: Path) -> None:
    after = saved(folder, "study.yaml", Edit(MARGIN, "1", "0.5"))
    assert after == STUDY.replace("margin: 1", "margin: 0.5")


def test_a_cell_of_a_table_is_saved_and_the_rest_stays(folder: Path) -> None:
    after = saved(folder, "donors.csv", Edit(("FM2", "age"), "41", "42"))
    assert after == DONORS.replace("41", "42")


def test_a_row_comes_with_its_cells_and_a_column_with_its_heading(folder: Path) -> None:
    edits = [Edit(("FM3", "group"), None, "FM"), Edit(("FM3", "sex"), None, "f")]
    after = saved(folder, "donors.csv", *edits)
    assert after.splitlines()[0] == "\ufeffDonor;group;age;sex"
    assert after.splitlines()[-1] == "FM3;FM;;f"


def test_a_row_goes(folder: Path) -> None:
    after = saved(folder, "donors.csv", Edit(("FM1",), "", None))
    assert after == DONORS.replace("FM1;FM;40\r\n", "")


def test_a_visit_is_part_of_the_key(folder: Path) -> None:
    after = saved(folder, "clinic.csv", Edit(("FM1\t2", "VAS"), "40", "45"))
    assert after == CLINIC.replace("FM1,2,40", "FM1,2,45")


def test_a_table_that_is_not_there_yet_is_made(folder: Path) -> None:
    edits = [Edit(("C1", "donor"), None, "FM1"), Edit(("C1", "cell_type"), None, "iMG")]
    after = saved(folder, "cultures.csv", *edits)
    assert after == "culture,donor,cell_type\nC1,FM1,iMG\n"


def test_a_well_is_saved_and_the_rest_stays(folder: Path) -> None:
    after = saved(folder, "plates/Q1.csv", Edit(("A1", "donor"), "FM1", "FM3"))
    assert after == LAYOUT.replace("FM1", "FM3")


def test_a_layout_of_several_plates_wants_the_plate_named(folder: Path) -> None:
    (folder / "plates/Q1.csv").write_text("plate,well,role\nP1,A1,blank\nP2,A1,blank\n")
    with pytest.raises(StudyError, match="2 plates"):
        saved(folder, "plates/Q1.csv", Edit(("A1", "role"), "blank", "sample"))
    after = saved(folder, "plates/Q1.csv", Edit(("P2", "A1", "role"), "blank", "sample"))
    assert after == "plate,well,role\nP1,A1,blank\nP2,A1,sample\n"


def test_every_save_is_a_row_of_the_record(folder: Path) -> None:
    before = version(folder, "study.yaml")
    after = save(folder, "study.yaml", [Edit(MARGIN, "1", "2")], expected=before, who="A. Berg")
    (row,) = store.entries(folder)
    assert (row.kind, row.says("who")) == ("edit", "A. Berg")
    assert {key: row.facts[key] for key in ("file", "before", "after")} == {
        "file": "study.yaml",
        "before": before,
        "after": after,
    }
    assert after == hashlib.sha256((folder / "study.yaml").read_bytes()).hexdigest()
    assert store.verify(folder) == ()


def test_a_save_that_changes_nothing_is_no_row(folder: Path) -> None:
    saved(folder, "study.yaml", Edit(MARGIN, "1", "1"))
    assert store.entries(folder) == ()


def test_an_edit_without_a_place_writes_nothing(folder: Path) -> None:
    with pytest.raises(StudyError, match="no `gone`"):
        saved(folder, "study.yaml", Edit(("questions", "gone", "margin"), "1", "2"))
    assert (folder / "study.yaml").read_text() == STUDY
    assert store.entries(folder) == ()


def test_an_older_version_is_a_conflict_that_parts_the_edits(folder: Path) -> None:
    seen = version(folder, "study.yaml")
    current = save(folder, "study.yaml", [Edit(MARGIN, "1", "2")], expected=seen, who="B")
    edits = [Edit(MARGIN, "1", "0.5"), Edit(("title",), "Ours", "Mine")]
    with pytest.raises(Conflict) as caught:
        save(folder, "study.yaml", edits, expected=seen, who="A")
    conflict = caught.value
    assert (conflict.expected, conflict.current) == (seen, current)
    (clash,) = conflict.clashes
    assert (clash.was, clash.now, clash.theirs) == ("1", "0.5", "2")
    assert conflict.clean == (Edit(("title",), "Ours", "Mine"),)
    assert "margin: 2" in (folder / "study.yaml").read_text()


def test_what_both_wrote_is_no_conflict_any_more(folder: Path) -> None:
    seen = version(folder, "donors.csv")
    same = Edit(("FM1", "age"), "40", "44")
    save(folder, "donors.csv", [same], expected=seen, who="B")
    with pytest.raises(Conflict) as caught:
        save(folder, "donors.csv", [same], expected=seen, who="A")
    assert (caught.value.clashes, caught.value.clean) == ((), ())


def test_a_whole_file_takes_the_place_of_the_version_that_was_seen(folder: Path) -> None:
    assert put(folder, "plates/new/Q2.csv", b"well\n", expected="", who="A")
    with pytest.raises(Conflict):
        put(folder, "plates/new/Q2.csv", b"other\n", expected="", who="B")
    assert (folder / "plates/new/Q2.csv").read_bytes() == b"well\n"


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/etc/x",
        "exvivo.sqlite",
        "exvivo.sqlite-wal",
        "results/report.html",
        ".x",
        "",
        "a\0",
    ],
)
def test_nothing_but_files_of_the_study_is_written(folder: Path, name: str) -> None:
    with pytest.raises(StoreError):
        put(folder, name, b"x", expected="", who="A")
    assert store.entries(folder) == ()


def test_a_link_leads_nowhere_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "x.csv"
    other.write_bytes(b"theirs")
    (folder / "plates/Q2.csv").symlink_to(other)
    with pytest.raises(StoreError):
        put(folder, "plates/Q2.csv", b"mine", expected=store.version(b"theirs"), who="A")
    assert other.read_bytes() == b"theirs"


def test_edits_are_looked_at_before_they_are_saved() -> None:
    after = applied(
        STUDY.encode(), "study.yaml", [Edit(("groups", "HC"), None, "{id: HC, name: h}")]
    )
    assert b"  - {id: HC, name: h}\n" in after
    assert applied(STUDY.encode(), "study.yaml", []) == STUDY.encode()
