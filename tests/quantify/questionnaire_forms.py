"""Forms of questionnaires for tests: keys of the catalog, answers as arrays and as ANSWERS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.study.clinic_records import Questionnaire, Scale
from exvivo.study.questionnaires import scales_of
from exvivo.study.records import Study
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import Example, ScoringKey
from exvivo.study.scoring_keys import catalog_key
from exvivo.tables import ANSWERS

GAP = float("nan")


def key_named(name: str) -> ScoringKey:
    """A scoring key of the catalog."""
    key = catalog_key(name)
    assert key is not None, name
    return key


def study_with(
    *keys: ScoringKey,
    scales: Sequence[Scale] = (),
    tables: Mapping[str, ScoreTable] | None = None,
    **form: object,
) -> Study:
    """A study of questionnaires whose items, and totals where `form` names them, are there."""
    asked = tuple(
        Questionnaire(
            id=key.id,
            items=tuple(f"{key.id}{item.id}" for item in key.every_item),
            table="table.csv" if tables and key.id in tables else "",
            **form,  # type: ignore[arg-type]
        )
        for key in keys
    )
    made = [scale for q, key in zip(asked, keys, strict=True) for scale in scales_of(q, key)]
    return Study(
        exvivo=1,
        title="",
        groups=(),
        analytes=(),
        assays=(),
        plates=(),
        questionnaires=asked,
        scales=(*scales, *made),
        scoring_keys=keys,
        score_tables=tables or {},
    )


def answers_of(
    key: ScoringKey,
    forms: Floats | Sequence[Sequence[float]],
    totals: Mapping[str, Sequence[float]] | None = None,
    *,
    unasked: Sequence[int] = (),
    visits: Sequence[str] = (),
) -> pl.DataFrame:
    """ANSWERS of forms (people x items), each of another donor or visit; `unasked` people were not
    asked for the items.
    """
    rows: list[dict[str, object]] = []
    for person, form in enumerate(np.asarray(forms, dtype=np.float64)):
        items = [(item.id, None, value) for item, value in zip(key.every_item, form, strict=True)]
        ready = [(None, scale, values[person]) for scale, values in (totals or {}).items()]
        visit = visits[person] if visits else "1"
        rows += [
            _row(key, person, visit, each, asked=person not in unasked or each[1] is not None)
            for each in [*items, *ready]
        ]
    return ANSWERS.frame(rows)


def _row(
    key: ScoringKey,
    person: int,
    visit: str,
    answer: tuple[str | None, str | None, float],
    *,
    asked: bool,
) -> dict[str, object]:
    item, scale, value = answer
    state = "not applicable" if not asked else "missing" if np.isnan(value) else "given"
    return {
        "source": "clinic.csv",
        "sha256": "0",
        "place": f"clinic.csv:{person + 2} column {scale or item}",
        "column": scale or f"{key.id}{item}",
        "donor": f"P{person + 1}",
        "visit": visit,
        "group": "FM",
        "questionnaire": key.id,
        "item": item,
        "scale": scale,
        "answer": None if state != "given" else value,
        "state": state,
    }


def form_of(example: Example, key: ScoringKey) -> list[float]:
    """The answers of a worked example, one an item."""
    form: list[float] = []
    for cell in example.answers:
        times, _, answer = cell.rpartition(" x ")
        form += [_answer(answer)] * int(times or 1)
    assert len(form) == len(key.every_item), key.id
    return form


def _answer(text: str) -> float:
    hours, colon, minutes = text.partition(":")
    if text == "-":
        return GAP
    return float(hours) + float(minutes) / 60 if colon else float(text)


def example_table(example: Example, key: ScoringKey) -> ScoreTable | None:
    """The table of a worked example."""
    lines = {raw: [float(part) for part in line.split()] for raw, line in example.table.items()}
    valued = {raw: (line[0], line[1] if len(line) > 1 else GAP) for raw, line in lines.items()}
    profiles = any(score.rule == "profile" for score in key.scores)
    return ScoreTable.of_lines(valued, profiles=profiles) if lines else None
