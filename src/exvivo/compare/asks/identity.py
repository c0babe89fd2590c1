"""Which cells do the cultured cells resemble? A contrast of similarities within donors, never a yes
or no.

The similarity of a donor's profile to a class of reference cells is their correlation over genes
after each gene was held against its mean over the classes (`resemblance`). The answer is the
similarity to the cells they are said to be like less that to each other class. The interval is over
donors: the genes, the references and how both tables were made are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from exvivo import catalog
from exvivo.arrays import Floats, Texts
from exvivo.compare.asks import contrast
from exvivo.compare.asks.likeness import EXPRESSION, Likeness, beside
from exvivo.compare.design import FEWEST, SAME_RESULT
from exvivo.compare.estimate import filled, not_estimable
from exvivo.compare.evidence import UNSTATED, Evidence, family_of
from exvivo.compare.judge.leave_one_out import MOST_REFITS, ranged, with_range
from exvivo.compare.methods.resemblance import (
    FEWEST_GENES,
    Profiles,
    profiles_of,
    similarities,
)
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Count, Estimand, Facts, Finding
from exvivo.methods import SIMILARITY_CONTRAST, WITHOUT_REFERENCE
from exvivo.study import Identity, Study
from exvivo.units import SIMILARITY

_FEW_ROWS = 1000
"""Genes of a table of counts below which the sum of its counts says little of what was read."""


def ask(question: Identity, evidence: Evidence) -> list[Finding]:
    """An answer for each other reference class, from PROFILES; beside it similarities, plain
    correlations and own pairs.

    What cannot be estimated is an answer with its reason: no profiles, one class, fewer than 3
    donors or 10 genes, profiles without spread.
    """
    blank = _blank(question, evidence)
    frame = evidence.profiles.filter(pl.col("question") == question.id)
    if not {"cultured", "reference"} <= set(frame["role"]):
        return [not_estimable(_contrast(blank, question, ""), Caveat("no_profile"))]
    profiles = profiles_of(frame, _wanted(question, frame))
    groups = _groups(profiles, evidence.study)
    counts = (Count(group.id, int((groups == group.id).sum())) for group in evidence.study.groups)
    blank = replace(blank, n=tuple(count for count in counts if count.n))
    others = [name for name in profiles.names if name != question.like]
    reason = _trouble(question, profiles, frame)
    similar = np.empty((0, 0)) if reason else similarities(profiles)
    reason = reason or _flat(profiles, similar)
    if reason:
        return [not_estimable(_contrast(blank, question, name), reason) for name in others or [""]]
    likeness = Likeness(question, evidence.alpha, profiles, groups, similar, blank)
    refits = _without_references(profiles)
    findings: list[Finding] = []
    for name in others:
        findings += _answer(likeness, name, refits)
    return [*findings, *beside(likeness, evidence.permutations)]


def _blank(question: Identity, evidence: Evidence) -> Finding:
    """A finding that says what it is about, and nothing yet."""
    return Finding(
        question=question.id,
        ask=question.ask,
        family=family_of(question),
        assay=EXPRESSION,
        readout=EXPRESSION,
        analyte=question.like,
        cell_type=question.cell_type,
        estimand=UNSTATED,
        unit=SIMILARITY,
        level=1 - evidence.alpha,
        n=(),
    )


def _groups(profiles: Profiles, study: Study) -> Texts:
    """The group of each donor of the profiles, empty where donors.csv does not say."""
    if "donor" not in study.donors.columns:
        return np.array([""] * len(profiles.donors), dtype=np.str_)
    group_of = dict(study.donors.select("donor", "group").iter_rows())
    return np.array([group_of.get(donor, "") for donor in profiles.donors], dtype=np.str_)


def _wanted(question: Identity, frame: pl.DataFrame) -> list[str]:
    """The marker genes: of the catalog's panel, of the question's file, or none."""
    panel = catalog.panel_named(question.markers) if question.markers else None
    return list(panel.genes) if panel is not None else _genes(frame, "markers")


def _genes(frame: pl.DataFrame, role: str) -> list[str]:
    """All genes of the rows of PROFILES with a role."""
    genes = frame.filter(pl.col("role") == role)["genes"].to_list()
    return [str(gene) for row in genes for gene in row]


def _contrast(blank: Finding, question: Identity, name: str) -> Finding:
    """The contrast with one other class; no name: with other references."""
    asked = {"like": question.like, "against": name}
    return replace(
        blank, analyte=name or question.like, estimand=Estimand("similarity_contrast", asked)
    )


def _trouble(question: Identity, profiles: Profiles, frame: pl.DataFrame) -> Caveat | None:
    """Why the question cannot be answered from these profiles; None if it can."""
    like, donors, genes = question.like, len(profiles.donors), len(profiles.genes)
    if like not in profiles.names:
        return Caveat("no_reference_of", {"like": like, "references": profiles.names})
    if len(profiles.names) < 2:
        return Caveat("one_reference_class", {"like": like})
    if donors < FEWEST:
        return Caveat("few_profiles", {"n": donors, "needed": FEWEST})
    if genes < FEWEST_GENES:
        facts = {
            "compared": genes,
            "asked": profiles.asked,
            "needed": FEWEST_GENES,
            "without_capitals": _without_capitals(question, frame),
        }
        return Caveat("few_genes", facts)
    return None


def _without_capitals(question: Identity, frame: pl.DataFrame) -> int:
    """How many genes both tables would share if capitals did not matter, as with the genes of a
    mouse.
    """
    cultured, references = (
        {gene.upper() for gene in _genes(frame, role)} for role in ("cultured", "reference")
    )
    wanted = {gene.upper() for gene in _wanted(question, frame)} or cultured
    return len(cultured & references & wanted)


def _flat(profiles: Profiles, similar: Floats) -> Caveat | None:
    """Why similarities are none: references that do not differ, or a profile that differs from
    their mean in no gene.
    """
    absent = np.isnan(similar)
    if not absent.any():
        return None
    cells = tuple(profiles.names[i] for i in np.flatnonzero(absent.all(axis=0)))
    if cells:
        return Caveat("flat_references", {"cells": cells})
    donors = tuple(profiles.donors[i] for i in np.flatnonzero(absent.any(axis=1)))
    return Caveat("flat_profiles", {"donors": donors})


def _answer(likeness: Likeness, name: str, refits: Sequence[tuple[str, Floats]]) -> list[Finding]:
    """The contrast with one other class, its ranges, and the same within each group of donors."""
    like, against = likeness.place(likeness.question.like), likeness.place(name)
    blank = _contrast(likeness.blank, likeness.question, name)
    values = likeness.similar[:, like] - likeness.similar[:, against]
    if np.ptp(values) < SAME_RESULT:
        return [not_estimable(blank, Caveat("one_result"))]
    sample = likeness.sample(values)
    blank = replace(blank, method_facts=likeness.libraries)
    estimate, _ = contrast.within(sample, alpha=likeness.alpha)
    answer = filled(blank, SIMILARITY_CONTRAST, estimate)
    answer = replace(answer, warnings=tuple(_warnings(likeness, name)))
    p = _p_without_each(sample, likeness.alpha)
    answer, *range_ = with_range(answer, ranged(answer, *contrast.without_each(sample), p))
    moved = {
        reference: float((similar[:, like] - similar[:, against]).mean())
        for reference, similar in refits
    }
    groups = _within_groups(blank, sample, likeness.alpha)
    return [answer, *range_, *_without_reference(answer, moved), *groups]


def _p_without_each(sample: Sample, alpha: float) -> list[float]:
    """The p values of the contrast without each donor, where it still varies."""
    n = len(sample.donors)
    if n <= 2:
        return []
    fewer = (sample.only(keep) for keep in ~np.eye(n, dtype=np.bool_))
    return [
        contrast.within(donors, alpha=alpha)[0].p
        for donors in fewer
        if np.ptp(donors.lower) > SAME_RESULT
    ]


def _without_references(profiles: Profiles) -> list[tuple[str, Floats]]:
    """Every reference sample that its class can spare, and the similarities without it."""
    if len(profiles.people) > MOST_REFITS:
        return []
    refits = [
        (profiles.people[i], similarities(profiles, without=i))
        for i, name in enumerate(profiles.classes)
        if profiles.of(name).sum() > 1
    ]
    return [(person, similar) for person, similar in refits if not np.isnan(similar).any()]


def _without_reference(answer: Finding, moved: dict[str, float]) -> list[Finding]:
    """How far the estimate moves without each reference sample."""
    estimate = answer.estimate
    if len(moved) < FEWEST or estimate is None:
        return []
    most = max(moved, key=lambda person: abs(moved[person] - estimate))
    return [
        replace(
            answer,
            part="robustness",
            method=WITHOUT_REFERENCE,
            method_facts={},
            lower=min(moved.values()),
            upper=max(moved.values()),
            p=None,
            warnings=(),
            estimand=Estimand("without_reference", {"reference": most}),
        )
    ]


def _within_groups(blank: Finding, sample: Sample, alpha: float) -> Iterator[Finding]:
    """The same contrast within each group, where there are several that are large enough."""
    for count in blank.n if len(blank.n) > 1 else ():
        donors = sample.only(np.asarray(sample.groups == count.group))
        if len(donors.donors) < FEWEST or np.ptp(donors.lower) < SAME_RESULT:
            continue
        estimate, _ = contrast.within(donors, alpha=alpha)
        facts: Facts = {**blank.estimand.facts, "group": count.group}
        yield replace(
            filled(blank, SIMILARITY_CONTRAST, estimate),
            part="beside",
            n=(count,),
            estimand=Estimand("similarity_contrast_within", facts),
        )


def _warnings(likeness: Likeness, name: str) -> Iterator[Caveat]:
    """What a reader must know of a contrast with one other class."""
    profiles, like = likeness.profiles, likeness.question.like
    both = [likeness.place(like), likeness.place(name)]
    if likeness.similar[:, both].mean(axis=0).max() <= 0:
        yield Caveat("unlike_both", {"like": like, "against": name})
    for cell in (like, name):
        samples = profiles.of(cell)
        if samples.sum() == 1:
            yield Caveat("single_reference", {"cell": cell})
            if (profiles.own & samples).any():
                yield Caveat("own_reference_only", {"cell": cell})
    if len(profiles.names) == 2:
        yield Caveat("two_references")
    if likeness.question.markers and profiles.missing:
        yield Caveat("markers_missing", {"asked": profiles.asked, "missing": profiles.missing})
    if not likeness.question.markers:
        yield Caveat("no_markers", {"genes": len(profiles.genes)})
    if profiles.libraries is not None and profiles.fewest_rows < _FEW_ROWS:
        yield Caveat("libraries_of_table", {"genes": profiles.fewest_rows})
