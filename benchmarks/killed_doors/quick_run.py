"""The process of a job as `exvivo.web.jobs.child` is, with a run that is quick: it makes results of
one file and puts the run on record, between two rests. `python quick_run.py FOLDER HEAD`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from exvivo.web.jobs import child

REST = float(os.environ.get("FAKE_REST", "0.01"))


def run(folder: Path) -> dict[str, int]:
    """Put a run on record; a study named `broken` cannot be run."""
    from exvivo import store

    child.say(step="resting")
    time.sleep(REST)
    if folder.name == "slow":
        time.sleep(60)
    if folder.name == "killed":
        os.kill(os.getpid(), 9)
    if folder.name == "fault":
        raise ZeroDivisionError("of ours")
    if folder.name == "broken":
        store.refuse_strangers(folder)
    made = store.Run(version="0", study_hash="", inputs=())
    store.keep(folder, run=made, write=lambda new: _write(new))
    time.sleep(REST)
    return {"supported": 1}


def _write(new: Path) -> None:
    (new / "report.html").write_text("<p>made</p>")


if __name__ == "__main__":
    child.end_with_parent()
    sys.exit(child.told(Path(sys.argv[1]), sys.argv[2], run))
