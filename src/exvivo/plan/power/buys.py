"""What buys most: one change to a planned size at a time, with what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from exvivo.plan.power.exact import student
from exvivo.plan.power.expected import numbers_of
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import model_of, wells_of, with_room
from exvivo.simulate.population.model import DataModel
from exvivo.study import Difference, Question, Specificity, Study

ChangeOf = Literal["donors", "wells", "cultures", "plates", "error"]
"""What is changed: twice the donors, wells, cultures or plates, or half the error of wells."""


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A size with one change: how many more `donors` and wells (`samples`) it takes."""

    change: ChangeOf
    point: Point
    donors: int
    samples: int


def changes_of(study: Study, point: Point, *, plates_given: bool) -> list[Bought]:
    """Every change to a size that its assumptions let matter; with as many plates as its wells need
    where their number is not given.
    """
    model = model_of(study, point)
    bought = []
    for change in _worth_a_look(model):
        changed = _changed(point, model, change)
        if change in ("donors", "wells", "cultures") and not plates_given:
            changed = with_room(study, changed)
        bought.append(_bought(study, model, changed, change))
    return bought


def _worth_a_look(model: DataModel) -> Iterator[ChangeOf]:
    yield "donors"
    if model.well_sd.any():
        yield "wells"
        yield "error"
    if model.culture_sd.any():
        yield "cultures"
    if 2 * model.plates <= min(model.donors):
        yield "plates"


def _bought(study: Study, model: DataModel, point: Point, change: ChangeOf) -> Bought:
    more = model_of(study, point)
    return Bought(
        change=change,
        point=point,
        donors=more.n - model.n,
        samples=wells_of(more) - wells_of(model),
    )


def _changed(point: Point, model: DataModel, change: ChangeOf) -> Point:
    match change:
        case "donors":
            twice = {group: 2 * n for group, n in point.donors.items()}
            return replace(point, donors=twice)
        case "wells":
            return replace(point, wells=2 * point.wells)
        case "cultures":
            return replace(point, cultures=2 * point.cultures)
        case "plates":
            return replace(point, plates=2 * point.plates)
        case "error":
            # Where results differ in their error, half of its root mean square.
            half = float(np.sqrt(np.mean(model.well_sd**2))) / 2
            return replace(point, well_sd=half)


def student_power(model: DataModel, question: Question, assay: str, analyte: str) -> float | None:
    """The power of Student's test with one spread for both groups, as textbooks have it; None for
    answers that do not compare two groups.
    """
    if not isinstance(question, Difference | Specificity) or model.shape != "normal":
        return None
    first, second = (numbers_of(model, question, assay, analyte, g) for g in question.groups)
    if first.sd <= 0 or second.sd <= 0:
        return None
    sizes = (first.planned, second.planned)
    truth, alpha = first.mean - second.mean, model.study.plan.alpha
    return student(truth, (first.sd, second.sd), sizes, alpha=alpha).claims().power
