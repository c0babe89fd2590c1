"""The chain against its law, recomputed by hand, and the record of version 1."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

from exvivo.store import DATABASE, File, Run, chain, contents, keep, last_run
from exvivo.store.database import opened
from exvivo.store.runs import runs


def write(folder: Path) -> None:
    (folder / "report.html").write_text("a report")
    (folder / "other.csv").write_text("kept by its hash only")


def a_run(seed: int = 1) -> Run:
    return Run(
        version="1",
        study_hash="ab",
        inputs=(File("study.yaml", "cd", 4),),
        parameters={"plan.seed": str(seed)},
        packages={"numpy": "2"},
    )


def test_every_row_carries_the_hash_of_the_row_before_it(tmp_path: Path) -> None:
    for seed in range(3):
        keep(tmp_path, run=a_run(seed), write=write)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        stored = connection.execute("SELECT * FROM chain ORDER BY number").fetchall()
    before = ""
    for number, kind, recorded, said, states, digest in stored:
        text = json.dumps(
            [number, kind, recorded, said, states], ensure_ascii=False, separators=(",", ":")
        )
        assert said == before
        assert digest == hashlib.sha256(text.encode("utf-8")).hexdigest()
        before = digest
    assert [row[0] for row in stored] == [1, 2, 3]


def test_a_run_comes_back_with_the_texts_that_are_kept_of_it(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(), write=write, texts={"study.yaml": b"exvivo: 1"})
    run = last_run(tmp_path)
    assert run is not None
    assert set(run.texts) == {"study.yaml", "results/report.html"}
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        stored = dict(connection.execute("SELECT * FROM contents").fetchall())
        assert contents.get(connection, run.texts["results/report.html"]) == b"a report"
    for digest, packed in stored.items():
        assert hashlib.sha256(zlib.decompress(packed)).hexdigest() == digest
    assert {"packages": {"numpy": "2"}}.items() <= run.states().items()


def test_the_same_bytes_are_kept_once_and_an_erased_text_leaves_the_chain_whole(
    tmp_path: Path,
) -> None:
    for seed in range(2):
        keep(tmp_path, run=a_run(seed), write=write)
    with opened(tmp_path) as connection:
        assert connection.execute("SELECT count(*) FROM contents").fetchone() == (1,)
        (digest,) = {each for run in runs(connection) for each in run.texts.values()}
        connection.execute("BEGIN IMMEDIATE")
        contents.erase(connection, [digest])
        chain.append(connection, "prune", {"erased": [digest]})
        connection.execute("COMMIT")
        assert contents.get(connection, digest) is None
        assert all(row.hash == row.right_hash for row in chain.rows(connection))
        assert chain.last_row(connection, "run") == list(chain.rows(connection))[1]
        assert chain.last_row(connection, "lock") is None


VERSION_1 = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, recorded TEXT NOT NULL, version TEXT NOT NULL,
    study_hash TEXT NOT NULL, parameters TEXT NOT NULL) STRICT;
CREATE TABLE inputs (run INTEGER NOT NULL REFERENCES runs (id), path TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (run, path)) STRICT;
CREATE TABLE outputs (run INTEGER NOT NULL REFERENCES runs (id), path TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (run, path)) STRICT;
CREATE TRIGGER runs_delete BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'the record of runs only grows'); END;
INSERT INTO runs VALUES (1, '2025-03-01T10:00:00+00:00', '0.1.0', 'ab', '{"plan.seed": "1"}');
INSERT INTO runs VALUES (2, '2025-03-02T10:00:00+00:00', '0.1.0', 'cd', '{"plan.seed": "2"}');
INSERT INTO inputs VALUES (1, 'study.yaml', 'aa', 4), (2, 'study.yaml', 'bb', 5);
INSERT INTO outputs VALUES (2, 'results/report.html', 'cc', 6);
PRAGMA user_version = 1;
"""


def test_a_record_of_version_1_is_read_as_it_stands_and_joins_the_chain(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.executescript(VERSION_1)
    before = (tmp_path / DATABASE).read_bytes()
    run = last_run(tmp_path)
    assert run is not None
    assert (run.recorded, run.study_hash) == ("2025-03-02T10:00:00+00:00", "cd")
    assert run.outputs == (File("results/report.html", "cc", 6),)
    assert (tmp_path / DATABASE).read_bytes() == before
    keep(tmp_path, run=a_run(), write=write)
    with opened(tmp_path, reading=True) as connection:
        kinds = [row.kind for row in chain.rows(connection)]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert kinds == ["imported", "imported", "run"]
    assert not tables & {"runs", "inputs", "outputs"}
