"""Runs as rows of the chain: what each read and what it made, by hash, and the texts it kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from exvivo.errors import Mistake, StoreError
from exvivo.store import chain, contents
from exvivo.store.chain import Kind, Row
from exvivo.store.database import DATABASE, opened, refuse_lost
from exvivo.store.database import RESULTS as RESULTS
from exvivo.store.files import File

RECORD_PAGE = "record.html"
"""The page of the record in the folder of results. It holds dates, is written after the run, and is
none of its outputs.
"""
RUNS: tuple[Kind, ...] = ("run", "imported")
"""The rows that are runs."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: inputs, study, version and parameters on one side, outputs on the other, all by
    their hashes.

    `texts` are the contents that the record keeps of it: their sha256 by the path of the file.
    `packages` are the versions it was made with, `machine` the kind of machine, `days` the first
    and the last day that its instrument files state; `blinded` says that its results stand under
    codes. `number`, `recorded` and `hash` are those of its row, empty until it is on record.
    """

    version: str
    study_hash: str
    inputs: tuple[File, ...]
    outputs: tuple[File, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    days: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    blinded: bool = False
    recorded: str = ""
    number: int = 0
    hash: str = ""

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders beside the study folder that its inputs may lie below."""
        named = self.parameters.items()
        return tuple(str(root) for name, root in named if name.startswith("raw_roots."))

    @property
    def files(self) -> int:
        """How many files it read and made."""
        return len(self.inputs) + len(self.outputs)

    @classmethod
    def of_row(cls, row: Row) -> Run:
        """The run that a row of the chain states; an imported one with the date it had. Raises
        `StoreError` for a row that states no run.
        """
        try:
            return cls._of_facts(row, row.facts)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise StoreError(_unreadable(row)) from None

    @classmethod
    def _of_facts(cls, row: Row, facts: Mapping[str, Any]) -> Run:
        return cls(
            version=str(facts["version"]),
            study_hash=str(facts["study_hash"]),
            inputs=files_of(facts["inputs"]),
            outputs=files_of(facts["outputs"]),
            parameters=dict(facts["parameters"]),
            packages=dict(facts.get("packages", {})),
            machine=str(facts.get("machine", "")),
            days=tuple(map(str, facts.get("days", ()))),
            texts=row.texts,
            blinded=bool(facts.get("blinded", False)),
            recorded=str(facts.get("recorded", row.recorded)),
            number=row.number,
            hash=row.hash,
        )

    def states(self) -> dict[str, Any]:
        """What its row states."""
        return {
            "version": self.version,
            "study_hash": self.study_hash,
            "parameters": dict(self.parameters),
            "packages": dict(self.packages),
            "machine": self.machine,
            "days": list(self.days),
            "inputs": [list(asdict(file).values()) for file in self.inputs],
            "outputs": [list(asdict(file).values()) for file in self.outputs],
            "texts": dict(self.texts),
            **({"blinded": True} if self.blinded else {}),
        }


def files_of(listed: list[list[Any]]) -> tuple[File, ...]:
    """Files as a row states them."""
    return tuple(_file(*each) for each in listed)


def _file(path: object, sha256: object, size: object) -> File:
    """A file as a row lists it. Raises `TypeError` for what is none."""
    if isinstance(path, str) and isinstance(sha256, str) and isinstance(size, int):
        return File(path, sha256, size)
    raise TypeError(path)


def _unreadable(row: Row) -> Mistake:
    """A row that says it is a run and states none."""
    return Mistake(
        DATABASE,
        f"row {row.number}, which cannot be read",
        "a run as exvivo records it",
        "ask `exvivo verify` what else is changed, and bring the record back from a backup",
    )


def add(connection: sqlite3.Connection, run: Run, kept: Mapping[str, bytes]) -> Row:
    """Add a run to the record with the texts that are `kept` of it (by the path of their file),
    inside the caller's transaction.
    """
    texts = {path: contents.put(connection, content) for path, content in kept.items()}
    return chain.append(connection, "run", replace(run, texts=texts).states())


def latest(connection: sqlite3.Connection) -> Run | None:
    """The last complete run on record."""
    row = chain.last_row(connection, *RUNS)
    return Run.of_row(row) if row else None


def runs(connection: sqlite3.Connection) -> Iterator[Run]:
    """Every run on record, the first first."""
    return (Run.of_row(row) for row in chain.rows(connection) if row.kind in RUNS)


def head(folder: Path) -> Row | None:
    """The last row on record; None where there is none. Makes no file."""
    refuse_lost(folder)
    if not (folder / DATABASE).exists():
        return None
    with opened(folder, reading=True) as connection:
        return chain.last_row(connection)


def last_run(folder: Path) -> Run | None:
    """The last complete run of a study folder; None where there was none. Makes no file.
    Raises `StoreError` where the record is gone.
    """
    refuse_lost(folder)
    if not (folder / DATABASE).exists():
        return None
    with opened(folder, reading=True) as connection:
        return latest(connection)
