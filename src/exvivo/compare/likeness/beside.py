"""What stands beside an answer of identity: similarities, plain correlations, own pairs, and how
much of what was asked for could be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations, compress

import numpy as np

from exvivo.arrays import Texts
from exvivo.compare.likeness.checks import similarity
from exvivo.compare.likeness.own_pairs import Pairs, own_pairs
from exvivo.compare.likeness.record import Likeness
from exvivo.compare.likeness.similar import class_means, correlations, pooled
from exvivo.compare.methods.permutation import Permutations
from exvivo.findings import Count, Estimand, Facts, Finding
from exvivo.methods import (
    ACROSS_DONORS,
    GENES_COUNTED,
    OWN_PAIRS,
    PLAIN,
    PLAIN_POOLED,
    SIMILARITY,
)
from exvivo.units import SHARE


def beside(likeness: Likeness, permutations: Permutations) -> Iterator[Finding]:
    """Everything that stands beside the answers, class by class."""
    names = likeness.profiles.names
    for name in names:
        yield _similarity(likeness, name)
        yield _plain(likeness, name)
    for name in names:
        yield from _own(likeness, name, permutations)
    yield from _between_references(likeness)
    yield _genes_compared(likeness)


def _similarity(likeness: Likeness, name: str) -> Finding:
    """Similarity to one class: the mean of the donors on Fisher's scale, z = atanh r."""
    z = similarity(likeness, name)
    facts: Facts = {"cell": name, "genes": len(likeness.profiles.genes)}
    finding = replace(
        likeness.beside(name),
        method=SIMILARITY,
        estimate=float(np.tanh(z.estimate or 0.0)),
        estimand=Estimand("similarity", facts),
    )
    if z.lower == z.upper:
        return finding
    lower, upper = (float(np.tanh(end)) for end in (z.lower, z.upper))
    return replace(finding, lower=lower, upper=upper, p=z.p)


def _plain(likeness: Likeness, name: str) -> Finding:
    """What a correlation without centring would have said of one class."""
    return replace(
        likeness.beside(name),
        method=PLAIN_POOLED,
        estimate=float(pooled(likeness.profiles)[likeness.place(name)]),
        estimand=Estimand("plain_correlation", {"cell": name}),
    )


def _between_references(likeness: Likeness) -> Iterator[Finding]:
    """Plain correlations of the references with one another: what different kinds of cells have."""
    profiles = likeness.profiles
    means = class_means(profiles)
    plain = correlations(means, means)
    for first, second in combinations(profiles.names, 2):
        r = float(plain[likeness.place(first), likeness.place(second)])
        yield _of_references(first, second, r, likeness)


def _of_references(first: str, second: str, r: float, likeness: Likeness) -> Finding:
    """The plain correlation of two reference classes."""
    facts = {"first": first, "second": second}
    samples = [(name, int(likeness.profiles.of(name).sum())) for name in (first, second)]
    return replace(
        likeness.beside(first),
        n=tuple(Count(name, n) for name, n in samples),
        donors=(),
        method=PLAIN,
        estimate=r,
        estimand=Estimand("plain_correlation_of_references", facts),
    )


def _own(likeness: Likeness, name: str, permutations: Permutations) -> Iterator[Finding]:
    """Where the same donors gave both: correlation across donors, and own pairs against those of
    other donors.
    """
    profiles, groups = likeness.profiles, likeness.groups
    pairs = own_pairs(profiles, name, groups, number=permutations.number, seed=permutations.seed)
    if pairs is None or not pairs.gene_by_gene.size:
        return
    wanted = [count.group for count in likeness.blank.n]
    names = [profiles.donors[row] for row in pairs.rows]
    blank = in_groups(likeness.beside(name), names, groups[pairs.rows], wanted)
    blank = replace(blank, method_facts={})
    yield _across_donors(blank, pairs)
    yield replace(_own_pairs(blank, pairs, likeness.alpha), unit=likeness.blank.unit)


def in_groups(
    blank: Finding, donors: Sequence[str], groups: Texts, names: Iterable[str]
) -> Finding:
    """The finding with the donors of each named group that has any, by name and as counts."""
    of_groups = {name: list(compress(donors, groups == name)) for name in names}
    n = tuple(Count(name, len(own)) for name, own in of_groups.items() if own)
    return replace(blank, n=n, donors=tuple(chain.from_iterable(of_groups.values())))


def _across_donors(blank: Finding, pairs: Pairs) -> Finding:
    """The mean correlation over genes of what donors gave, with its quartiles."""
    r = pairs.gene_by_gene
    low, high = np.quantile(r, [0.25, 0.75]).tolist()
    facts: Facts = {"cell": blank.analyte, "donors": pairs.rows.size, "genes": r.size}
    return replace(
        blank,
        estimate=float(r.mean()),
        method=ACROSS_DONORS,
        estimand=Estimand("own_across_donors", {**facts, "low": low, "high": high}),
    )


def _own_pairs(blank: Finding, pairs: Pairs, alpha: float) -> Finding:
    """How much more alike own pairs are than those of other donors."""
    floor: Facts = {"floor": pairs.floor} if pairs.floor > alpha else {}
    return replace(
        blank,
        estimate=pairs.own - pairs.others,
        p_permutation=pairs.p,
        method=OWN_PAIRS,
        estimand=Estimand("own_pairs", {"cell": blank.analyte, **floor}),
    )


def _genes_compared(likeness: Likeness) -> Finding:
    """How much of what was asked for could be compared."""
    profiles = likeness.profiles
    facts = {
        "asked": profiles.asked,
        "compared": len(profiles.genes),
        "missing": len(profiles.missing),
        "constant": len(profiles.constant),
    }
    return replace(
        likeness.beside(likeness.question.like),
        unit=SHARE,
        method=GENES_COUNTED,
        method_facts={},
        estimate=len(profiles.genes) / profiles.asked,
        estimand=Estimand("genes_compared", facts),
    )
