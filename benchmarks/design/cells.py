"""The cells of `python -m benchmarks design`: what claims falsely in 5 % of studies
at most.

A study counts as a false claim where an answer is `supported` though nothing differs (or points
the wrong way), or `equivalent` though the truth lies at the margin or beyond, and its sentence
carries no warning: it is the same sentence as without the warnings. `not estimable` is no claim.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from unittest import mock

import numpy as np
import polars as pl

from benchmarks.design.draw import Draw, Indices
from benchmarks.design.study import Layout, Study, answers

SEED = 20261129
"""Of every cell; each draws from its own stream, by its name."""
STUDIES, FRESH, QUICK = 400, 4000, 24
AT_ONCE = 20
"""Independent studies written into one folder."""
Drawing = Callable[[np.random.Generator, int], Study]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One row: studies of one kind. `family` answers are one study; `truth` is the true answer,
    `margin` that of the question, `allowed` the share that may claim falsely.

    `studies` is how many are drawn where that is not 400; `bar` the highest share where it is
    given and not the Monte-Carlo band's end. With `alone` a folder holds one study.
    `least_answered` is the share that must have an answer, where one is asked for.
    """

    name: str
    draw: Drawing
    family: int = 1
    truth: float = 0.0
    margin: float = np.inf
    allowed: float = 0.05
    studies: int = 0
    bar: float | None = None
    alone: bool = False
    least_answered: float = 0.0

    @property
    def at_once(self) -> int:
        """Studies in one folder."""
        return 1 if self.alone else max(1, AT_ONCE // self.family)


@dataclass(frozen=True)
class Outcome:
    """How the answers of some studies came out: with a false claim, with one that its sentence
    tempers, without any answer, and with a true difference supported.
    """

    studies: int = 0
    false: int = 0
    tempered: int = 0
    silent: int = 0
    right: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.studies + other.studies,
            self.false + other.false,
            self.tempered + other.tempered,
            self.silent + other.silent,
            self.right + other.right,
        )


def highest(studies: int, allowed: float = 0.05) -> float:
    """The upper end of the band that holds 99 % of shares where the true one is `allowed`."""
    from scipy.stats import binom

    return float(binom.ppf(0.995, studies, allowed)) / studies


def bar_of(cell: Cell, outcome: Outcome) -> float:
    """The highest share of false claims that a cell may show."""
    return cell.bar if cell.bar is not None else highest(outcome.studies, cell.allowed)


def holds(cell: Cell, outcome: Outcome) -> bool:
    """Whether a cell shows no more false claims than it may."""
    return outcome.false <= round(bar_of(cell, outcome) * outcome.studies, 6)


def outcome(cell: Cell, batch: int, *, studies: int, fresh: bool = False) -> Outcome:
    """One folder of studies of a cell, drawn and answered."""
    stream = [SEED, zlib.crc32(cell.name.encode()), batch, int(fresh)]
    study = cell.draw(np.random.default_rng(stream), studies * cell.family)
    return judged(answers(study, one=cell.at_once == 1), cell, studies)


def judged(found: pl.DataFrame, cell: Cell, studies: int) -> Outcome:
    """Answers counted study by study; series are numbered from 0, studies after one another."""
    number = pl.col("analyte").str.slice(1).cast(pl.Int64) // cell.family
    beyond = abs(cell.truth) >= cell.margin
    wrong = pl.col("estimate") * cell.truth <= 0 if cell.truth else pl.lit(True)
    supported = pl.col("verdict") == "supported"
    false = supported & wrong.fill_null(True)
    false = false | ((pl.col("verdict") == "equivalent") & pl.lit(beyond))
    by_study = found.group_by(number.alias("study"), maintain_order=True).agg(
        false=(false & ~pl.col("tempered")).any(),
        tempered=(false & pl.col("tempered")).any(),
        silent=(pl.col("verdict") == "not estimable").all(),
        right=(supported & ~wrong).any(),
    )
    if by_study.height != studies:
        raise ValueError(f"{cell.name}: {by_study.height} studies answered of {studies}")
    counted = ("false", "tempered", "silent", "right")
    return Outcome(studies, *(int(by_study[name].sum()) for name in counted))


def measured(
    cells: Sequence[Cell], *, studies: int = 0, fresh: bool = False, processes: int | None = None
) -> list[Outcome]:
    """Every cell over so many studies (its own number where 0), on all processors."""
    tasks = [task for i, cell in enumerate(cells) for task in _tasks(i, cell, studies)]
    work = partial(_one, cells, fresh)
    if processes == 1:
        parts = [work(task) for task in tasks]
    else:
        alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
        pool = ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn"))
        with mock.patch.dict(os.environ, alone), pool:
            parts = list(pool.map(work, tasks))
    sums = [Outcome() for _ in cells]
    for (i, *_), part in zip(tasks, parts, strict=True):
        sums[i] += part
    return sums


def _tasks(i: int, cell: Cell, studies: int) -> Iterable[tuple[int, int, int]]:
    """The folders of a cell: cell, number, and how many studies are in it."""
    whole = studies or cell.studies or STUDIES
    for batch, first in enumerate(range(0, whole, cell.at_once)):
        yield i, batch, min(cell.at_once, whole - first)


def _one(cells: Sequence[Cell], fresh: bool, task: tuple[int, int, int]) -> Outcome:
    i, batch, studies = task
    return outcome(cells[i], batch, studies=studies, fresh=fresh)


# Studies of their own.


@dataclass(frozen=True)
class Flip:
    """24 donors on two plates 2.3-fold apart, 11 of 14 and 2 of 10 on the first: nothing differs.

    `marked`: the lowest result of a series is written as a bound just above it.
    """

    marked: bool

    def __call__(self, rng: np.random.Generator, series: int) -> Study:
        """A study of so many series."""
        second = np.repeat([0, 1], (14, 10))
        plate = np.array([0] * 11 + [1] * 3 + [0] * 2 + [1] * 8)
        log2 = 7 + 1.2 * (plate == 0) + 0.5 * rng.normal(size=(series, 24))
        limit = None
        if self.marked:
            lowest = log2.min(axis=1, keepdims=True)
            limit = np.where(log2 == lowest, log2 + 0.02, -np.inf)
        return Study(
            _levels(second, plate), log2, _asked(series, f"{_DIFFERENCE}, margin: 1"), limit
        )


@dataclass(frozen=True)
class Simpson:
    """Inside both plates the first class is lower by 0.3 log2; pooled it looks higher."""

    ask: str

    def __call__(self, rng: np.random.Generator, series: int) -> Study:
        """A study of so many series."""
        second = np.repeat([0, 1], (12, 12))
        plate = np.array([0] * 10 + [1] * 2 + [0] * 2 + [1] * 10)
        log2 = 7 + 1.5 * (plate == 0) - 0.3 * (second == 0) + 0.25 * rng.normal(size=(series, 24))
        one_group = self.ask == _TREATMENT
        return Study(_levels(second, plate, one_group=one_group), log2, _asked(series, self.ask))


@dataclass(frozen=True)
class ScoreOverPlates:
    """24 donors in the order in which they came on three plates, the score rising from one plate
    to the next by `rise` standard deviations; result and score are not related.

    With `groups` the question is the mediation of 14 v 10 donors, spread over the plates.
    """

    rise: float = 0.8
    groups: bool = False

    def __call__(self, rng: np.random.Generator, series: int) -> Study:
        """A study of so many series."""
        plate = np.arange(24) // 8
        second = np.asarray(np.arange(24) % 12 >= 7, np.intp)
        shift = rng.normal(size=(series, 3))[:, plate]
        own = 0.6 * rng.normal(size=(series, 24)) + (0.8 * (second == 0) if self.groups else 0.0)
        scores = 40 + 12 * (self.rise * plate + rng.normal(size=(series, 24)))
        ask = "mediation, groups: [A, B]" if self.groups else "association, within: A"
        return Study(
            _levels(second, plate, one_group=not self.groups),
            8 + 0.5 * shift + own,
            _asked(series, f"ask: {ask}, scales: [S{{0:03d}}]"),
            scores=scores,
            score_donor=_names(24),
        )


@dataclass(frozen=True)
class HeavyTails:
    """Result and score of 24 donors from a bivariate t distribution with 3 degrees of freedom:
    uncorrelated, yet far from independent.
    """

    def __call__(self, rng: np.random.Generator, series: int) -> Study:
        """A study of so many series."""
        both = rng.normal(size=(2, series, 24)) / np.sqrt(rng.chisquare(3, (series, 24)) / 3)
        ask = "ask: association, within: A, scales: [S{0:03d}], method: pearson"
        plate = np.zeros(24, np.intp)
        return Study(
            _levels(plate, plate, one_group=True),
            9 + 0.5 * both[0],
            _asked(series, ask),
            scores=both[1] * 10,
            score_donor=_names(24),
        )


def _names(donors: int) -> list[str]:
    return [f"D{d:03d}" for d in range(donors)]


def _levels(second: Indices, plate: Indices, *, one_group: bool = False) -> Layout:
    """One well a donor, in two groups or in two exposures of one."""
    names = _names(len(second))
    groups = ["A" if one_group or s == 0 else "B" for s in second]
    exposed = ["no" if s else "yes" for s in second]
    return Layout(
        {"donor": names, "group": groups, "med": exposed}, names, [f"P{p}" for p in plate]
    )


def _asked(series: int, ask: str) -> list[str]:
    """The same question of each series."""
    return [
        f"id: q{i}, assays: [protein], analytes: [A{i:03d}], {ask.format(i)}" for i in range(series)
    ]


_DIFFERENCE = "ask: difference, groups: [A, B]"
_TREATMENT = "ask: treatment, within: A, exposure: med, exposed: yes"

# The table of the issue, row by row.

_PLATES = Draw(asked="level", plate_sd=0.5)
_BY_STIMULUS = Draw(asked="response", plate_sd=0.5, interaction_sd=0.3)
_REPEATED = Draw(asked="repeated measures", plates=1, layout="random", sizes=(14, 0))
_FAMILY = Draw(asked="level", sizes=(10, 10), noise="skewed", spread=(1, 3), family=8, plates=1)
_SMALL = Draw(asked="level", sizes=(20, 5), noise="skewed", spread=(1, 2), plates=1)
_MINORITY = Draw(asked="treatment", sizes=(4, 20), spread=(2, 1), plates=1, more="adjust: [age]")
_LOW_BASELINES = Draw(asked="specificity", undetected=0.15, plates=1)
"""30 % of the unstimulated wells lie below the limit, and almost none of the stimulated ones."""

CELLS = (
    Cell(name="flip: plates 2.3-fold apart, all detected", draw=Flip(False), studies=150, bar=0.08),
    Cell(name="flip: the same, one result of 24 marked <", draw=Flip(True), studies=150, bar=0.08),
    Cell(name="random plates SD .5, 80/20, 10 % undetected", draw=replace(_PLATES, undetected=0.1)),
    Cell(name="random plates SD .5, 80/20, 30 % undetected", draw=replace(_PLATES, undetected=0.3)),
    Cell(
        name="the same on 4 plates, 30 % undetected",
        draw=replace(_PLATES, undetected=0.3, plates=4),
    ),
    Cell(
        name="`equivalent` at the margin of .5, the same plates, 10 % undetected",
        draw=replace(_PLATES, undetected=0.1, effect=0.5, more="margin: 0.5"),
        truth=0.5,
        margin=0.5,
        allowed=0.025,
    ),
    Cell(name="simpson as difference: claims 'higher'", draw=Simpson(_DIFFERENCE), truth=-0.3),
    Cell(name="simpson as treatment: claims 'higher'", draw=Simpson(_TREATMENT), truth=-0.3),
    Cell(
        name="treatment, exposure 80/20 over two plates SD .5",
        draw=replace(_PLATES, asked="treatment", sizes=(12, 12)),
    ),
    Cell(name="association, a score drifting over three plates", draw=ScoreOverPlates()),
    Cell(
        name="mediation, groups 80/20 over two plates SD .5",
        draw=replace(_PLATES, asked="mediation"),
    ),
    Cell(
        name="mediation, a score drifting over three plates",
        draw=ScoreOverPlates(groups=True),
    ),
    Cell(
        name="repeated measures, drift that all 14 share over 3 visits",
        draw=replace(_REPEATED, drift=0.8),
    ),
    Cell(
        name="repeated measures, slopes that differ, 8 donors, 5 visits",
        draw=replace(_REPEATED, sizes=(8, 0), visits=5, slope_sd=1),
    ),
    Cell(
        name="repeated measures, slopes that differ, 14 donors, 3 visits",
        draw=replace(_REPEATED, slope_sd=1),
    ),
    Cell(name="treatment adjusted for age, 4 of 24 exposed, twice as wide", draw=_MINORITY),
    Cell(
        name="plate x stimulus SD .3, 80/20, 14 v 10 on 4 plates",
        draw=replace(_BY_STIMULUS, plates=4),
    ),
    Cell(
        name="plate x stimulus SD .3, 80/20, 40 v 40 on 2 plates",
        draw=replace(_BY_STIMULUS, sizes=(40, 40)),
    ),
    Cell(
        name="twenty questions of one analyte: any false claim",
        draw=Draw(asked="level", plates=1),
        family=20,
        alone=True,
    ),
    Cell(name="family of 8, 10 v 10, skewed, 3x spread: any false claim", draw=_FAMILY, family=8),
    Cell(name="level, 20 v 5, skewed, the small group twice as wide", draw=_SMALL),
    Cell(
        name="response, 20 v 5, skewed, the small group twice as wide",
        draw=replace(_SMALL, asked="response"),
    ),
    Cell(name="Pearson, tails that depend (bivariate t, 3 df)", draw=HeavyTails()),
    Cell(
        name="specificity, 30 % of unstimulated wells undetected",
        draw=_LOW_BASELINES,
        least_answered=0.95,
    ),
)
