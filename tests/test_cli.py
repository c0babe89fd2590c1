"""The command line as a person meets it: what it prints, its exit codes, and what it leaves
behind.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exvivo import errors
from exvivo.cache import FOLDER
from exvivo.cli import main
from exvivo.cli import run as run_module
from exvivo.cli import web as web_module
from exvivo.cli.languages import ENGLISH_NAMES
from exvivo.errors import Bug
from exvivo.study.summary_records import LANGUAGES


def exvivo(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("demo") / "study"
    return folder, exvivo("demo", folder)


@pytest.fixture
def copy(demo: tuple[Path, Result], tmp_path: Path) -> Path:
    """The demo's files without its results."""
    shutil.copytree(
        demo[0], tmp_path / "study", ignore=shutil.ignore_patterns("results", "exvivo.sqlite*")
    )
    return tmp_path / "study"


def names(folder: Path) -> list[str]:
    """Everything in a study folder but the cache, which anyone may delete."""
    paths = (path.relative_to(folder) for path in folder.rglob("*"))
    return sorted(str(path) for path in paths if path.parts[0] != FOLDER)


def test_the_demo_prints_its_findings_and_where_the_report_is(demo: tuple[Path, Result]) -> None:
    folder, said = demo
    assert said.exit_code == 0, said.output
    assert "simulated" in said.stdout
    assert "● supported" in said.stdout
    assert f"Report: {folder / 'results' / 'report.html'}" in said.stdout
    assert (folder / "results" / "report.html").exists()


def test_the_demo_can_be_run_again_and_keeps_out_of_real_studies(
    demo: tuple[Path, Result], tmp_path: Path
) -> None:
    folder, first = demo
    again = exvivo("demo", folder)
    assert again.exit_code == 0
    above, head = (said.stdout.partition("Head of the record: ") for said in (first, again))
    assert above[0] == head[0] and above[2][:6] == "row 1," and head[2][:6] == "row 2,"
    shutil.copytree(folder, tmp_path / "real")
    path = tmp_path / "real" / "study.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("simulated: true", "simulated: false"),
        encoding="utf-8",
    )
    refused = exvivo("demo", tmp_path / "real")
    assert refused.exit_code == 2
    assert "not simulated" in refused.stderr


def test_report_shows_the_same_again_and_when_it_was_run(demo: tuple[Path, Result]) -> None:
    folder, first = demo
    *lines, date = exvivo("report", folder).stdout.splitlines(keepends=True)
    assert "".join(lines) == first.stdout.partition("Head of the record: ")[0]
    assert re.fullmatch(r"Run of \d{4}-\d\d-\d\d.* \(exvivo .+\)\.\n", date)
    page = (folder / "results" / "report.html").read_text(encoding="utf-8")
    assert date.split()[2] not in page, "the same inputs give the same bytes"


def test_a_run_counts_its_answers_and_says_how_to_open_the_report(
    demo: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, first = demo
    opened: list[str] = []

    def open_first(url: str) -> bool:
        opened.append(url)
        return len(opened) == 1

    monkeypatch.setattr("webbrowser.open", open_first)
    assert "\n18 answers: 2 supported, 6 equivalent, 10 not resolved.\n" in first.stdout
    shown = first.stdout.partition("Head of the record: ")[0].splitlines()
    assert shown[-1] == f"Open it: {errors.command('report --open', folder)}"
    assert "No browser" not in exvivo("report", "--open", folder).stderr
    assert opened == [(folder / "results" / "report.html").resolve().as_uri()]
    assert "No browser can be opened from here" in exvivo("report", "--open", folder).stderr


@pytest.mark.parametrize("change", ["rename", "break"])
def test_report_shows_the_study_as_it_was_run(
    demo: tuple[Path, Result], tmp_path: Path, change: str
) -> None:
    shutil.copytree(demo[0], tmp_path / "study")
    before = exvivo("report", tmp_path / "study")
    path = tmp_path / "study" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("more_tnf", "tnf_more") if change == "rename" else "title: [", encoding="utf-8"
    )
    said = exvivo("report", tmp_path / "study")
    assert said.exit_code == 0 and said.stdout == before.stdout
    assert "has changed since" in said.stderr and "has changed since" not in before.stderr


def test_a_file_in_place_of_the_folder_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("x")
    for command in ("demo", "new", "check", "run", "report", "verify"):
        said = exvivo(command, tmp_path / "notes", "--json")
        assert said.exit_code == 2
        assert json.loads(said.stdout)["mistakes"][0]["found"] == "a file"


def test_demo_takes_no_negative_seed_and_writes_over_nothing(tmp_path: Path) -> None:
    assert exvivo("demo", tmp_path / "x", "--seed", "-1").exit_code == 2
    (tmp_path / "donors.csv").write_text("precious")
    for command in ("demo", "new"):
        said = exvivo(command, tmp_path)
        assert said.exit_code == 2 and "written over: donors.csv" in said.stderr
    assert names(tmp_path) == ["donors.csv"]


def test_a_terminal_of_few_letters_shows_what_it_can(demo: tuple[Path, Result]) -> None:
    command = [sys.executable, "-m", "exvivo", "report", str(demo[0])]
    said = subprocess.run(
        command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=False
    )
    assert said.returncode == 0, said.stderr
    assert b"? supported" in said.stdout
    main_help = exvivo("--help").stdout
    assert main_help.isascii()


def test_rights_have_their_own_cure(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(copy / "results"))

    monkeypatch.setattr(run_module, "run_and_show", refuse)
    assert "give yourself the right" in exvivo("run", copy).stderr


@pytest.fixture
def with_summary(demo: tuple[Path, Result], tmp_path: Path) -> Path:
    """The demo with its results, whose Japanese summary is known."""
    folder = tmp_path / "told"
    shutil.copytree(demo[0], folder)
    (folder / "results" / "summary.ja.html").write_text("<p>要約", "utf-8")
    (folder / "results" / "summary.ja.md").write_text("# 痛み\u202e\n\n要約\n", "utf-8")
    return folder


def test_report_prints_the_summary_in_a_language_and_says_where_it_is(
    with_summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))  # type: ignore[func-returns-value]
    said = exvivo("report", with_summary, "--language", "ja", "--open")
    page = with_summary / "results" / "summary.ja.html"
    assert said.exit_code == 0, said.output
    run, title, empty, text, *rest = said.stdout.splitlines()
    assert title.startswith("# 痛み") and "\u202e" not in title
    assert (empty, text) == ("", "要約")
    again = errors.command("report --language ja --open", with_summary)
    assert rest[-2:] == [f"Summary: {page}", f"Open it: {again}"]
    assert run.startswith("Run of 20")
    assert opened == [page.resolve().as_uri()]
    assert "supported" not in said.stdout


def test_report_gives_the_summary_to_programs(with_summary: Path) -> None:
    said = exvivo("report", with_summary, "--language", "JA", "--json")
    told = json.loads(said.stdout)
    assert told["simulated"] is True and "findings" not in told
    summary = told["summary"]
    assert (summary["language"], summary["reviewed_by"]) == ("ja", "")
    assert Path(summary["page"]).read_text("utf-8") == "<p>要約"
    assert Path(summary["markdown"]).name == "summary.ja.md" and "要約" in summary["text"]


@pytest.mark.parametrize("file", ["summary.ja.html", "summary.ja.md"])
def test_report_without_a_summary_says_what_to_do(with_summary: Path, file: str) -> None:
    (with_summary / "results" / file).unlink()
    said = exvivo("report", with_summary, "--language", "ja")
    assert said.exit_code == 2
    assert "a version before the summaries" in said.stderr
    assert errors.command("run", with_summary) in said.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--language", "it"), "'it' is not one of"), (("--language", "ja", "--figures", "png"), "")],
)
def test_report_refuses_what_it_cannot_show_in_a_language(
    with_summary: Path, options: tuple[str, ...], words: str
) -> None:
    said = exvivo("report", with_summary, *options)
    assert said.exit_code == 2 and words in said.stderr
    assert names(with_summary / "figures") == []


def test_report_without_a_run_says_what_to_do(copy: Path) -> None:
    said = exvivo("report", copy)
    assert said.exit_code == 2
    assert "exvivo run" in said.stderr
    assert not (copy / "exvivo.sqlite").exists()


def test_verify_says_what_changed(demo: tuple[Path, Result], tmp_path: Path) -> None:
    assert "All stands" in exvivo("verify", demo[0]).stdout
    shutil.copytree(demo[0], tmp_path / "study")
    (tmp_path / "study" / "raw" / "README.md").write_text("read by no run")
    assert exvivo("verify", tmp_path / "study").exit_code == 0
    with (tmp_path / "study" / "donors.csv").open("a", encoding="utf-8") as handle:
        handle.write("\n")
    said = exvivo("verify", tmp_path / "study")
    assert said.exit_code == 2
    assert "changed input   donors.csv" in said.stdout
    found = json.loads(exvivo("verify", tmp_path / "study", "--json").stdout)
    assert found["stands"] is False
    assert found["changes"] == [{"path": "donors.csv", "side": "input", "what": "changed"}]


def test_new_makes_a_template_whose_only_gaps_are_the_instrument_files(tmp_path: Path) -> None:
    assert exvivo("new", tmp_path / "mine").exit_code == 0
    said = exvivo("check", tmp_path / "mine", "--json")
    assert said.exit_code == 2
    (mistake,) = json.loads(said.stdout)["mistakes"]
    assert mistake["found"].startswith("none of the 19 that plates name is there yet")
    assert exvivo("new", tmp_path / "mine").exit_code == 2


def test_check_counts_what_it_read_and_writes_nothing(copy: Path) -> None:
    before = names(copy)
    said = exvivo("check", copy)
    assert said.exit_code == 0
    assert "Nothing to fix: 24 donors, 4 plates" in said.stdout
    assert json.loads(exvivo("check", copy, "--json").stdout)["sound"] is True
    assert names(copy) == before


def test_check_tells_what_the_summary_lacks_in_each_language(copy: Path) -> None:
    file = copy / "study.yaml"
    text = file.read_text(encoding="utf-8")
    assert "Nothing is lacking." in exvivo("check", copy, "--summary").stdout
    assert text.count(", de: gesunde Menschen") == 1
    gone = text.replace(", de: gesunde Menschen", "")
    file.write_text(_without_registration(gone), encoding="utf-8")
    shown = exvivo("check", copy, "--summary")
    assert shown.exit_code == 0, shown.output
    assert "  group HC (healthy people): German\n" in shown.stdout
    assert "  registration (`registration`)\n" in shown.stdout
    assert "group HC" not in exvivo("check", copy, "--summary", "--language", "FR").stdout
    every = json.loads(exvivo("check", copy, "--summary", "--json").stdout)["summary"]
    assert list(every) == list(LANGUAGES) == list(ENGLISH_NAMES)
    lacking = [{"kind": "group", "id": "HC", "name": "healthy people"}]
    assert [code for code, words in every.items() if words["without_word"] == lacking] == ["de"]
    assert all(words["not_stated"] == ["registration"] for words in every.values())
    catalog = {"kind": "analyte", "id": "TNF", "name": "TNF", "word": "TNF"}
    assert catalog in every["ja"]["of_catalog"]


def _without_registration(text: str) -> str:
    above, _, below = text.partition("  registration:")
    return f"{above}  words:{below.partition('  words:')[2]}\n"


def test_check_takes_a_language_of_the_summary_alone(copy: Path) -> None:
    for options in (("--language", "de"), ("--summary", "--language", "it")):
        assert exvivo("check", copy, *options).exit_code == 2
    assert "summary" not in json.loads(exvivo("check", copy, "--json").stdout)
    (copy / "study.yaml").write_text("title: [", encoding="utf-8")
    assert exvivo("check", copy, "--summary").exit_code == 2


def test_check_says_up_front_that_a_large_margin_needs_its_reason(copy: Path) -> None:
    assert json.loads(exvivo("check", copy, "--json").stdout)["notes"] == []
    file = copy / "study.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("margin: 1") == 1
    file.write_text(text.replace("margin: 1", "margin: 6"), encoding="utf-8")
    said = exvivo("check", copy)
    assert said.exit_code == 0
    assert "margin of 64-fold without `margin_reason`" in said.stdout
    (note,) = json.loads(exvivo("check", copy, "--json").stdout)["notes"]
    assert "`other_cytokines`" in note


def test_json_of_a_run_is_standard(copy: Path) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    said = exvivo("run", copy, "--json")
    found = json.loads(said.stdout, parse_constant=refuse)
    assert found["simulated"] is True
    answers = [row for row in found["findings"] if row["part"] == "answer"]
    assert {row["verdict"] for row in answers} <= {
        "supported",
        "equivalent",
        "not resolved",
        "not estimable",
    }
    assert Path(found["report"]).exists()


def test_help_teaches_and_every_command_explains_itself() -> None:
    said = exvivo("--help").stdout
    for command in ("demo", "new", "check", "run", "report", "verify"):
        assert f"exvivo {command}" in said
        assert len(exvivo(command, "--help").stdout.splitlines()) > 6


def test_help_lists_commands_as_a_study_meets_them_with_whole_sentences() -> None:
    """Nothing is cut short; the order is that of a study's life."""
    listed = exvivo("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(main.commands)
    assert all(line.endswith(".") and not line.endswith("..") for line in listed)


COMMANDS = (
    *("demo", "new", "check", "run", "report", "verify", "prune"),
    *(
        "lock",
        "history",
        "compare",
        "exclude",
        "keep",
        "withdraw",
        "record",
        "share",
        "claims",
        "fetch",
    ),
    *("open", "serve", "audit", "backup", "restore", "unblind"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_arguments_acts_here_or_asks_for_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """In an empty folder: the demo makes one, `new` asks where, the others find no study here."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_module, "run_and_show", lambda *_, **__: None)
    monkeypatch.setattr(web_module, "_serve", lambda *_: None)
    assert set(main.commands) == {*COMMANDS, "scales", "plan"}
    said = exvivo(command)
    assert "fault of exvivo" not in said.stderr and "Traceback" not in said.stderr
    if command == "demo":
        assert said.exit_code == 0 and (tmp_path / "exvivo-demo" / "study.yaml").exists()
    else:
        assert said.exit_code == (0 if command in ("run", "open") else 2)
        assert names(tmp_path) == []


def test_a_study_is_checked_and_verified_in_its_own_folder(
    demo: tuple[Path, Result], copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy)
    assert exvivo("check").stdout.endswith("Next: exvivo run .\n")
    assert "exvivo run ." in exvivo("report").stderr
    monkeypatch.chdir(demo[0])
    assert "All stands" in exvivo("verify").stdout


def test_the_next_command_can_be_pasted_into_a_shell(copy: Path, tmp_path: Path) -> None:
    folder = copy.rename(tmp_path / "Studie Müller (RA) #2")
    last = exvivo("check", folder).stdout.splitlines()[-1]
    assert shlex.split(last.removeprefix("Next: ")) == ["exvivo", "run", str(folder)]


def test_help_loads_nothing_heavy() -> None:
    heavy = ("numpy", "polars", "scipy", "altair", "vl_convert", "rich", "jinja2")
    code = f"import exvivo.cli, sys; print([m for m in {heavy!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_our_own_faults_exit_with_70(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise Bug("findings: verdict holds ['perhaps']")

    monkeypatch.setattr(run_module, "run_and_show", broken)
    said = exvivo("run", copy)
    assert said.exit_code == 70
    assert "a fault of exvivo" in said.stderr
    said = exvivo("run", copy, "--json")
    assert said.exit_code == 70
    assert json.loads(said.stdout)["fault"] == "findings: verdict holds ['perhaps']"


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def one_group_a_plate(folder: Path) -> None:
    """Every donor of one group on one plate, every donor of the other on the other."""
    for plate, group in (("Q1", "FM"), ("Q2", "HC")):
        path = folder / "plates" / f"{plate}.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if "sample" not in line or f",{group}" in line]
        assert len(kept) < len(lines)
        path.write_text("".join(kept), encoding="utf-8")


def again(folder: Path) -> None:
    path = folder / "plates" / "Q1.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="utf-8")


def truncated(folder: Path) -> None:
    path = folder / "raw" / "Q1.rdml"
    path.write_bytes(path.read_bytes()[:2000])


def wrong_kind(folder: Path) -> None:
    shutil.copy(folder / "raw" / "B1" / "A1.fcs", folder / "raw" / "Q1.rdml")


def bomb(folder: Path) -> None:
    with zipfile.ZipFile(folder / "raw" / "Q1.rdml", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rdml_data.xml", b"<rdml>" + b" " * 400_000_000)


def entities(folder: Path) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rdml>&b;</rdml>'
    with zipfile.ZipFile(folder / "raw" / "Q1.rdml", "w") as archive:
        archive.writestr("rdml_data.xml", text)


def score_out_of_range(folder: Path) -> None:
    path = folder / "clinic.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    path.write_text(
        "".join([lines[0], ",".join([cells[0], "412", *cells[2:]]), *lines[2:]]), encoding="utf-8"
    )


BAD = {
    "unknown donor": (replace("plates/Q1.csv", "FM01", "FM99"), "plates/Q1.csv:", "FM99"),
    "duplicated well": (again, "plates/Q1.csv:", "again"),
    "group confounded with plate": (
        one_group_a_plate,
        "study.yaml:",
        "every plate holds one group only",
    ),
    "missing reference gene": (
        replace("study.yaml", "RPLP0", "GAPDH"),
        "GAPDH",
        "no well with this target",
    ),
    "scale out of range": (score_out_of_range, "clinic.csv:2", "412"),
    "truncated file": (truncated, "raw/Q1.rdml", ""),
    "file of another kind": (wrong_kind, "raw/Q1.rdml", "FCS"),
    "bomb": (bomb, "raw/Q1.rdml", ""),
    "entities": (entities, "raw/Q1.rdml", ""),
    "YAML slip": (replace("study.yaml", "title:", "title: ["), "study.yaml:", ""),
    "unknown word": (replace("study.yaml", "questions:", "qestions:"), "study.yaml:", "qestions"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_a_message_exit_code_2_and_writes_nothing(copy: Path, case: str) -> None:
    spoil, where, found = BAD[case]
    spoil(copy)
    before = names(copy)
    said = exvivo("run", copy, "--json")
    assert said.exit_code == 2, said.output
    mistakes = json.loads(said.stdout)["mistakes"]
    assert any(where in mistake["where"] + mistake["found"] for mistake in mistakes), mistakes
    assert any(found in mistake["found"] for mistake in mistakes), mistakes
    for mistake in mistakes:
        assert all(mistake[part].strip() for part in ("where", "found", "expected", "cure"))
    assert names(copy) == before
    assert exvivo("run", copy).stderr.count("Traceback") == 0


README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_says_what_works(
    demo: tuple[Path, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Python runs on the demo; it quotes what the demo finds; every command it names exists."""
    shutil.copytree(demo[0], tmp_path / "exvivo-demo")
    monkeypatch.chdir(tmp_path)
    for block in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL):
        exec(block, {})
    quoted = " ".join(re.findall(r"```text\n(.*?)```", README, flags=re.DOTALL)[0].split())
    assert quoted in " ".join(demo[1].stdout.split())
    assert set(
        re.findall(
            r"exvivo ([a-z]+)", " ".join(re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL))
        )
    ) <= {
        "demo",
        "with",
        *main.commands,
    }
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert link.startswith("https://doi.org/") or (Path(__file__).parents[1] / link).exists(), (
            link
        )
