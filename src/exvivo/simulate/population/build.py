"""From a study and its assumptions to the model that its virtual twins are drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from exvivo import catalog
from exvivo.arrays import Bools, Floats
from exvivo.errors import Mistake, StudyError
from exvivo.planned_sizes import MOST_DONORS, SIZES
from exvivo.simulate.population.correlations import Together, factor_of, is_meant
from exvivo.simulate.population.effects import effects_of, means_of, move_of
from exvivo.simulate.population.model import (
    Changes,
    DataModel,
    Exposure,
    Latent,
    Score,
    Series,
)
from exvivo.simulate.population.sources import CHANGED, sources_of
from exvivo.study import (
    Association,
    AssumedEffect,
    AssumedLevel,
    AssumedSpread,
    Change,
    Identity,
    Mediation,
    Question,
    Study,
)
from exvivo.study.question_records import condition_of
from exvivo.study.visits import ordered

FIRST_VISIT = "1"
_FEWEST = 2
"""Donors of a group below which nothing is compared."""


@dataclass(frozen=True)
class _Plan:
    """A study that is planned: its series and latents, and what is changed for this model."""

    study: Study
    changes: Changes
    series: tuple[Series, ...]
    latents: tuple[Latent, ...]
    scores: tuple[Score, ...]

    def spread(self, name: str, assay: str, analyte: str, group: str = "") -> float:
        """A spread of the results of an assay and analyte: changed, else as the last line of the
        study that names it, else the prior.
        """
        changed = getattr(self.changes, CHANGED.get(name, ""), None)
        if changed is not None:
            return float(changed)
        value = catalog.prior_numbers()[name].value
        return float([value, *self.stated(name, assay, analyte, group)][-1])

    def stated(self, name: str, assay: str, analyte: str, group: str) -> Iterator[float]:
        """The spread in every line of the study that names it of these results."""
        for line in self.study.assumptions.spreads:
            own = getattr(line, name)
            if own is not None and _is_about(line, assay, analyte, group):
                yield own

    def spread_asked(self, question: Question, assay: str, analyte: str) -> float:
        """The spread of what a question asks of the donors of the first two groups, pooled:
        √((σ₁² + σ₂²) / 2).
        """
        groups = [group.id for group in self.study.groups[:2]]
        spreads = [self._spread_of_group(question, assay, analyte, group) for group in groups]
        return float(np.sqrt(np.mean(np.square(spreads))))

    def _spread_of_group(self, question: Question, assay: str, analyte: str, group: str) -> float:
        """The same in one group: of the response, of the level, or of the level under a stimulus,
        which is the sum of both.
        """
        response = self.spread("response", assay, analyte, group)
        if getattr(question, "stimulus", ""):
            return response
        level = self.spread("level", assay, analyte, group)
        if condition_of(question) in ("", self.study.control_stimulus()):
            return level
        shared = self.study.assumptions.agreement.level_and_response
        return float(np.sqrt(level**2 + response**2 + 2 * shared * level * response))


def _is_about(line: AssumedSpread, assay: str, analyte: str, group: str) -> bool:
    """Whether a line of spreads names these results."""
    return (
        analyte in (line.analytes or (analyte,))
        and assay in (line.assays or (assay,))
        and (not group or group in (line.groups or (group,)))
    )


def data_model(
    study: Study,
    *,
    donors: Mapping[str, int] | None = None,
    cultures: int | None = None,
    wells: int | None = None,
    plates: int | None = None,
    changes: Changes | None = None,
) -> DataModel:
    """The model of a study with so many donors of each group (left out: `n` of its groups),
    cultures of each donor and condition, wells of each culture, and plates of each assay.

    What the study does not assume is a prior of the catalog; `sources` lists every number with
    where it is from. Raises `StudyError` with all that no study can have.
    """
    planned = _planned(study, changes or Changes())
    counts = _counts(study, donors)
    sizes = _sizes(study, cultures, wells, plates)
    factors = _factors(planned)
    effects = effects_of(study, planned.changes, replace(planned, changes=Changes()).spread_asked)
    exposures = _exposures(study)
    score_means, score_sds, ends = _score_arrays(planned)
    return DataModel(
        study=study,
        groups=tuple(group.id for group in study.groups),
        donors=counts,
        cultures=sizes["cultures"],
        wells=sizes["wells"],
        plates=sizes["plates"],
        series=planned.series,
        latents=planned.latents,
        scores=planned.scores,
        exposures=exposures,
        means=means_of(study, planned.series, effects, _levels(planned)),
        sums=_sums(planned),
        factors=factors,
        spreads=_spreads(planned),
        score_means=score_means,
        score_sds=score_sds,
        ends=ends,
        moves=_moves(planned.series, effects, exposures),
        shares=_shares(study, exposures),
        culture_sd=_errors(planned, "culture"),
        well_sd=_errors(planned, "well"),
        plate_sd=_errors(planned, "plate"),
        plate_response_sd=_errors(planned, "plate_response"),
        lower=_limits(planned),
        dropouts=_dropouts(planned),
        shape=study.assumptions.donors,
        sources=tuple(sources_of(study, planned.changes, planned.latents, effects, sizes)),
    )


def _planned(study: Study, changes: Changes) -> _Plan:
    """The series, latents and scores that the questions of a study ask for."""
    visits = _visits(study)
    cells: list[str | None] = [cell.id for cell in study.cell_types] or [None]
    places = list(product(cells, visits, _results(study)))
    scores = tuple(Score(scale.id, visit) for visit in visits for scale in study.scales)
    return _Plan(study, changes, _series(study, places), _latents(study, places), scores)


_Where = tuple[str | None, str, tuple[str, str]]
"""A cell type, a visit, and an assay with its analyte."""


def _series(study: Study, places: Sequence[_Where]) -> tuple[Series, ...]:
    """What is measured at each place: a series under every condition."""
    conditions: list[str | None] = [stimulus.id for stimulus in study.stimuli] or [None]
    readouts = {assay.id: assay.readout for assay in study.assays}
    return tuple(
        Series(cell, visit, assay, readouts[assay], analyte, condition)
        for (cell, visit, (assay, analyte)), condition in product(places, conditions)
    )


def _latents(study: Study, places: Sequence[_Where]) -> tuple[Latent, ...]:
    """What differs between donors at each place: the level, and the response to each stimulus."""
    control = study.control_stimulus()
    responses = [stimulus.id for stimulus in study.stimuli if stimulus.id != control]
    return tuple(
        Latent(cell, visit, assay, analyte, kind)
        for (cell, visit, (assay, analyte)), kind in product(places, [None, *responses])
    )


def _visits(study: Study) -> list[str]:
    """The visits that are planned: declared, or asked for; one where there is none."""
    asked = (visit for q in study.questions if isinstance(q, Change) for visit in q.visits)
    return ordered([*study.visits, *asked], study.visits) or [FIRST_VISIT]


def _results(study: Study) -> list[tuple[str, str]]:
    """Every assay and analyte that a question asks for, in the order of the study."""
    asked = _asked(study)
    pairs = product((a.id for a in study.assays), (a.id for a in study.analytes))
    return [pair for pair in pairs if pair in asked]


def _asked(study: Study) -> set[tuple[str, str]]:
    """Every assay and analyte that a question asks for; those of identity ask for none."""
    asked: set[tuple[str, str]] = set()
    for question in study.questions:
        if not isinstance(question, Identity):
            analytes = (*question.analytes, *getattr(question, "against", ()))
            asked.update(product(question.assays, analytes))
    return asked


def _counts(study: Study, donors: Mapping[str, int] | None) -> tuple[int, ...]:
    """The planned donors of each group. Raises `StudyError` where they are not stated."""
    planned = {group.id: group.n for group in study.groups} | dict(donors or {})
    slips = [_too_few(group, n) for group, n in planned.items() if not _can_be(n)]
    if slips:
        raise StudyError(slips)
    return tuple(int(planned[group.id] or 0) for group in study.groups)


def _can_be(count: int | None) -> bool:
    """Whether a group of so many donors can be compared, and drawn."""
    return count is not None and _FEWEST <= count <= MOST_DONORS


def _too_few(group: str, count: int | None) -> Mistake:
    """A group whose donors are not stated, or so few or so many that nothing is compared."""
    return Mistake(
        f"study.yaml: groups: {group}",
        "no number of donors" if count is None else f"{count:,} donors",
        f"{_FEWEST} or more, and up to {MOST_DONORS:,}",
        "write `n:` beside the group, or the donors of all groups: --donors 14v10",
    )


def _sizes(
    study: Study, cultures: int | None, wells: int | None, plates: int | None
) -> dict[str, int]:
    """Cultures, wells and plates: as asked, as the plan has them, else the prior."""
    asked = {
        "cultures": cultures or study.plan.cultures,
        "wells": wells or study.plan.wells,
        "plates": plates,
    }
    priors = catalog.prior_numbers()
    sizes = {name: int(value or priors[name].value) for name, value in asked.items()}
    slips = [
        Mistake(f"--{name}", f"{sizes[name]:,}", f"from 1 to {most}", f"take at most {most}")
        for name, most in SIZES.items()
        if not 1 <= sizes[name] <= most
    ]
    if slips:
        raise StudyError(slips)
    return sizes


def _factors(planned: _Plan) -> Floats:
    """The triangle of each group's correlations; without what is asked where nothing is true."""
    return np.array([factor_of(_together(planned, g.id)) for g in planned.study.groups])


def _together(planned: _Plan, group: str) -> Together:
    """What correlates in the people of a group."""
    assumed = planned.study.assumptions
    asked = _asked_of_scales(planned.study)
    better = frozenset(s.id for s in planned.study.scales if s.higher_is == "better")
    own = [] if planned.changes.null else [s for s in assumed.scores if s.group == group]
    return Together(planned.latents, planned.scores, better, own, assumed.agreement, asked)


def _asked_of_scales(study: Study) -> dict[tuple[str, str], frozenset[bool]]:
    """The kinds of result that questions relate to each scale and analyte: the response (True), the
    level (False), or both where one asks for the level under a stimulus.
    """
    kinds: dict[tuple[str, str], frozenset[bool]] = {}
    for question in study.questions:
        if not isinstance(question, Association | Mediation | Change):
            continue
        own = {bool(question.stimulus)} | ({True} if question.condition else set())
        for pair in product(question.scales, question.analytes):
            kinds[pair] = kinds.get(pair, frozenset()) | own
    return kinds


def _levels(planned: _Plan) -> Floats:
    """log2 of the amount at rest of each series; 0 where nothing is assumed."""
    levels = np.zeros(len(planned.series))
    for line in planned.study.assumptions.levels:
        levels[_is_of(line, planned.series)] = math.log2(line.amount)
    return levels


def _limits(planned: _Plan) -> Floats:
    """log2 of the limit of detection of each series; minus infinity where there is none."""
    limits = np.full(len(planned.series), -np.inf)
    for line in planned.study.assumptions.levels:
        if line.lower is not None:
            limits[_is_of(line, planned.series)] = math.log2(line.lower)
    return limits


def _is_of(line: AssumedLevel, series: Iterable[Series]) -> Bools:
    """Which series a line of levels names (series,)."""
    return np.array([_is_named(line, one) for one in series], dtype=np.bool_)


def _is_named(line: AssumedLevel, series: Series) -> bool:
    """Whether a line is of an assay and analyte; none named is all."""
    is_of_assay = not line.assays or series.assay in line.assays
    return is_of_assay and (not line.analytes or series.analyte in line.analytes)


def _sums(planned: _Plan) -> Floats:
    """Which latents each series is made of: its level, and its response under a stimulus."""
    sums = [_is_part(one, planned.latents) for one in planned.series]
    return np.array(sums, dtype=np.float64).reshape(len(planned.series), len(planned.latents))


def _is_part(series: Series, latents: Sequence[Latent]) -> list[bool]:
    """Which latents a series is made of."""
    level = Latent(series.cell_type, series.visit, series.assay, series.analyte, None)
    parts = (level, level._replace(stimulus=series.stimulus))
    return [latent in parts for latent in latents]


def _spreads(planned: _Plan) -> Floats:
    """The standard deviation of each latent in each group."""
    spreads = np.array([_of_latents(planned, group.id) for group in planned.study.groups])
    if len(spreads) > 1:
        spreads[1] *= planned.changes.second_spread
    return spreads


def _of_latents(planned: _Plan, group: str) -> list[float]:
    """The standard deviation of each latent in a group."""
    return [
        planned.spread("response" if one.stimulus else "level", one.assay, one.analyte, group)
        for one in planned.latents
    ]


def _errors(planned: _Plan, name: str) -> Floats:
    """A spread that is no donor's, of each series."""
    return np.array([planned.spread(name, one.assay, one.analyte) for one in planned.series])


def _score_arrays(planned: _Plan) -> tuple[Floats, Floats, Floats]:
    """Means and standard deviations of scores by group, and their ends; a score of which nothing is
    assumed lies in the middle of its scale with a sixth of it as its spread.
    """
    ends = _ends(planned)
    means, sds = _by_scale(ends, len(planned.study.groups))
    groups = [group.id for group in planned.study.groups]
    for line in planned.study.assumptions.scores:
        at = groups.index(line.group), [is_meant(line, one) for one in planned.scores]
        means[at], sds[at] = line.mean, line.sd
    return means, sds, ends


def _by_scale(ends: Floats, groups: int) -> tuple[Floats, Floats]:
    """Means and standard deviations (groups, scores) of which nothing is assumed."""
    widths = ends[:, 1] - ends[:, 0]
    return np.tile(ends.mean(axis=1), (groups, 1)), np.tile(widths / 6, (groups, 1))


def _ends(planned: _Plan) -> Floats:
    """The lowest and the highest number of each score (scores, 2)."""
    scales = {scale.id: scale for scale in planned.study.scales}
    ends = [(scales[s.scale].lowest, scales[s.scale].highest) for s in planned.scores]
    return np.array(ends).reshape(-1, 2)


def _exposures(study: Study) -> tuple[Exposure, ...]:
    """What donors can have in the columns of which shares are assumed."""
    lines = study.assumptions.shares
    return tuple(dict.fromkeys(Exposure(line.column, line.value) for line in lines))


def _shares(study: Study, exposures: Sequence[Exposure]) -> Floats:
    """Who has each exposure (exposures, groups)."""
    lines = study.assumptions.shares
    by_exposure = {Exposure(line.column, line.value): line.shares for line in lines}
    rows = [[by_exposure[one].get(g.id, 0.0) for g in study.groups] for one in exposures]
    return np.array(rows).reshape(len(exposures), len(study.groups))


def _moves(
    series: Sequence[Series], effects: Sequence[AssumedEffect], exposures: Sequence[Exposure]
) -> Floats:
    """log2 of what each exposure multiplies (exposures, series)."""
    moves = np.zeros((len(exposures), len(series)))
    for effect in effects:
        if effect.column:
            row = exposures.index(Exposure(effect.column, effect.value))
            moves[row] += move_of(effect, series)
    return moves


def _dropouts(planned: _Plan) -> float:
    changed = planned.changes.dropouts
    return planned.study.assumptions.dropouts if changed is None else changed
