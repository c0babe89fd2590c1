"""A small study of expression for the tests of its tables: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exvivo.errors import ReadError
from exvivo.read.expression.question import read_profiles
from exvivo.sources import Sources
from exvivo.study import Group, Identity, Study
from exvivo.table import check
from exvivo.tables import PROFILES

STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="FM", name="fm"),),
    analytes=(),
    assays=(),
    plates=(),
    donors=pl.DataFrame({"donor": ["D1", "D2", "007"], "group": ["FM"] * 3}),
)
PROFILE = "gene,D1,D2:a,D2:b,007\nP2RY12,5.5,6,6.25,1e1\nCD14,7,,-0.5,NA\n"
REFERENCE = "gene\tmicroglia:GSM1\tmonocyte:D1\tmonocyte:D9\nP2RY12\t9\t1\t2\nCD14\t2\t9\t8\n"


def read(
    folder: Path,
    profile: str | bytes = PROFILE,
    reference: str | bytes = REFERENCE,
    *,
    markers: str = "",
    **change: Any,
) -> tuple[pl.DataFrame, list[tuple[str, str, str]]]:
    """The rows of PROFILES, and what was not read."""
    given: dict[str, Any] = {
        "id": "who",
        "ask": "identity",
        "cell_type": "iMG",
        "like": "microglia",
        "profiles": "p.csv",
        "references": "r.tsv",
        "scale": "log2",
    }
    question = Identity(**(given | change | ({"markers": "m.csv"} if markers else {})))
    for name, content in (
        (question.profiles, profile),
        (question.references, reference),
        ("m.csv", markers),
    ):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    frame, ignored = read_profiles(Sources(folder), question, STUDY)
    return check(PROFILES, frame), [(file, what.what, what.why) for file, what in ignored]


def refused(folder: Path, *contents: str | bytes, **change: Any) -> str:
    with pytest.raises(ReadError) as caught:
        read(folder, *contents, **change)
    for mistake in caught.value.mistakes:
        assert mistake.where and mistake.found and mistake.expected and mistake.cure
    return str(caught.value)
