"""The rule that no answer may break: everybody and every well asked about is in it, or left out with
a reason. Counted again from the layouts, donors.csv and clinic.csv, without the code that fills the
tables.
"""

from __future__ import annotations

from typing import Any, Protocol

import polars as pl

from exvivo.findings import findings_of

KEY = ("question", "assay", "analyte", "scale")
Answer = tuple[Any, ...]


def rows_of(frame: pl.DataFrame) -> dict[Answer, list[dict[str, Any]]]:
    """The rows of each answer."""
    rows: dict[Answer, list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        rows.setdefault(tuple(row[name] for name in KEY), []).append(row)
    return rows


def groups_asked(question: Any, study: Any) -> set[str]:
    """The groups that a question of study.yaml names; all where it names none."""
    every = {group.id for group in study.groups}
    if getattr(question, "answer", "") == "across groups" or question.ask == "identity":
        return every
    return set(getattr(question, "groups", ())) or {question.within}


def stimuli_asked(question: Any, study: Any) -> set[str | None]:
    """The conditions whose wells an answer could have."""
    control = next((s.id for s in study.stimuli if s.control), None)
    if question.ask == "effect":
        return {question.stimulus, question.blocked}
    if question.stimulus:
        return {question.stimulus, control}
    return {getattr(question, "condition", "") or control}


class Result(Protocol):
    """What the rule needs of a run."""

    study: Any
    wells: pl.DataFrame
    findings: pl.DataFrame
    answered: pl.DataFrame
    left_out: pl.DataFrame


def held(result: Result) -> None:
    """Hold the rule for every answer of a run."""
    inside, outside = rows_of(result.answered), rows_of(result.left_out)
    questions = {question.id: question for question in result.study.questions}
    for finding in findings_of(result.findings.filter(part="answer")):
        key = tuple(getattr(finding, name) for name in KEY)
        question = questions[finding.question]
        members, absent = inside.get(key, []), outside.get(key, [])
        donors_add_up(finding, question, members, absent, result)
        if question.ask != "identity":
            wells_add_up(question, members, absent, finding, result)


def donors_add_up(finding: Any, question: Any, members: Any, absent: Any, result: Result) -> None:
    """In and left out are all donors of the groups asked about, and nobody is both; the counts of
    the finding are its names.
    """
    names = [row["donor"] for row in members]
    out = [row["donor"] for row in absent if row["well"] is None]
    asked = groups_asked(question, result.study)
    donors = result.study.donors.filter(pl.col("group").is_in(asked))
    assert sorted(names + out) == sorted(donors["donor"]), (finding.question, finding.analyte)
    assert names == list(finding.donors)
    group_of = dict(donors.select("donor", "group").iter_rows())
    for count in finding.n:
        assert count.n == sum(group_of[name] == count.group for name in names)
    assert sum(count.n for count in finding.n) == len(names)
    assert not [row for row in absent if row["code"] == "not_used"]


def wells_add_up(question: Any, members: Any, absent: Any, finding: Any, result: Result) -> None:
    """In and left out are all wells of the layouts with a reading of the analyte in the asked cells
    and conditions, each once.
    """
    places = [(row["plate"], row["well"]) for row in absent if row["well"] is not None]
    assert len(places) == len(set(places))
    of_layout = ("excluded", "set_empty", "not_read")
    out = sum(row["code"] not in of_layout for row in absent if row["well"] is not None)
    asked = result.wells.filter(
        pl.col("role") == "sample",
        pl.col("assay") == finding.assay,
        pl.col("group").is_in(groups_asked(question, result.study)),
        pl.col("stimulus").is_null()
        | pl.col("stimulus").is_in([s for s in stimuli_asked(question, result.study) if s]),
    )
    if asked["analyte"].null_count() < asked.height:
        asked = asked.filter(analyte=finding.analyte)
    if finding.cell_type is not None:
        asked = asked.filter(cell_type=finding.cell_type)
    inside = sum(row["wells"] for row in members)
    assert inside + out == asked.unique(["plate", "well"]).height, finding
