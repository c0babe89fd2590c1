"""What is true in a plan: the means of every series, as the effects of the study make them.

An effect of a study, or of the field's priors, multiplies what it names. A stimulus that blocks
another (the `blocked` of a question) has every effect of the stimulus alone, and what is assumed of
itself on top. What a question asks about is one effect for each of its analytes (`asked_of`): where
a plan changes the fold, that effect stands in the place of those of the study that say the same of
the same results; all others stay.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np

from exvivo import catalog
from exvivo.arrays import Floats
from exvivo.simulate.population.model import Changes, Series
from exvivo.study import (
    AssumedEffect,
    Change,
    Difference,
    Effect,
    Mediation,
    Question,
    Specificity,
    Study,
    Treatment,
)
from exvivo.study.question_records import condition_of

PRIOR = "prior of the field"
SpreadOf = Callable[[Question, str, str], float]
"""The standard deviation between donors of what a question asks of an assay and analyte."""


def effects_of(study: Study, changes: Changes, spread_of: SpreadOf) -> tuple[AssumedEffect, ...]:
    """Every effect of a plan: those of the study, else the priors, as the changes have them.

    `spread_of` gives the spreads in which priors are stated.
    """
    effects = _changed(study, changes, spread_of)
    effects += _responses(study, effects)
    return (*effects, *_of_blocked(study, effects))


def _changed(study: Study, changes: Changes, spread_of: SpreadOf) -> list[AssumedEffect]:
    """The effects of the study as the changes have them; unchanged, with the priors."""
    effects = list(study.assumptions.effects)
    if changes.null:
        return [effect for effect in effects if not _may_be_asked(effect, study)]
    if changes.fold is not None:
        return _all_at_fold(study, changes.fold)
    return [*effects, *_priors(study, effects, spread_of)]


def _all_at_fold(study: Study, fold: float) -> list[AssumedEffect]:
    """The effects that are asked at a fold, and what is left of those of the study beside them."""
    each = chain.from_iterable(asked_of(question, study) for question in study.questions)
    asked = list(_at_fold(each, fold))
    kept = (_beside(effect, asked, study) for effect in study.assumptions.effects)
    return [*chain.from_iterable(kept), *asked]


def _may_be_asked(effect: AssumedEffect, study: Study) -> bool:
    """Whether an effect is of a kind that questions ask about: of a group, a visit, a column of
    donors.csv, or of a stimulus that blocks another.
    """
    return not _is_general(effect) or effect.stimulus in _blocked(study)


def _is_general(effect: AssumedEffect) -> bool:
    """Whether an effect is of everybody, at every visit."""
    return not (effect.group or effect.visit or effect.column)


def _blocked(study: Study) -> dict[str, str]:
    """The stimuli that block another, with the one that they block."""
    return {q.blocked: q.stimulus for q in study.questions if isinstance(q, Effect)}


def _responses(study: Study, effects: Sequence[AssumedEffect]) -> Iterator[AssumedEffect]:
    """The response to each stimulus of which no effect for everybody tells."""
    number = catalog.prior_numbers()["stimulated"]
    named = {effect.stimulus for effect in effects if _is_general(effect)} | set(_blocked(study))
    for stimulus in study.stimuli:
        if not stimulus.control and stimulus.id not in named:
            yield AssumedEffect(fold=number.value, stimulus=stimulus.id, source=number.source)


def _of_blocked(study: Study, effects: Sequence[AssumedEffect]) -> Iterator[AssumedEffect]:
    """What a stimulus with an antagonist has of the stimulus alone."""
    for blocked, alone in _blocked(study).items():
        yield from (replace(e, stimulus=blocked) for e in effects if e.stimulus == alone)


def _each_once(effects: Iterable[Iterable[AssumedEffect]]) -> list[AssumedEffect]:
    """Effects, the first of those that are of the same results, whatever the group: what a response
    to a stimulus does is done to the level under it, too.
    """
    first: dict[AssumedEffect, AssumedEffect] = {}
    for effect in chain.from_iterable(effects):
        first.setdefault(replace(effect, fold=1.0, group=""), effect)
    return list(first.values())


Kind = Literal["group", "visit", ""]


class Asked(NamedTuple):
    """What a question asks about: an effect of no group or visit yet, and the `pair` of groups or
    of visits (`of`) of which the first has so many times what the second has; no pair for an effect
    that names its stimulus or column itself.
    """

    effect: AssumedEffect
    of: Kind
    pair: tuple[str, str]


def _at_fold(asked: Iterable[Asked], fold: float) -> Iterator[AssumedEffect]:
    """The effects that give every pair the fold, pair after pair: where one of both has a value by
    an earlier pair, the other follows it; where both have, nothing is left to choose.
    """
    powers: dict[tuple[AssumedEffect, Kind], dict[str, int]] = {}
    for effect, of, (first, second) in asked:
        known = powers.setdefault((effect, of), {})
        if first not in known and second not in known:
            known[second] = 0
        known.setdefault(first, known.get(second, 0) + 1)
        known.setdefault(second, known[first] - 1)
    for (effect, of), known in powers.items():
        for name, power in known.items():
            if power:
                yield _of_one(replace(effect, fold=fold**power), of, name)


def _of_one(effect: AssumedEffect, of: Kind, name: str) -> AssumedEffect:
    """The effect of one group, or at one visit."""
    if of == "group":
        return replace(effect, group=name)
    return replace(effect, visit=name) if of == "visit" else effect


def asked_of(question: Question, study: Study) -> Iterator[Asked]:
    """What a question asks about, of each analyte: in its own cells, under its stimulus or
    condition. That of the level at rest is of all wells, so that a response beside it stays as it
    is. Of a negative control nothing is expected.
    """
    if getattr(question, "negative_control", False):
        return
    under = getattr(question, "stimulus", "") or condition_of(question)
    cells = getattr(question, "cell_type", "") if len(study.cell_types) > 1 else ""
    for analyte in getattr(question, "analytes", ()):
        one = AssumedEffect(
            fold=1.0,
            analytes=(analyte,),
            cell_type=cells,
            stimulus="" if under == study.control_stimulus() else under,
            source="--fold",
        )
        match question:
            case Difference() | Specificity() | Mediation():
                first, second = question.groups
                yield Asked(one, "group", (first, second))
            case Change():
                yield Asked(one, "visit", (question.visits[-1], question.visits[0]))
            case Effect():
                yield Asked(replace(one, stimulus=question.blocked), "", ("", "none"))
            case Treatment():
                taken = replace(one, column=question.exposure, value=question.exposed)
                yield Asked(taken, "", ("", "none"))
            case _:
                return


def _beside(
    effect: AssumedEffect, asked: Sequence[AssumedEffect], study: Study
) -> Iterator[AssumedEffect]:
    """What is left of an effect of the study beside those that are asked, analyte by analyte."""
    analytes = effect.analytes or tuple(analyte.id for analyte in study.analytes)
    for analyte in analytes:
        one = replace(effect, analytes=(analyte,))
        if not any(_says_the_same(one, other, study) for other in asked):
            yield one


def _says_the_same(one: AssumedEffect, asked: AssumedEffect, study: Study) -> bool:
    """Whether an effect of the study is of the same contrast, on the same results, as an asked one:
    of one group or of the other it is the same difference.
    """
    of_level = {"", study.control_stimulus() or ""}
    stimuli = of_level if not asked.stimulus else {asked.stimulus}
    return (
        one.analytes == asked.analytes
        and (one.column, one.value, one.visit) == (asked.column, asked.value, asked.visit)
        and bool(one.group) == bool(asked.group)
        and one.stimulus in stimuli
        and (not one.cell_type or not asked.cell_type or one.cell_type == asked.cell_type)
    )


def _priors(
    study: Study, effects: Sequence[AssumedEffect], spread_of: SpreadOf
) -> Iterator[AssumedEffect]:
    """The differences of the field between the two groups of a question, in standard deviations of
    the donors of each assay, for analytes of whose groups the study assumes nothing.
    """
    compared = [q for q in study.questions if isinstance(q, Difference | Specificity | Mediation)]
    yield from _each_once(_prior_of(q, effects, spread_of, study) for q in compared)


def _prior_of(
    question: Difference | Specificity | Mediation,
    effects: Sequence[AssumedEffect],
    spread_of: SpreadOf,
    study: Study,
) -> Iterator[AssumedEffect]:
    """Those of one question."""
    priors = catalog.prior_differences()
    for effect, _, (first, _) in asked_of(question, study):
        (analyte,) = effect.analytes
        if analyte not in priors or _of_groups(effects, analyte):
            continue
        for assay in question.assays:
            spread = spread_of(question, assay, analyte)
            fold = 2 ** (priors[analyte].smd * spread)
            yield replace(effect, fold=fold, group=first, assays=(assay,), source=PRIOR)


def _of_groups(effects: Sequence[AssumedEffect], analyte: str) -> bool:
    """Whether an effect of one group is of an analyte."""
    return any(effect.group and analyte in (effect.analytes or (analyte,)) for effect in effects)


def names(effect: AssumedEffect, series: Series) -> bool:
    """Whether an effect is one of a series, whatever the group and what donors take."""
    return (
        series.analyte in (effect.analytes or (series.analyte,))
        and series.assay in (effect.assays or (series.assay,))
        and effect.stimulus in ("", series.stimulus)
        and effect.cell_type in ("", series.cell_type)
        and effect.visit in ("", series.visit)
    )


def means_of(
    study: Study, series: Sequence[Series], effects: Sequence[AssumedEffect], levels: Floats
) -> Floats:
    """log2 means (groups, series): the level of each, and every effect that names it and is of no
    column.
    """
    means = np.tile(levels, (len(study.groups), 1))
    for effect in effects:
        if not effect.column:
            means += np.outer(_is_of_groups(effect, study), move_of(effect, series))
    return means


def _is_of_groups(effect: AssumedEffect, study: Study) -> list[bool]:
    """Which groups an effect is one of."""
    return [effect.group in ("", group.id) for group in study.groups]


def move_of(effect: AssumedEffect, series: Sequence[Series]) -> Floats:
    """log2 of what an effect multiplies each series by (series,)."""
    named = np.array([names(effect, one) for one in series])
    return math.log2(effect.fold) * named
