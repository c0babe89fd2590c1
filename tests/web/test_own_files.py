"""From own files to a report by keyboard alone: what nobody can reach without a mouse is found
here. `python -m benchmarks door` also counts the gestures of somebody who has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from door_server import Served
    from playwright.sync_api import Browser


def test_own_files_become_a_report_by_keyboard(
    browser: Browser, served: Served, shared_data: Path
) -> None:
    from benchmarks.door.gestures import Keys, walk_of, window_of

    assert (shared_data / "faults" / "intake" / "study").is_dir()
    walk = walk_of(Keys, window_of(browser, served))
    assert walk.arrived
    assert (walk.hand.wrong, walk.complaints) == ([], [])
