"""A text held against the answers of a study, in the door."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from exvivo.tell.claims import as_page
from exvivo.web.pages.claims import LARGEST
from exvivo.web.render import STATIC
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

CLAIMS = "/s/demo/claims"
STRONGER = "TNF causes fibromyalgia. TNF helps every patient with fibromyalgia."


def checked(client: TestClient, text: str = "", **files: tuple[str, bytes]) -> tuple[int, str]:
    """Send a text, or a file; gives the status and the page."""
    given = files or {"file": ("", b"")}
    answer = client.post(CLAIMS, data={"text": text}, files=given)
    return answer.status_code, answer.text


def test_a_text_is_shown_with_what_it_says_more(small_door: TestClient) -> None:
    status, page = checked(small_door, STRONGER)
    assert status == 200
    assert "Stronger than the answers" in page and "<mark>causes</mark>" in page
    assert "It names a cause." in page
    assert f">{STRONGER}</textarea>" in page


def test_lines_of_a_text_stay_lines(small_door: TestClient) -> None:
    assert ">TNF is\na protein.</textarea>" in checked(small_door, "TNF is\r\na protein.")[1]


@pytest.mark.parametrize("name", ["release.md", "release.txt", "release.html"])
def test_a_file_is_checked(small_door: TestClient, name: str) -> None:
    status, page = checked(small_door, file=(name, STRONGER.encode()))
    assert status == 200 and "<mark>causes</mark>" in page and name in page


def test_it_is_the_view_of_the_command(small_door: TestClient, tmp_path: Path) -> None:
    from exvivo.claimed import check_text
    from exvivo.tell.claims import claims_found, claims_page

    claimed = check_text(STRONGER, tmp_path / "studies" / "demo", name="the pasted text")
    found = claims_found(claimed.shown)
    assert found in checked(small_door, STRONGER)[1]
    assert found in claims_page(claimed.shown, run=claimed.recorded, version=claimed.version)


def test_the_door_has_the_styles_of_the_page() -> None:
    folder = Path(as_page.__file__).parents[1] / "templates"
    assert (STATIC / "claims.css").read_text("utf-8") == (folder / "claims.css").read_text("utf-8")


REFUSED = {
    "nothing": ("", ("", b""), "nothing"),
    "German": ("Die Zellen der Menschen mit Schmerz sind nicht wie die der anderen.", ("", b""),
               "a text in another language"),
    "a Word document": ("", ("a.docx", b"PK\x03\x04rest"), "a Word or other packed document"),
    "a PDF": ("", ("a.txt", b"%PDF-1.7"), "a PDF"),
    "another ending": ("", ("a.csv", STRONGER.encode()), "the ending .csv"),
    "not UTF-8": ("", ("a.txt", b"TNF \xff is"), "a byte that is no letter"),
    "two": (STRONGER, ("a.txt", STRONGER.encode()), "a text and a file"),
    "too large": ("TNF is a word. " * (LARGEST // 14), ("", b""), "more than 200 kB"),
    "a large file": ("", ("a.txt", b"TNF is a word. " * (LARGEST // 14)), "more than 200 kB"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_checked_is_said_at_its_field(small_door: TestClient, case: str) -> None:
    text, file, finding = REFUSED[case]
    status, page = checked(small_door, text, file=file)
    assert status == 422 and finding in page
    field = "f-file" if file[0] else "f-text"
    tag = page[page.index(f'id="{field}"') :]
    assert 'aria-invalid="true"' in tag[: tag.index(">")]
    assert page.count('aria-invalid="true"') == 1 and "Stronger than" not in page


def test_a_form_of_any_size_is_refused_unread(small_door: TestClient) -> None:
    status, page = checked(small_door, file=("a.txt", b"x" * (4 * LARGEST)))
    assert status == 413 and "more than 200 kB" in page


def test_a_form_that_does_not_say_its_size_is_refused(small_door: TestClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = small_door.post(CLAIMS, content=iter([b"text=TNF"]), headers=kind)
    assert answer.status_code == 413


def test_markup_of_a_text_stays_text(small_door: TestClient) -> None:
    evil = "TNF causes <script>alert(1)</script> fibromyalgia. <img src=x onerror=y>"
    status, page = checked(small_door, evil)
    assert status == 200 and "<script>alert" not in page and "<img" not in page
    _, page = checked(small_door, file=("<img src=x>.txt", evil.encode()))
    assert "<script>alert" not in page and "<img" not in page


def test_nothing_of_it_is_kept(small_door: TestClient, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "studies").rglob("*")}
    answer = small_door.post(CLAIMS, data={"text": STRONGER}, files={"file": ("", b"")})
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "studies").rglob("*")}
    made = {path.name for path in set(after) - set(before)}
    assert made <= {"exvivo.sqlite-shm", "exvivo.sqlite-wal"}, made
    assert answer.headers["cache-control"] == "no-store"


def test_who_reads_the_report_may_check(small_as: DoorAs) -> None:
    """Named to a viewer are only the study and the answers, no path of the server."""
    status, page = checked(small_as(Role.VIEWER), STRONGER)
    assert status == 200 and "<mark>causes</mark>" in page
    assert checked(small_as(None), STRONGER)[0] == 404


def test_a_study_without_a_run_says_so(quick_door: TestClient, tmp_path: Path) -> None:
    assert "There are no answers yet" in quick_door.get("/s/unrun/claims").text
    answer = quick_door.post("/s/unrun/claims", data={"text": STRONGER})
    assert str(tmp_path) not in answer.text


def test_results_that_were_changed_are_told_without_a_path(
    small_door: TestClient, tmp_path: Path
) -> None:
    table = tmp_path / "studies" / "demo" / "results" / "tables" / "findings.parquet"
    table.write_bytes(table.read_bytes() + b"x")
    status, page = checked(small_door, STRONGER)
    assert status == 422 and "not as the run wrote them" in page and str(tmp_path) not in page


@pytest.mark.parametrize(
    "text",
    ["TNF is " + "1" * LARGEST, "TNF " * (LARGEST // 4), "TNF was higher in " + "a" * 190_000],
    ids=["digits", "a sentence without an end", "a word without an end"],
)
def test_no_text_holds_the_door_up(small_door: TestClient, text: str) -> None:
    begun = time.process_time()
    checked(small_door, text[:LARGEST])
    assert time.process_time() - begun < 20


def test_other_pages_are_answered_meanwhile(small_door: TestClient) -> None:
    text = "TNF was higher in people with fibromyalgia than in healthy people. " * 500
    check = Thread(target=checked, args=(small_door, text))
    check.start()
    begun = time.monotonic()
    assert small_door.get("/s/demo").status_code == 200
    assert time.monotonic() - begun < 10
    check.join()


def test_the_page_in_a_browser(
    page: Page, served: Served, small_folder: Path, axe: Axe, tmp_path: Path
) -> None:
    study = served.study(of=small_folder)
    page.goto(f"/s/{study}/claims")
    page.get_by_label("Text, in English").fill(STRONGER)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Stronger than the answers").wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    file = tmp_path / "a.docx"
    file.write_bytes(b"PK\x03\x04")
    page.get_by_label("Text, in English").fill("")
    page.get_by_label("Or a file").set_input_files(file)
    page.get_by_role("button", name="Check it").click()
    page.get_by_role("alert").wait_for()
    assert axe(page) == []
