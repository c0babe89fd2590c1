"""What a study has of its people beside donors.csv: the answers of clinic.csv, or a REDCap project;
and the scores that are made of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from exvivo.tables import ANSWERS, CLINIC

if TYPE_CHECKING:
    from exvivo.errors import Mistake
    from exvivo.read import Ignored
    from exvivo.sources import Sources
    from exvivo.study import Study
    from exvivo.study.entry import Entry
    from exvivo.study.load import Examined, People

Unread = tuple[str, str, str]
"""Something a file holds that was not read: the file, what, and why."""


@dataclass(frozen=True)
class Answers:
    """ANSWERS of a study, what was not read of their file, and the mistakes; after one no row is
    to be used.
    """

    frame: pl.DataFrame = field(default_factory=ANSWERS.frame)
    ignored: tuple[Unread, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def read_people(sources: Sources, study: Study, entry: Entry) -> People:
    """The donors and answers of the REDCap project that a study names."""
    from exvivo.read.redcap import read_redcap

    return read_redcap(sources, study, entry)


def read_answers(examined: Examined) -> Answers:
    """The answers and ready totals of a study: of its REDCap project, or of clinic.csv."""
    if examined.study.redcap is not None:
        frame = ANSWERS.frame() if examined.answers is None else examined.answers
        return Answers(frame)
    return _of_clinic_csv(examined.sources, examined.study)


def _of_clinic_csv(sources: Sources, study: Study) -> Answers:
    """The answers of clinic.csv; none where no scale is declared."""
    from exvivo.errors import StudyError
    from exvivo.read import read_clinic
    from exvivo.sources import Content
    from exvivo.study.files import CLINIC_FILE, named_file, table_of

    if not study.scales:
        return Answers()
    try:
        file = named_file(sources, CLINIC_FILE)
        content = Content.of(table_of(sources, file), file)
        answers, unread = read_clinic(content, source=file, study=study)
    except StudyError as error:
        return Answers(mistakes=error.mistakes)
    return Answers(answers, _ignored(file, unread))


def _ignored(file: str, parts: tuple[Ignored, ...]) -> tuple[Unread, ...]:
    return tuple((file, part.what, part.why) for part in parts)


def scored(answers: Answers, study: Study) -> pl.DataFrame:
    """The CLINIC table of answers; without a row after a mistake."""
    from exvivo.quantify.scores import scored as scores_of

    if answers.mistakes or answers.frame.is_empty():
        return CLINIC.frame()
    return scores_of(answers.frame, study=study)
