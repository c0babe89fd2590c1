"""The data model of a study at one size."""

from __future__ import annotations

from exvivo.plan.power.grid import Point
from exvivo.simulate.population import data_model
from exvivo.simulate.population.model import Changes, DataModel
from exvivo.study import Study


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


def wells_of(model: DataModel) -> int:
    """The wells that a size takes: of every donor, assay, condition, cell type and visit."""
    conditions = {(s.assay, s.cell_type, s.visit, s.stimulus) for s in model.series}
    return model.n * len(conditions) * model.cultures * model.wells


def wells_by_assay(model: DataModel) -> dict[str, int]:
    """The same of every assay."""
    conditions = {(s.assay, s.cell_type, s.visit, s.stimulus) for s in model.series}
    of_assay: dict[str, int] = {}
    for assay, *_ in sorted(conditions, key=str):
        of_assay[assay] = of_assay.get(assay, 0) + model.n * model.cultures * model.wells
    return of_assay
