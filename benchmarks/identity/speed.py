"""The whole way of a large question of identity, as a user starts it: 20,000 genes, 24 donors and
100 references, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from numpy.random import default_rng

from benchmarks.identity.asking import Column
from benchmarks.identity.drawn import Class, counted, cultured, references, world
from benchmarks.identity.simulated import gates
from benchmarks.row import Row

GENES, DONORS, CLASSES, A_CLASS = 20_000, 24, 10, 10
RUNS = 2

_STUDY = """exvivo: 1
title: a large question
groups: [{{id: A, name: patients}}, {{id: B, name: controls}}]
cell_types: [{{id: cells, name: cultured cells}}]
questions:
  - {{id: who, ask: identity, cell_type: cells, like: "{like}", profiles: raw/cells.csv,
     references: raw/references.csv, scale: {scale}}}
analytes: []
assays: []
plates: []
plan: {{declared: 2026-01-05}}
"""


def rows() -> Iterator[Row]:
    """Seconds and memory of `exvivo run`, the better of two; log2 and counts."""
    for log2 in (True, False):
        with tempfile.TemporaryDirectory() as room:
            folder = Path(room) / "study"
            write(folder, log2=log2)
            runs = [measured(folder) for _ in range(RUNS)]
        word = "log2" if log2 else "counts"
        what = f"{GENES:,} genes x ({DONORS} + {CLASSES * A_CLASS}), {word}:"
        yield Row(what=f"{what} CPU", value=min(r[0] for r in runs), unit="CPU s", bar="<= 6")
        yield Row(what=f"{what} wall", value=min(r[1] for r in runs), unit="s")
        yield Row(what=f"{what} memory", value=max(r[2] for r in runs), unit="MB", bar="<= 500")


def write(folder: Path, *, log2: bool, genes: int = GENES, donors: int = DONORS) -> None:
    """The study: cells of one kind against ten classes, its own among them."""
    rng = default_rng(18)
    of = world(rng, gates(), genes=genes)
    classes = [Class(kind) for kind in of.kinds[:CLASSES]]
    kind = classes[0].kind
    (folder / "raw").mkdir(parents=True)
    cells = counted(rng, cultured(of, rng, kind, donors=donors), log2=log2)
    drawn = references(of, rng, classes, donors=A_CLASS)
    _table(folder / "raw/cells.csv", of.genes, cells)
    _table(folder / "raw/references.csv", of.genes, counted(rng, drawn, log2=log2))
    lines = [f"D{i},{'AB'[i % 2]}" for i in range(donors)]
    (folder / "donors.csv").write_text("\n".join(["donor,group", *lines, ""]), encoding="utf-8")
    text = _STUDY.format(like=kind.name, scale="log2" if log2 else "counts")
    (folder / "study.yaml").write_text(text, encoding="utf-8")


def _table(path: Path, genes: Sequence[str], columns: Sequence[Column]) -> None:
    frame = pl.DataFrame({"gene": genes} | {column.name: column.values for column in columns})
    frame.write_csv(path)


def measured(folder: Path) -> tuple[float, float, float]:
    """CPU seconds (user and system), seconds of the wall and peak memory (MB) of one run."""
    begin = time.monotonic()
    command = (sys.executable, "-m", "exvivo", "run", str(folder))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024
