"""Runs that end at cycle 35, 38, 40 or 45, and the answers from wells that show nothing by then.

Studies are simulated here, by nothing of exvivo: 8 donors a group, log2 copies of the target around
log2 5 and log2 10 with a standard deviation of 0.8 (truth: 0.50-fold), a reference gene of 4,096
copies, three wells of each, an error of loading that both share. A well receives a Poisson number N
of copies, crosses at (Cq of one copy) - ln N / ln E with an error of 0.1 cycles, and has a Cq of
the instrument if that is not after the last cycle. One copy crosses at cycle 37 or about. It is
known either from standards in copies (100,000 to 10, three wells each), or as stated: then the true
one and the true efficiency are drawn around what is stated.

Coverage of the 95 % intervals is held to the Monte-Carlo band of 99 %; a cell outside is run once
more with 4,000 fresh studies, which decide. The peer takes every well that shows nothing to have
held no copy, as version 0.1.0 did.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from benchmarks.row import Row

SEED, FRESH_SEED = 351, 352
"""Written down before any study was drawn."""
STUDIES, FRESH, QUICK = 400, 4000, 40
AT_ONCE = 200
"""Studies quantified together."""
LAST = (35, 38, 40, 45)
TRUTH, LEVEL = -1.0, 0.95
EFFICIENCY, EFFICIENCY_SD = 1.93, 0.02
ONE_COPY, ONE_COPY_SD = 37.0, 0.1
CQ_SD, LOADING_SD, DONOR_SD = 0.1, 0.3, 0.8
MEANS = {"G1": math.log2(5), "G2": math.log2(10)}
REFERENCE = 12.0
"""log2 copies of the reference gene."""
STANDARDS = (1e5, 1e4, 1e3, 1e2, 1e1)
DONORS, WELLS = 8, 3
Generator = np.random.Generator
Interval = tuple[float, float, float]
"""An estimate and its ends."""


def rows(*, quick: bool = False) -> list[Row]:
    """Coverage, bias and the share withheld of every cell."""
    studies = QUICK if quick else STUDIES
    cells = [Cell(last, known) for known in ("standards", "stated") for last in LAST]
    return [row for cell in cells for row in _rows(cell, studies)]


@dataclass(frozen=True)
class Cell:
    """Studies whose runs end at a cycle, where the Cq of a single copy is `known` in one way."""

    last: int
    known: str

    @property
    def name(self) -> str:
        """What it is, for a row."""
        return f"ends at {self.last}, one copy {self.known}"


@dataclass(frozen=True)
class Answers:
    """The intervals of some studies, and how many studies there were."""

    intervals: list[Interval]
    studies: int

    @property
    def bias(self) -> float:
        """The mean estimate less the truth."""
        return float(np.mean([estimate for estimate, _, _ in self.intervals]) - TRUTH)

    @property
    def coverage(self) -> float:
        """The share of intervals that hold the truth."""
        return float(np.mean([lower <= TRUTH <= upper for _, lower, upper in self.intervals]))

    @property
    def withheld(self) -> float:
        """The share of studies without a fold change."""
        return 1 - len(self.intervals) / self.studies

    @property
    def band(self) -> float:
        """How far from 95 % the coverage of so many may lie by chance (99 %)."""
        return 2.576 * math.sqrt(LEVEL * (1 - LEVEL) / len(self.intervals))


def _rows(cell: Cell, studies: int) -> Iterator[Row]:
    answers = _answered(cell, studies, SEED)
    if abs(answers.coverage - LEVEL) > answers.band and studies >= STUDIES:
        answers = _answered(cell, FRESH, FRESH_SEED)
    peer = _answered(cell, studies, SEED, none_held=True) if cell.last == min(LAST) else None
    covers = f"{cell.name}: 95 % intervals cover {answers.coverage:.1%}, off by"
    yield Row(
        what=covers,
        value=abs(answers.coverage - LEVEL),
        unit=f"n={len(answers.intervals)}",
        bar=f"<= {answers.band:.4f}",
        peer=abs(peer.coverage - LEVEL) if peer else None,
    )
    yield Row(
        what=f"{cell.name}: |bias| of a true -1",
        value=abs(answers.bias),
        unit="log2",
        bar="<= 0.1",
        peer=abs(peer.bias) if peer else None,
    )
    yield Row(what=f"{cell.name}: no fold change given", value=answers.withheld, unit="share")


def _answered(cell: Cell, studies: int, seed: int, *, none_held: bool = False) -> Answers:
    """The answers of studies of a cell; `none_held`: wells that show nothing held no copy."""
    rng = np.random.default_rng([seed, cell.last, cell.known == "stated"])
    intervals: list[Interval] = []
    for first in range(0, studies, AT_ONCE):
        number = min(AT_ONCE, studies - first)
        drawn = [row for study in range(number) for row in _study(rng, study, cell)]
        intervals += _intervals(drawn, number, cell, none_held=none_held)
    return Answers(intervals, studies)


@dataclass(frozen=True)
class _Chemistry:
    """What is true of a target: growth a cycle, and where a single copy crosses."""

    efficiency: float
    one_copy: float

    def cq(self, copies: float, rng: Generator) -> float:
        """The Cq of a well with so many copies expected; infinite without one."""
        held = rng.poisson(copies)
        if not held:
            return math.inf
        crossing = self.one_copy - math.log(held) / math.log(self.efficiency)
        return float(crossing + CQ_SD * rng.normal())


def _study(rng: Generator, study: int, cell: Cell) -> Iterator[dict[str, Any]]:
    """The reactions of one study: its own target on its own plate."""
    stated = cell.known == "stated"
    target = _Chemistry(
        EFFICIENCY + stated * EFFICIENCY_SD * rng.normal(),
        ONE_COPY + stated * ONE_COPY_SD * rng.normal(),
    )
    reactions = [*_standards(rng, target, stated=stated), *_samples(rng, target)]
    for place, (gene, cq, about) in enumerate(reactions):
        seen = cq <= cell.last
        yield {
            **_PLAIN,
            "plate": f"Q{study}",
            "well": f"{chr(65 + place % 16)}{place // 16 + 1}",
            "channel": gene or f"T{study}",
            "analyte": None if gene else f"T{study}",
            "value": cq if seen else None,
            "censor": "none" if seen else "right",
            "lower": None if seen else float(cell.last),
            **about,
        }


_PLAIN = {
    "source": "raw/plate.csv",
    "sha256": "0" * 64,
    "block": "run",
    "kind": "cq",
    "unit": "cycles",
    "assay": "mrna",
    "readout": "mRNA",
    "dilution": 1.0,
}
Reaction = tuple[str, float, dict[str, Any]]
"""The reference gene's name or nothing, a Cq, and whose it is."""


def _standards(rng: Generator, target: _Chemistry, *, stated: bool) -> Iterator[Reaction]:
    for nominal in () if stated else STANDARDS:
        for _ in range(WELLS):
            yield "", target.cq(nominal, rng), {"role": "standard", "nominal": nominal}


def _samples(rng: Generator, target: _Chemistry) -> Iterator[Reaction]:
    reference = _Chemistry(EFFICIENCY, ONE_COPY)
    for group, mean in MEANS.items():
        for donor in range(DONORS):
            about = {"role": "sample", "donor": f"{group}-{donor}", "visit": "1", "group": group}
            loading = LOADING_SD * rng.normal()
            level = mean + DONOR_SD * rng.normal() + loading
            for _ in range(WELLS):
                yield "", target.cq(2.0**level, rng), about
                yield "REF", reference.cq(2.0 ** (REFERENCE + loading), rng), about


def _intervals(
    drawn: list[dict[str, Any]], number: int, cell: Cell, *, none_held: bool
) -> list[Interval]:
    """The fold changes that exvivo gives of some studies."""
    from exvivo.compare import responses
    from exvivo.compare.asks.difference_of_donors import difference
    from exvivo.compare.evidence import Evidence
    from exvivo.compare.methods.permutation import Permutations
    from exvivo.compare.sample import samples
    from exvivo.quantify.qpcr import quantify_qpcr
    from exvivo.tables import PROFILES, QUANTITIES, WELLS

    study = _declared(number, cell)
    quantities, _ = quantify_qpcr(WELLS.frame(drawn), study=study, assay=study.assays[0])
    if none_held:
        quantities = quantities.with_columns(run_end=pl.lit(None, dtype=pl.Float64))
    evidence = Evidence(
        study=study,
        responses=samples(responses(quantities, study=study)),
        scores={},
        wells=QUANTITIES.frame(),
        profiles=PROFILES.frame(),
        permutations=Permutations(0, 1),
    )
    question = study.questions[0]
    given = (difference(question, *each, evidence)[0] for each in evidence.each(question))
    answers = (answer for answer in given if answer.estimand.code == "difference_in_mean")
    return [interval for answer in answers for interval in _interval(answer)]


def _interval(answer: Any) -> Iterator[Interval]:
    """The estimate of an answer with its ends; nothing where there is none."""
    if answer.estimate is not None:
        yield answer.estimate, answer.lower, answer.upper


def _declared(number: int, cell: Cell) -> Any:
    """The study.yaml of some studies at once, each an analyte on a plate of its own."""
    from exvivo.study import Analyte, Difference, Efficiency, Group, OneCopy, Plate, Qpcr, Study

    targets = [f"T{study}" for study in range(number)]
    known = Efficiency(value=EFFICIENCY, sd=EFFICIENCY_SD)
    assay = Qpcr(
        id="mrna", kind="qpcr", references=("REF",), cq="vendor", efficiency={"REF": known}
    )
    if cell.known == "standards":
        assay = replace(assay, standards="copies")
    else:
        one_copy = OneCopy(cq=ONE_COPY, sd=ONE_COPY_SD)
        stated = dict.fromkeys(targets, known)
        assay = replace(
            assay,
            one_copy=dict.fromkeys(targets, one_copy),
            efficiency={**assay.efficiency, **stated},
        )
    question = Difference(
        id="q",
        ask="difference",
        groups=tuple(MEANS),
        assays=("mrna",),
        analytes=tuple(targets),
    )
    return Study(
        exvivo=1,
        title="runs that end",
        groups=tuple(Group(id=group, name=group) for group in MEANS),
        analytes=tuple(Analyte(id=target) for target in targets),
        assays=(assay,),
        plates=tuple(
            Plate(id=f"Q{study}", assay="mrna", layout="layout.csv", file="raw/plate.csv")
            for study in range(number)
        ),
        questions=(question,),
    )
