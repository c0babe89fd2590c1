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
    plain = [effect for effect in study.assumptions.effects if not _is_asked(effect, study)]
    return (*_responses(study, plain), *plain, *_all_asked(study, changes, spread_of))


def _all_asked(study: Study, changes: Changes, spread_of: Floats) -> list[AssumedEffect]:
    """The effects that questions ask about: none, all at one fold, or those that are assumed."""
    if changes.null:
        return []
    if changes.fold is not None:
        return list(_asked_at(study, changes.fold))
    asked = [effect for effect in study.assumptions.effects if _is_asked(effect, study)]
    return [*asked, *_priors(study, asked, spread_of)]


def _is_asked(effect: AssumedEffect, study: Study) -> bool:
    """Whether an effect is one of those that questions ask about."""
    is_blocking = effect.stimulus in _blocked(study)
    return bool(effect.group or effect.visit or effect.column or is_blocking)


def _blocked(study: Study) -> dict[str, str]:
    """The stimulus alone, by each stimulus with an antagonist that a question asks about."""
    return {q.blocked: q.stimulus for q in study.questions if isinstance(q, Effect)}


def _responses(study: Study, plain: Sequence[AssumedEffect]) -> Iterator[AssumedEffect]:
    """The response to each stimulus of which no effect tells; a stimulus with an antagonist has
    that of the stimulus alone.
    """
    blocked = _blocked(study)
    for stimulus in study.stimuli:
        if not stimulus.control:
            yield from _response(stimulus.id, blocked.get(stimulus.id), plain)


def _response(
    stimulus: str, alone: str | None, plain: Sequence[AssumedEffect]
) -> Iterator[AssumedEffect]:
    """The response to a stimulus; `alone`: it is that stimulus with an antagonist."""
    of_stimulus = [effect for effect in plain if effect.stimulus == (alone or stimulus)]
    if alone is not None:
        yield from (replace(effect, stimulus=stimulus) for effect in of_stimulus)
    if not of_stimulus:
        number = catalog.prior_numbers()["stimulated"]
        yield AssumedEffect(fold=number.value, stimulus=stimulus, source=number.source)


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
    known = catalog.prior_differences().keys()
    for (analyte, _), question in _differences(study).items():
        if analyte in known and not _names(asked, analyte):
            yield _prior(question, analyte, spreads[analyte])


def _differences(study: Study) -> dict[tuple[str, str], Difference]:
    """The first question between groups of each analyte and stimulus."""
    first: dict[tuple[str, str], Difference] = {}
    for question in study.questions:
        if isinstance(question, Difference):
            for analyte in question.analytes:
                first.setdefault((analyte, question.stimulus), question)
    return first


def _prior(question: Difference, analyte: str, spread: float) -> AssumedEffect:
    """The difference of the field in an analyte, between the groups of a question."""
    return AssumedEffect(
        fold=2 ** (catalog.prior_differences()[analyte].smd * spread),
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
