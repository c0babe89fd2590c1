"""Letters that this machine has no font for: found, refused, and never drawn as boxes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from exvivo.errors import StoreError
from exvivo.tell.drawing import letters
from exvivo.tell.drawing.letters import check_letters, has_font
from exvivo.tell.drawing.text import FONT, width_of
from exvivo.tell.drawn import DATA
from exvivo.tell.figure_files import write_figures
from exvivo.tell.planned.pdf import pages_pdf

JAPANESE = "痛みの強さ、気分"


def drawing(text: str) -> str:
    box = f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40" font-family="{FONT}">'
    return f'{box}<text x="2" y="18" font-size="16">{text}</text></svg>'


@pytest.fixture
def without_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose fonts end before the signs of Japanese."""
    monkeypatch.setattr(letters, "has_font", lambda letter: letter < "\u3000")


@pytest.fixture
def japanese_font() -> None:
    """A font for Japanese, which a machine that runs every test must have."""
    if not all(map(has_font, JAPANESE)):
        missing = "no font for Japanese is here (apt install fonts-ipafont-gothic)"
        if os.environ.get("EXVIVO_ALL_SERVICES") == "1":
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.mark.parametrize("letter", "aZ0é≤×−µΔχβ…“”–")
def test_the_letters_of_a_report_are_in_every_machine_s_fonts(letter: str) -> None:
    assert has_font(letter)


def test_a_letter_that_no_font_has_is_drawn_as_the_box_of_a_missing_one() -> None:
    """The comparison that `has_font` rests on: two letters of no font look the same, two of one
    font do not.
    """
    assert letters._picture("\U0010fffe") == letters._picture("\U0010ffff")
    assert letters._picture("\U000e1000") == letters._picture("\U0010ffff")
    assert letters._picture("≤") != letters._picture("≥") != letters._picture("\U0010ffff")


def test_a_letter_drawn_as_that_box_has_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "_picture", lambda letter: b"box" if letter > "の" else b"drawn")
    has_font.cache_clear()
    try:
        assert has_font("の") and not has_font("痛")
    finally:
        has_font.cache_clear()


@pytest.mark.parametrize("quiet", ["\u202f", "\u200d", "\ufe0f", "\u0301", "\n"])
def test_what_leaves_no_mark_needs_no_font(quiet: str) -> None:
    assert has_font(quiet)


@pytest.mark.usefixtures("without_japanese")
def test_a_missing_font_is_named_with_its_letters_and_its_package() -> None:
    with pytest.raises(StoreError) as raised:
        check_letters([drawing("pain"), drawing(JAPANESE)], "figures")
    text = str(raised.value)
    assert re.search("letters for which this machine has no font: 、, さ, の, み", text)
    assert "apt install fonts-ipafont-gothic" in text


@pytest.mark.parametrize(
    ("text", "package"),
    [("の痛", "ipafont"), ("病", "noto-cjk"), ("한", "noto-cjk"), ("ཀ", "core")],
)
def test_the_package_fits_the_letters(
    text: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "has_font", lambda letter: letter.isascii())
    with pytest.raises(StoreError, match=f"fonts-{package}|fonts-noto-{package}"):
        check_letters([drawing(text)], "figures")


@pytest.mark.usefixtures("without_japanese")
def test_only_what_is_drawn_counts() -> None:
    check_letters([f'<svg aria-label="{JAPANESE}"><text>pain &amp; mood</text></svg>'], "figures")
    with pytest.raises(StoreError):
        check_letters(["<svg><text>&#12398;</text></svg>"], "figures")


@pytest.mark.usefixtures("without_japanese")
def test_no_file_is_written_with_boxes(tmp_path: Path) -> None:
    data = tmp_path / "results" / DATA
    data.mkdir(parents=True)
    (data / "pain.vl.json").write_text("{}", "utf-8")
    (data / "pain.svg").write_text(drawing(JAPANESE), "utf-8")
    for formats in (["png"], ["svg", "pdf"]):
        with pytest.raises(StoreError, match="no font"):
            write_figures(data.parent, formats, tmp_path / "out", progress=print)  # type: ignore[arg-type]
        assert not (tmp_path / "out").exists()
    assert write_figures(data.parent, ["svg"], tmp_path / "out", progress=print)
    with pytest.raises(StoreError, match=r"layout\.pdf"):
        pages_pdf([drawing(JAPANESE)])


@pytest.mark.usefixtures("japanese_font")
def test_japanese_stands_in_a_pdf_in_a_font_that_has_it() -> None:
    made = pages_pdf([drawing(JAPANESE)])
    assert re.search(rb"/FontName /\w+\+(IPA|Noto|Takao|VL)", made)
    assert letters._picture("痛") != letters._picture("病")


def test_wide_letters_are_measured_as_wide() -> None:
    assert width_of("気分", 10) == 20
    assert width_of("ﾃｽﾄ", 10) < 20
    assert width_of("µ≤", 10) == pytest.approx(width_of("nn", 10), abs=1)


def test_the_fonts_of_drawings_end_with_those_for_japanese() -> None:
    named = [name.strip(" '") for name in FONT.split(",")]
    assert named[0] == "Arial" and named[-1] == "sans-serif"
    assert named.index("Liberation Sans") < named.index("Noto Sans CJK JP")
