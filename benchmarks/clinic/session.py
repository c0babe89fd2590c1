"""The synthetic REDCap project brought in as a user does: three commands, and what is typed into
study.yaml between them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.qpcr.published import SHARED

PROJECT = SHARED / "redcap" / "exvivo_synthetic"
_TITLE = 'title: "My study: what it asks, in one line"'
_TYPED = {_TITLE: "title: Pain and microglia-like cells of people with fibromyalgia"}
"""Lines of study.yaml that are typed anew, by what stands there."""


@dataclass(frozen=True)
class Session:
    """What it took: commands, lines typed, open questions that were confirmed by deleting their
    entry, and the exit code of the last command.
    """

    folder: Path
    commands: int
    typed: int
    confirmed: int
    code: int

    @property
    def lines(self) -> int:
        """All lines of the session: a deleted entry counts as one."""
        return self.commands + self.typed + self.confirmed


def brought_in(folder: Path) -> Session:
    """Draft a study of the project, answer its questions, and check it."""
    files = {"--redcap": "dictionary.csv", "--data": "data_raw.csv", "--events": "events.csv"}
    options = [each for name, file in files.items() for each in (name, str(PROJECT / file))]
    missing = ("--missing", str(PROJECT / "missing_data_codes.txt"))
    _exvivo("new", str(folder), *options, *missing)
    _exvivo("check", str(folder))
    study = folder / "study.yaml"
    text, confirmed = _confirmed(study.read_text("utf-8"))
    for before, after in _TYPED.items():
        text = text.replace(before, after)
    study.write_text(text, "utf-8")
    return Session(folder, 3, len(_TYPED), confirmed, _exvivo("check", str(folder)))


def _exvivo(*words: str) -> int:
    """The exit code of a command of exvivo."""
    command = [sys.executable, "-m", "exvivo", *words]
    return subprocess.run(command, capture_output=True, check=False).returncode


def _confirmed(text: str) -> tuple[str, int]:
    """study.yaml without its open questions, and how many there were."""
    part = re.search(r"(?m)^open:\n((?:  .*\n)+)", text)
    if part is None:
        return text, 0
    return text.replace(part[0], ""), part[1].count("- {ask:") + part[1].count("- ask:")
