"""A REDCap project drafted as a study: every field mapped, or left out with a reason; nothing
guessed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from redcap_project import AREAS, FIELDS, RECORDS, codes, line, write_project

from exvivo.cli import main
from exvivo.draft import Handed, draft_people
from exvivo.draft.redcap.codes import missing_codes
from exvivo.draft.redcap.left_out import compared, left_out
from exvivo.draft.redcap.proposal import Proposal, proposal
from exvivo.draft.redcap.questionnaires import names_of
from exvivo.draft.redcap.seen import Seen
from exvivo.draft.redcap.words import patterns
from exvivo.errors import StudyError, UserMistake
from exvivo.gather import gather
from exvivo.read.redcap import Dictionary, Field, read_dictionary
from exvivo.sources import content_of
from exvivo.study import Study
from exvivo.study.load import read_study_file
from exvivo.study.questionnaires import catalog_ids
from exvivo.study.scoring import Item, ScoringKey
from exvivo.study.scoring_keys import catalog_key, column_names

KEYS: list[ScoringKey] = [key for name in catalog_ids() if (key := catalog_key(name))]
SEVERAL = [key for key in KEYS if len(key.every_item) > 2 and not key.id.startswith("ACR")]
CODES = "-99, Refused | UNK, Unknown"


def item_field(name: str, item: Item, shift: float = 0.0) -> Field:
    """A field that takes the answers of an item."""
    lowest, highest = item.lowest + shift, item.highest + shift
    if item.kind == "choice":
        choices = {str(code): "" for code in range(int(lowest), int(highest) + 1)}
        return Field(name, "form", "radio", "item", choices)
    kind = "time" if item.kind == "clock" else "number"
    return Field(name, "form", "text", "item", {}, kind, f"{lowest:g}", f"{highest:g}")


def of_key(key: ScoringKey, stem: str, shift: float = 0.0) -> list[Field]:
    return [item_field(f"{stem}_{item.id}".lower(), item, shift) for item in key.every_item]


def proposed(fields: Sequence[Field]) -> Proposal:
    record = Field("record_id", "form", "text")
    return proposal(Dictionary("dictionary.csv", (record, *fields)), Seen(), KEYS)


@pytest.mark.parametrize("key", SEVERAL, ids=lambda key: key.id)
def test_a_questionnaire_is_known_by_names_number_and_answers(key: ScoringKey) -> None:
    for stem in names_of(key):
        fields = of_key(key, stem)
        made = proposed(fields)
        assert [each.id for each in made.questionnaires] == [key.id]
        assert column_names(made.questionnaires[0].items) == tuple(each.name for each in fields)
        assert left_out(made) == {}


@pytest.mark.parametrize("key", SEVERAL, ids=lambda key: key.id)
def test_one_that_does_not_fit_is_asked_about_and_not_read(key: ScoringKey) -> None:
    fields = of_key(key, names_of(key)[0])
    short = proposed(fields[:-1])
    assert not short.questionnaires
    assert [each.key.id for each in short.partly] == [key.id]
    assert all(key.id in why for why in left_out(short).values())
    other = item_field(fields[0].name, Item(id="1", lowest=-3, highest=96))
    assert not proposed([other, *fields[1:]]).questionnaires


def test_fields_without_a_name_are_never_taken_for_a_questionnaire() -> None:
    hads = next(key for key in KEYS if key.id == "HADS")
    made = proposed(of_key(hads, "q"))
    assert not made.questionnaires
    ((own, keys),) = made.alike
    assert len(own) == 14
    assert "HADS" in [key.id for key in keys]
    assert "perhaps" in left_out(made)["q_{1-14}"]


def test_a_coding_is_asked_only_where_several_fit() -> None:
    gad = next(key for key in KEYS if key.id == "GAD-7")
    (points,), (boxes,) = (
        proposed(of_key(gad, "gad7")).recognised,
        proposed(of_key(gad, "gad7", shift=1)).recognised,
    )
    assert (points.coding, points.codings) == ("points", ())
    assert (boxes.coding, boxes.codings) == ("position", ())
    hads = next(key for key in KEYS if key.id == "HADS")
    (asked,) = proposed(of_key(hads, "hads")).recognised
    assert asked.codings == ("points", "agreement")


@pytest.mark.parametrize("order", [1, -1])
def test_areas_are_told_by_their_labels(order: int) -> None:
    boxes = {str(n): area for n, area in enumerate(AREAS[::order], start=1)}
    symptoms = [
        Field(f"sss{n}", "form", "radio", label, dict.fromkeys("0123", ""))
        for n, label in enumerate(("Cognition", "Fatigue", "Waking unrefreshed"))
    ]
    also = Field("also", "form", "checkbox", "", {"a": "mood", "b": "headache", "c": "abdomen"})
    months = Field("months", "form", "text", "Months", {}, "integer", "0", "900")
    made = proposed([Field("wpi", "form", "checkbox", "", boxes), *symptoms, also, months])
    (criteria,) = made.recognised
    names = [column.name for column in criteria.columns]
    jaw = next(code for code, area in boxes.items() if area == "jaw left")
    assert names[0] == f"wpi___{jaw}"
    assert names[19:22] == ["sss1", "sss2", "sss0"]
    assert names[22:] == ["also___b", "also___c", "also___a", "months"]
    assert not criteria.order


def test_symptoms_told_by_their_order_are_asked_about() -> None:
    boxes = {str(n): area for n, area in enumerate(AREAS, start=1)}
    symptoms = [Field(f"s{n}", "form", "radio", f"{n}", dict.fromkeys("0123", "")) for n in "abc"]
    also = Field("also", "form", "checkbox", "", {"a": "mood", "b": "head", "c": "abdomen"})
    months = Field("months", "form", "text", "Months", {}, "integer", "0", "900")
    made = proposed([Field("wpi", "form", "checkbox", "", boxes), *symptoms, also, months])
    assert made.recognised[0].order == "sa = fatigue, sb = unrefreshed, sc = cognition"


def test_identifiers_are_used_for_nothing_but_the_age(tmp_path: Path) -> None:
    made = proposal(read(tmp_path, FIELDS), Seen(), KEYS)
    identifiers = {each.name for each in made.dictionary.fields if each.is_identifier}
    assert identifiers == {"first_name", "dob"}
    assert identifiers & made.used == {"dob"} == {made.born.field}
    assert left_out(made)["first_name"].startswith("marked Identifier")


def test_a_field_of_the_age_leaves_the_day_of_birth_alone(tmp_path: Path) -> None:
    age = line("age", "enrolment", "text", "Age", validation="integer")
    made = proposal(read(tmp_path, (*FIELDS, age)), Seen(), KEYS)
    assert not made.born.field
    assert "age" in [each.id for each in made.characteristics]
    assert "dob" in left_out(made)


def read(folder: Path, fields: Sequence[tuple[str, ...]]) -> Dictionary:
    dictionary, _, _ = write_project(folder, fields=fields)
    return read_dictionary(content_of(dictionary, dictionary.name))


def test_every_field_is_mapped_or_has_a_reason(tmp_path: Path) -> None:
    assert_accounted(proposal(read(tmp_path, FIELDS), Seen(), KEYS))


def assert_accounted(made: Proposal) -> None:
    named = {*made.used, *compared(made), *column_names(left_out(made))}
    assert named == {each.name for each in made.dictionary.fields}
    assert not made.used & set(column_names(left_out(made)))
    assert all(left_out(made).values())


def test_every_field_of_public_projects_is_mapped_or_has_a_reason(shared_data: Path) -> None:
    projects = sorted((shared_data / "redcap").glob("redcap*/**/*"))
    named = [path for path in projects if path.name.startswith(("dictionar", "metadata", "db_met"))]
    named = [path for path in named if path.suffix == ".csv"]
    assert len(named) >= 20
    for path in named:
        made = proposal(read_dictionary(content_of(path, path.name)), Seen(), KEYS)
        assert_accounted(made)
        assert not made.questionnaires, path  # none of them holds one


def drafted(folder: Path, missing: str | None = CODES, **changes: Any) -> Study:
    """The study drafted of the small project into `folder/study`."""
    dictionary, export, events = write_project(folder / "project")
    files: dict[str, Any] = {"dictionary": dictionary, "data": export, "events": events}
    handed = Handed(**files | changes, missing=missing)
    return draft_people(folder / "study", handed).study


def answered(folder: Path) -> Path:
    """The folder of a draft whose questions a person has answered: as proposed."""
    study = folder / "study" / "study.yaml"
    lines = study.read_text().splitlines()
    begin = lines.index("open:")
    study.write_text("\n".join(lines[:begin]) + "\n")
    return study.parent


def test_a_draft_says_what_it_proposes_and_asks(tmp_path: Path) -> None:
    study = drafted(tmp_path)
    redcap = study.redcap
    assert redcap is not None
    assert redcap.group == "study_group"
    assert redcap.groups == {"1": "pain", "2": "healthy"}
    assert redcap.visits == {"intake_arm_1": "1", "later_arm_1": "2"}
    assert redcap.missing == {"-99": "Refused", "UNK": "Unknown"}
    assert (redcap.born, redcap.seen) == ("dob", "visit_date")
    assert [(each.form, each.use) for each in redcap.instances] == [("diary", "mean")]
    names = [each.id for each in study.questionnaires]
    assert names == ["GAD-7", "ACR 2016", "VAS", "NRS"]
    kinds = {each.id: each.kind for each in study.characteristics}
    assert kinds == {
        "age": "number",
        "sex": "category",
        "menopause": "yes or no",
        "meds": "medication",
    }
    assert len(study.open) == 3  # the title, the group, the diary that repeats


def test_what_is_written_is_what_was_drafted_and_checks_clean(tmp_path: Path) -> None:
    study = drafted(tmp_path)
    with pytest.raises(StudyError) as caught:
        gather(tmp_path / "study")
    assert len(caught.value.mistakes) == len(study.open)
    answered(tmp_path)
    read_back, _ = read_study_file(tmp_path / "study")
    assert read_back.redcap == study.redcap
    assert read_back.questionnaires == study.questionnaires
    assert read_back.characteristics == study.characteristics
    assert gather(tmp_path / "study").flags == ()


def test_missing_data_codes_are_looked_for_and_asked_about(tmp_path: Path) -> None:
    study = drafted(tmp_path, missing=None)
    assert study.redcap is not None
    assert set(study.redcap.missing) == {"-99", "UNK"}
    assert any("-99 and UNK" in question.ask for question in study.open)
    none = drafted(tmp_path / "none", missing="none")
    assert none.redcap is not None
    assert not none.redcap.missing


def test_codes_are_read_as_redcap_lists_them() -> None:
    assert missing_codes("-99, Refused\nUNK, Unknown, or so") == {
        "-99": "Refused",
        "UNK": "Unknown, or so",
    }
    for text in ("-99", "-99, Refused | -99, Again", ", Refused"):
        with pytest.raises(StudyError):
            missing_codes(text)


def test_without_an_export_the_study_waits_for_it(tmp_path: Path) -> None:
    study = drafted(tmp_path, data=None)
    assert study.redcap is not None
    assert study.redcap.data == "redcap/data.csv"
    with pytest.raises(UserMistake) as caught:
        gather(answered(tmp_path))
    assert "redcap/data.csv" in {mistake.where for mistake in caught.value.mistakes}


def test_a_record_id_that_is_an_identifier_gets_pseudonyms(tmp_path: Path) -> None:
    fields = (line("record_id", "enrolment", "text", "Study ID", identifier=True), *FIELDS[1:])
    dictionary, _, _ = write_project(tmp_path / "coded", fields=fields)
    study = drafted(tmp_path, dictionary=dictionary)
    assert study.redcap is not None
    assert study.redcap.links == "redcap/links.csv"
    links = list(csv.DictReader((tmp_path / "study/redcap/links.csv").read_text().splitlines()))
    assert [row["record"] for row in links] == list(RECORDS)
    assert sorted(row["donor"] for row in links) == ["D001", "D002", "D003", "D004"]
    gathered = gather(answered(tmp_path))
    assert sorted(gathered.study.donors["donor"]) == ["D001", "D002", "D003", "D004"]
    assert_nobody_is_named(gathered.texts.values(), gathered.answers.write_csv(), RECORDS)
    study_file = tmp_path / "study/study.yaml"
    text = study_file.read_text()
    study_file.write_text(text.replace("  links: redcap/links.csv\n", ""))
    with pytest.raises(StudyError, match="marked Identifier"):
        gather(tmp_path / "study")


def assert_nobody_is_named(texts: object, answers: str, names: Sequence[str]) -> None:
    told = f"{texts!r}{answers}"
    assert not [name for name in names if name in told]


def test_pseudonyms_stand_in_an_order_of_chance() -> None:
    from exvivo.draft.redcap.links import pseudonyms

    records = [str(number) for number in range(40)]
    in_order = [f"D{number:03d}" for number in range(1, 41)]
    donors = [row["donor"] for row in csv.DictReader(pseudonyms(records).splitlines())]
    assert sorted(donors) == in_order
    assert donors != in_order


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    dictionary, export, events = write_project(tmp_path / "project")
    told = ["--redcap", str(dictionary), "--data", str(export), "--events", str(events)]
    ran = CliRunner().invoke(main, ["new", str(tmp_path / "a"), *told, "--missing", CODES])
    assert ran.exit_code == 0, ran.output
    assert "26 fields in 5 forms; 4 records in 16 rows" in ran.output
    assert "never read      first_name" in ran.output
    assert "3 questions" in ran.output
    names = sorted(path.name for path in (tmp_path / "a/redcap").iterdir())
    assert names == ["data.csv", "dictionary.csv", "events.csv"]
    assert (tmp_path / "a/redcap/data.csv").read_bytes() == export.read_bytes()
    as_json = CliRunner().invoke(main, ["new", str(tmp_path / "b"), *told, "--json"])
    assert len(json.loads(as_json.output)["open"]) == 4


@pytest.mark.parametrize(
    "options",
    [["--data", "x.csv"], ["--missing", "none"], ["--redcap", "d.csv", "--donors", "x.csv"]],
)
def test_options_that_say_nothing_alone_are_refused(options: list[str], tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["new", str(tmp_path / "a"), *options])
    assert ran.exit_code == 2
    assert not (tmp_path / "a").exists()


def test_names_in_a_row_are_one_pattern() -> None:
    names = ["q1", "q2", "q3", "q5", "x", "p08", "p09", "p10"]
    assert patterns(names) == ("q{1-3}", "q5", "x", "p08", "p09", "p10")
    assert column_names(patterns(names)) == tuple(names)


def test_a_project_without_a_group_is_one_group(tmp_path: Path) -> None:
    fields = [field for field in FIELDS if field[0] != "study_group"]
    dictionary, _, _ = write_project(tmp_path / "other", fields=fields)
    study = drafted(tmp_path, dictionary=dictionary)
    assert study.redcap is not None
    assert not study.redcap.group
    assert any("one group" in question.ask for question in study.open)
    assert codes(2) == "0, 0 | 1, 1 | 2, 2"
