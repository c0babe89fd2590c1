"""Files that are handed in: whole or not at all, under a plain name, and none over another."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

from exvivo.errors import StudyError
from exvivo.web.uploads import Handed, Intake, Taken, TooLarge, plain_name, sha256_of


async def _stream(
    chunks: Iterable[bytes], error: BaseException | None = None
) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if error is not None:
        raise error


def _run(coroutine: Coroutine[Any, Any, Handed]) -> Handed:
    """Run in a thread of its own: a browser test may hold the loop of this one."""
    import asyncio

    outcome: list[Handed | BaseException] = []

    def work() -> None:
        try:
            outcome.append(asyncio.run(coroutine))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _take(folder: Path, name: str, raw: bytes = b"x", **more: Any) -> Handed:
    return _run(Intake(folder, 1000).take(_stream([raw]), name, **more))


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_where_it_says(tmp_path: Path) -> None:
    handed = _take(tmp_path, "run 1/plate.txt", b"abc")
    assert (handed.name, handed.size) == ("run 1/plate.txt", 3)
    assert handed.sha256 == sha256_of(tmp_path / "run 1" / "plate.txt")


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/etc/x", "a/../../x", "a//x", "", ".hidden", "a/.b/x", "~$x.xlsx", "a\\x"),
        *("a\x00b", "a\u202eb", "x" * 300, "a/" * 9 + "x", " x", "x\n"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    below = tmp_path / "raw"
    with pytest.raises(StudyError):
        _take(below, name)
    assert _left(tmp_path) == []


def test_letters_of_macos_are_those_of_windows() -> None:
    assert plain_name("Ko\u0308ln.txt") == "K\u00f6ln.txt"


def test_a_file_that_says_it_is_too_large_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        _run(Intake(tmp_path / "raw", 10).take(_stream([]), "x", declared=4 << 30))
    assert not (tmp_path / "raw").exists()


def test_a_file_that_becomes_too_large_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        _run(Intake(tmp_path, 10).take(_stream([b"12345"] * 3), "x"))
    assert _left(tmp_path) == []


def test_an_upload_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        _run(Intake(tmp_path, 10).take(_stream([b"123"], ConnectionError()), "x"))
    assert _left(tmp_path) == []


def test_a_disk_that_fills_up_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        _take(tmp_path, "x")
    assert _left(tmp_path) == []


def test_a_disk_without_room_is_told_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=900))
    with pytest.raises(OSError, match="No space"):
        _take(tmp_path, "x", declared=900)


def test_the_same_bytes_again_are_no_second_file(tmp_path: Path) -> None:
    _take(tmp_path, "x", b"1")
    assert _take(tmp_path, "x", b"1").is_same
    assert _left(tmp_path) == ["x"]


def test_other_bytes_of_a_name_ask_first(tmp_path: Path) -> None:
    first = _take(tmp_path, "x", b"1")
    with pytest.raises(Taken) as asked:
        _take(tmp_path, "x", b"2")
    assert (asked.value.sha256, (tmp_path / "x").read_bytes()) == (first.sha256, b"1")
    assert _take(tmp_path, "x", b"2", replaces=first.sha256).before == first.sha256
    assert (tmp_path / "x").read_bytes() == b"2"


def test_what_was_replaced_meanwhile_stays(tmp_path: Path) -> None:
    first = _take(tmp_path, "x", b"1")
    _take(tmp_path, "x", b"2", replaces=first.sha256)
    with pytest.raises(Taken):
        _take(tmp_path, "x", b"3", replaces=first.sha256)


@pytest.mark.parametrize("name", ["PLATE.txt", "plate.TXT"])
def test_names_that_differ_in_capital_letters_only_are_one(tmp_path: Path, name: str) -> None:
    first = _take(tmp_path, "plate.txt", b"1")
    with pytest.raises(Taken):
        _take(tmp_path, name, b"2", replaces=first.sha256)
    assert _left(tmp_path) == ["plate.txt"]


def test_folders_that_differ_in_capital_letters_only_are_refused(tmp_path: Path) -> None:
    _take(tmp_path, "Run/a", b"1")
    for name in ("run/b", "Run/a/c", "Run"):
        with pytest.raises(StudyError):
            _take(tmp_path, name, b"2")


def test_no_link_leads_out(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "out").symlink_to(tmp_path)
    with pytest.raises(StudyError):
        _take(tmp_path / "raw", "out/x")
    assert not (tmp_path / "x").exists()


def test_what_a_killed_door_left_goes(tmp_path: Path) -> None:
    for name, age in (("old", 7200), ("new", 10)):
        left = tmp_path / f".upload-{name}"
        left.write_bytes(b"half")
        then = left.stat().st_mtime - age
        os.utime(left, (then, then))
    _take(tmp_path, "x")
    assert _left(tmp_path) == [".upload-new", "x"]
