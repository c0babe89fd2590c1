"""A new study in the browser: files are dropped, people are pasted, what is open is answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_door_new import CLINIC, DONORS, cq_table, elisa

if TYPE_CHECKING:
    from door_browser import Watch
    from door_fixtures import Axe
    from door_server import Served
    from playwright.sync_api import Page

_DROP = """
(files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("[data-drop]").dispatchEvent(event);
}
"""
_WIDTHS = (1280, 390)


def _drop(page: Page, files: list[tuple[str, str]]) -> None:
    page.evaluate(_DROP, files)


def _sound(page: Page, axe: Axe) -> None:
    """Nothing against the page at both widths, and no wider than its window."""
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_from_own_files_to_the_last_answer(page: Page, axe: Axe, served: Served) -> None:
    page.goto("/new")
    _sound(page, axe)
    _drop(page, [("run 1.csv", cq_table().decode()), ("ELISA IL-6.csv", elisa().decode())])
    page.get_by_text("2 files, 2 plates").wait_for()
    page.get_by_label("Who they are").fill(DONORS)
    page.get_by_label("Their scores").fill(CLINIC)
    page.get_by_text("Left out, as it may name a person").wait_for()
    page.get_by_text("4 people").nth(1).wait_for()
    _sound(page, axe)
    page.get_by_label("Name of the study").fill("browser")
    page.get_by_role("button", name="Draft the study").click()
    page.wait_for_url("**/s/browser/open")
    _sound(page, axe)
    page.get_by_label("Title").fill("Is R848 answered?")
    page.keyboard.press("Enter")
    page.get_by_text("7 open questions").wait_for()
    page.wait_for_load_state("networkidle")
    marked = page.locator("#proposals input[type=checkbox]").first
    marked.check()
    with page.expect_response("**/open/questions"):
        page.get_by_role("button", name="No cells").click()
    page.get_by_text("6 open questions").wait_for()
    page.wait_for_load_state("networkidle")
    assert marked.is_checked()  # what was marked stays so while the list is made anew
    amounts = page.locator("section").filter(has_text="What amounts")
    amounts.get_by_role("button", name="Save").click()
    amounts.get_by_text("no amount").wait_for()
    _sound(page, axe)
    amounts.get_by_label("Highest amount").fill("1000")
    amounts.get_by_label("Each next one").fill("2")
    amounts.get_by_label("the blank").check()
    amounts.get_by_role("button", name="Save").click()
    page.get_by_text("5 open questions").wait_for()
    page.reload()
    page.get_by_text("5 open questions").wait_for()
    assert "R848 answered" in (served.root / "browser" / "study.yaml").read_text("utf-8")


def test_files_that_are_not_taken_say_why(
    page: Page, axe: Axe, served: Served, unrun_folder: Path, watch: Watch
) -> None:
    study = served.study(of=unrun_folder)
    page.goto(f"/s/{study}/files")
    page.get_by_text("not read").first.wait_for()
    _drop(page, [("notes <b>1</b>.txt", "one"), (".DS_Store", "hidden")])
    page.get_by_text("Passed over: 1 hidden").wait_for()
    page.get_by_text("notes <b>1</b>.txt").wait_for()
    _drop(page, [("notes <b>1</b>.txt", "two")])
    page.get_by_text("Another file of this name is here already").wait_for()
    _sound(page, axe)
    page.get_by_role("button", name="Replace it").click()
    page.get_by_text("1 file is here.").wait_for()
    assert (served.root / study / "raw" / "notes <b>1</b>.txt").read_text() == "two"


@pytest.mark.parametrize("count", [40])
def test_a_folder_of_many_files(page: Page, served: Served, unrun_folder: Path, count: int) -> None:
    study = served.study(of=unrun_folder)
    page.goto(f"/s/{study}/files?looked=yes")
    _drop(page, [(f"note {n}.txt", f"{n}") for n in range(count)])
    page.get_by_text(f"{count} files are here.").wait_for(timeout=60_000)
    assert len([*(served.root / study / "raw").glob("note *.txt")]) == count
