"""The values of an export, field by field: each text checked once, its mistakes at their cells."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.read.redcap.dictionary import Dictionary, Field, box_column
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.table import Export
from exvivo.read.redcap.values import Fault, check_of, faults_of, moment_of
from exvivo.words import shortened

_ANSWERED_BY_NOBODY = ("calc", "descriptive")
_CALCULATED = ("@CALCTEXT", "@CALCDATE")
_AGAIN = "correct it in REDCap, or export the records again: csv, raw data"


@dataclass(frozen=True)
class Checked:
    """The export of a project with each of its values checked.

    `values` are, by field that is no checkbox, what each of its texts is: the value as it is kept
    (a missing-data code as it is), or None where something is wrong with it. `missing` are the
    missing-data codes with their labels.
    """

    export: Export
    dictionary: Dictionary
    missing: Mapping[str, str]
    values: Mapping[str, Mapping[str, str | None]]

    def codes_of(self, field: Field) -> frozenset[str]:
        """The missing-data codes that a field may hold: a choice of its own with another label is
        an answer.
        """
        own = field.choices if field.kind != "checkbox" else {}
        return frozenset(
            code for code, label in self.missing.items() if own.get(code, label) == label
        )

    def missing_boxes(self, field: Field) -> dict[str, str]:
        """The columns of a checkbox field for missing-data codes that the export has, with the
        codes.
        """
        columns = {box_column(field.name, code): code for code in self.missing}
        there = {name: code for name, code in columns.items() if name in self.export.texts}
        return {name: code for name, code in there.items() if name not in field.boxes}

    def boxes(self, field: Field) -> list[str]:
        """The columns of the boxes of a field that the export has."""
        return [name for name in field.boxes if name in self.export.texts]


def is_answered(field: Field) -> bool:
    """Whether people answer a field: it is not calculated, and no text that only shows."""
    by_program = any(tag in field.annotation for tag in _CALCULATED)
    return field.kind not in _ANSWERED_BY_NOBODY and not by_program


def checked(
    export: Export,
    dictionary: Dictionary,
    missing: Mapping[str, str],
    ignored: Sequence[str],
    slips: Slips,
) -> Checked:
    """The export with its values checked; nothing is said of the fields of `ignored`."""
    result = Checked(export, dictionary, missing, {})
    values = dict(_values(result, ignored, slips))
    for field in dictionary.fields:
        if field.kind == "checkbox" and field.name not in ignored:
            _check_boxes(field, result, slips)
    _check_form_columns(result, slips)
    return Checked(export, dictionary, missing, values)


def _values(
    result: Checked, ignored: Sequence[str], slips: Slips
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """What the texts of each field are."""
    for field in result.dictionary.fields:
        texts = result.export.texts.get(field.name)
        if texts is None or field.kind == "checkbox":
            continue
        codes = result.codes_of(field)
        faults = faults_of(check_of(field), set(texts) - codes)
        wrong = {text: fault for text, fault in faults.items() if isinstance(fault, Fault)}
        if wrong and field.name not in ignored:
            _say(field, texts, wrong, slips)
        kept = {text: None if isinstance(value, Fault) else value for text, value in faults.items()}
        yield field.name, {**kept, **{code: code for code in codes}}


def _say(field: Field, texts: Sequence[str], wrong: Mapping[str, Fault], slips: Slips) -> None:
    for row, text in enumerate(texts):
        if fault := wrong.get(text):
            slips.of_cell(row, field.name, fault.found, fault.expected, fault.cure)


def _check_boxes(field: Field, result: Checked, slips: Slips) -> None:
    """Boxes are 0, 1 or blank; none is ticked beside a missing-data code, of which there is one."""
    codes = result.missing_boxes(field)
    boxes = result.boxes(field)
    for name in (*boxes, *codes):
        _check_box(name, result.export.texts[name], slips)
    ticked: dict[int, list[str]] = {}
    for name in codes:
        for row, text in enumerate(result.export.texts[name]):
            if text == "1":
                ticked.setdefault(row, []).append(name)
    for row, own in ticked.items():
        others = [name for name in boxes if result.export.texts[name][row] == "1"]
        if others or len(own) > 1:
            _say_both(row, field, others, own, slips)
    _check_blank_boxes(boxes, ticked, result, slips)


def _check_box(name: str, texts: Sequence[str], slips: Slips) -> None:
    if set(texts) <= {"0", "1", ""}:
        return
    for row, text in enumerate(texts):
        if text not in ("0", "1", ""):
            slips.of_cell(row, name, f"'{text}' in a box", "0 or 1", _AGAIN)


def _check_blank_boxes(
    boxes: Sequence[str], coded: Collection[int], result: Checked, slips: Slips
) -> None:
    """Boxes of a field are blank together, or none is: else cells were emptied."""
    columns = [result.export.texts[name] for name in boxes]
    blank = {at for texts in columns for at, text in enumerate(texts) if text == ""}
    filled = {at for texts in columns for at, text in enumerate(texts) if text != ""}
    for row in sorted((blank & filled) - set(coded)):
        empty = [name for name in boxes if result.export.texts[name][row] == ""]
        slips.of_cell(row, empty, "a blank box beside boxes that are not", "0 or 1", _AGAIN)


def _say_both(
    row: int, field: Field, boxes: Sequence[str], codes: Sequence[str], slips: Slips
) -> None:
    """A box and a missing-data code, or two codes, ticked in one row."""
    shown = shortened([*boxes[:3], *codes])
    what = f"{shown} ticked together" + f" (of {len(boxes)} boxes)" * (len(boxes) > 3)
    found = f"{what}: an answer of {field.name} and a missing-data code"
    if not boxes:
        found = f"{what}: several missing-data codes of {field.name}"
    expected = "boxes, or one missing-data code"
    slips.of_cell(row, [*boxes[:3], *codes], found, expected, "untick one of them in REDCap")


def _check_form_columns(result: Checked, slips: Slips) -> None:
    """The status of a form is 0, 1, 2 or blank; its survey has a time, or was not completed."""
    for column in result.export.columns:
        if rule := _FORM_COLUMNS.get(column.role):
            texts = result.export.texts[column.name]
            wrong = {text for text in set(texts) if text and not rule.holds(text)}
            for row, text in enumerate(texts):
                if text in wrong:
                    slips.of_cell(row, column.name, f"'{text}'", rule.expected, _AGAIN)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a column of a form may hold."""

    holds: Callable[[str], bool]
    expected: str


_FORM_COLUMNS = {
    "status": _Rule(
        frozenset("012").__contains__, "0 (incomplete), 1 (unverified), 2 (complete) or blank"
    ),
    "timestamp": _Rule(
        lambda text: text == "[not completed]" or moment_of(text) is not None,
        "year-month-day hour:minute:second, or [not completed]",
    ),
}
