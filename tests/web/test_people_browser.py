"""The grid of the people in a browser: typed, pasted, taken back, refused, and two editors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from door_browser import Watch
    from door_fixtures import Axe
    from door_server import Served
    from playwright.sync_api import Page

STUDY = """exvivo: 1
title: Many people
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
"""


@pytest.fixture
def study(served: Served, tmp_path: Path) -> str:
    """A study of 240 donors."""
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "study.yaml").write_text(STUDY)
    lines = [f"D{n:03d},{'FM' if n < 140 else 'HC'},{20 + n % 50},female,24.5" for n in range(240)]
    (folder / "donors.csv").write_text("\n".join(["donor,group,age,sex,bmi", *lines, ""]))
    return served.study(of=folder)


def lines_of(served: Served, study: str) -> list[str]:
    return (served.root / study / "donors.csv").read_text().splitlines()


def test_cells_are_typed_pasted_and_taken_back(
    served: Served, study: str, page: Page, axe: Axe
) -> None:
    page.goto(f"/s/{study}/people")
    expect(page.get_by_text("Nothing to fix")).to_be_visible()
    cell = page.locator("#line-3 td").nth(1)
    cell.click()
    page.keyboard.type("33")
    page.keyboard.press("Enter")
    expect(cell).to_have_text("33")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("23,5")
    page.keyboard.press("Tab")
    expect(page.locator("#line-4 td").nth(3)).to_have_text("23.5")
    assert lines_of(served, study)[2:4] == ["D001,FM,33,female,24.5", "D002,FM,22,female,23.5"]
    page.locator("#line-10 td").nth(1).click()
    page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "61\\tmale\\n62\\tmale\\n");
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
        }"""
    )
    expect(page.locator("#line-11 td").nth(2)).to_have_text("male")
    expect(page.locator("td.saving")).to_have_count(0)
    assert lines_of(served, study)[9:11] == ["D008,FM,61,male,24.5", "D009,FM,62,male,24.5"]
    page.keyboard.press("Control+z")
    expect(page.locator("#line-11 td").nth(2)).to_have_text("female")
    expect(page.locator("td.saving")).to_have_count(0)
    assert lines_of(served, study)[9:11] == ["D008,FM,28,female,24.5", "D009,FM,29,female,24.5"]
    assert axe(page) == []


def test_what_cannot_be_saved_stays_to_be_mended(
    served: Served, study: str, page: Page, watch: Watch, axe: Axe
) -> None:
    watch.allow("422")
    page.goto(f"/s/{study}/people")
    before = lines_of(served, study)
    cell = page.locator("#line-3 td").nth(1)
    cell.click()
    page.keyboard.type("1,234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("1,234, which may be 1.234 or 1234")
    expect(cell).to_have_text("1,234")
    assert cell.get_attribute("aria-invalid") == "true"
    assert lines_of(served, study) == before and axe(page) == []
    cell.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("44")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert lines_of(served, study)[2] == "D001,FM,44,female,24.5"


def test_a_second_editor_sees_both(served: Served, study: str, page: Page, watch: Watch) -> None:
    watch.allow("412")
    page.goto(f"/s/{study}/people")
    file = served.root / study / "donors.csv"
    file.write_text(file.read_text().replace("D001,FM,21", "D001,FM,99"))
    page.locator("#line-3 td").nth(1).click()
    page.keyboard.type("33")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("People")
    expect(page.locator("main")).to_contain_text("99")
    expect(page.locator("main")).to_contain_text("33")
    assert lines_of(served, study)[2] == "D001,FM,99,female,24.5"


def test_finding_hides_the_others(study: str, page: Page) -> None:
    page.goto(f"/s/{study}/people")
    page.get_by_role("searchbox").fill("D01")
    expect(page.locator("#shown")).to_have_text("10")
    assert page.url.endswith("?q=D01")
    page.reload()
    expect(page.locator("#people-grid tbody tr")).to_have_count(10)


def test_the_dictionary_finds_while_one_types(study: str, page: Page, axe: Axe) -> None:
    page.goto("/dictionary")
    page.get_by_role("searchbox").press_sequentially("il-8")
    expect(page.locator("#results h2").first).to_contain_text("IL-8")
    expect(page).to_have_url("/dictionary?q=il-8&kind=")
    assert axe(page) == []
