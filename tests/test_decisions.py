"""What people leave out and keep: the effect on answers, both answers side by side, the preview and
the record.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from every_question import EveryQuestion, every_question

import exvivo
from exvivo.cli import main
from exvivo.decide.decisions import decisions_of
from exvivo.gather import gather
from exvivo.store import Run, keep, verify

QUESTIONS = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF, IL6],
     stimulus: ATP, cell_type: iMG}
  - {id: pain, ask: association, within: FM, assays: [secreted], analytes: [TNF],
     scales: [VAS], stimulus: ATP, cell_type: iMG}
"""
NUMBERS = ["estimate", "lower", "upper", "p", "p_adjusted", "verdict"]
ABOUT = ["question", "analyte", "scale"]
Answers = dict[tuple[Any, ...], tuple[Any, ...]]


def small() -> EveryQuestion:
    study = every_question()
    study.questions = QUESTIONS
    return study


def write_exclusions(folder: Path, *lines: str) -> Path:
    text = "\n".join(["donor,plate,wells,analyte,reason,who,when,labels", *lines])
    (folder / "exclusions.csv").write_text(text + "\n", encoding="utf-8")
    return folder


def answers(findings: pl.DataFrame, prefix: str = "") -> Answers:
    names = [prefix + name for name in NUMBERS]
    rows = findings.select(*ABOUT, *names).iter_rows()
    return {row[:3]: row[3:] for row in rows}


def asked(result: exvivo.Result) -> Answers:
    return answers(result.findings.filter(part="answer"))


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of the chain and the words they name, by sqlite3 and hashlib alone."""
    rows = []
    with sqlite3.connect(folder / "exvivo.sqlite") as record:
        for number, kind, states in record.execute("SELECT number, kind, states FROM chain"):
            facts = json.loads(states)
            sha256 = facts.get("texts", {}).get("decision")
            query = "SELECT bytes FROM contents WHERE sha256 = ?"
            kept = record.execute(query, (sha256,)).fetchone()
            words = zlib.decompress(kept[0]) if kept else b"{}"
            assert not kept or hashlib.sha256(words).hexdigest() == sha256
            rows.append({"number": number, "kind": kind, "says": json.loads(words), **facts})
    return rows


def recorded(folder: Path) -> None:
    """A run's way onto the record, without its answers."""
    gathered = gather(folder)
    run = Run(version="1", study_hash="", inputs=gathered.inputs)
    write = lambda results: (results / "report.html").write_text("")  # noqa: E731
    keep(folder, run=run, write=write, decisions=decisions_of(gathered))


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> exvivo.Result:
    """The study with nobody left out."""
    return exvivo.run(small().write(tmp_path_factory.mktemp("all") / "study"))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> exvivo.Result:
    """Without FM02, and without TNF of FM03."""
    folder = small().write(tmp_path_factory.mktemp("some") / "study")
    first = "FM02,,,,haemolysed sample,A. Berg,2026-03-01,hidden"
    return exvivo.run(write_exclusions(folder, first, "FM03,,,TNF,spilt the conjugate,,,"))


def test_a_donor_left_out_is_a_donor_who_was_never_measured(
    without: exvivo.Result, tmp_path: Path
) -> None:
    """IL6 lacks FM02 alone: as in a study whose layouts do not name that donor."""
    study = small()
    for name, rows in study.layouts.items():
        names = {row["well"] for row in rows if row["donor"] == "FM02"}
        study.layouts[name] = [row for row in rows if row["well"] not in names]
        study.tables[name] = [row for row in study.tables[name] if row["sample"] not in names]
    never = exvivo.run(study.write(tmp_path / "never"))
    il6 = ("more", "IL6", None)
    assert asked(without)[il6][:4] == pytest.approx(asked(never)[il6][:4], rel=1e-12)


def test_an_analyte_is_left_out_alone(without: exvivo.Result) -> None:
    of = without.findings.filter(part="answer").select("question", "analyte", "donors").rows()
    donors = {(question, analyte): names for question, analyte, names in of}
    assert "FM03" in donors["more", "IL6"]
    assert "FM03" not in donors["more", "TNF"]
    assert "FM02" not in donors["more", "IL6"]
    wells = without.wells.filter(donor="FM03").group_by("analyte").agg(pl.col("role").unique())
    assert dict(wells.iter_rows()) == {"TNF": ["empty"], "IL6": ["sample"], "IL10": ["sample"]}


def test_with_it_put_back_an_answer_is_that_of_the_whole_study(
    without: exvivo.Result, everybody: exvivo.Result
) -> None:
    both = without.with_and_without
    assert answers(both) == asked(without)
    assert answers(both, "with_") == asked(everybody)
    assert both["with_n"].to_list() == everybody.findings.filter(part="answer")["n"].to_list()


def test_a_run_records_what_was_left_out_by_hand(without: exvivo.Result) -> None:
    rows = rows_of(without.report.parents[1])
    told = [(row["kind"], row.get("by"), row["says"].get("donor")) for row in rows]
    assert told == [("exclude", "hand", "FM02"), ("exclude", "hand", "FM03"), ("run", None, None)]


def test_what_is_left_out_is_listed_with_who_when_and_why(without: exvivo.Result) -> None:
    out = without.left_out.filter(code="excluded", question="more")
    by_donor = dict(out.filter(analyte="TNF").select("donor", "facts").iter_rows())
    said = {"why": "haemolysed sample", "by": "A. Berg", "day": "2026-03-01", "labels": "hidden"}
    assert json.loads(by_donor["FM02"]) == said
    assert json.loads(by_donor["FM03"]) == {"why": "spilt the conjugate"}
    assert set(out.filter(analyte="IL6")["donor"]) == {"FM02"}
    notes = without.flags.filter(code="excluded_wells")["what"].to_list()
    assert any("(A. Berg, 2026-03-01, groups hidden)" in note for note in notes)
    assert any(note.startswith("TNF of ") for note in notes)


def test_both_answers_stand_in_report_and_terminal(without: exvivo.Result) -> None:
    page = without.report.read_text(encoding="utf-8")
    assert page.count("this answer without it, and with it put back") == 3
    assert "haemolysed sample (A. Berg, 2026-03-01, groups hidden)" in page
    assert "It is not said of all of it whether the groups were hidden" in page
    shown = call("report", str(without.report.parents[1])).output
    assert shown.count("with it put back:") == 3


def flipped() -> EveryQuestion:
    """Four patients with a tenth of their response: without them, the difference is plain."""
    study = small()
    for rows in study.tables.values():
        for row in rows:
            if (
                row["sample"].startswith(("FM01", "FM02", "FM03", "FM04"))
                and "ATP" in row["sample"]
            ):
                row["TNF"] = f"{float(row['TNF']) / 10:.4f}"
    return study


def test_a_verdict_that_hangs_on_what_was_left_out_is_warned_about(tmp_path: Path) -> None:
    folder = flipped().write(tmp_path / "study")
    lines = [f"FM0{i},,,TNF,looked strange to us,,,seen" for i in range(1, 5)]
    result = exvivo.run(write_exclusions(folder, *lines))
    row = result.with_and_without.filter(question="more", analyte="TNF").row(0, named=True)
    assert (row["verdict"], row["with_verdict"]) == ("supported", "not resolved")
    answer = result.findings.filter(part="answer", question="more", analyte="TNF").row(
        0, named=True
    )
    assert [w["code"] for w in answer["warnings"]].count("exclusions_decide") == 1
    assert "it hangs on what was left out by hand" in answer["sentence"]
    others = result.findings.filter(part="answer", question="more", analyte="IL6")["warnings"][0]
    assert "exclusions_decide" not in [warning["code"] for warning in others]


def test_the_preview_is_what_the_run_says_and_writes_nothing(
    everybody: exvivo.Result, tmp_path: Path
) -> None:
    source = everybody.report.parents[1]
    folder = tmp_path / "study"
    exvivo_copy(source, folder)
    before = bytes_of(folder)
    said = ("--donor", "FM02", "--reason", "haemolysed sample")
    preview = call("exclude", str(folder), *said, "--preview", "--json")
    assert preview.exit_code == 0, preview.output
    assert bytes_of(folder) == before
    told = {
        (a["question"], a["analyte"], a["scale"]): a for a in json.loads(preview.output)["answers"]
    }
    assert call("exclude", str(folder), *said).exit_code == 0
    then, now = asked(exvivo.run(folder)), asked(everybody)
    changed = {key for key in now if now[key] != then[key]}
    assert set(told) == changed
    for key in changed:
        assert tuple(told[key]["then"][name] for name in NUMBERS) == then[key]
        assert tuple(told[key]["now"][name] for name in NUMBERS) == now[key]


def exvivo_copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)


def bytes_of(folder: Path) -> dict[str, bytes]:
    passed_over = ("sqlite-", ".exvivo-cache")
    names = (path for path in folder.rglob("*") if path.is_file())
    return {str(p): p.read_bytes() for p in names if not any(n in str(p) for n in passed_over)}


def test_decisions_are_rows_of_the_record(tmp_path: Path) -> None:
    """By command, by hand, and taken back; a layout's own column too."""
    study = small()
    for rows in study.layouts.values():
        for row in rows:
            row["exclude"] = "spilt by me" if row["donor"] == "HC07" else ""
    folder = study.write(tmp_path / "study")
    command = call(
        *("exclude", str(folder), "--donor", "FM02", "--reason", "haemolysed sample"),
        *("--who", "A. Berg", "--labels", "hidden"),
    )
    assert command.exit_code == 0, command.output
    file = folder / "exclusions.csv"
    (first,) = rows_of(folder)
    assert first["exclusions"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (first["kind"], first["does"], first["by"]) == ("exclude", "adds", "command")
    assert {"donor": "FM02", "who": "A. Berg", "labels": "hidden"}.items() <= first["says"].items()
    with file.open("a") as handle:
        handle.write(",t1,,,,TNF,a bubble,,,\n".replace(",t1,,,,", ",,,FM03,,", 1))
    recorded(folder)
    done = [
        (r["kind"], r.get("does"), r.get("by"), r["says"].get("reason")) for r in rows_of(folder)
    ]
    assert done == [
        ("exclude", "adds", "command", "haemolysed sample"),
        ("exclude", "adds", "hand", "a bubble"),
        ("exclude", "adds", "hand", "spilt by me"),
        ("run", None, None, None),
    ]
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], lines[2]]) + "\n")
    recorded(folder)
    fourth, fifth = rows_of(folder)[4:]
    assert (fourth["does"], fourth["says"]["donor"]) == ("takes back", "FM02")
    assert fourth["decision"] == first["decision"]
    assert fifth["kind"] == "run"
    recorded(folder)
    assert [row["kind"] for row in rows_of(folder)[6:]] == ["run"]


def test_exclusions_that_came_by_hand_after_the_run_are_found_by_verify(tmp_path: Path) -> None:
    folder = small().write(tmp_path / "study")
    exvivo.run(folder)
    write_exclusions(folder, "FM02,,,,haemolysed sample,,,")
    (change,) = verify(folder)
    assert (change.path, change.side, change.what) == ("exclusions.csv", "input", "new")
    (folder / "exclusions.csv").unlink()
    assert call("exclude", str(folder), "--donor", "FM02", "--reason", "clotted").exit_code == 0
    assert verify(folder) == ()
    exvivo.run(write_exclusions(folder, "FM02,,,,haemolysed sample,,,"))
    assert verify(folder) == ()


def test_what_cannot_be_left_out_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    folder = small().write(tmp_path / "study")
    before = bytes_of(folder)
    for said, found in (
        (("--donor", "FM2", "--reason", "haemolysed"), "(did you mean `FM02`?)"),
        (("--donor", "FM02", "--reason", "x"), "reason 'x'"),
        (("--sample", "nobody", "--reason", "haemolysed"), "sample 'nobody'"),
    ):
        told = call("exclude", str(folder), *said)
        assert told.exit_code == 2
        assert found in told.output
        assert bytes_of(folder) == before


def test_what_is_left_out_already_is_said_to_change_nothing(tmp_path: Path) -> None:
    folder = small().write(tmp_path / "study")
    again = "left out already, by exclusions.csv:2: no answer changes"
    said = ("exclude", str(folder), "--donor", "FM02", "--reason", "haemolysed")
    assert again not in call(*said).output
    assert again in call(*said).output
    assert again not in call("exclude", str(folder), "--donor", "FM03", *said[-2:]).output


def test_a_workbook_is_not_written_into(tmp_path: Path) -> None:
    folder = small().write(tmp_path / "study")
    (folder / "exclusions.xlsx").write_bytes(b"a workbook")
    told = call("exclude", str(folder), "--donor", "FM02", "--reason", "haemolysed")
    assert told.exit_code == 2
    assert "change the line there by hand" in told.output


def test_a_file_that_changed_meanwhile_stops_the_decision(tmp_path: Path) -> None:
    from exvivo.decide.decisions import drafted_exclusion
    from exvivo.store import decide

    folder = write_exclusions(small().write(tmp_path / "study"))
    draft = drafted_exclusion(folder, {"donor": "FM02", "reason": "haemolysed"}, "2026-03-01")
    write_exclusions(folder, "FM03,,,,another hand,,,")
    there = (folder / "exclusions.csv").read_bytes()
    with pytest.raises(exvivo.StoreError, match="changed meanwhile"):
        decide(folder, draft.decision, name=draft.name, before=draft.before, after=draft.after)
    assert (folder / "exclusions.csv").read_bytes() == there
    assert rows_of(folder) == []


def set_empty(study: EveryQuestion, donor: str) -> None:
    """The layout says `empty` over wells whose file is measured."""
    for rows in study.layouts.values():
        for row in rows:
            if row["donor"] == donor:
                row.update(role="empty")


def test_a_measured_empty_well_is_a_look_until_it_is_answered(tmp_path: Path) -> None:
    study = small()
    set_empty(study, "FM02")
    folder = study.write(tmp_path / "study")
    text = (folder / "study.yaml").read_text()
    (folder / "study.yaml").write_text("# ours\n" + text)
    flags = json.loads(call("check", str(folder), "--json").output)["flags"]
    (look,) = [flag for flag in flags if flag["code"] == "empty_wells_with_a_signal"]
    assert (look["severity"], look["accepted"]) == ("look", None)
    assert f"its name  {look['name']}" in call("check", str(folder)).output

    assert (
        "(did you mean"
        in call("keep", str(folder), look["name"][:-1], "--reason", "so it is").output
    )
    assert call("keep", str(folder), look["name"], "--reason", "x").exit_code == 2
    kept = call("keep", str(folder), look["name"], "--reason", "a pilot, by plan", "--who", "me")
    assert kept.exit_code == 0, kept.output
    assert (folder / "study.yaml").read_text().startswith("# ours\n" + text)
    (row,) = rows_of(folder)
    assert row["kind"] == "keep"
    assert {"flag": look["name"], "reason": "a pilot, by plan", "who": "me"}.items() <= row[
        "says"
    ].items()
    assert row["study"] == hashlib.sha256((folder / "study.yaml").read_bytes()).hexdigest()
    flags = json.loads(call("check", str(folder), "--json").output)["flags"]
    assert [f["accepted"] for f in flags if f["name"] == look["name"]] == ["a pilot, by plan"]
    assert "its name" not in call("check", str(folder)).output
    assert "kept already" in call("keep", str(folder), look["name"], "--reason", "once more").output
    recorded(folder)
    assert [row["kind"] for row in rows_of(folder)] == ["keep", "run"]


def test_the_preview_of_a_kept_contradiction_is_what_the_run_says(tmp_path: Path) -> None:
    study = small()
    for i, row in enumerate(study.donors):
        row["age"] = "430" if i == 2 else str(30 + i % 7)
    study.questions = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF, IL6],
     stimulus: ATP, cell_type: iMG, adjust: [age], answer: adjusted}
"""
    folder = study.write(tmp_path / "study")
    flags = json.loads(call("check", str(folder), "--json").output)["flags"]
    (name,) = [flag["name"] for flag in flags if flag["severity"] == "stop"]
    said = ("keep", str(folder), name, "--reason", "a tree, not a person")
    told = json.loads(call(*said, "--preview", "--json").output)["answers"]
    assert [answer["now"]["verdict"] for answer in told] == ["not estimable"] * 2
    assert call(*said).exit_code == 0
    then = asked(exvivo.run(folder))
    assert [tuple(a["then"][name] for name in NUMBERS) for a in told] == list(then.values())


def test_an_empty_well_of_a_known_donor_stands_with_and_without(
    everybody: exvivo.Result, tmp_path: Path
) -> None:
    """`empty` hides an answer; left out by name, both stand side by side."""
    study = small()
    set_empty(study, "FM02")
    folder = write_exclusions(study.write(tmp_path / "study"), "FM02,,,,haemolysed sample,,,hidden")
    result = exvivo.run(folder)
    assert result.flags.filter(code="empty_wells_with_a_signal").is_empty()
    assert answers(result.with_and_without, "with_") == asked(everybody)


def test_what_the_readers_promise_is_a_command() -> None:
    from exvivo.read.qpcr import rdml
    from exvivo.read.qpcr.shared import OMITTED_AND_KEPT

    for text in (OMITTED_AND_KEPT, rdml._WHY["excl"]):
        assert "`exvivo exclude` leaves" in text
    assert "exclude" in main.commands


def test_the_table_of_both_answers_is_a_file(without: exvivo.Result) -> None:
    path = without.report.parent / "tables" / "with_and_without.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["with_verdict"] for row in rows] == without.with_and_without[
        "with_verdict"
    ].to_list()
