"""Run files that only their own program opens: what to export is said."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from qpcr_exports import mistakes, reading


def zipped(member: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(member, "<x/>")
    return raw.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "what", "cure"),
    [
        ("q.ixo", b"<?xml version='1.0'?><Experiment/>", "LightCycler 480", "the raw data as text"),
        ("q.LC96P", zipped("a.xml"), "LightCycler 96", "export RDML"),
        ("q.pcrd", zipped("datafile.pcrd"), "Bio-Rad CFX", "Quantification Cq Results"),
        ("q.eds", zipped("apldbio/sds/x.xml"), "Applied Biosystems", "Amplification Data"),
        ("q.sds", bytes(range(256)), "Applied Biosystems", "Amplification Data"),
    ],
)
def test_run_files_say_what_to_export(
    tmp_path: Path, name: str, raw: bytes, what: str, cure: str
) -> None:
    text = mistakes(tmp_path, raw, name)
    assert what in text and "a closed format" in text and cure in text


def test_text_under_such_a_name_is_read(tmp_path: Path) -> None:
    assert reading(tmp_path, "Well,Target,Cq\nA1,TNF,20.5\n", "q.ixo").readings.height == 1


@pytest.mark.parametrize(
    ("table", "cycles", "cure"),
    [
        ("cycle,A1\n" + "".join(f"{i},{i}.5\n" for i in range(1, 31)), None, ""),
        ("Well,Target,Cq\nA1,TNF,38.5\n", 35, "correct `cycles` in the assay"),
        ("Well,Target,Cq\nA1,TNF,16484.5\n", 40, "decimal commas"),
        ("Well,Target,Cq\nA1,TNF,16484.5\n", None, "decimal commas"),
    ],
)
def test_a_cq_behind_the_last_cycle_says_why(
    tmp_path: Path, table: str, cycles: int | None, cure: str
) -> None:
    if cure:
        assert cure in mistakes(tmp_path, table, cycles=cycles)
    else:
        assert reading(tmp_path, table, cycles=cycles).readings.height == 1
