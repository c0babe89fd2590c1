"""Values of fields as a raw export writes them: what each kind of field may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from exvivo.read.redcap.dictionary import CHOSEN, Field
from exvivo.words import shortened

_CORRECT = "correct it in REDCap"
_DECLARE = (
    "correct it in REDCap; a missing-data code of the project is declared under `missing` of "
    "`redcap` in study.yaml"
)
_RAW = "export the records again (csv, raw data), and save them in no spreadsheet"
_DAY_FIRST = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")
_SERIAL = re.compile(r"\d{5}([.,]\d+)?")
"""A day as a spreadsheet numbers it."""
_POINT = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_COMMA = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)")
_DATES = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M", "datetime_seconds": "%Y-%m-%d %H:%M:%S"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMES = {
    "time": re.compile(r"\d{1,2}:\d{2}(:\d{2})?"),
    "time_hh_mm_ss": re.compile(r"\d{1,2}:\d{2}:\d{2}"),
    "time_mm_ss": re.compile(r"\d{1,3}:\d{2}"),
}
_ERRORS = frozenset({"#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!"})
"""What a spreadsheet writes where it cannot calculate."""
_CODE = re.compile(r"-\d+|9{1,4}|8{2,4}|7{2,4}|6{2,4}")
"""Numbers that often stand for an answer that is missing."""
_SLIDER = ("0", "100")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, what was expected, and the cure."""

    found: str
    expected: str
    cure: str


Check = Callable[[str], str | Fault]
"""A value as it is kept (numbers with a decimal point), or what is wrong with it."""


def check_of(field: Field) -> Check:
    """The check of the values of a field. What is wrong names no value of an Identifier, nor one of
    a free text.
    """
    check = _plain_check(field)

    def checked(text: str) -> str | Fault:
        if text in _ERRORS:
            return Fault(f"{text}, an error of a spreadsheet", "the value", _RAW)
        return check(text)

    return checked


def _plain_check(field: Field) -> Check:
    validation = field.validation
    if field.kind in CHOSEN:
        return _choice_check(field) if field.choices else _any
    if field.kind == "slider":
        return _number_check(field, is_whole=False, comma=False)
    if field.kind == "calc":
        return _number_check(field, is_whole=False, comma=False)
    if field.kind != "text":
        return _any
    if validation == "integer" or validation.startswith("number"):
        comma = validation.endswith("comma_decimal")
        return _number_check(field, is_whole=validation == "integer", comma=comma)
    if date_kind(field):
        return _date_check(field)
    return _time_check(field) if validation in _TIMES else _any


def _any(text: str) -> str:
    return text


def _shown(field: Field, text: str) -> str:
    """A value in a message; that of an Identifier is not shown."""
    return "a value" if field.is_identifier else f"'{text}'"


def _choice_check(field: Field) -> Check:
    codes = shortened([f"{code} ({label})" for code, label in field.choices.items()])
    expected = f"one of its codes: {codes}; or a declared missing-data code"
    by_label = {label: code for code, label in field.choices.items()}

    def check(text: str) -> str | Fault:
        if text in field.choices:
            return text
        shown = _shown(field, text)
        if text in ("TRUE", "FALSE", "True", "False"):
            return Fault(f"{shown}, as a spreadsheet writes 1 and 0", expected, _RAW)
        if text in by_label and not field.is_identifier:
            found = f"{shown}, the label of the code {by_label[text]}"
            return Fault(found, expected, "export the records again: csv, raw data")
        if text.removesuffix(".0") in field.choices:
            return Fault(f"{shown}, as another program writes a code", expected, _RAW)
        return Fault(f"{shown}, which is none of its codes", expected, _DECLARE)

    return check


@dataclass(frozen=True, slots=True)
class _Limits:
    """The lowest and highest number of a field, and how they are written."""

    lowest: float | None
    highest: float | None
    words: str

    def hold(self, number: float) -> bool:
        low = self.lowest is None or number >= self.lowest
        return low and (self.highest is None or number <= self.highest)


def _limits(field: Field) -> _Limits:
    texts = (field.lowest, field.highest)
    if field.kind == "slider":
        texts = (field.lowest or _SLIDER[0], field.highest or _SLIDER[1])
    lowest, highest = (_limit(text) for text in texts)
    below = f"at most {texts[1]}" if highest is not None else "a number"
    words = f"at least {texts[0]}" if lowest is not None else below
    if lowest is not None and highest is not None:
        words = f"{texts[0]} to {texts[1]}"
    return _Limits(lowest, highest, words)


def _limit(text: str) -> float | None:
    """A limit as a number, whichever its decimal mark; None where it is none."""
    plain = text.replace(",", ".")
    return float(plain) if _POINT.fullmatch(plain) else None


def _number_check(field: Field, *, is_whole: bool, comma: bool) -> Check:
    limits = _limits(field)
    own, other = (_COMMA, _POINT) if comma else (_POINT, _COMMA)
    marks = ("a decimal comma", "a decimal point") if comma else ("a decimal point", "a comma")
    kind = "a whole number" if is_whole else "a number"

    def check(text: str) -> str | Fault:
        if not own.fullmatch(text):
            if other.fullmatch(text):
                found = f"{_shown(field, text)}: {marks[1]} in a field of numbers with {marks[0]}"
                return Fault(found, f"{marks[0]}, {limits.words}", _RAW)
            expected = f"{kind}, or a declared missing-data code"
            return Fault(f"{_shown(field, text)}, which is no number", expected, _DECLARE)
        plain = text.replace(",", ".")
        number = float(plain)
        if is_whole and not number.is_integer():
            return Fault(f"{_shown(field, text)}, which is not whole", kind, _CORRECT)
        if not limits.hold(number):
            found = f"{_shown(field, text)}, outside the limits of the field"
            return Fault(found, limits.words, _cure_of_limit(plain))
        return plain

    return check


def _cure_of_limit(text: str) -> str:
    """What to do about a number outside its limits: it may be a missing-data code."""
    if _CODE.fullmatch(text):
        return _DECLARE
    return f"{_CORRECT}, or the limits of the field if it is right"


def date_kind(field: Field) -> str:
    """`date`, `datetime` or `datetime_seconds` of a field of days; empty of any other."""
    kind, _, order = field.validation.rpartition("_")
    is_date = field.kind == "text" and order in ("dmy", "mdy", "ymd") and kind in _DATES
    return kind if is_date else ""


def _date_check(field: Field) -> Check:
    kind = date_kind(field)
    form = "year-month-day" + (", hour:minute" if kind != "date" else "")
    expected = f"{form}, as REDCap exports every date whatever its validation"
    lowest, highest = (text if _DATE.match(text) else "" for text in (field.lowest, field.highest))

    def check(text: str) -> str | Fault:
        if moment_of(text) is None or (kind == "date" and len(text) > 10):
            return Fault(_why_no_date(_shown(field, text), text), expected, _cure_of_date(text))
        if (lowest and text < lowest) or (highest and text > highest):
            words = shortened([limit for limit in (lowest, highest) if limit], separator=" to ")
            found = f"{_shown(field, text)}, outside the limits of the field"
            return Fault(found, words, _CORRECT)
        return text

    return check


def _why_no_date(shown: str, text: str) -> str:
    if _DAY_FIRST.fullmatch(text) and not _DATE.match(text):
        return (
            f"{shown}, a date that a spreadsheet wrote: whether day or month is first is not known"
        )
    if _SERIAL.fullmatch(text):
        return f"{shown}, a date that a spreadsheet wrote as a number"
    return f"{shown}, which is no date"


def _cure_of_date(text: str) -> str:
    by_spreadsheet = _DAY_FIRST.fullmatch(text) or _SERIAL.fullmatch(text)
    return _RAW if by_spreadsheet else _DECLARE


def moment_of(text: str) -> datetime | None:
    """The day, and the time where one is written; None where the text is neither.

    >>> moment_of("2026-03-01 08:00"), moment_of("01/03/2026")
    (datetime.datetime(2026, 3, 1, 8, 0), None)
    """
    if not _DATE.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """The day of a value; None where it is none."""
    moment = moment_of(text)
    return moment.date() if moment else None


def _time_check(field: Field) -> Check:
    form = _TIMES[field.validation]

    def check(text: str) -> str | Fault:
        if form.fullmatch(text):
            return text
        return Fault(f"{_shown(field, text)}, which is no time", "hour:minute", _DECLARE)

    return check


def is_free_text(field: Field) -> bool:
    """Whether a field holds what a person wrote in words of their own."""
    return field.kind == "notes" or (field.kind == "text" and not field.validation)


def faults_of(check: Check, texts: Iterable[str]) -> dict[str, str | Fault]:
    """Each text of a column, checked once."""
    return {text: check(text) for text in set(texts) if text}
