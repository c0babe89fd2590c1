"""Two people who change the same files of a study in any order, and what is lost by it: nothing
should be.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from numpy.random import Generator

from exvivo import store
from exvivo.web.edits import Conflict, Edit, current, save, version

STUDY = "exvivo: 1\ntitle: T\nplan: {alpha: 0, seed: 0, joint: 0}  # ours\n"
LAYOUT = "well,role,donor\nA1,sample,0\nA2,sample,0\nB1,blank,0\n"
PLACES = {
    "study.yaml": [("plan", "alpha"), ("plan", "seed"), ("plan", "joint")],
    "Q1.csv": [("A1", "donor"), ("A2", "donor"), ("B1", "donor")],
}


def begin(folder: Path) -> Path:
    """A study with the two files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "Q1.csv").write_text(LAYOUT)
    return folder


def values_of(folder: Path, file: str) -> dict[tuple[str, ...], str | None]:
    raw = (folder / file).read_bytes()
    return {where: current(raw, file, where) for where in PLACES[file]}


class Editor:
    """Somebody with a page open: what it showed, and what they typed."""

    def __init__(self, folder: Path, name: str, file: str, acknowledged: list[Edit]) -> None:
        self.folder, self.name, self.file = folder, name, file
        self.acknowledged = acknowledged
        self.load()

    def load(self) -> None:
        self.version = version(self.folder, self.file)
        self.shown = values_of(self.folder, self.file)

    def type_and_save(self, rng: Generator, number: int) -> None:
        """Change one or two values and save; where somebody was there first, choose what stays."""
        places = rng.choice(len(self.shown), size=int(rng.integers(1, 3)), replace=False)
        every = PLACES[self.file]
        edits = [Edit(every[at], self.shown[every[at]], f"{number}{at}") for at in places]
        while edits:
            try:
                save(self.folder, self.file, edits, expected=self.version, who=self.name)
            except Conflict as conflict:
                self.version = conflict.current
                mine = [Edit(c.where, c.theirs, c.now) for c in conflict.clashes]
                edits = [*conflict.clean, *(each for each in mine if rng.random() < 0.5)]
            else:
                self.acknowledged += edits
                break
        self.load()


def lost(folder: Path, file: str, rng: Generator, saves: int) -> int:
    """How many acknowledged values were written over unseen, or do not stand in the end, where two
    people save so often in a random order.
    """
    acknowledged: list[Edit] = []
    there = values_of(folder, file)
    people = [Editor(folder, name, file, acknowledged) for name in ("ada", "ben")]
    for number in range(10, 10 + saves):
        who = people[int(rng.integers(2))]
        if rng.random() < 0.3:
            who.load()
        who.type_and_save(rng, number)
    unseen = 0
    for each in acknowledged:
        unseen += each.was != there[each.where]
        there[each.where] = each.now
    now = values_of(folder, file)
    return unseen + sum(now[where] != there[where] for where in there)


_SAVES = """
import sys
from pathlib import Path
from exvivo.web.edits import Edit, current, save, version
folder, where = Path(sys.argv[1]), ("A1", "donor")
while True:
    was = current((folder / "Q1.csv").read_bytes(), "Q1.csv", where)
    now = str(int(was or 0) + 1)
    seen = version(folder, "Q1.csv")
    save(folder, "Q1.csv", [Edit(where, was, now)], expected=seen, who="ada")
    print(now, flush=True)
"""


def lost_by_kills(folder: Path, rng: Generator, kills: int) -> int:
    """How many of so many kills of a process that saves lost what it had acknowledged, or left a
    file or a record that is not whole.
    """
    wrong, where = 0, ("A1", "donor")
    for _ in range(kills):
        said = _killed(folder, float(rng.uniform(0, 0.25)))
        there = int(current((folder / "Q1.csv").read_bytes(), "Q1.csv", where) or 0)
        wrong += there not in (said, said + 1) or bool(store.verify(folder))
    return wrong


def _killed(folder: Path, seconds: float) -> int:
    """The last value that a process acknowledged before it was killed."""
    command = [sys.executable, "-c", _SAVES, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.readlines()
    whole = [line for line in said if line.endswith("\n")]
    return int(whole[-1])
