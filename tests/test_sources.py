"""Files of a study are opened in one place: what is recorded is what was read, and nothing outside
the study is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from twin_plates import cqs, study, table

import exvivo
from exvivo import store
from exvivo.errors import ReadError, UserMistake
from exvivo.sources import Sources

OTHER = {
    "donors.csv": lambda text: (
        text.replace(",G1", ",G3").replace(",G2", ",G1").replace(",G3", ",G2")
    ),
    "study.yaml": lambda text: text.replace("title: ", "title: another "),
    "raw/a.csv": lambda text: text.replace("26.", "27."),
}
"""Other contents of a study's files, as plausible as the first."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return study(tmp_path / "study", {"a.csv": table(cqs()), "b.csv": table(cqs(0.3))})


def swap(path: Path, change: Callable[[str], str]) -> None:
    """Put another file in the place of one, as programs do that save."""
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    other = path.with_suffix(".new")
    other.write_text(change(text), encoding="utf-8")
    other.replace(path)


@pytest.mark.parametrize("name", OTHER)
def test_a_file_that_changes_while_the_study_is_read_is_refused(folder: Path, name: str) -> None:
    """Read with the first bytes and recorded with the second, it would say of numbers that they
    come from a file which gives others.
    """

    def progress(step: str) -> None:
        if step == "reading plate Q2":
            swap(folder / name, OTHER[name])

    with pytest.raises(UserMistake, match="changed while it was read") as caught:
        exvivo.run(folder, progress=progress)
    assert [mistake.where for mistake in caught.value.mistakes] == [name]
    assert not (folder / "results").exists() and not (folder / store.DATABASE).exists()


@pytest.mark.parametrize("name", OTHER)
def test_a_file_that_changes_later_is_recorded_as_it_was_parsed(folder: Path, name: str) -> None:
    raw = (folder / name).read_bytes()
    text = (folder / "study.yaml").read_bytes()

    def progress(step: str) -> None:
        if step == "quantifying":
            swap(folder / name, OTHER[name])

    exvivo.run(folder, progress=progress)
    run = store.last_run(folder)
    assert run is not None
    recorded = {file.path: file.sha256 for file in run.inputs}
    assert recorded[name] == hashlib.sha256(raw).hexdigest()
    assert (folder / "results" / "study.yaml").read_bytes() == text
    assert [(change.path, change.what) for change in exvivo.verify(folder)] == [(name, "changed")]


def test_a_file_that_is_only_touched_may_be_read(folder: Path) -> None:
    def progress(step: str) -> None:
        if step == "reading plate Q2":
            os.utime(folder / "raw" / "a.csv", (1, 1))

    exvivo.run(folder, progress=progress)


def test_every_input_is_recorded_by_the_hash_of_its_bytes(folder: Path) -> None:
    from exvivo.gather import gather

    gathered = gather(folder)
    paths = ["donors.csv", "plates/Q1.csv", "plates/Q2.csv", "raw/a.csv", "raw/b.csv", "study.yaml"]
    assert [file.path for file in gathered.inputs] == paths
    for file in gathered.inputs:
        raw = (folder / file.path).read_bytes()
        assert (file.sha256, file.bytes) == (hashlib.sha256(raw).hexdigest(), len(raw))
    assert {name: (folder / name).read_bytes() for name in gathered.texts} == gathered.texts
    assert sorted(gathered.texts) == [name for name in paths if not name.startswith("raw")]


def test_a_second_reading_gives_the_same_bytes_or_none(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"first")
    sources = Sources(tmp_path)
    assert sources.read("x.csv").raw == sources.read("./x.csv").raw == b"first"
    assert sources.part("x.csv", 1, 3) == b"ir"
    path.write_bytes(b"other")
    with pytest.raises(ReadError, match=r"x\.csv\n.*changed while it was read"):
        sources.read("x.csv")
    with pytest.raises(ReadError, match="changed while it was read"):
        sources.part("x.csv", 1, 3)
    assert [file.sha256 for file in sources.inputs] == [hashlib.sha256(b"first").hexdigest()]


def test_a_part_that_was_read_first_stands_in_the_whole(tmp_path: Path) -> None:
    """The well that all tubes of a plate state is read from their heads before they are."""
    path = tmp_path / "x.fcs"
    path.write_bytes(b"FCS3.0 head and events")
    sources = Sources(tmp_path)
    assert sources.part("x.fcs", 0, 6) == b"FCS3.0"
    sources.read("x.fcs")
    again = Sources(tmp_path)
    again.part("x.fcs", 0, 6)
    path.write_bytes(b"FCS3.1 head and events")
    with pytest.raises(ReadError, match="changed while it was read"):
        again.read("x.fcs")


def test_a_file_that_grows_as_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2\n")
    whole = os.fstat

    def grow(handle: int) -> os.stat_result:
        status = whole(handle)
        with path.open("ab") as writer:
            writer.write(b"3,4\n")
        return status

    monkeypatch.setattr(os, "fstat", grow)
    with pytest.raises(ReadError, match="changed while it was read"):
        Sources(tmp_path).read("x.csv")
