"""A small REDCap project of invented people: dictionary, events, and its export raw or with labels.

Two events, a diary that repeats, a form that was never opened, a missing-data code in a field and
one beside the boxes of a checkbox.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

HEADER = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note"),
    *("Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max"),
    *("Identifier?", "Branching Logic (Show field only if...)", "Required Field?"),
    *("Custom Alignment", "Question Number (surveys only)", "Matrix Group Name"),
    *("Matrix Ranking?", "Field Annotation"),
)
MISSING = {"-99": "Refused", "UNK": "Unknown"}
AREAS = (
    *("jaw left", "shoulder left", "upper arm left", "lower arm left"),
    *("jaw right", "shoulder right", "upper arm right", "lower arm right"),
    *("hip left", "upper leg left", "lower leg left"),
    *("hip right", "upper leg right", "lower leg right"),
    *("neck", "upper back", "lower back", "chest", "abdomen"),
)
Line = tuple[str, ...]


def line(
    name: str,
    form: str,
    kind: str,
    label: str,
    choices: str = "",
    *,
    validation: str = "",
    limits: tuple[str, str] = ("", ""),
    identifier: bool = False,
    branching: str = "",
) -> Line:
    """A line of a data dictionary."""
    first = (name, form, "", kind, label, choices, "", validation, *limits)
    return (*first, "y" if identifier else "", branching, *[""] * 6)


def codes(highest: int, lowest: int = 0) -> str:
    """The choices of an item, each labelled with its number."""
    return " | ".join(f"{code}, {code}" for code in range(lowest, highest + 1))


FIELDS: tuple[Line, ...] = (
    line("record_id", "enrolment", "text", "Study ID"),
    line("first_name", "enrolment", "text", "First name", identifier=True),
    line("dob", "enrolment", "text", "Day of birth", validation="date_dmy", identifier=True),
    line("study_group", "enrolment", "radio", "Group", "1, Patients with pain | 2, Healthy people"),
    line("sex", "enrolment", "radio", "Sex", "0, Female | 1, Male"),
    line("menopause", "enrolment", "yesno", "After menopause", branching="[sex] = '0'"),
    line("meds", "enrolment", "checkbox", "Medication now", "1, opioid | 2, SNRI"),
    line("visit_date", "visit", "text", "Date of visit", validation="date_dmy"),
    line("pain_vas", "visit", "slider", "Pain now", "none | | worst"),
    *(line(f"gad7_{n}", "gad", "radio", f"item {n}", codes(3)) for n in range(1, 8)),
    line("gad_calc", "gad", "calc", "sum", f"sum({','.join(f'[gad7_{n}]' for n in range(1, 8))})"),
    line(
        *("wpi", "acr", "checkbox", "Painful areas"),
        " | ".join(f"{n}, {area}" for n, area in enumerate(AREAS, start=1)),
    ),
    line("sss_1", "acr", "radio", "Fatigue", codes(3)),
    line("sss_2", "acr", "radio", "Waking unrefreshed", codes(3)),
    line("sss_3", "acr", "radio", "Cognitive symptoms", codes(3)),
    line(
        "sss_4", "acr", "checkbox", "Also", "1, headache | 2, pain of the abdomen | 3, depression"
    ),
    line("months", "acr", "text", "Months", validation="integer", limits=("0", "900")),
    line("day", "diary", "text", "Day", validation="date_ymd"),
    line("day_pain", "diary", "text", "Pain 0-10", validation="integer", limits=("0", "10")),
    line("remarks", "visit", "notes", "Remarks"),
)
RECORDS = ("0071", "0072", "0073", "0074")
NAMES = {record: f"Name{record[-1]}x" for record in RECORDS}
EVENTS = (
    ("event_name", "arm_num", "unique_event_name", "custom_event_label", "event_id"),
    ("Intake", "1", "intake_arm_1", "", "1"),
    ("Later", "1", "later_arm_1", "", "2"),
)
_SYSTEM = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
}
Row = dict[str, str]


def fields_of(name: str, fields: Sequence[Line] = FIELDS) -> Line:
    """The line of a field."""
    return next(each for each in fields if each[0] == name)


def choices_of(field: Line) -> dict[str, str]:
    """Its choices by code."""
    if field[3] == "yesno":
        return {"1": "Yes", "0": "No"}
    if field[3] not in ("radio", "checkbox"):
        return {}
    return dict(part.strip().split(", ", 1) for part in field[5].split("|"))


def columns(fields: Sequence[Line] = FIELDS) -> dict[str, str]:
    """The columns of an export with their labels, form after form."""
    made = {fields[0][0]: fields[0][4], **_SYSTEM}
    for form in dict.fromkeys(field[1] for field in fields):
        for field in fields[1:]:
            if field[1] == form:
                made |= _columns_of(field)
        made[f"{form}_complete"] = "Complete?"
    return made


def _columns_of(field: Line) -> dict[str, str]:
    if field[3] != "checkbox":
        return {field[0]: field[4]}
    boxes = {f"{field[0]}___{c}": f"{field[4]} (choice={w})" for c, w in choices_of(field).items()}
    if field[0] == "wpi":
        boxes |= {"wpi____99": "Painful areas (choice=Refused)"}
        boxes |= {"wpi___unk": "Painful areas (choice=Unknown)"}
    return boxes


def rows() -> list[Row]:
    """The rows of the raw export."""
    made: list[Row] = []
    for at, record in enumerate(RECORDS):
        for visit, event in enumerate(("intake_arm_1", "later_arm_1")):
            made.append(_row(at, record, visit, event))
        for instance, pain in enumerate((at, at + 4), start=1):
            made.append(_diary(record, instance, pain))
    made[0]["pain_vas"] = "-99"
    made[1]["gad7_3"], made[1]["gad_calc"] = "UNK", str(int(made[1]["gad_calc"]) - 1)
    _never_opened(made[4])
    for area in range(1, 20):
        made[8][f"wpi___{area}"] = ""
    made[8]["wpi___unk"] = "1"
    return made


def _empty(record: str, event: str) -> Row:
    row = dict.fromkeys(columns(), "")
    row |= {name: "0" for name in row if "___" in name or name.endswith("_complete")}
    return row | {"record_id": record, "redcap_event_name": event}


def _row(at: int, record: str, visit: int, event: str) -> Row:
    """The row of a record at an event; the enrolment is asked at the first."""
    row = _empty(record, event)
    row |= {f"{form}_complete": "2" for form in ("visit", "gad", "acr")}
    if visit == 0:
        sex = at % 2
        row |= {
            "first_name": NAMES[record],
            "dob": f"198{at}-05-17",
            "study_group": str(1 + at // 2),
        }
        row |= {"sex": str(sex), "menopause": "" if sex else "1", "enrolment_complete": "2"}
        row |= {"meds___2": str(at // 2)}
    row |= {"visit_date": f"2026-0{3 + 3 * visit}-1{at}", "pain_vas": str(10 * at + visit)}
    row |= {f"gad7_{n}": str((at + n) % 3 if n != 3 else 1) for n in range(1, 8)}
    row["gad_calc"] = str(sum(int(row[f"gad7_{n}"]) for n in range(1, 8)))
    row |= {f"wpi___{n}": "1" for n in range(1, 4 + at)}
    row |= {f"sss_{n}": str((at + n) % 4) for n in (1, 2, 3)}
    return row | {"sss_4___1": "1", "months": "12"}


def _diary(record: str, instance: int, pain: int) -> Row:
    row = _empty(record, "intake_arm_1")
    row |= {name: "" for name in row if "___" in name or name.endswith("_complete")}
    row |= {"redcap_repeat_instrument": "diary", "redcap_repeat_instance": str(instance)}
    return row | {"day": f"2026-03-2{instance}", "day_pain": str(pain), "diary_complete": "2"}


def _never_opened(row: Row) -> None:
    """A form that nobody saved: REDCap exports its boxes as 0."""
    for field in FIELDS:
        if field[1] == "acr":
            row |= {name: "0" if "___" in name else "" for name in _columns_of(field)}
    row["acr_complete"] = "0"


def with_labels(raw: Sequence[Row]) -> list[Row]:
    """The rows as a label export has them."""
    return [{name: _label(name, value) for name, value in row.items()} for row in raw]


def _label(name: str, value: str) -> str:
    field = next((each for each in FIELDS if each[0] == name.partition("___")[0]), None)
    if name.endswith("_complete"):
        return {"0": "Incomplete", "2": "Complete"}.get(value, value)
    if "___" in name:
        return {"0": "Unchecked", "1": "Checked"}.get(value, value)
    if name == "redcap_event_name":
        return {"intake_arm_1": "Intake", "later_arm_1": "Later"}[value]
    if name == "redcap_repeat_instrument":
        return value.capitalize()
    known = choices_of(field) if field else {}
    return known.get(value, MISSING.get(value, value))


def csv_text(lines: Iterable[Iterable[str]], separator: str = ",") -> str:
    """Lines as csv."""
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=separator).writerows(lines)
    return made.getvalue()


def export_text(made: Sequence[Row], *, labels: bool = False, separator: str = ",") -> str:
    """An export of some rows."""
    header = list(columns().values()) if labels else list(columns())
    body = with_labels(made) if labels else made
    return csv_text([header, *(row.values() for row in body)], separator)


def write_project(
    folder: Path,
    *,
    fields: Sequence[Line] = FIELDS,
    made: Sequence[Mapping[str, str]] | None = None,
) -> tuple[Path, Path, Path]:
    """Dictionary, raw export and events of the project as files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "dictionary.csv": csv_text([HEADER, *fields]),
        "export.csv": export_text([dict(row) for row in (made or rows())]),
        "events.csv": csv_text(EVENTS),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    dictionary, export, events = (folder / name for name in texts)
    return dictionary, export, events
