"""The branching logic and calculations of every public project: all of them are read, and the
calculated values that the projects hold are those that come out here.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from exvivo.read.redcap.logic import Logic, NotEvaluated, calculated, parse

ROWS = dict[str, str]


def table(path: Path) -> list[ROWS]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def column(row: ROWS, *names: str) -> str:
    texts = [row[name] or "" for name in row if name and name.lower().startswith(names)]
    text = texts[0] if texts else ""
    return "" if text == "NA" else text


def logics(shared: Path) -> list[tuple[str, str, str, str]]:
    """Project, field, "branching" or "calc", and the text, of every dictionary."""
    listed = []
    for path in sorted((shared / "redcap").rglob("*.csv")):
        if not any(word in path.name for word in ("dictiona", "metadata", "dictionay")):
            continue
        for row in table(path):
            name = column(row, "field_name", "variable")
            if branching := column(row, "branching"):
                listed.append((path.parent.name, name, "branching", branching))
            if column(row, "field_type", "field type") == "calc":
                text = column(row, "select_choices", "choices")
                listed.append((path.parent.name, name, "calc", text))
    return listed


def test_all_of_them_are_read(shared_data: Path) -> None:
    """24 branching logics and 17 calculations: all but three ages as of today."""
    every = logics(shared_data)
    kinds = [kind for _, _, kind, _ in every]
    assert (kinds.count("branching"), kinds.count("calc")) == (24, 17)
    parsed = [(name, parse(text)) for _, name, _, text in every]
    refused = [(name, logic.why) for name, logic in parsed if isinstance(logic, NotEvaluated)]
    assert refused == [("age", "today")] * 3


CALCULATED = [
    ("redcapr/dag", "bmi", 0),
    ("redcapr/decimal-comma", "bmi", 4),
    ("redcapr/decimal-comma-and-dot", "bmi", 4),
    ("redcapr/decimal-comma-and-dot", "bmi_comma", 4),
    ("redcapr/longitudinal", "bmi", 3),
    ("redcapr/longitudinal", "bmi2", 3),
    ("redcapr/simple", "bmi", 5),
    ("redcapr/validation-types-1", "f_calculated", 0),
    ("exvivo_synthetic", "bmi", 24),
    ("exvivo_synthetic", "hads_a_calc", 48),
]


@pytest.mark.parametrize(("project", "name", "filled"), CALCULATED)
def test_stored_values_are_those_calculated(
    shared_data: Path, project: str, name: str, filled: int
) -> None:
    folder = shared_data / "redcap" / project
    data = table(folder / ("data_raw.csv" if "exvivo" in project else "data.csv"))
    (text,) = {
        text
        for where, field, kind, text in logics(shared_data)
        if (where, field, kind) == (folder.name, name, "calc")
    }
    logic = parse(text)
    assert isinstance(logic, Logic)
    columns = {field: [row[field.name].replace(",", ".") for row in data] for field in logic.fields}
    rows = ["".join(texts) for texts in zip(*columns.values(), strict=True)] or [""] * len(data)
    with_a_code = sum(bool(set(row) - set("-.0123456789")) for row in rows)
    results = calculated(logic, columns, len(data))
    verdicts = [
        result.agrees(row[name]) for result, row in zip(results, data, strict=True) if row[name]
    ]
    assert verdicts.count(True) == filled - with_a_code
    assert verdicts.count(None) == with_a_code
