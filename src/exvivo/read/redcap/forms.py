"""Which forms were opened in which rows: a form that never was exports its boxes as 0, not blank.

A form was opened where a field of it is answered, a box of it is ticked, its status is unverified
or complete, or its survey was completed. Where none of this holds, its boxes are missing, not 0
(github.com/OuhscBbmc/REDCapR/issues/420).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exvivo.read.redcap.checked import Checked, is_answered
from exvivo.read.redcap.dictionary import Field
from exvivo.read.redcap.project import Row
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.values import moment_of

Opened = Mapping[str, Sequence[bool]]
"""Whether each form was opened, row by row."""


def opened_forms(data: Checked, rows: Sequence[Row], slips: Slips) -> Opened:
    """Whether each form was opened, row by row. Answers of a form in the row of a form that repeats
    are a mistake.
    """
    opened: dict[str, Sequence[bool]] = {}
    elsewhere: dict[int, str] = {}
    for form, fields in data.dictionary.forms.items():
        evidence = _evidence(form, fields, data)
        for at, row in enumerate(rows):
            if evidence[at] and row.form and row.form != form:
                evidence[at] = False
                elsewhere.setdefault(at, form)
        opened[form] = evidence
    for at, form in elsewhere.items():
        if at not in slips.unplaced:
            found = f"answers of {form} in a row of the repeating form {rows[at].form}"
            cure = "export the records again: csv, raw data"
            slips.of_row(at, found, f"fields of {rows[at].form} only", cure)
    return opened


def _evidence(form: str, fields: Sequence[Field], data: Checked) -> list[bool]:
    """Whether anything says that a form was opened, row by row."""
    texts = data.export.texts
    signs = [[text in ("1", "2") for text in data.export.of(f"{form}_complete")]]
    if survey := texts.get(f"{form}_timestamp"):
        times = {text: moment_of(text) is not None for text in set(survey)}
        signs.append([times[text] for text in survey])
    for field in fields:
        signs += _answers(field, data)
    return list(map(any, zip(*signs, strict=True)))


def _answers(field: Field, data: Checked) -> Iterator[list[bool]]:
    """Whether a field is answered, row by row, column by column."""
    texts = data.export.texts
    if field.kind == "checkbox":
        for name in (*data.boxes(field), *data.missing_boxes(field)):
            yield [text == "1" for text in texts[name]]
    elif is_answered(field) and field is not data.dictionary.record and field.name in texts:
        yield [text != "" for text in texts[field.name]]


def only_boxes(
    form: str, data: Checked, opened: Opened, shown: Mapping[str, Sequence[bool | None]]
) -> list[int]:
    """The rows in which nothing tells whether a form was opened: its boxes are 0, its status is
    incomplete or not exported, and it has no other field that was shown. `shown` says of the fields
    with branching logic whether they were.
    """
    fields = data.dictionary.forms[form]
    boxes = [name for field in fields for name in data.boxes(field)]
    others = [field for field in fields if _tells(field, data)]
    if not boxes or any(field.name not in shown for field in others):
        return []
    status = data.export.texts.get(f"{form}_complete")
    rows: list[int] = []
    for at, is_open in enumerate(opened[form]):
        is_gray = status is not None and status[at] == ""
        is_zero = data.export.texts[boxes[0]][at] == "0"
        if is_zero and not is_open and not is_gray and not any(shown[f.name][at] for f in others):
            rows.append(at)
    return rows


def _tells(field: Field, data: Checked) -> bool:
    """Whether a field tells, by its blank, that its form was not opened."""
    there = field.name in data.export.texts and field is not data.dictionary.record
    hidden = "@HIDDEN" in field.annotation
    return there and field.kind != "checkbox" and is_answered(field) and not hidden


def ask_about_boxes(form: str, rows: Sequence[int], data: Checked, slips: Slips) -> None:
    """One question about all rows of a form in which nothing tells whether it was opened."""
    boxes = [name for field in data.dictionary.forms[form] for name in data.boxes(field)]
    lines = len(rows)
    others = f" (and {lines - 1} more rows)" if lines > 1 else ""
    slips.of_cell(
        rows[0],
        boxes[0],
        f"all boxes of the form {form} are 0 and its status is not complete{others}: whether it "
        "was ever opened is not known",
        "a status that tells, as the form has no other field",
        f"set the status of {form} to complete where nothing had to be ticked, and export again "
        "with blank status for forms that were never opened; or list its fields under `ignored` of "
        "`redcap` in study.yaml",
    )
