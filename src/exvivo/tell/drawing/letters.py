"""Whether this machine can draw every letter of a drawing as PNG or PDF.

A browser finds a font for nearly every letter; `vl_convert` has only those of the machine that
makes the file, and draws an empty box where none has a letter. In: drawings as SVG texts. Out:
nothing, or an error that says which package to install.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from exvivo.errors import Mistake, StoreError
from exvivo.words import shortened

_TAG = re.compile("<[^>]*>")
_DRAWN = ("L", "N", "P", "S")
"""The categories of Unicode that leave a mark: letters, numbers, punctuation, symbols."""
_FIRST = 0x0250
"""From here on a letter is asked for; the letters before are in every font of `vl_convert`."""
_NO_LETTER = "\U0010ffff"
"""What Unicode will never name: drawn as the box that stands for a missing letter."""
_KANA, _CHINESE = ("HIRAGANA", "KATAKANA"), ("CJK", "HANGUL")
"""How Unicode names the letters of Japanese, and the signs of Chinese and of Korean."""


def check_letters(drawings: Iterable[str], where: str) -> None:
    """Raise `StoreError` where a drawing has letters for which this machine has no font."""
    letters = set(html.unescape(_TAG.sub(" ", "".join(drawings))))
    if missing := sorted(letter for letter in letters if not has_font(letter)):
        raise StoreError(_mistake(missing, where))


@cache
def has_font(letter: str) -> bool:
    """Whether a letter is drawn as something else than the box of a missing one."""
    if ord(letter) < _FIRST or unicodedata.category(letter)[0] not in _DRAWN:
        return True
    return _picture(letter) != _picture(_NO_LETTER)


def _picture(letter: str) -> bytes:
    """A letter drawn alone."""
    import vl_convert

    text = f'<text x="2" y="18" font-size="16" font-family="Arial, sans-serif">{letter}</text>'
    box = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">'
    return bytes(vl_convert.svg_to_png(f"{box}{text}</svg>", scale=1))


def _mistake(missing: list[str], where: str) -> Mistake:
    """What there is to install for letters without a font."""
    cure = (
        f"install a font that has them (Debian and Ubuntu: apt install {_package_of(missing)}) and "
        "start again; SVG files and pages in a browser need none"
    )
    finding = f"letters for which this machine has no font: {shortened(missing)}"
    return Mistake(where, finding, "a font for each letter; without one a box is drawn", cure)


def _package_of(letters: Iterable[str]) -> str:
    """The package of Debian with a font for these letters: the smallest for Japanese."""
    names = [unicodedata.name(letter, "") for letter in letters]
    if any(name.startswith(_KANA) for name in names):
        return "fonts-ipafont-gothic"
    chinese = any(name.startswith(_CHINESE) for name in names)
    return "fonts-noto-cjk" if chinese else "fonts-noto-core"
