"""Plant every fault, or those named, and say which of them the tests find."""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from mutation.fault import ROOT, Fault
from mutation.faults import FAULTS

COPIED = (
    "src",
    "tests",
    "calibration",
    "benchmarks",
    "mutation",
    "docs",
    "scripts",
    "pyproject.toml",
    "README.md",
)
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS")
_FAILED, _BROKEN = 1, 2
"""Exit codes of pytest: a test failed, or the faulty source could not be imported."""


def tried(fault: Fault, whole: Path) -> tuple[str, float]:
    """Plant the fault in a copy of the project and run its tests until one fails.

    The test that failed (empty: none), and the seconds it took. Runs in a process of its own, which
    is not used again: it imports the faulty source.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "exvivo"
        shutil.copytree(whole, root)
        fault.plant(root)
        code, printed = _run(fault, root, Path(folder) / "printed.txt")
    failed = [line for line in printed.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if code not in (0, _FAILED, _BROKEN) or (code == _BROKEN and not failed):
        raise RuntimeError(f"{fault.name}: pytest ended with {code}\n{printed[-2000:]}")
    return failed[0].split(" ", 1)[1].split(" - ")[0] if failed else "", time.monotonic() - began


def _copy_of_project(root: Path) -> Path:
    """The project without its history, its modules compiled once for all trials."""
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, root / name)
    compileall.compile_dir(root / "src", quiet=2)
    return root


def _run(fault: Fault, root: Path, output: Path) -> tuple[int, str]:
    """The exit code of pytest on the tests of a fault, in the copy, and what it printed."""
    import pytest

    os.environ["PYTHONPATH"] = str(root / "src")  # for commands that tests start
    sys.path[:] = [str(root / "src"), *(path for path in sys.path if not _of_project(path))]
    os.chdir(root)
    paths = [f"tests/{test}" for test in fault.tests]
    with output.open("w") as handle, redirect_stdout(handle), redirect_stderr(handle):
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "mutation.quick", *paths])
    return int(code), output.read_text()


def _of_project(path: str) -> bool:
    """Whether modules of the project itself are found there, and not of its copy."""
    return path == "" or Path(path).resolve() in (ROOT, ROOT / "src")


def _prepare() -> None:
    """Import once, for every trial, what takes long and is no part of the project."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    data = ROOT.parent / "shared" / "data"
    os.environ.setdefault("EXVIVO_SHARED_DATA", str(data))
    sys.dont_write_bytecode = True
    import numpy  # noqa: F401
    import polars  # noqa: F401
    import scipy.optimize
    import scipy.special
    import scipy.stats  # noqa: F401


def _survivors(faults: list[Fault], whole: Path) -> list[str]:
    """The names of the faults that no test found; says of each what became of it."""
    survived = []
    fork = multiprocessing.get_context("fork")
    with fork.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        trials = pool.imap(partial(tried, whole=whole), faults, chunksize=1)
        for fault, (test, seconds) in zip(faults, trials, strict=True):
            if not test:
                survived.append(fault.name)
            verdict = f"caught by {test}" if test else "SURVIVED"
            print(f"{fault.name:64} {seconds:5.0f} s  {verdict}", flush=True)
    return survived


def main() -> int:
    """Exit code 0 if every fault was caught."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("names", nargs="*", help="faults by name; all if left out")
    parser.add_argument("--list", action="store_true", help="only list the faults")
    asked = parser.parse_args()
    chosen = [fault for fault in FAULTS if not asked.names or fault.name in asked.names]
    if asked.list:
        print("\n".join(f"{fault.name}: {fault.file}" for fault in chosen))
        return 0
    _prepare()
    with tempfile.TemporaryDirectory() as folder:
        whole = _copy_of_project(Path(folder) / "exvivo")
        survived = _survivors(chosen, whole)
    print(f"{len(chosen) - len(survived)} of {len(chosen)} faults caught")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
