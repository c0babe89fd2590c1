"""Reasons that people give for a decision: words, never a mark."""

from __future__ import annotations

_LETTERS = 4
"""The fewest letters that may say why."""
_MARKS = ("true", "false", "none", "null", "exclude", "excluded", "omit", "omitted", "accept")
"""What a column of marks holds, and says no reason."""


def is_reason(text: str) -> bool:
    """Whether a text is more than a mark.

    >>> is_reason("bubble in the curve"), is_reason("x"), is_reason("yes")
    (True, False, False)
    """
    letters = sum(letter.isalpha() for letter in text)
    return letters >= _LETTERS and text.lower() not in _MARKS
