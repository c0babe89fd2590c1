"""The API asked all that its schema allows, and much that it does not, as each role."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from api_fuzz import fuzz
from small_study import write_small_study

from benchmarks.row import Row
from exvivo import run
from exvivo.web.visitor import Role


def rows(*, quick: bool = False) -> list[Row]:
    """All phases of schemathesis, 100 examples an operation."""
    with tempfile.TemporaryDirectory(prefix="exvivo-api-") as room:
        study = write_small_study(Path(room) / "study")
        run(study)
        examples = 3 if quick else 100
        return [row for role in Role for row in _as(role, Path(room), study, examples)]


def _as(role: Role, room: Path, study: Path, examples: int) -> Iterator[Row]:
    fuzzed = fuzz(role, room / role.value / "studies", study, examples=examples)
    what = f"API as {role.value}, {examples} examples an operation"
    for failure in fuzzed.failures:
        print(f"  {role.value}: {failure}")
    yield Row(what=f"{what}: operations", value=len(fuzzed.operations), unit="", bar=">= 20")
    yield Row(what=f"{what}: requests", value=fuzzed.requests, unit="")
    yield Row(what=f"{what}: failures", value=len(fuzzed.failures), unit="", bar="<= 0")
