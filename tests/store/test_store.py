from __future__ import annotations

import os
import platform
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import polars as pl
import pytest

from exvivo import store
from exvivo.errors import StoreError
from exvivo.store import (
    File,
    Run,
    hashed,
    keep,
    last_run,
    read_table,
    recover,
    verify,
    write_tables,
)
from exvivo.store import database as database_module
from exvivo.store import exchange as exchange_module
from exvivo.store import provenance as provenance_module
from exvivo.store import results as results_module
from exvivo.store.database import opened
from exvivo.tables import FLAGS, RESPONSES, WORDED

machine_module = sys.modules["exvivo.store.machine"]
verify_module = sys.modules["exvivo.store.verify"]
"""The modules; their names in the package are the functions."""


def a_run(folder: Path) -> Run:
    (folder / "raw").mkdir(exist_ok=True)
    raw = folder / "raw" / "Q1.rdml"
    if not raw.exists():
        raw.write_bytes(b"curves")
    inputs = (hashed(raw, root=folder),)
    return Run(
        version="0",
        study_hash=store.study_hash(inputs),
        inputs=inputs,
        parameters={"plan.seed": "1"},
    )


def writer(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "report.html").write_text(text)
        (folder / "tables").mkdir()
        (folder / "tables" / "flags.csv").write_text(text)

    return write


def test_a_run_is_recorded_with_what_it_read_and_made(tmp_path: Path) -> None:
    assert last_run(tmp_path) is None
    assert not list(tmp_path.iterdir())
    made = keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    assert made == tmp_path / "results"
    run = last_run(tmp_path)
    assert run is not None
    assert run.inputs == (
        File("raw/Q1.rdml", "ba27dd05387c293ca07c49aaf6583d75f77802ba731aaabdea57773d7de38416", 6),
    )
    assert [f.path for f in run.outputs] == ["results/report.html", "results/tables/flags.csv"]
    assert run.parameters == {"plan.seed": "1"}
    assert verify(tmp_path) == ()
    assert not (tmp_path / ".exvivo-new").exists()


def test_the_next_run_takes_the_place_of_the_last_and_both_stay_on_record(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    keep(tmp_path, run=a_run(tmp_path), write=writer("two"))
    assert (tmp_path / "results" / "report.html").read_text() == "two"
    assert verify(tmp_path) == ()
    with closing(sqlite3.connect(tmp_path / store.DATABASE)) as connection:
        assert connection.execute("SELECT count(*) FROM chain").fetchone() == (2,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_verify_names_what_changed_what_is_missing_and_what_is_new(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    (tmp_path / "raw" / "Q1.rdml").write_bytes(b"curveZ")
    (tmp_path / "raw" / "README.md").write_bytes(b"read by no run")
    (tmp_path / "results" / ".DS_Store").write_bytes(b"left by a file browser")
    (tmp_path / "results" / "report.html").unlink()
    (tmp_path / "results" / "note.txt").write_text("mine")
    found = {(c.path, c.side, c.what) for c in verify(tmp_path)}
    assert found == {
        ("raw/Q1.rdml", "input", "changed"),
        ("results/report.html", "output", "missing"),
        ("results/note.txt", "output", "new"),
    }


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.mark.parametrize("runs", [0, 1])
def test_files_of_someone_else_among_the_results_are_not_thrown_away(
    tmp_path: Path, runs: int
) -> None:
    run = a_run(tmp_path)
    (tmp_path / "results.old").mkdir()
    (tmp_path / "results.old" / "kept.txt").write_text("a copy of the user")
    for _ in range(runs):
        keep(tmp_path, run=run, write=writer("one"))
    (tmp_path / "results").mkdir(exist_ok=True)
    for i in range(7):
        (tmp_path / "results" / f"manuscript{i}.docx").write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(StoreError) as raised:
        keep(tmp_path, run=run, write=writer("two"))
    (mistake,) = raised.value.mistakes
    assert "results/manuscript0.docx" in mistake.found and mistake.found.endswith("and 2 more")
    assert "move them out" in mistake.cure
    assert everything(tmp_path) == before
    for i in range(7):
        (tmp_path / "results" / f"manuscript{i}.docx").unlink()
    (tmp_path / "results" / ".DS_Store").write_bytes(b"left by a file browser")
    keep(tmp_path, run=run, write=writer("two"))
    assert (tmp_path / "results.old" / "kept.txt").exists()


@pytest.mark.parametrize("kind", ["a file", "a link"])
def test_results_that_are_no_folder_are_left_alone(tmp_path: Path, kind: str) -> None:
    run = a_run(tmp_path)
    if kind == "a file":
        (tmp_path / "results").write_text("notes")
    else:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "results").symlink_to(tmp_path / "elsewhere")
    before = everything(tmp_path)
    with pytest.raises(StoreError, match=f"{kind}\n"):
        keep(tmp_path, run=run, write=writer("one"))
    assert everything(tmp_path) == before


def test_a_record_that_cannot_be_opened_has_its_own_cure(tmp_path: Path) -> None:
    (tmp_path / store.DATABASE).mkdir()
    for act in (
        lambda: keep(tmp_path, run=a_run(tmp_path), write=writer("one")),
        lambda: verify(tmp_path),
    ):
        with pytest.raises(StoreError, match="bring the file back from a backup"):
            act()
    with pytest.raises(StoreError, match="copy the study to where you have it"):
        keep(tmp_path / "gone", run=Run(version="0", study_hash="", inputs=()), write=writer("one"))


def test_an_archive_that_may_not_be_written_can_be_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = everything(tmp_path)
    assert verify(tmp_path) == ()
    assert everything(tmp_path) == before
    with (
        opened(tmp_path, reading=True) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("CREATE TABLE x (y)")


def test_what_may_not_be_read_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))

    def refuse(path: Path, *, root: Path) -> File:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(verify_module, "hashed", refuse)
    with pytest.raises(PermissionError):
        verify(tmp_path)


def test_verify_without_a_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no complete run"):
        verify(tmp_path)


def test_a_run_that_fails_leaves_the_last_one(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))

    def broken(folder: Path) -> None:
        (folder / "report.html").write_text("half")
        raise RuntimeError("no disk")

    with pytest.raises(RuntimeError, match="no disk"):
        keep(tmp_path, run=a_run(tmp_path), write=broken)
    assert (tmp_path / "results" / "report.html").read_text() == "one"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["exvivo.sqlite", "raw", "results"]
    assert verify(tmp_path) == ()


def test_results_that_are_not_on_record_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run whose record cannot be written takes nobody's place."""
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))

    def unwritten(connection: sqlite3.Connection, run: Run, kept: dict[str, bytes]) -> None:
        error = sqlite3.OperationalError("in words that nothing depends on")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(results_module, "add", unwritten)
        with pytest.raises(StoreError, match="no space left"):
            keep(tmp_path, run=a_run(tmp_path), write=writer("two"))
    assert (tmp_path / "results" / "report.html").read_text() == "one"
    assert verify(tmp_path) == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["exvivo.sqlite", "raw", "results"]


KILLED = """
import sys, time
from pathlib import Path
from exvivo.store import Run, keep
folder = Path(sys.argv[1])
def write(new):
    (new / "report.html").write_text("half")
    (folder / "begun").touch()
    time.sleep(60)
keep(folder, run=Run(version="0", study_hash="cd", inputs=()), write=write)
"""


def test_a_killed_run_leaves_the_last_complete_one(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)]) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert (tmp_path / "begun").exists()
    assert (tmp_path / ".exvivo-new" / "report.html").read_text() == "half"
    assert verify(tmp_path) == ()
    assert not (tmp_path / ".exvivo-new").exists()
    assert (tmp_path / "results" / "report.html").read_text() == "one"
    keep(tmp_path, run=a_run(tmp_path), write=writer("two"))
    assert (tmp_path / "results" / "report.html").read_text() == "two"


@pytest.mark.parametrize("renames", [0, 1])
def test_killed_between_record_and_exchange_the_recorded_results_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))

    def cut_short(folder: Path, new: Path) -> None:
        del new
        if renames:
            (folder / "results").rename(folder / ".exvivo-old")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(exchange_module, "exchange", cut_short)
        with pytest.raises(KeyboardInterrupt):
            keep(tmp_path, run=a_run(tmp_path), write=writer("two"))
    recover(tmp_path)
    assert (tmp_path / "results" / "report.html").read_text() == "two"
    assert verify(tmp_path) == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["exvivo.sqlite", "raw", "results"]


def test_the_record_only_grows(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    connection = sqlite3.connect(tmp_path / store.DATABASE)
    for statement in ("UPDATE chain SET kind = 'lock'", "DELETE FROM chain"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            connection.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="does not change"):
        connection.execute("UPDATE contents SET bytes = x'00'")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO chain VALUES ('two', 'run', '', '', '', '')")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_two_runs_at_once_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_WAIT", 0.05)

    def inner(folder: Path) -> None:
        (folder / "report.html").write_text("outer")
        with pytest.raises(StoreError, match="another run of this study is being written"):
            keep(tmp_path, run=a_run(tmp_path), write=writer("inner"))

    keep(tmp_path, run=a_run(tmp_path), write=inner)
    assert (tmp_path / "results" / "report.html").read_text() == "outer"
    assert verify(tmp_path) == ()


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / store.DATABASE).write_bytes(b"this is no database, it is a letter" * 40)
    with pytest.raises(StoreError, match="leave this one where it is"):
        keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    assert not (tmp_path / "results").exists()


def test_a_record_of_a_later_version_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, run=a_run(tmp_path), write=writer("one"))
    connection = sqlite3.connect(tmp_path / store.DATABASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer exvivo"):
        last_run(tmp_path)


def test_tables_come_back_as_they_were_and_can_be_read_by_people(tmp_path: Path) -> None:
    flags = FLAGS.frame(
        [
            {
                "name": "a_rule/Q1/e3b0c4",
                "code": "a_rule",
                "place": "Q1",
                "evidence": ["A1"],
                "table": "wells",
                "row": "Q1 A1",
                "severity": "look",
                "what": 'é, "x"\nnew',
                "why": "w",
                "cure": "c",
            }
        ]
    )
    responses = RESPONSES.frame(
        [
            {
                "estimand": "response",
                "assay": "mrna",
                "on": "amount",
                "readout": "mRNA",
                "analyte": "TNF",
                "visit": "1",
                "donor": "0071",
                "group": "g",
                "value": 1 / 3,
                "sd": 0.1,
                "censor": "none",
                "wells": 4,
                "undetected_wells": 0,
                "shared": [{"key": "E:mrna:TNF", "loading": 0.1}],
                "plates": ["Q1", "Q2"],
            }
        ]
    )
    tables = {"flags": flags, "responses": responses, "findings": WORDED.frame()}
    write_tables(tables, tmp_path / "tables", simulated=True)
    for name, frame in tables.items():
        assert read_table(name, folder=tmp_path / "tables").equals(frame)
    text = pl.read_csv(tmp_path / "tables" / "responses.csv", infer_schema=False)
    assert text["plates"].to_list() == ['["Q1", "Q2"]']
    assert text["donor"].to_list() == ["0071"] and text["simulated"].to_list() == ["true"]
    assert (
        pl.read_parquet_metadata(tmp_path / "tables" / "flags.parquet")["exvivo:simulated"]
        == "true"
    )
    again = tmp_path / "again"
    write_tables(tables, again, simulated=True)
    for path in (tmp_path / "tables").iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_a_package_without_metadata_has_an_unknown_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name == "flowio":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(provenance_module, "version", version)
    versions = store.packages()
    assert versions["flowio"] == "unknown" and versions["numpy"] == "1.0"
    assert next(iter(versions)) == "python"


def test_the_kind_of_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels are those that are told to OpenBLAS; nothing fails where no library is there."""
    if platform.machine().lower() in ("x86_64", "amd64"):
        named = [_machine_with(kernels) for kernels in ("Nehalem", "Prescott")]
        assert named[0] != named[1]
    assert store.machine().startswith(f"{platform.system()} {platform.machine()}, linear algebra ")
    monkeypatch.setattr(machine_module, "_libraries", lambda: iter([Path("/nowhere.so")]))
    monkeypatch.setattr(platform, "machine", lambda: "")
    assert "unknown, linear algebra" in store.machine()


def _machine_with(kernels: str) -> str:
    """What a process with these kernels of OpenBLAS calls its machine."""
    code = "from exvivo import store; print(store.machine())"
    settings = {**os.environ, "OPENBLAS_CORETYPE": kernels}
    return subprocess.check_output([sys.executable, "-c", code], env=settings, text=True)


def test_results_of_another_version_are_refused_with_a_cure(tmp_path: Path) -> None:
    """Tables as version 0.1.0 wrote them: texts where this version has codes."""
    tables = tmp_path / "results" / "tables"
    tables.mkdir(parents=True)
    pl.DataFrame({"question": ["more_tnf"], "estimand": ["difference in mean"]}).write_parquet(
        tables / "findings.parquet"
    )
    with pytest.raises(StoreError) as caught:
        read_table("findings", folder=tables)
    assert f"exvivo run {tmp_path}" in str(caught.value)
    assert "another version" in str(caught.value)
