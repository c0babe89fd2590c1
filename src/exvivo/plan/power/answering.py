"""Drawn studies to the answers that `compare` gives of each: the same code that answers a real
study.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.compare import compare, responses
from exvivo.plan.power.tally import VERDICTS, Answers
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.population.tables import Tables

About = tuple[str, str, str, str]
"""Question, assay, analyte and scale of an answer."""


@dataclass(frozen=True)
class OneByOne:
    """The answers of many studies to one question, each array (studies,), NaN where there is no
    answer; `verdict` as places in VERDICTS.
    """

    question: str
    family: str
    assay: str
    analyte: str
    scale: str
    unit: str
    estimate: Floats
    lower: Floats
    upper: Floats
    p: Floats
    verdict: Ints


def answers_of(drawn: Drawn) -> Sequence[Answers]:
    """The answers of all drawn studies, question by question."""
    return one_by_one(drawn)


def one_by_one(drawn: Drawn) -> list[OneByOne]:
    """The answers of studies compared one after another, wells and all: the slow way, which takes
    results below a limit.
    """
    tables = Tables.of(drawn.model)
    found: dict[About, list[Mapping[str, object]]] = {}
    for number in range(drawn.studies):
        for row in _answers_of_one(drawn, tables, number).iter_rows(named=True):
            about = (row["question"], row["assay"], row["analyte"], row["scale"] or "")
            found.setdefault(about, []).append(row)
    return [_joined(about, rows) for about, rows in found.items()]


def _answers_of_one(drawn: Drawn, tables: Tables, number: int) -> pl.DataFrame:
    """The answers of one study."""
    study = tables.study(drawn, number)
    quantities = tables.quantities(drawn, number)
    findings = compare(
        responses(quantities, study=study),
        tables.clinic(drawn, number),
        study=study,
        rng=np.random.default_rng(study.plan.seed),
        quantities=quantities,
        brief=True,
    )
    return findings.filter(part="answer").select(
        "question", "family", "assay", "analyte", "scale", "unit", *_NUMBERS, "verdict"
    )


_NUMBERS = ("estimate", "lower", "upper", "p")


def _joined(about: About, rows: Sequence[Mapping[str, object]]) -> OneByOne:
    """The answers of all studies to one question."""
    question, assay, analyte, scale = about
    estimate, lower, upper, p = (_numbers(row[name] for row in rows) for name in _NUMBERS)
    places = {name: place for place, name in enumerate(VERDICTS)}
    return OneByOne(
        question=question,
        family=str(rows[0]["family"]),
        assay=assay,
        analyte=analyte,
        scale=scale,
        unit=str(rows[0]["unit"]),
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=p,
        verdict=np.array([places[row["verdict"]] for row in rows]),  # type: ignore[index]
    )


def _numbers(values: Iterable[object]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
