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


@pytest.mark.parametrize(
    ("before", "after", "cure"),
    [
        ("fold: 1.5", "fold: 1,5", "write fold: 1.5"),
        ("FM: 0.4, HC", "FM: 0,4, HC", "write FM: 0.4"),
        ("{TNF: 0.5}", "{TNF: -0,5}", "write TNF: -0.5"),
        ("dropouts: 0.1", "dropouts: 0,1", "write 0.1"),
        ("dropouts: 0.1", "dropouts: 10 %", "write 0.1"),
        ("fold: 1.5", "fold: 300%", "write 3 (300 % of it), or 4 (300 % more)"),
        ("fold: 1.5", "fold: +50 %", "write 1.5"),
        ("fold: 1.5", "fold: -30 %", "write 0.7"),
        ("fold: 1.5", "fold: 1.5-fold", "write 1.5"),
        ("well: 0.2", "well: 20%", "write 0.26 (20 % in log2)"),
        ("FM: 0.4", "FM: 40 %", "write 0.4"),
        ("{TNF: 0.5}", "{TNF: 50 %}", "write 0.5"),
        ("mean: 62", "mean: 62 %", "write 62"),
        ("well: 0.2", "well: 20", "write 0.26 (20 % in log2) for 20 %"),
        ("FM: 0.4", "FM: 40", "write 0.4 for 40 %"),
        ("dropouts: 0.1", "dropouts: 10", "write 0.1 for 10 %"),
        ("dropouts: 0.1", "agreement: {visits: 40}", "write 0.4 for 40 %"),
        ("fold: 1.5", "fold: many", "write a number with a decimal point, without a unit"),
    ],
)
def test_a_number_that_is_off_is_cured_on_its_scale(
    tmp_path: Path, before: str, after: str, cure: str
) -> None:
    """Who is told to leave out a per cent sign writes 300 for 3."""
    (slip,) = mistakes(tmp_path, GOOD.replace(before, after, 1))
    assert slip.endswith(f"to fix    {cure}")


def test_a_number_off_its_scale_says_the_scale_and_the_part(tmp_path: Path) -> None:
    body = GOOD.replace("well: 0.2", "well: 20")
    (spread, agreement) = mistakes(
        tmp_path, body.replace("dropouts: 0.1", "agreement: {analytes: 40}")
    )
    assert "from 0 to 10: a standard deviation in log2" in spread
    assert "agreement: analytes 40" in agreement


def test_what_is_no_comma_of_a_number_is_a_name(tmp_path: Path) -> None:
    (slip,) = mistakes(tmp_path, GOOD.replace("fold: 1.5,", "fold: 1.5, 5,"))
    assert "found     `5`" in slip


def test_all_the_names_of_a_record_are_listed(tmp_path: Path) -> None:
    (slip,) = mistakes(tmp_path, GOOD.replace("well: 0.2", "sd: 0.2"))
    assert "culture, well, plate, plate_response, source" in slip


def test_mistakes_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    body = GOOD.replace("group: FM, s", "group: RA, s").replace("well: 0.2", "well: 20 %")
    slips = mistakes(tmp_path, body.replace("dropouts: 0.1", "dropouts: 10 %"))
    lines = [int(slip.split(":")[1].split()[0]) for slip in slips]
    assert len(lines) == 3 and lines == sorted(lines)


def test_one_part_that_cannot_be_read_hides_no_mistake_of_another(tmp_path: Path) -> None:
    """And asks for no line that is there, but cannot be read."""
    body = GOOD.replace("fold: 1.5", 'fold: 1.5, column: drug, value: "yes"')
    slips = mistakes(tmp_path, body.replace("FM: 0.4", "FM: much").replace("sd: 15", "sd: 0"))
    assert ["much" in slip or "sd 0" in slip for slip in slips] == [True, True]
