"""The wells of plates that have no layout, from the sample names in their instrument files.

The names are taken apart by the plate's pattern (`samples`); roles come from the file, else from
names such as NTC. Nothing is filled in: a well without a name, a name that is not made like the
pattern, and a donor's name in a well that the file calls a control are mistakes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import polars as pl

from exvivo.catalog import spelling
from exvivo.errors import Mistake
from exvivo.study.csv_rows import Row, Rows
from exvivo.study.entry import Mistakes
from exvivo.study.name_patterns import pattern_trouble, split_by
from exvivo.study.records import Plate, Study
from exvivo.study.sample_names import Named, Words, spellings, words_of
from exvivo.words import shortened

_FIELDS = (
    *("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"),
    *("replicate", "dilution"),
)
_HEADER = ("well", "role", "control", *_FIELDS)
_MOST_LISTED = 5
"""Names and wells a message lists before it counts the rest."""
_OF_DONORS = ("", "sample", "spike")
"""Roles of wells whose name may be a donor's."""
_ONE_NUMBER = ("cq", "mfi", "net_mfi", "signal", "concentration")
"""Kinds of readings that are one number, or none where a well gave no result."""


@dataclass(frozen=True)
class NamedWell:
    """A well as its file names it: its names, the role the file states, and whether it may have
    given a result.
    """

    well: str
    names: tuple[str, ...]
    role: str
    has_result: bool

    @property
    def name(self) -> str:
        """Its name, where it has one."""
        return self.names[0] if len(self.names) == 1 else ""

    @property
    def words(self) -> str:
        """The well with all its names, for a message."""
        return f"{self.well} ({', '.join(map(repr, self.names))})"


def wells_of_file(readings: pl.DataFrame) -> list[NamedWell]:
    """Every well of some READINGS of one plate, in the order of the file."""
    no_result = pl.col("value").is_null() & pl.col("kind").is_in(_ONE_NUMBER)
    by_well = readings.group_by("well", maintain_order=True).agg(
        names=pl.col("sample").drop_nulls().unique(maintain_order=True),
        roles=pl.col("vendor_role").drop_nulls().unique(maintain_order=True),
        no_result=no_result.any() & pl.col("value").is_null().all(),
    )
    return [_named_well(*row) for row in by_well.iter_rows()]


def _named_well(well: str, names: list[str], roles: list[str], no_result: bool) -> NamedWell:
    written = tuple(" ".join(name.split()) for name in names if name.strip())
    return NamedWell(well, written, roles[0] if len(roles) == 1 else "", not no_result)


def words_of_study(study: Study) -> Words:
    """The words of which the sample names of a study may be made."""
    known = "donor" in study.donors.columns
    return Words(
        donors=words_of(donors=study.donors["donor"].to_list() if known else []).donors,
        stimuli=spellings(study.stimuli),
        cell_types=spellings(study.cell_types),
    )


def named_wells(readings: pl.DataFrame, plate: Plate, study: Study) -> tuple[Rows, list[Mistake]]:
    """The wells of a plate that its layout does not name, as rows of a layout; and what in their
    names must be fixed. Nothing for a pattern that cannot be used, which is a mistake already.
    """
    if pattern_trouble(plate.samples):
        return Rows(plate.file, _HEADER, ()), []
    in_layout = set(study.layout.filter(plate=plate.id)["well"])
    wells = [well for well in wells_of_file(readings) if well.well not in in_layout]
    names = _Names(plate, words_of_study(study))
    rows = [names.row(well) for well in wells]
    kept = tuple(row for row in rows if row is not None)
    return Rows(plate.file, _HEADER, kept), list(names.mistakes(wells))


@dataclass(frozen=True)
class _Names:
    """The names of a plate without a layout, and the words of which they may be made."""

    plate: Plate
    words: Words

    def named(self, well: NamedWell) -> Named | None:
        """What the name of a well says."""
        return split_by(well.name, self.words, self.plate.samples) if well.name else None

    def role(self, well: NamedWell) -> str:
        """What a well is for: a role that its name says goes before `sample`, which programs write
        where nobody chose; and the file's before any other.
        """
        named = self.named(well)
        by_name = named.role if named else ""
        return by_name if well.role in _OF_DONORS and by_name else well.role or "sample"

    def row(self, well: NamedWell) -> Row | None:
        """A well as a row of a layout; None where its name says too little."""
        if not well.names and not well.has_result:
            return self._as_row(well, role="empty")
        role, named = self.role(well), self.named(well)
        if role not in _OF_DONORS:
            return self._as_row(well, role=role, control=well.name)
        if named is None:
            return None
        parts = asdict(named)
        return self._as_row(well, role=role, **{field: parts[field] for field in _FIELDS})

    def _as_row(self, well: NamedWell, **cells: str) -> Row:
        where = f"{self.plate.file}: {well.name!r}" if well.name else self.plate.file
        return Row(where, {"well": well.well, **cells})

    def mistakes(self, wells: list[NamedWell]) -> Mistakes:
        """Wells without a name, with several, with a name that the pattern does not fit, and with
        one that contradicts the role the file states.
        """
        samples = [well for well in wells if self.role(well) in _OF_DONORS]
        without = [well.well for well in samples if not well.names and well.has_result]
        several = [well for well in samples if len(well.names) > 1]
        unlike = [well.name for well in samples if well.name and self.named(well) is None]
        if without:
            yield _nameless(self.plate, without)
        if several:
            yield _several_names(self.plate, several)
        if unlike:
            yield _not_made_so(self.plate, list(dict.fromkeys(unlike)), self.words)
        yield from self._contradictions(wells)

    def _contradictions(self, wells: list[NamedWell]) -> Mistakes:
        """Donors' names in wells that the file calls a control or standard."""
        for well in wells:
            named = self.named(well)
            if well.role not in _OF_DONORS and named and named.donor:
                yield _contradiction(self.plate, well)


def _contradiction(plate: Plate, well: NamedWell) -> Mistake:
    return Mistake(
        f"{plate.file}: {well.name!r}",
        f"a donor's name in well {well.well}, which the file calls `{well.role}`",
        "one of the two",
        f"correct the file, or name the well in a layout of plate {plate.id}",
    )


def _nameless(plate: Plate, wells: list[str]) -> Mistake:
    return Mistake(
        plate.file,
        f"wells with a reading and without a sample name: {shortened(wells, _MOST_LISTED)}",
        f"a name like `{plate.samples}` for every well that was measured",
        f"name them in the instrument's program, or in a layout of plate {plate.id} (a row each; "
        "`empty` for a well that holds nothing)",
    )


def _several_names(plate: Plate, wells: list[NamedWell]) -> Mistake:
    listed = shortened([well.words for well in wells], _MOST_LISTED)
    return Mistake(
        plate.file,
        f"wells with several sample names: {listed}",
        "one name a well",
        f"correct the names in the instrument's program, or name the wells in a layout of plate "
        f"{plate.id}",
    )


def _not_made_so(plate: Plate, names: list[str], words: Words) -> Mistake:
    listed = shortened(list(map(repr, names)), _MOST_LISTED)
    stimuli = ", ".join(dict.fromkeys(words.stimuli.values())) or "none declared"
    return Mistake(
        plate.file,
        f"sample names that are made in another way: {listed}{_meant(names, words)}",
        f"names like `{plate.samples}`: donors of donors.csv, and stimuli of study.yaml "
        f"({stimuli})",
        f"correct `samples` of plate {plate.id} (a part that may be absent stands in brackets), "
        "declare the words, or name these wells in a layout of the plate",
    )


def _meant(names: list[str], words: Words) -> str:
    """A declared word that the first name may mean, for the message."""
    known = [word for word, _, _ in words.listed]
    for part in names[0].split():
        near = None if part in known else spelling.meant(part, known)
        if near:
            return f"; for {part!r}, {near!r} may be meant"
    return ""
