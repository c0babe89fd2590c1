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
from exvivo.simulate.files.layouts import completed
from exvivo.simulate.parameters import Rng
from exvivo.simulate.population.donor_table import donor_names
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.population.model import DataModel, Series
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
        conditions = tuple(dict.fromkeys(map(_condition, own)))
        analytes = tuple(dict.fromkeys(one.analyte for one in own))
        places = _places(study.model, own[0], conditions, analytes)
        samples = _samples(study, assay, conditions)
        return cls(study, assay, analytes, conditions, places, samples)

    @property
    def plates(self) -> list[str]:
        """The names of its plates."""
        return plate_names(self.study.model, self.assay)

    def values(self) -> Floats:
        """log2 of the amount in every well (samples, wells, analytes), as drawn."""
        by_series = self.study.drawn.values[self.study.number].transpose(1, 0, 2, 3)
        series = self.places[self._numbers("condition")[:, 0]]
        donor, culture = self._numbers("donor_number"), self._numbers("culture_number")
        wells: Floats = by_series[series, donor, culture]
        return wells.transpose(0, 2, 1)

    def _numbers(self, column: str) -> Ints:
        """A column of numbers of the samples (samples, 1)."""
        return self.samples[column].to_numpy()[:, None]

    def replicates(self) -> pl.DataFrame:
        """The number of every well that a sample has, from 0."""
        return pl.DataFrame({"replicate_number": range(self.study.model.wells)})

    def numbered(self, plate: int) -> pl.DataFrame:
        """The samples of one plate, their numbers as `sample_number`."""
        return self.samples.filter(plate_number=plate).rename({"sample": "sample_number"})

    def filled(self, plate: int, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """The wells of a plate, part after part, with the numbers of their places."""
        return pl.concat(parts, how="diagonal").with_columns(
            number=pl.int_range(pl.len()),
            plate=pl.lit(self.plates[plate]),
            plate_number=pl.lit(plate, dtype=pl.Int64),
        )

    def limits(self) -> Floats:
        """log2 of the limit of detection of each analyte (analytes,); -inf where there is none."""
        return np.asarray(self.study.model.lower[self.places[0]])

    def fullest(self, plates: int) -> int:
        """The most samples on a plate, were the donors dealt out over so many."""
        each = -(-self.study.model.n // plates)
        return each * len(self.conditions) * self.study.model.cultures


REPLICATE = (pl.col("replicate_number") + 1).cast(pl.String)
"""The replicate of a well as a layout writes it, from 1."""


def _condition(series: Series) -> Condition:
    """What was done to the cultures of a series."""
    return Condition(series.cell_type, series.visit, series.stimulus)


def _places(
    model: DataModel, like: Series, conditions: Sequence[Condition], analytes: Sequence[str]
) -> Ints:
    """Which series of the model are in the wells of an assay (conditions, analytes)."""
    every = [like._replace(**c._asdict(), analyte=a) for c, a in product(conditions, analytes)]
    return np.array([model.place(one) for one in every]).reshape(len(conditions), len(analytes))


def one_study(drawn: Drawn, number: int, *, noise: float, rng: Rng) -> OneStudy:
    """One drawn study with its donors in the order in which they are pipetted."""
    return OneStudy(drawn, number, rng.permutation(drawn.model.n), noise)


def _samples(study: OneStudy, assay: str, conditions: Sequence[Condition]) -> pl.DataFrame:
    """One row a sample, in the order in which they are pipetted."""
    cultures = range(study.model.cultures)
    places = list(product(_pipetted(study), range(len(conditions)), cultures))
    words = _all_words(study, conditions, places)
    return pl.concat([_numbers(study.model, assay, places), words], how="horizontal")


_Sample = tuple[int, int, int]
"""The numbers of a donor, a condition and a culture."""


def _all_words(
    study: OneStudy, conditions: Sequence[Condition], places: Sequence[_Sample]
) -> pl.DataFrame:
    """What a layout says of samples, and their names."""
    words = [_words(study, conditions[c], d, k) for d, c, k in places]
    schema = dict.fromkeys(("donor", *Condition._fields, "culture", "name"), pl.String)
    return pl.DataFrame(words, schema=schema, orient="row")


def _pipetted(study: OneStudy) -> list[int]:
    """The numbers of the donors who stayed, plate by plate in their turn."""
    order = np.lexsort((study.turn, study.model.plate))
    there: list[int] = order[study.drawn.present[study.number][order]].tolist()
    return there


def _numbers(model: DataModel, assay: str, places: Sequence[_Sample]) -> pl.DataFrame:
    """The numbers of samples, at some places (donor, condition, culture)."""
    donor, condition, culture = np.array(places, dtype=np.int64).reshape(-1, 3).T
    own = model.plate[donor]
    plates = plate_names(model, assay)
    return pl.DataFrame(
        {
            "sample": np.arange(len(places)),
            "donor_number": donor,
            "condition": condition,
            "culture_number": culture,
            "plate_number": own,
            "plate": [plates[plate] for plate in own],
        }
    )


def _words(
    study: OneStudy, condition: Condition, donor: int, culture: int
) -> tuple[str | None, ...]:
    """What a layout says of a sample, and the name that a person gives its tube."""
    name, parts = study.donors[donor], list(_telling(study.model, condition))
    if study.model.cultures == 1:
        return name, *condition, None, " ".join([name, *parts])
    series = study.model.series[0]._replace(**condition._asdict())
    called = culture_name(series, name, culture)
    return name, *condition, called, " ".join([name, *parts, str(culture + 1)])


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


def all_plates(plates: Sequence[pl.DataFrame], columns: int) -> pl.DataFrame:
    """The wells of all plates, with their names and every column of a layout."""
    wells = completed(pl.concat(plates, how="diagonal"))
    return wells.with_columns(well=pl.Series(well_names(wells["number"].to_numpy(), columns)))


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
        needed = self.needed(self.bench.study.model.plates)
        if needed > self.most:
            beside = f"{self.beside} of them standards, blanks and controls"
            finding = f"{needed} wells on a plate ({beside})"
            where = f"assay {self.bench.assay}"
            yield Mistake(where, finding, f"at most {self.most}", self.cure())

    def cure(self) -> str:
        """What makes the wells fit on their plates."""
        fitting = self.fewest_plates()
        if fitting is None:
            return "plan fewer wells (--wells), cultures, or analytes of this assay"
        plates = f"{fitting} plates (--plates {fitting})"
        return f"spread the donors over {plates}, or plan fewer wells"
