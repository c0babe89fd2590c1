"""Names, titles and cells with control characters: they are printed and do nothing else."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from every_question import every_question
from rich.console import Console

from exvivo.cli import door, main
from exvivo.csv_text import csv_text
from exvivo.errors import Mistake
from exvivo.flagged import Flag
from exvivo.visible import escaped, one_line, visible, visible_cell

CLI = Path(door.__file__).parent
TITLE = "\x1b]0;owned\x07\x1b[8m"
DONOR = "\x1b[2J\u202eP\x9b31m\x7f\nNothing to fix: all is well."
HOSTILE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What no output for people has: every control character but the line end."""
QUESTION = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     stimulus: ATP, cell_type: iMG}
"""


def hostile_study(folder: Path) -> Path:
    study = every_question()
    study.questions = QUESTION
    study.rename(lambda name: name + DONOR if name in ("FM01", "HC02") else name)
    for rows, column in ((study.layouts, "well"), (study.tables, "sample")):
        for row in (row for plate in rows.values() for row in plate):
            row[column] = re.sub("^(FM01|HC02)", lambda match: match.group() + DONOR, row[column])
    study.write(folder)
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    quoted = TITLE.replace("\x1b", "\\e").replace("\x07", "\\a")
    for old, new in (
        ("title: Every kind of question", f'title: "{quoted}\\0\\nSecond line"'),
        ("name: people with fibromyalgia", 'name: "people\\e[31m with \\u202efibromyalgia"'),
        ("name: extracellular ATP", 'name: "ATP\\x9b1m\\u2066"'),
        ("- {id: TNF}", '- {id: TNF, name: "TNF\\a\\e[5m"}'),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return folder


def test_no_command_and_no_file_has_a_raw_control(tmp_path: Path) -> None:
    folder = hostile_study(tmp_path / "study")
    for command in (["check"], ["run"], ["report"], ["verify"]):
        said = CliRunner().invoke(main, [*command, str(folder)])
        assert said.exit_code == (2 if command == ["check"] else 0), said.output
        assert not HOSTILE.search(said.stdout) and not HOSTILE.search(said.stderr), command
        assert "\nNothing to fix: all is well" not in said.output
        if command == ["run"]:
            continue
        plain = CliRunner().invoke(main, [*command, str(folder), "--json"])
        assert not HOSTILE.search(plain.output), command
        told = json.loads(plain.stdout)
        assert told.get("title", f"{TITLE}\0\nSecond line") == f"{TITLE}\0\nSecond line"
    assert "␛]0;owned␇␛[8m␀␊Second line" in CliRunner().invoke(main, ["check", str(folder)]).stdout
    results = folder / "results"
    for path in results.rglob("*"):
        if path.suffix in (".html", ".svg"):
            assert not HOSTILE.search(path.read_bytes().decode()), path
        if path.suffix in (".csv", ".json"):
            text = path.read_bytes().decode()
            assert not HOSTILE.search(text.replace("\t", "").replace("\r", "")), path
    wells = pl.read_parquet(results / "tables" / "wells.parquet")
    assert f"FM01{DONOR}" in wells["donor"].to_list(), "the tables for programs are exact"


def test_mistakes_name_what_they_quote_on_one_line(tmp_path: Path) -> None:
    folder = hostile_study(tmp_path / "study")
    path = folder / "plates" / "t1.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",iMG,", ",i\x1b[2JMG,"), "utf-8")
    (folder / "clinic.csv").write_text(f'donor,visit,VAS\n"x{DONOR}",1,20\n', "utf-8")
    said = CliRunner().invoke(main, ["check", str(folder)])
    assert said.exit_code == 2
    assert "␛[2J" in said.stderr and not HOSTILE.search(said.stderr)
    assert "\nNothing to fix" not in said.stderr


def test_colours_are_ours_and_never_a_names() -> None:
    from rich.text import Text

    console = Console(force_terminal=True, width=60)
    with console.capture() as captured:
        console.print(door._Harmless(Text(f"a{TITLE}b", style="bold green")))
    text = re.sub("\x1b\\[(1;32|0)m", "", captured.get())
    assert text == "a␛]0;owned␛[8mb\n" or text == "a␛]0;owned␇␛[8mb\n"


@pytest.mark.parametrize(
    "sign", [*map(chr, range(32)), "\x7f", "\x9b", "\u202e", "\u2067", "\u2028"]
)
def test_every_control_is_seen_where_it_is_printed(sign: str) -> None:
    text = f"a{sign}b"
    assert HOSTILE.sub("", one_line(text)).replace("\n", "") == one_line(text) != text
    assert len(one_line(text)) == 3, "one sign for one, so that columns stay"
    assert (visible(text) == text) == (sign == "\n")
    assert (visible_cell(text) == text) == (sign in "\n\r\t")
    assert json.loads(escaped(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}
    assert not HOSTILE.search(str(Mistake(text, text, text, text)))
    assert str(Mistake(text, text, text, text)).count("\n") == 3
    flag = Flag(table="", row=text, severity="stop", what=text, why=text, cure=text, accepted=text)
    assert not HOSTILE.search(str(flag)) and str(flag).count("\n") == 4
    cell = csv_text(pl.DataFrame({"donor": [text, "plain é ± 1"]}), simulated=False)
    assert not HOSTILE.search(cell.replace("\t", "").replace("\r", ""))
    assert cell.endswith("plain é ± 1\n")


def test_every_command_prints_through_the_door() -> None:
    """`click.echo`, `print` and rich know nothing of names: only the door may call them."""
    for path in sorted(CLI.glob("*.py")):
        calls = [
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        ]
        raw = {"click.echo", "click.secho", "print", "Console", "console.print"} & set(calls)
        assert not raw or path.name == "door.py", f"{path.name} prints with {raw}"
