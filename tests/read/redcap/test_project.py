"""A REDCap project read as it is: every row and column accounted for, every mistake at once."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from redcap_planted import DIARY, ENROL, FOLLOW, KINDS, REDCAP, Table, content, read, table_of

from exvivo.errors import StudyError
from exvivo.read.redcap import Cell, Place, Project, read_project
from exvivo.sources import Content
from exvivo.study.clinic_records import Instance, Redcap

HEADINGS = (
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,"
    "text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,"
    "identifier,branching_logic"
)


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    """The model study as a REDCap project."""
    return shared_data / "redcap" / "exvivo_synthetic"


@pytest.fixture(scope="module")
def clean(folder: Path) -> Table:
    return table_of(folder)


def small(
    dictionary: Sequence[str], data: Sequence[str], redcap: Redcap | None = None, **more: object
) -> Project:
    """A project of a few lines."""
    return read_project(
        Content.of("\n".join([HEADINGS, *dictionary]).encode(), "dictionary.csv"),
        Content.of("\n".join(data).encode(), "data.csv"),
        redcap or Redcap(dictionary="dictionary.csv", data="data.csv", group="", groups={}),
        **more,  # type: ignore[arg-type]
    )


def words(project: Project) -> str:
    """Every message of a project."""
    return "\n".join(map(str, project.mistakes))


# the model study


def test_the_clean_project_gives_no_message(folder: Path, clean: Table) -> None:
    project = read(folder, clean.raw())
    assert project.mistakes == ()
    assert len(project.rows) == 120
    assert project.ages[0] == 38  # born 1987-04-06, seen 2026-03-20
    assert len(set(project.donors.values())) == 24


@pytest.mark.parametrize("other", ["data_label.csv", "data_raw_semicolon_bom.csv", "tab"])
def test_every_form_of_an_export_is_the_same_project(
    folder: Path, clean: Table, other: str
) -> None:
    raw = clean.raw("\t") if other == "tab" else (folder / other).read_bytes()
    project, same = read(folder, clean.raw()), read(folder, raw)
    for part in ("rows", "columns", "counted", "unread", "ages", "donors", "mistakes"):
        assert getattr(same, part) == getattr(project, part), part


def test_the_twenty_mistakes_are_twenty_messages(folder: Path) -> None:
    name = "data_raw_20_mistakes.csv"
    project = read(folder, (folder / name).read_bytes())
    planted = list(csv.DictReader((folder / "the_20_mistakes.csv").read_text().splitlines()))
    assert len(project.mistakes) == len(planted) == 20
    for entry in planted:
        (mistake,) = (
            each
            for each in project.mistakes
            if each.where.startswith(f"data.csv:{entry['line']} ")
            and entry["column"].split(", ")[-1] in each.where
        )
        assert mistake.cure
        assert all(column in str(mistake) for column in entry["column"].split(", "))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mistake_of_each_kind_is_one_message(folder: Path, clean: Table, kind: str) -> None:
    rng = random.Random(f"{kind}, in the suite")
    table = Table(clean.header, [dict(row) for row in clean.rows])
    row, column = KINDS[kind](table, rng)
    (mistake,) = read(folder, table.raw()).mistakes
    assert mistake.where.startswith(f"data.csv:{row + 2} ")
    assert column in mistake.where


@pytest.mark.parametrize(("kind", "row"), [("instance", 2), ("event", 0)])
def test_of_two_rows_the_one_out_of_order_is_wrong(
    folder: Path, clean: Table, kind: str, row: int
) -> None:
    table = Table(clean.header, [dict(each) for each in clean.rows])
    wrong = {"redcap_repeat_instance": "2"} if kind == "instance" else {"redcap_event_name": FOLLOW}
    table.rows[row] |= wrong
    (mistake,) = read(folder, table.raw()).mistakes
    assert mistake.where.startswith(f"data.csv:{row + 2} ")


def test_a_form_never_opened_has_no_box_that_is_0(folder: Path, clean: Table) -> None:
    project = read(folder, clean.raw())
    boxes = [name for name in project.columns if name.startswith("wpi___")]
    never = {project.answer("0003", FOLLOW, box) for box in boxes}
    assert never == {Cell("unopened")}
    assert {project.answer("0004", ENROL, box) for box in boxes} == {Cell("missing", code="UNK")}
    assert {project.answer("0001", ENROL, box).state for box in boxes} == {"given"}


def test_an_answer_knows_why_there_is_none(folder: Path, clean: Table) -> None:
    project = read(folder, clean.raw())
    assert project.answer("0001", ENROL, "pain_vas") == Cell("missing", code="-99")
    assert project.answer("0001", FOLLOW, "hads3") == Cell("missing", code="NASK")
    assert project.answer("0015", FOLLOW, "fiqr1") == Cell("not applicable")
    assert project.answer("0002", ENROL, "height").value.count(".") == 1


def test_no_identifier_enters_a_project_or_a_message(folder: Path, clean: Table) -> None:
    table = Table(clean.header, [dict(row) for row in clean.rows])
    table.rows[0]["dob"] = "06/04/1987"
    table.rows[5]["dob"] = "6.4.87"
    project = read(folder, table.raw())
    assert len(project.mistakes) == 2
    text = repr(project)
    for row in table.rows:
        for column in ("first_name", "dob"):
            assert not row[column] or f"'{row[column]}'" not in text
            assert not row[column] or row[column] not in words(project)


def test_a_day_of_birth_is_kept_as_an_age_only() -> None:
    """Also where nobody marked it as Identifier."""
    fields = (
        "id,first,text,,,,,,,",
        "born,first,text,,,date_ymd,,,,",
        "seen,first,text,,,date_ymd,,,,",
    )
    redcap = Redcap(dictionary="d", data="d", group="", groups={}, born="born", seen="seen")
    rows = ["id,born,seen,first_complete", "1,1980-05-02,2026-05-01,2", "2,1980-05-02,2026-05-02,2"]
    project = small(fields, rows, redcap)
    assert project.ages == (45, 46)
    assert "1980" not in repr(project)


def test_a_record_id_that_identifies_is_coded(folder: Path, clean: Table) -> None:
    dictionary = (folder / "dictionary.csv").read_text()
    marked = dictionary.replace(
        "record_id,enrolment,,text,Study ID,,,,,,,",
        1 * "record_id,enrolment,,text,Study ID,,,,,,y,",
    )
    assert marked != dictionary
    table = Table(clean.header, [dict(row) for row in clean.rows])
    for row in table.rows:
        row["record_id"] = f"Rosa{row['record_id']}"
    table.rows[-1]["record_id"] = table.rows[0]["record_id"]
    books = (Content.of(marked.encode(), "d.csv"), Content.of(table.raw(), "data.csv"))
    events = content(folder, "events.csv")
    project = read_project(*books, REDCAP, events=events)
    assert project.mistakes
    assert "Rosa" not in repr(project)
    assert project.donors == {}
    links = b"record,donor\n" + b"".join(f"Rosa{n:04d},D{n}\n".encode() for n in range(1, 25))
    linked = read_project(*books, REDCAP, events=events, links=Content.of(links, "links.csv"))
    assert linked.donors["record 1"] == "D1"
    assert "Rosa" not in repr(linked)


# a form never opened


BOXES = (
    "id,first,text,,,,,,,",
    'area,second,checkbox,,"1, one | 2, two",,,,,',
    "note,second,text,,,,,,,",
)
HEAD = "id,first_complete,area___1,area___2,note,second_complete"


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("1,2,0,0,,0", "unopened"),
        ("1,2,0,0,,", "unopened"),
        ("1,2,0,0,,1", "given"),
        ("1,2,0,0,,2", "given"),
        ("1,2,0,0,well,0", "given"),
        ("1,2,0,1,,0", "given"),
    ],
)
def test_whether_a_form_was_opened_is_told_by_its_other_fields_and_status(
    row: str, state: str
) -> None:
    project = small(BOXES, [HEAD, row])
    assert project.mistakes == ()
    assert project.columns["area___1"][0].state == state


ONLY = BOXES[:2]
ONLY_HEAD = "id,first_complete,area___1,area___2,second_complete"


@pytest.mark.parametrize(
    ("row", "count"), [("1,2,0,0,0", 1), ("1,2,0,0,", 0), ("1,2,0,0,2", 0), ("1,2,1,0,0", 0)]
)
def test_a_form_of_boxes_only_is_asked_about(row: str, count: int) -> None:
    project = small(ONLY, [ONLY_HEAD, row], used=["area"])
    assert len(project.mistakes) == count
    assert count == 0 or "whether it was ever opened is not known" in words(project)
    unused = small(ONLY, [ONLY_HEAD, row])
    assert unused.mistakes == ()
    assert any("boxes of second" in part.what for part in unused.ignored) == bool(count)
    assert not count or unused.columns["area___1"][0].state == "unopened"


def test_fields_that_a_box_hides_do_not_tell_whether_its_form_was_opened() -> None:
    hidden = (*BOXES[:2], "note,second,text,,,,,,,[area(1)] = '1'")
    assert len(small(hidden, [HEAD, "1,2,0,0,,0"], used=["area"]).mistakes) == 1
    assert small(BOXES, [HEAD, "1,2,0,0,,0"], used=["area"]).mistakes == ()


def test_a_survey_that_was_completed_was_opened() -> None:
    head = HEAD.replace("area___1", "second_timestamp,area___1")
    for time, state in (("2026-03-01 10:00:00", "given"), ("[not completed]", "unopened")):
        project = small(BOXES, [head, f"1,2,{time},0,0,,0"])
        assert (project.mistakes, project.columns["area___1"][0].state) == ((), state)


# missing-data codes


CODED = replace(
    REDCAP, group="", groups={}, visits={}, born="", seen="", missing={"-99": "Refused", "9": "?"}
)


def test_a_code_that_is_a_choice_of_its_own_is_an_answer() -> None:
    fields = (
        "id,first,text,,,,,,,",
        'pain,first,radio,,"8, 8 | 9, 9",,,,,',
        'rest,first,radio,,"1, one | 9, ?",,,,,',
        "vas,first,slider,,,number,,,,",
    )
    project = small(fields, ["id,pain,rest,vas,first_complete", "1,9,9,9,2"], CODED)
    cells = {name: project.columns[name][0] for name in ("pain", "rest", "vas")}
    missing = Cell("missing", code="9")
    assert cells == {"pain": Cell("given", "9"), "rest": missing, "vas": missing}


def test_a_box_of_a_code_that_is_not_declared_is_a_mistake() -> None:
    head = HEAD.replace("note", "area____88,note")
    (mistake,) = small(BOXES, [head, "1,2,0,0,1,,2"]).mistakes
    assert mistake.where == "data.csv:1 column area____88"
    assert "`missing`" in mistake.cure


def test_two_codes_of_one_field_are_a_mistake() -> None:
    head = HEAD.replace("note", "area____99,area___9,note")
    (mistake,) = small(BOXES, [head, "1,2,,,1,1,,2"], CODED).mistakes
    assert "several missing-data codes" in mistake.found


# repeating forms


DIARY_FIELDS = (
    "id,first,text,,,,,,,",
    "drawn,first,text,,,date_ymd,,,,",
    "day,diary,text,,,date_ymd,,,,",
    "pain,diary,text,,,integer,0,10,,",
)
DIARY_ROWS = (
    "id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,drawn,first_complete,"
    "day,pain,diary_complete",
    "1,a_arm_1,,,2026-03-05,2,,,0",
    "1,a_arm_1,diary,1,,,2026-03-01,2,2",
    "1,a_arm_1,diary,2,,,2026-03-04,4,2",
    "1,a_arm_1,diary,3,,,2026-03-09,6,2",
    "1,b_arm_1,,,2026-06-05,2,2026-06-04,7,2",
)


Which = Literal["first", "last", "mean", "nearest", ""]


def diary(use: Which, rows: Sequence[str] = DIARY_ROWS, **more: Any) -> Project:
    """A diary that repeats in one event only, with the row that counts."""
    instances = (Instance(form="diary", use=use, **more),) if use else ()
    redcap = replace(CODED, drawn="drawn", instances=instances)
    return small(DIARY_FIELDS, rows, redcap, used=["pain"])


@pytest.mark.parametrize(
    ("use", "more", "value"),
    [
        ("first", {}, "2"),
        ("last", {}, "6"),
        ("mean", {}, "4.0"),
        ("nearest", {"date": "day"}, "4"),
        ("nearest", {"date": "day", "within": 1}, "4"),
    ],
)
def test_which_row_counts_is_declared(use: Which, more: dict[str, Any], value: str) -> None:
    project = diary(use, **more)
    assert project.mistakes == ()
    assert project.answer("1", "a_arm_1", "pain").value == value
    assert project.answer("1", "b_arm_1", "pain").value == "7"


def test_no_row_counts_beyond_the_days_that_are_declared() -> None:
    project = diary("nearest", date="day", within=0)
    assert project.answer("1", "a_arm_1", "pain") == Cell("unopened")
    assert len(project.unread) == 3


def test_a_tie_is_asked_about() -> None:
    rows = [row.replace("2026-03-09", "2026-03-06") for row in DIARY_ROWS]
    (mistake,) = diary("nearest", rows, date="day").mistakes
    assert "both 1 days" in mistake.found
    assert mistake.where == "data.csv:5 column day"


def test_a_form_that_repeats_is_asked_about_where_it_is_used() -> None:
    (mistake,) = diary("").mistakes
    assert mistake.where == "data.csv:3 column redcap_repeat_instrument"
    assert "instances: [{form: diary" in mistake.cure
    unused = small(DIARY_FIELDS, DIARY_ROWS, replace(CODED, drawn="drawn"))
    assert unused.mistakes == ()
    assert {unused.unread[at] for at in (1, 2, 3)} == {"diary repeats, and nothing of it is used"}


def test_answers_beside_instances_are_a_mistake() -> None:
    rows = [row.replace("2026-03-05,2,,,0", "2026-03-05,2,,3,2") for row in DIARY_ROWS]
    (mistake,) = diary("first", rows).mistakes
    assert "without an instance, beside instances" in mistake.found


def test_an_event_that_repeats_has_a_row_that_counts() -> None:
    head = "id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,drawn"
    rows = [head, "1,a_arm_1,,1,2026-01-01", "1,a_arm_1,,2,2026-02-01"]
    assert len(small(DIARY_FIELDS, rows, CODED, used=["drawn"]).mistakes) == 1
    chosen = replace(
        CODED, visits={"a_arm_1": "1"}, instances=(Instance(form="a_arm_1", use="last"),)
    )
    project = small(DIARY_FIELDS, rows, chosen, used=["drawn"])
    assert project.mistakes == ()
    assert project.counted == {Place("1", "a_arm_1", "first"): (1,)}


def test_answers_in_the_row_of_another_form_are_a_mistake() -> None:
    rows = [
        row.replace("1,a_arm_1,diary,2,,,", "1,a_arm_1,diary,2,2026-03-05,,") for row in DIARY_ROWS
    ]
    (mistake,) = diary("first", rows).mistakes
    assert (mistake.where, "answers of first" in mistake.found) == ("data.csv:4", True)


# labels


LABELLED = (
    "id,first,text,Record,,,,,,",
    'q1,first,radio,item 1,"0, No | 1, Yes",,,,,',
    'q2,second,radio,item 1,"0, Never | 5, Always",,,,,',
    'area,second,checkbox,Where,"1, left, upper | 2, right",,,,,',
)
LABEL_HEAD = (
    'Record,item 1,Complete?,item 1,"Where (choice=left, upper)",Where (choice=right),Complete?'
)


def test_labels_that_are_the_same_are_told_by_position() -> None:
    project = small(LABELLED, [LABEL_HEAD, "7,Yes,Complete,Always,Checked,Unchecked,Unverified"])
    assert project.mistakes == ()
    values = {name: cells[0].value for name, cells in project.columns.items()}
    assert values == {
        **{"q1": "1", "first_complete": "2", "q2": "5"},
        **{"area___1": "1", "area___2": "0", "second_complete": "1"},
    }


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (LABEL_HEAD.replace("item 1,Complete?,item", "item"), "fits two fields"),
        (LABEL_HEAD.replace("Record,item 1", "Record,item 9"), "does not follow"),
    ],
)
def test_labels_whose_position_does_not_fit_are_refused(head: str, why: str) -> None:
    cells = ",".join(["x"] * next(map(len, csv.reader([head]))))
    with pytest.raises(StudyError, match="export raw") as error:
        small(LABELLED, [head, cells])
    assert why in str(error.value)


def test_a_label_of_two_codes_is_refused() -> None:
    fields = (*LABELLED[:1], 'q1,first,radio,item 1,"1, A | 2, A | 3, C",,,,,')
    rows = ["Record,item 1,Complete?", "1,A,Complete", "2,C,Complete"]
    (mistake,) = small(fields, rows).mistakes
    assert "the label of several codes" in mistake.found
    assert mistake.where == "data.csv:2 column q1"


def test_events_of_two_arms_are_told_by_the_arm() -> None:
    events = (
        "event_name,arm_num,unique_event_name\nDay 1,1,day_1_arm_1\n"
        "Day 1,2,day_1_arm_2\nDay 2,1,day_2_arm_1\n"
    )
    rows = [
        "Record,Event Name,item 1,Complete?",
        "1,Day 1 (Arm 1: Drug A),Yes,Complete",
        "1,Day 2 (Arm 1: Drug A),Yes,Complete",
        "2,Day 1 (Arm 2: Drug, B),Yes,Complete".replace("Drug, B", "Drug B"),
    ]
    listed = Content.of(events.encode(), "events.csv")
    project = small(LABELLED[:2], rows, events=listed)
    assert project.mistakes == ()
    assert [row.event for row in project.rows] == ["day_1_arm_1", "day_2_arm_1", "day_1_arm_2"]


# spreadsheets, line breaks, access groups


def test_a_cell_may_hold_line_breaks_and_separators() -> None:
    project = small(BOXES, [HEAD, '331-1,2,0,0,"one\n# two; ""three"", four",2', "331-2,2,1,0,,2"])
    assert project.mistakes == ()
    assert [row.line for row in project.rows] == [2, 4]
    assert project.columns["note"][0].value == 'one\n# two; "three", four'


def test_a_row_that_lost_a_cell_is_said() -> None:
    (mistake,) = small(BOXES, [HEAD, "1,2,0,0,2", "2,2,0,0,,2"]).mistakes
    assert mistake.where == "data.csv:2"


def test_access_groups_and_survey_identifiers() -> None:
    head = HEAD.replace("id,", "id,redcap_data_access_group,redcap_survey_identifier,", 1)
    project = small(BOXES, [head, "331-1,site_a,rosa@example.org,2,1,0,,2"])
    assert (project.rows[0].access_group, project.rows[0].record) == ("site_a", "331-1")
    assert "rosa" not in repr(project)


@pytest.mark.parametrize(
    ("ids", "known", "cut"),
    [
        (("0071", "72", "0073"), (), ["72"]),
        (("71", "72"), ("0071", "0072"), ["71", "72"]),
        (("71", "72"), ("71", "72"), []),
        (("1", "12", "123"), (), []),
        (("01", "007", "5"), (), []),
        (("331-1", "0071"), (), []),
    ],
)
def test_ids_that_lost_zeros(ids: Sequence[str], known: Sequence[str], cut: list[str]) -> None:
    project = small(BOXES[:1], ["id,first_complete", *(f"{each},2" for each in ids)], donors=known)
    lines = [f"data.csv:{ids.index(each) + 2} column id" for each in cut]
    assert [mistake.where for mistake in project.mistakes] == lines


# what study.yaml says


def test_names_of_study_yaml_that_the_project_has_not() -> None:
    wrong = replace(
        REDCAP, group="grup", born="pain_vas", instances=(replace(DIARY, form="pain_dairy"),)
    )
    project = small(DIARY_FIELDS, DIARY_ROWS, replace(wrong, seen="", visits={}), used=["pian"])
    text = words(project)
    for part in ("`grup`", "`pain_vas`", "`pain_dairy`", "`pian`"):
        assert part in text


def test_a_field_that_is_used_has_to_be_in_the_export() -> None:
    rows = ["id,area___1,second_complete", "1,0,2"]
    (mistake,) = small(BOXES, rows, used=["area"]).mistakes
    assert "no column area___2 of the field area" in mistake.found
    project = small(BOXES, rows)
    assert [part.what for part in project.ignored if part.why == "not in the export"] == [
        "field note"
    ]


def test_two_groups_of_a_record_are_a_mistake(folder: Path, clean: Table) -> None:
    table = Table(clean.header, [dict(row) for row in clean.rows])
    table.rows[1]["study_group"] = "2"
    (mistake,) = read(folder, table.raw()).mistakes
    assert mistake.where == "data.csv:3 column study_group"


def test_a_group_that_study_yaml_does_not_name(folder: Path, clean: Table) -> None:
    project = read(folder, clean.raw(), replace(REDCAP, groups={"1": "FM"}))
    assert len(project.mistakes) == 10
    assert "'2' (Healthy people), which has no group in study.yaml" in words(project)


def test_a_wrong_group_is_one_message_a_row(folder: Path, clean: Table) -> None:
    table = Table(clean.header, [dict(row) for row in clean.rows])
    table.rows[0]["study_group"] = "2"
    mistakes = read(folder, table.raw()).mistakes
    assert [mistake.where.split(" column")[0] for mistake in mistakes] == [
        "data.csv:2",
        "data.csv:3",
    ]
    assert "fiqr5 and 16 more" in mistakes[0].found
