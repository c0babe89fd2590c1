"""Clinical scores as rows of the first table: one scale at one visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from exvivo.study import Scale, Study
from exvivo.study.visits import ordered
from exvivo.tell.cohort.records import Known, NumberRow
from exvivo.tell.cohort.summaries import number_row

MOST_VISITS = 4
"""Visits up to which each has its rows; of more, the first and the last."""
_Rows = dict[tuple[str, str, str], dict[str, Any]]
"""Rows of CLINIC by scale, visit and donor."""


def visits_shown(study: Study, clinic: pl.DataFrame) -> tuple[list[str], list[str]]:
    """The visits of CLINIC that have rows in the table, and the others."""
    visits = ordered(clinic["visit"].unique(), study.visits)
    if len(visits) <= MOST_VISITS:
        return visits, []
    return [visits[0], visits[-1]], visits[1:-1]


def score_rows(study: Study, clinic: pl.DataFrame) -> Iterator[NumberRow]:
    """A row for every scale and visit at which somebody has a row."""
    if clinic.is_empty():
        return
    rows = {(row["scale"], row["visit"], row["donor"]): row for row in clinic.iter_rows(named=True)}
    asked = {(scale, visit) for scale, visit, _ in rows}
    visits = visits_shown(study, clinic)[0]
    several = clinic["visit"].n_unique() > 1
    for scale in study.scales:
        for visit in visits:
            if (scale.id, visit) in asked:
                yield _row(scale, visit, rows, study, several=several)


def _row(scale: Scale, visit: str, rows: _Rows, study: Study, *, several: bool) -> NumberRow:
    """One scale at one visit: of everybody in donors.csv, who without a row is missing."""
    name = scale.name or scale.id
    title = f"{name} ({scale.lowest:g} to {scale.highest:g}, higher is {scale.higher_is})"
    values, known = [], []
    for group in study.groups:
        donors = study.donors.filter(group=group.id)["donor"].to_list()
        own = [rows.get((scale.id, visit, donor)) for donor in donors]
        scores = [row["score"] for row in own if row and row["score"] is not None]
        values.append(scores)
        known.append(_known(own, len(scores)))
    return number_row(
        f"{scale.id} visit {visit}" if several else scale.id,
        f"{title}, visit {visit}" if several else title,
        [group.id for group in study.groups],
        values,
        known,
        scale=True,
    )


def _known(rows: list[dict[str, Any] | None], scored: int) -> Known:
    """Of how many people there is a score, and why not of the others."""
    states = [row["state"] if row else "missing" for row in rows]
    beyond = sum(
        state == "not applicable" and (row is None or row["score"] is None)
        for state, row in zip(states, rows, strict=True)
    )
    return Known(
        scored,
        len(rows) - scored - beyond,
        beyond,
        sum(row is not None and _is_prorated(row) for row in rows),
    )


def _is_prorated(row: dict[str, Any]) -> bool:
    """Whether a score was made of items with gaps."""
    return row["state"] == "scored" and row["score"] is not None and (row["missing_items"] or 0) > 0
