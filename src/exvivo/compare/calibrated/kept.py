"""What was simulated before, by the hash of everything it depends on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from exvivo.compare.evidence import Evidence

FILE = "calibration.json"
"""The name of the file in the results of a study."""
_GRAMMAR = 1
_PACKAGES = ("numpy", "scipy")
_CODE = Path(__file__).parents[1]
Counts = Mapping[str, Mapping[str, tuple[int, int]]]
"""Of each number (error, coverage) and setting, how many studies of how many."""


@dataclass
class Kept:
    """Counts of simulated studies by the hash of what they depend on: those of the last run, and
    those that this run `used`.
    """

    last: Mapping[str, Any] = field(default_factory=dict)
    used: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Kept:
        """What an earlier run wrote; nothing where it cannot be read."""
        try:
            content = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(content, dict) or content.get("grammar") != _GRAMMAR:
            return cls()
        return cls(content["answers"])

    def text(self) -> str:
        """What this run used, for the next one."""
        content = {"grammar": _GRAMMAR, "answers": self.used}
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    def take(self, key: str) -> dict[str, Any] | None:
        """What was simulated under a hash; None if nothing was."""
        counts = self.used.get(key, self.last.get(key))
        if counts is not None:
            self.used[key] = counts
        return counts

    def add(self, key: str, counts: dict[str, Any]) -> None:
        """Keep what was simulated under a hash."""
        self.used[key] = counts


def digest(*parts: str) -> str:
    """The hash of some texts."""
    whole = sha256()
    for part in parts:
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def digest_of(evidence: Evidence) -> str:
    """The hash of everything that the answers of a study depend on: its numbers, the donors and
    cultures, the rules of its plan, and the code that answers.
    """
    study, plan = evidence.study, evidence.study.plan
    tables = [evidence.wells, study.donors, study.cultures, *evidence.responses.values()]
    scores = sorted((key, sorted(given.items())) for key, given in evidence.scores.items())
    rules = (plan.alpha, plan.permutations, plan.seed, study.groups, study.scales)
    return digest(*map(_text, tables), repr(scores), repr(rules), _code())


def _text(table: pl.DataFrame) -> str:
    """A table as text, with its columns."""
    return repr(table.schema) + table.write_ndjson()


def _code() -> str:
    """The hash of the code of this room, and the versions of what it counts with."""
    sources = [path.read_text("utf-8") for path in sorted(_CODE.rglob("*.py"))]
    return digest(*sources, *(version(name) for name in _PACKAGES))
