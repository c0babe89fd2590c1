"""The main job as a user starts it, in processes of their own: CPU seconds (user and system) and
peak memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.row import Row

_EXVIVO = (sys.executable, "-m", "exvivo")


def measured(*command: str) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of one command; it must succeed."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def rows() -> list[Row]:
    """`exvivo --help` and `exvivo demo`, the best of three each, after one run that compiles the
    modules.
    """
    helped = [measured(*_EXVIVO, "--help")[0] for _ in range(4)][1:]
    runs = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(measured(*_EXVIVO, "demo", str(Path(folder) / "demo")))
    return [
        Row(what="exvivo --help", value=min(helped), unit="CPU s", bar="<= 0.3"),
        Row(
            what="exvivo demo: files, numbers and report",
            value=min(cpu for cpu, _ in runs),
            unit="CPU s",
            bar="<= 10",
        ),
        Row(
            what="exvivo demo: peak memory",
            value=max(memory for _, memory in runs),
            unit="MB",
            bar="<= 500",
        ),
    ]
