"""Disk full, rights, failing calls, a lost record: before the commit nothing is written, after it
the run stands, and every command that follows works.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from weather import (
    NOBODY,
    ROOT,
    a_run,
    failing_calls,
    in_child,
    is_whole,
    next_run_works,
    runs_on_record,
    shared_folder,
    shown,
    small_disk,
    writer,
)

from exvivo.errors import StoreError
from exvivo.store import DATABASE, keep, last_run, leftovers, recover, standing, verify
from exvivo.store import exchange as exchange_module

_STEP = int(os.environ.get("EXVIVO_STEP", "7"))
"""Between the calls that fail."""
needs_root = pytest.mark.skipif(not ROOT, reason="only root becomes another user or mounts a disk")


@pytest.mark.parametrize("again", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("before", [0, 1], ids=["first run", "second run"])
def test_a_failing_call_leaves_a_whole_folder(tmp_path: Path, again: bool, before: int) -> None:
    """Calls in turn, up to one that is never reached; `benchmarks/record/weather.py` tries each of
    them, and each system call.
    """
    for at in count(1 + again + 2 * before, _STEP):
        folder = tmp_path / str(at)
        folder.mkdir()
        for _ in range(before):
            keep(folder, run=a_run(), write=writer("one"))
        with failing_calls(at, again=again) as failing:
            try:
                place = keep(folder, run=a_run(), write=writer("two"))
            except (StoreError, OSError):
                place = None
        if place is None:
            recover(folder)
            assert shown(folder) == ("one" if before else None), at
            assert runs_on_record(folder) == before if (folder / DATABASE).exists() else True, at
        else:
            assert (place / "report.html").read_text() == "two", at
            assert runs_on_record(folder) == before + 1, at
        assert is_whole(folder), at
        assert next_run_works(folder), at
        if not failing.fired:
            break
    assert at > 30


def test_results_that_cannot_take_their_place_wait_and_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, run=a_run(), write=writer("one"))

    def refuse(folder: Path, new: Path) -> None:
        raise PermissionError(13, "Permission denied", str(new), None, str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(exchange_module, "exchange", refuse)
        for text in ("two", "three"):
            place = keep(tmp_path, run=a_run(), write=writer(text))
            assert (place / "report.html").read_text() == text
            assert verify(tmp_path) == () and standing(tmp_path) == place
            (left,) = leftovers(tmp_path)
            assert (left.path, left.what) == (place, "waiting")
            assert shown(tmp_path) == "one"
    recover(tmp_path)
    assert shown(tmp_path) == "three" and not leftovers(tmp_path)


def test_old_results_that_cannot_be_deleted_stand_in_no_ones_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, run=a_run(), write=writer("one"))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        for text in ("two", "three", "four"):
            keep(tmp_path, run=a_run(), write=writer(text))
            assert verify(tmp_path) == () and shown(tmp_path) == text
            assert last_run(tmp_path) is not None
        assert [left.path.name for left in leftovers(tmp_path)] == [
            ".exvivo-old",
            ".exvivo-old-2",
            ".exvivo-old-3",
        ]
        assert {left.what for left in leftovers(tmp_path)} == {"old"}
    assert next_run_works(tmp_path)


def test_an_interruption_just_after_the_commit_keeps_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C reaches Python when COMMIT has returned: the run is on record and shown."""

    class Interrupted(sqlite3.Connection):
        def execute(self, statement: str, *rest: object) -> sqlite3.Cursor:
            done = super().execute(statement, *rest)  # type: ignore[arg-type]
            if statement == "COMMIT" and last_run(tmp_path):
                raise KeyboardInterrupt
            return done

    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Interrupted))
        try:
            keep(tmp_path, run=a_run(), write=writer("one"))
        except KeyboardInterrupt:
            pytest.fail("the run is on record, and was called interrupted")
    assert runs_on_record(tmp_path) == 1
    assert verify(tmp_path) == () and shown(tmp_path) == "one"


@needs_root
def test_two_users_of_one_folder_run_in_turn() -> None:
    """Each leaves results that the other can rename and not delete."""
    with shared_folder() as folder:
        for user, text in ((None, "one"), (NOBODY, "two"), (None, "three"), (NOBODY, "four")):
            if user is None:
                keep(folder, run=a_run(), write=writer(text))
                for each in folder.glob("exvivo.sqlite*"):
                    each.chmod(0o666)
            else:
                assert in_child(lambda: _kept(folder, text), user=user) == ""  # noqa: B023
                assert in_child(lambda: _verified(folder), user=user) == ""
                assert [left.what for left in leftovers(folder)] == ["old"]
            assert verify(folder) == () and shown(folder) == text
        keep(folder, run=a_run(), write=writer("five"))
        assert not leftovers(folder)


def _verified(folder: Path) -> None:
    assert verify(folder) == ()


@needs_root
@pytest.mark.parametrize("what", ["the folder", "the record", "results", "results for themselves"])
def test_what_another_user_owns_is_refused_before_anything_is_written(what: str) -> None:
    with shared_folder() as folder:
        keep(folder, run=a_run(), write=writer("one"))
        for each in folder.glob("exvivo.sqlite*"):
            each.chmod(0o644 if what == "the record" else 0o666)
        folder.chmod({"the folder": 0o755, "results": 0o1777}.get(what, 0o777))
        if what == "results for themselves":
            (folder / "results").chmod(0o700)
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
        refused = in_child(lambda: _kept(folder), user=NOBODY)
        assert refused.startswith(("StoreError", "PermissionError")), refused
        assert "to fix" in refused or str(folder / "results") in refused
        assert before == {
            path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
        }
        assert runs_on_record(folder) == 1 and verify(folder) == ()
        if what != "results for themselves":
            assert in_child(lambda: _verified(folder), user=NOBODY) == ""


def _kept(folder: Path, text: str = "of nobody") -> None:
    keep(folder, run=a_run(), write=writer(text))


def big(text: str) -> Callable[[Path], None]:
    def write(new: Path) -> None:
        writer(text)(new)
        for part in range(8):
            (new / f"part{part}.csv").write_bytes(b"0123456789abcdef" * 1024)

    return write


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path / "disk", 1024) as folder:
            yield folder
    except OSError as error:
        pytest.skip(f"no small disk here: {error}")


@needs_root
def test_a_disk_fills_up_at_every_point(disk: Path) -> None:
    """Whatever room is left, down to none: the last results stand, and the next run works."""
    keep(disk, run=a_run(), write=big("one"))
    outcomes: set[type] = set()
    for left in (0, 8, 40, 80, 120, 140, 160, 180, 200, 240, 300):
        before = runs_on_record(disk)
        _fill(disk, left)
        try:
            keep(disk, run=a_run(), write=big(f"two {left}"))
        except (StoreError, OSError) as error:
            outcomes.add(type(error))
            assert "space" in str(error), error
            assert not list(disk.glob(".exvivo*"))
            assert shown(disk) == "one", left
        else:
            outcomes.add(type(None))
            assert shown(disk) == f"two {left}"
        assert verify(disk) == (), left
        (disk / "filling").unlink()
        assert verify(disk) == ()
        assert runs_on_record(disk) == before + (shown(disk) != "one")
        keep(disk, run=a_run(), write=big("one"))
    assert outcomes == {StoreError, OSError, type(None)}


def _fill(disk: Path, left: int) -> None:
    """Fill a disk but for some kilobytes."""
    free = shutil.disk_usage(disk).free - left * 1024
    with (disk / "filling").open("wb") as handle:
        handle.write(b"\0" * free)


def test_a_limit_on_the_size_of_files_at_every_point(tmp_path: Path) -> None:
    """`ulimit -f`: in the record, in a result, in what SQLite writes beside the record."""
    keep(tmp_path, run=a_run(), write=big("one"))
    for kilobytes in (0, 4, 12, 20, 40):
        outcome = in_child(lambda: _limited(tmp_path, kilobytes))  # noqa: B023
        assert "Traceback" not in outcome or outcome.startswith("StoreError"), outcome
        assert verify(tmp_path) == (), kilobytes
        assert shown(tmp_path) == ("one" if outcome else "two"), outcome
        keep(tmp_path, run=a_run(), write=big("one"))


def _limited(folder: Path, kilobytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))
    assert is_whole(folder)
    keep(folder, run=a_run(), write=big("two"))


def _deleted(record: Path) -> None:
    record.unlink()


def _cut_to_nothing(record: Path) -> None:
    record.write_bytes(b"")


def _cut(record: Path) -> None:
    record.write_bytes(record.read_bytes()[:5000])


def _overwritten(record: Path) -> None:
    record.write_bytes(b"this is a letter" * 400)


def _of_another_program(record: Path) -> None:
    record.unlink()
    with sqlite3.connect(record) as connection:
        connection.execute("CREATE TABLE addresses (name TEXT)")
    connection.close()


def _a_folder(record: Path) -> None:
    record.unlink()
    record.mkdir()


@pytest.mark.parametrize(
    "harm", [_deleted, _cut_to_nothing, _cut, _overwritten, _of_another_program, _a_folder]
)
def test_a_lost_record_is_brought_back_and_never_moved_away(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    keep(tmp_path, run=a_run(), write=writer("one"))
    (tmp_path / "results" / "tables" / "findings.parquet").touch()
    record = tmp_path / DATABASE
    kept = record.read_bytes()
    harm(record)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    acts: list[Callable[[Path], object]] = [verify, last_run, _kept]
    for act in acts:
        with pytest.raises(StoreError) as raised:
            act(tmp_path)
        (mistake,) = raised.value.mistakes
        assert mistake.where.endswith(DATABASE)
        assert "back from a backup" in mistake.cure and "new folder" in mistake.cure
        for word in ("move", "delete", "remove", "throw"):
            assert word not in mistake.cure
        assert all(path.is_file() and path.read_bytes() == old for path, old in before.items())
    (record.rmdir if record.is_dir() else record.unlink)() if record.exists() else None
    record.write_bytes(kept)
    (tmp_path / "results" / "tables" / "findings.parquet").unlink()
    assert verify(tmp_path) == () and next_run_works(tmp_path)


def test_what_sqlite_left_beside_a_record_that_is_gone_is_not_thrown_away(tmp_path: Path) -> None:
    (tmp_path / f"{DATABASE}-wal").write_bytes(b"rows that never reached the record")
    with pytest.raises(StoreError, match="is gone"):
        keep(tmp_path, run=a_run(), write=writer("one"))
    assert [path.name for path in tmp_path.iterdir()] == [f"{DATABASE}-wal"]


def test_a_record_in_an_archive_is_read_with_what_a_killed_run_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that a killed process committed stand in the file beside the record only."""
    keep(tmp_path, run=a_run(), write=writer("one"))
    held = sqlite3.connect(tmp_path / DATABASE)
    held.execute("SELECT count(*) FROM chain").fetchone()
    keep(tmp_path, run=a_run(), write=writer("two"))
    archive = tmp_path / "archive"
    archive.mkdir()
    for name in (DATABASE, f"{DATABASE}-wal"):
        shutil.copyfile(tmp_path / name, archive / name)
    shutil.copytree(tmp_path / "results", archive / "results")
    held.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    run = last_run(archive)
    assert run is not None and run.number == 2 and verify(archive) == ()


def test_lost_names_are_given_back_to_the_results_on_record(tmp_path: Path) -> None:
    """Cut short while the results made room, with older ones that nobody could delete beside."""
    keep(tmp_path, run=a_run(), write=writer("one"))
    (tmp_path / "results").rename(tmp_path / ".exvivo-old")
    older = tmp_path / ".exvivo-old-2"
    older.mkdir()
    writer("older")(older)
    assert verify(tmp_path) == () and shown(tmp_path) == "one"
    assert not list(tmp_path.glob(".exvivo*"))


def test_hidden_results_that_nobody_can_read_are_never_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One reading error must not cost the results of a run that is on record."""
    keep(tmp_path, run=a_run(), write=writer("one"))
    with monkeypatch.context() as patch:
        patch.setattr(exchange_module, "as_results", _unreadable)
        (tmp_path / "results").rename(tmp_path / ".exvivo-new")
        (tmp_path / "results").mkdir()
        recover(tmp_path)
        assert (tmp_path / ".exvivo-new" / "report.html").exists()
    assert verify(tmp_path) == () and shown(tmp_path) == "one"


def _unreadable(made: Path, *_: Path) -> None:
    raise OSError(5, "Input/output error", str(made))


@pytest.mark.parametrize("at", range(1, 5))
def test_a_folder_that_cannot_be_looked_into_is_no_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Else the run would be recorded without some of what it made."""
    scandir, calls = os.scandir, count(1)

    def refuse(path: str | Path | int) -> object:
        is_new = not isinstance(path, int) and ".exvivo-new" in str(path)
        if is_new and next(calls) == at:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        with suppress(PermissionError):
            keep(tmp_path, run=a_run(), write=writer("one"))
    assert next(calls) > at
    assert is_whole(tmp_path) and shown(tmp_path) in ("one", None)
    assert next_run_works(tmp_path)


def test_a_page_of_the_record_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exvivo.record import renew_page, write_page

    keep(tmp_path, run=a_run(), write=writer("one"))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", _unreadable)
        renew_page(tmp_path)
        with pytest.raises(OSError, match="Input/output"):
            write_page(tmp_path)
    assert not list(tmp_path.glob(".exvivo*")) and is_whole(tmp_path)
