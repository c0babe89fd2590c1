"""Write the oracle tables of this folder: random forms, scored by programs that are not exvivo.

How each was made (each line in an environment of its own, never in that of exvivo):

    pip install biopsykit==0.14.0
    python tests/quantify/scores/make_oracles.py hads phq9 psqi        (BioPsyKit 0.14.0, MIT)
    python tests/quantify/scores/make_oracles.py rand36 FOLDER         (scales_reference.py of it)

BioPsyKit's HADS takes agreement, not points: the answers of hads.csv.gz are in that coding. Its
PSQI rounds the share of the time in bed to whole percents first, and takes exactly 6 h of sleep for
less than 6 h.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
FORMS = 500


def _write(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    (HERE / f"{name}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _summed(name: str, items: int, scorer: str, seed: int) -> None:
    """Random forms of items from 0 to 3, with the scores of BioPsyKit."""
    pandas = importlib.import_module("pandas")
    biopsykit = importlib.import_module("biopsykit.questionnaires.questionnaires")
    answers = np.random.default_rng(seed).integers(0, 4, (FORMS, items))
    columns = [f"item{i + 1}" for i in range(items)]
    scores = getattr(biopsykit, scorer)(pandas.DataFrame(answers, columns=columns))
    rows = np.column_stack([answers, scores.to_numpy()]).astype(int).tolist()
    _write(name, [*columns, *scores.columns], rows)


def hads() -> None:
    """HADS in agreement: anxiety, depression, and their sum."""
    _summed("hads", 14, "hads", 20)


def phq9() -> None:
    """PHQ-9."""
    _summed("phq9", 9, "phq", 21)


def psqi() -> None:
    """PSQI: bed time, minutes, rising time and hours asleep, 5a to 5j, 6 to 9; seven components."""
    pandas = importlib.import_module("pandas")
    biopsykit = importlib.import_module("biopsykit.questionnaires.questionnaires")
    rng = np.random.default_rng(22)
    bed, rise = rng.integers(42, 52, FORMS) / 2 % 24, rng.integers(10, 21, FORMS) / 2
    minutes, hours = rng.integers(1, 120, FORMS), rng.integers(3, 10, FORMS)
    rest = rng.integers(0, 4, (FORMS, 14))
    names = [f"PSQI_05{letter}" for letter in "abcdefghij"] + [f"PSQI_0{i}" for i in (6, 7, 8, 9)]
    frame = pandas.DataFrame(rest, columns=names)
    frame["PSQI_01"], frame["PSQI_03"] = ([_clock(t) for t in times] for times in (bed, rise))
    frame["PSQI_02"], frame["PSQI_04"] = minutes, hours
    scores = biopsykit.psqi(frame)
    clocks = zip(bed.tolist(), minutes.tolist(), rise.tolist(), hours.tolist(), strict=True)
    made = scores.to_numpy().astype(int).tolist()
    rows = [[*c, *r, *m] for c, r, m in zip(clocks, rest.tolist(), made, strict=True)]
    _write("psqi", ["1", "2", "3", "4", *names, *scores.columns], rows)


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(60 * (hours % 1)):02d}:00"


def rand36(folder: str) -> None:
    """RAND-36, a fifth of the answers missing in every second form."""
    sys.path.insert(0, folder)
    reference = importlib.import_module("scales_reference")
    rng = np.random.default_rng(23)
    most = np.array([len(reference.KEY[item]) for item in range(1, 37)])
    answers = rng.integers(1, most + 1, (300, 36))
    gaps = (rng.random(answers.shape) < 0.2) & (np.arange(300) % 2 == 1)[:, None]
    rows = []
    for form, missing in zip(answers.tolist(), gaps.tolist(), strict=True):
        plain = [None if gap else answer for answer, gap in zip(form, missing, strict=True)]
        scores = reference.rand36(plain)
        rows.append(["" if x is None else x for x in (*plain, *scores.values())])
    _write("rand36", [*(f"item{i}" for i in range(1, 37)), *reference.RAND], rows)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["rand36", folder]:
            rand36(folder)
        case names:
            for name in names:
                {"hads": hads, "phq9": phq9, "psqi": psqi}[name]()
