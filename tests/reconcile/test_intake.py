"""Ordinary mistakes made to a study of real files: what a person hands in."""

from __future__ import annotations

import re
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_a_swapped_stimulus_and_wells_left_out(make: Callable[[str], Path]) -> None:
    make("stimulus_swapped")
    found = {
        flag.name.split("/", 1)[0] + flag.place: flag for flag in flags(make("wells_left_out"))
    }
    stop = found.pop("names_against_layoutQ1")
    assert stop.severity == "stop" and "24 wells" in stop.what
    assert "RA02 none is LPS in the file in 12 wells" in stop.what
    assert stop.scope is not None and stop.scope.donors == ("RA02",)
    assert {flag.severity for flag in found.values()} == {"look"}
    donors = {flag.place: flag.scope.donors for flag in found.values() if flag.scope}
    assert donors == {"Q1": ("HD03",), "Q2": ("HD08",), "E2": ("HD08",)}


def test_a_rotated_layout_and_two_files_exchanged(make: Callable[[str], Path]) -> None:
    folder = make("layout_rotated")
    study = folder / "study.yaml"
    text = study.read_text("utf-8").replace("TNF_Platte1.xlsx", "@")
    text = text.replace("IL6_Platte1.xlsx", "TNF_Platte1.xlsx").replace("@", "IL6_Platte1.xlsx")
    study.write_text(text, "utf-8")
    exchanged, rotated = flags(folder)
    assert exchanged.severity == rotated.severity == "stop"
    assert exchanged.scope is not None and exchanged.scope.plates == ("E1", "E3")
    assert "turned by 180 degrees (336 wells agree then)" in rotated.what


def test_moved_elisa_layouts_are_told_by_their_standards(clean: Path) -> None:
    def turn(layout: str, move: Callable[[int, int], tuple[int, int]]) -> None:
        def moved(match: re.Match[str]) -> str:
            row, column = move("ABCDEFGH".index(match[1]), int(match[2]) - 1)
            return f"{'ABCDEFGH'[row]}{column + 1},"

        path = clean / f"plates/{layout}.csv"
        path.write_text(re.sub(r"^([A-H])(\d+),", moved, path.read_text(), flags=re.M))

    turn("E_TNF1", lambda row, column: (7 - row, 11 - column))
    turn("E_IL62", lambda row, column: (row, (column + 1) % 12))
    stops = {flag.place: flag.what for flag in flags(clean) if flag.severity == "stop"}
    assert set(stops) == {"E1", "E4"}
    assert "turned by 180 degrees" in stops["E1"]
    assert "moved by 1 column to the left" in stops["E4"]
