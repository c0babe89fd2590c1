"""Numbers as people type them: one reading, or a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.web.numbers import decimal, is_number, pointed


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("62,5", "62.5"),
        ("62.50", "62.50"),
        (" 7 ", "7"),
        ("0,125", "0.125"),
        (",5", "0.5"),
        ("-,5", "-0.5"),
        ("−3,25", "-3.25"),
        ("12,34", "12.34"),
        ("1234,567", "1234.567"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1 234,5", "1234.5"),
        ("12\u202f345", "12345"),
        ("1'234.5", "1234.5"),
        ("1.234", "1.234"),
        ("1e-3", "1e-3"),
        ("2,5e3", "2.5e3"),
    ],
)
def test_a_number_has_one_reading(typed: str, number: str) -> None:
    assert pointed(typed) == number
    assert decimal(typed) == float(number)


@pytest.mark.parametrize("typed", ["1,234", "-12,345", "999,000"])
def test_what_may_be_two_numbers_is_asked(typed: str) -> None:
    with pytest.raises(StudyError) as raised:
        decimal(typed, "the margin")
    (mistake,) = raised.value.mistakes
    assert mistake.where == "the margin"
    assert typed.replace(",", ".") in mistake.cure and typed.replace(",", "") in mistake.cure


@pytest.mark.parametrize(
    "typed",
    ["", " ", "5 mM", "<5", "nan", "inf", "1,2,3", "1.2.3", "1,23,456", "١٢", "1e999", "9" * 50],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert not is_number(typed)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-99, max_value=99))
def test_comma_and_point_are_the_same_number(number: object) -> None:
    text = str(number)
    assert decimal(text) == decimal(text.replace(".", ",")) == float(text)
