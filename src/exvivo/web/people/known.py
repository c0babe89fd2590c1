"""What is known of the people of a study: its tables checked, the scores made of answers, and the
first table of a paper. Kept until one of the files changes.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.people_files import read_answers, read_people, scored
from exvivo.study import Study
from exvivo.study.characteristics import Unsummarised, unsummarised
from exvivo.study.load import complete, examine
from exvivo.tables import CLINIC, LAYOUT
from exvivo.tell.cohort import Cohort, Shown, cohort_of, shown

_NOT_OF_PEOPLE = frozenset({"raw", "results", "plates"})
_MOST_KEPT = 24
_Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class KnownPeople:
    """A study's people: the study (None where study.yaml cannot be read), the scores, Table 1 as
    numbers and as shown, and the mistakes of the tables of people and of what is declared of them.
    """

    study: Study | None
    scores: pl.DataFrame
    cohort: Cohort | None
    table_1: Shown | None
    mistakes: tuple[Mistake, ...]

    @property
    def sizes(self) -> tuple[tuple[str, str, int], ...]:
        """Each group by id and name, and how many people it has."""
        if self.cohort is None or self.study is None:
            return ()
        return tuple((key, self.study.name_of(key), n) for key, n in self.cohort.groups)

    @property
    def unsummarised(self) -> tuple[Unsummarised, ...]:
        """The columns of donors.csv whose kind has to be declared."""
        return () if self.study is None or not self.study.donors.width else unsummarised(self.study)


_KEPT: OrderedDict[Path, tuple[_Stamp, KnownPeople]] = OrderedDict()
_LOCK = threading.Lock()


def known_people(folder: Path) -> KnownPeople:
    """What is known of the people of a study folder."""
    stamp = tuple(_stamps(folder))
    with _LOCK:
        kept = _KEPT.get(folder)
    if kept and kept[0] == stamp:
        return kept[1]
    known = _known(folder)
    with _LOCK:
        _KEPT[folder] = (stamp, known)
        _KEPT.move_to_end(folder)
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    return known


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
    """The files that say something of people: those of the folder itself and of folders in it, but
    for those of instruments and results.
    """
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        if entry.is_dir() and entry.name[0] != "." and entry.name not in _NOT_OF_PEOPLE:
            yield from (_stamp(each) for each in os.scandir(entry) if each.is_file())
        elif entry.is_file() and not entry.name.startswith("exvivo.sqlite"):
            yield _stamp(entry)


def _stamp(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    about = entry.stat()
    return entry.path, about.st_mtime_ns, about.st_size


def _known(folder: Path) -> KnownPeople:
    try:
        examined = complete(examine(folder, read_people=read_people), LAYOUT.frame(), [])
    except StudyError as error:
        return KnownPeople(None, CLINIC.frame(), None, None, error.mistakes)
    study = examined.study
    answers = read_answers(examined)
    scores = scored(answers, study)
    cohort = cohort_of(study, scores) if study.donors.width else None
    # Columns that are not summarised have a form of their own beside the table.
    table = shown(replace(cohort, unsummarised=()), study) if cohort else None
    of_people = tuple(each for each in examined.mistakes if is_of_people(each, study))
    return KnownPeople(study, scores, cohort, table, (*of_people, *answers.mistakes))


def is_of_people(mistake: Mistake, study: Study) -> bool:
    """Whether a mistake stands in a table of people."""
    files = ["donors.", "clinic."]
    if study.redcap is not None:
        files += [name for name in (study.redcap.data, study.redcap.dictionary) if name]
    return mistake.where.startswith(tuple(files))
