"""The API: the same verbs as the command line, as JSON, each answer as its schema says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import DoorAs
    from starlette.testclient import TestClient

API = "/api/v1/studies/demo"


@pytest.fixture
def folder(small_door: TestClient, tmp_path: Path) -> Path:
    return tmp_path / "studies" / "demo"


def test_the_studies_and_what_one_declares(small_door: TestClient) -> None:
    studies = small_door.get("/api/v1/studies").json()["studies"]
    assert studies == [{"study": "demo", "title": "INVENTED, a small study"}]
    standing = small_door.get(API).json()
    assert standing["runs"] == 1 and standing["head"]
    (question,) = small_door.get(f"{API}/questions").json()["questions"]
    assert (question["id"], question["ask"]) == ("more_tnf", "difference")
    assert question["keys"]["groups"] == ["FM", "HC"]


def test_a_layout_carries_its_version(small_door: TestClient) -> None:
    answer = small_door.get(f"{API}/plates/P1")
    layout = answer.json()
    assert answer.headers["etag"] == f'"{layout["version"]}"'
    assert len(layout["wells"]) == 48
    assert layout["wells"][0]["donor"] == "FM1" and layout["wells"][0]["role"] == "sample"


@pytest.mark.parametrize("whole", ["false", "true"])
def test_a_check_lists_every_mistake(small_door: TestClient, folder: Path, whole: str) -> None:
    address = f"{API}/check?whole={whole}"
    assert small_door.get(address).json()["sound"] is True
    text = (folder / "plates/P1.csv").read_text("utf-8")
    (folder / "plates/P1.csv").write_text(text.replace("FM1,", "FM99,"), encoding="utf-8")
    checked = small_door.get(address).json()
    assert checked["sound"] is False
    assert "FM99" in checked["mistakes"][0]["found"]


def test_the_files_and_none_beside(small_door: TestClient, folder: Path) -> None:
    names = [each["name"] for each in small_door.get(f"{API}/files").json()["files"]]
    assert names == ["donors.csv", "plates/P1.csv", "raw/P1.csv", "study.yaml"]
    assert small_door.get(f"{API}/files/raw/P1.csv").content == (folder / "raw/P1.csv").read_bytes()
    (folder.parent / "secret").write_text("no", encoding="utf-8")
    (folder / "link").symlink_to(folder.parent / "secret")
    for name in ("../secret", "%2e%2e/secret", "link", "exvivo.sqlite", "results/report.html", ""):
        assert small_door.get(f"{API}/files/{name}").status_code == 404, name


def test_the_tables_of_people_are_for_who_may_identify(small_as: DoorAs) -> None:
    analyst, coordinator = small_as(Role.ANALYST), small_as(Role.COORDINATOR)
    assert analyst.get(f"{API}/files/plates/P1.csv").status_code == 200
    assert analyst.get(f"{API}/files/donors.csv").status_code == 403
    assert coordinator.get(f"{API}/files/donors.csv").status_code == 200


def test_answers_name_no_donor(small_door: TestClient) -> None:
    answer = small_door.get(f"{API}/answers")
    assert answer.json()["answers"][0]["verdict"] == "supported"
    assert "FM1" not in answer.text


def test_an_edit_needs_the_version_that_was_seen(small_door: TestClient, folder: Path) -> None:
    address = f"{API}/edits/plates/P1.csv"
    before = (folder / "plates/P1.csv").read_text("utf-8")
    seen = small_door.get(f"{API}/plates/P1").headers["etag"]
    change = {"edits": [{"where": ["A1", "donor"], "was": "FM1", "now": "FM2"}]}
    saved = small_door.post(address, json=change, headers={"If-Match": seen})
    assert saved.status_code == 200
    assert saved.headers["etag"] == f'"{saved.json()["version"]}"' != seen
    after = (folder / "plates/P1.csv").read_text("utf-8")
    assert after == before.replace("A1,sample,FM1,", "A1,sample,FM2,", 1)
    assert small_door.post(address, json=change).status_code == 422
    assert small_door.get(f"{API}/record").json()["rows"][-1]["kind"] == "edit"


def test_who_saves_second_sees_both_values(small_door: TestClient, folder: Path) -> None:
    address = f"{API}/edits/study.yaml"
    seen = {"If-Match": small_door.get(f"{API}/questions").json()["version"]}
    margin = ["questions", "more_tnf", "margin"]
    first = {"edits": [{"where": margin, "was": "0.5", "now": "0.7"}]}
    assert small_door.post(address, json=first, headers=seen).status_code == 200
    second = [{"where": margin, "was": "0.5", "now": "0.6"}]
    second.append({"where": ["title"], "was": '"INVENTED, a small study"', "now": "Another"})
    conflict = small_door.post(address, json={"edits": second}, headers=seen)
    assert conflict.status_code == 412
    (clash,) = conflict.json()["clashes"]
    assert (clash["now"], clash["theirs"]) == ("0.6", "0.7")
    assert conflict.json()["clean"][0]["where"] == ["title"]
    text = (folder / "study.yaml").read_text("utf-8")
    assert "margin: 0.7" in text and "Another" not in text


def test_only_files_of_values_are_edited(small_as: DoorAs) -> None:
    analyst = small_as(Role.ANALYST)
    seen = {"If-Match": '""'}
    change = {"edits": [{"where": ["A1", "TNF"], "now": "1"}]}
    for name, status in (("raw/P1.csv", 404), ("../x.csv", 404), ("donors.csv", 403)):
        assert analyst.post(f"{API}/edits/{name}", json=change, headers=seen).status_code == status


def test_a_file_is_handed_in_and_on_record(small_door: TestClient, folder: Path) -> None:
    address = f"{API}/files/more/plate.csv"
    assert small_door.put(address, content=b"well,TNF\n").status_code == 201
    assert (folder / "raw/more/plate.csv").read_bytes() == b"well,TNF\n"
    assert small_door.get(f"{API}/record").json()["rows"][-1]["kind"] == "edit"
    other = small_door.put(address, content=b"another")
    assert other.status_code == 409
    replaced = small_door.put(f"{address}?replace={other.json()['sha256']}", content=b"another")
    assert (replaced.status_code, replaced.json()["before"]) == (200, other.json()["sha256"])
    assert small_door.put(f"{API}/files/..%2Fx.csv", content=b"").status_code == 422


def test_results_of_wells(small_door: TestClient) -> None:
    results = small_door.get(f"{API}/wells?plate=P1").json()["results"]
    assert len(results) == 48 and results[0]["censor"] == "none"
    assert small_door.get(f"{API}/wells?plate=none").json()["results"] == []
    assert small_door.get(f"{API}/flags").status_code == 200


def test_what_a_decision_would_change_and_then_does(small_door: TestClient, folder: Path) -> None:
    asked = {"plate": "P1", "wells": "A1-A4", "reason": "an air bubble"}
    preview = small_door.post(f"{API}/exclusions/preview", json=asked).json()
    assert preview["changed"][0]["now"]["verdict"] == "supported"
    assert not (folder / "exclusions.csv").exists()
    answer = small_door.post(f"{API}/exclusions", json=asked)
    assert (answer.status_code, answer.json()["row"]) == (201, 2)
    left_out = small_door.get(f"{API}/exclusions").json()["left_out"]
    assert [each["well"] for each in left_out] == ["A1", "A2", "A3", "A4"]
    rows = small_door.get(f"{API}/record").json()
    assert [row["kind"] for row in rows["rows"]] == ["run", "exclude"]
    assert rows["head"] == answer.json()["hash"]


def test_what_was_left_out_is_put_back(small_door: TestClient, folder: Path) -> None:
    table = "plate,wells,reason\nP1,A1,an air bubble\n"
    (folder / "exclusions.csv").write_text(table, "utf-8")
    (out,) = small_door.get(f"{API}/exclusions").json()["left_out"]
    asked = {"line": out["line"]}
    preview = small_door.post(f"{API}/exclusions/put-back/preview", json=asked).json()
    assert preview["changed"]
    answer = small_door.post(f"{API}/exclusions/put-back", json=asked)
    assert (answer.status_code, answer.json()["row"]) == (201, 3)
    assert (folder / "exclusions.csv").read_text("utf-8") == "plate,wells,reason\n"
    assert small_door.post(f"{API}/exclusions/put-back", json=asked).status_code == 422


def test_what_cannot_be_decided_changes_nothing(small_door: TestClient, folder: Path) -> None:
    asked = {"plate": "P1", "wells": "Z99", "reason": "an air bubble"}
    refused = small_door.post(f"{API}/exclusions", json=asked)
    assert refused.status_code == 422
    assert "Z99" in refused.json()["mistakes"][0]["found"]
    assert not (folder / "exclusions.csv").exists()
    flag = small_door.post(f"{API}/kept", json={"flag": "none/P1/abc", "reason": "it is so"})
    assert flag.status_code == 422
    lock = small_door.post(f"{API}/locks", json={"looks": [8, 4]})
    assert lock.status_code == 422
    assert len(small_door.get(f"{API}/record").json()["rows"]) == 1


def test_a_lock_is_on_record_and_all_stands(small_door: TestClient) -> None:
    locked = small_door.post(f"{API}/locks", json={"looks": [12]})
    assert locked.status_code == 201
    verified = small_door.get(f"{API}/record/verified").json()
    assert verified["stands"] is True and verified["rows"] == 2


def test_a_run_is_asked_for_and_cancelled(small_door: TestClient) -> None:
    small_door.app.state.site.workers.stop()  # type: ignore[attr-defined]
    asked = small_door.post(f"{API}/runs")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    address = f"{API}/runs/{asked.json()['id']}"
    assert small_door.post(f"{address}/cancel").json()["state"] == "cancelled"
    assert small_door.get(address).json()["state"] == "cancelled"
    assert [each["state"] for each in small_door.get(f"{API}/runs").json()["runs"]] == ["cancelled"]
    assert small_door.get(f"{API}/runs/none").status_code == 404


def test_one_run_is_nothing_to_compare(small_door: TestClient) -> None:
    answer = small_door.get(f"{API}/record/compared")
    assert answer.status_code == 422
    assert answer.json()["mistakes"][0]["expected"] == "two runs to compare"


def test_what_is_not_there_is_told_in_words(small_door: TestClient, unrun: Path) -> None:
    answer = small_door.get(f"{API}/plates/none")
    assert (answer.status_code, answer.json()["error"]) == (404, "This study has no such plate.")
    answer = small_door.get("/api/v1/studies/unrun/answers")
    assert answer.json()["error"] == "This study has no results yet."
    assert small_door.get("/api/v1/studies/none/check").status_code == 404


def test_a_method_that_is_not_there_names_those_that_are(small_door: TestClient) -> None:
    answer = small_door.patch(f"{API}/exclusions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_nobody_reads_the_schema_from_outside(small_door: TestClient) -> None:
    assert small_door.get("/api/v1/openapi.json").status_code == 200
    small_door.cookies.clear()
    assert small_door.get("/api/v1/openapi.json").status_code == 401


FUZZED = {
    Role.COORDINATOR: ("examples", "fuzzing"),
    Role.ANALYST: ("fuzzing",),
    Role.VIEWER: ("fuzzing",),
    Role.STEWARD: ("fuzzing",),
}
"""The phases in which each role asks here; `python -m benchmarks door` has all of them."""


@pytest.mark.parametrize("role", FUZZED, ids=lambda role: role.value)
def test_every_answer_is_as_the_schema_says(role: Role, tmp_path: Path, small_folder: Path) -> None:
    from api_fuzz import fuzz

    fuzzed = fuzz(role, tmp_path / "studies", small_folder, examples=1, phases=FUZZED[role])
    assert fuzzed.failures == []
    assert len(fuzzed.operations) >= 20
