"""People of a REDCap project: what identifies them enters no store, result or message, and a donor
who withdraws is taken out of the export, byte by byte.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redcap_study import BORN, IDENTIFIERS, NAMES, RECORDS, lines_of_export, redcap_study

from exvivo import store
from exvivo.cli import main
from exvivo.decide.withdrawal import planned
from exvivo.decide.withdrawal_redcap import without_lines
from exvivo.errors import StudyError
from exvivo.run import run
from exvivo.store.withdraw import names

EXPORT = "redcap/data.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return redcap_study(tmp_path / "study")


def said(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def remembered(folder: Path) -> bytes:
    """All bytes of the record, its contents unpacked too, of the results and of the cache."""
    made = (folder / store.RESULTS, folder / ".exvivo-cache", folder / "figures")
    files = [path for part in made for path in part.rglob("*") if path.is_file()]
    record = folder / store.DATABASE
    with closing(sqlite3.connect(record)) as connection:
        packed = connection.execute("SELECT bytes FROM contents").fetchall()
        states = connection.execute("SELECT states FROM chain").fetchall()
    texts = b"".join(zlib.decompress(each) for (each,) in packed)
    read = b"".join(path.read_bytes() for path in sorted(files))
    return record.read_bytes() + texts + repr(states).encode() + read


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (",2026-03-02,", ",02/03/2026,"),
        (f"{BORN['FM02']},1", "31.02.1951,7"),
        (f"{NAMES['HC01']},{BORN['HC01']}", f"{NAMES['HC01']},2031-01-01"),
        (RECORDS["HC02"], "rec-9"),
    ],
)
def test_messages_show_no_identifier(folder: Path, right: str, wrong: str) -> None:
    export = folder / EXPORT
    text = export.read_text(encoding="utf-8")
    assert right in text
    export.write_text(text.replace(right, wrong), encoding="utf-8")
    shown = said("check", str(folder))
    assert shown.exit_code == 2, shown.output
    both = shown.output + shown.stderr
    secret = [*IDENTIFIERS, "31.02.1951", "2031-01-01", "rec-9"]
    assert [word for word in secret if word in both] == []


def test_no_identifier_is_remembered_and_a_donor_is_taken_out_byte_by_byte(folder: Path) -> None:
    shown = said("run", str(folder)).output
    raw = remembered(folder)
    assert b"FM03" in raw and b"TNF" in raw
    assert [word for word in IDENTIFIERS if word.encode() in raw or word in shown] == []
    assert not any(word.encode("utf-16-le") in raw for word in IDENTIFIERS)
    assert b"record,donor" not in raw, "the table of links is kept as a text"
    before = {name: (folder / name).read_bytes() for name in (EXPORT, "links.csv")}
    done = said("withdraw", str(folder), "FM03", "--reason", "asked to be forgotten", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.output)
    assert facts["code"] == "withdrawn-1" and facts["by_hand"] == []
    assert facts["answers"][0] == {"question": "q", "assay": "r", "analyte": "TNF"}
    own = (lines_of_export()[3] + "\n").encode()
    assert (folder / EXPORT).read_bytes() == before[EXPORT].replace(own, b"")
    link = f"{RECORDS['FM03']},FM03\n".encode()
    assert (folder / "links.csv").read_bytes() == before["links.csv"].replace(link, b"")
    assert (folder / "donors.csv").read_text() == "donor,group\nwithdrawn-1,FM\n"
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for word in ("FM03", RECORDS["FM03"], NAMES["FM03"], BORN["FM03"]):
        assert not names(word).search(everything + remembered(folder))
    (entry,) = (entry for entry in store.entries(folder) if entry.kind == "withdraw")
    stated = json.loads(entry.says("decision") or "")
    assert stated["reason"] == "asked to be forgotten" and stated["when"]
    result = run(folder)
    assert "withdrawn-1" in set(result.left_out["donor"])
    assert result.quantities["donor"].n_unique() == len(RECORDS) - 1
    assert result.clinic["donor"].n_unique() == len(RECORDS) - 1
    assert store.verify(folder) == ()


def test_a_second_donor_is_a_further_line_of_donors_csv(folder: Path) -> None:
    (folder / "donors.csv").write_text("group;donor;room\r\nHC;HC99;4", newline="")
    assert said("withdraw", str(folder), "FM03").exit_code == 0
    text = (folder / "donors.csv").read_bytes()
    assert text == b"group;donor;room\r\nHC;HC99;4\r\nFM;withdrawn-1;\r\n"
    assert said("withdraw", str(folder), "HC99").exit_code == 0
    text = (folder / "donors.csv").read_bytes()
    assert text == b"group;donor;room\r\nHC;withdrawn-2;\r\nFM;withdrawn-1;\r\n"


def test_links_outside_the_study_folder_are_read_and_left_to_a_person(tmp_path: Path) -> None:
    outside = tmp_path / "kept apart" / "links.csv"
    outside.parent.mkdir()
    folder = redcap_study(tmp_path / "study", links=str(outside))
    before = outside.read_bytes()
    done = said("withdraw", str(folder), "FM03")
    assert done.exit_code == 0, done.output
    assert f"outside the study folder: {outside}. Take the line out." in done.output
    assert outside.read_bytes() == before
    assert said("check", str(folder)).exit_code == 0
    outside.write_bytes(before.replace(f"{RECORDS['FM03']},FM03\n".encode(), b""))
    assert said("check", str(folder)).exit_code == 0


def test_an_export_outside_and_an_xml_with_records_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    study = (folder / "study.yaml").read_text()
    (folder / "redcap/project.xml").write_text('<ODM><ClinicalData><SubjectData SubjectKey="1"/>')
    (folder / EXPORT).rename(tmp_path / "data.csv")
    named = study.replace(EXPORT, f"{tmp_path}/data.csv")
    (folder / "study.yaml").write_text(f"{named}raw_roots: [{tmp_path}]\n")
    from exvivo.decide.withdrawal_redcap import redcap_part
    from exvivo.gather import gather

    plain = gather(folder).study
    assert plain.redcap is not None
    with_xml = replace(plain, redcap=replace(plain.redcap, xml="redcap/project.xml"))
    with pytest.raises(StudyError) as caught:
        redcap_part(folder, "FM03", "withdrawn-1", with_xml)
    wheres = [mistake.where for mistake in caught.value.mistakes]
    assert wheres == ["study.yaml redcap", "redcap/project.xml"]


def test_a_copy_of_the_export_is_named_and_a_free_text_stops(folder: Path) -> None:
    (folder / "redcap/old.csv").write_bytes((folder / EXPORT).read_bytes())
    (folder / "redcap/decimals.csv").write_text(f"x\n0.{RECORDS['FM03']}\n")
    plan = planned(folder, "FM03", reason="consent withdrawn", today="2026-01-01")
    assert plan.elsewhere == ("redcap/old.csv",)
    text = (folder / EXPORT).read_text(encoding="utf-8")
    named = text.replace("2026-03-02,,2", "2026-03-02,sister of FM03,2", 1)
    (folder / EXPORT).write_text(named, encoding="utf-8")
    with pytest.raises(StudyError, match=r"redcap/data.csv:2"):
        planned(folder, "FM03", reason="consent withdrawn", today="2026-01-01")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_other_byte_of_an_export_stays(codec: str, end: str) -> None:
    rows = ["id;note", 'a;"two\nlines; ""x"" ä"', "b;", 'a;"#;"', "", "c;# no comment"]
    raw = [
        f"{row}{end}".encode(codec if at == 0 else codec.replace("-sig", ""))
        for at, row in enumerate(rows)
    ]
    whole = b"".join(raw)
    assert without_lines(whole, ()) == whole
    assert without_lines(whole, (2, 5)) == b"".join([raw[0], raw[2], *raw[4:]])
    assert without_lines(whole.rstrip(), (7,)) == b"".join(raw[:5])


def test_a_clinic_table_of_items_survives(tmp_path: Path) -> None:
    folder = redcap_study(tmp_path / "study")
    header, *rows = (line.split(",") for line in lines_of_export())
    items = [at for at, name in enumerate(header) if name[0] == "h" and name[1:].isdigit()]
    lines = [",".join(["donor", "vas", *(header[at] for at in items)])]
    back = len(header)
    for donor, row in zip(RECORDS, rows, strict=True):
        lines.append(",".join([donor, row[7 - back], *(row[at - back] for at in items)]))
    (folder / "clinic.csv").write_text("\n".join([*lines, ""]))
    people = [f"{donor},{donor[:2]},40" for donor in RECORDS]
    (folder / "donors.csv").write_text("\n".join(["donor,group,age", *people, ""]))
    study = (folder / "study.yaml").read_text()
    start, end = study.index("redcap: {"), study.index("assays:")
    (folder / "study.yaml").write_text(study[:start] + study[end:])
    before = (folder / "clinic.csv").read_bytes()
    done = said("withdraw", str(folder), "FM03")
    assert done.exit_code == 0, done.output
    own = f"{lines[3]}\n".encode()
    assert own in before and (folder / "clinic.csv").read_bytes() == before.replace(own, b"")
    assert said("check", str(folder)).exit_code == 0
