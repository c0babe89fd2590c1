"""What `prune` erases is in no byte of the record any more, a row says so, and nothing else goes."""

from __future__ import annotations

import json
import random
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from exvivo.cli import main
from exvivo.errors import StoreError
from exvivo.store import DATABASE, Run, chain, contents, hashed, keep, prune, study_hash, verify
from exvivo.store import database as database_module
from exvivo.store.database import opened
from exvivo.store.prune import prune as prune_once

_PIECE = 24
"""Bytes in a row that no two contents share by chance."""


def secret(run: int, size: int) -> bytes:
    """Text that hardly packs: of the run, and of a length that fills several pages or few bytes."""
    letters = random.Random(run).choices("0123456789abcdef", k=size)
    return "".join(letters).encode()


def a_run(folder: Path, number: int, size: int = 30_000, shared: bytes = b"title: all") -> None:
    (folder / "donors.csv").write_bytes(secret(number, size))
    inputs = (hashed(folder / "donors.csv", root=folder),)
    run = Run(version="1", study_hash=study_hash(inputs), inputs=inputs)
    texts = {"donors.csv": secret(number, size), "study.yaml": shared}

    def write(new: Path) -> None:
        (new / "report.html").write_text(f"run {number}")

    keep(folder, run=run, write=write, texts=texts)


def pieces(number: int, size: int = 30_000) -> Iterator[bytes]:
    """Parts of what the record keeps of a run, as SQLite writes them."""
    packed = zlib.compress(secret(number, size))
    return (packed[at : at + _PIECE] for at in range(0, len(packed) - _PIECE, 2000))


def is_on_disk(folder: Path, number: int) -> bool:
    """Whether any part is in any byte of the record or of the files beside it."""
    raw = b"".join(path.read_bytes() for path in folder.glob(f"{DATABASE}*"))
    return any(piece in raw for piece in pieces(number))


def test_what_is_pruned_is_in_no_byte_of_the_record(tmp_path: Path) -> None:
    for number in range(4):
        a_run(tmp_path, number)
    assert all(is_on_disk(tmp_path, number) for number in range(4))
    size = (tmp_path / DATABASE).stat().st_size
    pruned = prune(tmp_path, keep=2)
    assert [is_on_disk(tmp_path, number) for number in range(4)] == [False, False, True, True]
    assert (tmp_path / DATABASE).stat().st_size < 0.6 * size
    assert verify(tmp_path) == ()
    assert pruned.runs == (1, 2) and pruned.contents == 4 and pruned.row is not None
    facts = pruned.row.facts
    assert facts["runs"] == [1, 2] and facts["bytes"] == pruned.bytes > 30_000
    with opened(tmp_path, reading=True) as connection:
        first, second, third, *_ = chain.rows(connection)
        erased = {first.texts[name] for name in ("donors.csv", "results/report.html")}
        erased |= {second.texts[name] for name in ("donors.csv", "results/report.html")}
        assert erased == set(facts["erased"])
        assert contents.get(connection, first.texts["study.yaml"]) == b"title: all"
        assert contents.get(connection, third.texts["donors.csv"]) == secret(2, 30_000)


def test_the_last_run_keeps_its_texts_and_a_second_prune_adds_no_row(tmp_path: Path) -> None:
    for number in range(2):
        a_run(tmp_path, number, size=50)
    assert prune(tmp_path, keep=2).row is None
    assert prune(tmp_path, keep=0).runs == (1,)
    assert prune(tmp_path, keep=1).row is None
    with opened(tmp_path, reading=True) as connection:
        assert [row.kind for row in chain.rows(connection)] == ["run", "run", "prune"]
        assert contents.get(connection, list(chain.rows(connection))[1].texts["donors.csv"])


def test_a_text_that_a_decision_names_stays(tmp_path: Path) -> None:
    a_run(tmp_path, 1, shared=b"a reason")
    with opened(tmp_path) as connection:
        chain.append(
            connection, "keep", {"texts": {"reason": contents.put(connection, b"a reason")}}
        )
    a_run(tmp_path, 2)
    assert prune(tmp_path, keep=1).contents == 2
    assert verify(tmp_path) == ()


def test_bytes_that_another_program_holds_are_told_and_gone_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_WAIT", 0.05)
    for number in range(2):
        a_run(tmp_path, number)
    with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chain").fetchone()
        with pytest.raises(StoreError, match="another program reads"):
            prune_once(tmp_path, keep=1)
    assert prune(tmp_path, keep=1).row is None
    assert not is_on_disk(tmp_path, 0)
    assert verify(tmp_path) == ()


def test_a_prune_that_fails_erases_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        a_run(tmp_path, number)

    def broken(*_: object) -> None:
        error = sqlite3.OperationalError("in words that nothing depends on")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(chain, "append", broken)
    with pytest.raises(StoreError, match="no space left"):
        prune(tmp_path, keep=1)
    monkeypatch.undo()
    assert verify(tmp_path) == ()
    assert prune(tmp_path, keep=1).contents == 2


def test_the_command_says_what_it_erased(tmp_path: Path) -> None:
    for number in range(3):
        a_run(tmp_path, number, size=50)
    said = CliRunner().invoke(main, ["prune", str(tmp_path)])
    assert said.exit_code == 0 and "keeps no texts but of the last 10 runs" in said.stdout
    said = CliRunner().invoke(main, ["prune", str(tmp_path), "--keep", "2"])
    assert "Erased: 2 texts of 1 run" in said.stdout and "Head of the record: row 4" in said.stdout
    said = CliRunner().invoke(main, ["prune", str(tmp_path), "--keep", "1", "--json"])
    facts = json.loads(said.stdout)
    assert facts["runs"] == [2] and facts["contents"] == 2 and facts["record"]["row"] == 5
    assert CliRunner().invoke(main, ["prune", str(tmp_path), "--keep", "0"]).exit_code == 2
