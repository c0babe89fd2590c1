"""Invented cells whose kin is known: counts of a gamma-Poisson law around programmes of modules.

It shares no line and no assumption with what is tested: kinds stand in a tree (a lineage, then a
kind), each with amounts for modules of genes and for genes of its own, in natural logarithms of the
expected counts per million. A stimulus moves modules of all lineages, and of each a little
otherwise. Series of references have shifts of gene-specific size, cultured cells those of another
platform and of culture, donors shifts with heavy tails (Student's t, 3 degrees of freedom). The
genes of the catalog's gates are among the others: high in their lineage, anywhere elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from benchmarks.identity.asking import Column
from exvivo.arrays import Floats, Ints

MODULES = 100
LINEAGES = 4
"""Lineages of a world; those of which the catalog has a gate come first, one has none."""
KINDS = 3
"""Kinds in each lineage."""
STIMULUS = "stimulus"
_HIGH = (7.2, 0.7)
"""Where genes of a gate stand in their lineage: natural logarithm of the expected counts per
million, mean and spread over genes.
"""
_ELSEWHERE = (1.2, 1.6)
_OVERDISPERSION = 0.06
_HIGHEST = 11.0
"""No gene has more of a sample than this: 60,000 per million before they are made to add up."""
_TAIL = 8.0
"""No donor is farther out than this many scales."""


@dataclass(frozen=True)
class Kind:
    """A kind of cell in its lineage."""

    name: str
    lineage: str

    def steps(self, other: Kind) -> int:
        """How far apart in the tree: 0 the same kind, 1 the same lineage, 2 another lineage."""
        return 0 if self == other else 1 if self.lineage == other.lineage else 2


@dataclass(frozen=True)
class World:
    """Everything that is true of the cells: `base` (genes,), what each kind adds, and what the
    stimulus does in each lineage.
    """

    genes: tuple[str, ...] = field(repr=False)
    module: Ints = field(repr=False)
    weight: Floats = field(repr=False)
    base: Floats = field(repr=False)
    of_lineage: Mapping[str, Floats] = field(repr=False)
    of_kind: Mapping[Kind, Floats] = field(repr=False)
    stimulated: Mapping[str, Floats] = field(repr=False)
    gated: frozenset[str]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds."""
        return tuple(self.of_kind)

    def mean(self, kind: Kind, condition: str = "", *, share: float = 1.0) -> Floats:
        """What cells of a kind express without donor, series or platform (genes,); `share` is how
        far they have become that kind within their lineage.
        """
        resting = self.base + self.of_lineage[kind.lineage] + share * self.of_kind[kind]
        return resting + self.stimulated[kind.lineage] if condition else resting

    def shift(self, rng: Generator, modules: float, genes: float) -> Floats:
        """A shift of all genes: of whole modules and of each gene, whose size differs from gene to
        gene.
        """
        size = rng.gamma(2.0, genes / 2, len(self.genes))
        own: Floats = size * rng.standard_normal(len(self.genes))
        return own + self._by_module(rng.normal(0, modules, MODULES))

    def donor(self, rng: Generator) -> Floats:
        """A donor's shift, with heavy tails."""
        heavy, own = (
            np.clip(rng.standard_t(3, size), -_TAIL, _TAIL) for size in (MODULES, len(self.genes))
        )
        return np.asarray(0.12 * own + self._by_module(0.1 * heavy))

    def _by_module(self, amounts: Floats) -> Floats:
        return np.asarray(amounts[self.module] * self.weight)


def world(rng: Generator, gates: Mapping[str, Sequence[str]], genes: int = 8000) -> World:
    """A new world; `gates` are the lineages of which the tool knows genes, by their names."""
    chosen = [str(name) for name in rng.permutation(sorted(gates))][: LINEAGES - 1]
    lineages = [*chosen, *(f"lineage {i}" for i in range(LINEAGES - len(chosen)))]
    of_gates = list(dict.fromkeys(gene for name in sorted(gates) for gene in gates[name]))
    names = (*of_gates, *(f"GENE{i}" for i in range(genes - len(of_gates))))
    at = {gene: i for i, gene in enumerate(names)}
    module = rng.choice(MODULES, genes, p=rng.dirichlet(np.full(MODULES, 3.0)))
    weight = rng.gamma(2.0, 0.5, genes) * np.where(rng.random(genes) < 0.8, 1, -1)
    silent = rng.random(genes) < 0.45
    base = np.where(silent, rng.normal(-2.5, 1.2, genes), rng.normal(2.8, 1.4, genes))
    in_gate = np.arange(len(of_gates))
    weight[in_gate] *= 0.3
    base[in_gate] = rng.normal(*_ELSEWHERE, len(of_gates))
    blank = World(names, module, weight, base, {}, {}, {}, frozenset(chosen))
    of_lineage = {name: _programme(blank, rng, (0.25, 0.6), (0.03, 2.0)) for name in lineages}
    for name, added in of_lineage.items():
        added[in_gate] = rng.normal(0, 0.5, len(of_gates))
        mine = [at[gene] for gene in gates.get(name, ())]
        added[mine] = rng.normal(*_HIGH, len(mine)) - base[mine]
    kinds = [Kind(f"{name} {letter}", name) for name in lineages for letter in "abc"[:KINDS]]
    of_kind = {kind: _programme(blank, rng, (0.12, 0.35), (0.02, 1.2)) for kind in kinds}
    stimulated = _stimulus(blank, rng, lineages)
    for added in (*of_kind.values(), *stimulated.values()):
        added[in_gate] *= 0.4
    return World(names, module, weight, base, of_lineage, of_kind, stimulated, frozenset(chosen))


def _programme(
    of: World, rng: Generator, modules: tuple[float, float], genes: tuple[float, float]
) -> Floats:
    """What a programme adds: share of modules and their amount, share of genes of its own and their
    amount.
    """
    share, amount = modules
    chosen = rng.random(MODULES) < share
    sign = np.where(rng.random(MODULES) < 0.7, 1, -1)
    amounts = chosen * sign * rng.gamma(2.0, amount, MODULES)
    share, amount = genes
    own = (rng.random(len(of.genes)) < share) * rng.exponential(amount, len(of.genes))
    added: Floats = amounts[of.module] * of.weight + own
    return added


def _stimulus(of: World, rng: Generator, lineages: Iterable[str]) -> dict[str, Floats]:
    """One programme that all lineages share, in each with other amounts and something of its
    own.
    """
    shared = rng.uniform(0.5, 2.0) * _programme(of, rng, (0.2, 0.6), (0.02, 1.5))
    return {
        name: shared * rng.uniform(0.4, 1.3, MODULES)[of.module]
        + _programme(of, rng, (0.05, 0.4), (0.005, 1.0))
        for name in lineages
    }


@dataclass(frozen=True)
class Sample:
    """A sample to be drawn: its logarithms of expected expression, and what its column says."""

    log: Floats = field(repr=False)
    cell: str
    name: str
    donor: str | None
    batch: str = ""
    condition: str = ""


def counted(rng: Generator, samples: Sequence[Sample], *, log2: bool) -> tuple[Column, ...]:
    """Counts of samples, or their log2 counts per million + 1."""
    columns = []
    for sample in samples:
        expected = np.exp(np.minimum(sample.log, _HIGHEST))
        library = 8e6 * np.exp(rng.normal(0, 0.4))
        mean = library * expected / expected.sum()
        spread = rng.gamma(1 / _OVERDISPERSION, _OVERDISPERSION, len(mean))
        values = rng.poisson(mean * spread).astype(np.float64)
        if log2:
            values = np.round(np.log2(1e6 * values / values.sum() + 1), 4)
        columns.append(
            Column(
                cell=sample.cell,
                name=sample.name,
                values=values,
                donor=sample.donor,
                batch=sample.batch,
                condition=sample.condition,
            )
        )
    return tuple(columns)


@dataclass(frozen=True)
class Class:
    """A class of references as it is meant: a kind in a condition."""

    kind: Kind
    condition: str = ""

    def __str__(self) -> str:
        return f"{self.kind.name} ({self.condition or 'resting'})"


def cultured(
    of: World,
    rng: Generator,
    kind: Kind,
    condition: str = "",
    *,
    donors: int = 6,
    declared: bool = True,
) -> list[Sample]:
    """Cells made of donors D1, D2, ... in culture, on another platform than all references."""
    mean = of.mean(kind, condition, share=rng.uniform(0.6, 1.0))
    mean = mean + of.shift(rng, 0.2, 0.7)
    told = condition if declared else ""
    return [
        Sample(mean + of.donor(rng), "cultured", f"D{i}", f"D{i}", condition=told)
        for i in range(donors)
    ]


def references(
    of: World,
    rng: Generator,
    classes: Sequence[Class],
    *,
    donors: int = 3,
    series: int = 2,
    declared: bool = True,
    prefix: str = "r",
) -> list[Sample]:
    """Samples of classes by donors of their own, in series that go through all classes; one series
    alone has no shift.
    """
    sizes = rng.uniform(0.1, 0.3, series) * (series > 1)
    shifts = [of.shift(rng, 0.4 * size, size) for size in sizes]
    samples = []
    for number, one in enumerate(classes):
        mean, first = of.mean(one.kind, one.condition), int(rng.integers(series))
        for i in range(donors):
            batch = (first + i) % series
            name = f"{prefix}{number}.{i}"
            log = mean + shifts[batch] + of.donor(rng)
            told = (f"series {batch}", one.condition) if declared else ("", "")
            samples.append(Sample(log, one.kind.name, f"{one.kind.name}:{name}", name, *told))
    return samples
