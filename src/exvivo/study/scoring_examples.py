"""Worked examples of a scoring key as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from exvivo.study.scoring import Example

_NO_ANSWER = "-"
_TIMES = re.compile(r"(\d{1,4}) x (.+)")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_DAY = 24


def answer_words(words: Iterable[str]) -> list[str]:
    """The answers of an example item by item.

    >>> answer_words(["2 x 3", "-", "23:30"])
    ['3', '3', '-', '23:30']
    """
    spelt: list[str] = []
    for word in words:
        match = _TIMES.fullmatch(word.strip())
        spelt += [match[2].strip()] * int(match[1]) if match else [word.strip()]
    return spelt


def answer_number(word: str) -> float:
    """An answer, or a score, as a number: NaN for none, hours for a time of day. Raises
    `ValueError` for anything else.

    >>> answer_number("3"), answer_number("23:30"), answer_number("-")
    (3.0, 23.5, nan)
    """
    if word == _NO_ANSWER:
        return math.nan
    if clock := _CLOCK.fullmatch(word):
        return _hours(int(clock[1]), int(clock[2]))
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(word)
    return number


def _hours(hour: int, minute: int) -> float:
    if hour * 60 + minute > _DAY * 60:
        raise ValueError(f"{hour}:{minute:02d}")
    return hour + minute / 60


def table_lines(example: Example) -> dict[str, tuple[float, float]]:
    """The lines of a table that an example needs: score and standard error, NaN where there is
    none. Raises `ValueError` for a line that is neither.

    >>> table_lines(Example(answers=(), scores={}, table={"20": "67.6 5.3"}, source=""))
    {'20': (67.6, 5.3)}
    """
    return {raw: _score_and_error(text) for raw, text in example.table.items()}


def _score_and_error(text: str) -> tuple[float, float]:
    score, *error = text.split()
    if len(error) > 1:
        raise ValueError(text)
    return answer_number(score), answer_number(error[0]) if error else math.nan
