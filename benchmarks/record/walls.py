"""Names that lead out of a study, and files that change while it is read: refused, or recorded as
they were parsed.

Each is tried in a process of its own, which is stopped after two minutes. `EXVIVO_BEFORE` names
the `src` folder of another version to try in place of this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.record.bounds import CLEAN
from benchmarks.row import Row

_STOPPED = 120
_SECRET = "Well,Target,Cq\nA1,TNF,31\nA2,REF,18\nB1,TNF,32\nB2,REF,18\n"
"""A file of another study, which reads as one of this."""
_CHILD = """\
import hashlib, json, sys
from pathlib import Path
from exvivo.errors import UserMistake
from exvivo.gather import gather
folder, swapped = Path(sys.argv[1]), sys.argv[2]
parsed = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
          for name in ([swapped] if swapped else [])}
def progress(step):
    if swapped and step.startswith("reading plate Q2"):
        path = folder / swapped
        other = path.with_name("other")
        other.write_bytes(path.read_bytes().replace(b"25", b"27").replace(b",G1", b",G2")
                          .replace(b"Too large", b"Another").replace(b"sample,B", b"sample,A"))
        other.replace(path)
try:
    read = gather(folder, progress=progress)
except UserMistake as error:
    printed = any(word in str(error).lower() for word in ("/bin/", "root:x", "well, target"))
    print(json.dumps({"held": not printed, "told": str(error)[:1000]}))
else:
    recorded = {file.path: file.sha256 for file in read.inputs}
    held = bool(swapped) and all(recorded[name] == parsed[name] for name in parsed)
    print(json.dumps({"held": held, "told": ""}))
"""

Make = Callable[[Path], str]
"""Makes a fault in a clean study, and gives the name of a file to be swapped while it is read."""


def _named(name: str, *, field: str = "file") -> Make:
    """A plate that names a file outside the study."""

    def make(folder: Path) -> str:
        (folder.parent / "outside.csv").write_text(_SECRET, encoding="utf-8")
        old = {"file": "file: cq.csv", "layout": "layout: layout.csv"}[field]
        text = (folder / "study.yaml").read_text(encoding="utf-8")
        new = f"{field}: {name.format(folder=folder)}"
        (folder / "study.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return ""

    return make


def _linked(name: str, target: str) -> Make:
    """A file of the study that is a link to a place outside."""

    def make(folder: Path) -> str:
        outside = folder.parent / "outside.csv"
        outside.write_bytes((folder / name).read_bytes())
        (folder / name).unlink()
        (folder / name).symlink_to(target or outside)
        return ""

    return make


def _pipe(folder: Path) -> str:
    (folder / "cq.csv").unlink()
    os.mkfifo(folder / "cq.csv")
    return ""


def _odd_name(name: str) -> Make:
    """A file whose name holds a sign that cannot be printed."""

    def make(folder: Path) -> str:
        (folder / name).write_text(_SECRET, encoding="utf-8")
        return _named(json.dumps(name))(folder)

    return make


def _swapped(name: str) -> Make:
    return lambda _: name


FAULTS: dict[str, Make] = {
    "a file of a plate beside the study (..)": _named("../outside.csv"),
    "a layout beside the study (..)": _named("../outside.csv", field="layout"),
    "a file of the system (.. and etc/passwd)": _named("../../../../../../etc/passwd"),
    "a file of the kernel that waits (proc/kmsg)": _named("../../../../../../proc/kmsg"),
    "a device (dev/zero)": _named("../../../../../../dev/zero"),
    "a whole path that exists (/etc/passwd)": _named("/etc/passwd"),
    "a whole path as layout": _named("/etc/passwd", field="layout"),
    "a whole path into the study itself": _named("{folder}/cq.csv"),
    "a raw file that is a link outside": _linked("cq.csv", ""),
    "a raw file that is a link to a device": _linked("cq.csv", "/dev/zero"),
    "donors.csv that is a link outside": _linked("donors.csv", ""),
    "a layout that is a link outside": _linked("layout.csv", ""),
    "study.yaml that is a link outside": _linked("study.yaml", ""),
    "a raw file that is a pipe": _pipe,
    "a name with a line end": _odd_name("c\nq.csv"),
    "a name with an escape": _odd_name("c\x1b[31mq.csv"),
    "donors.csv swapped while it is read": _swapped("donors.csv"),
    "study.yaml swapped while it is read": _swapped("study.yaml"),
    "a raw file swapped while it is read": _swapped("cq.csv"),
    "a layout swapped while it is read": _swapped("layout.csv"),
}


def held(fault: str) -> tuple[bool, str]:
    """Whether a fault is refused with words of its own (or recorded as it was parsed), and what is
    said.
    """
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "study"
        folder.mkdir()
        for name, text in CLEAN.items():
            (folder / name).write_text(text, encoding="utf-8")
        _second_plate(folder)
        return _tried(folder, FAULTS[fault](folder))


def _second_plate(folder: Path) -> None:
    """A second plate, so that files are swapped between two."""
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    second = ", {id: Q2, assay: mrna, layout: layout_2.csv, file: cq_2.csv}]\n"
    (folder / "study.yaml").write_text(text.rstrip()[:-1] + second, encoding="utf-8")
    for name in ("layout", "cq"):
        other = (folder / f"{name}.csv").read_text(encoding="utf-8").replace("26", "28")
        (folder / f"{name}_2.csv").write_text(other, encoding="utf-8")


def _tried(folder: Path, swapped: str) -> tuple[bool, str]:
    source = os.environ.get("EXVIVO_BEFORE", str(Path(__file__).parents[2] / "src"))
    command = [sys.executable, "-c", _CHILD, str(folder), swapped]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": source},
            capture_output=True,
            text=True,
            timeout=_STOPPED,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, "stopped"
    if done.returncode:
        return False, done.stderr.strip().splitlines()[-1]
    outcome = json.loads(done.stdout)
    return outcome["held"], outcome["told"]


def rows() -> list[Row]:
    """How many of the faults are held."""
    count = sum(held(fault)[0] for fault in FAULTS)
    what = "ways out of a study, and swaps, that are refused"
    bar = f">= {len(FAULTS)}"
    return [Row(what=what, value=count, unit="faults", bar=bar)]


if __name__ == "__main__":
    for each in FAULTS:
        print(each, *held(each), sep=" | ", flush=True)
