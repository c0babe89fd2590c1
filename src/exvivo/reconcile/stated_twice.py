"""Roles, known amounts and dilutions that a layout and an instrument file state otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.plate import named_plate
from exvivo.study import Beads, Immunoassay
from exvivo.words import counted, shortened

_ALIKE = 0.01
"""Amounts that differ by less (relative) are rounded otherwise."""
_LEVELS = 3
"""Different amounts that must all be off by one factor to be in another unit."""
_SHOWN = 8
_OF_SAMPLES = ("sample", "spike")
_RATIO = re.compile(r"(?<![\d.:/])1\s*[:/]\s*(\d+(?:[.,]\d+)?)(?![\d:/])")
_WHY = "one of the two is wrong, and every concentration of these wells moves with it"
_CURE = "correct whichever is wrong; the layout is followed"


class _Twice(NamedTuple):
    """A well with a number that is stated twice: in the layout, and in the file."""

    well: str
    layout: float
    file: float
    donor: str | None
    place: str = "in the layout"

    @property
    def differ(self) -> bool:
        """Whether one of the two must be wrong."""
        return abs(self.layout - self.file) > _ALIKE * max(self.layout, self.file)

    @property
    def factor(self) -> float:
        """How many times the file's number the layout has."""
        return self.layout / self.file

    @property
    def words(self) -> str:
        """As a message says it."""
        return f"{self.well} ({self.layout:g} {self.place}, {self.file:g} in the file)"


def _of_plates(held: Held) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Assay, plate and rows of WELLS of each plate."""
    for plate in held.study.plates:
        yield plate.assay, plate.id, held.wells_of(plate.id)


def roles_marked_otherwise(held: Held) -> Iterator[Flag]:
    """Controls, calibrators and water that the file marks as another role than the layout; what is
    marked as a standard on one side only is a contradiction, told with the names.
    """
    for assay, plate, wells in _of_plates(held):
        marked = set(wells["vendor_role"].drop_nulls())
        pairs = wells.unique("well", maintain_order=True).drop_nulls("vendor_role")
        by_role = pairs.group_by(["vendor_role", "role"], maintain_order=True)
        odd = [each for each in by_role if _is_odd(str(each[0][0]), str(each[0][1]), marked)]
        if odd and not named_plate(held, plate).differences:
            for (vendor, role), rows in odd:
                yield _marked_otherwise(assay, plate, str(vendor), str(role), rows)


_CONTROLS = {"positive", "qc", "calibrator"}
_WITHOUT = {"ntc", "no_rt", "blank"}
_NO_CONTROLS = {*_OF_SAMPLES, *_WITHOUT, "standard"}


def _is_odd(vendor: str, role: str, marked: set[str]) -> bool:
    """Whether roles differ in a way that someone should look at."""
    if vendor in _CONTROLS:
        return role in _NO_CONTROLS
    if vendor == "sample":
        return role in marked & (_CONTROLS | _WITHOUT)
    return vendor == "standard" and role in _CONTROLS


def _marked_otherwise(assay: str, plate: str, vendor: str, role: str, rows: pl.DataFrame) -> Flag:
    wells = rows["well"].to_list()
    number = counted(len(wells), "well")
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(wells, _SHOWN)}",
        severity="look",
        what=f"the layout says {role}, the instrument file {vendor} ({number})",
        why="a control read as a sample, or the reverse, is a wrong number that looks right",
        cure="correct whichever is wrong; the layout is followed",
        place=plate,
        evidence=(vendor, role, *wells),
        scope=Scope(assays=(assay,), plates=(plate,)),
    )


def amounts_that_disagree(held: Held) -> Iterator[Flag]:
    """Known amounts of standards and controls that the file states otherwise than the layout. By
    one factor in all of them they may be in another unit.
    """
    for assay, plate, wells in _of_plates(held):
        twice = _differing(_twice(wells, "nominal", "vendor_nominal"))
        if twice:
            yield _disagree("the known amount", _certainty(twice), assay, plate, twice, ())


def _certainty(twice: list[_Twice]) -> Literal["stop", "look"]:
    """Whether amounts contradict one another: they may be in two units where one factor lies
    between all of them.
    """
    known = [each for each in twice if each.layout > 0 and each.file > 0]
    return "look" if _by_one_factor(known) else "stop"


def _by_one_factor(known: list[_Twice]) -> bool:
    factors = [each.factor for each in known]
    if len({each.layout for each in known}) < _LEVELS:
        return False
    return max(factors) - min(factors) <= _ALIKE * max(factors)


def dilutions_that_disagree(held: Held) -> Iterator[Flag]:
    """Dilutions of samples that the file states otherwise than the layout, in a column or in the
    names. A file that says 1 of every sample was not told of any.
    """
    for assay, plate, wells in _of_plates(held):
        if not isinstance(held.study.assay(assay), Immunoassay | Beads):
            continue
        own = held.study.layout.filter(plate=plate).select("well", stated=pl.col("dilution"))
        samples = wells.filter(pl.col("role").is_in(_OF_SAMPLES)).join(
            own, on="well", how="left", maintain_order="left"
        )
        stated = _twice(samples, "stated", "vendor_dilution")
        told = any(each.file != 1 for each in stated)
        twice = _differing([*(stated if told else []), *_in_names(samples)])
        if twice:
            yield _disagree("the dilution", "stop", assay, plate, twice, _donors(twice))
        named = [each for each in _in_names(_unstated(samples)) if each.differ]
        if named:
            as_counted = [each._replace(place="as it is counted") for each in named]
            what = "the dilution (the layout states none)"
            yield _disagree(what, "look", assay, plate, as_counted, _donors(as_counted))


def _unstated(samples: pl.DataFrame) -> pl.DataFrame:
    """The samples of whose dilution the layout says nothing, with the one they are given."""
    return samples.filter(pl.col("stated").is_null()).with_columns(stated=pl.col("dilution"))


def _donors(twice: list[_Twice]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.donor for each in twice if each.donor))


def _differing(stated: list[_Twice]) -> list[_Twice]:
    return [each for each in stated if each.differ]


def _twice(wells: pl.DataFrame, layout: str, file: str) -> list[_Twice]:
    """The wells with both numbers, each once."""
    stated = ["well", layout, file]
    both = wells.drop_nulls(stated).unique(stated, maintain_order=True)
    return [_Twice(*row) for row in both.select(*stated, "donor").iter_rows()]


def _in_names(samples: pl.DataFrame) -> Iterator[_Twice]:
    """The samples whose name has one dilution (`RA01 LPS 1:5`), and whose layout states one."""
    named = samples.drop_nulls(["stated", "sample"]).unique("well", maintain_order=True)
    columns = ("well", "stated", "sample", "donor")
    for well, stated, sample, donor in named.select(columns).iter_rows():
        ratio = _ratio_in(sample)
        if ratio is not None:
            yield _Twice(well, stated, ratio, donor)


def _ratio_in(name: str) -> float | None:
    """The one dilution that a name has."""
    ratios = set(_RATIO.findall(name))
    return float(ratios.pop().replace(",", ".")) if len(ratios) == 1 else None


def _disagree(
    what: str,
    severity: Literal["stop", "look"],
    assay: str,
    plate: str,
    twice: list[_Twice],
    donors: tuple[str, ...],
) -> Flag:
    wells = list(dict.fromkeys(each.well for each in twice))
    number = counted(len(wells), "well is", "wells are")
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(wells, _SHOWN)}",
        severity=severity,
        what=(
            f"{what} of {number} not that of the instrument file: "
            f"{shortened([each.words for each in twice], 3)}"
        ),
        why=_WHY,
        cure=_CURE,
        place=plate,
        evidence=tuple(each.words for each in twice),
        scope=Scope(assays=(assay,), plates=(plate,), donors=donors),
    )
