"""Simulations in parts: the same numbers whoever works on them, whatever is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from works import Ill, Means

from exvivo.errors import Bug, StudyError
from exvivo.plan.parts import Part, Standing, run_parts
from exvivo.plan.parts.parquet import packed, unpacked

WITH_SIGNALS = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


PARTS = [Part(f"part-{i}", Means(5 + i), 5 + i) for i in range(4)]


def times_of(folder: Path) -> dict[str, int]:
    """When each result was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}


def test_the_numbers_hang_on_seed_and_name_only() -> None:
    whole = run_parts(PARTS, seed=1)
    assert run_parts(PARTS[::-1], seed=1).equals(whole[::-1])
    assert not run_parts(PARTS, seed=2).equals(whole)
    renamed = [replace(part, name=f"other-{part.name}") for part in PARTS]
    assert not run_parts(renamed, seed=1).equals(whole)


@WITH_SIGNALS
def test_two_workers_give_the_same_bytes_as_one_though_one_is_killed(tmp_path: Path) -> None:
    once = tmp_path / "once"
    parts = [Part("killed-once", Ill("killed", once), 5), *PARTS]
    two = run_parts(parts, seed=1, folder=tmp_path / "two", workers=2)
    assert once.exists()
    one = run_parts(parts, seed=1, folder=tmp_path / "one")
    assert two.equals(one)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert sorted(first) == sorted(f"{part.name}.parquet" for part in parts)
    assert second == first


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    whole = run_parts(PARTS, seed=1, folder=tmp_path)
    times, tell = times_of(tmp_path), list[Standing]()
    assert run_parts(PARTS, seed=1, folder=tmp_path, progress=tell.append).equals(whole)
    assert times_of(tmp_path) == times
    assert [each.kept for each in tell] == [26]


@pytest.mark.parametrize("harm", ["cut", "empty", "text", "other"])
def test_a_result_that_is_not_right_is_made_again(tmp_path: Path, harm: str) -> None:
    whole = run_parts(PARTS, seed=1, folder=tmp_path)
    path = tmp_path / "part-0.parquet"
    raw = path.read_bytes()
    other = (tmp_path / "part-1.parquet").read_bytes()
    harmed = {"cut": raw[:-20], "empty": b"", "text": b"PAR1 no PAR1", "other": other}
    path.write_bytes(harmed[harm])
    assert run_parts(PARTS, seed=1, folder=tmp_path).equals(whole)
    assert path.read_bytes() == raw


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes")
def test_a_pipe_in_the_place_of_a_result_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "part-0.parquet")
    run_parts(PARTS, seed=1, folder=tmp_path)
    assert (tmp_path / "part-0.parquet").is_file()


def test_no_flipped_byte_changes_a_number() -> None:
    frame = pl.DataFrame({"value": [1.5, None, float("nan")], "name": ["a", None, "TNF"]})
    raw = packed(frame, "key")
    whole = unpacked(raw, "key")
    assert whole is not None and whole.equals(frame)
    assert unpacked(raw, "another key") is None
    for at in range(0, len(raw), 3):
        flipped = raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1 :]
        read = unpacked(flipped, "key")
        assert read is None or read.equals(frame)


def test_another_seed_or_work_is_made_anew(tmp_path: Path) -> None:
    run_parts(PARTS, seed=1, folder=tmp_path)
    assert run_parts(PARTS, seed=2, folder=tmp_path).equals(run_parts(PARTS, seed=2))
    moved = [replace(part, work=Means(part.studies, shift=1.0)) for part in PARTS]
    assert run_parts(moved, seed=2, folder=tmp_path).equals(run_parts(moved, seed=2))


def test_what_was_half_written_goes_after_an_hour(tmp_path: Path) -> None:
    old, new = tmp_path / f".a.{'0' * 16}", tmp_path / f".b.{'0' * 16}"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    run_parts(PARTS, seed=1, folder=tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_disk_that_refuses_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        run_parts(PARTS, seed=1, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_progress_counts_studies_and_tells_the_time_left() -> None:
    tell: list[Standing] = []
    run_parts(PARTS, seed=1, progress=tell.append)
    assert [each.studies for each in tell] == [0, 5, 11, 18, 26]
    assert {each.studies_of for each in tell} == {26}
    assert tell[0].seconds_left is None
    assert tell[-1].seconds_left == 0


def test_mistakes_come_all_at_once_after_the_rest_is_kept(tmp_path: Path) -> None:
    first, last = Part("ill-a", Ill("mistake"), 1), Part("ill-b", Ill("memory"), 1)
    with pytest.raises(StudyError) as raised:
        run_parts([first, *PARTS, last], seed=1, folder=tmp_path)
    assert [each.where for each in raised.value.mistakes] == ["here", "ill-b"]
    assert len(times_of(tmp_path)) == 4


def test_a_fault_of_ours_is_one() -> None:
    with pytest.raises(Bug, match="a fault of ours"):
        run_parts([*PARTS, Part("ill", Ill("fault"), 1)], seed=1)


@WITH_SIGNALS
def test_processes_tell_mistakes_and_are_not_replaced_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exvivo.plan.parts.processes.MOST_ENDS", 2)
    ill = [Part("ill-a", Ill("killed"), 1), Part("ill-b", Ill("mistake"), 1)]
    with pytest.raises(StudyError) as raised:
        run_parts([*ill, *PARTS], seed=1, folder=tmp_path, workers=2)
    assert "ended 2 times" in str(raised.value.mistakes[0])
    assert [each.where for each in raised.value.mistakes] == ["the simulation of ill-a", "here"]
    assert len(times_of(tmp_path)) == 4


@pytest.mark.parametrize("names", [("a", "A"), ("a", "a"), ("../a",), ("",), (".a",), ("a" * 200,)])
def test_names_must_be_fit_for_files(names: tuple[str, ...]) -> None:
    with pytest.raises(Bug, match="name of a part"):
        run_parts([Part(name, Means(), 1) for name in names], seed=1)


def test_numbers_that_cannot_be_are_refused_together() -> None:
    with pytest.raises(StudyError) as raised:
        run_parts(PARTS, seed=-1, workers=0)
    assert [each.where for each in raised.value.mistakes] == ["the seed", "--workers"]


def test_nothing_to_do_is_done() -> None:
    assert run_parts([], seed=1).is_empty()


_ALONE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from works import Means
from exvivo.plan.parts import Part, run_parts
parts = [Part(f"part-{i}", Means(seconds=0.03), 1) for i in range(12)]
run_parts(parts, seed=1, folder=Path(sys.argv[2]), workers=2)
"""


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in tasks for child in path.read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_killed_itself_it_goes_on_where_it_was(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", _ALONE, here, str(tmp_path)])
    while len(times_of(tmp_path)) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    children = children_of(process.pid)
    process.kill()
    process.wait()
    kept, tell = times_of(tmp_path), list[Standing]()
    parts = [Part(f"part-{i}", Means(seconds=0.03), 1) for i in range(12)]
    run_parts(parts, seed=1, folder=tmp_path, progress=tell.append)
    assert 3 <= len(kept) < 12
    assert tell[0].kept == len(kept)
    assert kept.items() <= times_of(tmp_path).items()
    assert len(children) == 2
    assert not any(_runs(child) for child in children)


def _runs(pid: int) -> bool:
    """Whether a process is there, and not only its number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
