"""Which cells do the cultured cells resemble?"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from exvivo import catalog
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.asks.parts import Ask, Row, Tables, common_notes
from exvivo.tell.figures import similarity
from exvivo.tell.figures.chart import Figure


def _words(question: Identity, study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    return f"Do the {cells} resemble {like} more than other cells?"


def _notes(question: Identity, study: Study) -> list[str]:
    panel = catalog.panel_named(question.markers) if question.markers else None
    genes = (
        f"the genes of {question.markers}"
        if question.markers
        else "all genes that both tables hold"
    )
    if panel is not None:
        sources = ", ".join(f"doi {doi}" for doi in panel.sources)
        genes = f"the {len(panel.genes)} genes of the panel {panel.name} ({sources})"
    scale = {"log2": "log2 expression", "counts": "counts of reads, taken as log2(CPM + 1)"}[
        question.scale
    ]
    return common_notes(
        question,
        study,
        f"Declared beforehand: the cells are said to resemble {study.name_of(question.like)}.",
        f"Asked of {genes}, as {scale}.",
    )


def _summary(question: Identity, answers: Sequence[Row], study: Study) -> str:
    cells, like = study.name_of(question.cell_type), study.name_of(question.like)
    told = [
        f"The genes that the {cells} express were compared with those of reference cells, and what all of these cells share was "
        "left out of the comparison."
    ]
    for sign, more in ((1, True), (-1, False)):
        others = [
            study.name_of(row["analyte"])
            for row in answers
            if row["verdict"] == "supported" and _sign(row) == sign
        ]
        if others:
            listed = words.listed(others)
            pair = f"{like} more than {listed}" if more else f"{listed} more than {like}"
            told.append(f"By that measure they resemble {pair}.")
    if unresolved := [
        study.name_of(row["analyte"]) for row in answers if row["verdict"] == "not resolved"
    ]:
        told.append(
            f"Whether they are nearer {like} than {words.listed(unresolved, last='or')} stays open."
        )
    if lost := [row for row in answers if row["verdict"] == "not estimable"]:
        reasons = words.listed(dict.fromkeys(str(row["reason"]) for row in lost))
        others = [study.name_of(row["analyte"]) for row in lost if row["analyte"] != question.like]
        against = f" with {words.listed(others)}" if others else ""
        told.append(f"The comparison{against} cannot be made: {reasons}.")
    return " ".join(told)


def _sign(row: Row) -> int:
    return 1 if (row["lower"] or 0.0) > 0 else -1


def _figure(
    question: Identity, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> Figure | None:
    mine = tables["findings"].filter(pl.col("question") == question.id, pl.col("part") == "beside")
    return similarity.figure(question, answers, mine.rows(named=True), study=study, name=name)


IDENTITY = Ask(
    _words,
    _notes,
    _summary,
    "That cells resemble others in the genes compared does not say what they are, or that they act alike; and where cultured and "
    "reference cells were measured in different ways, that difference is part of every likeness.",
    _figure,
)
