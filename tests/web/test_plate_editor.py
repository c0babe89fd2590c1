"""The plate editor in a browser: painted by mouse and by keyboard, undone, pasted, saved, merged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from door_browser import Watch
    from door_fixtures import Axe
    from door_server import Served
    from playwright.sync_api import Locator, Page

_PASTE = """text => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def study(served: Served, unrun_folder: Path) -> str:
    """A study in the door."""
    return served.study(of=unrun_folder)


@pytest.fixture
def layout(served: Served, study: str) -> Path:
    """The layout of its plate B1."""
    return served.root / study / "plates" / "B1.csv"


def _open(page: Page, study: str, plate: str = "B1", rest: str = "") -> None:
    page.goto(f"/s/{study}/plates/{plate}{rest}")
    page.locator("#checked[data-state=current]").wait_for()
    page.locator("#behind[data-state=current]").wait_for(state="attached")


def _well(page: Page, well: str) -> Locator:
    at = (ord(well[0]) - 65) * 12 + int(well[1:]) - 1
    return page.locator(f'#grid td[data-at="{at}"]')


def _drag(page: Page, first: str, last: str) -> None:
    for well, act in ((first, page.mouse.down), (last, page.mouse.up)):
        box = _well(page, well).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 9, box["y"] + 9, steps=4)
        act()


def _saved(page: Page, text: str = "All is saved") -> None:
    from playwright.sync_api import expect

    expect(page.locator("#saved")).to_have_text(text)


def test_paint_by_mouse_and_undo(page: Page, study: str, layout: Path, axe: Axe) -> None:
    before = layout.read_bytes()
    _open(page, study)
    _drag(page, "F1", "G4")
    assert page.locator("#grid td.chosen").count() == 8
    page.locator("#brush-donor").fill("FM99")
    page.get_by_role("button", name="Paint").click()
    page.get_by_text("donor FM99").first.wait_for()
    page.locator("#behind").select_option(index=1)
    assert axe(page) == []
    page.get_by_role("button", name="Save").click()
    _saved(page)
    assert layout.read_text("utf-8").count("FM99") == 8
    page.keyboard.press("Control+z")
    _saved(page, "8 wells not saved")
    page.keyboard.press("Control+s")
    _saved(page)
    assert layout.read_bytes() == before


def test_everything_by_keyboard(page: Page, study: str, layout: Path) -> None:
    _open(page, study, rest="?well=F1")
    for key in ("ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert page.locator("#grid td.chosen").count() == 4
    page.locator("#show").select_option("donor")
    page.locator("#grid td[tabindex='0']").focus()
    page.keyboard.press("Control+a")
    assert page.locator("#grid td.chosen").count() == 96
    page.keyboard.press("Control+End")
    page.keyboard.type("HC01")
    page.keyboard.press("Enter")
    _saved(page, "1 well not saved")
    page.keyboard.press("Control+s")
    _saved(page)
    assert layout.read_text("utf-8").splitlines()[-1].startswith("H12,sample,HC01")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+s")
    _saved(page)
    assert "H12" not in layout.read_text("utf-8")


def test_a_block_of_a_spreadsheet_and_a_series(page: Page, study: str, layout: Path) -> None:
    _open(page, study)
    _well(page, "F1").click()
    page.evaluate(_PASTE, "FM01 ATP 1\tNTC\nStd1\tHC02 none")
    _saved(page, "4 wells not saved")
    _drag(page, "H1", "H8")
    page.get_by_role("button", name="Fill a series").click()
    page.locator("#series-start").fill("62,5")
    page.locator("#series-levels").fill("3")
    page.locator("#series-each").fill("2")
    page.locator("#series-order").select_option("across")
    page.get_by_role("button", name="Fill", exact=True).click()
    page.keyboard.press("Control+s")
    _saved(page)
    lines = layout.read_text("utf-8").splitlines()
    assert "F1,sample,FM01,ATP,1,,,," in lines and "G2,sample,HC02,none,,,,," in lines
    assert "H4,standard,,,2,31.25,,,Std2" in lines and "H7,blank,,,1,,,," in lines


def test_files_find_their_wells_by_name(page: Page, study: str, layout: Path) -> None:
    before = layout.read_bytes()
    layout.write_text(layout.read_text("utf-8").replace("raw/B1/", "raw/B9/"), encoding="utf-8")
    _open(page, study)
    _drag(page, "A1", "B3")
    page.get_by_role("button", name="Fill a series").click()
    page.locator("#series-kind").select_option("files")
    page.get_by_role("button", name="Fill", exact=True).click()
    _saved(page, "6 wells not saved")
    page.keyboard.press("Control+s")
    _saved(page)
    assert layout.read_text("utf-8").count("raw/B1/") == 6
    assert layout.read_text("utf-8").replace("raw/B9/", "raw/B1/").encode() == before


def test_two_people_on_one_plate(page: Page, study: str, layout: Path, watch: Watch) -> None:
    watch.allow("412")
    other = page.context.new_page()
    for each, donor, last in ((page, "FM01", "H1"), (other, "FM02", "H2")):
        _open(each, study)
        _drag(each, "H1", last)
        each.locator("#brush-donor").fill(donor)
        each.get_by_role("button", name="Paint").click()
    page.keyboard.press("Control+s")
    _saved(page)
    other.keyboard.press("Control+s")
    other.get_by_role("radio", name="FM02").check()
    other.get_by_role("button", name="Go on").click()
    _saved(other, "2 wells not saved")
    other.keyboard.press("Control+s")
    _saved(other)
    assert layout.read_text("utf-8").count("FM02") == 6


def test_what_is_not_saved_survives_a_closed_tab(page: Page, study: str, layout: Path) -> None:
    before = layout.read_bytes()
    _open(page, study, rest="?well=H1")
    page.locator("#brush-donor").fill("FM01")
    page.get_by_role("button", name="Paint").click()
    _saved(page, "1 well not saved")
    again = page.context.new_page()
    page.close()
    _open(again, study)
    _saved(again, "1 well not saved")
    assert layout.read_bytes() == before
    again.get_by_role("button", name="Undo").click()
    _saved(again)


@pytest.mark.parametrize("width", [1280, 390])
def test_1536_wells(page: Page, study: str, axe: Axe, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    _open(page, study, rest="?size=1536")
    assert page.locator("#grid td").count() == 1536
    page.locator("#grid td").first.focus()
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement.ariaLabel") == "AF48, nothing"
    assert axe(page) == []
