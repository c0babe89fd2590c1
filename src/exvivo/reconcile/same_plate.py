"""Plates of an assay that were measured once and exported twice.

Two exports of one run differ in their bytes: csv and text, another version of the software, fewer
decimals. The numbers in them are the same, well by well.

Of two plates that were both measured, Cq of one sample differ by 0.2 cycles or more (standard
deviation): where one decimal was exported, one well in seven agrees by chance, where two were, one
in seventy. That eight of eight wells agree then happens once in 5 million pairs of plates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.catalog import spelling
from exvivo.errors import Mistake
from exvivo.study import Immunoassay, Qpcr, Study
from exvivo.study.entry import Mistakes
from exvivo.words import shortened

FEWEST_WELLS = 8
"""Wells that two plates must share before they can be told for one."""
_SHARE = 0.9
"""The share of these wells, of all targets or of one, that must agree."""
_MOST_DECIMALS = 9
_ROUNDING = 1e-6
"""What a number may lose, of its size, on its way through a program as a binary fraction."""
_KINDS = {
    "cq": "Cq",
    "amplification": "amplification curves",
    "signal": "signals",
    "mfi": "MFI",
    "net_mfi": "net MFI",
}
"""The kinds of readings that are compared, in words. Concentrations are not: a laboratory may write
one limit into many wells.
"""
_DIFFERENT = {"amplification": 0.5, "signal": 0.0, "mfi": 0.0, "net_mfi": 0.0}
"""Kinds whose equal wells must have eight different numbers, and this share of different ones: low
signals have one number by nature, and curves that have are simulated without noise. Cq of several
wells may be equal to the decimals exported.
"""


def plates_exported_twice(readings: pl.DataFrame, study: Study) -> Mistakes:
    """Two plates of one assay with equal numbers in equal wells: each well would count twice.

    `readings` are those of all files. Wells with the role `empty` are not looked at.
    """
    in_use = study.layout.filter(pl.col("role") != "empty").select("plate", "well", "target")
    used = readings.join(in_use, on=["plate", "well"], how="inner", maintain_order="left")
    for assay in study.assays:
        if isinstance(assay, Qpcr | Immunoassay):
            plates = [plate.id for plate in study.plates if plate.assay == assay.id]
            names = assay.targets if isinstance(assay, Qpcr) else assay.channels
            own = used.filter(pl.col("plate").is_in(plates))
            yield from _of_assay(_numbers(own, names))


def _of_assay(numbers: pl.DataFrame) -> Mistakes:
    """The pairs of plates that are one; a pair that two kinds of readings show is named once."""
    seen: set[tuple[str, str]] = set()
    for kind in _KINDS:
        plates = _plates(numbers.filter(kind=kind), _DIFFERENT.get(kind))
        for pair in plates.pairs_alike():
            if pair.names not in seen:
                seen.add(pair.names)
                yield pair.mistake(kind)


def _numbers(readings: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """The `points` of each reading that has any: its value, or the fluorescence of a curve;
    its `target` as people read it, however it is written.
    """
    target = pl.when(pl.col("channel") != "").then("channel").otherwise("target").fill_null("")
    mapped = target.replace(names)
    plain = {name: spelling.key(name) for name in readings.select(mapped).to_series().unique()}
    points = pl.when(pl.col("value").is_null()).then("y").otherwise(pl.concat_list("value"))
    columns = readings.with_columns(points=points, target=mapped.replace(plain))
    numbers = columns.filter(pl.col("kind").is_in(list(_KINDS))).filter(
        pl.col("points").list.drop_nulls().list.len() > 0
    )
    return numbers.unique(["plate", "kind", "well", "target"], keep="first", maintain_order=True)


@dataclass(frozen=True)
class _Plates:
    """The readings of one kind of all plates of an assay: their points, (plates, wells and targets,
    points), and the mean of these, NaN where a plate has none; half of the last decimal of each
    plate, and its file; the share of `different` numbers that equal wells must have.
    """

    names: list[str]
    files: list[str]
    wells: list[tuple[str, str]]
    points: Floats
    numbers: Floats
    half_unit: Floats
    different: float | None

    def pairs_alike(self) -> Iterator[_Pair]:
        """Every two plates that are one, by all their wells or by those of one target."""
        for i, j in combinations(range(len(self.names)), 2):
            if self._near(i, j).sum() < FEWEST_WELLS:
                continue
            equal, shared = self._equal(i, j)
            for part in self._parts() if equal.sum() >= FEWEST_WELLS else ():
                agreeing, both = equal & part, shared & part
                if agreeing.sum() >= _SHARE * both.sum() and self._tells(i, agreeing):
                    yield self._pair(i, j, agreeing, int(both.sum()))
                    break

    def _off(self, i: int, j: int) -> Floats:
        """How far numbers of two plates may lie apart that are one to the precision exported."""
        half_unit = max(self.half_unit[i], self.half_unit[j])
        off: Floats = half_unit * (1 + _ROUNDING) + _ROUNDING * np.abs(self.numbers[i])
        return off

    def _near(self, i: int, j: int) -> Bools:
        """Where the means of two plates agree: a quick look before that at every point."""
        near: Bools = np.abs(self.numbers[i] - self.numbers[j]) <= self._off(i, j)
        return near

    def _equal(self, i: int, j: int) -> tuple[Bools, Bools]:
        """Where two plates have equal points to the precision exported, and where both have any;
        the points that one of two curves lacks say nothing.
        """
        apart = np.abs(self.points[i] - self.points[j])
        same = (apart <= self._off(i, j)[:, None]) | np.isnan(apart)
        shared = ~np.isnan(apart).all(axis=-1)
        return same.all(axis=-1) & shared, shared

    def _parts(self) -> Iterator[Bools]:
        """All wells, then those of each target."""
        targets = np.array([target for _, target in self.wells])
        yield np.ones(targets.size, dtype=np.bool_)
        yield from (targets == target for target in dict.fromkeys(targets.tolist()))

    def _tells(self, plate: int, agreeing: Bools) -> bool:
        """Whether wells that agree are enough, and have numbers of their own where they must."""
        count = int(agreeing.sum())
        if self.different is not None:
            numbers = np.unique(self.numbers[plate][agreeing]).size
            return numbers >= max(FEWEST_WELLS, self.different * count)
        return count >= FEWEST_WELLS

    def _pair(self, i: int, j: int, equal: Bools, shared: int) -> _Pair:
        wells = [
            f"{well} ({self.numbers[i, k]:g})" for k, (well, _) in enumerate(self.wells) if equal[k]
        ]
        return _Pair((self.names[i], self.names[j]), (self.files[i], self.files[j]), wells, shared)


def _plates(numbers: pl.DataFrame, different: float | None) -> _Plates:
    """The readings of one kind as arrays."""
    plates = numbers.group_by("plate", maintain_order=True).agg(pl.col("source").first())
    wells = list(dict.fromkeys(numbers.select("well", "target").iter_rows()))
    row = {name: i for i, name in enumerate(plates["plate"])}
    column = {well: k for k, well in enumerate(wells)}
    longest = max(map(len, numbers["points"]), default=1)
    points = np.full((len(row), len(column), longest), np.nan)
    for reading in numbers.select("plate", "well", "target", "points").iter_rows():
        plate, *well, values = reading
        points[row[plate], column[tuple(well)], : len(values)] = values
    measured = ~np.isnan(points)
    with np.errstate(invalid="ignore"):
        means = np.where(measured, points, 0.0).sum(axis=-1) / measured.sum(axis=-1)
    half_units = [_half_unit(numbers.filter(plate=plate)) for plate in row]
    return _Plates(
        list(row),
        plates["source"].to_list(),
        wells,
        points,
        means,
        np.array(half_units),
        different,
    )


def _half_unit(readings: pl.DataFrame) -> float:
    """Half of the last decimal that the numbers of a file have."""
    values = readings["points"].explode().drop_nulls().to_numpy()
    for decimals in range(_MOST_DECIMALS):
        scaled = values * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) <= _ROUNDING).all():
            return 0.5 * 10.0**-decimals
    return 0.5 * 10.0**-_MOST_DECIMALS


@dataclass(frozen=True)
class _Pair:
    """Two plates that are one: their names and files, the wells that agree, and how many both have
    a number in.
    """

    names: tuple[str, str]
    files: tuple[str, str]
    wells: list[str]
    shared: int

    def mistake(self, kind: str) -> Mistake:
        """What to say of it."""
        first, second = self.names
        return Mistake(
            f"{self.files[1]} (plate {second})",
            f"the {_KINDS[kind]} of {self.files[0]} (plate {first}) in {len(self.wells)} of the "
            f"{self.shared} wells that have one in both: {shortened(self.wells)}",
            "a measurement of its own on each plate: one plate exported twice counts each well "
            "twice",
            f"take plate {second} out of study.yaml, or name its own file; wells that stand in "
            "both files on purpose get the role `empty` in one of the two layouts",
        )
