"""Dictionaries and exports in every form that REDCap, its programs and spreadsheets write them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from redcap_planted import Table, read, table_of

from exvivo.errors import ReadError, StudyError
from exvivo.read.redcap import Project, read_dictionary, read_project
from exvivo.sources import Content
from exvivo.study.clinic_records import Redcap

PLAIN = Redcap(dictionary="dictionary.csv", data="data.csv", group="", groups={})
API = "field_name,form_name,field_type,select_choices_or_calculations,branching_logic"


@pytest.fixture(scope="module")
def redcap(shared_data: Path) -> Path:
    return shared_data / "redcap"


@pytest.fixture(scope="module")
def folder(redcap: Path) -> Path:
    return redcap / "exvivo_synthetic"


def content(path: Path) -> Content:
    return Content.of(path.read_bytes(), path.name)


def public(redcap: Path, dictionary: str, data: str) -> Project:
    """A public project, with its events where it has any."""
    events = (redcap / data).parent / "event.csv"
    listed = content(events) if events.exists() else None
    return read_project(content(redcap / dictionary), content(redcap / data), PLAIN, events=listed)


SOUND = (
    *("arm-multiple-delete", "arm-single-longitudinal", "checkboxes-1", "dag", "decimal-comma"),
    *("decimal-comma-and-dot", "longitudinal", "nonnumeric-record-id", "repeating-instruments"),
    *("repeating-instruments-sparse", "survey", "validation-types-1", "vignette-repeating"),
)
REFUSED = {
    "blank-for-gray-status": {"outside the limits of the field": 4},
    "potentially-problematic-values": {"which is no date": 2, "which is no number": 2},
    "simple": {"as a spreadsheet writes 1 and 0": 5, "outside the limits of the field": 4},
}


def dictionary_of(redcap: Path, name: str) -> str:
    (path,) = (redcap / "redcapr" / name).glob("dicti*.csv")
    return str(path.relative_to(redcap))


def accounted(project: Project, data: Path) -> None:
    """Every row counts or has a reason; every column is read or has one."""
    read_rows = {at for rows in project.counted.values() for at in rows}
    assert read_rows | set(project.unread) == set(range(len(project.rows)))
    assert not read_rows & set(project.unread)
    left = {part.what.removeprefix("column ") for part in project.ignored}
    system = {project.dictionary.record.name, "redcap_event_name", "redcap_data_access_group"}
    system |= {"redcap_repeat_instrument", "redcap_repeat_instance"}
    header = data.read_text("utf-8-sig").splitlines()[0].replace('"', "").split(",")
    known = {name.replace("___.", "____") for name in header}
    assert known <= {*project.columns, *left, *system}


@pytest.mark.parametrize("name", SOUND)
def test_public_projects_are_read(redcap: Path, name: str) -> None:
    data = f"redcapr/{name}/data.csv"
    project = public(redcap, dictionary_of(redcap, name), data)
    assert project.mistakes == ()
    accounted(project, redcap / data)


@pytest.mark.parametrize("name", REFUSED)
def test_public_projects_are_refused_for_what_is_wrong(redcap: Path, name: str) -> None:
    data = f"redcapr/{name}/data.csv"
    project = public(redcap, dictionary_of(redcap, name), data)
    accounted(project, redcap / data)
    for part, count in REFUSED[name].items():
        assert sum(part in mistake.found for mistake in project.mistakes) == count, part
    assert len(project.mistakes) == sum(REFUSED[name].values())


def test_a_project_without_records_is_refused(redcap: Path) -> None:
    name = "potentially-problematic-dictionary"
    with pytest.raises(StudyError, match="an empty file"):
        public(redcap, dictionary_of(redcap, name), f"redcapr/{name}/data.csv")
    book = read_dictionary(content(redcap / dictionary_of(redcap, name)))
    assert book.by_name["curly_quote_single"].choices["2"] == "(2) Often"


@pytest.mark.parametrize("name", ["mixed_structure", "long", "classic"])
def test_databases_of_another_program(redcap: Path, name: str) -> None:
    data = "db_mixed_structure.csv" if name.startswith("mixed") else f"db_data_{name}.csv"
    project = public(redcap, f"redcaptidier/db_metadata_{name}.csv", f"redcaptidier/{data}")
    accounted(project, redcap / "redcaptidier" / data)
    times = [mistake for mistake in project.mistakes if "which is no time" in mistake.found]
    assert len(project.mistakes) == len(times) == (3 if name == "classic" else 0)


def test_the_box_that_was_never_saved_is_not_0(redcap: Path) -> None:
    project = public(redcap, dictionary_of(redcap, "checkboxes-1"), "redcapr/checkboxes-1/data.csv")
    states = {name: cells[3].state for name, cells in project.columns.items() if "___" in name}
    assert set(states.values()) == {"unopened"}
    assert project.columns["check_one___2"][0].value == "0"


def test_the_names_of_the_api_are_the_same_dictionary(redcap: Path) -> None:
    own = redcap / "redcapr" / "decimal-comma-and-dot"
    web, api = (
        read_dictionary(content(own / f"{name}.csv")) for name in ("dictionary", "metadata")
    )
    assert [field.name for field in web.fields] == [field.name for field in api.fields]
    assert web.by_name["bmi"] == api.by_name["bmi"]


# dictionaries


def book(*lines: str) -> bytes:
    return "\n".join([API, *lines]).encode()


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("1, one | 2, two", {"1": "one", "2": "two"}),
        ("1, one|2,two|", {"1": "one", "2": "two"}),
        ("1, one\n2, two", {"1": "one", "2": "two"}),
        ("1, one | 2, two\n3, three", {"1": "one", "2": "two", "3": "three"}),
        ("1, one, or\nmore | 2, two", {"1": "one, or more", "2": "two"}),
        ("a, “quoted” | B, 3 > 2", {"a": "“quoted”", "B": "3 > 2"}),
        ("yes | no", {"yes": "yes", "no": "no"}),
    ],
)
def test_choices_are_read_as_they_are_written(text: str, choices: dict[str, str]) -> None:
    raw = book("id,first,text,,", f'q,first,radio,"{text}",')
    assert read_dictionary(Content.of(raw, "d.csv")).by_name["q"].choices == choices


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("id,first,text,,", "id,first,text,,"), "the field id again (first in line 2)"),
        (("id,first,words,,",), "a field of the kind 'words'"),
        (("id,,text,,",), "no form of the field id"),
        (("Id no,first,text,,",), "a field with the name 'Id no'"),
        (("id,first,text,,", 'q,first,radio,"1, a | 1, b",'), "the code 1 of q twice"),
        (("id,first,text,,", 'q,first,checkbox,"-1, a | _1, b",'), "whose columns are called the"),
    ],
)
def test_a_dictionary_with_a_mistake(lines: Sequence[str], found: str) -> None:
    with pytest.raises(ReadError) as error:
        read_dictionary(Content.of(book(*lines), "d.csv"))
    (mistake,) = error.value.mistakes
    assert found in mistake.found
    assert mistake.where == f"d.csv:{len(lines) + 1}"


def test_a_file_that_is_no_dictionary() -> None:
    with pytest.raises(ReadError, match="no data dictionary of REDCap"):
        read_dictionary(Content.of(b"donor,visit\nFM01,1\n", "clinic.csv"))


# exports


def test_the_order_of_rows_and_columns_says_nothing(folder: Path) -> None:
    clean = table_of(folder)
    order = random.Random(3)
    mixed = Table(
        [clean.header[0], *order.sample(clean.header[1:], len(clean.header) - 1)],
        order.sample(clean.rows, len(clean.rows)),
    )
    one, other = read(folder, clean.raw()), read(folder, mixed.raw())
    assert other.mistakes == ()
    assert list(one.columns) == list(other.columns)
    for column in ("pain_vas", "wpi___3", "fiqr1", "diary_nrs", "bmi"):
        for row in clean.rows[::7]:
            place = (row["record_id"], row["redcap_event_name"], column)
            assert one.answer(*place) == other.answer(*place)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("first", ["", "sep=;\n"])
def test_encodings_and_a_stated_separator(folder: Path, encoding: str, first: str) -> None:
    clean = table_of(folder)
    text = first + clean.raw(";" if first else ",").decode()
    changed = text.replace("Name0", "Zoë").encode(encoding)
    project = read(folder, changed)
    assert project.mistakes == ()
    assert project.columns == read(folder, clean.raw()).columns


def test_names_as_headings_and_labels_as_values(folder: Path) -> None:
    names = (folder / "data_raw.csv").read_text().splitlines()[0]
    labels = (folder / "data_label.csv").read_text()
    raw = "\n".join([names, *labels.splitlines()[1:]]).encode()
    assert read(folder, raw).columns == read(folder, table_of(folder).raw()).columns


def test_a_workbook_is_not_taken(folder: Path) -> None:
    with pytest.raises(StudyError, match="raw data"):
        read(folder, b"PK\x03\x04" + bytes(100))


def test_a_control_whose_form_was_never_opened_was_not_asked(folder: Path) -> None:
    clean = table_of(folder)
    for row in clean.rows:
        if row["fiqr1"] == "" and not row["redcap_repeat_instrument"]:
            row["fiqr_complete"] = "0"
    project = read(folder, clean.raw())
    assert project.mistakes == ()
    assert project.answer("0015", "enrolment_arm_1", "fiqr1").state == "not applicable"
    assert project.answer("0001", "enrolment_arm_1", "diary_nrs").state == "unopened"


def test_an_export_pasted_twice_is_said_row_by_row(folder: Path) -> None:
    clean = table_of(folder)
    project = read(folder, Table(clean.header, [*clean.rows, *clean.rows]).raw())
    assert len(project.mistakes) == len(clean.rows)
    assert all("again (also in line" in mistake.found for mistake in project.mistakes)
