"""Numbers as laboratories write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.cells.text import Unreadable, decimal_mark, decode, is_blank, number


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["3.25"], "."),
        (["3,25"], ","),
        (["0,123"], ","),
        (["1234,567"], ","),
        (["12", "x"], "."),
        ([], "."),
        (["1.234,5", "1,234"], ","),
        (["1,234.5", "1,234"], "."),
        (["1,234,567"], "."),
        (["1.234.567"], ","),
        (["1.234"], "."),
        (["1,5", "1.234"], ","),
        (["1,2e3"], ","),
        ([",5"], ","),
        (["-3,25"], ","),
    ],
)
def test_decimal_mark(cells: list[str], mark: str) -> None:
    assert decimal_mark(cells) == mark


@pytest.mark.parametrize(
    ("cells", "quoted"),
    [
        (["1,234"], "1.234 or 1234"),
        (["3.25", "3,25"], "'3.25' and '3,25'"),
        (["5", "12,345"], "12,345"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_cell(cells: list[str], quoted: str) -> None:
    with pytest.raises(Unreadable, match=quoted):
        decimal_mark(cells)


def test_a_lone_thousand_with_a_point_is_asked_about_where_that_is_said() -> None:
    assert decimal_mark(["1.234", "12"]) == "."
    with pytest.raises(Unreadable, match=r"1\.234 or 1234"):
        decimal_mark(["1.234", "12"], doubtful=".,")
    assert decimal_mark(["1.234", "0.5"], doubtful=".,") == "."


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1.234,5", ",", 1234.5),
        ("1,234.5", ".", 1234.5),
        ("1,234,567", ".", 1234567),
        (" 7 ", ".", 7),
        ("-0,5", ",", -0.5),
        ("1e3", ".", 1000),
        (".5", ".", 0.5),
        ("5.", ".", 5),
    ],
)
def test_number(text: str, mark: str, value: float) -> None:
    assert number(text, mark=mark) == value


@pytest.mark.parametrize(
    "text",
    ["", "1,23,4", "1_000", "0x10", "inf", "nan", "1e999", "١٢", "1.2.3", "12 pg", "--1", "1'000"],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Unreadable):
        number(text, mark=".")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_every_number_written_is_read_back(value: float, mark: str) -> None:
    assert number(repr(value).replace(".", mark), mark=mark) == value


@given(st.floats(0, 1e12), st.integers(0, 8))
def test_thousands_marks_change_nothing(value: float, digits: int) -> None:
    assert number(f"{value:,.{digits}f}", mark=".") == float(f"{value:.{digits}f}")


@given(st.text(max_size=30), st.sampled_from(".,"))
def test_any_text_is_a_number_or_unreadable(text: str, mark: str) -> None:
    with contextlib.suppress(Unreadable):
        assert abs(number(text, mark=mark)) < float("inf")


def test_encodings() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert decode("µg β".replace("β", "ß").encode(encoding)) == "µg ß"
    assert decode(b"\x81\x8d") == "\x81\x8d"


def test_blanks() -> None:
    assert all(is_blank(text) for text in ("", " ", "NA", "n.a.", "N/A", "NaN", "-"))
    assert not any(is_blank(text) for text in ("0", "<3", "nd", "LOD"))
