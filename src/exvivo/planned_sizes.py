"""The largest sizes that a study is planned with. What is typed above them is taken for a slip, and
refused before anything is computed of it.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_DONORS = 5_000
"""Donors of a group."""
SIZES: Mapping[str, int] = {"wells": 96, "cultures": 24, "plates": 200}
"""Wells of a culture and condition, cultures of a donor and condition, plates of an assay."""


def whole_number(text: str, most: int, *, least: int = 1) -> int | None:
    """A whole number as a person types it; None for any other text, and beyond the limits.

    >>> [whole_number(text, 96) for text in (" 12 ", "0", "97", "1.5", "9" * 5000)]
    [12, None, None, None, None]
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(most)):
        return None
    return int(digits) if least <= int(digits) <= most else None
