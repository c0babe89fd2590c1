"""One plate: what its file calls each well, what its layout says of it, and where both differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

import polars as pl

from exvivo.reconcile.held import Held
from exvivo.reconcile.names.atoms import atoms, letters
from exvivo.reconcile.names.places import place_of
from exvivo.reconcile.names.vocabulary import (
    FIELDS,
    NOTHING,
    Field,
    Name,
    Says,
    Vocabulary,
    targets_of,
)
from exvivo.study import Plate, Study
from exvivo.study.ids import WITHDRAWN

_OF_DONORS = ("sample", "spike")
_FOLLOWED = 0.5
"""The share of loose names that must agree with the layout to be names of donors at all."""


class Record(NamedTuple):
    """What a layout says of a well."""

    role: str
    donor: str | None
    group: str | None
    culture: str | None
    visit: str | None
    cell_type: str | None
    stimulus: str | None
    dose: str | None
    time: str | None

    def words(self, fields: tuple[Field, ...] = ()) -> str:
        """As a message says it; dose and time where they are among the fields it is about."""
        exposure = (self.dose, self.time) if {"dose", "time"} & {*fields} else ()
        cells = self.cell_type if "cell_type" in fields else None
        of_donor = (self.donor, self.visit_words, cells, self.stimulus, *exposure)
        return " ".join(filter(None, of_donor)) if self.donor else self.role

    @property
    def visit_words(self) -> str:
        """The visit, but the first, which goes without saying."""
        return f"visit {self.visit}" if self.visit not in (None, "1") else ""


class Difference(NamedTuple):
    """A well whose name is not that of the layout: in which fields."""

    well: str
    name: str
    record: Record
    says: Says
    fields: tuple[Field, ...]

    @property
    def words(self) -> str:
        """As a message says it.

        >>> record = Record("sample", "RA02", "RA", None, "1", None, "none", None, None)
        >>> Difference("A4", "RA02 LPS", record, {}, ("stimulus",)).words
        "A4 ('RA02 LPS' in the file, RA02 none in the layout)"
        """
        layout = self.record.words(self.fields)
        return f"{self.well} ({self.name!r} in the file, {layout} in the layout)"


def differing(says: Says, record: Record) -> tuple[Field, ...]:
    """The fields in which a name contradicts a record of the layout. A well that the layout leaves
    empty contradicts nothing.
    """
    if record.role == "empty":
        return ()
    if "role" in says and record.role not in says["role"]:
        return ("role",)
    if record.role not in _OF_DONORS:
        return ()
    return tuple(field for field in FIELDS if _differs(field, says, record))


def _differs(field: Field, says: Says, record: Record) -> bool:
    value = getattr(record, field)
    return field in says and field != "role" and value is not None and value not in says[field]


def agrees(says: Says, record: Record) -> bool:
    """Whether a name says something of a record, and nothing against it."""
    if record.role == "empty" or differing(says, record):
        return False
    if record.role not in _OF_DONORS:
        return "role" in says and "donor" not in says
    return any(getattr(record, field) in says.get(field, ()) for field in FIELDS[:-1])


@dataclass(frozen=True)
class NamedPlate:
    """A plate whose file names its wells. `names` and `records` are by well; `said` is what each
    name says.
    """

    id: str
    assay: str
    study: Study
    names: Mapping[str, Name]
    records: Mapping[str, Record]
    said: Mapping[Name, Says]

    def says(self, well: str) -> Says:
        """What the file's name of a well says."""
        return self.said.get(self.names[well], NOTHING) if well in self.names else NOTHING

    @cached_property
    def differences(self) -> list[Difference]:
        """The wells whose name contradicts the layout, in the order of the layout."""
        return self.against(self.records)

    @cached_property
    def displaced(self) -> list[str]:
        """The wells with the name of a donor's sample that the layout leaves empty, where it has
        samples in as many wells that the file calls nothing.
        """
        named = [well for well, each in self.records.items() if self._is_displaced(well, each)]
        return named[: self._nameless]

    @property
    def _nameless(self) -> int:
        """How many samples of the layout are in wells that the file calls nothing."""
        own = (well for well, record in self.records.items() if record.role in _OF_DONORS)
        return sum(not self.says(well) for well in own)

    def _is_displaced(self, well: str, record: Record) -> bool:
        return record.role == "empty" and "donor" in self.says(well)

    def against(self, records: Mapping[str, Record]) -> list[Difference]:
        """The wells whose name contradicts some layout."""
        differences = (self._difference(well, record) for well, record in records.items())
        return [each for each in differences if each is not None]

    def _difference(self, well: str, record: Record) -> Difference | None:
        says = self.says(well)
        fields = differing(says, record)
        return Difference(well, self.names[well].text, record, says, fields) if fields else None

    def agreeing(self, records: Mapping[str, Record]) -> int:
        """How many wells have a name that agrees with some layout."""
        return sum(agrees(self.says(well), record) for well, record in records.items())


_WITHDREW = pl.col("donor").str.starts_with(WITHDRAWN).fill_null(False)
"""Wells of a donor who withdrew, whom the file may name still."""


def named_plates(held: Held) -> list[NamedPlate]:
    """The plates whose files name wells."""
    plates = (named_plate(held, plate.id) for plate in held.study.plates)
    return [plate for plate in plates if plate.names]


def named_plate(held: Held, plate: str) -> NamedPlate:
    """A plate with what its names say: of donors whose ids have no letters, or one, only where most
    of the names agree with the layout.
    """
    return held.once(("named plate", plate), lambda: _strict_or_loose(held, plate))


def _strict_or_loose(held: Held, plate: str) -> NamedPlate:
    strict = _named_plate(held, plate, loose=False)
    if not held.once("loose donors", lambda: _has_loose_donors(held.study)):
        return strict
    loose = _named_plate(held, plate, loose=True)
    return loose if _is_followed(loose) else strict


def _has_loose_donors(study: Study) -> bool:
    """Whether there are donors without letters, or with one."""
    return any(letters(atoms(donor)) < 2 for donor in study.donors["donor"])


def _is_followed(plate: NamedPlate) -> bool:
    """Whether so many of the names agree with the layout that they are names of donors."""
    followed = plate.agreeing(plate.records)
    return followed >= _FOLLOWED * (followed + len(plate.differences))


def _named_plate(held: Held, plate: str, *, loose: bool) -> NamedPlate:
    wells = held.wells_of(plate)
    targets = targets_of(wells)
    vocabulary = held.once(
        ("vocabulary", targets, loose), lambda: Vocabulary(held.study, targets, loose)
    )
    of_plate = next(each for each in held.study.plates if each.id == plate)
    gone = set(held.study.layout.filter(_WITHDREW, plate=plate)["well"])
    names = {well: name for well, name in _names(wells, of_plate).items() if well not in gone}
    said = vocabulary.read(dict.fromkeys(names.values()))
    return NamedPlate(plate, of_plate.assay, held.study, names, records_of(held.study, plate), said)


def _names(wells: pl.DataFrame, plate: Plate) -> dict[str, Name]:
    """The name and role that a file gives each well, where it gives any: a table of results names
    samples in place of wells, and a file of one well has a name of its own.
    """
    rows = wells.unique("well", keep="first", maintain_order=True)
    columns = rows.select("well", "sample", "source", "vendor_role").iter_rows()
    names = {
        well: Name(sample or _instead(well, source, plate), role)
        for well, sample, source, role in columns
    }
    return {well: name for well, name in names.items() if name != ("", None)}


def _instead(well: str, source: str, plate: Plate) -> str:
    """What names a well whose file says nothing of its sample."""
    if place_of(well) is None:
        return well
    return "" if plate.file else PurePosixPath(source).stem


def records_of(study: Study, plate: str) -> dict[str, Record]:
    """What a layout says of each well. A well that people exclude keeps whose it is; nothing is
    said of those of a donor who withdrew.
    """
    rows = study.layout.filter(~_WITHDREW, plate=plate).with_columns(
        role=pl.when(pl.col("exclude").is_not_null() & pl.col("donor").is_not_null())
        .then(pl.lit("sample"))
        .when((pl.col("role") == "standard") & (pl.col("nominal") == 0))
        .then(pl.lit("blank"))
        .otherwise("role")
    )
    wells = rows.select("well", *Record._fields).iter_rows()
    return {well: Record(*record) for well, *record in wells}
