"""What donors.csv says of the donors, as the columns of a regression.

A column whose words are all numbers is a number, unless study.yaml declares it as a category; any
other is a kind, with a column for each word but the first (`none` is a kind). Donors whose cell is
empty take no part, and are counted. At most one column for every ten donors is let in: more would
fit noise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, CaveatCode
from exvivo.study import Study
from exvivo.study.characteristics import declared_kind
from exvivo.study.separation import Separation, apart_by_levels, apart_by_numbers
from exvivo.study.unknown import number_of

DONORS_EACH = 10
"""Donors that each covariate column takes."""


@dataclass(frozen=True)
class Columns:
    """The covariates of some donors: `complete` says who has all of them, `values` (complete
    donors, columns) is centred. `words` are the columns of donors.csv they are made of, of the
    complete donors.
    """

    complete: Bools
    values: Floats
    names: tuple[str, ...]
    trouble: Caveat | None = None
    words: tuple[pl.Series, ...] = ()

    def apart(self, first: Bools) -> tuple[Caveat, ...]:
        """A warning of what is adjusted for, where it tells two sides of the complete donors apart:
        each column, and all together by the line that does it best (least squares).
        """
        columns = {column.name: self._of_one(column, first) for column in self.words}
        apart = {name: each for name, each in columns.items() if each}
        if not apart and len(self.words) > 1:
            line = self.values @ np.linalg.lstsq(self.values, first - first.mean(), rcond=None)[0]
            together = apart_by_numbers(line[first].round(9), line[~first].round(9))
            apart = {name: together for name in columns if together}
        return tuple(_warnings(apart))

    def _of_one(self, column: pl.Series, first: Bools) -> Separation | None:
        """Whether one column tells the sides apart."""
        if column.name in self.names:
            values = np.array(list(map(float, column.to_list())))
            return apart_by_numbers(values[first], values[~first])
        words = np.array(column.to_list(), dtype=np.str_)
        return apart_by_levels(words[first].tolist(), words[~first].tolist())


def _warnings(apart: Mapping[str, Separation]) -> Iterator[Caveat]:
    """One warning of the columns that tell the sides wholly, one of those that nearly do."""
    codes: tuple[tuple[CaveatCode, bool], ...] = (
        ("covariates_apart", True),
        ("covariates_nearly_apart", False),
    )
    for code, complete in codes:
        names = tuple(name for name, each in apart.items() if each.complete is complete)
        if names:
            share = max(apart[name].share for name in names)
            yield Caveat(code, {"columns": names, "share": share})


def columns_of(sample: Sample, names: tuple[str, ...], study: Study) -> Columns:
    """The named columns of donors.csv for the donors of a sample; `trouble` where they cannot
    serve.
    """
    donors = pl.DataFrame({"donor": list(sample.donors)}, schema={"donor": pl.String})
    table = donors.join(study.donors, on="donor", how="left", maintain_order="left")
    kinds = {name for name in names if declared_kind(study, name) == "category"}
    words = [_plain(table[name], kind=name in kinds) for name in names]
    complete = np.ones(table.height, np.bool_)
    for column in words:
        complete &= (column != "").to_numpy()
    known = [column.filter(pl.Series(complete)) for column in words]
    return _regressors(complete, known, kinds)


def _regressors(complete: Bools, words: list[pl.Series], kinds: Collection[str]) -> Columns:
    """The words of the complete donors as centred columns of numbers; of `kinds` never as numbers
    themselves.
    """
    donors = int(complete.sum())
    coded: list[tuple[str, Floats]] = []
    for column in words:
        coded += _coded(column.name, column.to_list(), kind=column.name in kinds)
    values = np.empty((donors, 0))
    if coded:
        values = np.stack([numbers for _, numbers in coded], axis=1)
    centred = values - values.mean(axis=0) if donors else values
    labels = tuple(label for label, _ in coded)
    constant = tuple(column.name for column in words if column.n_unique() < 2)
    trouble = _trouble(labels, constant, donors)
    return Columns(complete, centred, labels, trouble, tuple(words))


def _trouble(labels: tuple[str, ...], constant: tuple[str, ...], donors: int) -> Caveat | None:
    """More columns than the donors bear, or columns that are the same for all of them."""
    most = donors // DONORS_EACH
    if len(labels) > most:
        return Caveat("many_covariates", {"columns": labels, "donors": donors, "most": most})
    return Caveat("constant_covariates", {"columns": constant}) if constant and donors else None


_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")


def _plain(column: pl.Series, *, kind: bool) -> pl.Series:
    """The words of a column without blanks, in one of numbers a decimal comma as a point."""
    words = [str(word or "").strip() for word in column.to_list()]
    if not kind and _have_decimal_commas(words):
        words = [word.replace(",", ".") for word in words]
    return pl.Series(column.name, words, dtype=pl.String)


def _have_decimal_commas(words: Sequence[str]) -> bool:
    """Whether all words that are not empty are numbers with a decimal comma."""
    return all(_DECIMAL_COMMA.fullmatch(word) for word in words if word)


def _coded(name: str, words: list[str], *, kind: bool) -> list[tuple[str, Floats]]:
    """A column as numbers: itself, or a mark of each kind but the first; always of kinds where it
    is declared as a `kind`.
    """
    numbers = [number for word in words if (number := number_of(word)) is not None]
    if len(numbers) == len(words) and not kind:
        return [(name, np.array(numbers))]
    kinds = sorted(set(words))[1:]
    texts = np.array(words)
    return [(f"{name}: {kind}", (texts == kind).astype(np.float64)) for kind in kinds]
