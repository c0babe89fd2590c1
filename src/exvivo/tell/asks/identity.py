"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.study import Identity, Study
from exvivo.tell.asks.parts import Ask, Row, common_notes, no_figure, told


def _words(question: Identity, study: Study) -> str:
    return f"Which cells do the {study.name_of(question.cell_type)} resemble?"


def _notes(question: Identity, study: Study) -> list[str]:
    return common_notes(question, study)


def _summary(question: Identity, answers: Sequence[Row], study: Study) -> str:
    intro = (
        f"The expression of the {study.name_of(question.cell_type)} was compared with that of the reference cells."
    )

    def said(row: Row) -> str:
        return f"{row['sentence']}"

    return told(answers, study, intro, said, "which they resemble more")


IDENTITY = Ask(
    _words, _notes, _summary,
    "That cells resemble others in the genes that were compared does not say what they are, or that they act alike.",
    no_figure,
)  # fmt: skip
