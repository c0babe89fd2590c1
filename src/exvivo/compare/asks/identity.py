"""Which cells do the cultured cells resemble? A contrast of similarities within donors, never a yes
or no.

The similarity of a donor's profile to a class of reference cells is their correlation over genes
after each gene's mean over the classes was subtracted (`resemblance`). The answer is the
similarity to the cells they are said to be like less that to each other class. The interval is over
donors: the genes, the references and how both tables were made are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
import polars as pl

from exvivo import catalog
from exvivo.arrays import Floats, Texts
from exvivo.compare.asks import contrast
from exvivo.compare.design import FEWEST, SAME_RESULT
from exvivo.compare.estimate import filled, not_estimable, warned
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import MOST_REFITS, farthest, range_of, ranged, with_range
from exvivo.compare.likeness.beside import EXPRESSION, Likeness, beside, contrast_with, in_groups
from exvivo.compare.likeness.profiles import FEWEST_GENES, Profiles, profiles_of
from exvivo.compare.likeness.similar import similarities
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Estimand, Facts, Finding
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
    blank = evidence.unfilled(question, EXPRESSION, EXPRESSION, question.like)
    blank = replace(blank, unit=SIMILARITY, cell_type=question.cell_type)
    frame = evidence.profiles.filter(pl.col("question") == question.id)
    if not {"cultured", "reference"} <= set(frame["role"]):
        return [not_estimable(contrast_with("", question, blank), Caveat("no_profile"))]
    profiles = profiles_of(frame, _wanted(question, frame))
    reason = _trouble(question, profiles, frame)
    similar = np.empty((0, 0)) if reason else similarities(profiles)
    groups = _groups(profiles, evidence.study)
    blank = in_groups(blank, profiles.donors, groups, (g.id for g in evidence.study.groups))
    likeness = Likeness(question, evidence.alpha, profiles, groups, similar, blank)
    reason = reason or _flat(likeness)
    if reason:
        return [not_estimable(likeness.contrast(name), reason) for name in likeness.others or [""]]
    return [*_answers(likeness), *beside(likeness, evidence.permutations)]


def _answers(likeness: Likeness) -> list[Finding]:
    """The contrast with every other class, with its ranges."""
    refits = _without_references(likeness.profiles)
    findings: list[Finding] = []
    for name in likeness.others:
        findings += _answer(likeness, name, refits)
    return findings


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
    return frame.filter(pl.col("role") == role)["genes"].explode().drop_nulls().to_list()


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
        facts = {"compared": genes, "asked": profiles.asked, "needed": FEWEST_GENES}
        same = _without_capitals(question, frame)
        return Caveat("few_genes", {**facts, "without_capitals": same})
    return None


def _without_capitals(question: Identity, frame: pl.DataFrame) -> int:
    """How many genes both tables would share if capitals did not matter, as with the genes of a
    mouse.
    """
    cultured, references = (_capitals(_genes(frame, role)) for role in ("cultured", "reference"))
    return len(cultured & references & (_capitals(_wanted(question, frame)) or cultured))


def _capitals(genes: list[str]) -> set[str]:
    """The names of genes in capitals."""
    return {gene.upper() for gene in genes}


def _flat(likeness: Likeness) -> Caveat | None:
    """Why similarities are none: references that do not differ, or a profile that differs from
    their mean in no gene.
    """
    absent, profiles = np.isnan(likeness.similar), likeness.profiles
    if not absent.any():
        return None
    cells = tuple(compress(profiles.names, np.all(absent, axis=0).tolist()))
    if cells:
        return Caveat("flat_references", {"cells": cells})
    return Caveat(
        "flat_profiles",
        {"donors": tuple(compress(profiles.donors, np.any(absent, axis=1).tolist()))},
    )


def _answer(likeness: Likeness, name: str, refits: Sequence[tuple[str, Floats]]) -> list[Finding]:
    """The contrast with one other class, its ranges, and the same within each group of donors."""
    blank = likeness.contrast(name)
    values = likeness.differences(likeness.similar, name)
    if np.ptp(values) < SAME_RESULT:
        return [not_estimable(blank, Caveat("one_result"))]
    blank = replace(blank, method_facts=likeness.libraries)
    sample, alpha = likeness.sample(values), likeness.alpha
    estimate, _ = contrast.within(sample, alpha=alpha)
    answer = filled(blank, SIMILARITY_CONTRAST, estimate)
    answer = warned(answer, *_warnings_of_references(likeness, name), *_warnings_of_genes(likeness))
    p = list(_p_without_each(sample, alpha))
    answer, *range_ = with_range(answer, ranged(answer, *contrast.without_each(sample), p))
    means = {person: likeness.differences(similar, name).mean() for person, similar in refits}
    range_ += _without_reference(answer, means)
    return [answer, *range_, *_within_groups(blank, sample, alpha)]


def _p_without_each(sample: Sample, alpha: float) -> Iterator[float]:
    """The p values of the contrast without each donor, where it still varies."""
    for donors in sample.without_each():
        if len(donors.donors) > 1 and np.ptp(donors.lower) > SAME_RESULT:
            yield contrast.within(donors, alpha=alpha)[0].p


def _without_references(profiles: Profiles) -> list[tuple[str, Floats]]:
    """Every reference sample that its class can spare, and the similarities without it."""
    if len(profiles.people) > MOST_REFITS:
        return []
    spared = [i for i, name in enumerate(profiles.classes) if profiles.of(name).sum() > 1]
    refits = [(profiles.people[i].label, similarities(profiles, without=i)) for i in spared]
    return [(person, similar) for person, similar in refits if not np.isnan(similar).any()]


def _without_reference(answer: Finding, means: dict[str, float]) -> list[Finding]:
    """How far the estimate moves without each reference sample."""
    if len(means) < FEWEST or answer.estimate is None:
        return []
    estimates = np.array(list(means.values()))
    facts = {"reference": farthest(list(means), estimates, answer.estimate)}
    estimand = Estimand("without_reference", facts)
    return [range_of(answer, WITHOUT_REFERENCE, estimates, estimand)]


def _within_groups(blank: Finding, sample: Sample, alpha: float) -> Iterator[Finding]:
    """The same contrast within each group, where there are several that are large enough."""
    for count in blank.n if len(blank.n) > 1 else ():
        donors = sample.of(count.group)
        if len(donors.donors) >= FEWEST and np.ptp(donors.lower) >= SAME_RESULT:
            estimate, _ = contrast.within(donors, alpha=alpha)
            facts: Facts = {**blank.estimand.facts, "group": count.group}
            yield replace(
                filled(blank, SIMILARITY_CONTRAST, estimate),
                part="beside",
                n=(count,),
                donors=donors.donors,
                estimand=Estimand("similarity_contrast_within", facts),
            )


def _warnings_of_references(likeness: Likeness, name: str) -> Iterator[Caveat]:
    """What a reader must know of the references of a contrast with one other class."""
    profiles, like = likeness.profiles, likeness.question.like
    both = [likeness.place(like), likeness.place(name)]
    if likeness.similar[:, both].mean(axis=0).max() <= 0:
        nearer = max(both, key=lambda place: float(likeness.similar[:, place].mean()))
        lower = float(likeness.similar[:, nearer].mean())
        yield Caveat("nearer_not_alike", {"cell": profiles.names[nearer], "lower": lower})
    yield from _single(profiles, like)
    yield from _single(profiles, name)
    if len(profiles.names) == 2:
        yield Caveat("two_references")


def _single(profiles: Profiles, cell: str) -> Iterator[Caveat]:
    """A class of which there is one sample only, and that from the donors themselves."""
    samples = profiles.of(cell)
    if samples.sum() == 1:
        yield Caveat("one_donor_a_class", {"cells": (cell,)})
        if (profiles.own & samples).any():
            yield Caveat("own_reference_only", {"cell": cell})


def _warnings_of_genes(likeness: Likeness) -> Iterator[Caveat]:
    """What a reader must know of the genes that were compared."""
    profiles, markers = likeness.profiles, likeness.question.markers
    if markers and profiles.missing:
        yield Caveat("markers_missing", {"asked": profiles.asked, "missing": profiles.missing})
    if not markers:
        yield Caveat("no_markers", {"genes": len(profiles.genes)})
    if profiles.libraries is not None and profiles.fewest_rows < _FEW_ROWS:
        yield Caveat("libraries_of_table", {"genes": profiles.fewest_rows})
