"""Wells of a layout that are changed: every other byte stays."""

from __future__ import annotations

import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.study.csv_rows import read_rows
from exvivo.study.edited_layout import edited_layout
from exvivo.study.headings import Columns
from exvivo.study.layout import COLUMNS

_COLUMNS = Columns(("well", "role"), COLUMNS)
_RAW = b'# of May\r\nWell;role;donor;note\r\na01;sample;P1;"a;b"\r\nA2;sample;P2;\r\n'


def _edited(raw: bytes | None, wells: dict[str, dict[str, str]], plate: str = "Q1") -> bytes:
    return edited_layout(raw, file="plates/Q1.csv", columns=_COLUMNS, plate=plate, wells=wells)


def test_one_cell_is_changed_and_nothing_else() -> None:
    assert _edited(_RAW, {"A1": {"donor": "P3"}}) == _RAW.replace(b"P1", b"P3")


def test_a_line_without_a_cell_left_goes() -> None:
    gone = _edited(_RAW, {"A2": {"role": "", "donor": ""}})
    assert gone == _RAW.replace(b"A2;sample;P2;\r\n", b"")


def test_wells_and_columns_that_are_lacking_are_added() -> None:
    more = _edited(_RAW, {"B1": {"role": "ntc"}, "A2": {"dose": "1 mM"}}).decode().splitlines()
    assert more[1:] == [
        "Well;role;donor;note;dose",
        'a01;sample;P1;"a;b";',
        "A2;sample;P2;;1 mM",
        "B1;ntc;;;",
    ]


def test_a_file_of_several_plates_is_changed_in_one() -> None:
    raw = b"plate,well,role\nQ1,A1,ntc\nQ2,A1,ntc\n"
    assert _edited(raw, {"A1": {"role": "blank"}}, "Q2") == raw.replace(
        b"Q2,A1,ntc", b"Q2,A1,blank"
    )
    assert _edited(raw, {"A2": {"role": "ntc"}}, "Q2").endswith(b"Q2,A2,ntc\n")


def test_a_new_layout_has_the_columns_that_are_filled() -> None:
    made = _edited(None, {"A1": {"donor": "P1", "role": "sample"}, "A2": {"role": ""}})
    assert made == b"well,role,donor\nA1,sample,P1\n"


def test_a_workbook_stays() -> None:
    book, held = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["well", "role"])
    book.save(held)
    with pytest.raises(StudyError):
        _edited(held.getvalue(), {"A1": {"role": "ntc"}})


_TEXT = st.text("ab,;\" '\n", max_size=5).map(str.strip)
_CELLS = st.fixed_dictionaries({"role": st.just("sample"), "donor": _TEXT, "dose": _TEXT})
_WELLS = st.dictionaries(st.sampled_from(["A1", "A2", "B1", "H12"]), _CELLS, min_size=1)


@settings(max_examples=25, deadline=None)
@given(before=_WELLS, changes=_WELLS)
def test_what_is_read_again_is_what_was_written(
    before: dict[str, dict[str, str]], changes: dict[str, dict[str, str]]
) -> None:
    raw = _edited(_edited(None, before), changes)
    rows = read_rows(raw, file="plates/Q1.csv", columns=_COLUMNS).rows
    read = {row["well"]: {name: row[name] for name in ("role", "donor", "dose")} for row in rows}
    assert read == {**before, **changes}
