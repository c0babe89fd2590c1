"""The grid: false claims of every kind of question over sizes, shapes of noise, shares of
undetected results, and plates, where nothing differs.

All combinations would be 3,840 cells; a fixed list of 120 holds every pair of levels three times or
more (a greedy cover, Kuhn, Kacker and Lei 2010, doi 10.6028/NIST.SP.800-142). Studies come from
`benchmarks.design`, which shares no code with any estimator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np

from benchmarks.design.cells import FRESH, Cell, Outcome, highest, holds, measured
from benchmarks.design.draw import WORDS, Draw

CELLS, QUICK = 120, 8
"""Cells of the grid, and studies a cell of a quick look."""
FACTORS: dict[str, tuple[Any, ...]] = {
    "asked": tuple(WORDS),
    "sizes": ((14, 10), (6, 6), (40, 40), (20, 5)),
    "noise": ("normal", "lognormal", "t3", "3x spread"),
    "undetected": (0.0, 0.1, 0.3, 0.6),
    "plate_sd": (0.0, 0.5, 1.0),
    "layout": ("random", "80/20"),
}
"""What is varied, and its levels, as `Draw` has them."""
INTERACTION = 0.2
"""Standard deviation of plate x stimulus for one of a plate, where groups are compared; the effect
of an arm that every plate holds is about these plates.
"""
DRIFT = 0.5
"""What all donors share from visit to visit where change is held against change."""
Choice = tuple[int, ...]


@cache
def cover(number: int = CELLS) -> tuple[Choice, ...]:
    """A list of so many combinations of levels (by their index) that spreads all pairs evenly:
    each next one holds the pairs that were seen least.
    """
    sizes = [len(levels) for levels in FACTORS.values()]
    every = np.array(list(product(*map(range, sizes))))
    pairs = list(combinations(range(len(sizes)), 2))
    seen = [np.zeros((sizes[i], sizes[j])) for i, j in pairs]
    left = np.ones(len(every), np.bool_)
    chosen = []
    for _ in range(number):
        worth = sum(
            0.1 ** s[every[:, i], every[:, j]] for (i, j), s in zip(pairs, seen, strict=True)
        )
        best = int(np.argmax(np.where(left, worth, -1)))
        left[best] = False
        for (i, j), s in zip(pairs, seen, strict=True):
            s[every[best, i], every[best, j]] += 1
        chosen.append(tuple(int(level) for level in every[best]))
    return tuple(chosen)


def draws() -> Iterator[Draw]:
    """The studies of the grid, sorted by what is asked."""
    for choice in sorted(cover()):
        levels = {
            name: of[level] for (name, of), level in zip(FACTORS.items(), choice, strict=True)
        }
        drift = DRIFT if levels["asked"] in ("change with a score", "repeated measures") else 0.0
        interaction = INTERACTION if levels["asked"] in ("response", "specificity") else 0.0
        yield Draw(**levels, interaction_sd=interaction * levels["plate_sd"], drift=drift)


def cells() -> tuple[Cell, ...]:
    """A cell for each."""
    return tuple(Cell(name=" ".join(columns_of(draw)), draw=draw) for draw in draws())


def columns_of(draw: Draw) -> tuple[str, ...]:
    """What is drawn, in the words of the page."""
    n, m = draw.sizes
    donors = f"{n} v {m}" if draw.asked in _TWO_CLASSES else f"{n + m}"
    plates = f"{draw.plate_sd:g}"
    return draw.asked, donors, draw.noise, f"{100 * draw.undetected:g} %", plates, draw.layout


_TWO_CLASSES = ("level", "response", "specificity", "treatment", "mediation", "association")


@dataclass(frozen=True)
class Measured:
    """One cell with what came out."""

    cell: Cell
    outcome: Outcome

    @property
    def holds(self) -> bool:
        """Whether it claims falsely no more often than the band allows."""
        return holds(self.cell, self.outcome)


def grid(studies: int = 0, *, fresh: int = FRESH) -> list[Measured]:
    """Every cell over so many studies (400 where 0); those that fail once more over `fresh` new
    ones, which decide (0: none are drawn).
    """
    of = cells()
    results = [Measured(*pair) for pair in zip(of, measured(of, studies=studies), strict=True)]
    failed = [i for i, result in enumerate(results) if not result.holds]
    if failed and fresh:
        again = measured([of[i] for i in failed], studies=fresh, fresh=True)
        for i, outcome in zip(failed, again, strict=True):
            results[i] = Measured(of[i], outcome)
    return results


_HEADER = (
    "asked",
    "donors",
    "noise",
    "undetected",
    "plate SD",
    "plates",
    "studies",
    "false claims",
    "at most",
    "holds",
    "tempered",
    "not estimable",
)


def page(results: Sequence[Measured], source: str) -> str:
    """The page of the docs."""
    n = max(result.outcome.studies for result in results)
    bad = sum(not result.holds for result in results)
    lines = [
        "# False claims over a grid of designs",
        "",
        f"{len(results)} kinds of studies in which nothing differs, which hold every pair of "
        "levels; made by `scripts/calibrate` on the source with hash",
        f"`{source}`.",
        "",
        _READING.format(studies=n),
        "",
        f"{len(results) - bad} of {len(results)} cells hold.",
        "",
        _line(_HEADER),
        _line(["---"] * len(_HEADER)),
        *(_line(_row(result)) for result in results),
    ]
    return "\n".join(lines) + "\n"


_READING = """\
A claim is false where an answer is `supported` and its sentence carries no warning; claims that it
tempers stand in a column of their own, and so do studies without any answer. 5 % are allowed; *at
most* is the end of the band that holds 99 of 100 such shares. A cell that fails is drawn again,
with up to {studies} fresh studies, which decide. Exact methods and ranks may lie far below.

*80/20*: 80 % of the first class of donors lie on one plate and 80 % of the second on the other;
where visits are compared, 80 % of the first visits and 20 % of the last. Where the responses of
groups are compared, plate x stimulus has a fifth of the plates' standard deviation; donors share a
drift where changes are held together. Lognormal deviations have a skewness of 1.75; a threefold
spread is that of the second class."""


def _row(result: Measured) -> tuple[str, ...]:
    """One line of the table."""
    o = result.outcome
    assert isinstance(result.cell.draw, Draw)
    shares = [f"{100 * count / o.studies:.1f} %" for count in (o.false, o.tempered, o.silent)]
    most = f"{100 * highest(o.studies):.1f} %"
    verdict = "yes" if result.holds else "**no**"
    return (*columns_of(result.cell.draw), str(o.studies), shares[0], most, verdict, *shares[1:])


def _line(words: Sequence[str]) -> str:
    return "| " + " | ".join(words) + " |"
