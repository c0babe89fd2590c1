"""What a summary says of which cells the cultured cells resemble. Resemblance is a matter of
degree: no sentence says what the cells are.
"""

from __future__ import annotations

from exvivo.study import Identity
from exvivo.tell.article.asks.plain_ask import PlainAsk
from exvivo.tell.article.telling import Alike, Telling
from exvivo.tell.asks.numbers import points_up


def _asked(question: Identity, telling: Telling) -> str:
    return telling.language.tell(
        "Are {cells} more like {like} than like other cells?",
        cells=telling.names.cells(question.cell_type),
        like=telling.names.cells(question.like),
    )


def _gaps(alike: Alike) -> dict[str, str]:
    """The cells that are asked about, those they are said to be like, and the others."""
    question = alike.question
    assert isinstance(question, Identity)
    others = (each.analyte for each in alike.findings if each.analyte != question.like)
    return {
        "cells": alike.names.cells(question.cell_type),
        "like": alike.names.cells(question.like),
        "others": alike.telling.kinds([*map(alike.names.cells, dict.fromkeys(others))]),
    }


def _claim(alike: Alike) -> str:
    gaps = _gaps(alike)
    if alike.certainty == "like_none":
        return alike.language.tell(
            "In the genes compared, {cells} were like none of the reference cells.",
            cells=gaps["cells"],
        )
    if points_up(alike.first):
        return alike.language.tell(
            "In the genes compared, {cells} were more like {like} than like {others}.", **gaps
        )
    return alike.language.tell(
        "In the genes compared, {cells} were more like {others} than like {like}.", **gaps
    )


def _open(alike: Alike) -> str:
    gaps = _gaps(alike)
    if not gaps["others"]:
        return alike.language.tell(
            "We cannot tell whether {cells} are more like {like} than like other cells.",
            cells=gaps["cells"],
            like=gaps["like"],
        )
    return alike.language.tell(
        "We cannot tell whether {cells} are more like {like} or more like {others}.", **gaps
    )


IDENTITY = PlainAsk(
    asked=_asked,
    claim=_claim,
    open_=_open,
    limit=lambda language: language.tell(
        "Cells that are alike in some genes need not be the same, or act alike."
    ),
)
