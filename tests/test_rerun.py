"""A run made again: the same bytes here, the same numbers elsewhere, and what differs by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from every_question import every_question

import exvivo
from exvivo import store
from exvivo.cli import main
from exvivo.cli.verify import rerun_lines
from exvivo.errors import StoreError
from exvivo.rerun import Rerun, rerun
from exvivo.store import Difference, differences

QUESTION = """
  - {id: levels, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF, IL6],
     cell_type: iMG}
"""
TABLE = {
    "word": ["supported", "not resolved", None],
    "value": [1.25, 1e-17, None],
    "count": [3, 4, 5],
    "y": [[1e5, 2.0], [], [3.0]],
    "figures": [[{"name": "slope", "value": 2.0}], [], [{"name": "slope", "value": 3.0}]],
    "facts": ['{"p": 0.2654201722541601}', '{"words": ["a"]}', ""],
}


def written(folder: Path, table: dict[str, list[object]]) -> Path:
    folder.mkdir()
    pl.DataFrame(table).write_parquet(folder / "findings.parquet")
    return folder


def changed(column: str, row: int, value: object) -> dict[str, list[object]]:
    """The table with one cell changed."""
    cells = list(TABLE[column])
    cells[row] = value
    return {**TABLE, column: cells}


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("value", 0, 1.25 * (1 + 9e-10)),
        ("value", 1, -1e-13),
        ("y", 0, [1e5 + 5e-5, 2.0]),
        ("y", 0, [1e5, 2.0 + 9e-8]),
        ("figures", 2, [{"name": "slope", "value": 3.0 - 2e-9}]),
        ("facts", 0, '{"p": 0.2654201722541612}'),
    ],
)
def test_what_another_processor_changes_is_the_same(
    tmp_path: Path, column: str, row: int, value: object
) -> None:
    """The last is what two kinds of kernels gave for one study; 1e-12 of 1e5 is 1e-7."""
    recorded = written(tmp_path / "a", TABLE)
    assert differences(recorded, written(tmp_path / "b", changed(column, row, value))) == ()


@pytest.mark.parametrize(
    ("column", "row", "value", "shown"),
    [
        ("value", 0, 1.25 * (1 + 2e-9), ("value", "1.25", "1.2500000025")),
        ("value", 1, 2e-9, ("value", "1e-17", "2e-09")),
        ("value", 2, 0.0, ("value", "nothing", "0.0")),
        ("value", 0, float("nan"), ("value", "1.25", "nan")),
        ("value", 0, float("inf"), ("value", "1.25", "inf")),
        ("value", 0, -1.25, ("value", "1.25", "-1.25")),
        ("count", 2, 6, ("count", "5", "6")),
        ("word", 1, "equivalent", ("word", "not resolved", "equivalent")),
        ("word", 2, "", ("word", "nothing", "")),
        ("y", 2, [3.1], ("y", "3.0", "3.1")),
        ("y", 2, [], ("y", "1 elements", "0 elements")),
        ("figures", 2, [{"name": "slope", "value": 4.0}], ("figures.value", "3.0", "4.0")),
        ("figures", 2, [{"name": "top", "value": 3.0}], ("figures.name", "slope", "top")),
        ("facts", 0, '{"p": 0.2654}', ("facts", '{"p": 0.2654201722541601}', '{"p": 0.2654}')),
        ("facts", 1, '{"words": ["b"]}', ("facts", '{"words": ["a"]}', '{"words": ["b"]}')),
    ],
)
def test_what_differs_is_named(
    tmp_path: Path, column: str, row: int, value: object, shown: tuple[str, str, str]
) -> None:
    recorded = written(tmp_path / "a", TABLE)
    (found,) = differences(recorded, written(tmp_path / "b", changed(column, row, value)))
    assert found == Difference("findings", row + 1, *shown)


def test_tables_of_other_rows_or_columns_differ(tmp_path: Path) -> None:
    recorded = written(tmp_path / "a", TABLE)
    shorter = written(tmp_path / "b", {name: cells[:2] for name, cells in TABLE.items()})
    assert differences(recorded, shorter) == (Difference("findings", 0, "rows", "3", "2"),)
    (found,) = differences(recorded, written(tmp_path / "c", {"word": TABLE["word"]}))
    assert (found.column, found.now) == ("columns", "word")
    (tmp_path / "d").mkdir()
    assert len(differences(recorded, tmp_path / "d")) == 1


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = every_question()
    made.questions = QUESTION
    folder = made.write(tmp_path_factory.mktemp("rerun") / "study")
    exvivo.run(folder)
    return folder


def verified(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["verify", str(folder), "--rerun", *options])


def plain(folder: Path) -> int:
    """The exit code without a word of `--rerun`."""
    return CliRunner().invoke(main, ["verify", str(folder)]).exit_code


def test_made_again_it_is_the_same_in_every_byte(study: Path) -> None:
    before = store.all_files(study, root=study)
    again = verified(study)
    assert again.exit_code == plain(study)
    assert "Made again: the same bytes in all" in again.output
    assert store.all_files(study / "results", root=study) == tuple(
        file for file in before if file.path.startswith("results/")
    )


def test_a_number_on_record_that_does_not_come_out_is_named(study: Path, tmp_path: Path) -> None:
    """Words and numbers of the tables, edited: both are told, and the exit is 2."""
    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    path = copy / "results" / "tables" / "findings.parquet"
    table = pl.read_parquet(path)
    recorded = table["estimate"][0]
    edited = table.with_columns(
        estimate=pl.when(pl.int_range(pl.len()) == 0).then(recorded + 1e-6).otherwise("estimate")
    )
    edited.write_parquet(path)
    again = verified(copy, "--json")
    found = json.loads(again.stdout)
    assert (again.exit_code, found["stands"], found["rerun"]["verdict"]) == (2, False, "differs")
    (one,) = found["rerun"]["differences"]
    assert (one["table"], one["row"], one["column"]) == ("findings", 1, "estimate")
    assert float(one["now"]) == recorded
    last = store.complete_run(copy)
    made = Rerun(last, last.machine, {}, 1, (), (Difference(**one),))
    *_, line = rerun_lines(made)
    assert line == f"findings, row 1, estimate: {one['recorded']} on record, {one['now']} now"


def test_the_last_digits_of_another_processor_are_told_and_pass(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantify = __import__("exvivo.quantify", fromlist=["quantify"])

    def other(*given: object, **named: object) -> tuple[pl.DataFrame, pl.DataFrame]:
        quantities, assays = whole(*given, **named)
        return quantities.with_columns(pl.col("value") * (1 + 1e-15)), assays

    whole = quantify.quantify
    monkeypatch.setattr(quantify, "quantify", other)
    monkeypatch.setattr(store, "machine", lambda: "another machine")
    again = verified(study)
    assert again.exit_code == plain(study)
    assert "the same numbers to 1e-9, and the same words and verdicts" in again.output
    assert "-> another machine" in again.output


def test_other_inputs_are_not_compared(study: Path, tmp_path: Path) -> None:
    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    with (copy / "donors.csv").open("a") as handle:
        handle.write("\n")
    with pytest.raises(StoreError, match=r"inputs that are not those of the last run: donors\.csv"):
        rerun(copy, progress=lambda step: None)


def test_versions_of_packages_stand_on_record_and_in_no_result(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    monkeypatch.setattr(store, "packages", lambda: {"python": "9", "numpy": "99.1"})
    monkeypatch.setattr(store, "machine", lambda: "another machine")
    exvivo.run(copy)
    before, after = store.last_run(study), store.last_run(copy)
    assert before is not None and after is not None
    assert after.outputs == before.outputs
    assert (after.packages["numpy"], after.machine) == ("99.1", "another machine")
    assert before.machine.startswith(("Linux", "Darwin", "Windows"))
