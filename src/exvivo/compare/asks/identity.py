"""Which cells do the cultured cells resemble? A contrast of similarities within donors, never a yes
or no.

The similarity of a donor's profile to a class of reference cells is their correlation over genes
after each gene's mean over the classes was subtracted (`likeness.gram`). The answer is the
similarity to the cells they are said to be like less that to each other class. The interval is over
donors and over who gave the references (`likeness.interval`); the genes and how both tables were
made are taken as they are. Before anything is said, the lineage's gate is asked, and the sign must
hold over the checks of `likeness.checks` and programmes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, compress

import numpy as np
import polars as pl

from exvivo import catalog
from exvivo.arrays import Bools, Texts
from exvivo.compare.design import FEWEST, SAME_RESULT
from exvivo.compare.estimate import filled, not_estimable, warned
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.leave_one_out import (
    farthest,
    means_without_each,
    range_of,
    ranged,
    with_range,
)
from exvivo.compare.likeness.beside import beside, in_groups
from exvivo.compare.likeness.checks import Checked, checks, nearer_of, over_all_genes
from exvivo.compare.likeness.gate import Gates, read_gates
from exvivo.compare.likeness.profiles import FEWEST_GENES, Profiles, profiles_of
from exvivo.compare.likeness.programme import programme
from exvivo.compare.likeness.record import EXPRESSION, Likeness, contrast_with, likeness_of
from exvivo.compare.likeness.refits import Refits, contrasts, without_samples
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
    groups = _groups(profiles, evidence.study)
    blank = in_groups(blank, profiles.donors, groups, (g.id for g in evidence.study.groups))
    reason = _trouble(question, profiles, frame)
    if reason:
        return _nothing(question, profiles, blank, reason)
    likeness = likeness_of(question, profiles, groups, blank, alpha=evidence.alpha)
    return _of(likeness, evidence)


def _of(likeness: Likeness, evidence: Evidence) -> list[Finding]:
    """The answers of a question whose profiles can be compared, and what stands beside them."""
    reason = _flat(likeness)
    if reason:
        return _nothing(likeness.question, likeness.profiles, likeness.blank, reason)
    gates, numbers = read_gates(likeness.profiles), beside(likeness, evidence.permutations)
    of_gates = gates.findings(likeness.beside(likeness.question.like))
    return [*_answers(likeness, gates), *of_gates, *numbers]


def _nothing(
    question: Identity, profiles: Profiles, blank: Finding, reason: Caveat
) -> list[Finding]:
    """Answers without a number, and why."""
    others = [name for name in profiles.names if name != question.like]
    return [not_estimable(contrast_with(name, question, blank), reason) for name in others or [""]]


@dataclass(frozen=True)
class _Held:
    """What every answer of a question is held against: gates, the same over all genes, and the
    same without each reference sample.
    """

    gates: Gates
    wide: Likeness | None
    refits: Refits


def _answers(likeness: Likeness, gates: Gates) -> Iterator[Finding]:
    """The contrast with every other class, with its checks and ranges."""
    held = _Held(gates, over_all_genes(likeness), without_samples(likeness))
    for name in likeness.others:
        yield from _answer(likeness, name, held)


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


def _answer(likeness: Likeness, name: str, held: _Held) -> list[Finding]:
    """The contrast with one other class, or why there is none; what was checked; its ranges; and
    the same within each group of donors.
    """
    blank = likeness.contrast(name)
    slopes = likeness.slopes(name)
    if np.ptp(slopes.values) < SAME_RESULT:
        return [not_estimable(blank, Caveat("one_result"))]
    blank = replace(blank, method_facts=likeness.libraries)
    answer = filled(blank, SIMILARITY_CONTRAST, likeness.estimated(slopes))
    reason, against = held.gates.verdict(*_sides(likeness, name, answer))
    if reason is not None:
        return [warned(not_estimable(blank, reason), *against)]
    answer, *checked = _checked(likeness, name, warned(answer, *against), held)
    answer, *ranges = with_range(answer, _without_donors(likeness, name, answer))
    ranges += _without_reference(answer, contrasts(held.refits, likeness.less(name)))
    return [answer, *ranges, *checked, *_within_groups(likeness, blank, name)]


def _checked(likeness: Likeness, name: str, answer: Finding, held: _Held) -> list[Finding]:
    """The answer with all that stands against it, and the numbers of what was checked."""
    shared, without = programme(likeness, name, answer.estimate or 0.0)
    made = [*checks(likeness, held.wide, name, answer), Checked(shared, tuple(without))]
    against = chain.from_iterable(one.against for one in made)
    answer = warned(answer, *against, *_warnings(likeness, name))
    return [answer, *chain.from_iterable(one.findings for one in made)]


def _sides(likeness: Likeness, name: str, answer: Finding) -> tuple[str, str]:
    """The class that the cells are nearer to, of the two of a contrast, and the other."""
    nearer, like = nearer_of(likeness, name, answer), likeness.question.like
    return nearer, name if nearer == like else like


def _without_donors(likeness: Likeness, name: str, answer: Finding) -> list[Finding]:
    """The range of the answer without each donor, with the largest p value where all have one."""
    slopes, donors = likeness.slopes(name), likeness.profiles.donors
    without = [slopes.of(rows) for rows in ~np.eye(len(donors), dtype=np.bool_)]
    p = [likeness.estimated(one).p for one in without if np.ptp(one.values) > SAME_RESULT]
    return ranged(answer, donors, means_without_each(slopes.values), p)


def _without_reference(answer: Finding, means: dict[str, float]) -> list[Finding]:
    """How far the estimate moves without each reference sample."""
    if len(means) < FEWEST or answer.estimate is None:
        return []
    estimates = np.array(list(means.values()))
    facts = {"reference": farthest(list(means), estimates, answer.estimate)}
    estimand = Estimand("without_reference", facts)
    return [range_of(answer, WITHOUT_REFERENCE, estimates, estimand)]


def _within_groups(likeness: Likeness, blank: Finding, name: str) -> Iterator[Finding]:
    """The same contrast within each group, where there are several that are large enough."""
    slopes = likeness.slopes(name)
    for count in blank.n if len(blank.n) > 1 else ():
        rows: Bools = likeness.groups == count.group
        some = slopes.of(rows)
        if count.n >= FEWEST and np.ptp(some.values) >= SAME_RESULT:
            facts: Facts = {**blank.estimand.facts, "group": count.group}
            yield replace(
                filled(blank, SIMILARITY_CONTRAST, likeness.estimated(some)),
                part="beside",
                n=(count,),
                donors=tuple(compress(likeness.profiles.donors, rows)),
                estimand=Estimand("similarity_contrast_within", facts),
            )


def _warnings(likeness: Likeness, name: str) -> Iterator[Caveat]:
    """What a reader must know of the references of a contrast with one other class, and of the
    genes.
    """
    profiles, like = likeness.profiles, likeness.question.like
    yield from _single(profiles, (like, name))
    if len(profiles.names) == 2:
        yield Caveat("two_references")
    yield from _warnings_of_genes(likeness)


def _single(profiles: Profiles, cells: tuple[str, ...]) -> Iterator[Caveat]:
    """Classes that come from one donor each, or from one of the donors themselves."""
    givers = {cell: set(compress(profiles.givers, profiles.of(cell))) for cell in cells}
    alone = tuple(cell for cell in cells if len(givers[cell]) == 1)
    if alone:
        yield Caveat("one_donor_a_class", {"cells": alone})
    for cell in alone:
        if (profiles.own & profiles.of(cell)).any():
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
