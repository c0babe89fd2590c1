"""Every number that a model is made of, with where it is from and who says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exvivo import catalog
from exvivo.catalog.priors import ASSUMED
from exvivo.simulate.population.effects import PRIOR
from exvivo.simulate.population.model import Changes, Latent, Origin, Source
from exvivo.study import AssumedEffect, Study
from exvivo.study.assumptions import Agreement, AssumedLevel, AssumedScore, AssumedShare

CHANGED = {
    "level": "level_sd",
    "response": "response_sd",
    "culture": "culture_sd",
    "well": "well_sd",
    "plate_response": "plate_response_sd",
}
"""The change of a spread by its name."""
_SPREADS = ("level", "response", "culture", "well", "plate", "plate_response")
_PLAN = "plan of study.yaml"
_FOLD = "--fold"
_LOG2 = "log2"


def sources_of(
    study: Study,
    changes: Changes,
    latents: Sequence[Latent],
    effects: Sequence[AssumedEffect],
    sizes: Mapping[str, int],
) -> Iterator[Source]:
    """Every number of a model with where it is from."""
    yield from _of_effects(effects)
    yield from _of_spreads(study, changes)
    for level in study.assumptions.levels:
        yield from _of_level(level)
    for score in study.assumptions.scores:
        yield from _of_score(score)
    yield from _of_bare_scores(study)
    for share in study.assumptions.shares:
        yield from _of_share(share)
    yield from _of_agreement(study, latents)
    yield _of_dropouts(study, changes)
    yield from _of_sizes(study, sizes)


def _stated(source: str) -> Origin:
    """Who says a number of the study."""
    return "stated" if source else "unsourced"


def _of_effects(effects: Sequence[AssumedEffect]) -> Iterator[Source]:
    """The effects; a prior with its source."""
    for effect in effects:
        named = (*effect.analytes, *effect.assays)
        parts = (effect.group, *named, effect.stimulus, effect.cell_type, effect.visit)
        of = ", ".join(filter(None, (*parts, effect.column)))
        source, origin = _of_effect(effect)
        yield Source("effect", of, effect.fold, "fold", source, origin)


def _of_effect(effect: AssumedEffect) -> tuple[str, Origin]:
    """Where an effect is from, and who says it."""
    if effect.source == PRIOR:
        return catalog.prior_differences()[effect.analytes[0]].source, "prior"
    if effect.source == _FOLD:
        return _FOLD, "typed"
    if effect.source == ASSUMED:
        return ASSUMED, "prior"
    return effect.source, _stated(effect.source)


def _of_spreads(study: Study, changes: Changes) -> Iterator[Source]:
    """The spreads: as the study states them, and the priors behind."""
    lines = study.assumptions.spreads
    for line in lines:
        of = _names(*line.groups, *line.analytes, *line.assays)
        for name in _SPREADS:
            value = getattr(line, name)
            if value is not None:
                yield Source(name, of, value, _LOG2, line.source, _stated(line.source))
    for name in _SPREADS:
        changed = getattr(changes, CHANGED.get(name, ""), None)
        prior = catalog.prior_numbers()[name]
        if changed is not None:
            yield Source(name, "", changed, _LOG2, "", "typed")
        elif not any(getattr(line, name) is not None and not line.analytes for line in lines):
            yield Source(name, prior.meaning, prior.value, _LOG2, prior.source, "prior")


def _names(*ids: str) -> str:
    """The ids that a line names; none is all."""
    return ", ".join(filter(None, ids))


def _of_level(line: AssumedLevel) -> Iterator[Source]:
    """An amount at rest, and what is seen of it."""
    of, origin = _names(*line.analytes, *line.assays), _stated(line.source)
    yield Source("amount", of, line.amount, "", line.source, origin)
    if line.lower is not None:
        yield Source("lower", of, line.lower, "", line.source, origin)


def _of_score(line: AssumedScore) -> Iterator[Source]:
    """The mean, spread and correlations of a scale in a group."""
    of, origin = _names(line.scale, line.group, line.visit), _stated(line.source)
    yield Source("score_mean", of, line.mean, "", line.source, origin)
    yield Source("score_sd", of, line.sd, "", line.source, origin)
    for analyte, r in line.correlation.items():
        with_it = _names(line.scale, analyte, line.group, line.visit)
        yield Source("correlation", with_it, r, "", line.source, origin)


def _of_bare_scores(study: Study) -> Iterator[Source]:
    """The scales of groups of which nothing is assumed: the middle of the scale, and a sixth."""
    there = {(line.scale, line.group) for line in study.assumptions.scores}
    for scale in study.scales:
        for group in study.groups:
            if (scale.id, group.id) not in there:
                of, room = _names(scale.id, group.id), scale.highest - scale.lowest
                middle = (scale.highest + scale.lowest) / 2
                yield Source("score_mean", of, middle, "", ASSUMED, "prior")
                yield Source("score_sd", of, room / 6, "", ASSUMED, "prior")


def _of_share(line: AssumedShare) -> Iterator[Source]:
    """Who has something in a column."""
    for group, share in line.shares.items():
        of = _names(group, line.column, line.value)
        yield Source("share", of, 100 * share, "%", line.source, _stated(line.source))


def _of_agreement(study: Study, latents: Sequence[Latent]) -> Iterator[Source]:
    """The correlations between numbers of a donor of which there are several."""
    usual, stated = Agreement(), study.assumptions.agreement
    several = {
        "analytes": len({one.analyte for one in latents}) > 1,
        "readouts": len({one.assay for one in latents}) > 1,
        "cell_types": len({one.cell_type for one in latents}) > 1,
        "visits": len({one.visit for one in latents}) > 1,
        "stimuli": len({one.stimulus for one in latents} - {None}) > 1,
        "scores": len(study.scales) > 1,
        "level_and_response": len({one.stimulus for one in latents}) > 1,
    }
    for name in filter(several.get, several):
        value = getattr(stated, name)
        if value == getattr(usual, name):
            yield Source("agreement", name, value, "", ASSUMED, "prior")
        else:
            yield Source("agreement", name, value, "", stated.source, _stated(stated.source))


def _of_dropouts(study: Study, changes: Changes) -> Source:
    """The share of donors that is lost."""
    lost = study.assumptions.dropouts
    if changes.dropouts is not None:
        return Source("dropouts", "", 100 * changes.dropouts, "%", "", "typed")
    if not lost:
        return Source("dropouts", "", 0.0, "%", ASSUMED, "prior")
    return Source("dropouts", "", 100 * lost, "%", "", "unsourced")


def _of_sizes(study: Study, sizes: Mapping[str, int]) -> Iterator[Source]:
    """Cultures, wells and plates: of the plan, typed, or the prior's."""
    for name, value in sizes.items():
        prior = catalog.prior_numbers()[name]
        own = getattr(study.plan, name, None)
        if own == value:
            yield Source(name, prior.meaning, value, "", _PLAN, "stated")
        elif own is None and value == prior.value:
            yield Source(name, prior.meaning, value, "", prior.source, "prior")
        else:
            yield Source(name, prior.meaning, value, "", "", "typed")
