"""The scale of one study: one more plate on forty, a check after an edit, and what ten thousand
plates would take, from studies of two sizes. Simulated plates of the model study, half of them
qPCR (189 reactions or so), half bead arrays (58 tubes or so).

`python -m benchmarks.record.scale 200 1000` takes other sizes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from numpy.random import default_rng

from benchmarks.row import Row
from benchmarks.whole_way import measured
from exvivo.cache import FOLDER
from exvivo.simulate import ModelStudy, model_study, write

SIZES = (40, 120)
"""Plates of the two studies that are extrapolated from."""
_MANY = 10_000
_TIMED = """
import json, resource, sys, time
from pathlib import Path

import exvivo.assign, exvivo.read, exvivo.reconcile
import exvivo.quantify.beads, exvivo.quantify.qpcr
import exvivo.gather as door
from exvivo.cache import Cache
from exvivo.quantify import quantify

now, root = time.process_time, Path(sys.argv[1])
cache = Cache.of(root) if sys.argv[2] == "with" else Cache()
reading, read_plate = [0.0], door._read_plate

def timed(*arguments):
    begin = now()
    read_plate(*arguments)
    reading[0] += now() - begin

door._read_plate = timed
begin = now()
gathered = door.gather(root, cache=cache)
middle = now()
quantify(gathered.wells, study=gathered.study, cache=cache)
end = now()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(json.dumps([reading[0] + end - middle, end - begin, memory]))
"""
Taken = tuple[float, float, float]
"""CPU seconds of reading and quantifying, those with all that `check` does, and GB of memory."""


def simulated(plates: int, folder: Path) -> Path:
    """A study of so many plates, twelve donors on each pair of them."""
    pairs = plates // 2
    parameters = ModelStudy(patients=7 * pairs, controls=5 * pairs, plates=pairs)
    write(model_study(parameters, rng=default_rng(1)), folder)
    return folder


def taken(study: Path, cache: str) -> Taken:
    """What a process takes that reads and quantifies a study `with` or `without` its cache."""
    command = [sys.executable, "-c", _TIMED, str(study), cache]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    working, all_of_it, memory = json.loads(printed)
    return working, all_of_it, memory


def _without(study: Path, *plates: str) -> str:
    """study.yaml without some plates; what it was before."""
    file = study / "study.yaml"
    text = file.read_text("utf-8")
    lines = [line for line in text.splitlines() if not any(f"{{id: {p}," in line for p in plates)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return text


def one_more(folder: Path) -> Iterator[Row]:
    """A plate more on forty: of curves, then of beads."""
    study = simulated(42, folder / "forty")
    for kind, plate, other in (("qPCR", "Q21", "B21"), ("beads", "B21", "Q21")):
        shutil.rmtree(study / FOLDER, ignore_errors=True)
        text = _without(study, plate, other)
        taken(study, "with")
        (study / "study.yaml").write_text(text, "utf-8")
        _without(study, other)
        after, before = taken(study, "with"), taken(study, "without")
        (study / "study.yaml").write_text(text, "utf-8")
        yield from _one_more(kind, before, after)


def _one_more(kind: str, before: Taken, after: Taken) -> Iterator[Row]:
    what = f"one plate ({kind}) more on 40"
    yield Row(what=f"{what}, read and quantified: before", value=before[0], unit="CPU s")
    yield Row(what=f"{what}, read and quantified: after", value=after[0], unit="CPU s", bar="<= 2")
    yield Row(what=f"{what}, with every check: before", value=before[1], unit="CPU s")
    yield Row(what=f"{what}, with every check: after", value=after[1], unit="CPU s")


def after_an_edit(folder: Path) -> Iterator[Row]:
    """`exvivo check` of the demo, the best of three, each after another edit."""
    study = folder / "demo"
    write(model_study(rng=default_rng(1)), study)
    command = (sys.executable, "-m", "exvivo", "check", str(study))
    for what in ("before", "after"):
        seconds = []
        for edit in range(4):
            _edit(study, edit)
            if what == "before":
                shutil.rmtree(study / FOLDER, ignore_errors=True)
            seconds.append(measured(*command)[0])
        bar = "<= 0.5" if what == "after" else ""
        value = min(seconds[1:])
        yield Row(
            what=f"check of the demo after an edit: {what}", value=value, unit="CPU s", bar=bar
        )
    floor = min(measured(sys.executable, "-c", "import numpy, polars")[0] for _ in range(3))
    yield Row(what="of which importing NumPy and Polars", value=floor, unit="CPU s")


def _edit(study: Path, number: int) -> None:
    """Another title, and another age of a donor."""
    for name, old in (("study.yaml", "title: "), ("donors.csv", "# ")):
        text = (study / name).read_text("utf-8")
        (study / name).write_text(text.replace(old, f"{old}{number} ", 1), "utf-8")


def many(folder: Path, sizes: Sequence[int]) -> Iterator[Row]:
    """Two sizes, without entries to begin with, and the line through them."""
    small, large = (taken(simulated(size, folder / str(size)), "with") for size in sizes)
    for size, each in zip(sizes, (small, large), strict=True):
        yield Row(what=f"{size} plates for the first time", value=each[1] / 60, unit="core-min")
        yield Row(what=f"{size} plates for the first time", value=each[2], unit="GB")
    minutes, memory = (
        (large[i] - small[i]) / (sizes[1] - sizes[0]) * (_MANY - sizes[1]) + large[i]
        for i in (1, 2)
    )
    extrapolated = f"{_MANY:,} plates, extrapolated from {sizes[0]} and {sizes[1]}"
    yield Row(what=extrapolated, value=minutes / 60, unit="core-min", bar="<= 60")
    yield Row(what=extrapolated, value=memory, unit="GB", bar="<= 1")


def rows(sizes: Sequence[int] = SIZES) -> list[Row]:
    """What was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*one_more(folder), *after_an_edit(folder), *many(folder, sizes)]


if __name__ == "__main__":
    for row in rows(tuple(map(int, sys.argv[1:])) or SIZES):
        print(row)
