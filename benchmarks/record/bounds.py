"""Inputs that are too large or too deep: CPU seconds and MB of a process that reads one of them.

Each is read in a process of its own, which is stopped after two minutes. The peers are the figures
of the version before bounds stood (commit 975959d) on the same machine; `EXVIVO_BEFORE` names the
`src` folder of another version to measure in place of this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.row import Row

MB = 1 << 20
SECONDS, MEGABYTES = "<= 10", "<= 512"
_STOPPED = 120
_BEFORE: dict[str, tuple[float, float]] = {}
"""CPU seconds and MB of each case before, measured once."""

_STUDY = """\
exvivo: 1
title: Too large
groups: [{id: G1, name: first}, {id: G2, name: second}]
analytes: [{id: TNF}]
assays: [{id: mrna, kind: qpcr, references: [REF], cycles: 40, cq: vendor}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
plates: [{id: Q1, assay: mrna, layout: layout.csv, file: cq.csv}]
"""
_CLEAN = {
    "study.yaml": _STUDY,
    "donors.csv": "donor,group\nA,G1\nB,G2\n",
    "clinic.csv": "donor,VAS\nA,1\nB,2\n",
    "layout.csv": "well,role,donor\nA1,sample,A\nA2,sample,A\nB1,sample,B\nB2,sample,B\n",
    "cq.csv": "Well,Target,Cq\nA1,TNF,25\nA2,REF,18\nB1,TNF,26\nB2,REF,18\n",
}

_CHILD = """\
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
from pathlib import Path
from exvivo.errors import UserMistake
from exvivo.gather import gather
from exvivo.read import read_plate
from exvivo.study.records import Beads, Qpcr, Results
assays = {
    "study": None,
    "qpcr": Qpcr(id="a", kind="qpcr", references=("REF",), cycles=40, cq="vendor"),
    "results": Results(id="a", kind="results", sample="well"),
    "beads": Beads(id="a", kind="beads", classifier=("A",), reporter="B", scatter=("C",),
                   panel={"TNF": "A1"}),
}
path, kind = Path(sys.argv[1]), sys.argv[2]
told = ""
start = time.process_time()
try:
    if kind == "study":
        gather(path)
    else:
        read_plate(path, source=path.name, plate="P", assay=assays[kind], well="A1",
                   analytes=("TNF",))
except UserMistake as error:
    told = str(error.mistakes[0])
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": time.process_time() - start, "mb": used.ru_maxrss / 1024,
                  "told": told[:2000]}))
"""

Make = Callable[[Path], None]
Case = tuple[str, Make]
"""What is read (a study, or a file of a kind of assay), and what makes it."""


def _study(**files: Callable[[Path], None]) -> Make:
    """A clean study, some of its files made otherwise."""

    def make(path: Path) -> None:
        path.mkdir()
        for name, text in _CLEAN.items():
            (path / name).write_text(text, encoding="utf-8")
        for name, write in files.items():
            write(path / name.replace("_", "."))

    return make


def _columns(header: str, line: str, count: int, sign: str = ",") -> Make:
    """A table with so many further columns."""

    def make(path: Path) -> None:
        names = sign.join(f"note {number}" for number in range(count))
        text = f"{header}{sign}{names}\n{line}{sign * count}\n"
        path.write_text(text, encoding="utf-8")

    return make


def _rows(path: Path) -> None:
    """Three million lines of results."""
    with path.open("w", encoding="utf-8") as handle:
        handle.write("well,TNF\n")
        for start in range(0, 3_000_000, 100_000):
            handle.write("".join(f"A1,{row}.5\n" for row in range(start, start + 100_000)))


def _filled(begin: str, line: str, end: str, megabytes: int = 300) -> Make:
    """A file that repeats something."""

    def make(path: Path) -> None:
        block = line * (MB // len(line))
        with path.open("w", encoding="utf-8") as handle:
            handle.write(begin)
            for _ in range(megabytes):
                handle.write(block)
            handle.write(end)

    return make


def _repeated(begin: str, sign: str, times: int) -> Make:
    """A text that ends in a sign so many times."""

    def make(path: Path) -> None:
        path.write_text(f"{begin}{sign * times}\n", encoding="utf-8")

    return make


def _keywords(path: Path) -> None:
    """An FCS file whose keywords take 90 MB."""
    text = b"/$TOT/1/$PAR/1/$BYTEORD/1,2,3,4/$DATATYPE/F/$MODE/L/$P1N/A/$P1B/32/$P1R/1/$P1E/0,0/"
    with path.open("wb") as handle:
        handle.write(b" " * 58 + text)
        for start in range(0, 7_000_000, 10_000):
            pairs = (b"K%d/V%d/" % (number, number) for number in range(start, start + 10_000))
            handle.write(b"".join(pairs)[: 90_000_000 - handle.tell()])
        end = handle.tell() - 1
        handle.write(b"\0\0\0\0")
        handle.seek(0)
        offsets = (58, end, end + 1, end + 4, 0, 0)
        handle.write(b"FCS3.1    " + b"".join(b"%8d" % at for at in offsets))


def _title(path: Path) -> None:
    path.write_text(_STUDY.replace("Too large", "T" * 3 * MB), encoding="utf-8")


_CQ = ("Well,Target,Cq", "A1,TNF,25", ",")
_CFX = (",Well,Fluor,Target,Content,Sample,Cq", ",A01,SYBR,TNF,Unkn-1,S,25.1", ",")
_CP = (
    "Experiment: E  Selected Filter: SYBR Green I (465-510)\n"
    "Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus",
    "True\t255\tA1\tS\t25.1\t\t0\t",
    "\t",
)
_COMMENTS = "X,G1," + "c" * 1000 + "\n"
CASES: dict[str, Case] = {
    **{
        f"{name}, {count:,} columns": ("qpcr", _columns(*table[:2], count, table[2]))
        for name, table in (("plain Cq", _CQ), ("CFX", _CFX), ("LightCycler", _CP))
        for count in (25_000, 50_000)
    },
    "donors, 50,000 columns": ("study", _study(donors_csv=_columns("donor,group", "A,G1", 50_000))),
    "layout, 50,000 columns": (
        "study",
        _study(layout_csv=_columns("well,role,donor", "A1,sample,A", 50_000)),
    ),
    "results, 3,000,000 rows": ("results", _rows),
    "FCS, 90 MB of keywords": ("beads", _keywords),
    "donors, 300 MB of comments": (
        "study",
        _study(donors_csv=_filled("donor,group,comment\n", _COMMENTS, "")),
    ),
    "donors, one cell of 300 MB": (
        "study",
        _study(donors_csv=_filled('donor,group,comment\nA,G1,"', "x", '"\nB,G2,\n')),
    ),
    "layout, 300 MB": (
        "study",
        _study(layout_csv=_filled("well,role,donor\n", "A1,sample,A\n", "")),
    ),
    "clinic, 300 MB": ("study", _study(clinic_csv=_filled("donor,VAS\n", "A,1\n", ""))),
    "cultures, 300 MB": (
        "study",
        _study(cultures_csv=_filled("culture,donor,cell_type\n", "c,A,iMG\n", "")),
    ),
    "instrument csv, 300 MB": ("qpcr", _filled("Well,Target,Cq\n", "A1,TNF,25\n", "")),
    "study.yaml, 300 MB of comments": (
        "study",
        _study(study_yaml=_filled(_STUDY, "# a comment\n", "")),
    ),
    "study.yaml, a list of 300 MB": (
        "study",
        _study(study_yaml=_filled(f"{_STUDY}visits: [a", ", a", "]\n")),
    ),
    **{
        f"study.yaml, 20,000 {name}": (
            "study",
            _study(study_yaml=_repeated(f"{_STUDY}visits: ", sign, 20_000)),
        )
        for name, sign in (
            ("[", "["),
            ("{a: ", "{a: "),
            ("- ", "\n  " + "- " * 20_000),
            ("[ on lines", "[\n "),
        )
    },
    "study.yaml, 20,000 -": (
        "study",
        _study(study_yaml=_repeated(f"{_STUDY}visits:\n  ", "- ", 20_000)),
    ),
    "a title of 3 MB": ("study", _study(study_yaml=_title)),
}


def measured(name: str) -> dict[str, Any]:
    """One case, read in a process of its own: CPU seconds, MB, and the first mistake."""
    kind, make = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("study" if kind == "study" else "file.csv")
        make(path)
        return _read(path, kind)


def _read(path: Path, kind: str) -> dict[str, Any]:
    source = os.environ.get("EXVIVO_BEFORE", str(Path(__file__).parents[2] / "src"))
    environment = os.environ | {"PYTHONPATH": source}
    command = [sys.executable, "-c", _CHILD, str(path), kind]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_STOPPED, check=False
        )
    except subprocess.TimeoutExpired:
        return {"seconds": float(_STOPPED), "mb": 0.0, "told": "", "error": "stopped"}
    if done.returncode:
        return {"seconds": 0.0, "mb": 0.0, "told": "", "error": done.stderr[-300:]}
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def rows() -> list[Row]:
    """Seconds and MB of every case, and how many were refused with a limit by its name."""
    listed: list[Row] = []
    refused = 0
    for name in CASES:
        now = measured(name)
        before = _BEFORE.get(name, (None, None))
        refused += any(word in now["told"] for word in ("limit of", "at most", "more than"))
        listed += [
            Row(what=name, value=now["seconds"], unit="CPU s", bar=SECONDS, peer=before[0]),
            Row(what=name, value=now["mb"], unit="MB", bar=MEGABYTES, peer=before[1]),
        ]
    bar = f">= {len(CASES)}"
    return [*listed, Row(what="refused by a named limit", value=refused, unit="cases", bar=bar)]


if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        print(case, json.dumps(measured(case)), flush=True)
