"""The wells of plates that have no layout, from the sample names in their instrument files.

The names are taken apart by the plate's pattern (`samples`); roles come from the file, else from
words such as NTC. Nothing is filled in: a well without a name, a name that is not made like the
pattern, and a name that says something else than the file's role are mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.csv_rows import Row, Rows
from exvivo.study.entry import Mistakes
from exvivo.study.ids import ids
from exvivo.study.name_pattern import FIELDS, NamePattern, NameReader
from exvivo.study.records import Plate, Study
from exvivo.study.role_words import role_of_name
from exvivo.words import shortened

_HEADER = ("well", "role", *FIELDS)
_MOST_LISTED = 5
"""Names and wells a message lists before it counts the rest."""
_HOLDS_NOTHING = ("cq", "mfi", "net_mfi", "signal", "concentration")
"""Kinds of readings whose missing value says that a well gave no result."""


@dataclass(frozen=True)
class NamedWell:
    """A well as its file names it: the role the file states, and whether it gave any result."""

    well: str
    names: tuple[str, ...]
    role: str
    has_result: bool


def wells_of_file(readings: pl.DataFrame) -> list[NamedWell]:
    """Every well of some READINGS of one plate, in the order of the file."""
    no_result = pl.col("value").is_null() & pl.col("kind").is_in(_HOLDS_NOTHING)
    by_well = readings.group_by("well", maintain_order=True).agg(
        names=pl.col("sample").drop_nulls().unique(maintain_order=True),
        roles=pl.col("vendor_role").drop_nulls().unique(maintain_order=True),
        no_results=no_result.any(),
        results=(pl.col("value").is_not_null()).any(),
    )
    return [_named_well(*row) for row in by_well.iter_rows()]


def _named_well(
    well: str, names: list[str], roles: list[str], no_results: bool, results: bool
) -> NamedWell:
    written = tuple(name for name in names if name.strip())
    role = roles[0] if len(roles) == 1 else ""
    return NamedWell(well, written, role, results or not no_results)


def named_wells(readings: pl.DataFrame, plate: Plate, study: Study) -> tuple[Rows, list[Mistake]]:
    """The wells of a plate that its layout does not name, as rows of a layout; and what in their
    names must be fixed.
    """
    in_layout = set(study.layout.filter(plate=plate.id)["well"])
    wells = [well for well in wells_of_file(readings) if well.well not in in_layout]
    named = _Plate(plate, _reader(plate, study))
    rows = tuple(row for well in wells if (row := named.row(well)) is not None)
    return Rows(plate.file, _HEADER, rows), list(named.mistakes(wells))


def _reader(plate: Plate, study: Study) -> NameReader:
    donors = study.donors["donor"].to_list() if "donor" in study.donors.columns else []
    words = {
        "donor": donors,
        "stimulus": ids(study.stimuli),
        "cell_type": ids(study.cell_types),
    }
    return NamePattern(plate.samples).reader(words)


@dataclass(frozen=True)
class _Plate:
    """A plate without a layout and its pattern, with the words of the study."""

    plate: Plate
    reader: NameReader

    def row(self, well: NamedWell) -> Row | None:
        """A well as a row of a layout; None where its name says too little, or two things."""
        if not well.names and not well.has_result:
            return self._as_row(well, {"role": "empty"})
        role = role_of_well(well)
        if role in ("", "sample", "spike"):
            parts = self.reader.parts(well.names[0]) if len(well.names) == 1 else None
            return None if parts is None else self._as_row(well, {"role": "sample", **parts})
        return self._as_row(well, {"role": role})

    def _as_row(self, well: NamedWell, cells: dict[str, str]) -> Row:
        return Row(self._where(well), {"well": well.well, **cells})

    def _where(self, well: NamedWell) -> str:
        return f"{self.plate.file}: {well.names[0]!r}" if well.names else self.plate.file

    def mistakes(self, wells: list[NamedWell]) -> Mistakes:
        """Wells without a name, with several, with a name that the pattern does not fit, and with
        one that contradicts the role the file states.
        """
        without = [well.well for well in wells if self._is_nameless(well)]
        if without:
            yield _nameless(self.plate, without)
        yield from self._contradictions(wells)
        yield from self._several(wells)
        if unlike := list(dict.fromkeys(self._unlike(wells))):
            yield _not_made_so(self.plate, unlike)

    def _is_nameless(self, well: NamedWell) -> bool:
        return not well.names and well.has_result and role_of_well(well) in ("", "sample")

    def _unlike(self, wells: list[NamedWell]) -> Iterator[str]:
        for well in wells:
            is_sample = role_of_well(well) in ("", "sample", "spike")
            if len(well.names) == 1 and is_sample and self.row(well) is None:
                yield well.names[0]

    def _several(self, wells: list[NamedWell]) -> Mistakes:
        for well in wells:
            if len(well.names) > 1:
                yield Mistake(
                    f"{self.plate.file}: well {well.well}",
                    f"several sample names: {shortened(list(map(repr, well.names)), _MOST_LISTED)}",
                    "one name a well",
                    f"correct the file's sheet of samples, or name the well in a layout of plate "
                    f"{self.plate.id}",
                )

    def _contradictions(self, wells: list[NamedWell]) -> Mistakes:
        """Names made like a donor's in wells that the file calls a control or standard."""
        for well in wells:
            if well.role in ("", "sample", "spike") or not well.names:
                continue
            parts = self.reader.parts(well.names[0])
            donors = self.reader.words["donor"]
            if parts and parts.get("donor") in donors and not role_of_name(well.names[0]):
                yield Mistake(
                    f"{self.plate.file}: {well.names[0]!r}",
                    f"a donor's name in a well that the file calls `{well.role}`",
                    "one of the two",
                    f"correct the file, or name the wells in a layout of plate {self.plate.id}",
                )


def role_of_well(well: NamedWell) -> str:
    """What a well is for: a role that its name says goes before `sample`, which programs write
    where nobody chose.
    """
    by_name = role_of_name(well.names[0]) if len(well.names) == 1 else ""
    return by_name if by_name and well.role in ("", "sample") else well.role


def _nameless(plate: Plate, wells: list[str]) -> Mistake:
    return Mistake(
        plate.file,
        f"wells with a reading and without a sample name: {shortened(wells, _MOST_LISTED)}",
        f"a name like `{plate.samples}` for every well that was measured",
        f"name them in the instrument's program, or in a layout of plate {plate.id} (a row each; "
        "`empty` for a well that holds nothing)",
    )


def _not_made_so(plate: Plate, names: list[str]) -> Mistake:
    return Mistake(
        plate.file,
        "sample names that are made in another way: "
        + shortened(list(map(repr, names)), _MOST_LISTED),
        f"names like `{plate.samples}` (`samples` of plate {plate.id})",
        "correct the pattern, put a part that may be absent in brackets, or name these wells in a "
        "layout of the plate",
    )
