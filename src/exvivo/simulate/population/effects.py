"""What is true in a plan: the means of every series, as the effects of the study make them.

An effect of a study, or of the field's priors, multiplies what it names. Those that a question asks
about are one of a group, a visit, a blocking stimulus or an exposure; without them nothing that is
asked is true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

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

PRIOR = "prior of the field"


def effects_of(study: Study, changes: Changes, spread_of: Floats) -> tuple[AssumedEffect, ...]:
    """Every effect of a plan: those of the study (or the priors), as the changes have them.

    `spread_of` are the standard deviations between donors of the analytes of the study, in which
    priors are stated.
    """
    assumed = study.assumptions.effects
    plain = [effect for effect in assumed if not _is_asked(effect, study)]
    asked = [effect for effect in assumed if _is_asked(effect, study)]
    if changes.null:
        asked = []
    elif changes.fold is not None:
        asked = list(_asked_at(study, changes.fold))
    else:
        asked += _priors(study, asked, spread_of)
    return (*_responses(study, plain), *plain, *asked)


def _is_asked(effect: AssumedEffect, study: Study) -> bool:
    """Whether an effect is one of those that questions ask about."""
    blocking = effect.stimulus in {q.blocked for q in study.questions if isinstance(q, Effect)}
    return bool(effect.group or effect.visit or effect.column or blocking)


def _responses(study: Study, plain: Sequence[AssumedEffect]) -> Iterator[AssumedEffect]:
    """The response to each stimulus of which no effect tells; a stimulus with an antagonist has
    that of the stimulus alone.
    """
    blocked = {q.blocked: q.stimulus for q in study.questions if isinstance(q, Effect)}
    number = catalog.prior_numbers()["stimulated"]
    for stimulus in study.stimuli:
        alone = blocked.get(stimulus.id)
        if stimulus.control:
            continue
        if alone is not None:
            own = [effect for effect in plain if effect.stimulus == alone]
            yield from (replace(effect, stimulus=stimulus.id) for effect in own)
        if not any(effect.stimulus == (alone or stimulus.id) for effect in plain):
            yield AssumedEffect(fold=number.value, stimulus=stimulus.id, source=number.source)


def _asked_at(study: Study, fold: float) -> Iterator[AssumedEffect]:
    """The contrast of every question at one fold, each once."""
    effects = chain.from_iterable(_contrast(question, fold) for question in study.questions)
    yield from dict.fromkeys(effects)


def _contrast(question: Question, fold: float) -> Iterator[AssumedEffect]:
    """What a question asks about, at a fold, one effect for each analyte."""
    for analyte in getattr(question, "analytes", ()):
        one = AssumedEffect(fold=fold, analytes=(analyte,), source="--fold")
        match question:
            case Difference() | Specificity() | Mediation():
                stimulus = question.stimulus or question.condition
                yield replace(one, group=question.groups[0], stimulus=stimulus)
            case Change():
                yield replace(one, visit=question.visits[-1], stimulus=question.stimulus)
            case Effect():
                yield replace(one, stimulus=question.blocked)
            case Treatment():
                column, value = question.exposure, question.exposed
                yield replace(one, column=column, value=value, stimulus=question.stimulus)
            case _:
                return


def _priors(
    study: Study, asked: Sequence[AssumedEffect], spread_of: Floats
) -> Iterator[AssumedEffect]:
    """The differences of the field between the two groups of a question, for analytes of whose
    groups the study assumes nothing.
    """
    spreads = dict(zip((a.id for a in study.analytes), spread_of.tolist(), strict=True))
    priors = catalog.prior_differences()
    given: set[tuple[str, str]] = set()
    for question in study.questions:
        if not isinstance(question, Difference):
            continue
        for analyte in question.analytes:
            key = (analyte, question.stimulus)
            if analyte not in priors or key in given or _names(asked, analyte):
                continue
            given.add(key)
            yield AssumedEffect(
                fold=2 ** (priors[analyte].smd * spreads[analyte]),
                analytes=(analyte,),
                group=question.groups[0],
                stimulus=question.stimulus or question.condition,
                source=PRIOR,
            )


def _names(asked: Sequence[AssumedEffect], analyte: str) -> bool:
    """Whether an effect between groups is of an analyte."""
    return any(effect.group and analyte in (effect.analytes or (analyte,)) for effect in asked)


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
        if effect.column:
            continue
        named = np.array([names(effect, one) for one in series])
        of_group = np.array([effect.group in ("", group.id) for group in study.groups])
        means += math.log2(effect.fold) * np.outer(of_group, named)
    return means
