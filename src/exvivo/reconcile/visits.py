"""Visits of layouts, cultures and clinic held against one another: a score counts only at the visit
at which the cells were measured, so one visit with two names leaves every donor without a score.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Association, Change, Mediation, Study
from exvivo.study.entry import Entry
from exvivo.study.files import CLINIC_FILE
from exvivo.study.question_records import groups_of
from exvivo.study.visits import (
    day_words,
    ordered,
    undeclared_visits,
    visit_spelling,
    visits_of,
)
from exvivo.words import listed, shortened

_SHOWN = 6
Scored = Association | Mediation | Change
"""Questions that are answered from scores."""


def clinic_visit_mistakes(study: Study, clinic: pl.DataFrame, entry: Entry) -> Iterator[Mistake]:
    """Visits in two spellings, visits of clinic.csv that study.yaml does not name, and visits of
    questions at which nobody has a score though people have scores at others.
    """
    if spelled := list(_spellings(study, clinic)):
        yield from spelled
        return
    visits = clinic["visit"].unique(maintain_order=True).to_list()
    yield from undeclared_visits(study, visits, CLINIC_FILE, entry)
    asked: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for question, wanted in _wanted(study):
        scored = _scored(clinic, question)
        if scored and wanted not in scored:
            asked.setdefault((wanted, tuple(scored)), []).append(question.id)
    for (wanted, others), questions in asked.items():
        yield _no_score(wanted, list(others), list(dict.fromkeys(questions)), study, entry)


def _wanted(study: Study) -> Iterator[tuple[Scored, str]]:
    """Every question of scores with each visit whose scores it takes."""
    for question in study.questions:
        if isinstance(question, Change) and question.scales:
            for visit in question.visits:
                yield question, visit
        elif isinstance(question, Association | Mediation):
            for assay in question.assays:
                for visit in visits_of(study, question, assay)[:1]:
                    yield question, visit


def _scored(clinic: pl.DataFrame, question: Scored) -> list[str]:
    """The visits at which the groups of a question have a score of one of its scales."""
    rows = clinic.filter(
        pl.col("score").is_not_null(),
        pl.col("scale").is_in(question.scales),
        pl.col("group").is_in(groups_of(question)),
    )
    return rows["visit"].unique(maintain_order=True).to_list()


def _no_score(
    wanted: str, scored: list[str], questions: list[str], study: Study, entry: Entry
) -> Mistake:
    """The mistake of a visit of the cells that no score names."""
    names = [_with_kind(visit) for visit in ordered(scored, study.visits)[:_SHOWN]]
    more = f" and {len(scored) - _SHOWN} more" if len(scored) > _SHOWN else ""
    at = next(i for i, question in enumerate(study.questions) if question.id == questions[0])
    undated = _undated(wanted, study)
    return entry.at("questions", at).mistake(
        f"no score at visit `{wanted}`, the one of the cells{undated}; {CLINIC_FILE} has scores at "
        f"{listed(names)}{more}: {shortened(questions, _SHOWN)} would be left without an answer",
        f"one name for a visit in the layouts and in {CLINIC_FILE}",
        f"in {CLINIC_FILE} write `{wanted}` in the column `visit` where the cells are of "
        "that day; or write the visits into the layouts (column `visit`) as "
        f"{CLINIC_FILE} names them",
    )


def _undated(wanted: str, study: Study) -> str:
    """That the layouts name no visit, where that is so."""
    named = set(study.layout["visit"].drop_nulls())
    return " (the layouts name no visit, which is visit 1)" if named == {wanted} == {"1"} else ""


def _with_kind(visit: str) -> str:
    kind = day_words(visit)
    return f"`{visit}` ({kind})" if kind else f"`{visit}`"


def _spellings(study: Study, clinic: pl.DataFrame) -> Iterator[Mistake]:
    """One visit in two spellings over layouts and clinic (1 and v1, T0 and t0). Where visits are
    counted from 0, v1 may be the second: it is another name then.
    """
    named = list(_named(study, clinic))
    from_zero = any(visit_spelling(visit) == "0" for visit, _ in named)
    spelling = str.casefold if from_zero else visit_spelling
    places: dict[str, dict[str, str]] = {}
    for visit, place in named:
        places.setdefault(spelling(visit), {}).setdefault(visit, place)
    for spellings in places.values():
        if len(spellings) > 1:
            yield _spelled_twice(spellings)


def _named(study: Study, clinic: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Every visit with where it stands first."""
    for visit, line in study.layout.select("visit", "line").drop_nulls().iter_rows():
        yield visit, line
    for visit in clinic["visit"].unique(maintain_order=True):
        yield visit, f"{CLINIC_FILE}, column `visit`"


def _spelled_twice(spellings: dict[str, str]) -> Mistake:
    """The mistake of a visit in several spellings, each with its place."""
    named = [f"`{visit}` ({place})" for visit, place in spellings.items()]
    return Mistake(
        next(iter(spellings.values())),
        f"the visits {listed(named)}",
        "one spelling of a visit in all tables",
        f"write `{next(iter(spellings))}` in all of them, or names that differ in more",
    )
