"""Drawn studies to the answers that `compare` gives of each: the same code that answers a real
study, of many at once where every result is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints, Texts
from exvivo.compare import compare, responses
from exvivo.compare.many import ManyAnswers, ManyStudies, answers_of_many
from exvivo.errors import Bug
from exvivo.simulate.population.donor_table import donor_names, donor_table
from exvivo.simulate.population.draw import Drawn
from exvivo.simulate.population.model import DataModel
from exvivo.simulate.population.tables import Tables, plate_names
from exvivo.study import Study
from exvivo.tables import VERDICTS
from exvivo.units import UNITS

About = tuple[str, str, str, str]
"""Question, assay, analyte and scale of an answer."""
MOST_DRAWS = 999
"""Draws behind the corrected p value of a simulated study: the scatter of so few evens out over the
studies.
"""
_NUMBERS = ("estimate", "lower", "upper", "p", "p_adjusted")


def answers_of(drawn: Drawn) -> list[ManyAnswers]:
    """The answers of all drawn studies: of those in which every result is seen at once, of the
    others one by one. Where there are limits, studies have to be drawn with their wells.
    """
    seen = _seen(drawn)
    if seen.all():
        return answers_of_many(many_studies(drawn), corrected="deciding")
    by_one = one_by_one(_some(drawn, ~seen))
    if not seen.any():
        return by_one
    at_once = answers_of_many(many_studies(_some(drawn, seen)), corrected="deciding")
    order = np.argsort(np.concatenate([np.flatnonzero(seen), np.flatnonzero(~seen)]))
    return [_together(*pair, order) for pair in zip(at_once, by_one, strict=True)]


def _seen(drawn: Drawn) -> Bools:
    """The studies in which no well of a donor who is there lies below a limit."""
    if drawn.model.detects_all:
        return np.ones(drawn.studies, np.bool_)
    below = (drawn.values < drawn.model.lower[:, None, None]).any(axis=(2, 3, 4))
    return np.asarray(~(below & drawn.present).any(axis=1), dtype=np.bool_)


def _some(drawn: Drawn, chosen: Bools) -> Drawn:
    """Some of the studies."""
    return replace(
        drawn,
        values=drawn.values[chosen],
        scores=drawn.scores[chosen],
        exposed=drawn.exposed[chosen],
        present=drawn.present[chosen],
        latents=drawn.latents[chosen],
    )


def _together(first: ManyAnswers, second: ManyAnswers, order: Ints) -> ManyAnswers:
    """The answers of two sets of studies to one question, in an order. Both name it alike, or it is
    our fault.
    """
    if _about(first) != _about(second):
        raise Bug(f"answers to {_about(first)} and {_about(second)} stand in one place")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])[order]
        for name in (*_NUMBERS, "verdict")
    }
    return replace(first, **joined)


def _about(one: ManyAnswers) -> About:
    return one.question, one.assay, one.analyte, one.scale


def many_studies(drawn: Drawn) -> ManyStudies:
    """Drawn studies as `compare` takes many of them."""
    model = drawn.model
    donors = donor_table(model, np.zeros((model.n, len(model.exposures)), np.bool_))
    scores = zip(model.scores, np.moveaxis(drawn.scores, 2, 0), strict=True)
    return ManyStudies(
        study=with_few_draws(replace(model.study, donors=donors)),
        series=model.series,
        donors=tuple(donor_names(model)),
        groups=np.array(model.groups)[model.group],
        means=drawn.means,
        plates=_plates(model),
        present=drawn.present,
        scores={(one.scale, one.visit): given for one, given in scores},
        columns=_columns(drawn, donors),
        cultures=model.cultures,
    )


def with_few_draws(study: Study) -> Study:
    """The study with so many draws of donors as one of many needs."""
    few = min(study.plan.permutations, MOST_DRAWS)
    return replace(study, plan=replace(study.plan, permutations=few))


def _plates(model: DataModel) -> Texts:
    """The plate of every donor and series (donors, series)."""
    names = {one.assay: np.array(plate_names(model, one.assay)) for one in model.series}
    return np.stack([names[one.assay][model.plate] for one in model.series], axis=1)


def _columns(drawn: Drawn, donors: pl.DataFrame) -> dict[str, Texts]:
    """What donors are exposed to, by column of donors.csv (studies, donors); `donors` are those of
    whom nobody is. Of several values that are true of a donor the first stands.
    """
    columns: dict[str, Texts] = {}
    for place, exposure in reversed(list(enumerate(drawn.model.exposures))):
        nobody = np.broadcast_to(donors[exposure.column].to_numpy(), drawn.present.shape)
        words = columns.get(exposure.column, nobody)
        words = np.where(drawn.exposed[..., place], exposure.value, words)
        columns[exposure.column] = np.asarray(words, dtype=np.str_)
    return columns


def one_by_one(drawn: Drawn) -> list[ManyAnswers]:
    """The answers of studies compared one after another, wells and all: the slow way, which takes
    results below a limit.
    """
    tables = Tables.of(drawn.model)
    answers: dict[About, list[Mapping[str, object]]] = {}
    for number in range(drawn.studies):
        for row in _answers_of_one(drawn, tables, number).iter_rows(named=True):
            about = (row["question"], row["assay"], row["analyte"], row["scale"] or "")
            answers.setdefault(about, []).append(row)
    return [_joined(about, rows) for about, rows in answers.items()]


def _answers_of_one(drawn: Drawn, tables: Tables, number: int) -> pl.DataFrame:
    """The answers of one study."""
    study = with_few_draws(tables.study(drawn, number))
    quantities = tables.quantities(drawn, number)
    findings = compare(
        responses(quantities, study=study),
        tables.clinic(drawn, number),
        study=study,
        rng=np.random.default_rng(study.plan.seed),
        quantities=quantities,
        brief=True,
    )
    return findings.filter(part="answer").select(
        "question", "family", "assay", "analyte", "scale", "unit", *_NUMBERS, "verdict"
    )


def _joined(about: About, rows: Sequence[Mapping[str, object]]) -> ManyAnswers:
    """The answers of all studies to one question."""
    question, assay, analyte, scale = about
    estimate, lower, upper, p, p_adjusted = (
        _numbers(row[name] for row in rows) for name in _NUMBERS
    )
    return ManyAnswers(
        question=question,
        family=str(rows[0]["family"]),
        assay=assay,
        analyte=analyte,
        scale=scale,
        unit=UNITS[str(rows[0]["unit"])],
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=p,
        p_adjusted=p_adjusted,
        verdict=np.array([VERDICTS.index(str(row["verdict"])) for row in rows]),
    )


def _numbers(values: Iterable[object]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
