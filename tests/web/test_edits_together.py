"""Two people, and power failures: what was acknowledged stands, and nobody's value is written over
unseen.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from numpy.random import default_rng
from two_editors import LAYOUT, PLACES, begin, lost

from exvivo import store
from exvivo.errors import StudyError
from exvivo.store import in_place
from exvivo.web.edits import Conflict, Edit, current, put, save, version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begin(tmp_path)


@pytest.mark.parametrize("file", PLACES)
def test_two_people_lose_nothing_in_any_order(folder: Path, file: str) -> None:
    """Whoever writes over a value saw it, and at the end each value is the last that was
    acknowledged.
    """
    assert lost(folder, file, default_rng(16), saves=12) == 0
    assert store.verify(folder) == ()


def test_people_who_save_at_once_come_one_after_another(folder: Path) -> None:
    """Each counts a well up; in the end the number of saves stands there, and on record."""
    where = ("A1", "donor")

    def count(name: str) -> None:
        done = 0
        while done < 6:
            seen = version(folder, "Q1.csv")
            was = current((folder / "Q1.csv").read_bytes(), "Q1.csv", where)
            edit = Edit(where, was, str(int(was or 0) + 1))
            try:
                save(folder, "Q1.csv", [edit], expected=seen, who=name)
            except Conflict:
                continue
            done += 1

    threads = [threading.Thread(target=count, args=(name,)) for name in ("ada", "ben", "cyd")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert current((folder / "Q1.csv").read_bytes(), "Q1.csv", where) == "18"
    assert len(store.entries(folder)) == 18
    assert store.verify(folder) == ()


def _die(*_: object, **__: object) -> bool:
    os.kill(os.getpid(), signal.SIGKILL)
    return True


def _before(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Dies before a step of a save."""
    return lambda patch: patch.setattr(in_place, name, _die)


def _behind(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Dies behind a step of a save."""
    real = getattr(in_place, name)
    return lambda patch: patch.setattr(in_place, name, lambda *a: (real(*a), _die()))


def _at_replace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "replace", _die)


def _at_commit(patch: pytest.MonkeyPatch) -> None:
    """Dies when all is written but the end of the transaction."""

    class Dying(sqlite3.Connection):
        def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
            if sql == "COMMIT":
                _die()
            return super().execute(sql, *parameters)  # type: ignore[arg-type]

    connect = sqlite3.connect
    patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "factory": Dying}))


STEPS = {
    "before the versions are compared": _before("_refuse_changed"),
    "behind that": _behind("_refuse_changed"),
    "before the new bytes": _before("_write"),
    "with the new bytes beside the file": _at_replace,
    "before the name is on the disk": _before("_sync_folder"),
    "behind the new bytes": _behind("_write"),
    "before the row is there": _at_commit,
}


@pytest.mark.skipif(os.name != "posix", reason="kills a process of its own")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_of_a_save_loses_nothing(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is the old or the new one, what was acknowledged stands, and the next one saves."""
    where = ("A1", "donor")
    first = Edit(where, "0", "1")
    known = save(folder, "Q1.csv", [first], expected=version(folder, "Q1.csv"), who="ada")
    child = os.fork()
    if not child:
        try:
            STEPS[step](monkeypatch)
            save(folder, "Q1.csv", [Edit(where, "1", "2")], expected=known, who="ben")
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the step was never reached"
    assert current((folder / "Q1.csv").read_bytes(), "Q1.csv", where) in ("1", "2")
    assert store.verify(folder) == ()
    was = current((folder / "Q1.csv").read_bytes(), "Q1.csv", where)
    next_one = Edit(where, was, "3")
    save(folder, "Q1.csv", [next_one], expected=version(folder, "Q1.csv"), who="ada")
    assert current((folder / "Q1.csv").read_bytes(), "Q1.csv", where) == "3"
    assert [row.kind for row in store.entries(folder)] == ["edit", "edit"]
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize(
    "name",
    [
        "../x.csv",
        "/etc/x",
        "exvivo.sqlite",
        "exvivo.sqlite-wal",
        "results/report.html",
        ".x",
        "",
        "a\0",
    ],
)
def test_nothing_but_files_of_the_study_is_written(folder: Path, name: str) -> None:
    with pytest.raises(StudyError):
        put(folder, name, b"x", expected="", who="A")
    assert store.entries(folder) == ()


def test_a_link_leads_nowhere_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "x.csv"
    other.write_bytes(b"theirs")
    (folder / "Q2.csv").symlink_to(other)
    with pytest.raises((StudyError, Conflict)):
        put(folder, "Q2.csv", b"mine", expected="", who="A")
    assert other.read_bytes() == b"theirs"


def test_one_value_in_two_ways_of_writing_is_no_clash(folder: Path) -> None:
    seen = version(folder, "study.yaml")
    save(folder, "study.yaml", [Edit(("title",), "T", '"New"')], expected=seen, who="ben")
    with pytest.raises(Conflict) as caught:
        save(folder, "study.yaml", [Edit(("title",), "T", "New")], expected=seen, who="ada")
    assert caught.value.clashes == ()


def test_the_same_value_from_two_people_stays(folder: Path) -> None:
    """Who comes second is refused, and takes nothing back of who came first."""
    before, after = LAYOUT.encode(), LAYOUT.replace("A1,sample,0", "A1,sample,1").encode()
    store.edit(folder, "Q1.csv", before, after, who="ada")
    with pytest.raises(store.Changed):
        store.edit(folder, "Q1.csv", before, after, who="ben")
    assert (folder / "Q1.csv").read_bytes() == after
