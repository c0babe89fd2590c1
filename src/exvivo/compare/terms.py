"""What results share beside what is asked: plates, batches, operators, days and sites, and each of
them with the stimulus.

A result of a donor is a weighted sum of its wells, so a level of a term (a plate) enters it with
the sum of the weights of the wells that have it. Of a response, which is stimulated less
unstimulated, a plate with wells of both cancels: its weight is 0. What the plate does to the
stimulated wells alone does not cancel: the term with the stimulus has the weight of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, groupby
from typing import Literal

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.study import Study

TermName = Literal["plate", "batch", "operator", "drawn", "stimulated", "site"]
OF_CULTURES: tuple[TermName, ...] = ("batch", "operator", "drawn", "stimulated")
"""Terms that are columns of cultures.csv."""
OF_DONORS: tuple[TermName, ...] = ("site",)
"""Terms that are columns of donors.csv."""
WITH_STIMULUS = " x stimulus"
"""How the name of a term with the stimulus ends."""
_CANCELLED = 1e-9
"""A weight that is smaller is none: what is left of it is rounding."""


@dataclass(frozen=True)
class Term:
    """A term of the design of some donors: the weight of each level in each donor's result,
    `weights` (donors, levels). `with_stimulus`: what it does to stimulated wells alone.
    """

    name: TermName
    with_stimulus: bool
    levels: tuple[str, ...]
    weights: Floats

    @property
    def id(self) -> str:
        """The term as findings name it."""
        return f"{self.name}{WITH_STIMULUS}" if self.with_stimulus else self.name

    def at(self, rows: Ints) -> Term:
        """The term of some donors, with the levels that these have."""
        weights = self.weights[rows]
        present = np.any(np.abs(weights) > _CANCELLED, axis=0)
        levels = tuple(compress(self.levels, present))
        return replace(self, levels=levels, weights=weights[:, present])

    def negated(self) -> Term:
        """The term of results with the other sign."""
        return replace(self, weights=-self.weights)


def terms_of(frame: pl.DataFrame, study: Study) -> tuple[Term, ...]:
    """The terms of the donors of some rows of RESPONSES, all of one estimand and visit."""
    paired = frame["estimand"][0] != "level"
    wells = with_facts(_wells(frame, paired=paired), study)
    terms: list[Term] = []
    for name in ("plate", *OF_CULTURES, *OF_DONORS):
        terms += _of_one(name, wells, frame.height, paired=paired)
    return tuple(terms)


def _wells(frame: pl.DataFrame, *, paired: bool) -> pl.DataFrame:
    """The wells behind each row: `row`, donor, side, weight, plate, culture; where none are kept,
    the plates of the row in equal parts.
    """
    rows = frame.select("donor", "plates", "each_well").with_row_index("row")
    whole = rows.filter(pl.col("each_well").list.len() > 0).select("row", "donor", "each_well")
    wells = whole.explode("each_well").unnest("each_well")
    bare = rows.filter(pl.col("each_well").list.len().fill_null(0) == 0)
    parts = bare.select("row", "donor", plate="plates", n=pl.col("plates").list.len())
    signs = [1.0, -1.0] if paired else [1.0]
    sides = pl.DataFrame({"side": signs})
    parts = (
        parts.explode("plate")
        .join(sides, how="cross")
        .select(
            "row",
            "donor",
            "side",
            (pl.col("side") / pl.col("n")).alias("weight"),
            "plate",
            pl.lit(None, dtype=pl.String).alias("culture"),
        )
    )
    return pl.concat([wells.select(parts.columns), parts])


def with_facts(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Wells (columns donor and culture) with what cultures.csv and donors.csv say of where they
    come from; a term of which the study says nothing has no column.
    """
    if not study.cultures.is_empty():
        names = [name for name in OF_CULTURES if name in study.cultures.columns]
        facts = study.cultures.select("culture", *names).unique("culture")
        wells = wells.join(facts, on="culture", how="left", maintain_order="left")
    of_donors = [name for name in OF_DONORS if name in study.donors.columns]
    if of_donors:
        facts = study.donors.select("donor", *of_donors)
        wells = wells.join(facts, on="donor", how="left", maintain_order="left")
    return wells


def _of_one(name: TermName, wells: pl.DataFrame, rows: int, *, paired: bool) -> Iterator[Term]:
    """A term by itself, and with the stimulus where results are responses; nothing where no level
    is named.
    """
    if name not in wells.columns:
        return
    places = wells[name].cast(pl.String).fill_null("")
    levels = places.unique().sort()
    if levels.to_list() == [""]:
        return
    level = places.replace_strict(levels, list(range(levels.len())), return_dtype=pl.Int64)
    row, column = wells["row"].to_numpy(), level.to_numpy()
    weight, side = wells["weight"].to_numpy(), wells["side"].to_numpy()
    for with_stimulus in (False, True)[: 1 + paired]:
        weights = np.zeros((rows, levels.len()))
        np.add.at(
            weights, (row, column), np.where(side > 0, weight, 0.0) if with_stimulus else weight
        )
        if np.abs(weights).max() > _CANCELLED:
            yield Term(name, with_stimulus, tuple(levels.to_list()), weights)


def levels_of(terms: Iterable[Term], row: int) -> tuple[tuple[str, float], ...]:
    """The levels that one result has, with their weights."""
    weighed = []
    for term in terms:
        for level, weight in zip(term.levels, term.weights[row].tolist(), strict=True):
            if abs(weight) > _CANCELLED:
                weighed.append((f"{term.id}: {level}", weight))
    return tuple(weighed)


def joined(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms of a sum of results: those of one name side by side."""
    ordered = sorted(terms, key=lambda term: term.id)
    return tuple(_side_by_side(list(group)) for _, group in groupby(ordered, key=lambda t: t.id))


def _side_by_side(terms: Sequence[Term]) -> Term:
    """Terms of one name with all their levels; those that weigh alike stand once."""
    weights = np.concatenate([term.weights for term in terms], axis=1)
    levels = [level for term in terms for level in term.levels]
    _, first = np.unique(np.abs(weights).round(9), axis=1, return_index=True)
    once = np.sort(first)
    return replace(terms[0], levels=tuple(levels[i] for i in once), weights=weights[:, once])


def summed(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The terms of a sum of results that the same level moves alike: weights are added by level."""
    ordered = sorted(terms, key=lambda term: term.id)
    return tuple(_added(list(group)) for _, group in groupby(ordered, key=lambda t: t.id))


def _added(terms: Sequence[Term]) -> Term:
    """Terms of one name as one, the weights of each level added."""
    levels = sorted(set(chain.from_iterable(term.levels for term in terms)))
    weights = np.zeros((len(terms[0].weights), len(levels)))
    for term in terms:
        weights[:, [levels.index(level) for level in term.levels]] += term.weights
    return replace(terms[0], levels=tuple(levels), weights=weights)
