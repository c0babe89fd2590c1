"""Run the Python of every page. Pages about the real cohort are skipped where its file is absent."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORKBOOK = SHARED / "cohort" / "myasthenia_cytokines_clinical.xlsx"


def a_folder(namespace: dict[str, object]) -> None:
    """An empty place for the page's study, and where the workbook lies."""
    namespace["room"] = tempfile.TemporaryDirectory()
    namespace["study"] = Path(namespace["room"].name) / "study"
    namespace["workbook"] = WORKBOOK


def away(namespace: dict[str, object]) -> None:
    namespace["room"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()], patterns=["*.md"], setup=a_folder, teardown=away
).pytest()


@pytest.fixture(autouse=True)
def data_is_here(request: pytest.FixtureRequest) -> None:
    """The real data are not part of the project."""
