"""Which cells do the cultured cells resemble? A contrast of similarities within donors, never a yes
or no.

The similarity of a donor's profile to a class of reference cells is their correlation over genes
after each gene was held against its mean over the classes (`resemblance`). The answer is the
similarity to the cells they are said to be like less that to each other class. The interval is over
donors: the genes, the references and how both tables were made are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl

from exvivo import catalog
from exvivo.arrays import Floats, Texts
from exvivo.compare.asks import contrast
from exvivo.compare.asks.difference import FEWEST
from exvivo.compare.finding import CORRELATION, SHARE, Finding
from exvivo.compare.judge.leave_one_out import ranged, with_range
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.methods.resemblance import (
    FEWEST_GENES,
    Profiles,
    class_means,
    correlations,
    own_pairs,
    pooled,
    profiles_of,
    similarities,
)
from exvivo.compare.sample import Sample
from exvivo.study import Identity, Study

EXPRESSION = "expression"
"""What stands for the assay and the readout of these findings."""
DIFFERENCE = "difference in correlation"
CENTRED = "Pearson's r over genes of log2 expression, each less its mean over the references"
PLAIN = "Pearson's r over genes as they stand"
FISHER = "mean of the donors by Fisher's z (doi 10.2307/2331838) with Student's t interval"
WITHOUT_REFERENCE = "leaving out one reference sample at a time"
_NONE = "none: not estimable"
_MOST_REFITS = 60
"""Reference samples up to which all is done again without each."""
_FEW_ROWS = 1000
"""Genes of a table of counts below which the sum of its counts says little of what was read."""
_LISTED = 8


@dataclass(frozen=True)
class _Asked:
    """A question that can be answered: its profiles, donors' groups, similarities (donors,
    classes), and the empty finding.
    """

    question: Identity
    study: Study
    profiles: Profiles
    groups: Texts
    similar: Floats
    blank: Finding

    def name(self, cell: str) -> str:
        """A class in words."""
        return self.study.name_of(cell)

    def place(self, cell: str) -> int:
        """The column of a class."""
        return self.profiles.names.index(cell)

    def sample(self, values: Floats) -> Sample:
        """One number a donor as the donors of a contrast."""
        n, cells = len(values), self.question.cell_type
        return Sample(
            self.profiles.donors,
            self.groups,
            values,
            values,
            np.full(n, np.nan),
            ({},) * n,
            ((),) * n,
            "",
            EXPRESSION,
            cells,
        )


def identity(
    question: Identity, profiles: pl.DataFrame, *, study: Study, permutations: Permutations
) -> list[Finding]:
    """An answer for each other reference class, from PROFILES; beside it similarities, plain
    correlations and own pairs.

    What cannot be estimated is an answer with its reason: no profiles, one class, fewer than 3
    donors or 10 genes, profiles without spread.
    """
    blank = Finding(
        question=question.id,
        ask=question.ask,
        family=question.family or question.id,
        assay=EXPRESSION,
        readout=EXPRESSION,
        analyte=question.like,
        cell_type=question.cell_type,
        estimand="",
        method=_NONE,
        unit=DIFFERENCE,
        level=1 - study.plan.alpha,
        n=[],
    )
    frame = profiles.filter(pl.col("question") == question.id)
    if not {"cultured", "reference"} <= set(frame["role"]):
        return [
            replace(
                blank,
                estimand=_contrast(study, question.like, ""),
                reason="there is no profile to answer it with",
            )
        ]
    p = profiles_of(frame, _wanted(question, frame))
    whose = (
        dict(study.donors.select("donor", "group").iter_rows())
        if "donor" in study.donors.columns
        else {}
    )
    groups = np.array([whose.get(donor, "") for donor in p.donors], dtype=np.str_)
    counts = [
        {"group": g.id, "n": int((groups == g.id).sum()), "undetected": 0} for g in study.groups
    ]
    blank = replace(blank, n=[count for count in counts if count["n"]])
    others = [name for name in p.names if name != question.like]
    reason = _trouble(question, p, frame, study)
    similar = np.empty((0, 0)) if reason else similarities(p)
    reason = reason or _flat(p, similar, study)
    if reason:
        lost = [
            replace(blank, analyte=name, estimand=_contrast(study, question.like, name))
            for name in others
        ]
        return [
            replace(one, reason=reason)
            for one in lost or [replace(blank, estimand=_contrast(study, question.like, ""))]
        ]
    asked = _Asked(question, study, p, groups, similar, blank)
    refits = _without_references(p)
    found = [finding for name in others for finding in _answer(asked, name, refits)]
    found += [finding for name in p.names for finding in _beside(asked, name)]
    found += [finding for name in p.names for finding in _own(asked, name, permutations)]
    return [*found, *_between(asked), _compared(asked)]


def _wanted(question: Identity, frame: pl.DataFrame) -> list[str]:
    """The marker genes: of the catalog's panel, of the question's file, or none."""
    panel = catalog.panel_named(question.markers) if question.markers else None
    if panel is not None:
        return list(panel.genes)
    return [
        str(gene)
        for genes in frame.filter(pl.col("role") == "markers")["genes"].to_list()
        for gene in genes
    ]


def _contrast(study: Study, like: str, other: str) -> str:
    return f"similarity to {study.name_of(like)} less that to {study.name_of(other) if other else 'other references'}"


def _trouble(question: Identity, p: Profiles, frame: pl.DataFrame, study: Study) -> str:
    """Why the question cannot be answered from these profiles; empty if it can."""
    if question.like not in p.names:
        return f"no reference sample is of {study.name_of(question.like)}; there are: {', '.join(p.names)}"
    if len(p.names) < 2:
        return f"all references are of {study.name_of(question.like)}: likeness shows only beside cells of another kind"
    if len(p.donors) < FEWEST:
        return f"{len(p.donors)} donors with a profile; at least {FEWEST} are needed"
    if len(p.genes) < FEWEST_GENES:
        return (
            f"{len(p.genes)} of the {p.asked} genes asked for are in both tables, measured in every sample and not the same in all; "
            f"at least {FEWEST_GENES} are needed{_capitals(question, frame)}"
        )
    return ""


def _capitals(question: Identity, frame: pl.DataFrame) -> str:
    """A hint where genes would be found if capitals did not matter, as with the genes of a
    mouse.
    """
    tables = [
        {
            str(gene).upper()
            for genes in frame.filter(pl.col("role") == role)["genes"].to_list()
            for gene in genes
        }
        for role in ("cultured", "reference")
    ]
    wanted = {gene.upper() for gene in _wanted(question, frame)} or tables[0]
    alike = len(tables[0] & tables[1] & wanted)
    return (
        f" ({alike} would be if capital letters were not told apart)"
        if alike >= FEWEST_GENES
        else ""
    )


def _flat(p: Profiles, similar: Floats, study: Study) -> str:
    """Why similarities are none: references that do not differ, or a profile that differs from
    their mean in no gene.
    """
    lost = np.isnan(similar)
    if not lost.any():
        return ""
    names = [study.name_of(p.names[i]) for i in np.flatnonzero(lost.all(axis=0))]
    if names:
        return f"in these genes {' and '.join(names)} differ from the mean of the references in nothing"
    donors = [p.donors[i] for i in np.flatnonzero(lost.any(axis=1))]
    return f"the profile of {', '.join(donors)} differs from the mean of the references in no gene"


def _answer(asked: _Asked, other: str, refits: Sequence[tuple[str, Floats]]) -> list[Finding]:
    """The contrast with one other class, its ranges, and the same within each group of donors."""
    question, study = asked.question, asked.study
    at = [asked.place(question.like), asked.place(other)]
    blank = replace(asked.blank, analyte=other, estimand=_contrast(study, question.like, other))
    values = asked.similar[:, at[0]] - asked.similar[:, at[1]]
    if np.ptp(values) < 1e-9:
        return [replace(blank, reason="every donor has the same result")]
    alpha = study.plan.alpha
    sample = asked.sample(values)
    estimate, method = contrast.within(sample, alpha=alpha)
    answer = replace(
        blank,
        method=f"{CENTRED}{_libraries(asked.profiles)}; {method}",
        estimate=estimate.estimate,
        lower=estimate.lower,
        upper=estimate.upper,
        p=estimate.p,
        warnings=list(_warnings(asked, other)),
    )
    keep = ~np.eye(len(values), dtype=np.bool_)
    fewer = [sample.only(keep[i]) for i in range(len(values))] if len(values) > 2 else []
    p = [contrast.within(one, alpha=alpha)[0].p for one in fewer if np.ptp(one.lower) > 1e-9]
    answer, *range_ = with_range(answer, ranged(answer, *contrast.without_each(sample), p))
    moved = [(name, float((again[:, at[0]] - again[:, at[1]]).mean())) for name, again in refits]
    return [
        answer,
        *range_,
        *_moved(answer, moved),
        *_within_groups(blank, answer.method, sample, study),
    ]


def _without_references(p: Profiles) -> list[tuple[str, Floats]]:
    """Every reference sample that its class can spare, and the similarities without it."""
    spared = [i for i, name in enumerate(p.classes) if p.of(name).sum() > 1]
    if len(p.people) > _MOST_REFITS:
        return []
    found = [(p.people[i], similarities(p, without=i)) for i in spared]
    return [(name, again) for name, again in found if not np.isnan(again).any()]


def _moved(answer: Finding, moved: Sequence[tuple[str, float]]) -> list[Finding]:
    """How far the estimate moves without each reference sample."""
    if len(moved) < FEWEST or answer.estimate is None:
        return []
    ends = [estimate for _, estimate in moved]
    most = max(moved, key=lambda one: abs(one[1] - (answer.estimate or 0.0)))[0]
    return [
        replace(
            answer,
            part="robustness",
            method=WITHOUT_REFERENCE,
            lower=min(ends),
            upper=max(ends),
            p=None,
            warnings=[],
            estimand=f"{WITHOUT_REFERENCE}, the estimate stays within this range ({most} moves it most)",
        )
    ]


def _within_groups(blank: Finding, method: str, sample: Sample, study: Study) -> Iterator[Finding]:
    """The same contrast within each group, where there are several that are large enough."""
    for count in blank.n if len(blank.n) > 1 else []:
        mine = sample.only(np.asarray(sample.groups == count["group"]))
        if len(mine.donors) < FEWEST or np.ptp(mine.lower) < 1e-9:
            continue
        found, _ = contrast.within(mine, alpha=study.plan.alpha)
        yield replace(
            blank,
            part="beside",
            estimand=f"within {study.name_of(count['group'])}: {blank.estimand}",
            method=method,
            n=[count],
            estimate=found.estimate,
            lower=found.lower,
            upper=found.upper,
            p=found.p,
        )


def _libraries(p: Profiles) -> str:
    """How counts became log2 expression, with the library sizes."""
    if p.libraries is None:
        return ""
    low, high = (f"{size / 1e6:.3g}" for size in p.libraries)
    return f", log2(CPM + 1) of libraries of {low} to {high} million counts"


def _warnings(asked: _Asked, other: str) -> Iterator[str]:
    p, question = asked.profiles, asked.question
    similar = asked.similar[:, [asked.place(question.like), asked.place(other)]].mean(axis=0)
    if similar.max() <= 0:
        yield (
            f"the cells differ from the mean of the references in another way than {asked.name(question.like)} and than "
            f"{asked.name(other)} do: nearer to one is not near"
        )
    for name in (question.like, other):
        if p.of(name).sum() == 1:
            yield f"a single reference sample is of {asked.name(name)}: how much such cells differ among themselves is unknown"
        if p.of(name).sum() == 1 and (p.own & p.of(name)).any():
            yield f"the only sample of {asked.name(name)} is of a donor of the study, and that donor is compared with it"
    if len(p.names) == 2:
        yield (
            "with two references, likeness to one is unlikeness to the other: only a third would show whether the cells are like "
            "either"
        )
    if question.markers and p.missing:
        yield f"{len(p.missing)} of the {p.asked} marker genes could not be compared: {_some(p.missing)}"
    if not question.markers:
        yield f"no markers were named: all {len(p.genes)} genes of both tables that vary were compared"
    if p.libraries is not None and p.fewest_rows < _FEW_ROWS:
        yield f"library sizes are sums over the {p.fewest_rows} genes of a table, not over all that was read"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _beside(asked: _Asked, name: str) -> Iterator[Finding]:
    """Similarity to one class, and what a correlation without centring would have said."""
    p, at = asked.profiles, asked.place(name)
    blank = replace(asked.blank, part="beside", analyte=name, unit=CORRELATION)
    made = _libraries(p)
    z = np.arctanh(np.clip(asked.similar[:, at], -1 + 1e-9, 1 - 1e-9))
    centred = replace(
        blank,
        method=f"{CENTRED}{made}; {FISHER}",
        estimate=float(np.tanh(z.mean())),
        estimand=f"similarity to {asked.name(name)}, {len(p.genes)} genes",
    )
    if np.ptp(z) > 1e-9:
        found, _ = contrast.within(asked.sample(z), alpha=asked.study.plan.alpha)
        centred = replace(
            centred, lower=float(np.tanh(found.lower)), upper=float(np.tanh(found.upper)), p=found.p
        )
    yield centred
    yield replace(
        blank,
        method=f"{PLAIN}{made}, donors pooled",
        estimate=float(pooled(p)[at]),
        estimand=f"plain correlation with {asked.name(name)}, nothing taken off: high for any two kinds of cells that share most "
        "genes, as genes differ more than cells do",
    )


def _between(asked: _Asked) -> Iterator[Finding]:
    """Plain correlations of the references with one another: what cells that are known to differ
    have.
    """
    p = asked.profiles
    plain = correlations(*[class_means(p, np.ones(len(p.people), dtype=np.bool_))] * 2)
    for a, b in combinations(p.names, 2):
        n = [{"group": name, "n": int(p.of(name).sum()), "undetected": 0} for name in (a, b)]
        yield replace(
            asked.blank,
            part="beside",
            analyte=a,
            unit=CORRELATION,
            n=n,
            method=f"{PLAIN}{_libraries(p)}",
            estimate=float(plain[asked.place(a), asked.place(b)]),
            estimand=f"plain correlation of the references {asked.name(a)} and {asked.name(b)} with each other, nothing taken off",
        )


def _own(asked: _Asked, name: str, permutations: Permutations) -> Iterator[Finding]:
    """Where the same donors gave both: correlation across donors, and own pairs against those of
    other donors.
    """
    pairs = own_pairs(
        asked.profiles, name, asked.groups, number=permutations.number, seed=permutations.seed
    )
    if pairs is None or not pairs.gene_by_gene.size:
        return
    given = (asked.profiles.own & asked.profiles.of(name)).any(axis=1)
    n = [
        {**count, "n": int((asked.groups[given] == count["group"]).sum())}
        for count in asked.blank.n
    ]
    blank = replace(
        asked.blank, part="beside", analyte=name, n=[count for count in n if count["n"]]
    )
    low, high = (f"{end:.2f}" for end in np.quantile(pairs.gene_by_gene, [0.25, 0.75]))
    yield replace(
        blank,
        unit=CORRELATION,
        estimate=float(pairs.gene_by_gene.mean()),
        method="Pearson's r across donors, each less the mean of the group, gene by gene; mean over genes",
        estimand=f"gene by gene across {pairs.donors} donors who gave both, correlation with their own {asked.name(name)}, mean of "
        f"{pairs.gene_by_gene.size} genes (the middle half from {low} to {high})",
    )
    floor = (
        f" (with so few donors p cannot be below {pairs.floor:.2g})"
        if pairs.floor > asked.study.plan.alpha
        else ""
    )
    yield replace(
        blank,
        unit=DIFFERENCE,
        estimate=pairs.own - pairs.others,
        p_permutation=pairs.p,
        method="Pearson's r over genes, each less its mean over the donors of a group; own pairs against pairs shuffled within "
        "groups, one-sided",
        estimand=f"likeness of a donor's cells to their own {asked.name(name)} less that to those of other donors{floor}",
    )


def _compared(asked: _Asked) -> Finding:
    """How much of what was asked for could be compared."""
    p = asked.profiles
    lost = (
        [f"{len(p.missing)} not in both tables or not measured in every sample"]
        if p.missing
        else []
    )
    lost += [f"{len(p.constant)} the same in all samples"] if p.constant else []
    said = f" ({'; '.join(lost)})" if lost else ""
    return replace(
        asked.blank,
        part="beside",
        analyte=asked.question.like,
        unit=SHARE,
        method="genes counted",
        estimate=len(p.genes) / p.asked,
        estimand=f"share of the {p.asked} genes asked for that were compared, {len(p.genes)}{said}",
    )
