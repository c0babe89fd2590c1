"""Run the Python of every page. The page about a real cohort is skipped where its file is absent."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
WORKBOOK = SHARED / "cohort" / "myasthenia_cytokines_clinical.xlsx"


def with_workbook(namespace: dict[str, Any]) -> None:
    """The workbook of the page, and an empty place for its study."""
    if not WORKBOOK.exists():
        pytest.skip(f"the real cohort is not here ({WORKBOOK}); set EXVIVO_SHARED_DATA to the folder of real data")
    namespace["workbook"] = WORKBOOK
    namespace["study"] = Path(tempfile.mkdtemp()) / "study"


def without_study(namespace: dict[str, Any]) -> None:
    """Take the page's study away again."""
    if "study" in namespace:
        shutil.rmtree(namespace["study"].parent)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["real-cohort.md"], setup=with_workbook, teardown=without_study
).pytest()
