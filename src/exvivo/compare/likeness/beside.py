"""What stands beside an answer of identity: similarities, plain correlations, own pairs, and how
much of what was asked for could be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, combinations, compress

import numpy as np

from exvivo.arrays import Ints, Texts
from exvivo.compare.design import FEWEST
from exvivo.compare.estimate import filled
from exvivo.compare.likeness.beyond import Beyond, beyond, donors_of_both
from exvivo.compare.likeness.checks import similarity
from exvivo.compare.likeness.own_pairs import Pairs, own_pairs
from exvivo.compare.likeness.record import Likeness
from exvivo.compare.likeness.similar import class_means, correlations, pooled
from exvivo.compare.methods.permutation import Permutations
from exvivo.findings import Caveat, Count, Estimand, Facts, Finding
from exvivo.methods import (
    ACROSS_DONORS,
    GENES_COUNTED,
    OWN_PAIRS,
    OWN_PAIRS_BEYOND,
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
    """Where the same donors gave both: correlation across donors, own pairs against those of other
    donors, and beyond those with each control kind of the same donors.
    """
    profiles, groups = likeness.profiles, likeness.groups
    pairs = own_pairs(profiles, name, groups, number=permutations.number, seed=permutations.seed)
    if pairs is None or not pairs.gene_by_gene.size:
        return
    blank, controls = _of_donors(likeness, name, pairs.rows), _controls(likeness, name)
    yield _across_donors(blank, pairs)
    alone = () if controls else (Caveat("pairs_without_control", {"cell": name}),)
    own = _own_pairs(blank, pairs, likeness.alpha)
    yield replace(own, unit=likeness.blank.unit, warnings=alone)
    for control in controls:
        yield from _beyond(likeness, name, control, permutations)


def _of_donors(likeness: Likeness, name: str, rows: Ints) -> Finding:
    """The empty finding of a number beside the answers that is of some donors."""
    blank = replace(likeness.beside(name), method_facts={})
    names = [likeness.profiles.donors[row] for row in rows]
    return in_groups(blank, names, likeness.groups[rows], (each.group for each in blank.n))


def _controls(likeness: Likeness, name: str) -> list[str]:
    """The other classes that enough of the donors who gave one gave too."""
    profiles, groups = likeness.profiles, likeness.groups
    others = [other for other in profiles.names if other != name]
    of_both = {other: donors_of_both(profiles, (name, other), groups) for other in others}
    return [other for other, rows in of_both.items() if rows.size >= FEWEST]


def _beyond(
    likeness: Likeness, name: str, control: str, permutations: Permutations
) -> Iterator[Finding]:
    """Own pairs with a class beyond those with a control: of two classes once, of the asked one
    first, since the other way round is the same with the other sign.
    """
    order = [likeness.question.like, *likeness.others]
    if order.index(name) > order.index(control):
        return
    number, seed, alpha = permutations.number, permutations.seed, likeness.alpha
    found = beyond(
        likeness.profiles, (name, control), likeness.groups, alpha=alpha, number=number, seed=seed
    )
    if found is not None:
        yield _told_beyond(_of_donors(likeness, name, found.rows), control, found, likeness)


def _told_beyond(blank: Finding, control: str, found: Beyond, likeness: Likeness) -> Finding:
    """The finding of own pairs beyond those with a control."""
    floor: Facts = {"floor": found.floor} if found.floor > likeness.alpha else {}
    facts: Facts = {"cell": blank.analyte, "control": control, **floor}
    return replace(
        filled(blank, OWN_PAIRS_BEYOND, found.estimate),
        p_permutation=found.p,
        unit=likeness.blank.unit,
        estimand=Estimand("own_pairs_beyond", facts),
    )


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
