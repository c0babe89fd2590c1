"""The demo made again with the kernels of other processors: numbers equal to 1e-9, and the same
words and verdicts. And figures of nearly one name, each with a file of its own.

In version 0.1.0 a comparison by rounding moved an estimate of the demo from 0.3033 to 0.3049 where
the kernels of a Nehalem did the sums.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row
from exvivo.tell.stems import CHOICES, OVERVIEW, stems

KERNELS = ("", "Nehalem", "Prescott", "Sandybridge")
"""Kernels of OpenBLAS that any processor of x86-64 can run; the first are this machine's own."""
NAMES = ("mrna 1", "mrna_1", "MRNA_1", "q1", "Q1", "q1_choices", "q1.", "CON", "con", "Größe", "質")
_ENDS = ("", OVERVIEW, CHOICES)


def rows() -> list[Row]:
    """Columns that differ with each kind of kernels, and paths that two figures have."""
    return [*_of_kernels(), _of_paths()]


def _of_kernels() -> Iterator[Row]:
    """The demo, made again."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return
    with tempfile.TemporaryDirectory() as folder:
        demo = str(Path(folder) / "demo")
        simulated = [sys.executable, "-m", "exvivo", "demo", demo, "--json"]
        subprocess.run(simulated, check=True, stdout=subprocess.DEVNULL)
        for kernels in KERNELS:
            made = _made_again(demo, kernels)
            what = f"columns that differ, kernels of {kernels or 'this machine'}"
            yield Row(what=what, value=len(made["differences"]), unit="columns", bar="<= 0")
            yield Row(what="  files of other bytes", value=len(made["other_bytes"]), unit="files")


def _made_again(study: str, kernels: str) -> dict[str, list[str]]:
    """What `exvivo verify --rerun` says in a process with these kernels."""
    command = [sys.executable, "-m", "exvivo", "verify", study, "--rerun", "--json"]
    settings = {**os.environ, "OPENBLAS_CORETYPE": kernels}
    said = subprocess.run(command, env=settings, stdout=subprocess.PIPE, check=False)
    rerun: dict[str, list[str]] = json.loads(said.stdout)["rerun"]
    return rerun


def _of_paths() -> Row:
    """Names of files that two of eleven ids share where capitals are no difference."""
    paths = [f"{stem}{end}".casefold() for stem in stems(NAMES, _ENDS).values() for end in _ENDS]
    shared = len(paths) - len(set(paths))
    return Row(what="paths that two figures share", value=shared, unit="paths", bar="<= 0")
