"""Clinical scores as rows of the first table: one scale at one visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from exvivo.study import Scale, Study
from exvivo.study.visits import ordered
from exvivo.tell.cohort.records import CategoryRow, Known, NumberRow
from exvivo.tell.cohort.summaries import category_row, number_row

MOST_VISITS = 4
"""Visits up to which each has its rows; of more, the first and the last."""
_YES_NO = ("yes", "no")
_CRITERIA = ("acr 2011", "acr 2016")
_Rows = dict[tuple[str, str, str], dict[str, Any]]
"""Rows of CLINIC by scale, visit and donor."""


def visits_shown(study: Study, clinic: pl.DataFrame) -> tuple[list[str], list[str]]:
    """The visits of CLINIC that have rows in the table, and the others."""
    visits = ordered(clinic["visit"].unique(), study.visits)
    if len(visits) <= MOST_VISITS:
        return visits, []
    return [visits[0], visits[-1]], visits[1:-1]


def score_rows(study: Study, clinic: pl.DataFrame) -> Iterator[NumberRow | CategoryRow]:
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


def _row(
    scale: Scale, visit: str, rows: _Rows, study: Study, *, several: bool
) -> NumberRow | CategoryRow:
    """One scale at one visit: of everybody in donors.csv, who without a row is missing. Criteria
    that are met or not are counted.
    """
    own = [_of_group(group.id, scale, visit, rows, study) for group in study.groups]
    ids = [group.id for group in study.groups]
    known = [_known(each, len(_scores(each))) for each in own]
    at_visit = f", visit {visit}" if several else ""
    row = f"{scale.id} visit {visit}" if several else scale.id
    if is_criterion(scale, study):
        met = [_met(each) for each in own]
        title = f"{scale.name or scale.id}{at_visit}"
        made = category_row(row, title, ids, met, _YES_NO, only_first=True)
        return replace(made, groups=tuple(known))
    ends = f"{scale.lowest:g} to {scale.highest:g}, higher is {scale.higher_is}"
    title = f"{scale.name or scale.id} ({ends}){at_visit}"
    return number_row(row, title, ids, [_scores(each) for each in own], known, scale=True)


def _of_group(
    group: str, scale: Scale, visit: str, rows: _Rows, study: Study
) -> list[dict[str, Any] | None]:
    """The rows of the people of a group; None of those without one."""
    donors = study.donors.filter(group=group)["donor"].to_list()
    return [rows.get((scale.id, visit, donor)) for donor in donors]


def _scores(rows: list[dict[str, Any] | None]) -> list[float]:
    return [row["score"] for row in rows if row and row["score"] is not None]


def is_criterion(scale: Scale, study: Study) -> bool:
    """Whether a scale says that criteria are met (1) or not (0)."""
    keys = (key for key in study.scoring_keys if key.id == scale.questionnaire)
    scores = (score for key in keys for score in key.scores)
    return any(each.id == scale.id and each.rule in _CRITERIA for each in scores)


def _met(rows: list[dict[str, Any] | None]) -> list[str]:
    """`yes` or `no` of each person; nothing where it is not known."""
    scores = (row["score"] if row else None for row in rows)
    return ["" if score is None else _YES_NO[score == 0] for score in scores]


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
