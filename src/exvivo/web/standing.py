"""Where a study stands: what it declares, what is left open, its runs and what the last one says.

What a file tells is kept until the file changes, so that a list of many studies is quick.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from exvivo.errors import ExvivoError
from exvivo.study.files import CLINIC_FILE, DONORS_FILE, STUDY_FILE

_KEPT = 512
_VERDICTS = ("supported", "equivalent", "not resolved", "not estimable")
_TO_LOOK_AT = ("stop", "look")
_TEXTS = (STUDY_FILE, DONORS_FILE, CLINIC_FILE)
Stamp = tuple[int, int]
"""The size and the time of change of a file; zeros where it is not there."""


@dataclass(frozen=True)
class Declared:
    """What study.yaml declares, in numbers; `sound` is False where it cannot be read. `tables` are
    those of expression.
    """

    sound: bool = False
    plates: int = 0
    tables: int = 0
    questions: int = 0
    open: int = 0


@dataclass(frozen=True)
class LastRun:
    """The runs on record, when the last one was, how often its answers have which verdict, and how
    many of its flags wait for a person.
    """

    runs: int = 0
    day: str = ""
    verdicts: tuple[tuple[str, int], ...] = ()
    flags: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a study stands."""

    declared: Declared
    last: LastRun
    has_report: bool
    is_changed: bool
    """Whether a file of the study is newer than the last report."""


def standing_of(folder: Path) -> Standing:
    """Where the study of a folder stands. Nothing is raised for what is to fix in it."""
    from exvivo import store

    results = folder / store.RESULTS
    report = _stamp(results / "report.html")
    beside = folder / f"{store.DATABASE}-wal"
    record = (_stamp(folder / store.DATABASE), _stamp(beside), report)
    changed = max(_stamp(path)[1] for path in _own_files(folder))
    return Standing(
        _declared(folder, _stamp(folder / STUDY_FILE)),
        _last_run(folder, record),
        has_report=report[1] > 0,
        is_changed=0 < report[1] < changed,
    )


def mistakes_of(folder: Path) -> int:
    """How many things of study.yaml, the tables and the layouts are to fix, but the open questions
    of a draft.
    """
    from exvivo.web.wells.checks import stamp_of

    return _mistakes(folder, stamp_of(folder))


@lru_cache(_KEPT)
def _mistakes(folder: Path, stamp: tuple[tuple[str, int, int, int], ...]) -> int:
    """How many things are to fix, as it was with this stamp of all files."""
    from exvivo.errors import UserMistake
    from exvivo.people_files import read_people
    from exvivo.study.load import examine

    try:
        examined = examine(folder, read_people=read_people)
    except UserMistake as error:
        return len(error.mistakes)
    return len(examined.mistakes) - len(examined.study.open)


def _own_files(folder: Path) -> list[Path]:
    """The files of a study that people change."""
    return [*(folder / name for name in _TEXTS), *(folder / "plates").glob("*.csv")]


def _stamp(path: Path) -> Stamp:
    with suppress(OSError):
        about = path.stat()
        return about.st_size, about.st_mtime_ns
    return 0, 0


@lru_cache(_KEPT)
def _declared(folder: Path, stamp: Stamp) -> Declared:
    """What study.yaml declares, as it was with this stamp."""
    from exvivo.study import Identity
    from exvivo.study.load import read_study_file

    try:
        study = read_study_file(folder)[0]
    except (ExvivoError, OSError, UnicodeDecodeError):
        return Declared()
    asked = [each for each in study.questions if isinstance(each, Identity)]
    tables = {each.profiles for each in asked} | {each.references for each in asked}
    return Declared(
        True, len(study.plates), len(tables), questions=len(study.questions), open=len(study.open)
    )


@lru_cache(_KEPT)
def _last_run(folder: Path, stamps: tuple[Stamp, ...]) -> LastRun:
    """What the record and the last results say, as they were with these stamps."""
    from exvivo import store

    try:
        runs = [entry for entry in store.entries(folder) if entry.is_run]
        verdicts, flags = _results(folder / store.RESULTS / "tables")
    except (ExvivoError, OSError):
        return LastRun()
    return LastRun(len(runs), runs[-1].recorded if runs else "", verdicts, flags)


def _results(tables: Path) -> tuple[tuple[tuple[str, int], ...], int]:
    """The verdicts of the last run with how often each is given, and its flags for a person."""
    from exvivo import store
    from exvivo.findings import findings_of
    from exvivo.flagged import flags_of

    if not (tables / "findings.parquet").is_file():
        return (), 0
    findings = findings_of(store.read_table("findings", folder=tables))
    given = Counter(str(each.verdict) for each in findings if each.part == "answer")
    flags = flags_of(store.read_table("flags", folder=tables))
    waiting = [flag for flag in flags if flag.severity in _TO_LOOK_AT and not flag.accepted]
    return tuple((word, given[word]) for word in _VERDICTS if given[word]), len(waiting)
