"""Ordinary mistakes, each made to one clean study: refused, withheld, told at an answer, or silent.

The shared mistakes are those of `faults/intake/mistakes.py`; `siblings` are others of their kinds.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.intake.siblings import RIGHT, SIBLINGS, medication_asked, medication_none
from benchmarks.row import Row
from exvivo.errors import UserMistake
from exvivo.findings import Finding, findings_of
from exvivo.flagged import Flag, flags_of
from exvivo.run import run

Make = Callable[[Path], None]
SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FOLDER = SHARED / "faults" / "intake"
HARMLESS = ("german_layout", "headers_with_capitals", "every_baseline_below_the_limit")
"""Of the shared ones, those that are no mistake: they must read as they are meant."""
UNSEEABLE = ("visits_swapped", "declared_in_the_future")
"""Of the shared ones, those that no table contradicts: the words of the report must be true."""


@dataclass(frozen=True)
class Outcome:
    """What became of a study: what refused it, its answers, and the flags that ask for an act."""

    refused: tuple[str, ...] = ()
    answers: tuple[Finding, ...] = ()
    flags: tuple[Flag, ...] = ()

    def beside(self, clean: Outcome) -> str:
        """What a person who made a mistake in the clean study learns of it, and where."""
        if self.refused:
            return "refused"
        if any(a.reason and a.reason.code == "contradiction" for a in self.answers):
            return "withheld"
        known = {flag.name for flag in clean.flags}
        new = {flag.name for flag in self.flags} - known
        if any(new & set(answer.flags) for answer in self.answers):
            return "at the answer"
        if any(flag.withholds for flag in self.flags):
            return "stopped by check; no answer rests on it"
        return "elsewhere" if new else "silent"

    def same_answers(self, clean: Outcome) -> bool:
        """Whether every answer is the clean study's."""
        return not self.refused and _numbers(self.answers) == _numbers(clean.answers)


def _numbers(answers: tuple[Finding, ...]) -> list[tuple[object, ...]]:
    return [(a.question, a.analyte, a.verdict, a.estimate, a.lower, a.upper) for a in answers]


def outcome(make: Make | None) -> Outcome:
    """The clean study with a mistake (or without one), run."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        shutil.copytree(FOLDER / "study", study)
        if make is not None:
            make(study)
        return outcome_of(study)


def outcome_of(study: Path) -> Outcome:
    """What a run of a study folder gives."""
    try:
        result = run(study)
    except UserMistake as error:
        return Outcome(tuple(f"{m.where}: {m.found}" for m in error.mistakes))
    answers = [f for f in findings_of(result.findings) if f.part == "answer"]
    flags = [flag for flag in flags_of(result.flags) if flag.severity != "note"]
    return Outcome((), tuple(answers), tuple(flags))


def shared_mistakes() -> Mapping[str, Make]:
    """The mistakes of the shared folder, by name."""
    spec = importlib.util.spec_from_file_location("mistakes", FOLDER / "mistakes.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.MISTAKES)


def rows() -> list[Row]:
    """Each mistake, and whether it was stopped or told at the answer; none where the shared data
    are absent.
    """
    if not FOLDER.is_dir():
        print(f"skipped: {FOLDER} is absent")
        return []
    clean = outcome(None)
    return [*_clean(clean), *_mistakes(clean), *_right(clean)]


def _clean(clean: Outcome) -> Iterator[Row]:
    stops = sum(flag.severity == "stop" for flag in clean.flags)
    yield Row(what="clean study: stops", value=stops, unit="stops", bar="<= 0")


def _mistakes(clean: Outcome) -> Iterator[Row]:
    shared = {n: m for n, m in shared_mistakes().items() if n not in HARMLESS + UNSEEABLE}
    for name, make in {**shared, **SIBLINGS}.items():
        learnt = outcome(make).beside(clean)
        seen = learnt not in ("elsewhere", "silent")
        yield Row(what=f"{name}: {learnt}", value=float(seen), unit="noticed", bar=">= 1")


def _right(clean: Outcome) -> Iterator[Row]:
    """What is right in another form, which must give the same answers."""
    harmless = {n: m for n, m in shared_mistakes().items() if n in HARMLESS[:2]}
    others = {name: (make, clean) for name, make in {**harmless, **RIGHT}.items()}
    others["medication_none"] = (medication_none, outcome(medication_asked))
    for name, (make, meant) in others.items():
        same = outcome(make).same_answers(meant)
        yield Row(what=f"{name}: the same answers", value=float(same), unit="same", bar=">= 1")
