"""The record of what a report does with one kind of question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from exvivo.findings import Finding
from exvivo.study import Question, Study
from exvivo.tell.asks.parts import common_notes
from exvivo.tell.figures.chart import Figure
from exvivo.tell.tables import Shown, Tables

Q = TypeVar("Q", bound=Question, contravariant=True)


def no_figure(
    question: Any, answers: Sequence[Shown], tables: Tables, study: Study, name: str
) -> None:
    """No figure of its own: the overview of the answers says it all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask(Generic[Q]):
    """Everything that is said and drawn of one kind of question.

    `kind` is what study.yaml writes under `ask`, and `heading` its line in the methods section.
    `words` is the question as a reader would ask it, `sentence` an answer to it, `notes` what was
    declared with it. `figure` draws it beside the overview; `page` explains its methods.
    """

    kind: str
    record: type[Q]
    heading: str
    page: str
    words: Callable[[Q, Study], str]
    sentence: Callable[[Finding, Q, Study], str]
    notes: Callable[[Q, Study], list[str]] = common_notes
    figure: Callable[[Q, Sequence[Shown], Tables, Study, str], Figure | None] = no_figure
