"""What the record tells of runs before: a study whose margin, family and date were changed between
runs; and what looks at growing data cost, before and after they are declared.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.row import Row
from exvivo import record, run
from exvivo.looks import error_of_looks, nominal_level, spending_bounds

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FAULT = SHARED / "faults" / "statistics" / "phack"
_ONE = "analytes: [CXCL8], margin: 0.7"
_ALL = "analytes: [TNF, IL6, IL10, CXCL8, IL1B]"
_DECLARED, _SET_BACK = "declared: 2026-01-05", "declared: 2019-01-01"
TOLD = ("5 analytes → 1 (CXCL8)", "a margin added (0.7)", "2026-01-05 → 2019-01-01")
"""What the page has to tell of the three runs."""
CLAIMS = ("before the results were looked at", "written down on")
"""What the report of version 0.1.0 said, and nothing bears."""
ARMITAGE = {2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}
PUBLISHED = (4.877, 3.357, 2.680, 2.290, 2.031)
LOOKS = (12, 18, 24)
_STUDIES = 200_000


def rows() -> list[Row]:
    """The fault, the numbers of looks against published ones, and the error of declared looks."""
    return [*_fault(), *_numbers(), *_errors()]


def _fault() -> list[Row]:
    """The three runs of the fault, where its data are there."""
    if not FAULT.is_dir():
        return []
    with tempfile.TemporaryDirectory() as folder:
        study = Path(shutil.copytree(FAULT, Path(folder) / "study"))
        _run_three_times(study)
        began = time.process_time()
        page = record.page(study)
        seconds = time.process_time() - began
        report = (study / "results" / "report.html").read_text("utf-8")
    told = sum(words in page for words in TOLD)
    claimed = sum(words in report for words in CLAIMS)
    return [
        Row(what="changes between runs told, version 0.1.0", value=0, unit="of 3"),
        Row(what="changes between runs told", value=told, unit="of 3", bar=">= 3"),
        Row(what="claims of 'before the results'", value=claimed, unit="claims", bar="<= 0"),
        Row(what="the page of three runs", value=seconds, unit="CPU s", bar="<= 1"),
    ]


def _run_three_times(study: Path) -> None:
    """With the family of five; with a margin; with one analyte and the date set back."""
    path = study / "study.yaml"
    last = path.read_text("utf-8").replace(_SET_BACK, _DECLARED)
    with_margin = last.replace(_ONE, f"{_ALL}, margin: 0.7")
    texts = (last.replace(_ONE, _ALL), with_margin, last.replace(_DECLARED, _SET_BACK))
    for text in texts:
        path.write_text(text, encoding="utf-8")
        run(study)


def _numbers() -> list[Row]:
    """How far the numbers lie from the published ones, which have three digits."""
    errors = [
        abs(error_of_looks(range(1, looks + 1), alpha=0.05) - error)
        for looks, error in ARMITAGE.items()
    ]
    bounds = spending_bounds([1, 2, 3, 4, 5], 5, alpha=0.05)
    apart = [abs(ours - theirs) for ours, theirs in zip(bounds, PUBLISHED, strict=True)]
    what = ("error of 2 to 50 equal looks from the table", "bounds of five looks from published")
    values = (max(errors), max(apart))
    return [
        Row(what=name, value=value, unit="largest", bar="<= 0.0006")
        for name, value in zip(what, values, strict=True)
    ]


def _errors() -> list[Row]:
    """How often Student's t claims falsely at one of three looks, in simulated studies."""
    fixed = _simulated([0.05] * len(LOOKS))
    declared = _simulated([nominal_level(LOOKS, look, alpha=0.05) for look in LOOKS])
    name = "false claims, t at 12, 18 and 24 donors"
    return [
        Row(what=f"{name}, not declared", value=100 * fixed, unit="%"),
        Row(what=f"{name}, declared", value=100 * declared, unit="%", bar="<= 5.3"),
    ]


def _simulated(levels: Sequence[float]) -> float:
    """The share of studies without a difference in which a look claims one."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, _STUDIES, LOOKS[-1] // 2))
    claimed = np.zeros(_STUDIES, dtype=bool)
    for look, level in zip(LOOKS, levels, strict=True):
        claimed |= _p(x[:, : look // 2], y[:, : look // 2]) <= level
    return float(claimed.mean())


def _p(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The two-sided p values of Student's t, study by study."""
    from scipy.special import stdtr

    n = x.shape[1]
    error = np.sqrt((x.var(axis=1, ddof=1) + y.var(axis=1, ddof=1)) / n)
    t = (x.mean(axis=1) - y.mean(axis=1)) / error
    p: np.ndarray = 2 * stdtr(2 * n - 2, -abs(t))
    return p
