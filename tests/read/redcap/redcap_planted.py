"""The model study as a REDCap export (`exvivo_synthetic` of the shared data), and the kinds of
mistakes that are planted in it: each elsewhere, and with other values, for every seed.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exvivo.read.redcap import Project, read_project
from exvivo.sources import Content
from exvivo.study.clinic_records import Instance, Redcap

ENROL, FOLLOW = "enrolment_arm_1", "follow_up_arm_1"
REDCAP = Redcap(
    dictionary="dictionary.csv",
    data="data.csv",
    group="study_group",
    groups={"1": "FM", "2": "HC"},
    visits={ENROL: "1", FOLLOW: "2"},
    missing={"-99": "Refused", "NASK": "Not asked", "UNK": "Unknown"},
    born="dob",
    seen="visit_date",
)
DIARY = Instance(form="pain_diary", use="first")


@dataclass
class Table:
    """An export as a table that can be changed."""

    header: list[str]
    rows: list[dict[str, str]]

    def raw(self, delimiter: str = ",") -> bytes:
        """The table as a file."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.header, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue().encode()


def table_of(folder: Path, name: str = "data_raw.csv") -> Table:
    """The clean export, or another file of the folder."""
    reader = csv.DictReader(io.StringIO((folder / name).read_text("utf-8-sig")))
    return Table(list(reader.fieldnames or ()), list(reader))


def content(folder: Path, name: str) -> Content:
    """A file of the folder."""
    return Content.of((folder / name).read_bytes(), name)


def read(folder: Path, raw: bytes, redcap: Redcap = REDCAP, **more: object) -> Project:
    """A project with the dictionary and events of the folder."""
    return read_project(
        content(folder, "dictionary.csv"),
        Content.of(raw, "data.csv"),
        redcap,
        events=content(folder, "events.csv"),
        **more,  # type: ignore[arg-type]
    )


Planted = tuple[int, str]
"""The row (from 0) and the column that a planted mistake has to name."""
Plant = Callable[[Table, random.Random], Planted]


def _of(table: Table, rng: random.Random, form: str = "", event: str = "", where: str = "") -> int:
    """One of the rows of a repeating form (or of none), of an event, in which a column is filled."""
    fit = [
        at
        for at, row in enumerate(table.rows)
        if row["redcap_repeat_instrument"] == form
        and event in ("", row["redcap_event_name"])
        and (not where or row[where] not in ("", *REDCAP.missing))
    ]
    return rng.choice(fit)


def _set(table: Table, at: int, column: str, value: str) -> Planted:
    assert table.rows[at][column] != value
    table.rows[at][column] = value
    return at, column


_ITEMS = (
    *[f"hads{n}" for n in range(1, 15)],
    *[f"fiqr{n}" for n in range(1, 22)],
    *[f"rand{n}" for n in range(1, 37)],
    *("sss_a", "sss_b", "sss_c", "sex", "menopause", "consent_withdrawn"),
)


def _choice(values: Sequence[str]) -> Plant:
    def plant(table: Table, rng: random.Random) -> Planted:
        column = rng.choice(_ITEMS)
        return _set(table, _of(table, rng, where=column), column, rng.choice(values))

    return plant


def _number(values: dict[str, Sequence[str]]) -> Plant:
    def plant(table: Table, rng: random.Random) -> Planted:
        column = rng.choice(sorted(values))
        form = "pain_diary" if column.startswith("diary") else ""
        return _set(table, _of(table, rng, form, where=column), column, rng.choice(values[column]))

    return plant


def _before_birth(table: Table, rng: random.Random) -> Planted:
    at = _of(table, rng, where="visit_date")
    return _set(table, at, "visit_date", f"19{rng.randint(10, 49)}-0{rng.randint(1, 9)}-11")


def _born_late(table: Table, rng: random.Random) -> Planted:
    return _set(table, _of(table, rng, where="dob"), "dob", f"203{rng.randint(0, 9)}-01-01")


def _hidden_menopause(table: Table, rng: random.Random) -> Planted:
    if rng.random() < 0.5:
        at = _of(table, rng, where="menopause")
        table.rows[at]["sex"] = "1"
        return at, "menopause"
    men = [at for at, row in enumerate(table.rows) if row["sex"] == "1"]
    return _set(table, rng.choice(men), "menopause", rng.choice("01"))


def _hidden_item(table: Table, rng: random.Random) -> Planted:
    controls = {row["record_id"] for row in table.rows if row["study_group"] == "2"}
    rows = [
        at
        for at, row in enumerate(table.rows)
        if row["record_id"] in controls and not row["redcap_repeat_instrument"]
    ]
    return _set(table, rng.choice(rows), f"fiqr{rng.randint(1, 21)}", str(rng.randint(0, 10)))


def _calculated(table: Table, rng: random.Random) -> Planted:
    column = rng.choice(("hads_a_calc", "bmi"))
    at = _of(table, rng, where=column)
    stored = float(table.rows[at][column])
    value = rng.choice([stored + 1, stored + 10, max(0, stored - 3)])
    return _set(table, at, column, f"{value:.1f}" if column == "bmi" else f"{value:.0f}")


def _box(table: Table, rng: random.Random) -> Planted:
    boxes = [name for name in table.header if "___" in name]
    column = rng.choice(boxes)
    at = _of(table, rng, where=column)
    return _set(table, at, column, rng.choice(("2", "x", "-1", "TRUE", "Checked", "01")))


def _both(table: Table, rng: random.Random) -> Planted:
    at = _of(table, rng, where="sss_a")
    ticked = f"wpi___{rng.randint(1, 19)}"
    table.rows[at][ticked] = "1"
    code = rng.choice(("wpi____99", "wpi___nask", "wpi___unk"))
    return _set(table, at, code, "1") if table.rows[at][code] != "1" else (at, code)


def _event(table: Table, rng: random.Random) -> Planted:
    form = rng.choice(("", "pain_diary"))
    wrong = rng.choice(("followup_arm_1", "enrolment_arm_2", "Enrolment", "baseline"))
    return _set(table, _of(table, rng, form), "redcap_event_name", wrong)


def _form(table: Table, rng: random.Random) -> Planted:
    wrong = rng.choice(("pain_dairy", "Pain Diary", "diary", "hads36"))
    return _set(table, _of(table, rng, "pain_diary"), "redcap_repeat_instrument", wrong)


def _instance(table: Table, rng: random.Random) -> Planted:
    at = _of(table, rng, "pain_diary")
    other = rng.choice([n for n in "123" if n != table.rows[at]["redcap_repeat_instance"]])
    return _set(table, at, "redcap_repeat_instance", other)


def _twice(table: Table, rng: random.Random) -> Planted:
    at = _of(table, rng)
    other = {ENROL: FOLLOW, FOLLOW: ENROL}[table.rows[at]["redcap_event_name"]]
    return _set(table, at, "redcap_event_name", other)


def _cut_id(table: Table, rng: random.Random) -> Planted:
    record = rng.choice([row["record_id"] for row in table.rows])
    rows = [at for at, row in enumerate(table.rows) if row["record_id"] == record]
    for at in rows if rng.random() < 0.5 else (rows := [rng.choice(rows)]):
        table.rows[at]["record_id"] = record.lstrip("0")
    return rows[0], "record_id"


def _blank_box(table: Table, rng: random.Random) -> Planted:
    column = rng.choice([f"wpi___{n}" for n in range(1, 20)])
    return _set(table, _of(table, rng, where=column), column, "")


_DATES = ("03/04/2026", "3.4.2026", "46085", "04-03-2026", "2026/03/04", "20260304")

KINDS: dict[str, Plant] = {
    "a choice outside": _choice(("11", "-1", "99", "4.5", "12")),
    "a choice as text": _choice(("seven", "yes", "often", "n/a")),
    "a code not declared": _choice(("-88", "-77", "UNK2", "999", "NA")),
    "a number outside": _number(
        {
            "pain_vas": ("140", "101", "-5"),
            "weight": ("25", "700", "251"),
            "acr_months": ("901", "-1"),
            "diary_nrs": ("11", "-2", "100"),
        }
    ),
    "text in a number": _number(
        {
            "pain_vas": ("high", "5O"),
            "weight": ("heavy", "70 kg", "70.5.1"),
            "acr_months": ("two years", "7.5", "~12"),
            "diary_nrs": ("seven", "4-5"),
        }
    ),
    "the other decimal mark": _number(
        {"height": ("1.62", "1.7"), "weight": ("70,3", "61,0"), "bmi": ("25,1", "22,4")}
    ),
    "another unit": _number({"height": ("162", "178", "1700", "0,5"), "weight": ("70000", "7")}),
    "a date of a spreadsheet": _number(
        {
            "visit_date": _DATES,
            "dob": _DATES,
            "diary_date": ("01/03/2026 08:00", "46085.33", "1.3.2026 8:00"),
            "hads_timestamp": ("01/03/2026 10:00", "46085.4"),
        }
    ),
    "a visit before birth": _before_birth,
    "a birth after the visits": _born_late,
    "a group unknown": _number({"study_group": ("3", "0", "FM", "patient")}),
    "a group missing": _number({"study_group": ("", "UNK")}),
    "an answer of a man": _hidden_menopause,
    "an answer of a control": _hidden_item,
    "another calculation": _calculated,
    "a box neither 0 nor 1": _box,
    "a blank box": _blank_box,
    "a box and a code": _both,
    "an event unknown": _event,
    "a form unknown": _form,
    "an instance twice": _instance,
    "an event twice": _twice,
    "an id that lost zeros": _cut_id,
}
