"""What the door lets people take away: archives that are sent while they are made, and what is in
them for whom.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_study import write_small_study

from exvivo.web.visitor import Role
from exvivo.web.wells.archive import Entry, files_below, study_files, zipped

if TYPE_CHECKING:
    from door_fixtures import DoorAs
    from starlette.testclient import TestClient

ALL = (
    *("figures-svg.zip", "tables.zip", "for-team.zip", "for-public.zip"),
    *("record.jsonl", "study.zip"),
)


def opened(content: bytes) -> zipfile.ZipFile:
    """A zip that is whole."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def test_everything_can_be_taken_away(small_door: TestClient) -> None:
    page = small_door.get("/s/demo/export").text
    for name in ALL:
        assert f'href="/s/demo/export/{name}"' in page
    for name in {*ALL} - {"for-team.zip"}:  # as the tables of an analyst, below
        answer = small_door.get(f"/s/demo/export/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''demo")
        if name.endswith(".zip"):
            assert opened(answer.content).namelist()


def test_figures_and_tables_are_those_of_the_run(small_door: TestClient, tmp_path: Path) -> None:
    results = tmp_path / "studies" / "demo" / "results"
    figures = opened(small_door.get("/s/demo/export/figures-svg.zip").content)
    name = "question_more_tnf.svg"
    assert figures.read(name) == (results / "report_data" / name).read_bytes()
    tables = opened(small_door.get("/s/demo/export/tables.zip").content)
    assert tables.read("findings.csv") == (results / "tables" / "findings.csv").read_bytes()


def test_figures_without_a_font_are_refused_before_anything_is_sent(
    small_door: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exvivo.tell.drawing.letters.has_font", lambda letter: letter != "2")
    answer = small_door.get("/s/demo/export/figures-png.zip")
    assert answer.status_code == 422
    assert "letters for which this machine has no font: 2" in answer.text
    assert small_door.get("/s/demo/export/figures-svg.zip").status_code == 200


def test_a_figure_as_pdf(small_door: TestClient, tmp_path: Path) -> None:
    for path in (tmp_path / "studies" / "demo" / "results" / "report_data").glob("*.vl.json"):
        if path.name != "people_flow.vl.json":
            path.unlink()
    figures = opened(small_door.get("/s/demo/export/figures-pdf.zip").content)
    assert figures.namelist() == ["people_flow.pdf"]
    assert figures.read("people_flow.pdf").startswith(b"%PDF")


def test_the_whole_study_has_its_record_and_no_cache(
    small_door: TestClient, tmp_path: Path
) -> None:
    archive = opened(small_door.get("/s/demo/export/study.zip").content)
    names = archive.namelist()
    assert {"demo/study.yaml", "demo/donors.csv", "demo/raw/P1.csv"} <= {*names}
    assert not [name for name in names if "cache" in name or "-wal" in name]
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(archive.read("demo/exvivo.sqlite"))
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_without_results_there_is_nothing_to_take(small_door: TestClient, tmp_path: Path) -> None:
    write_small_study(tmp_path / "studies" / "unrun")
    assert "There are no results yet" in small_door.get("/s/unrun/export").text
    for name in ("figures-svg.zip", "tables.zip", "for-team.zip", "record.jsonl"):
        answer = small_door.get(f"/s/unrun/export/{name}")
        assert answer.status_code == 422 and "to fix" in answer.text


def test_who_may_not_see_people_takes_nothing_that_names_them(small_as: DoorAs) -> None:
    analyst = small_as(Role.ANALYST)
    assert analyst.get("/s/demo/export/study.zip").status_code == 403
    assert analyst.get("/s/demo/export/record.jsonl?texts=true").status_code == 403
    record = analyst.get("/s/demo/export/record.jsonl").text
    assert {line for line in record.splitlines() if "base64" in json.loads(line)} == set()
    wells = opened(analyst.get("/s/demo/export/tables.zip").content).read("wells.csv").decode()
    lab = opened(small_as(Role.COORDINATOR).get("/s/demo/export/tables.zip").content)
    assert "raw/P1.csv" in lab.read("wells.csv").decode() and "raw/P1" not in wells


def test_a_viewer_takes_nothing(small_as: DoorAs) -> None:
    viewer = small_as(Role.VIEWER)
    for name in ALL:
        assert viewer.get(f"/s/demo/export/{name}").status_code == 403


def test_an_archive_is_sent_in_parts(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as handle:
        for number in range(64):
            handle.write(bytes([number]) * (1 << 18))
    seen: list[str] = []

    def entries() -> Iterator[Entry]:
        for name in ("a", "b"):
            seen.append(name)
            yield Entry(name, big)

    parts = zipped(entries())
    next(parts)
    assert seen == ["a"], "what comes later is not touched yet"
    whole = b"".join(parts)
    assert whole and seen == ["a", "b"]


def test_links_lead_out_of_no_archive(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x", "utf-8")
    study = tmp_path / "study"
    (study / ".exvivo-cache").mkdir(parents=True)
    (study / "study.yaml").write_text("", "utf-8")
    (study / "link").symlink_to(secret)
    (study / ".exvivo-cache" / "a").write_text("", "utf-8")
    assert [entry.name for entry in study_files(study)] == ["study/study.yaml"]
    assert [entry.name for entry in files_below(study, "s")] == ["s/study.yaml"]


def test_the_folder_that_is_handed_on_is_gone_when_it_was_sent(
    small_door: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert small_door.get("/s/demo/export/for-public.zip").status_code == 200
    assert not list(tmp_path.glob("exvivo-export-*"))
