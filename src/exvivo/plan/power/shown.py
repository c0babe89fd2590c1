"""A simulated plan as the records that pages, terminals and tables show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from exvivo.findings import Verdict
from exvivo.plan.power import figures
from exvivo.plan.power.buys import Bought, student_power
from exvivo.plan.power.exact import Claims
from exvivo.plan.power.expected import claims_of
from exvivo.plan.power.figures import Figure
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import model_of
from exvivo.plan.power.planned import Simulated
from exvivo.plan.power.priors import as_typed, prior_outlooks
from exvivo.plan.power.refusals import tests_of
from exvivo.simulate.population.model import DataModel, Source
from exvivo.study import Question
from exvivo.study.question_records import margin_of
from exvivo.tell.planned.records import (
    NOTHING,
    Assumed,
    Figured,
    Outlook,
    PowerTable,
    PriorOutlook,
    Purchase,
    Size,
)
from exvivo.words import number

Row = Mapping[str, Any]
_SMALLEST = 1e-9
"""A truth that is smaller is none: what is left of it is rounding."""


def power_table(plan: Simulated) -> PowerTable:
    """All that was computed, for people."""
    rows = list(plan.tally.filter(~pl.col("zero")).iter_rows(named=True))
    zeros = {_key(row): row for row in plan.tally.filter(pl.col("zero")).iter_rows(named=True)}
    models = [model_of(plan.study, point) for point in _points(plan)]
    of_sizes = [row for row in rows if row["size"] < len(plan.sizes)]
    return PowerTable(
        sizes=tuple(_size(point, plan) for point in plan.sizes),
        outlooks=tuple(_outlook(row, zeros[_key(row)], models, plan) for row in of_sizes),
        purchases=tuple(_purchases(rows, models, plan)),
        assumed=tuple(map(_assumed, models[0].sources)),
        priors=tuple(_priors(plan)),
        warnings=plan.warnings,
        seed=plan.seed,
        studies=plan.wishes.studies,
        alpha=plan.study.plan.alpha,
        seconds=plan.seconds,
    )


def _points(plan: Simulated) -> list[Point]:
    return [*plan.sizes, *(one.point for one in plan.bought)]


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("size", "question", "assay", "analyte", "scale"))


def _size(point: Point, plan: Simulated) -> Size:
    assumed = plan.study.assumptions.dropouts
    return Size(
        donors=point.donors,
        wells=point.wells,
        cultures=point.cultures,
        plates=point.plates,
        dropouts=assumed if point.dropouts is None else point.dropouts,
        fold=point.fold,
        donor_sd=point.donor_sd,
        well_sd=point.well_sd,
        spread_ratio=point.spread_ratio,
        is_planned=point == plan.planned,
    )


def _figured(figure: Figure, exact: float | None = None) -> Figured:
    """A figure as it is shown."""
    known = exact is not None and not math.isnan(exact)
    return Figured(figure.value, figure.error, exact if known else None)


def _outlook(row: Row, zero: Row, models: list[DataModel], plan: Simulated) -> Outlook:
    """What is to be expected of one answer."""
    question = _question(row, plan)
    truth = row["truth"] if abs(row["truth"]) > _SMALLEST or math.isnan(row["truth"]) else 0.0
    row = {**row, "truth": truth}
    tests, margin = tests_of(question, plan.study), margin_of(question)
    exact = _exact(row, question, models[row["size"]])
    single = exact if tests == 1 else None
    hoped = _hoped(truth, margin)
    verdicts = _verdicts(row, single)
    return Outlook(
        question=question.id,
        assay=row["assay"],
        analyte=row["analyte"],
        scale=row["scale"],
        size=row["size"],
        unit=row["unit"],
        truth=truth,
        power=_hope(row, single, hoped),
        half_width=_figured(figures.half_width(row), exact and exact.mean_half_width),
        wrong_sign=_figured(figures.wrong_sign(row), single and truth and single.wrong_sign)
        if truth
        else NOTHING,
        exaggeration=_figured(figures.exaggeration(row), single and single.exaggeration(truth)),
        verdicts=verdicts,
        at_zero=_verdicts(zero, _exact(zero, question, models[row["size"]], zero=plan)),
        alone=_figured(figures.alone(row), exact and exact.power),
        family=row["family"],
        tests=tests,
        coverage=_figured(figures.coverage(row)),
        family_error=_figured(figures.family_error(zero)),
        hoped=hoped,
        studies=row["studies"],
        margin=margin,
    )


def _question(row: Row, plan: Simulated) -> Question:
    return next(one for one in plan.study.questions if one.id == row["question"])


def _hoped(truth: float, margin: float | None) -> Verdict:
    """What the question is asked for: equivalence where its margin is far wider than the truth."""
    return "equivalent" if margin is not None and abs(truth) < margin / 2 else "supported"


def _hope(row: Row, exact: Claims | None, hoped: Verdict) -> Figured:
    """The chance of what is hoped for, of answered studies."""
    if hoped == "supported":
        return _figured(figures.power(row), exact and exact.power)
    share = figures.share(row["equivalent"], row["answered"])
    return _figured(share, exact and exact.answered and exact.equivalent / exact.answered)


def _exact(
    row: Row, question: Question, model: DataModel, *, zero: Simulated | None = None
) -> Claims | None:
    """What is exact of an answer by itself; `zero` where nothing that is asked is true."""
    if zero is not None:
        if tests_of(question, zero.study) > 1:
            return None
        model = model_of(zero.study, _points(zero)[row["size"]], zero=True)
    names = (row["assay"], row["analyte"], row["scale"])
    return claims_of(model, question, *names, row["truth"])


def _verdicts(row: Row, exact: Claims | None) -> dict[Verdict, Figured]:
    """The chance of each verdict."""
    known: dict[Verdict, float] = {}
    if exact is not None:
        known = {
            "supported": exact.supported,
            "equivalent": exact.equivalent,
            "not resolved": exact.answered - exact.supported - exact.equivalent,
            "not estimable": 1 - exact.answered,
        }
    return {name: _figured(one, known.get(name)) for name, one in figures.verdicts(row).items()}


def _purchases(rows: list[Row], models: list[DataModel], plan: Simulated) -> Iterator[Purchase]:
    """What each change to the first size buys every answer of it."""
    first = {_key(row)[1:]: row for row in rows if row["size"] == 0}
    for place, bought in enumerate(plan.bought, start=len(plan.sizes)):
        for row in rows:
            if row["size"] == place:
                yield _purchase(bought, first[_key(row)[1:]], row, models, plan)


def _purchase(
    bought: Bought, before: Row, after: Row, models: list[DataModel], plan: Simulated
) -> Purchase:
    """What one change buys an answer."""
    question = _question(before, plan)
    both = [(row, models[row["size"]]) for row in (before, after)]
    tests = tests_of(question, plan.study)
    exact = [_exact(row, question, model) for row, model in both]
    single = [one if tests == 1 else None for one in exact]
    hoped = _hoped(before["truth"], margin_of(question))
    chances = [_hope(row, one, hoped) for (row, _), one in zip(both, single, strict=True)]
    widths = [
        one.mean_half_width if one else figures.half_width(row).value
        for (row, _), one in zip(both, exact, strict=True)
    ]
    names = (question, before["assay"], before["analyte"])
    student = [student_power(model, *names) for _, model in both]
    return Purchase(
        change=bought.change,
        question=question.id,
        assay=before["assay"],
        analyte=before["analyte"],
        scale=before["scale"],
        before=chances[0],
        after=chances[1],
        half_width_before=widths[0],
        half_width_after=widths[1],
        donors=bought.donors,
        samples=bought.samples,
        student_before=student[0],
        student_after=student[1],
    )


def _assumed(source: Source) -> Assumed:
    """A number that the plan rests on."""
    text = f"{source.value:g}" if abs(source.value) >= 100 else number(source.value)
    return Assumed(
        what=f"{source.what}: {source.of}" if source.of else source.what,
        value=f"{text} {source.unit}".strip(),
        source=source.source,
        origin="prior" if source.assumed else "study",
    )


def _priors(plan: Simulated) -> Iterator[PriorOutlook]:
    """What the field's effects give at the first size."""
    sizes = as_typed(plan.sizes[0].donors)
    if sizes is None or min(sizes) < 2:
        return
    analytes = [analyte.id for analyte in plan.study.analytes]
    yield from prior_outlooks(sizes, alpha=plan.study.plan.alpha, analytes=analytes)
