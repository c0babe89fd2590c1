"""What is said of the day of declaration: what the study states, and what the files bear out."""

from __future__ import annotations

from datetime import date

import pytest

from exvivo.tell.declared import declared_words

RUNS = (date(2026, 3, 1), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("declared", "runs", "words"),
    [
        ("", RUNS, ""),
        ("2026-02-01", RUNS, "before the first run that an instrument file dates (2026-03-01)"),
        ("2026-03-01", RUNS, "some results could be known by then"),
        ("2031-03-01", RUNS, "after the last run that an instrument file dates (2026-03-02)"),
        ("2026-02-01", (), "no instrument file states a date"),
    ],
)
def test_a_declaration_is_told_as_stated(declared: str, runs: tuple[date, ...], words: str) -> None:
    told = declared_words(declared, runs)
    assert words in told
    assert "looked at" not in told
    assert told.startswith("The study states that") or not declared
