"""The record of what a summary says of one kind of question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exvivo.tell.article.telling import Alike, Telling
from exvivo.tell.language import Language


def same_on_average(alike: Alike) -> str:
    """That two sides are much the same."""
    return alike.language.tell(
        "On average, {what} was probably much the same on both sides.", what=alike.what
    )


def nothing_added(alike: Alike) -> str:
    """Nothing more than its size stands behind an answer."""
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainAsk:
    """Everything that a reader is told of one kind of question.

    `asked` is the question as a reader would ask it, `claim` the sentence of an answer that is
    supported (or like none), `same` of one within its margin, `open_` of one that is not resolved.
    `added` is what must stand behind a claim, `limit` what its answers do not show.
    """

    asked: Callable[[Any, Telling], str]
    claim: Callable[[Alike], str]
    open_: Callable[[Alike], str]
    limit: Callable[[Language], str]
    same: Callable[[Alike], str] = same_on_average
    added: Callable[[Alike], str] = nothing_added
