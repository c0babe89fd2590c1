"""Texts of people and of instruments, so that printing them does nothing but print them.

A control character in a name can move the cursor, set the title of a terminal or begin a line that
looks like ours; a bidirectional control can show a text in another order than it has. Each becomes
one sign that is seen: a picture of the control (U+2400 and following), or U+FFFD.
"""

from __future__ import annotations

import re

_UNSEEN = "\ufffd"
_C0 = "".join(map(chr, [*range(32), 127]))
_C1 = "".join(map(chr, range(128, 160)))
_LINES = "\u2028\u2029"
_BIDI = "\u061c\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_HALVES = "\ud800-\udfff"
"""Halves of a letter: what the name of a file has for bytes that are no text."""


def _pattern(kept: str) -> re.Pattern[str]:
    controls = "".join(sign for sign in _C0 + _C1 + _LINES + _BIDI if sign not in kept)
    return re.compile(f"[{re.escape(controls)}{_HALVES}]")


_ALL, _BUT_LINES = _pattern(""), _pattern("\n")
IN_CELLS = _pattern("\n\r\t")
"""What `visible_cell` replaces."""


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 127:
        return "\u2421"
    return chr(0x2400 + code) if code < 32 else _UNSEEN


def visible(text: str) -> str:
    r"""A text of several lines whose other control characters are seen.

    >>> visible("TNF\x1b[2J\nIL6")
    'TNF␛[2J\nIL6'
    """
    return _BUT_LINES.sub(_picture, text)


def one_line(text: str) -> str:
    r"""A name, a title or a sentence as one line whose control characters are seen.

    >>> one_line("P01\nNothing to fix")
    'P01␊Nothing to fix'
    """
    return _ALL.sub(_picture, text)


def visible_cell(text: str) -> str:
    """A cell of a csv, where quotes hold line ends and tabs."""
    return IN_CELLS.sub(_picture, text)


def escaped(json_text: str) -> str:
    """The text of a JSON whose control characters are written as JSON writes them: nothing of what
    it says changes.
    """
    return _BUT_LINES.sub(lambda match: f"\\u{ord(match.group()):04x}", json_text)
