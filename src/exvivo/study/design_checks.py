"""Whether the design of a study can answer its questions: samples of every group, condition and
visit, and groups that were measured and cultured together.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.errors import Mistake
from exvivo.study.cultures import TOGETHER
from exvivo.study.entry import Entry, Ids, Mistakes
from exvivo.study.question_records import (
    Change,
    Compared,
    Effect,
    Identity,
    Measured,
    condition_of,
    groups_of,
)
from exvivo.study.records import Study
from exvivo.words import shortened


@dataclass(frozen=True)
class _Asked:
    """One question asked of one assay: `samples` are the wells of its groups on its plates."""

    question: Measured
    assay: str
    samples: pl.DataFrame
    study: Study
    entry: Entry

    def words(self, column: str) -> list[str]:
        """What its samples have in a column, in the order of the layouts."""
        return self.samples[column].drop_nulls().unique(maintain_order=True).to_list()


def design_mistakes(
    study: Study, entry: Entry, *, but: tuple[Container[int], Container[str]] = ((), ())
) -> Mistakes:
    """Designs that cannot answer the question asked: groups never measured together, or not
    measured at all. Questions (by their place) and assays in `but` are not looked at.
    """
    for asked in _asked(study, entry, but):
        yield from _absent_groups(asked)
        if isinstance(asked.question, Change):
            yield from _absent_visits(asked, asked.question)
        yield from _absent_conditions(asked)
        yield from _mixed_exposures(asked)
        yield from _groups_apart(asked)


def _asked(
    study: Study, entry: Entry, but: tuple[Container[int], Container[str]]
) -> Iterator[_Asked]:
    """Every question of every assay it asks, but those that are in doubt."""
    for i, question in enumerate(study.questions):
        if not isinstance(question, Identity) and i not in but[0]:
            for assay in question.assays:
                if assay in but[1]:
                    continue
                samples = _samples(study, question, assay)
                yield _Asked(question, assay, samples, study, entry.at("questions", i))


def _samples(study: Study, question: Measured, assay: str) -> pl.DataFrame:
    """The wells of an assay that hold cells of the groups asked about."""
    return study.layout.filter(
        pl.col("role") == "sample",
        pl.col("plate").is_in(_plates_of(study, assay)),
        pl.col("group").is_in(groups_of(question)),
    )


def _plates_of(study: Study, assay: str) -> Ids:
    """The plates of an assay."""
    return [plate.id for plate in study.plates if plate.assay == assay]


def _absent_groups(asked: _Asked) -> Mistakes:
    measured = asked.words("group")
    for group in groups_of(asked.question):
        if group not in measured:
            yield asked.entry.mistake(
                f"no sample of group `{group}` on a plate of assay `{asked.assay}`",
                "samples of every group asked about",
                "check the layouts and donors.csv, or drop the question",
            )


def _absent_visits(asked: _Asked, question: Change) -> Mistakes:
    """Visits of a question of change at which nothing of the group was measured."""
    measured = asked.words("visit")
    for visit in question.visits:
        if asked.samples.height and visit not in measured:
            yield asked.entry.mistake(
                f"no sample of visit `{visit}` of group `{question.within}` on a plate of assay "
                f"`{asked.assay}`; its visits are: {_or_none(measured)}",
                "samples at every visit asked about",
                "write the column `visit` in the layouts as the question does, or correct the "
                "question",
                field="visits",
            )


def _absent_conditions(asked: _Asked) -> Mistakes:
    """A condition that a question needs and no sample of the groups it asks about was given."""
    given = asked.words("stimulus")
    for condition in _conditions(asked):
        if asked.samples.height and condition not in given:
            yield asked.entry.mistake(
                f"no sample with stimulus `{condition}` on a plate of assay `{asked.assay}`; its "
                f"samples have: {_or_none(given)}",
                "samples with the stimulus and with the control condition",
                "correct the layouts, or the question",
            )


def _conditions(asked: _Asked) -> Ids:
    """The conditions a response is made of: the stimulus, and the control or the other arm."""
    question = asked.question
    if condition_of(question):
        return [condition_of(question)]
    if not question.stimulus:
        return []
    against = question.blocked if isinstance(question, Effect) else asked.study.control_stimulus()
    return [question.stimulus, against] if against else [question.stimulus]


def _or_none(words: list[str]) -> str:
    return shortened(words) or "none"


def _mixed_exposures(asked: _Asked) -> Mistakes:
    """Several doses or times under one name: their mean would be the answer to no question."""
    control = asked.study.control_stimulus() or ""
    for condition in dict.fromkeys((*_conditions(asked), control)):
        wells = asked.samples.filter(pl.col("stimulus") == condition)
        exposures = wells.select("dose", "time").unique(maintain_order=True).rows()
        if condition and len(exposures) > 1:
            named = [" ".join(filter(None, pair)) or "not said" for pair in exposures]
            yield asked.entry.mistake(
                f"in assay `{asked.assay}` the stimulus `{condition}` at several doses or times "
                f"({shortened(named, separator='; ')})",
                "one dose and time for each stimulus that a question names",
                "declare each dose and time as a stimulus of its own (ATP_1mM_4h), use it in the "
                "layouts, and ask of each",
            )


def _groups_apart(asked: _Asked) -> Mistakes:
    """Groups of a comparison that never share a plate, or a batch (operator, day) of cultures: a
    difference between groups could be one between plates or batches.
    """
    if not isinstance(asked.question, Compared):
        return
    if apart := _apart(asked.samples, "plate"):
        yield _plates_apart(asked, apart)
    facts = asked.study.cultures.drop("donor", "visit", "cell_type")
    cultures = asked.samples.join(facts, on="culture", how="inner", maintain_order="left")
    for column in TOGETHER:
        if apart := _apart(cultures.filter(pl.col(column) != ""), column):
            yield _cultures_apart(asked, column, apart)


def _plates_apart(asked: _Asked, apart: list[str]) -> Mistake:
    listed = shortened([f"plate {plate}" for plate in apart], separator="; ")
    return asked.entry.mistake(
        f"in assay `{asked.assay}` every plate holds one group only ({listed})",
        "plates that hold both groups",
        "group and plate cannot be told apart: measure donors of both groups on one plate, or drop "
        f"`{asked.question.id}`",
    )


def _cultures_apart(asked: _Asked, column: str, apart: list[str]) -> Mistake:
    return asked.entry.mistake(
        f"in assay `{asked.assay}` no `{column}` of cultures.csv holds cultures of both groups "
        f"({shortened(apart, separator='; ')})",
        "cultures of both groups made together",
        f"group and {column} cannot be told apart: culture both groups together, or drop "
        f"`{asked.question.id}`",
    )


def _apart(samples: pl.DataFrame, column: str) -> list[str]:
    """Each plate (batch, day) with its groups, where none holds several; empty where one does.

    Where every donor has a plate of their own, plates are as different within groups as between
    them: then it is empty too.
    """
    by_place = samples.group_by(column, maintain_order=True).agg(
        pl.col("group").unique().sort(), donors=pl.col("donor").n_unique()
    )
    shared = by_place["group"].list.len().max() != 1
    if shared or by_place.height < 2 or by_place["donors"].max() == 1:
        return []
    places = by_place.sort(column).select(column, "group").iter_rows()
    return [f"{place}: {', '.join(groups)}" for place, groups in places]
