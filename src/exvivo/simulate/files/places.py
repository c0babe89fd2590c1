"""Where the samples of a drawn study lie: which donors' wells are on which plate of an assay, and
how many wells a plate has.

A sample is one culture of one donor under one condition. Samples of a plate stand in an order that
is shuffled by donors, so that no group lies together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.errors import Mistake
from exvivo.simulate.parameters import Rng
from exvivo.simulate.population.donor_table import donor_names
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.population.model import DataModel
from exvivo.simulate.population.tables import culture_name, plate_names


class Condition(NamedTuple):
    """What was done to a culture: the cells, the visit, and what they were given."""

    cell_type: str | None
    visit: str
    stimulus: str | None


@dataclass(frozen=True)
class OneStudy:
    """One of the studies that were drawn: `turn` (donors,) is the order in which donors are
    pipetted, `noise` multiplies every error of an instrument (0: none).
    """

    drawn: Drawn
    number: int
    turn: Ints
    noise: float

    @property
    def model(self) -> DataModel:
        """What it was drawn from."""
        return self.drawn.model

    @cached_property
    def donors(self) -> list[str]:
        """The names of all planned donors."""
        return donor_names(self.model)


@dataclass(frozen=True)
class Bench:
    """The samples of one assay. `samples` has one row a sample, sorted by plate: its number, the
    number of its donor, condition, culture and plate, and the words of a layout; `places`
    (conditions, analytes) says which series of the model is in a well.
    """

    study: OneStudy
    assay: str
    analytes: tuple[str, ...]
    conditions: tuple[Condition, ...]
    places: Ints
    samples: pl.DataFrame

    @classmethod
    def of(cls, study: OneStudy, assay: str) -> Bench:
        """The samples of an assay that its donors gave."""
        own = [one for one in study.model.series if one.assay == assay]
        conditions = tuple(dict.fromkeys(Condition(s.cell_type, s.visit, s.stimulus) for s in own))
        analytes = tuple(dict.fromkeys(one.analyte for one in own))
        first = own[0]
        places = [
            [
                study.model.place(first._replace(**condition._asdict(), analyte=analyte))
                for analyte in analytes
            ]
            for condition in conditions
        ]
        return cls(
            study, assay, analytes, conditions, np.array(places), _samples(study, assay, conditions)
        )

    @property
    def plates(self) -> list[str]:
        """The names of its plates."""
        return plate_names(self.study.model, self.assay)

    def values(self) -> Floats:
        """log2 of the amount in every well (samples, wells, analytes), as drawn."""
        drawn, samples = self.study.drawn, self.samples
        by_series = drawn.values[self.study.number].transpose(1, 0, 2, 3)
        donor, culture = samples["donor_number"].to_numpy(), samples["culture_number"].to_numpy()
        series = self.places[samples["condition"].to_numpy()]
        wells: Floats = by_series[series, donor[:, None], culture[:, None]]
        return wells.transpose(0, 2, 1)

    def limits(self) -> Floats:
        """log2 of the limit of detection of each analyte (analytes,); -inf where there is none."""
        return np.asarray(self.study.model.lower[self.places[0]])

    def fullest(self, plates: int) -> int:
        """The most samples on a plate, were the donors dealt out over so many."""
        each = -(-self.study.model.n // plates)
        return each * len(self.conditions) * self.study.model.cultures


def one_study(drawn: Drawn, number: int, *, noise: float, rng: Rng) -> OneStudy:
    """One drawn study with its donors in the order in which they are pipetted."""
    return OneStudy(drawn, number, rng.permutation(drawn.model.n), noise)


def _samples(study: OneStudy, assay: str, conditions: Sequence[Condition]) -> pl.DataFrame:
    """One row a sample, in the order in which they are pipetted."""
    model = study.model
    order = np.lexsort((study.turn, model.plate))
    own = order[study.drawn.present[study.number][order]].tolist()
    places = list(product(own, range(len(conditions)), range(model.cultures)))
    donor, condition, culture = np.array(places, dtype=np.int64).reshape(-1, 3).T
    plates = plate_names(model, assay)
    numbers = {
        "sample": np.arange(len(places)),
        "donor_number": donor,
        "condition": condition,
        "culture_number": culture,
        "plate_number": model.plate[donor],
        "plate": [plates[plate] for plate in model.plate[donor]],
    }
    words = [_words(study, conditions[c], d, k) for d, c, k in places]
    schema = dict.fromkeys(("donor", *Condition._fields, "culture", "name"), pl.String)
    named = pl.DataFrame(words, schema=schema, orient="row")
    return pl.concat([pl.DataFrame(numbers), named], how="horizontal")


def _words(
    study: OneStudy, condition: Condition, donor: int, culture: int
) -> tuple[str | None, ...]:
    """What a layout says of a sample, and the name that a person gives its tube."""
    name, several = study.donors[donor], study.model.cultures > 1
    series = study.model.series[0]._replace(**condition._asdict())
    called = culture_name(series, name, culture) if several else None
    parts = [name, *_telling(study.model, condition), *([str(culture + 1)] if several else ())]
    return name, *condition, called, " ".join(parts)


def _telling(model: DataModel, condition: Condition) -> Iterator[str]:
    """The words of a condition that tell it from others of the study."""
    for name, word in condition._asdict().items():
        if word is not None and len({getattr(one, name) for one in model.series}) > 1:
            yield word


def well_names(numbers: Ints, columns: int) -> list[str]:
    """The names of wells from their places along the rows of a plate (0: A1).

    >>> well_names(np.array([0, 13]), 12)
    ['A1', 'B2']
    """
    return [f"{chr(65 + place // columns)}{place % columns + 1}" for place in numbers.tolist()]


@dataclass(frozen=True)
class Room:
    """The wells that an assay needs: `each` a sample, `beside` for standards, blanks and controls,
    and `most` that a plate has.
    """

    bench: Bench
    each: int
    beside: int
    most: int

    def needed(self, plates: int) -> int:
        """The wells of the fullest of so many plates."""
        return self.bench.fullest(plates) * self.each + self.beside

    def fewest_plates(self) -> int | None:
        """The fewest plates that hold all samples; None where one donor alone is too many."""
        every = range(1, self.bench.study.model.n + 1)
        return next((plates for plates in every if self.needed(plates) <= self.most), None)

    def mistakes(self) -> Iterator[Mistake]:
        """The mistake of plates that cannot hold their wells, with the number of plates that
        can.
        """
        needed, fitting = self.needed(self.bench.study.model.plates), self.fewest_plates()
        if needed <= self.most:
            return
        cure = "plan fewer wells (--wells), cultures, or analytes of this assay"
        if fitting is not None:
            plates = f"{fitting} plates (--plates {fitting})"
            cure = f"spread the donors over {plates}, or plan fewer wells"
        beside = f"{self.beside} of them standards, blanks and controls"
        finding = f"{needed} wells on a plate ({beside})"
        yield Mistake(f"assay {self.bench.assay}", finding, f"at most {self.most}", cure)
