"""Plant every fault, or those named, and say which of them the tests find."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Trial:
    """What became of a planted fault: the test that failed, or none; and how long it took."""

    fault: Fault
    caught_by: str
    seconds: float


def tried(fault: Fault) -> Trial:
    """Plant the fault in a copy of the project and run its tests until one fails."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "exvivo"
        root.mkdir()
        _copy(root)
        fault.plant(root)
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *_paths(fault)],
            cwd=root,
            env=_environment(root),
            capture_output=True,
            text=True,
        )
    failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if ran.returncode not in (0, 1, 2):
        raise SystemExit(f"{fault.name}: pytest ended with {ran.returncode}\n{ran.stdout[-2000:]}")
    caught = failed[0].split(" ")[1] if failed else ""
    return Trial(fault, caught, time.monotonic() - began)


def _copy(root: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)


def _environment(root: Path) -> dict[str, str]:
    """The copy's source is imported, and real data are found where they lie."""
    data = os.environ.get("EXVIVO_SHARED_DATA", str(ROOT.parent / "shared" / "data"))
    alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    return {**os.environ, **alone, "PYTHONPATH": str(root / "src"), "EXVIVO_SHARED_DATA": data}


def _paths(fault: Fault) -> list[str]:
    return [f"tests/{test}" for test in fault.tests]


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
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        trials = []
        for trial in pool.map(tried, chosen):
            trials.append(trial)
            verdict = f"caught by {trial.caught_by}" if trial.caught_by else "SURVIVED"
            print(f"{trial.fault.name:48} {trial.seconds:5.0f} s  {verdict}", flush=True)
    survived = [trial.fault.name for trial in trials if not trial.caught_by]
    print(f"{len(trials) - len(survived)} of {len(trials)} faults caught")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
