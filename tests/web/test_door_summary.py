"""The summary in plain words in the door: read, taken away, and filled with the study's own words."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blinded_study import telling_words, write_telling_study
from door_fixtures import client_of

import exvivo
from exvivo import store
from exvivo.study.load import declarations, read_study_file
from exvivo.study.summary_checks import PARTS
from exvivo.study.summary_records import LANGUAGES
from exvivo.web.pages.plain_words import PARTS_OF_FORM
from exvivo.web.plain_words import words_of
from exvivo.web.summaries import summary_files
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Page
    from starlette.testclient import TestClient

SUMMARY, WORDS = "/s/demo/summary", "/s/demo/summary/words"


# Read and taken away.


def test_every_language_can_be_read_and_taken(small_door: TestClient) -> None:
    listed = small_door.get(SUMMARY).text
    assert len(summary_files()) == 2 * len(LANGUAGES)
    for name in sorted(summary_files()):
        assert f'href="/s/demo/report/{name}"' in listed
        answer = small_door.get(f"/s/demo/report/{name}")
        kind = "text/html" if name.endswith("html") else "text/markdown"
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.COORDINATOR])
def test_whoever_reads_the_report_reads_the_summary(role: Role, small_as: DoorAs) -> None:
    """Its own links and the report's lead to pages that are there."""
    client = small_as(role)
    report = client.get("/s/demo/report/").text
    linked = set(re.findall(r'href="(summary[\w.]*)"', report))
    assert linked == {name for name in summary_files() if name.endswith(".html")}
    for name in linked:
        text = client.get(f"/s/demo/report/{name}").text
        assert set(re.findall(r'href="(summary[\w.]*)"', text)) <= summary_files()


def test_nobody_else_reads_it(small_as: DoorAs) -> None:
    assert small_as(None).get("/s/demo/report/summary.html").status_code == 404
    assert small_as(None).get(SUMMARY).status_code == 404


def test_no_other_file_of_the_results_is_given(small_door: TestClient) -> None:
    for name in ("summary.xx.html", "tables/findings.csv", "summary.css"):
        assert small_door.get(f"/s/demo/report/{name}").status_code == 404


def test_a_name_of_a_person_keeps_it_from_a_viewer(small_as: DoorAs, tmp_path: Path) -> None:
    """The summary goes the way of the report for the team: searched before it is given."""
    folder = tmp_path / "studies" / "demo"
    page = folder / "results" / "summary.html"
    raw = str(next(iter(exvivo.load(folder).plates)).file)
    page.write_text(page.read_text("utf-8").replace("</h1>", f" {raw}</h1>"), encoding="utf-8")
    assert raw not in small_as(Role.VIEWER).get("/s/demo/report/summary.html").text


def test_a_study_without_a_run_says_so(quick_door: TestClient) -> None:
    assert "There is no summary yet" in quick_door.get("/s/unrun/summary").text


def test_a_blinded_study_names_no_group(tmp_path: Path) -> None:
    folder = write_telling_study(tmp_path / "studies" / "demo")
    exvivo.run(folder, blinded=True)
    with client_of(tmp_path / "studies") as client:
        client.get("/enter?token=once")
        for path in (SUMMARY, WORDS, "/s/demo/claims", "/s/demo/report/summary.html"):
            answer = client.get(path)
            assert answer.status_code in (403, 404)
            assert telling_words(answer.text) == set()
        assert "/s/demo/summary" not in client.get("/s/demo").text


# The form.


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the form as it stands on the page."""
    form = page[page.index('id="words"') :]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        known = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if known.get("type") != "radio" or " checked" in tag:
            fields[known["name"]] = html.unescape(known.get("value", ""))
    for name, text in re.findall(
        r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S
    ):
        fields[name] = html.unescape(text)
    return fields


@pytest.fixture
def folder(small_door: TestClient, tmp_path: Path) -> Path:
    """The study of `small_door`."""
    return tmp_path / "studies" / "demo"


def saved(client: TestClient, code: str = "en", **texts: str) -> int:
    """Fill the form of a language and send it; gives how it was answered."""
    form = form_of(client.get(f"{WORDS}?language={code}").text)
    return client.post(WORDS, data={**form, **texts}).status_code


def test_every_part_and_term_has_a_field(small_door: TestClient, folder: Path) -> None:
    form = form_of(small_door.get(WORDS).text)
    ids = [each.id for each in words_of(declarations(folder)[0], "en")]
    assert {"FM", "HC", "LPS", "TNF"} <= set(ids)
    assert set(PARTS_OF_FORM) == set(PARTS) <= set(form)
    assert {f"{kind}:{each}" for kind in ("name", "meaning") for each in ids} <= set(form)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_filled_in_is_in_study_yaml(
    small_door: TestClient, folder: Path, code: str
) -> None:
    texts = {part: f"{part}: ein Text, “{code}” – 痛み" for part in PARTS}
    words = {"name:FM": "Menschen: mit # Schmerz", "meaning:FM": "Ein Satz."}
    assert saved(small_door, code, **texts, **words, pictures="people") == 303
    summary = read_study_file(folder)[0].summary
    assert {part: getattr(summary, part) for part in PARTS} == {
        part: {code: text} for part, text in texts.items()
    }
    assert summary.pictures == "people"
    assert [(w.id, w.name, w.meaning) for w in summary.words] == [
        ("FM", {code: words["name:FM"]}, {code: words["meaning:FM"]})
    ]


def test_what_was_filled_in_is_shown_again(small_door: TestClient) -> None:
    assert saved(small_door, "de", why="Warum?\r\n Darum.", **{"name:TNF": "TNF"}) == 303
    form = form_of(small_door.get(f"{WORDS}?language=de").text)
    assert (form["why"], form["name:TNF"]) == ("Warum? Darum.", "TNF")
    assert form_of(small_door.get(f"{WORDS}?language=fr").text)["why"] == ""


def test_nothing_else_of_study_yaml_changes(small_door: TestClient, folder: Path) -> None:
    before = (folder / "study.yaml").read_bytes()
    assert saved(small_door, "en", why="Why?", **{"name:FM": "people with pain"}) == 303
    assert (folder / "study.yaml").read_bytes().startswith(before)
    assert saved(small_door, "ja", why="なぜ", **{"meaning:FM": "説明。"}) == 303
    assert saved(small_door, "en", why="", **{"name:FM": ""}) == 303
    assert saved(small_door, "ja", why="", **{"meaning:FM": ""}) == 303
    assert (folder / "study.yaml").read_bytes() == before


def test_an_untouched_form_writes_nothing(small_door: TestClient, folder: Path) -> None:
    before = (folder / "study.yaml").read_bytes(), len(store.entries(folder))
    assert saved(small_door) == 303
    assert ((folder / "study.yaml").read_bytes(), len(store.entries(folder))) == before


def test_a_save_is_on_the_record(small_door: TestClient, folder: Path) -> None:
    rows = len(store.entries(folder))
    assert saved(small_door, why="Why?") == 303
    assert len(store.entries(folder)) == rows + 1


def test_mistakes_stand_at_their_fields(small_door: TestClient, folder: Path) -> None:
    before = (folder / "study.yaml").read_bytes()
    form = form_of(small_door.get(WORDS).text)
    texts = {"why": "x" * 501, "name:HC": "y" * 81, "next": "a\u202eb"}
    answer = small_door.post(WORDS, data={**form, **texts})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3
    assert 'id="w-why-1">a text of 501 signs' in answer.text
    assert form_of(answer.text)["name:HC"] == "y" * 81
    assert (folder / "study.yaml").read_bytes() == before


def test_a_second_editor_sees_both(small_door: TestClient, folder: Path) -> None:
    form = form_of(small_door.get(WORDS).text)
    assert saved(small_door, why="Theirs") == 303
    answer = small_door.post(WORDS, data={**form, "why": "Ours"})
    assert answer.status_code == 412
    assert "Theirs" in answer.text and "Ours" in answer.text
    assert read_study_file(folder)[0].summary.why == {"en": "Theirs"}


def test_a_new_word_beside_that_of_another_editor(small_door: TestClient) -> None:
    """Both made a record for the same group: one is not written over the other."""
    form = form_of(small_door.get(WORDS).text)
    assert saved(small_door, "de", **{"name:FM": "Theirs"}) == 303
    answer = small_door.post(WORDS, data={**form, "name:FM": "Ours"})
    assert answer.status_code == 412
    assert "Theirs" in answer.text


@pytest.mark.parametrize("before", ["", "[]", "{}", '{"records": 1}', '{"why": 1, "records": {}}'])
def test_a_form_that_is_none_is_refused(small_door: TestClient, before: str) -> None:
    answer = small_door.post(WORDS, data={"language": "en", "before": before, "if_match": ""})
    assert answer.status_code == 422


def test_an_unknown_language_is_refused(small_door: TestClient) -> None:
    assert small_door.get(f"{WORDS}?language=xx").status_code == 422


def test_a_viewer_writes_nothing(small_as: DoorAs) -> None:
    client = small_as(Role.VIEWER)
    assert client.get(WORDS).status_code == 403
    assert client.post(WORDS, data={"language": "en"}).status_code == 403
    assert "/summary/words" not in client.get(SUMMARY).text


def test_what_is_lacking_stands_beside(small_door: TestClient) -> None:
    page = small_door.get(f"{WORDS}?language=de").text
    lacking = page[page.index('id="lacking"') :]
    assert "Why the study was done" in lacking and "people with fibromyalgia" in lacking
    assert saved(small_door, "de", why="Warum?", **{"name:FM": "Menschen"}) == 303
    page = small_door.get(f"{WORDS}?language=de").text
    lacking = page[page.index('id="lacking"') :]
    assert "Why the study was done" not in lacking and "people with fibromyalgia" not in lacking


def test_the_catalog_is_quoted_in_the_language(small_door: TestClient) -> None:
    page = small_door.get(f"{WORDS}?language=ja").text
    quoted = re.findall(r'The catalog says: <span lang="ja">([^<]+)</span>', page)
    assert quoted and any(re.search("[\u3041-\u9fff]", each) for each in quoted)


def test_the_next_run_prints_it(small_door: TestClient, folder: Path) -> None:
    assert saved(small_door, why="We asked why cells of some people answer more.") == 303
    exvivo.run(folder)
    assert "We asked why cells" in small_door.get("/s/demo/report/summary.html").text


# In a browser.


def test_the_form_in_a_browser(page: Page, served: Served, small_folder: Path, axe: Axe) -> None:
    study = served.study(of=small_folder)
    page.goto(f"/s/{study}/summary")
    page.get_by_role("link", name="Write them").click()
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_label("Why the study was done").fill("x" * 501)
    page.get_by_role("button", name="Save").press("Enter")
    assert page.get_by_role("alert").is_visible() and axe(page) == []
    page.get_by_label("Why the study was done").fill("Warum Zellen antworten.")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. The next run prints it.").wait_for()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_report_leads_to_each_language(page: Page, served: Served, small_folder: Path) -> None:
    """The pages look as they do without the door: their styles are let through."""
    study = served.study(of=small_folder)
    page.goto(f"/s/{study}/report/")
    page.get_by_role("link", name="Deutsch").first.click()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.url.endswith("/report/summary.de.html")
    page.get_by_role("link", name="日本語").first.click()
    assert page.locator("html").get_attribute("lang") == "ja"


def test_the_files_are_named_for_whoever_takes_them(
    page: Page, served: Served, small_folder: Path
) -> None:
    study = served.study(of=small_folder)
    page.goto(f"/s/{study}/summary")
    with page.expect_download() as taken:
        page.get_by_role("link", name="English as text (Markdown)").press("Enter")
    assert taken.value.suggested_filename == f"{study}-summary.md"
