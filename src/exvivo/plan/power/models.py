"""The data model of a study at one size."""

from __future__ import annotations

import math
from dataclasses import replace

from exvivo.plan.power.grid import Point
from exvivo.simulate.population import data_model
from exvivo.simulate.population.model import Changes, DataModel
from exvivo.study import Qpcr, Study


def model_of(study: Study, point: Point, *, zero: bool = False) -> DataModel:
    """What studies of this size are drawn from; with `zero` nothing that is asked is true.

    Raises `StudyError` with all that no study can have.
    """
    return data_model(
        study,
        donors=point.donors,
        wells=point.wells,
        cultures=point.cultures,
        plates=point.plates,
        changes=Changes(
            fold=point.fold,
            response_sd=point.donor_sd,
            well_sd=point.well_sd,
            second_spread=point.spread_ratio,
            dropouts=point.dropouts,
            null=zero,
        ),
    )


_CAPACITY = {"qpcr": 384}
_WELLS = 96
"""Wells of a plate, but for those of some assays."""


def capacity_of(study: Study, assay: str) -> int:
    """The wells of a plate of an assay."""
    return _CAPACITY.get(study.assay(assay).kind, _WELLS)


def with_room(study: Study, point: Point) -> Point:
    """A size with at least as many plates of each assay as its wells need, where every plate can
    have a donor of each group.
    """
    model = model_of(study, point)
    needed = (math.ceil(n / capacity_of(study, a)) for a, n in wells_by_assay(model).items())
    return replace(point, plates=max(point.plates, min(max(needed), *model.donors)))


def wells_of(model: DataModel) -> int:
    """The wells that a size takes: of every donor, assay, condition, cell type and visit; in a qPCR
    of every target as well, references among them.
    """
    each = wells_by_assay(model)
    return sum(n * _targets(model, assay) for assay, n in each.items())


def _targets(model: DataModel, name: str) -> int:
    """How many wells a sample needs where a well shows one target."""
    assay = model.study.assay(name)
    if not isinstance(assay, Qpcr):
        return 1
    return len({s.analyte for s in model.series if s.assay == name}) + len(assay.references)


def wells_by_assay(model: DataModel) -> dict[str, int]:
    """The wells of every assay, in a qPCR those of one target: each has a plate of its own."""
    conditions = {(s.assay, s.cell_type, s.visit, s.stimulus) for s in model.series}
    of_assay: dict[str, int] = {}
    for assay, *_ in sorted(conditions, key=str):
        of_assay[assay] = of_assay.get(assay, 0) + model.n * model.cultures * model.wells
    return of_assay
