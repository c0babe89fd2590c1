"""Ordinary mistakes made to a study of real files: what a person hands in."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exvivo.errors import UserMistake
from exvivo.flagged import Flag
from exvivo.gather import gather


def flags(folder: Path) -> list[Flag]:
    return [flag for flag in gather(folder).flags if flag.severity != "note"]


@pytest.fixture
def clean(shared_data: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shared_data / "faults/intake/study", tmp_path / "study"))


@pytest.fixture
def make(shared_data: Path, clean: Path) -> Callable[[str], Path]:
    mistakes = runpy.run_path(str(shared_data / "faults/intake/mistakes.py"))["MISTAKES"]

    def made(name: str) -> Path:
        mistakes[name](clean)
        return clean

    return made


def test_the_clean_study_is_quiet(clean: Path) -> None:
    assert flags(clean) == []


def test_a_swapped_stimulus_stops(make: Callable[[str], Path]) -> None:
    (flag,) = flags(make("stimulus_swapped"))
    assert flag.severity == "stop" and "24 wells" in flag.what
    assert "RA02 none is LPS in the file in 12 wells" in flag.what
    assert flag.scope is not None and flag.scope.donors == ("RA02",)


def test_a_rotated_layout_is_one_message(make: Callable[[str], Path]) -> None:
    (flag,) = flags(make("layout_rotated"))
    assert flag.severity == "stop" and "turned by 180 degrees (336 wells agree then)" in flag.what


def test_wells_set_to_empty_are_seen_with_their_donors(make: Callable[[str], Path]) -> None:
    found = {flag.place: flag for flag in flags(make("wells_left_out"))}
    assert {flag.severity for flag in found.values()} == {"look"}
    donors = {place: flag.scope.donors for place, flag in found.items() if flag.scope}
    assert donors == {"Q1": ("HD03",), "Q2": ("HD08",), "E2": ("HD08",)}


def test_a_target_written_otherwise_is_refused(make: Callable[[str], Path]) -> None:
    with pytest.raises(UserMistake, match="TNF-alpha"):
        gather(make("target_named_otherwise"))


def test_files_of_two_assays_exchanged_are_one_message(clean: Path) -> None:
    study = clean / "study.yaml"
    text = study.read_text("utf-8").replace("TNF_Platte1.xlsx", "@")
    text = text.replace("IL6_Platte1.xlsx", "TNF_Platte1.xlsx").replace("@", "IL6_Platte1.xlsx")
    study.write_text(text, "utf-8")
    (flag,) = flags(clean)
    assert flag.severity == "stop" and flag.scope is not None
    assert flag.scope.plates == ("E1", "E3")


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda row, column: (7 - row, 11 - column), "turned by 180 degrees"),
        (lambda row, column: (row, (column + 1) % 12), "moved by 1 column to the left"),
    ],
)
def test_a_moved_elisa_layout_is_told_by_its_standards(
    clean: Path, move: Callable[[int, int], tuple[int, int]], words: str
) -> None:
    layout = clean / "plates/E_TNF1.csv"

    def moved(match: re.Match[str]) -> str:
        row, column = move("ABCDEFGH".index(match[1]), int(match[2]) - 1)
        return f"{'ABCDEFGH'[row]}{column + 1},"

    layout.write_text(re.sub(r"^([A-H])(\d+),", moved, layout.read_text(), flags=re.M))
    stops = [flag for flag in flags(clean) if flag.severity == "stop"]
    assert [flag.place for flag in stops] == ["E1"]
    assert words in stops[0].what
