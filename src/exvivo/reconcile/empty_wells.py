"""Wells that the layout leaves empty and the file does not: what was measured there is in no
answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.reconcile.names.plate import NamedPlate, named_plate
from exvivo.study import Study
from exvivo.words import counted, shortened

_SHOWN = 8
_SIGNALS = ("signal", "mfi", "net_mfi")
_RISE = 0.5
"""The part of a usual rise over the cycles that an amplification has."""
_CLEAR, _NOISE, _PART = 6.0, 0.25, 0.05
"""A signal stands clear of background by so many of its standard deviations, by this part of it,
and by this part of the range of the plate.
"""
_MAD = 1.4826
"""Median absolute deviations of normal noise in a standard deviation."""
_OF_DONORS = ("sample", "spike")


class _Measured(NamedTuple):
    """An empty well with a reading; the donor that its name tells."""

    well: str
    name: str
    donor: str | None


def empty_wells_with_a_signal(held: Held) -> Iterator[Flag]:
    """Wells with the role `empty`, and no reason, whose file has a sample's name or a signal."""
    for plate in held.study.plates:
        measured = _measured_on(plate.id, held)
        if measured:
            yield _flag(plate.id, plate.assay, measured, held.study)


def _measured_on(plate: str, held: Held) -> list[_Measured]:
    wells = held.wells_of(plate)
    empty = wells.filter(pl.col("exclude").is_null(), role="empty")
    return list(_measured(empty, wells, named_plate(held, plate))) if empty.height else []


def _measured(empty: pl.DataFrame, wells: pl.DataFrame, names: NamedPlate) -> Iterator[_Measured]:
    with_signal = {*_detected(empty), *_amplified(empty, wells), *_above_background(empty, wells)}
    for well in empty["well"].unique(maintain_order=True):
        told = names.says(well).get("donor", frozenset())
        is_control = "sample" not in names.says(well).get("role", {"sample"})
        if told or (well in with_signal and not is_control):
            name = names.names[well].text if well in names.names else ""
            yield _Measured(well, name, next(iter(told), None))


def _detected(empty: pl.DataFrame) -> Iterator[str]:
    """Wells with a Cq, or with a result of a table."""
    found = empty.filter(pl.col("kind").is_in(["cq", "concentration"]))
    yield from found.drop_nulls("value")["well"]


def _amplified(empty: pl.DataFrame, wells: pl.DataFrame) -> Iterator[str]:
    """Wells whose curve rises as those of the samples of their target do."""
    curves = wells.filter(kind="amplification").with_columns(
        rise=pl.col("y").list.max() - pl.col("y").list.min()
    )
    samples = curves.filter(pl.col("role").is_in(_OF_DONORS))
    usual = samples.group_by("channel", maintain_order=True).agg(usual=pl.col("rise").median())
    own = curves.filter(role="empty").join(usual, on="channel", how="left", maintain_order="left")
    risen = own.filter(pl.col("rise") > _RISE * pl.col("usual"))["well"]
    yield from (well for well in risen if well in set(empty["well"]))


def _above_background(empty: pl.DataFrame, wells: pl.DataFrame) -> Iterator[str]:
    """Wells with a signal clearly above that of the blanks, or of most empty wells."""
    signals = wells.filter(pl.col("kind").is_in(_SIGNALS)).drop_nulls("value")
    for _, rows in signals.group_by(["channel", "block", "kind"], maintain_order=True):
        blanks = rows.filter(_is_blank())["value"]
        lowest = rows["value"].sort().head(max(2, rows.height // 10))
        ground = blanks if blanks.len() else lowest
        limit = _limit(ground.to_numpy(), rows["value"].to_numpy())
        above = rows.filter(pl.col("value") > limit, pl.col("exclude").is_null(), role="empty")
        yield from above["well"]


def _is_blank() -> pl.Expr:
    return (pl.col("role") == "blank") | ((pl.col("role") == "standard") & (pl.col("nominal") == 0))


def _limit(ground: Floats, values: Floats) -> float:
    """The signal above which a well is clearly no background."""
    level, spread = _middle(ground)
    span = float(values.max()) - level
    return level + max(_CLEAR * spread, _NOISE * abs(level), _PART * span)


def _middle(values: Floats) -> tuple[float, float]:
    """Median of values, and their standard deviation by absolute deviations from it."""
    median = float(np.median(values))
    return median, _MAD * float(np.median(np.abs(values - median)))


# Whose wells they may be.


def _flag(plate: str, assay: str, measured: list[_Measured], study: Study) -> Flag:
    wells = [each.well for each in measured]
    number = counted(len(wells), "well is", "wells are")
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(wells, _SHOWN)}",
        severity="look",
        what=f"{number} empty in the layout and measured in the file{_named(measured)}",
        why=(
            "what was measured there is in no answer, and a choice of wells made after seeing the "
            "results can make them"
        ),
        cure=(
            "give them back their role and donor, and leave out what has to stay out by `exvivo "
            "exclude`, with a reason; or say by `exvivo keep` why they are empty"
        ),
        place=plate,
        evidence=tuple(f"{each.well}|{each.name}" for each in measured),
        scope=Scope(assays=(assay,), plates=(plate,), donors=_donors(measured, assay, study)),
    )


def _named(measured: list[_Measured]) -> str:
    """What the file calls them."""
    names = Counter(each.name for each in measured if each.name)
    words = [f"{name} ({counted(n, 'well')})" for name, n in names.items()]
    return f": {shortened(words, _SHOWN)}" if words else ""


def _donors(measured: list[_Measured], assay: str, study: Study) -> tuple[str, ...]:
    """The donors whose wells they may be: by their names, else those who have fewer wells in the
    assay than donors have; where neither tells, anybody (empty).
    """
    listed_donors = set(study.donors["donor"])
    named = {each.donor for each in measured}
    if None not in named and named <= listed_donors:
        return tuple(sorted(filter(None, named)))
    if named - listed_donors - {None}:
        return ()
    return tuple(sorted({*_with_fewer(assay, study), *filter(None, named)}))


def _with_fewer(assay: str, study: Study) -> Iterator[str]:
    """The donors of donors.csv with fewer wells in an assay than most have."""
    counts = Counter(_wells_of_donors(assay, study)["donor"])
    usual = _most_frequent(counts.values())
    return (donor for donor in study.donors["donor"] if counts[donor] < usual)


def _most_frequent(numbers: Iterable[int]) -> int:
    """The number that most are; 0 of none."""
    most = Counter(numbers).most_common(1)
    return most[0][0] if most else 0


def _wells_of_donors(assay: str, study: Study) -> pl.DataFrame:
    """The rows of the layouts with a donor's cells, on the plates of an assay."""
    plates = [plate.id for plate in study.plates if plate.assay == assay]
    own = study.layout.filter(pl.col("plate").is_in(plates)).drop_nulls("donor")
    return own.filter(pl.col("role").is_in(_OF_DONORS))
