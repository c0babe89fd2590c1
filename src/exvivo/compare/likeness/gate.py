"""The gate before any likeness: are the cells of the lineage of the references at all?

Nearer to one of two is not near: any cell is nearer to one of two. So the genes that all cells of a
lineage express highly are looked up in the whole table of the cultured cells. The standing of a
gene in a sample is the share of genes that lie below it,

    1 - (genes above it + half of those level with it) / min(genes of the table, 20,000),

at least 0, so that silent genes beyond 20,000 change nothing; that of a lineage is the median over
its genes. It uses ranks only: no scale, no library size, no reference. A table of fewer genes may
have lost its silent ones to a filter, which lowers every standing: what is below a cut, but would
not be with the missing genes below all others, is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, compress

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.catalog.cells import cell_named
from exvivo.catalog.lineages import Lineage, lineages
from exvivo.compare.likeness.profiles import Expression, Profiles
from exvivo.findings import Caveat, Estimand, Facts, Finding
from exvivo.methods import GATE
from exvivo.units import SHARE

FEWEST_OF_LINEAGE = 5
"""Genes of a lineage that must have been measured."""
FEWEST_OF_TABLE = 5_000
"""Genes of a table from which a rank among them says how highly a gene is expressed."""
MOST_COUNTED = 20_000
"""Genes that are counted as expressed by any cell at most; further ones are silent."""


@dataclass(frozen=True)
class Standing:
    """Where the genes of a lineage stand in every sample of a table: `shares` (people,), NaN where
    a sample has fewer than 5 of them; `genes` are those found, `table` the genes that every sample
    has.
    """

    lineage: Lineage
    genes: tuple[str, ...]
    table: int
    shares: Floats

    @property
    def possible(self) -> bool:
        """Whether the table can tell."""
        return self.table >= FEWEST_OF_TABLE and bool(np.isfinite(self.shares).all())

    @property
    def middle(self) -> float:
        """The median of the samples."""
        return float(np.median(self.shares))

    @property
    def passes(self) -> bool:
        """Whether the table can tell, and the median of the samples reaches the cut."""
        return self.possible and self.middle >= self.lineage.cut

    @property
    def at_most(self) -> Floats:
        """The same (people,) if all genes that the table lacks of 20,000 are silent ones, such as a
        filter takes out.
        """
        return np.asarray(1 - (1 - self.shares) * min(self.table, MOST_COUNTED) / MOST_COUNTED)

    @property
    def below(self) -> Bools:
        """Which samples are below the cut (people,), whatever the table may lack."""
        return np.asarray(self.at_most < self.lineage.cut)

    @property
    def undecided(self) -> Bools:
        """Which are below it (people,), and may not be in the table whole."""
        return np.asarray((self.shares < self.lineage.cut) & ~self.below)

    @property
    def may_pass(self) -> bool:
        """Whether the median of the samples reaches the cut, or would in the table whole."""
        return self.possible and float(np.median(self.at_most)) >= self.lineage.cut

    @property
    def room(self) -> float:
        """How far above the cut, as a share of what lies above it."""
        return (self.middle - self.lineage.cut) / (1 - self.lineage.cut)


def standings(table: Expression) -> dict[str, Standing]:
    """The standing of every lineage of the catalog in a table, by name."""
    at, measured = table.at, np.isfinite(table.values).sum(axis=0)
    size = int(measured.min()) if measured.size else 0
    made: dict[str, Standing] = {}
    for name, lineage in lineages().items():
        genes = tuple(gene for gene in lineage.genes if gene in at)
        made[name] = Standing(lineage, genes, size, np.empty(0))
    once = list(dict.fromkeys(chain.from_iterable(one.genes for one in made.values())))
    rows = dict(zip(once, shares_below(table.values, table.of(once)), strict=True))
    return {name: replace(one, shares=_median_of(rows, one.genes)) for name, one in made.items()}


def shares_below(values: Floats, wanted: Floats) -> Floats:
    """The standing (wanted, samples) of some rows among all `values` (genes, samples); genes that
    were not measured in a sample take no part in it.
    """
    sample_by_sample = zip(values.T, wanted.T, strict=True)
    shares = [_shares_of_sample(column, some) for column, some in sample_by_sample]
    return np.array(shares, dtype=np.float64).reshape(len(shares), len(wanted)).T


def _shares_of_sample(column: Floats, some: Floats) -> Floats:
    """The standing of some values among the measured ones of one sample."""
    ranked = np.sort(column[np.isfinite(column)])
    below, up_to = (np.searchsorted(ranked, some, side) for side in ("left", "right"))
    above = ranked.size - (below + up_to) / 2
    shares = 1 - above / min(max(ranked.size, 1), MOST_COUNTED)
    return np.asarray(np.where(np.isfinite(some), np.maximum(shares, 0.0), np.nan))


def _median_of(rows: Mapping[str, Floats], genes: tuple[str, ...]) -> Floats:
    """The median over genes in every sample that has enough of them."""
    if len(genes) < FEWEST_OF_LINEAGE:
        return np.array([np.nan])
    each = np.array([rows[gene] for gene in genes])
    enough = np.isfinite(each).sum(axis=0) >= FEWEST_OF_LINEAGE
    return np.asarray(np.nanmedian(np.where(enough, each, np.nan), axis=0))


@dataclass(frozen=True)
class Gates:
    """The standings of the cultured cells (`cells`, of `donors`), and those of every reference
    class, by lineage.
    """

    donors: tuple[str, ...]
    cells: Mapping[str, Standing]
    classes: Mapping[str, Mapping[str, Standing]]
    called: Mapping[str, str]

    def lineage_of(self, name: str) -> str | None:
        """The lineage of a class: that of the catalog for cells of this name, else the one whose
        gate its own samples pass with most room; None where neither is known.
        """
        kind = cell_named(self.called[name])
        if kind is not None:
            return kind.lineage if kind.lineage in self.cells else None
        passed = _passed(self.classes[name])
        return max(passed, key=passed.__getitem__, default=None)

    def verdict(self, nearer: str, farther: str) -> tuple[Caveat | None, tuple[Caveat, ...]]:
        """Whether the cells may be called like one class more than like another: the reason why
        they are like neither, and what a reader must know.
        """
        lineage = self.lineage_of(nearer)
        if lineage is None:
            return None, (Caveat("gate_not_possible", {"why": "no_gate", "cell": nearer}),)
        standing, of_both = self.cells[lineage], tuple(self._of_references(nearer, farther))
        if not standing.possible:
            return None, (_not_possible(standing), *of_both)
        if self._fails_its_own(nearer):
            return None, of_both
        if not standing.may_pass and not self._may_be_of(farther):
            return _like_none(standing, self), (*_not_measured(standing), *of_both)
        return None, (*self._of_cells(standing), *of_both)

    def _may_be_of(self, name: str) -> bool:
        """Whether the cells pass the gate of a class, or would in a table with all its genes. Of a
        class of no known lineage any gate counts that its samples pass, or would.
        """
        lineage = self.lineage_of(name)
        own = [other for other, one in self.classes[name].items() if one.may_pass]
        return any(self.cells[one].may_pass for one in ([lineage] if lineage else own))

    def findings(self, blank: Finding) -> list[Finding]:
        """Beside the answers: the lowest donor's standing in the lineage of every class, and the
        middle sample's of each class; `blank` is an empty finding beside them.
        """
        of_classes = {name: self.lineage_of(name) for name in self.classes}
        asked = dict.fromkeys(lineage for lineage in of_classes.values() if lineage)
        cells = [self.cells[lineage] for lineage in asked if self.cells[lineage].possible]
        made = [
            _finding(blank, blank.cell_type or "", one, float(one.shares.min())) for one in cells
        ]
        references = (
            (name, self.classes[name][lineage]) for name, lineage in of_classes.items() if lineage
        )
        return made + [
            replace(_finding(blank, name, one, one.middle), donors=(), n=())
            for name, one in references
            if one.possible
        ]

    def _fails_its_own(self, name: str) -> bool:
        """Whether the samples of a class are not of the lineage that the class is called by."""
        lineage = self.lineage_of(name)
        own = self.classes[name][lineage] if lineage else None
        return own is not None and own.possible and not own.may_pass

    def _of_references(self, *names: str) -> Iterator[Caveat]:
        """What stands against reference classes themselves."""
        for name in names:
            if self._fails_its_own(name):
                lineage = self.lineage_of(name) or ""
                yield Caveat("reference_fails_gate", {"cell": name, "lineage": lineage})
            yield from _several(name, self.classes[name])

    def _of_cells(self, standing: Standing) -> Iterator[Caveat]:
        """What stands against the cells, donor by donor and as a whole."""
        lineage = standing.lineage.name
        below = tuple(compress(self.donors, standing.below.tolist()))
        if below:
            yield Caveat("gate_failed_by_donors", {"donors": below, "lineage": lineage})
        if standing.undecided.any():
            facts: Facts = {"why": "filtered", "table": standing.table, "lineage": lineage}
            yield Caveat("gate_not_possible", facts)
        yield from _not_measured(standing)
        mixed = tuple(_several("", self.cells))
        yield from mixed or _hidden(self.cells)


def read_gates(profiles: Profiles) -> Gates:
    """The gates of the cultured cells and of the references of one question, from both tables
    whole.
    """
    cultured, references = profiles.whole
    read = standings(references)
    called = {
        name: person.cell for name, person in zip(profiles.classes, references.people, strict=True)
    }
    classes = {name: _of_samples(read, profiles.of(name)) for name in profiles.names}
    return Gates(profiles.donors, standings(cultured), classes, called)


def _of_samples(read: Mapping[str, Standing], members: Bools) -> dict[str, Standing]:
    """The standings in some samples."""
    return {
        name: replace(one, shares=one.shares[members]) if one.possible else one
        for name, one in read.items()
    }


def _passed(own: Mapping[str, Standing]) -> dict[str, float]:
    """The lineages whose gate is passed, with the room above it."""
    return {name: one.room for name, one in own.items() if one.passes}


def _several(cell: str, own: Mapping[str, Standing]) -> Iterator[Caveat]:
    """That samples have what no cell has together, the genes of several lineages: a mixture, or
    impure.
    """
    named = _together(own, {name: one.shares for name, one in own.items()})
    if named:
        yield Caveat("gate_of_several", {"cell": cell, "lineages": named})


def _hidden(own: Mapping[str, Standing]) -> Iterator[Caveat]:
    """That they may have them in the table whole, where this one has lost genes to a filter."""
    named = _together(own, {name: one.at_most for name, one in own.items()})
    other = next((own[name] for name in named if not own[name].passes), None)
    if other is not None:
        facts: Facts = {"why": "hidden", "table": other.table, "lineage": other.lineage.name}
        yield Caveat("gate_not_possible", facts)


def _together(own: Mapping[str, Standing], shares: Mapping[str, Floats]) -> tuple[str, ...]:
    """The lineages whose genes half of the samples or more have together, one of which they pass as
    a whole.
    """
    asked = [name for name, one in own.items() if one.possible and one.lineage.measured]
    if not asked:
        return ()
    among = np.array([shares[name] >= own[name].lineage.among for name in asked])
    passed = np.array([own[name].shares >= own[name].lineage.cut for name in asked])
    several = (among.sum(axis=0) > 1) & passed.any(axis=0)
    if 2 * several.sum() < several.size:
        return ()
    chosen: Bools = np.asarray(among[:, several].any(axis=1))
    return tuple(compress(asked, chosen.tolist()))


def _not_measured(standing: Standing) -> Iterator[Caveat]:
    """That nobody measured whether the gate tells its lineage from others."""
    if not standing.lineage.measured:
        yield Caveat("gate_not_measured", {"lineage": standing.lineage.name})


def _not_possible(standing: Standing) -> Caveat:
    """Why the cultured cells' table cannot tell."""
    facts: Facts = {"why": "few_gate_genes", "genes": len(standing.genes)}
    if standing.table < FEWEST_OF_TABLE:
        facts = {"why": "few_genes", "table": standing.table}
    return Caveat("gate_not_possible", {**facts, "lineage": standing.lineage.name})


def _like_none(standing: Standing, gates: Gates) -> Caveat:
    """That the cells are of no lineage of the references."""
    lineage = standing.lineage
    facts: Facts = {
        "lineages": (lineage.name,),
        "percentile": standing.middle,
        "cut": lineage.cut,
        "genes": standing.genes,
        "passed": tuple(_passed(gates.cells)),
        "n": int(standing.below.sum()),
        "donors": len(gates.donors),
    }
    return Caveat("like_none", facts)


def _finding(blank: Finding, cell: str, standing: Standing, share: float) -> Finding:
    """One standing beside the answers."""
    lineage = standing.lineage
    facts: Facts = {"lineage": lineage.name, "cell": cell, "cut": lineage.cut}
    return replace(
        blank,
        analyte=cell,
        unit=SHARE,
        method=GATE,
        method_facts={
            "genes": len(standing.genes),
            "table": standing.table,
            "shares": tuple(f"{share:.4f}" for share in standing.shares),
        },
        estimate=share,
        estimand=Estimand("gate", facts),
    )
