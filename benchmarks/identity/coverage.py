"""How often the interval of an answer holds the estimate that other reference donors give of the
same cells: invented studies of classes by 2, 3 and 6 donors each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from numpy.random import Generator, SeedSequence, default_rng

from benchmarks.identity.asking import Answer, Case, asked
from benchmarks.identity.drawn import Class, World, counted, cultured, references, world
from benchmarks.identity.simulated import gates
from benchmarks.row import Row

STUDIES = 400
SEED = 46
BEFORE = {2: 54.0, 3: 65.0, 6: 71.0}
"""Per cent that version 0.1.0 (commit 36550c59, interval over donors alone) gave here, of 120
studies each.
"""
_GENES = 2000
_CLASSES = 3


def rows(*, studies: int = STUDIES) -> Iterator[Row]:
    """A row for each number of reference donors a class."""
    for donors, before in BEFORE.items():
        held = [_held(default_rng(one), donors) for one in SeedSequence(SEED).spawn(studies)]
        known = [one for one in held if one is not None]
        yield Row(
            what=f"interval holds the estimate of other {donors} donors a class",
            value=100 * sum(known) / max(len(known), 1),
            unit=f"% of {len(known)}",
            bar=">= 90",
            peer=before,
        )


def _held(rng: Generator, donors: int) -> bool | None:
    """Of one study: whether the interval holds the other estimate. None where there is none, as for
    cells that are like none of the references.
    """
    of = world(rng, gates(), genes=_GENES)
    kind = of.kinds[int(rng.integers(len(of.kinds)))]
    others = [other for other in of.kinds if other != kind]
    chosen = [others[i] for i in rng.choice(len(others), _CLASSES - 1, replace=False)]
    classes = [Class(kind), *(Class(other) for other in chosen)]
    samples = cultured(of, rng, kind, donors=int(rng.integers(4, 11)))
    case = Case(
        name="coverage",
        genes=of.genes,
        cultured=counted(rng, samples, log2=True),
        references=(),
        likes=(kind.name,),
    )
    first, second = (_answer(rng, of, case, classes, donors, prefix) for prefix in "rs")
    if None in (first.lower, first.upper, second.estimate):
        return None
    return bool(first.lower <= second.estimate <= first.upper)  # type: ignore[operator]


def _answer(
    rng: Generator, of: World, case: Case, classes: list[Class], donors: int, prefix: str
) -> Answer:
    """The contrast of the first two classes with references by donors of their own."""
    drawn = references(of, rng, classes, donors=donors, series=1, prefix=prefix)
    told = [replace(sample, batch="") for sample in drawn]
    return asked(replace(case, references=counted(rng, told, log2=True)))[0]
