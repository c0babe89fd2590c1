"""A fault: a piece of source, what takes its place, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`right` stands exactly once in `file`; with `fault` in its place one of `tests` must fail.

    `tests` are paths under tests/, with `::` and a name where one test is meant; the first that
    fails ends the trial.
    """

    name: str
    file: str
    right: str
    fault: str
    tests: tuple[str, ...]

    def planted(self, source: str) -> str:
        """The source with the fault. Raises `ValueError` where it does not fit exactly once."""
        count = source.count(self.right)
        if count != 1:
            raise ValueError(f"{self.name}: stands {count} times in {self.file}, once is needed")
        return source.replace(self.right, self.fault)

    def plant(self, root: Path) -> str:
        """Plant it in a copy of the project; gives back the source that stood there."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        path.write_text(self.planted(before), encoding="utf-8")
        return before
