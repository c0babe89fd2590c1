"""Every page in each of its states: nothing that axe has against it, no wider than its window, one
heading, and nothing that the watch of the browser notices. `python -m benchmarks door` has axe at
both widths, and the keyboard-only walk.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from door_pages import NARROW, WIDE, looked_at, pages_of
from small_study import write_broken_study, write_large_study

if TYPE_CHECKING:
    from door_browser import Watch
    from door_server import Served
    from playwright.sync_api import Page


def _wrong(page: Page, addresses: list[str]) -> list[str]:
    seen = looked_at(page, addresses, (WIDE, NARROW), axe_at=(WIDE,))
    return [
        f"{each.address} at {each.width}: {'; '.join(each.wrong)}" for each in seen if each.wrong
    ]


def test_the_pages_of_no_study(page: Page, served: Served) -> None:
    addresses = pages_of(served, "", "", "")
    assert "/" in addresses
    assert _wrong(page, addresses) == []


def test_the_pages_of_a_study_that_was_run(page: Page, served: Served, small_folder: Path) -> None:
    study = served.study(of=small_folder)
    addresses = pages_of(served, study, "P1", "A1")
    assert f"/s/{study}" in addresses
    assert _wrong(page, addresses) == []


OTHERWISE = {
    "broken": ("/people", "/plates/P1", "/questions", "/check"),
    "large": ("/people", "/wells", "/check"),
}
"""The pages that look otherwise in a state. The benchmark visits all."""
STATES: dict[str, Callable[[Path], Path]] = {
    "broken": write_broken_study,
    "large": write_large_study,
}


@pytest.mark.parametrize("state", STATES)
def test_the_pages_of_a_study_in_a_state(
    state: str, page: Page, served: Served, watch: Watch, tmp_path: Path
) -> None:
    """A study with a mistake in each of its files; one of 240 donors on 1536 wells."""
    study = served.study(of=STATES[state](tmp_path / "study"))
    addresses = pages_of(served, study, "P1", "A1")
    addresses = [each for each in addresses if each.endswith((*OTHERWISE[state], f"/s/{study}"))]
    assert _wrong(page, addresses) == []
