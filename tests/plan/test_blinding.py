"""A blinded study: nothing that is shown of it names a group, and no number changes."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest
from blinded_study import telling_files, telling_words, write_telling_study
from click.testing import CliRunner

import exvivo
from exvivo import record, store
from exvivo.cli import main
from exvivo.flagged import Flag, Scope
from exvivo.plan.blinding import Key, Named, coded_flag, key_now, lifted
from exvivo.plan.blinding.coded import coded_study, uncoded
from exvivo.plan.blinding.seen import coded_flags
from exvivo.share import share
from exvivo.store.chain import Row
from exvivo.study.summary_records import Summary


@dataclass(frozen=True)
class Runs:
    """The same study run blinded, then again after the blinding was lifted; not to be changed."""

    hidden: Path
    blinded: exvivo.Result
    lifted: Path
    named: exvivo.Result
    key: Key


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    hidden = write_telling_study(tmp_path_factory.mktemp("blinded") / "study")
    blinded = exvivo.run(hidden, blinded=True)
    after = hidden.with_name("lifted")
    shutil.copytree(hidden, after)
    key = lifted(after, who="B. Kim", reason="all wells are looked at").key
    return Runs(hidden, blinded, after, exvivo.run(after), key)


def said(*words: object) -> str:
    """What a command prints on both streams."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code in (0, 2), result.output
    return result.output.replace(str(words[1]), "")


def test_no_file_of_the_results_names_a_group(runs: Runs) -> None:
    assert telling_files(runs.hidden / "results") == {}
    assert "people_flow.csv" in str(telling_files(runs.lifted / "results"))


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("check", "--json"),
        ("check", "--summary"),
        ("check", "--summary", "--json"),
        ("history",),
        ("history", "--json"),
        ("report",),
        ("report", "--json"),
        ("report", "--language", "de"),
        ("verify",),
    ],
)
def test_no_command_names_a_group(runs: Runs, command: tuple[str, ...]) -> None:
    name, *options = command
    shown = said(name, runs.hidden, *options)
    assert telling_words(shown) == set() and shown.strip()


def test_of_hidden_groups_nothing_is_said_of_their_plain_words(runs: Runs) -> None:
    """Which group has a word would tell whose code is whose."""
    parts = ("without_word", "unexplained", "of_catalog")
    for folder, expected in ((runs.hidden, set()), (runs.lifted, {"HC"})):
        words = json.loads(said("check", folder, "--summary", "--json"))["summary"]["en"]
        terms = [term for part in parts for term in words[part]]
        assert {term["id"] for term in terms if term["kind"] == "group"} == expected
        assert "why" not in words["not_stated"] and "paid_by" in words["not_stated"]


def test_a_study_under_codes_has_no_plain_words(runs: Runs) -> None:
    study = exvivo.load(runs.lifted)
    assert study.summary.words and coded_study(study, runs.key).summary == Summary()


def test_a_mistake_is_told_under_codes(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    donors = folder / "donors.csv"
    donors.write_text(donors.read_text("utf-8").replace("FM2,FM", "FM2,MF"), encoding="utf-8")
    shown = said("check", folder)
    assert telling_words(shown) == set() and "which are hidden" in shown


def test_lifting_changes_no_number(runs: Runs) -> None:
    for name, named in runs.named.tables.items():
        hidden = uncoded(runs.blinded.tables[name], runs.key)
        numbers = [c for c, dtype in named.schema.items() if dtype.is_numeric()]
        texts = [c for c in ("donor", "group", "assay", "analyte", "well") if c in named.columns]
        every = [*texts, *numbers]
        sides = (each.select(every).sort(every) for each in (hidden, named))
        first, second = sides
        assert first.equals(second), name


def test_every_answer_is_the_same_under_its_names(runs: Runs) -> None:
    columns = ["question", "verdict", "estimate", "lower", "upper", "p", "p_permutation", "n"]
    hidden = uncoded(runs.blinded.findings.select(columns), runs.key)
    assert hidden.equals(runs.named.findings.select(columns))


def test_groups_stand_in_the_order_of_their_codes_without_colours_or_assumptions(
    runs: Runs,
) -> None:
    study = exvivo.load(runs.lifted)
    coloured = replace(study, groups=tuple(replace(g, color="#0072B2", n=14) for g in study.groups))
    shown = coded_study(coloured, runs.key)
    assert [group.id for group in shown.groups] == sorted(runs.key.groups.values())
    assert {group.color for group in shown.groups} == {""}
    assert {group.n for group in shown.groups} == {None}
    assert shown.assumptions == type(shown.assumptions)()
    assert shown.donors["donor"].is_sorted()


def test_what_is_left_out_under_codes_says_so(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    key = key_now(folder)
    assert key is not None
    donor = key.donors["HC2"]
    told = said("exclude", folder, "--donor", donor, "--reason", "HC2 was ill", "--json")
    assert telling_words(told) == set()
    last = (folder / "exclusions.csv").read_text("utf-8").splitlines()[-1]
    assert "HC2" in last and donor not in last
    (row,) = [entry for entry in store.entries(folder) if entry.kind == "exclude"][-1:]
    assert row.facts["blinded"] is True
    assert "decided under codes" in said("history", folder)


def test_a_new_table_of_exclusions_says_that_groups_were_hidden(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    (folder / "exclusions.csv").unlink()
    said("exclude", folder, "--wells", "A2", "--plate", "plate FM", "--reason", "bubbles")
    assert (folder / "exclusions.csv").read_text("utf-8").endswith("hidden\n")


def test_the_record_tells_of_both_and_compares_runs_without_codes(runs: Runs) -> None:
    whole = record.history_of(runs.lifted)
    assert [line.entry.kind for line in whole.lines] == [
        "blind",
        "exclude",
        "run",
        "unblind",
        "run",
    ]
    assert record.compared_runs(runs.lifted).nothing
    assert telling_words(said("history", runs.lifted)) != set()
    assert store.Run.of_row(_row(runs.hidden)).blinded


def _row(folder: Path) -> Row:
    from exvivo.store.chain import last_row
    from exvivo.store.database import opened

    with opened(folder, reading=True) as connection:
        row = last_row(connection, "run")
    assert row is not None
    return row


def test_results_of_a_run_before_are_not_shown_again(runs: Runs, tmp_path: Path) -> None:
    from exvivo.plan.blinding import begin

    folder = tmp_path / "study"
    shutil.copytree(runs.lifted, folder)
    begin(folder)
    shown = said("report", folder)
    assert "results under codes" in shown and telling_words(shown) == set()


def test_a_run_stays_blinded_until_it_is_lifted(runs: Runs) -> None:
    from exvivo.gather import gather
    from exvivo.plan.blinding import key_of

    assert key_of(runs.hidden, gather(runs.hidden)) is not None
    assert key_of(runs.lifted, gather(runs.lifted)) is None


def test_what_stands_under_codes_is_not_handed_on(runs: Runs) -> None:
    with pytest.raises(exvivo.StoreError, match="under the codes"):
        share(runs.hidden, "team")


def test_a_blinded_study_has_no_summary_and_says_how_to_get_one(runs: Runs) -> None:
    told = said("report", runs.hidden, "--language", "en")
    assert "under the codes of a blinded study, which have no summary" in told
    assert "exvivo unblind" in told and "Nothing was written" in told


def test_a_study_that_is_not_blinded_cannot_be_unblinded(runs: Runs) -> None:
    shown = said("unblind", runs.lifted)
    assert "not blinded" in shown and "exvivo run --blinded" in shown


def test_lifting_says_which_code_was_which(tmp_path: Path, runs: Runs) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    codes = json.loads(said("unblind", folder, "--json"))
    assert codes["groups"] == dict(runs.key.groups) and codes["donors"] == dict(runs.key.donors)


def test_a_withdrawal_erases_what_stands_under_the_code(runs: Runs, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    shown = said("withdraw", folder, "HC2", "--who", "B. Kim")
    assert "withdrawn-1" in shown
    (run,) = (entry for entry in store.entries(folder, but=()) if entry.is_run)
    assert run.texts["results/report.html"] is None
    code = runs.key.donors["HC2"].encode()
    assert not any(text and code in text for text in run.texts.values())


def test_how_many_were_planned_is_no_flag_under_codes(runs: Runs) -> None:
    """`14 donors of group N` in the report, and `study.yaml states 14`, would be the key."""
    group = next(iter(runs.key.groups))
    sizes, other = (
        Flag(table="donors", row=row, severity="look", place=row, what="14", why="", cure="")
        for row in (group, "study.yaml, groups")
    )
    assert [flag.row for flag in coded_flags([sizes, other], runs.key)] == [other.row]


def test_a_flag_under_codes_is_kept_by_the_name_of_its_facts() -> None:
    key = Key.of(b"salt", Named({"FM": "patients", "HC": "healthy people"}, ("FM1",)))
    flag = Flag(
        table="wells",
        row="A1 (FM1)",
        severity="look",
        what="FM1 and 3 of HC",
        why="a",
        cure="b",
        code="names_apart",
        evidence=("FM1",),
        scope=Scope(donors=("FM1",)),
    )
    hidden = coded_flag(flag, key)
    assert telling_words(str(hidden) + "".join(hidden.evidence)) == set()
    assert hidden.name == flag.name
    assert hidden.scope == Scope(donors=(key.donors["FM1"],))
    assert Flag.of_row(hidden.row_of_table()).name == flag.name


def test_a_table_of_people_by_group_is_left_out(runs: Runs) -> None:
    there = runs.hidden / "results" / "report_data" / "cohort.csv"
    assert not there.exists() and (runs.lifted / "results/report_data/cohort.csv").exists()
    assert isinstance(runs.blinded.clinic, pl.DataFrame)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blinded study of 417 v 309 planned donors, which was locked with 377 and changed since."""
    folder = write_telling_study(tmp_path_factory.mktemp("planned") / "study")
    path = folder / "study.yaml"
    text = path.read_text("utf-8").replace("healthy people}", "healthy people, n: 309}")
    path.write_text(text.replace("fibromyalgia}, {", "fibromyalgia, n: 377}, {"), "utf-8")
    exvivo.run(folder, blinded=True)
    record.lock(folder)
    path.write_text(path.read_text("utf-8").replace("n: 377", "n: 417"), "utf-8")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("history", "--json"),
        ("history",),
        ("plan", "next", "--json"),
        ("plan", "next"),
        ("lock", "--json"),
        ("lock",),
    ],
)
def test_no_command_says_how_large_a_group_was_planned(
    planned: Path, command: tuple[str, ...]
) -> None:
    names, options = [w for w in command if w[0] != "-"], [w for w in command if w[0] == "-"]
    result = CliRunner().invoke(main, [*names, str(planned), *options])
    shown = result.output.replace(str(planned), "")
    assert result.exit_code == 0, shown
    assert telling_words(shown) == set()
    assert not {"377", "417", "309"} & set(re.findall(r"\w+", shown))
    assert "686" in shown or "726" in shown or command == ("history",)


@pytest.mark.parametrize(
    "command",
    [
        ("power",),
        ("layout",),
        ("simulate", "--to", "simulated"),
        ("register",),
    ],
)
def test_no_plan_that_counts_groups_is_made_of_a_blinded_study(
    planned: Path, command: tuple[str, ...]
) -> None:
    name, *options = command
    result = CliRunner().invoke(main, ["plan", name, str(planned), *options])
    assert result.exit_code == 2 and "groups are hidden" in result.output
    assert "exvivo unblind COPY" in result.output
    assert not (planned / "planned").exists()


def test_a_code_does_not_withdraw(runs: Runs) -> None:
    code = runs.key.donors["HC2"]
    result = CliRunner().invoke(main, ["withdraw", str(runs.hidden), code, "--preview"])
    assert result.exit_code == 2 and f"the code {code} of a blinded study" in result.output
    others = {*runs.key.donors.values()} - {code}
    assert not others & set(re.findall(r"\w+", result.output))


def test_looks_without_measure_are_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["lock", str(tmp_path), "--looks", "12," + "9" * 5000])
    assert result.exit_code == 2 and "write numbers of donors in all" in result.output


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("donors.csv", "FM2,FM", "FM2,FMX"),
        ("study.yaml", "groups: [FM, HC]", "groups: [FMX, HC]"),
        ("plates/FM_HC.csv", "FM2,", "FM,"),
        ("clinic.csv", "FM2,", "FM22,"),
        ("clinic.csv", "FM3,", "FM3,830"),
    ],
)
def test_no_mistake_tells_whose_code_it_is(
    runs: Runs, tmp_path: Path, file: str, was: str, now: str
) -> None:
    folder = tmp_path / "study"
    shutil.copytree(runs.hidden, folder)
    text = (folder / file).read_text("utf-8")
    (folder / file).write_text(text.replace(was, now), encoding="utf-8")
    codes = {*runs.key.donors.values(), *runs.key.groups.values()}
    for options in ([], ["--json"]):
        result = CliRunner().invoke(main, ["check", str(folder), *options])
        assert result.exit_code == 2 and not [code for code in codes if code in result.output]
        typed = now.replace(",", " ").casefold().split()
        assert telling_words(result.output.replace(str(folder), "")) <= {*typed, "fmx", "fm22"}


def test_a_study_is_blinded_before_its_files_are_read(tmp_path: Path) -> None:
    folder = write_telling_study(tmp_path / "study")
    clinic = folder / "clinic.csv"
    clinic.write_text(clinic.read_text("utf-8").replace("FM3,", "FM3,830"), encoding="utf-8")
    result = CliRunner().invoke(main, ["run", str(folder), "--blinded"])
    assert result.exit_code == 2 and "VAS" in result.output
    assert telling_words(result.output.replace(str(folder), "")) == set()
    assert store.blinding(folder) is not None


def test_another_size_than_planned_is_told_without_the_planned_one(planned: Path) -> None:
    flags = pl.read_parquet(planned / "results" / "tables" / "flags.parquet")
    sizes = flags.filter(pl.col("row").str.starts_with("group "))
    assert sizes.height == 2 and "417" not in flags.write_ndjson()
    assert not {"377", "309"} & set(re.findall(r"\w+", flags.write_ndjson()))
