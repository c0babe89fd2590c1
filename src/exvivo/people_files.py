"""What a study has of its people beside donors.csv: the answers of clinic.csv, or a REDCap project;
and the scores that are made of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
    """The answers and ready totals of a study: of its REDCap project, or of clinic.csv. A scale of
    one's own whose examples do not come out is a mistake too.
    """
    wrong = tuple(_examples_that_differ(examined.sources, examined.study))
    if examined.study.redcap is not None:
        frame = ANSWERS.frame() if examined.answers is None else examined.answers
        return Answers(frame, mistakes=wrong)
    answers = _of_clinic_csv(examined.sources, examined.study)
    return replace(answers, mistakes=(*answers.mistakes, *wrong))


def _examples_that_differ(sources: Sources, study: Study) -> Iterator[Mistake]:
    """The worked examples of the study's own scoring keys that do not come out."""
    from exvivo.quantify.scores.examples import examples_that_differ
    from exvivo.study.files import table_of
    from exvivo.study.scoring_keys import read_key

    sound = {key.id for key in study.scoring_keys}
    for each in study.questionnaires:
        if each.file and each.id in sound:
            text = table_of(sources, each.file).decode("utf-8-sig")
            read = read_key(text, file=each.file)
            if read.key is not None:
                yield from examples_that_differ(read.key, read.entry)


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


def facts_of_export(sources: Sources, file: str) -> dict[str, str]:
    """What the end of a REDCap export states: the line of its last row, where that has no line end.
    Nothing where it cannot be read.
    """
    from exvivo.cells.open_end import ends_open
    from exvivo.cells.text import decode
    from exvivo.cells.text_rows import separator_of
    from exvivo.errors import ReadError
    from exvivo.study.csv_lines import written_rows

    try:
        raw = sources.read(file).raw
    except ReadError:
        return {}
    if not ends_open(raw):
        return {}
    text = decode(raw)
    rows = written_rows(text, separator_of(text.partition("\n")[0]))
    return {"last row without a line end": str(rows[-1].line)}


def scored(answers: Answers, study: Study) -> pl.DataFrame:
    """The CLINIC table of answers; without a row after a mistake."""
    from exvivo.quantify.scores import scored as scores_of

    if answers.mistakes or answers.frame.is_empty():
        return CLINIC.frame()
    return scores_of(answers.frame, study=study)
