"""What people leave out, on the demo: is a preview what the next run says, what does it cost, and
is an answer with everything put back that of the whole study?
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from numpy.random import default_rng

import exvivo
from benchmarks.row import Row
from exvivo.simulate import model_study, write

DECISIONS: dict[str, tuple[str, ...]] = {
    "three wells": ("--wells", "Q1:A1-A3"),
    "a donor everywhere": ("--donor", "HC04"),
    "an analyte of four tubes": ("--wells", "B1:C1-C4", "--analyte", "TNF"),
    "two donors' wells of one plate": ("--wells", "Q2:A1:H2"),
}
_NUMBERS = ("estimate", "lower", "upper", "p", "p_adjusted", "verdict")
_ABOUT = ("question", "assay", "analyte", "scale")
Answers = dict[tuple[Any, ...], tuple[Any, ...]]


def rows() -> list[Row]:
    """The measured rows."""
    measured: list[Row] = []
    with tempfile.TemporaryDirectory() as place:
        study = Path(place) / "demo"
        write(model_study(rng=default_rng(1)), study)
        whole = exvivo.run(study)
        for name, said in DECISIONS.items():
            copy = Path(place) / "copy"
            shutil.copytree(study, copy)
            measured += _one(name, said, copy, _answers(whole))
            shutil.rmtree(copy)
    return measured


def _one(name: str, said: tuple[str, ...], study: Path, whole: Answers) -> list[Row]:
    """A decision previewed, then made and run."""
    arguments = ("exclude", str(study), *said, "--reason", "haemolysed sample")
    _called(*arguments, "--preview", "--json")  # compiled, and kept in the cache of the study
    text, seconds = _called(*arguments, "--preview", "--json")
    told = {tuple(a[k] for k in _ABOUT): a for a in json.loads(text)["answers"]}
    _called(*arguments)
    after = exvivo.run(study)
    then = _answers(after)
    otherwise = sum(_otherwise(key, told, whole, then) for key in then)
    apart = sum(
        _numbers(row, "with_") != whole[tuple(row[k] for k in _ABOUT)]
        for row in after.with_and_without.iter_rows(named=True)
    )
    return [
        Row(
            what=f"preview, {name}: answers not as the run says",
            value=otherwise,
            unit="answers",
            bar="<= 0",
        ),
        Row(what=f"preview, {name}: time", value=seconds, unit="CPU s", bar="<= 3"),
        Row(
            what=f"put back, {name}: answers not as before", value=apart, unit="answers", bar="<= 0"
        ),
    ]


def _otherwise(
    key: tuple[Any, ...], told: dict[tuple[Any, ...], Any], now: Answers, then: Answers
) -> bool:
    """Whether a preview said something else of an answer than the run does."""
    if key not in told:
        return now[key] != then[key]
    return _numbers(told[key]["now"]) != now[key] or _numbers(told[key]["then"]) != then[key]


def _answers(result: exvivo.Result) -> Answers:
    answers = result.findings.filter(part="answer").iter_rows(named=True)
    return {tuple(row[k] for k in _ABOUT): _numbers(row) for row in answers}


def _numbers(row: Any, prefix: str = "") -> tuple[Any, ...]:
    return tuple(row[prefix + name] for name in _NUMBERS)


def _called(*arguments: str) -> tuple[str, float]:
    """What a command prints, and its CPU seconds, with its modules compiled."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "exvivo", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
