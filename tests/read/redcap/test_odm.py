"""A project as XML: the same fields, codes and events as its dictionary and its list of events."""

from __future__ import annotations

from pathlib import Path

import pytest

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.redcap import Project, Row, read_project, read_redcap
from exvivo.read.redcap.dictionary import Dictionary, Field, read_dictionary
from exvivo.read.redcap.events import Events, read_events
from exvivo.read.redcap.odm import Odm, read_odm
from exvivo.read.redcap.two_sources import disagreements, undeclared_repeats
from exvivo.sources import Content, Sources
from exvivo.study.clinic_records import Redcap
from exvivo.study.load import read_study_file

XML = """<?xml version="1.0" encoding="UTF-8" ?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org">
<Study OID="P"><GlobalVariables>
<redcap:MissingDataCodes>-99, Refused
UNK, Unknown</redcap:MissingDataCodes>
<redcap:SurveysEnabled>0</redcap:SurveysEnabled>
<redcap:RepeatingInstrumentsAndEvents><redcap:RepeatingInstruments>
<redcap:RepeatingInstrument redcap:UniqueEventName="base_arm_1" redcap:RepeatInstrument="pain"/>
</redcap:RepeatingInstruments><redcap:RepeatingEvent redcap:UniqueEventName="later_arm_1"/>
</redcap:RepeatingInstrumentsAndEvents></GlobalVariables>
<MetaDataVersion OID="M" redcap:RecordIdField="id">
<StudyEventDef OID="E.1" redcap:EventName="Base" redcap:UniqueEventName="base_arm_1"
 redcap:ArmNum="1" redcap:ArmName="All"><FormRef redcap:FormName="pain"/></StudyEventDef>
<StudyEventDef OID="E.2" redcap:EventName="Later" redcap:UniqueEventName="later_arm_1"
 redcap:ArmNum="1" redcap:ArmName="All"><FormRef redcap:FormName="pain"/></StudyEventDef>
<FormDef OID="F" redcap:FormName="pain"><ItemGroupRef ItemGroupOID="G"/></FormDef>
<ItemGroupDef OID="G"><ItemRef redcap:Variable="id"/><ItemRef redcap:Variable="vas"/>
<ItemRef redcap:Variable="where"/><ItemRef redcap:Variable="sum"/>
<ItemRef redcap:Variable="pain_complete"/></ItemGroupDef>
<ItemDef OID="id" redcap:Variable="id" redcap:FieldType="text" redcap:Identifier="y">
<Question><TranslatedText>Record</TranslatedText></Question></ItemDef>
<ItemDef OID="vas" redcap:Variable="vas" redcap:FieldType="text"
 redcap:TextValidationType="float" redcap:BranchingLogic="[where(1)] = '1' and 1 &lt; 2">
<RangeCheck Comparator="GE"><CheckValue>0</CheckValue></RangeCheck>
<RangeCheck Comparator="LE"><CheckValue>100</CheckValue></RangeCheck></ItemDef>
<ItemDef OID="where___1" redcap:Variable="where" redcap:FieldType="checkbox">
<CodeListRef CodeListOID="w1"/></ItemDef>
<ItemDef OID="where___2" redcap:Variable="where" redcap:FieldType="checkbox">
<CodeListRef CodeListOID="w2"/></ItemDef>
<ItemDef OID="sum" redcap:Variable="sum" redcap:FieldType="calc" redcap:Calculation="[vas]*2"/>
<ItemDef OID="pain_complete" redcap:Variable="pain_complete" redcap:FieldType="select"/>
<ItemDef OID="redcap_data_access_group" redcap:Variable="redcap_data_access_group"/>
<CodeList OID="w1" redcap:CheckboxChoices="1, neck, left | 2, back"/>
<CodeList OID="w2" redcap:CheckboxChoices="1, neck, left | 2, back"/>
</MetaDataVersion></Study>
<ClinicalData><SubjectData SubjectKey="Ada Secret"/></ClinicalData></ODM>
"""
CSV = """field_name,form_name,field_type,select_choices_or_calculations,text_validation_type_or_show_slider_number,text_validation_min,text_validation_max,identifier,branching_logic
id,pain,text,,,,,y,
vas,pain,text,,number,0,100,,"[where(1)]='1'  and 1<2"
where,pain,checkbox,"1, neck, left | 2, back",,,,,
sum,pain,calc,[vas] * 2,,,,,
"""
EVENTS = "event_name,arm_num,unique_event_name\nBase,1,base_arm_1\nLater,1,later_arm_1\n"
CODES = {"-99": "Refused", "UNK": "Unknown"}


def odm(text: str = XML) -> Odm:
    return read_odm(Content.of(text.encode(), "project.xml"))


def dictionary(text: str = CSV) -> Dictionary:
    return read_dictionary(Content.of(text.encode(), "dictionary.csv"))


def events(text: str = EVENTS) -> Events:
    return read_events(Content.of(text.encode(), "events.csv"), {})


def disagreed(xml: str = XML, csv: str = CSV, listed: str = EVENTS) -> list[Mistake]:
    return disagreements(odm(xml), dictionary(csv), events(listed), CODES)


def test_what_the_xml_says() -> None:
    read = odm()
    assert [(each.name, each.kind) for each in read.dictionary.fields] == [
        ("id", "text"),
        ("vas", "text"),
        ("where", "checkbox"),
        ("sum", "calc"),
    ]
    vas, where = (read.dictionary.by_name[name] for name in ("vas", "where"))
    assert vas == Field(
        name="vas",
        form="pain",
        kind="text",
        validation="number",
        lowest="0",
        highest="100",
        branching="[where(1)] = '1' and 1 < 2",
        line=22,
    )
    assert where.choices == {"1": "neck, left", "2": "back"}
    assert read.dictionary.record.is_identifier
    assert read.repeating == {("base_arm_1", "pain"), ("later_arm_1", "")}
    assert read.missing == CODES
    assert read.arms == {"1": "All"}
    assert read.forms == {"base_arm_1": ("pain",), "later_arm_1": ("pain",)}
    assert (read.events.names, read.events.by_label) == (events().names, events().by_label)
    assert [ignored.what for ignored in read.ignored] == [
        "ClinicalData of the XML (1 records)",
        "settings of the XML (1: SurveysEnabled)",
    ]


def test_two_sources_that_agree() -> None:
    """`float` is `number`, and a logic is the same with other spaces."""
    assert disagreed() == []


CHANGES = [
    ('Identifier="y"', 'Identifier=""', "the mark Identifier of id: 'y', but none"),
    ("CheckValue>100<", "CheckValue>10<", "the highest value of vas: '100', but '10'"),
    ("CheckValue>0<", "CheckValue>1<", "the lowest value of vas: '0', but '1'"),
    ('"float"', '"int"', "the validation of vas: 'number', but 'integer'"),
    ("1 &lt; 2", "1 > 2", "the branching logic of vas: '[where(1)]='1'  and 1<2'"),
    ("[vas]*2", "[vas]*3", "the calculation of sum: '[vas] * 2', but '[vas]*3'"),
    ("2, back", "3, back", "codes of where that the other has not: '2', but '3'"),
    ("2, back", "2, Back", "the label of code 2 of where: 'back', but 'Back'"),
    ('"calc"', '"text"', "the kind of sum: 'calc', but 'text'"),
    ('redcap:FormName="pain"><ItemG', 'redcap:FormName="ache"><ItemG', "the form of id: 'pain'"),
]


@pytest.mark.parametrize(("before", "after", "found"), CHANGES)
def test_each_disagreement_names_both_places(before: str, after: str, found: str) -> None:
    assert before in XML
    (mistake, *_) = disagreed(XML.replace(before, after))
    assert mistake.where.startswith("dictionary.csv:")
    assert found.partition(", but")[0] in mistake.found
    assert "project.xml:" in mistake.found


def test_fields_and_events_of_one_source_only() -> None:
    (mistake,) = disagreed(csv=CSV + "age,pain,text,,,,,,\n")
    assert (mistake.where, mistake.found) == ("dictionary.csv:6", "the field age")
    (mistake,) = disagreed(csv=CSV.replace("sum,pain,calc,[vas] * 2,,,,,\n", ""))
    assert (mistake.where, mistake.found) == ("project.xml:30", "the field sum")
    (mistake,) = disagreed(listed=EVENTS + "Last,1,last_arm_1\n")
    assert (mistake.where, mistake.found) == ("events.csv", "the event last_arm_1")
    (mistake,) = disagreed(listed=EVENTS.replace("Later,1,later_arm_1\n", ""))
    assert (mistake.where, mistake.found) == ("project.xml", "the event later_arm_1")
    without = disagreements(odm(), dictionary(), Events(), CODES)
    assert without == []
    (mistake,) = disagreements(odm(), dictionary(), Events("", ("gone_arm_1",)), CODES)
    assert mistake.where == "study.yaml redcap: visits"


def test_missing_data_codes_of_one_source_only() -> None:
    (mistake,) = disagreements(odm(), dictionary(), events(), {"-99": "Refused"})
    assert "UNK" in mistake.found
    assert mistake.cure == "write missing: {UNK: Unknown}"
    (mistake,) = disagreements(odm(), dictionary(), events(), {**CODES, "NI": "No information"})
    assert "NI" in mistake.found


def test_repeats_that_the_xml_has_not() -> None:
    rows = [
        Row(2, "1", "base_arm_1", "pain", 1),
        Row(3, "1", "later_arm_1", "", 2),
        Row(4, "1", "base_arm_1", "", 0),
        Row(5, "1", "later_arm_1", "pain", 1),
        Row(6, "2", "later_arm_1", "pain", 2),
    ]
    (mistake,) = undeclared_repeats(odm(), rows, "data.csv")
    assert mistake.where == "data.csv:5"
    assert "the form pain at later_arm_1" in mistake.found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<!DOCTYPE ODM [<!ENTITY a "b">]><ODM/>', "document type"),
        ("<ODM>", "not well formed"),
        ("<ODM/>", "no fields of REDCap"),
        ("<rdml><ItemDef/></rdml>", "begins with rdml"),
        ("", "not well formed"),
    ],
)
def test_other_xml_is_refused(text: str, found: str) -> None:
    with pytest.raises(ReadError, match=found):
        odm(text)


PUBLIC = [
    ("redcapr/longitudinal", 95, 12),
    ("redcapr/checkboxes-1", 4, 0),
    ("redcapr/repeating-instruments", 11, 0),
]


@pytest.mark.parametrize(("project", "fields", "number"), PUBLIC)
def test_public_projects_agree_with_their_dictionaries(
    shared_data: Path, project: str, fields: int, number: int
) -> None:
    folder = shared_data / "redcap" / project
    read = read_odm(Content.of((folder / "project.xml").read_bytes(), "project.xml"))
    csv = dictionary((folder / "dictionary.csv").read_text("utf-8-sig"))
    listed = folder / "event.csv"
    given = events(listed.read_text("utf-8-sig")) if listed.exists() else Events()
    assert disagreements(read, csv, given, {}) == []
    assert len(read.dictionary.fields) == fields
    assert [each.name for each in read.dictionary.fields] == [each.name for each in csv.fields]
    assert len(read.events.names) == number
    assert (read.events.names, read.events.by_label) == (given.names, given.by_label)


@pytest.mark.parametrize(("name", "fields"), [("long", 96), ("simple", 15)])
def test_projects_without_a_dictionary(shared_data: Path, name: str, fields: int) -> None:
    path = shared_data / "redcap" / "pycap" / f"test_{name}_project.xml"
    read = read_odm(Content.of(path.read_bytes(), path.name))
    assert len(read.dictionary.fields) == fields
    assert all(each.line for each in read.dictionary.fields)
    expected = {("enrollment_arm_1", "baseline_data")} if name == "long" else set()
    assert read.repeating == expected


REPEATS = "redcap_repeat_instrument,redcap_repeat_instance"
DATA = f"""id,redcap_event_name,{REPEATS},vas,where___1,where___2,sum,pain_complete
r1,base_arm_1,pain,1,7,1,0,14,2
r1,later_arm_1,,2,5,1,0,10,2
"""


def project(data: str = DATA, xml: str | None = XML) -> Project:
    return read_project(
        Content.of(CSV.replace(",y,", ",,").encode(), "dictionary.csv"),
        Content.of(data.encode(), "data.csv"),
        Redcap(dictionary="dictionary.csv", data="data.csv", group="", groups={}, missing=CODES),
        xml=None if xml is None else Content.of(xml.encode(), "project.xml"),
    )


def test_a_project_is_held_against_its_xml() -> None:
    """Here the dictionary has lost the mark Identifier of the record's id."""
    found = [mistake.found for mistake in project().mistakes]
    assert found == ["the mark Identifier of id: none, but 'y' in project.xml:20"]
    assert "ClinicalData of the XML (1 records)" in [each.what for each in project().ignored]
    assert project(xml=None).mistakes == ()


def test_events_and_repeats_of_a_project_are_those_of_its_xml() -> None:
    unmarked = XML.replace('Identifier="y"', 'Identifier=""')
    assert project(xml=unmarked).mistakes == ()
    elsewhere = DATA.replace("later_arm_1,,2", "later_arm_1,pain,2")
    (mistake,) = project(elsewhere, unmarked).mistakes
    assert "the form pain at later_arm_1, which does not repeat in project.xml" in mistake.found
    (mistake,) = project(DATA.replace("later_arm_1", "latr_arm_1"), unmarked).mistakes[:1]
    assert "latr_arm_1" in mistake.found


def test_a_project_whose_xml_is_another_file() -> None:
    with pytest.raises(StudyError, match="no fields of REDCap"):
        project(xml="<ODM/>")


STUDY = """exvivo: 1
title: A study
groups: [{id: FM, name: patients}]
analytes: [{id: TNF}]
assays: []
plates: []
redcap: {dictionary: dictionary.csv, data: data.csv, xml: project.xml, group: "", groups: {},
  missing: {"-99": Refused, UNK: Unknown}, visits: {base_arm_1: 1}}
"""


def test_the_xml_that_a_study_names_is_read(tmp_path: Path) -> None:
    texts = {"study.yaml": STUDY, "dictionary.csv": CSV, "data.csv": DATA}
    texts["project.xml"] = XML.replace("2, back", "2, Back")
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    people = read_redcap(Sources(tmp_path), *read_study_file(tmp_path))
    listed = [mistake.found for mistake in people.mistakes]
    assert "the label of code 2 of where: 'back', but 'Back' in project.xml:26" in listed
    assert "ClinicalData of the XML (1 records)" in [part.what for _, part in people.passed]
