"""What a design alone tells of an answer: who is in it and what is held is that of one study, made
by the same code that answers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare.evidence import Evidence
from exvivo.compare.many.records import ManyStudies, Series
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.responses import responses
from exvivo.compare.sample import Sample, samples
from exvivo.study import Measured, Study
from exvivo.tables import PROFILES, QUANTITIES

_STEP = 0.6180339887498949


def distinct(n: int, step: float = _STEP) -> Floats:
    """Numbers between 0 and 1 of which no two agree and none goes with the place: results of a
    layout that stands for those of any study.
    """
    return np.asarray(np.arange(1, n + 1) * step % 1.0)


@dataclass(frozen=True)
class Results:
    """The donors of a question as one study lays them out, the place of each among all donors, and
    their results in every study (studies, donors).
    """

    sample: Sample
    places: Ints
    values: Floats

    def only(self, chosen: Bools) -> Results:
        """The same with some of the donors."""
        rows = np.flatnonzero(chosen)
        return Results(self.sample.at(rows), self.places[rows], self.values[:, rows])

    def of(self, *groups: str) -> Results:
        """The donors of these groups."""
        return self.only(np.isin(self.sample.groups, groups))

    def as_in(self, sample: Sample, values: Floats) -> Results:
        """Other results (studies, donors of the sample) of some of these donors."""
        places = self.places[rows_of(sample, self.sample)]
        return Results(_as_any(sample), places, values)


def rows_of(some: Sample, all_: Sample) -> Ints:
    """Where the donors of one sample stand in another."""
    place = {donor: row for row, donor in enumerate(all_.donors)}
    return np.array([place[donor] for donor in some.donors], dtype=np.intp)


@dataclass(frozen=True)
class Laid:
    """Many studies, and the evidence of one of them that stands for the layout of all."""

    many: ManyStudies

    @property
    def study(self) -> Study:
        """The study that is asked."""
        return self.many.study

    @property
    def alpha(self) -> float:
        """The chance of a false claim that the plan accepts."""
        return self.study.plan.alpha

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence of the layout: every donor present, results without meaning."""
        wells = _wells(self.many)
        plan = self.study.plan
        return Evidence(
            study=self.study,
            responses=samples(responses(wells, study=self.study)),
            scores={},
            wells=QUANTITIES.frame(),
            profiles=PROFILES.frame(),
            permutations=Permutations(0, plan.seed),
            visits=frozenset(one.visit for one in self.many.series),
            brief=True,
        )

    def results(
        self,
        question: Measured,
        assay: str,
        analyte: str,
        *,
        cell_type: str | None = None,
        visit: str | None = None,
    ) -> Results:
        """The donors of a question, as `Evidence.sample` has them, with their results."""
        sample = self.evidence.sample(question, assay, analyte, cell_type=cell_type, visit=visit)
        place = {donor: row for row, donor in enumerate(self.many.donors)}
        places = np.array([place[donor] for donor in sample.donors], dtype=np.intp)
        values = np.zeros((self.many.studies, len(places)))
        for row, (donor, wells) in enumerate(zip(places, sample.wells, strict=True)):
            # The weights that one study's own wells have in its result.
            for well in wells:
                values[:, row] += (well.weight or 0.0) * self.many.means[
                    :, donor, int(well.well or 0)
                ]
        return Results(_as_any(sample), places, values)

    def with_columns(self, names: Sequence[str], donors: Sequence[str], words: Texts) -> Study:
        """The study with what donors.csv says of some donors in some columns: `words` (donors,
        columns).
        """
        frame = pl.DataFrame({"donor": list(donors)}, schema={"donor": pl.String})
        columns = [pl.Series(name, words[:, i].tolist()) for i, name in enumerate(names)]
        return replace(self.study, donors=frame.with_columns(columns))


def _as_any(sample: Sample) -> Sample:
    """A sample with results that stand for those of any study, and no wells."""
    values = distinct(len(sample.donors))
    return replace(sample, lower=values, upper=values, wells=())


def _wells(many: ManyStudies) -> pl.DataFrame:
    """A well of every donor in every series, named by the place of the series."""
    donors = zip(many.donors, many.groups.tolist(), many.plates.tolist(), strict=True)
    rows = [
        {**_of_series(one, place), "donor": donor, "group": group, "plate": plates[place]}
        for donor, group, plates in donors
        for place, one in enumerate(many.series)
    ]
    values = pl.Series("value", distinct(len(rows)))
    return QUANTITIES.frame(rows).with_columns(values)


def _of_series(one: Series, place: int) -> dict[str, object]:
    """What the wells of a series have in common."""
    return {
        "assay": one.assay,
        "on": "amount",
        "readout": one.readout,
        "analyte": one.analyte,
        "visit": one.visit,
        "cell_type": one.cell_type,
        "stimulus": one.stimulus,
        "well": str(place),
        "censor": "none",
        "shared": [],
        **dict.fromkeys(("unit", "method", "source", "sha256"), ""),
    }
