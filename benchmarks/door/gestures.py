"""From own files to a report, as somebody at the bench does it: in the browser, with clicks, drops
and pastes that are counted; no terminal, no YAML.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from door_browser import ARGUMENTS, Watch, axe_findings, chromium, screenshot
from door_server import Served, serving
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FileChooser,
    Locator,
    Page,
    TimeoutError,
    expect,
    sync_playwright,
)

from benchmarks.door.pages import window
from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
INTAKE = SHARED / "faults" / "intake" / "study"
TITLE = "Do macrophages of people with RA answer LPS with more TNF?"
_LONG = 180_000
_A_MOMENT = 8_000
_PRESSES = 10
_FOCUSED = "element => element === document.activeElement"


@dataclass
class Hand:
    """Somebody at the bench: each click, drop, paste and filled field counts as one gesture, and
    what is waited for the door is added up. At each stop the page is looked at.
    """

    page: Page
    gestures: int = 0
    waited: float = 0.0
    wrong: list[str] = field(default_factory=list)
    pictures: Path | None = None
    before_draft: Callable[[], None] | None = None

    def click(self, what: Locator) -> None:
        """Press a button, a link or a box."""
        self.gestures += 1
        with self.waiting():
            what.click(timeout=_LONG)

    def fill(self, what: Locator, text: str) -> None:
        """Fill a field, or paste into it."""
        self.gestures += 1
        what.fill(text)

    def drop(self, what: Locator, files: list[Path]) -> None:
        """Drop files."""
        self.gestures += 1
        what.set_input_files([str(file) for file in files])

    def choose(self, what: Locator, option: str) -> None:
        """Choose from a list."""
        self.gestures += 1
        what.select_option(option)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time until something is there."""
        begun = time.perf_counter()
        yield
        self.waited += time.perf_counter() - begun

    def see(self, what: Locator) -> None:
        """Wait until something is to be seen."""
        with self.waiting():
            expect(what).to_be_visible(timeout=_LONG)

    def stop(self, name: str) -> None:
        """Look at the page: axe, and a picture at both widths where they are wanted."""
        self.wrong += [f"{name}: {finding}" for finding in axe_findings(self.page)]
        if self.pictures is not None:
            for width in (1280, 390):
                self.page.set_viewport_size({"width": width, "height": 900})
                screenshot(self.page, self.pictures / f"{name}-{width}.png")
            self.page.set_viewport_size({"width": 1280, "height": 900})


@dataclass
class Keys(Hand):
    """Somebody without a mouse: Tab until the control has the focus, then the key for it."""

    def click(self, what: Locator) -> None:
        """Press Enter, or the space bar on a box."""
        kind = what.get_attribute("type")
        self._reach(what)
        with self.waiting():
            self.page.keyboard.press("Space" if kind in ("checkbox", "radio") else "Enter")

    def fill(self, what: Locator, text: str) -> None:
        """Take out what is there, and paste."""
        self._reach(what)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def drop(self, what: Locator, files: list[Path]) -> None:
        """Choose files in the window of the system, which Enter opens."""
        self._reach(self.page.get_by_role("button", name="Choose files"))
        self._opened().set_files([str(file) for file in files])

    def _opened(self) -> FileChooser:
        """The window of the system; who sees none presses again, and that is a gesture too."""
        for _ in range(_PRESSES):
            try:
                with self.page.expect_file_chooser(timeout=_A_MOMENT) as chooser:
                    self.page.keyboard.press("Enter")
            except TimeoutError:
                self.gestures += 1
            else:
                return chooser.value
        raise AssertionError("no window to choose files opens")

    def choose(self, what: Locator, option: str) -> None:
        """Go down a list until the option."""
        self._reach(what)
        for _ in range(20):
            if what.input_value() == option:
                return
            self.page.keyboard.press("ArrowDown")
        self.wrong.append(f"{option} cannot be chosen by keys")

    def _reach(self, what: Locator) -> None:
        """Tab until a control has the focus: forwards only, round the page at most twice."""
        self.gestures += 1
        what.wait_for(state="visible", timeout=_LONG)
        for _ in range(600):
            if what.evaluate(_FOCUSED):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {what}")


def rows(*, quick: bool = False) -> list[Row]:
    """The invented study of own files, from the empty door to its report."""
    if not INTAKE.is_dir():
        print(f"  the invented study is not here ({INTAKE}); set EXVIVO_SHARED_DATA")
        return []
    pictures = os.environ.get("EXVIVO_PICTURES")
    walk = walked(Hand, Path(pictures) if pictures else None)
    return [*_told("own files to a report", walk), *_told("by keyboard alone", walked(Keys))]


@dataclass(frozen=True)
class Walk:
    """A way from files to a report: whether it got there, and what was in it."""

    hand: Hand
    complaints: list[str]
    arrived: bool


def _told(what: str, walk: Walk) -> Iterator[Row]:
    for wrong in (*walk.hand.wrong, *walk.complaints):
        print(f"  {what}: {wrong}")
    yield Row(what=f"{what}: a report is shown", value=float(walk.arrived), unit="", bar=">= 1")
    bar = "<= 60" if type(walk.hand) is Hand else ""
    yield Row(what=f"{what}: gestures", value=walk.hand.gestures, unit="", bar=bar)
    yield Row(what=f"{what}: waited", value=walk.hand.waited, unit="s", bar="<= 180")
    yield Row(what=f"{what}: findings of axe", value=len(walk.hand.wrong), unit="", bar="<= 0")
    yield Row(what=f"{what}: complaints", value=len(walk.complaints), unit="", bar="<= 0")


def walked(kind: type[Hand], pictures: Path | None = None) -> Walk:
    """The whole way, in an empty door of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="exvivo-hand-") as room,
        sync_playwright() as playwright,
    ):
        (root := Path(room) / "studies").mkdir()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        with serving(root) as served:
            walk = walk_of(kind, window_of(browser, served), pictures)
        browser.close()
    return walk


def window_of(browser: Browser, served: Served) -> tuple[BrowserContext, Watch]:
    """A watched window in a door."""
    watch = Watch(served.address)
    return window(browser, served, watch), watch


def walk_of(
    kind: type[Hand], watched: tuple[BrowserContext, Watch], pictures: Path | None = None
) -> Walk:
    """The whole way, in a window of a door."""
    context, watch = watched
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    hand = kind(page, pictures=pictures)
    page.goto("/")
    hand.stop("studies-empty")
    begin(hand)
    answer(hand)
    arrived = run(hand)
    context.close()
    return Walk(hand, watch.standing(), arrived)


def begin(hand: Hand) -> None:
    """Drop the files, paste the people, name the study, have it drafted."""
    page = hand.page
    hand.click(page.get_by_role("link", name="New study"))
    hand.drop(page.locator("#files-input"), sorted((INTAKE / "raw").iterdir()))
    hand.see(page.locator("#kinds").get_by_text("ELISA_TNF_Platte2.xlsx"))
    for kind in ("donors", "clinic"):
        text = (INTAKE / f"{kind}.csv").read_text("utf-8").replace(",", "\t")
        hand.fill(page.locator(f"#paste-{kind}"), text)
        hand.see(page.locator(f"#table-{kind}").get_by_text("people in"))
    hand.stop("new")
    if hand.before_draft is not None:
        hand.before_draft()
    hand.fill(page.get_by_label("Name of the study"), "RA and LPS")
    hand.click(page.get_by_role("button", name="Draft the study"))
    hand.see(page.get_by_role("heading", name="Open questions"))


Answer = Callable[["Hand", Locator], None]


def _title(hand: Hand, card: Locator) -> None:
    hand.fill(
        card.get_by_label("Title"), "Do macrophages of people with RA answer LPS with more TNF?"
    )


def _cells(hand: Hand, card: Locator) -> None:
    hand.fill(card.get_by_label("Cells"), "monocyte-derived macrophages")


def _standards(hand: Hand, card: Locator) -> None:
    hand.fill(card.locator("input[name^='top:']").first, "1000")
    hand.fill(card.locator("input[name^='step:']").first, "2")
    hand.click(card.locator("input[name^='blank:']").first)


def _dilutions(hand: Hand, card: Locator) -> None:
    for box in card.locator("input[name^='times:']").all():
        is_stimulated = ":LPS" in (box.get_attribute("name") or "")
        hand.fill(box, "2" if is_stimulated else "1")


def _scales(hand: Hand, card: Locator) -> None:
    for name, highest in (("DAS28", "10"), ("VAS", "100")):
        hand.fill(card.get_by_label(f"Lowest {name}"), "0")
        hand.fill(card.get_by_label(f"Highest {name}"), highest)
        hand.choose(card.get_by_label(f"A high {name} is"), "worse")


ANSWERS: tuple[tuple[str, Answer], ...] = (
    ("does the study ask\\?", _title),
    ("were the cells", _cells),
    ("amounts have the standards", _standards),
    ("diluted", _dilutions),
    ("do the scores go", _scales),
)
"""What is typed in answer to a question that nothing can be proposed for; all others are confirmed
as they are proposed.
"""


def answer(hand: Hand) -> None:
    """Answer what the files do not tell, and choose the questions of the study."""
    page = hand.page
    hand.stop("open")
    for _ in range(20):
        cards = page.locator("section.asked:not(.done):not(#card-0)")
        if not cards.count():
            break
        left, card = cards.count(), cards.first
        asked = card.get_by_role("heading").inner_text()
        for pattern, typed in ANSWERS:
            if re.search(pattern, asked):
                typed(hand, card)
        hand.click(card.locator("p.actions button").first)
        with hand.waiting():
            expect(cards).to_have_count(left - 1, timeout=_LONG)
    for sentence in page.locator("#card-0 input[type=checkbox]").all()[:2]:
        hand.click(sentence)
    hand.click(page.get_by_role("button", name="Declare these questions"))
    hand.see(page.locator("#left").get_by_role("button", name="Run"))
    hand.stop("answered")


def run(hand: Hand) -> bool:
    """Check, run, open the report."""
    page = hand.page
    hand.click(page.locator("#left").get_by_role("link", name="Check"))
    hand.see(page.get_by_role("heading", level=1))
    hand.stop("check")
    hand.click(page.get_by_role("link", name="Runs and report"))
    hand.click(page.get_by_role("button", name="Run", exact=True))
    report = page.get_by_role("link", name=re.compile("report", re.I)).and_(
        page.locator("a[href$='/report/']")
    )
    hand.see(report.first)
    hand.stop("runs")
    hand.click(report.first)
    hand.see(page.get_by_role("heading", level=1).first)
    hand.stop("report")
    return "macrophages" in page.content()
