"""A page weighs no more than it should: figures and long lists stand beside it, linked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from immunoassay_tables import study as model

from exvivo import store
from exvivo.store import File
from exvivo.tell import Provenance, Tables, drawn, report
from exvivo.tell.drawn import page_that_fits
from exvivo.tell.long_lists import MOST

ROOM = 1_000


@dataclass(frozen=True)
class Picture:
    name: str
    weight: int

    @property
    def figure(self) -> SimpleNamespace:
        return SimpleNamespace(name=self.name)


QUALITY: Any = [Picture("a", 300), Picture("b", 200), Picture("c", 100)]
ANSWERS: Any = [Picture("x", 400), Picture("y", 250)]


@pytest.mark.parametrize(
    ("words", "linked"),
    [
        (0, {"a"}),
        (50, {"a"}),
        (51, {"a", "b"}),
        (350, {"a", "b", "c"}),
        (351, {"a", "b", "c", "x"}),
        (751, {"a", "b", "c", "x", "y"}),
        (5_000, {"a", "b", "c", "x", "y"}),
    ],
)
def test_figures_are_linked_until_the_page_fits(
    words: int, linked: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of quality first, then those of answers, the heaviest first; no more than it takes.
    Among figures of quality one is linked at any rate: together they are too heavy.
    """
    monkeypatch.setattr(drawn, "_MOST", 300)
    monkeypatch.setattr(drawn, "_PAGE", ROOM)
    seen: list[set[str]] = []

    def render(heavy: set[str]) -> str:
        seen.append(set(heavy))
        shown = [each for each in (*QUALITY, *ANSWERS) if each.name not in heavy]
        return "w" * (words + sum(each.weight for each in shown))

    page = page_that_fits(render, QUALITY, ANSWERS)
    assert seen[-1] == linked
    assert len(page) <= ROOM or linked == {"a", "b", "c", "x", "y"}


@pytest.mark.parametrize("more", [0, 1])
def test_a_list_too_long_for_the_page_is_a_file_that_sha256sum_reads(
    tmp_path: Path, more: int
) -> None:
    names = [f"raw/t{i:04d}.fcs" for i in range(MOST + more)]
    files = [File(name, hashlib.sha256(name.encode()).hexdigest(), 9) for name in names]
    provenance = Provenance(
        version="0",
        study_hash=store.study_hash(files),
        inputs=tuple((file.path, file.sha256, file.bytes) for file in reversed(files)),
        ignored=tuple((name, "channel <FL9>", "not asked for") for name in names),
    )
    page = report(model(), tables=Tables.of({}), provenance=provenance, folder=tmp_path)
    text = page.read_text("utf-8")
    beside = tmp_path / "report_data" / "input_files.txt"
    assert beside.is_file() == bool(more) == (tmp_path / "report_data" / "not_read.csv").is_file()
    assert (names[-1] in text) != bool(more)
    if more:
        assert hashlib.sha256(beside.read_bytes()).hexdigest() == provenance.study_hash
        for name in ("input_files.txt", "not_read.csv"):
            assert f'href="report_data/{name}"' in text
        assert (tmp_path / "report_data" / "not_read.csv").read_text().count("FL9") == MOST + 1
