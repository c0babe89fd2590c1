"""The figure of specificity: the differences that are held against one another, their contrast, and
each donor's contrast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Specificity, Study
from exvivo.tell import words
from exvivo.tell.figures import estimation, forest, marks
from exvivo.tell.figures.chart import Figure, Panel, extent
from exvivo.tell.figures.donors import SHOWN, first_visit, less, places, unplaced
from exvivo.tell.figures.rows import responses_of
from exvivo.tell.names import analyte_of, target_of
from exvivo.tell.tables import Shown
from exvivo.units import LOG2_FOLD

Rows = list[dict[str, Any]]
CONTRAST = "contrast within the donor"


def figure(
    question: Specificity,
    answers: Sequence[Shown],
    *,
    asked: Sequence[Shown],
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """For each assay the differences and contrasts at one look, then a panel of donors for each
    contrast.

    `asked` are all findings, from which the differences are taken; none is computed here.
    Nothing where neither an estimate nor a donor can be shown.
    """
    findings = [shown.finding for shown in answers]
    donors = [_donors(question, finding, responses) for finding in findings]
    above = {
        readout: extent(
            [
                at
                for f, rows in zip(findings, donors, strict=True)
                if f.readout == readout
                for at in places(rows)
            ]
        )
        for readout in dict.fromkeys(finding.readout for finding in findings)
    }
    below = estimation.difference_domain(findings)
    panels: dict[str, list[Panel]] = {}
    compared: list[Shown] = []
    for assay in dict.fromkeys(finding.assay for finding in findings):
        mine = [finding for finding in findings if finding.assay == assay]
        sides = _sides(question, mine, asked, study)
        compared += [shown for _, shown in sides]
        if drawn := _overview(mine, sides, study):
            panels.setdefault(mine[0].readout, []).append(drawn)
    for finding, rows in zip(findings, donors, strict=True):
        if rows:
            axes = estimation.Axes(
                question.groups,
                _what(question, finding, study),
                above[finding.readout],
                below,
                _over(question),
                even=True,
                below_title="contrast (fold)",
            )
            drawn = estimation.panel(finding, rows, axes, study, title=analyte_of(finding, study))
            panels.setdefault(finding.readout, []).append(drawn)
    if not panels:
        return None
    shown = [row for rows in donors for row in rows]
    return Figure(
        name,
        _caption(question, findings, compared, shown, study),
        tuple((row, tuple(cells)) for row, cells in panels.items()),
        _data([*compared, *answers], shown, responses),
        estimation.keys_of(question.groups, shown, study),
    )


def _others(question: Specificity, finding: Finding) -> list[str]:
    """The analytes whose mean an answer is held against; its own, where only the cells are
    others.
    """
    return [name for name in question.against if name != finding.analyte] or [finding.analyte]


def _donors(question: Specificity, finding: Finding, responses: pl.DataFrame) -> Rows:
    """Each donor's asked result less the mean of the others, for donors of both groups who have all
    of them.
    """
    cells = question.against_cell_type or finding.cell_type
    mine = first_visit(responses_of(finding, responses, question=question))
    others = [
        first_visit(
            responses_of(
                replace(finding, analyte=name, cell_type=cells), responses, question=question
            )
        )
        for name in _others(question, finding)
    ]
    return less(mine.filter(pl.col("group").is_in(question.groups)), others, named=CONTRAST)


def _sides(
    question: Specificity, mine: Sequence[Finding], asked: Sequence[Shown], study: Study
) -> list[tuple[str, Shown]]:
    """The differences behind the contrasts of one assay: those declared as questions, else what
    stands beside the answers.
    """
    declared = [
        other.id
        for other in study.questions
        if isinstance(other, Difference)
        and (other.groups, other.stimulus) == (question.groups, question.stimulus)
    ]
    answers = [
        shown
        for shown in asked
        if shown.finding.question in declared and shown.finding.part == "answer"
    ]
    wanted = [(f.analyte, f.cell_type) for f in mine]
    wanted += [
        (name, question.against_cell_type or f.cell_type)
        for f in mine
        for name in _others(question, f)
    ]
    found: list[tuple[str, Shown]] = [
        (_difference_name(row.finding, study), row)
        for analyte, cells in dict.fromkeys(wanted)
        for row in answers
        if (row.finding.assay, row.finding.analyte, row.finding.cell_type)
        == (mine[0].assay, analyte, cells)
    ]
    return found or _beside(question, mine, asked, study)


def _difference_name(row: Finding, study: Study) -> str:
    cells = (
        f" in {study.name_of(row.cell_type)}" if row.cell_type and len(study.cell_types) > 1 else ""
    )
    open_words = "" if row.estimate is not None and row.unit.log2 else f" ({_why(row)})"
    return f"{target_of(row, study)}{cells}{open_words}"


def _why(row: Finding) -> str:
    """Why a difference has no place on a scale of folds."""
    return "not estimable" if row.verdict == "not estimable" else "no fold"


def _beside(
    question: Specificity, mine: Sequence[Finding], asked: Sequence[Shown], study: Study
) -> list[tuple[str, Shown]]:
    """Both sides of each contrast as they were computed beside it."""
    keys = {(f.assay, f.analyte) for f in mine}
    return [
        (f"{target_of(shown.finding, study)}: {shown.estimand}", shown)
        for shown in asked
        if (shown.finding.question, shown.finding.part) == (question.id, "beside")
        and (shown.finding.assay, shown.finding.analyte) in keys
    ]


def _overview(
    mine: Sequence[Finding], sides: Sequence[tuple[str, Shown]], study: Study
) -> Panel | None:
    """The differences and, under a rule, the contrasts; nothing where no row has a place."""
    apart = [
        (forest.contrast_name(f, study) + ("" if f.estimate is not None else f" ({_why(f)})"), f)
        for f in mine
    ]
    differences = [(name, shown.finding) for name, shown in sides]
    rows = [(name, row if row.unit.log2 else _blank(row)) for name, row in differences]
    if not any(forest.has_place(row) for _, row in (*rows, *apart)):
        return None
    return forest.panel(LOG2_FOLD, rows, apart, title="differences and contrast")


def _blank(row: Finding) -> Finding:
    """A finding that is not a fold: its row stays, empty."""
    return replace(row, estimate=None, lower=None, upper=None, unit=LOG2_FOLD)


def _over(question: Specificity) -> str:
    return "one over the others" if len(question.against) > 1 else "one over the other"


def _what(question: Specificity, finding: Finding, study: Study) -> str:
    of = f"response to {study.name_of(question.stimulus)}" if question.stimulus else "level"
    return f"Within each donor, the {of} of {forest.contrast_name(finding, study)} (fold),"


def _data(estimates: Sequence[Shown], donors: Rows, responses: pl.DataFrame) -> pl.DataFrame:
    """Estimates and donors in one table: what a row is stands in its first column."""
    schema = {
        "what": pl.String(),
        **{name: responses.schema[name] for name in SHOWN},
        "unit": pl.String(),
        "estimate": pl.Float64(),
        "verdict": pl.String(),
    }
    findings = [
        {name: value for name, value in shown.finding.row().items() if name in schema}
        | {"what": shown.finding.ask, "estimand": shown.estimand}
        for shown in estimates
    ]
    rows = [
        {name: row[name] for name in SHOWN} | {"what": "donor", "unit": LOG2_FOLD.id}
        for row in donors
    ]
    return pl.DataFrame(
        [{name: row.get(name) for name in schema} for row in (*findings, *rows)], schema=schema
    )


def _caption(
    question: Specificity,
    findings: Sequence[Finding],
    compared: Sequence[Shown],
    donors: Rows,
    study: Study,
) -> str:
    first, second = (study.name_of(group) for group in question.groups[:2])
    level = words.percent(findings[0].level)
    named = words.listed(study.name_of(name) for name in question.against)
    cells = (
        f"{study.name_of(question.against_cell_type)} of the same donor"
        if question.against_cell_type
        else ""
    )
    mean = (
        f"the mean of {named}"
        if len(question.against) > 1
        else f"that of {named}"
        if named
        else "that"
    )
    held = " in ".join(part for part in (mean, cells) if part)
    parts = [
        f"First, {first} over {second} in folds with {level} intervals: "
        + (
            "the differences and, below the rule, the contrast between them."
            if compared
            else "the contrast."
        ),
        f"Then every donor: its result over {held}, and the contrast between the groups with its {level} interval; 1 meaning no "
        "more than there."
        if donors
        else f"It is held against {held}.",
        "That one difference is supported and another is not says nothing of specificity; only the contrast does.",
    ]
    if any(row["censor"] != "none" for row in donors):
        parts.append(
            "Where donors are undetected, a bar shows the median if it is known, and nothing if it is not."
        )
    if unplaced(donors):
        parts.append(marks.UNPLACED)
    return " ".join(filter(None, [*parts, marks.FILLED]))
