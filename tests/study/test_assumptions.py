"""What is assumed of a study: what is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exvivo.study.load import examine

HEAD = """exvivo: 1
title: a plan
groups: [{id: FM, name: patients, n: 14}, {id: HC, name: healthy, n: 10}]
stimuli: [{id: none, name: nothing, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}]
assays: [{id: protein, kind: immunoassay}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
"""
GOOD = """assumptions:
  effects: [{group: FM, stimulus: ATP, analytes: [TNF], fold: 1.5, source: pilot}]
  spreads: [{groups: [HC], response: 0.4}, {well: 0.2}]
  levels: [{analytes: [TNF], amount: 50, lower: 3}]
  scores: [{scale: VAS, group: FM, mean: 62, sd: 15, correlation: {TNF: 0.5}}]
  shares: [{column: drug, value: "yes", shares: {FM: 0.4, HC: 0}}]
  dropouts: 0.1
plan: {wells: 3, cultures: 2, stopping: when all are measured}
"""


def mistakes(folder: Path, body: str) -> list[str]:
    """Every mistake about the plan of a study."""
    folder.joinpath("study.yaml").write_text(HEAD + body)
    slips = examine(folder).mistakes
    return [str(slip) for slip in slips if slip.where.startswith("study.yaml:")]


def test_a_plan_that_can_be_is_read(tmp_path: Path) -> None:
    assert mistakes(tmp_path, GOOD) == []
    study = examine(tmp_path).study
    assert study.assumptions.effects[0].fold == 1.5 and study.plan.cultures == 2


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("group: FM, stimulus", "group: RA, stimulus", "group `RA`"),
        ("stimulus: ATP, analytes", "stimulus: LPS, analytes", "stimulus `LPS`"),
        ("analytes: [TNF], fold", "analytes: [IL6], fold", "analyte `IL6`"),
        ("fold: 1.5", "fold: 0", "fold 0"),
        ("fold: 1.5", "fold: -2", "fold -2"),
        ("fold: 1.5", "fold: 1.5, column: drug", "column 'drug' and value ''"),
        ("fold: 1.5", "fold: 1.5, column: pill, value: a", "an effect on those with pill: a"),
        ("response: 0.4", "response: -0.4", "response -0.4"),
        ("well: 0.2", "well: 11", "well 11"),
        ("amount: 50", "amount: 0", "amount 0"),
        ("lower: 3", "lower: -1", "lower -1"),
        ("scale: VAS", "scale: HADS", "scale `HADS`"),
        ("mean: 62", "mean: 620", "mean 620"),
        ("sd: 15", "sd: 0", "sd 0"),
        ("{TNF: 0.5}", "{TNF: 1.5}", "TNF 1.5"),
        ("{TNF: 0.5}", "{IL8: 0.5}", "analyte `IL8`"),
        ("FM: 0.4", "FM: 1.4", "FM 1.4"),
        ("{FM: 0.4, HC: 0}", "{FM: 0.4}", "no share of HC"),
        ("dropouts: 0.1", "dropouts: 1", "dropouts 1"),
        ("dropouts: 0.1", "agreement: {visits: 2}", "visits 2"),
        ("wells: 3", "wells: 0", "wells 0"),
        ("cultures: 2", "cultures: 9999", "cultures 9999"),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    tmp_path: Path, before: str, after: str, finding: str
) -> None:
    assert before in GOOD
    (slip,) = mistakes(tmp_path, GOOD.replace(before, after, 1))
    assert finding in slip and "study.yaml:" in slip


def test_all_of_it_comes_at_once(tmp_path: Path) -> None:
    body = GOOD.replace("fold: 1.5", "fold: 0").replace("wells: 3", "wells: 0")
    assert len(mistakes(tmp_path, body.replace("dropouts: 0.1", "dropouts: 1"))) == 3
