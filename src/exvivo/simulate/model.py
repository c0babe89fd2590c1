"""The model study with a known truth, whole and in memory."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import polars as pl

from exvivo.simulate.beads import Tubes, run_tubes
from exvivo.simulate.design import layout_frame, records, samples
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.people import People, draw_people
from exvivo.simulate.plain_summary import with_summary
from exvivo.simulate.qpcr import Reactions, run_plates
from exvivo.simulate.truth import Truth, tell_truth
from exvivo.study import Study

_WELL = ("plate", "well", "role", "donor", "stimulus", "replicate", "dilution", "nominal", "file")


@dataclass(frozen=True)
class VirtualStudy:
    """A study that never took place: what its people are, what its instruments saw, and what is
    true of it.

    `study` is the record a study folder would give, `reactions` the qPCR plates, `tubes` the
    bead-array plates.
    """

    parameters: ModelStudy
    study: Study
    people: People
    reactions: Reactions
    tubes: Tubes
    truth: Truth


def model_study(parameters: ModelStudy | None = None, *, rng: Rng) -> VirtualStudy:
    """One virtual study drawn from the parameters; the same generator state gives the same study.

    >>> import numpy as np
    >>> virtual = model_study(rng=np.random.default_rng(1))
    >>> virtual.study.donors.height, virtual.truth.differences["difference"].to_list()
    (24, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    """
    p = parameters or ModelStudy()
    people = draw_people(p, rng=rng)
    made = samples(p, people)
    reactions = run_plates(p, people, made, rng=rng)
    tubes = run_tubes(p, people, made, rng=rng)
    parts: list[pl.DataFrame] = [reactions.wells.select(_WELL), tubes.wells.select(_WELL)]
    study = dataclasses.replace(
        with_summary(records(p)), donors=people.table, layout=layout_frame(parts, people)
    )
    return VirtualStudy(p, study, people, reactions, tubes, tell_truth(p, people, tubes.curves))
