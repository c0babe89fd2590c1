"""The summary as people meet it: on a screen, on a phone, on paper, and read by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import exvivo
from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.tell.article.files import file_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE, NARROW = 1280, 390


@pytest.fixture
def sheet(browser: Browser) -> Iterator[Page]:
    """A page that is opened from its file."""
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    yield page
    page.close()


def _opened(sheet: Page, demo: exvivo.Result, code: LanguageCode, width: int = WIDE) -> Path:
    path = demo.report.parent / file_of(code)
    sheet.set_viewport_size({"width": width, "height": 900})
    sheet.goto(path.as_uri())
    return path


@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_has_nothing_against_a_summary(
    sheet: Page, demo: exvivo.Result, code: LanguageCode
) -> None:
    from door_browser import axe_findings

    for width in (WIDE, NARROW):
        _opened(sheet, demo, code, width)
        assert axe_findings(sheet) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_phone_shows_all_of_it(sheet: Page, demo: exvivo.Result, code: LanguageCode) -> None:
    """Nothing is wider than the window, and no word of a picture leaves it."""
    _opened(sheet, demo, code, NARROW)
    assert sheet.evaluate("document.documentElement.scrollWidth") <= NARROW
    assert sheet.locator("svg.below").is_visible() and not sheet.locator("svg.beside").is_visible()
    beyond = sheet.evaluate(
        "[...document.querySelectorAll('svg text')].filter(text => {"
        " const box = text.getBoundingClientRect();"
        " return box.width && (box.left < 0 || box.right > window.innerWidth); })"
        ".map(text => text.textContent)"
    )
    assert beyond == []


def test_words_of_a_picture_can_be_read_on_a_phone(sheet: Page, demo: exvivo.Result) -> None:
    _opened(sheet, demo, "en", NARROW)
    heights = sheet.evaluate(
        "[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)"
        ".filter(height => height)"
    )
    assert len(heights) > 10 and min(heights) >= 11


def test_a_screen_shows_the_steps_side_by_side(sheet: Page, demo: exvivo.Result) -> None:
    _opened(sheet, demo, "en")
    assert sheet.locator("svg.beside").is_visible() and not sheet.locator("svg.below").is_visible()


def test_the_first_screen_has_the_key_messages(sheet: Page, demo: exvivo.Result) -> None:
    _opened(sheet, demo, "en")
    box = sheet.locator("section.key").bounding_box()
    assert box is not None and box["y"] + box["height"] <= 900


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_summary_prints_on_two_pages(
    sheet: Page, demo: exvivo.Result, code: LanguageCode
) -> None:
    _opened(sheet, demo, code)
    pdf = sheet.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2


def test_a_symbol_is_not_broken_at_its_hyphen(sheet: Page, demo: exvivo.Result) -> None:
    """`IL-10` stands in one line at any width, and is copied as it is written."""
    _opened(sheet, demo, "en", NARROW)
    told = sheet.locator("section.found .symbol")
    assert {"IL-6", "IL-10", "IL-1β"} <= set(told.all_text_contents())
    lines = "(symbols) => symbols.map(symbol => symbol.getClientRects().length)"
    for width in range(200, 400, 10):
        sheet.set_viewport_size({"width": width, "height": 900})
        assert set(told.evaluate_all(lines)) == {1}


@pytest.mark.parametrize("code", LANGUAGES)
def test_it_is_read_aloud_in_its_order(
    sheet: Page, demo: exvivo.Result, code: LanguageCode
) -> None:
    """What a reader of screens is told: the title first, pictures by their sentences, not by the
    words in them.
    """
    _opened(sheet, demo, code)
    told = sheet.locator("body").aria_snapshot()
    lines = [line.strip() for line in told.splitlines()]
    first = next(at for at, line in enumerate(lines) if "heading" in line)
    assert "[level=1]" in lines[first]
    pictures = [line for line in lines if line.lstrip("-' ").startswith("img ")]
    assert len(pictures) == sheet.locator(".picture").count() >= 3
