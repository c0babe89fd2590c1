"""What a question that is not saved yet would ask, and what it would break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study import Question, Study
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import declarations
from exvivo.study.question_records import Identity
from exvivo.words import counted


@dataclass(frozen=True)
class Said:
    """A question in words: the sentence, what is declared with it, and how many answers it gives;
    or what is still to choose (`lacking`), or to fix before it can be asked.
    """

    sentence: str = ""
    notes: tuple[str, ...] = ()
    answers: str = ""
    mistakes: tuple[Mistake, ...] = ()
    lacking: tuple[str, ...] = ()


def said(question: Question, study: Study) -> Said:
    """A question of a study in words."""
    from exvivo.tell.asks import ASKS

    ask = ASKS[question.ask]
    try:
        return Said(ask.words(question, study), tuple(ask.notes(question, study)), _many(question))
    except (KeyError, StopIteration, ValueError, IndexError):
        return Said()  # It names something that is not declared, which the check tells.


def _many(question: Question) -> str:
    """How many answers a question gives."""
    if isinstance(question, Identity):
        return "One answer for each reference."
    scales = len(getattr(question, "scales", ()) or ("",))
    number = len(question.assays) * len(question.analytes) * scales
    return f"{counted(number, 'answer')}, corrected together." if number > 1 else "One answer."


def looked_at(folder: Path, raw: bytes, after: bytes, name: str) -> Said:
    """What study.yaml with a question `name` in it would ask, and the mistakes that come with
    it.
    """
    try:
        study, mistakes = declarations(folder, {STUDY_FILE: after})
    except StudyError as error:
        return Said(mistakes=tuple(condensed(error.mistakes)))
    known = {_bare(each) for each in _mistakes(folder, raw)} if mistakes else set()
    new = [each for each in mistakes if _bare(each) not in known]
    question = next((each for each in study.questions if each.id == name), None)
    words = Said() if question is None or new else said(question, study)
    return Said(words.sentence, words.notes, words.answers, tuple(condensed(new)))


def _mistakes(folder: Path, raw: bytes) -> Sequence[Mistake]:
    try:
        return declarations(folder, {STUDY_FILE: raw})[1]
    except StudyError as error:
        return error.mistakes


def _bare(mistake: Mistake) -> tuple[str, str, str]:
    """A mistake without its line, which an edit above it moves."""
    return mistake.found, mistake.expected, mistake.cure
