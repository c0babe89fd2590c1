"""The figure of specificity: the differences that are held against one another, their contrast, and
each donor's contrast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Question, Specificity, Study
from exvivo.tell import words
from exvivo.tell.figures import captions, estimation, forest
from exvivo.tell.figures.axes import reaching_ticks
from exvivo.tell.figures.chart import (
    Figure,
    Findings,
    Panel,
    RowPanels,
    extent,
    grouped,
    in_group_order,
    in_rows,
)
from exvivo.tell.figures.donors import (
    SHOWN,
    Results,
    answered_visit,
    less,
    places,
    responses_of,
)
from exvivo.tell.figures.estimates import difference_domain
from exvivo.tell.names import target_of
from exvivo.tell.tables import Shown
from exvivo.units import LOG2_FOLD

CONTRAST = "contrast within the donor"
Target = tuple[str, str | None]
"""Analyte and cell type."""
Sides = Sequence[tuple[str, Shown]]
"""The differences behind contrasts, each with the words beside its row."""


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
    by_assay = grouped((finding.assay, finding) for finding in findings)
    sides = {
        assay: _sides(question, same_assay, asked, study) for assay, same_assay in by_assay.items()
    }
    contrasts = [
        estimation.Shown(finding, _donors(question, finding, responses)) for finding in findings
    ]
    panels = [
        *_overviews(by_assay, sides, study),
        *_donor_panels(question, contrasts, study),
    ]
    if not panels:
        return None
    compared: list[Shown] = []
    for differences in sides.values():
        compared += [shown for _, shown in differences]
    donors = estimation.all_results(contrasts)
    return Figure(
        name,
        _caption(question, findings, donors, study, compared=bool(compared)),
        in_rows(panels),
        _data([*compared, *answers], donors, responses),
        estimation.keys_of(question.groups, donors, study),
    )


def _overviews(
    by_assay: dict[str, list[Finding]], sides: dict[str, Sides], study: Study
) -> RowPanels:
    """The differences and contrasts of each assay under its readout."""
    for assay, findings in by_assay.items():
        panel = _overview(findings, sides[assay], study)
        if panel is not None:
            yield findings[0].readout, panel


def _donor_panels(
    question: Specificity, contrasts: Sequence[estimation.Shown], study: Study
) -> RowPanels:
    """The donors of each contrast under its readout, contrasts of one readout on one axis."""
    by_readout = grouped((each.readout, each) for each in contrasts)
    below = difference_domain([each.finding for each in contrasts])
    title = "one over the others" if len(question.against) > 1 else "one over the other"
    for each in contrasts:
        if not each.results:
            continue
        what = (
            f"{captions.measured(question, study)} of {forest.contrast_name(each.finding, study)}"
        )
        axes = estimation.Axes(
            in_group_order(question.groups, study),
            f"Within each donor, the {what} (fold),",
            reaching_ticks(extent(places(estimation.all_results(by_readout[each.readout])))),
            below,
            title,
            even=True,
            below_title="contrast (fold)",
        )
        yield each.readout, estimation.panel(each, axes, study)


def _references(question: Specificity, finding: Finding) -> list[str]:
    """The analytes whose mean an answer is held against; its own, where only the cells differ."""
    references = [analyte for analyte in question.against if analyte != finding.analyte]
    return references or [finding.analyte]


def _reference_cells(question: Specificity, finding: Finding) -> str | None:
    return question.against_cell_type or finding.cell_type


def _donors(question: Specificity, finding: Finding, responses: pl.DataFrame) -> Results:
    """Each donor's asked result less the mean of the others, for donors of both groups who have all
    of them.
    """
    cells = _reference_cells(question, finding)
    wanted = [finding] + [
        replace(finding, analyte=analyte, cell_type=cells)
        for analyte in _references(question, finding)
    ]
    results, *references = (
        answered_visit(responses_of(each, responses, question=question), finding) for each in wanted
    )
    asked = [result for result in results if result.group in question.groups]
    return less(asked, references, named=CONTRAST)


def _sides(
    question: Specificity, findings: Findings, asked: Sequence[Shown], study: Study
) -> Sides:
    """The differences behind the contrasts of one assay: those declared as questions, else what
    stands beside the answers.
    """
    declared = {each.id for each in study.questions if _is_difference_of(question, each)}
    answers = grouped(
        ((shown.finding.analyte, shown.finding.cell_type), shown)
        for shown in asked
        if shown.finding.question in declared
        and shown.finding.part == "answer"
        and shown.finding.assay == findings[0].assay
    )
    sides: list[Shown] = []
    for target in dict.fromkeys(_targets(question, findings)):
        sides += answers.get(target, [])
    named = [(_difference_name(shown.finding, study), shown) for shown in sides]
    return named or _beside(question, findings, asked, study)


def _is_difference_of(question: Specificity, candidate: Question) -> bool:
    """Whether a question asks for the difference of the same groups with the same stimulus."""
    return (
        isinstance(candidate, Difference)
        and candidate.groups == question.groups
        and candidate.stimulus == question.stimulus
    )


def _targets(question: Specificity, findings: Findings) -> Iterator[Target]:
    """The analytes and cell types that are held against one another: all asked ones first."""
    for finding in findings:
        yield finding.analyte, finding.cell_type
    for finding in findings:
        for analyte in _references(question, finding):
            yield analyte, _reference_cells(question, finding)


def _difference_name(finding: Finding, study: Study) -> str:
    several = finding.cell_type and len(study.cell_types) > 1
    cells = f" in {study.name_of(str(finding.cell_type))}" if several else ""
    is_fold = finding.estimate is not None and finding.unit.log2
    return f"{target_of(finding, study)}{cells}{'' if is_fold else f' ({_why_empty(finding)})'}"


def _why_empty(finding: Finding) -> str:
    """Why a difference has no place on a scale of folds."""
    return "not estimable" if finding.verdict == "not estimable" else "no fold"


def _beside(
    question: Specificity, findings: Findings, asked: Sequence[Shown], study: Study
) -> Sides:
    """Both sides of each contrast as they were computed beside it."""
    contrasted = {(finding.assay, finding.analyte) for finding in findings}
    return [
        (f"{target_of(shown.finding, study)}: {shown.estimand}", shown)
        for shown in asked
        if (shown.finding.question, shown.finding.part) == (question.id, "beside")
        and (shown.finding.assay, shown.finding.analyte) in contrasted
    ]


def _overview(findings: Findings, sides: Sides, study: Study) -> Panel | None:
    """The differences and, under a rule, the contrasts; nothing where no row has a place."""
    contrasts = [(_contrast_name(finding, study), finding) for finding in findings]
    differences = [(name, _as_fold(shown.finding)) for name, shown in sides]
    if not any(forest.has_place(finding) for _, finding in (*differences, *contrasts)):
        return None
    return forest.panel(LOG2_FOLD, differences, contrasts, title="differences and contrast")


def _contrast_name(finding: Finding, study: Study) -> str:
    why = f" ({_why_empty(finding)})" if finding.estimate is None else ""
    return f"{forest.contrast_name(finding, study)}{why}"


def _as_fold(finding: Finding) -> Finding:
    """The finding; one that is not a fold keeps its row, empty."""
    if finding.unit.log2:
        return finding
    return replace(finding, estimate=None, lower=None, upper=None, unit=LOG2_FOLD)


def _data(estimates: Sequence[Shown], donors: Results, responses: pl.DataFrame) -> pl.DataFrame:
    """Estimates and donors in one table: what a row is stands in its first column."""
    schema = {
        "what": pl.String(),
        **{column: responses.schema[column] for column in SHOWN},
        "unit": pl.String(),
        "estimate": pl.Float64(),
        "verdict": pl.String(),
    }
    rows = [
        shown.finding.row() | {"what": shown.finding.ask, "estimand": shown.estimand}
        for shown in estimates
    ]
    rows += [donor.columns() | {"what": "donor", "unit": LOG2_FOLD.id} for donor in donors]
    return pl.DataFrame(
        [{column: row.get(column) for column in schema} for row in rows], schema=schema
    )


def _caption(
    question: Specificity,
    findings: Findings,
    donors: Results,
    study: Study,
    *,
    compared: bool,
) -> str:
    first, second = (study.name_of(group) for group in question.groups[:2])
    level = captions.level_of(findings)
    references = _references_words(question, study)
    shown = (
        "the differences and, below the rule, the contrast between them"
        if compared
        else ("the contrast")
    )
    panels = (
        f"Then every donor: its result over {references}, and the contrast between the groups with "
        f"its {level} interval; 1 meaning no more than there."
        if donors
        else f"It is held against {references}."
    )
    sentences = [
        f"First, {first} over {second} in folds with {level} intervals: {shown}.",
        panels,
        "That one difference is supported and another is not says nothing of specificity; only the "
        "contrast does.",
        *captions.donor_notes(donors, captions.MEDIAN),
        captions.FILLED,
    ]
    return " ".join(sentences)


def _references_words(question: Specificity, study: Study) -> str:
    """What results are held against: analytes, other cells of the donor, or both."""
    named = words.listed(study.name_of(analyte) for analyte in question.against)
    several = len(question.against) > 1
    references = f"the mean of {named}" if several else f"that of {named}" if named else "that"
    if not question.against_cell_type:
        return references
    return f"{references} in {study.name_of(question.against_cell_type)} of the same donor"
