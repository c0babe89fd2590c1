"""The record of version 1 of two real runs: read without a write, taken into the chain by the next
run, whole or not at all.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from exvivo.cli import main
from exvivo.errors import StoreError
from exvivo.store import DATABASE, Run, examine, hashed, head, keep, last_run, study_hash, verify
from exvivo.store.chain import rows
from exvivo.store.database import opened

DUMP = Path(__file__).parent / "version_1.sql"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with the record of version 1 and nothing else."""
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    return tmp_path


def as_stored(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """The old tables, read with SQLite alone."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("runs", "inputs", "outputs")
        }


def write(new: Path) -> None:
    (new / "report.html").write_text("new")


def a_run(folder: Path) -> None:
    (folder / "study.yaml").write_text("exvivo: 1\n")
    inputs = (hashed(folder / "study.yaml", root=folder),)
    run = Run(version="2", study_hash=study_hash(inputs), inputs=inputs)
    keep(folder, run=run, write=write)


def test_it_is_read_as_it_stands_and_not_written(old: Path) -> None:
    before, stored = (old / DATABASE).read_bytes(), as_stored(old)
    run = last_run(old)
    assert run is not None and run.version == "0.1.0"
    assert run.recorded == stored["runs"][-1][1]
    listed = [(2, file.path, file.sha256, file.bytes) for file in run.inputs]
    assert listed == [row for row in stored["inputs"] if row[0] == 2]
    examined = examine(old)
    assert examined.head is None and examined.imported == 2 and "imported" in examined.unknown
    assert {(each.side, each.what) for each in examined.changes} == {
        ("input", "missing"),
        ("output", "missing"),
    }
    said = CliRunner().invoke(main, ["verify", str(old)])
    assert "2 runs recorded before there was a chain" in said.stdout
    assert (old / DATABASE).read_bytes() == before
    assert sorted(path.name for path in old.iterdir()) == [DATABASE]


def test_the_next_run_takes_it_into_the_chain_with_all_it_says(old: Path) -> None:
    stored = as_stored(old)
    a_run(old)
    assert verify(old) == ()
    with opened(old, reading=True) as connection:
        chain = list(rows(connection))
    assert [row.kind for row in chain] == ["imported", "imported", "run"]
    for row, (number, recorded, version, digest, _) in zip(chain, stored["runs"], strict=False):
        facts = row.facts
        assert [facts["recorded"], facts["version"], facts["study_hash"]] == [
            recorded,
            version,
            digest,
        ]
        for table in ("inputs", "outputs"):
            listed = [(number, *each) for each in facts[table]]
            assert listed == [each for each in stored[table] if each[0] == number]
    assert examine(old).imported == 2
    kept = head(old)
    assert kept is not None and kept.number == 3


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE inputs SET sha256 = replace(sha256, '1', '2') WHERE path = 'donors.csv'",
        "UPDATE runs SET study_hash = replace(study_hash, '1', '2') WHERE id = 1",
        "DELETE FROM inputs WHERE run = 1 AND path = 'clinic.csv'",
    ],
)
def test_inputs_that_were_changed_before_contradict_their_hash(old: Path, edit: str) -> None:
    with closing(sqlite3.connect(old / DATABASE)) as connection, connection:
        for verb in ("update", "delete"):
            for table in ("runs", "inputs"):
                connection.execute(f"DROP TRIGGER {table}_{verb}")
        connection.execute(edit)
    wrong = {(each.path, each.what) for each in verify(old) if each.side == "row"}
    assert ("1", "study_hash") in wrong


def test_parameters_that_cannot_be_read_are_told(old: Path) -> None:
    with closing(sqlite3.connect(old / DATABASE)) as connection, connection:
        connection.execute("DROP TRIGGER runs_update")
        connection.execute("UPDATE runs SET parameters = 'none' WHERE id = 2")
    with pytest.raises(StoreError, match="parameters of run 2"):
        last_run(old)


KILLED = """
import os, signal, sys
from pathlib import Path
from exvivo.store import database
whole = database.import_runs
def cut(connection):
    whole(connection)
    os.kill(os.getpid(), signal.SIGKILL)
database.import_runs = cut
with database.opened(Path(sys.argv[1])):
    raise SystemExit("not killed")
"""


def test_killed_in_the_middle_it_is_of_version_1_still(old: Path) -> None:
    stored = as_stored(old)
    done = subprocess.run([sys.executable, "-c", KILLED, str(old)], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    assert as_stored(old) == stored
    with closing(sqlite3.connect(old / DATABASE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert examine(old).imported == 2
    a_run(old)
    assert verify(old) == ()
