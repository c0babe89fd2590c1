"""The model study as it is planned, without plates, and layouts of it that are searched for only
shortly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from exvivo.plan.layout import PlannedLayout, Wishes
from exvivo.plan.layout.anneal import Search
from exvivo.plan.layout.laid import LaidPlate
from exvivo.plan.layout.planned import laid_out
from exvivo.plan.layout.samples import Donor, Sample
from exvivo.simulate.design import records
from exvivo.simulate.parameters import ModelStudy
from exvivo.study import Assumptions, Group, Identity, Plan, Study

SHORT = Search(steps=30)


@lru_cache(maxsize=1)
def model_study() -> Study:
    """The model study with one assay and no plate; what is planned and assumed are the priors."""
    study = records(ModelStudy())
    asked = [q for q in study.questions if not isinstance(q, Identity)]
    questions = tuple(dataclasses.replace(q, assays=("mrna",)) for q in asked)
    groups = tuple(
        dataclasses.replace(group, n=n) for group, n in zip(study.groups, (14, 10), strict=True)
    )
    assays = study.assays[:1]
    return dataclasses.replace(
        study,
        groups=groups,
        assays=assays,
        plates=(),
        questions=questions,
        plan=Plan(),
        assumptions=Assumptions(),
    )


def donors(*sizes: int, study: Study | None = None) -> list[Donor]:
    """Planned donors of each group."""
    groups: tuple[Group, ...] = (study or model_study()).groups
    return [
        Donor(id=f"{group.id}{i:02d}", group=group.id, is_planned=True)
        for group, size in zip(groups, sizes, strict=True)
        for i in range(1, size + 1)
    ]


def laid(*sizes: int, search: Search = SHORT, **wished: Any) -> PlannedLayout:
    """A layout of the model study with so many donors of each group."""
    wishes = Wishes(**{"blanks": 0, **wished})
    return laid_out(model_study(), donors(*sizes), wishes, search=search)


def samples_on(plate: LaidPlate) -> Iterator[tuple[str, Sample]]:
    """The wells of a plate that hold cells of a donor."""
    for well in plate.wells:
        if well.sample is not None and well.sample.donor:
            yield well.well, well.sample
