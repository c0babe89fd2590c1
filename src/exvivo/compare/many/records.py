"""Many studies of one design as arrays, and their answers as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.study import Study
from exvivo.tables import VERDICTS
from exvivo.units import Unit

SUPPORTED, EQUIVALENT, NOT_RESOLVED, NOT_ESTIMABLE = range(len(VERDICTS))
"""The places of the four verdicts in `VERDICTS`."""


class Series(Protocol):
    """What wells have in common that differ in donor and replicate only; `cell_type` and
    `stimulus` are None in a study without any.
    """

    @property
    def cell_type(self) -> str | None:
        """What the cells were made into."""

    @property
    def visit(self) -> str:
        """Which visit."""

    @property
    def assay(self) -> str:
        """The assay of study.yaml."""

    @property
    def readout(self) -> str:
        """What the assay reads."""

    @property
    def analyte(self) -> str:
        """The analyte."""

    @property
    def stimulus(self) -> str | None:
        """The condition."""


@dataclass(frozen=True, kw_only=True)
class ManyStudies:
    """Studies that differ in their numbers and in who is lost, all results of them detected.

    `means` (studies, donors, series) is the mean log2 amount of each donor's wells; `plates`
    (donors, series) names the plate that they lie on; `scores` holds each scale at each visit
    (studies, donors), NaN where none was given; `columns` what donors.csv says where it is drawn as
    well (studies, donors); columns that are the same in all studies stand in `study.donors`.
    `present` (studies, donors) is False for a donor who was lost.

    All donors have the same wells, in so many `cultures` of each condition: with several,
    differences are answered by the mixed model of the wells, which gives the numbers of the donors'
    means (where donors differ at all beyond what their wells err by).
    """

    study: Study
    series: tuple[Series, ...]
    donors: tuple[str, ...]
    groups: Texts
    means: Floats
    plates: Texts
    present: Bools
    scores: Mapping[tuple[str, str], Floats] = field(default_factory=dict)
    columns: Mapping[str, Texts] = field(default_factory=dict)
    cultures: int = 1

    @property
    def studies(self) -> int:
        """How many."""
        return len(self.means)


@dataclass(frozen=True, kw_only=True)
class ManyAnswers:
    """One answer of many studies; `scale` is empty where none is asked.

    Numbers are (studies,), NaN where a study gives none; `verdict` holds places in `VERDICTS`.
    """

    question: str
    family: str
    assay: str
    analyte: str
    scale: str
    unit: Unit
    estimate: Floats
    lower: Floats
    upper: Floats
    p: Floats
    p_adjusted: Floats
    verdict: Ints

    @property
    def half_width(self) -> Floats:
        """Half the width of the interval."""
        return np.asarray((self.upper - self.lower) / 2)

    @property
    def excludes_null(self) -> Bools:
        """Whether the interval lies on one side of no difference."""
        with np.errstate(invalid="ignore"):
            return np.asarray((self.lower > self.unit.null) | (self.upper < self.unit.null))
