"""The whole way beside controls that amplify: no claim rests on wells that show no more than their
control, and flag and answer agree. And wells that people leave out, with their reason.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from compare_tables import MORE, study
from control_plates import ControlPlate, spread

import exvivo
from exvivo.errors import StudyError
from exvivo.findings import Caveat, Facts, Finding, findings_of
from exvivo.tell.phrases import caveat_words

A_LEVEL = [30.6, 30.9, 30.2, 31.0, 30.4, 30.7, 30.1, 30.5]


def plate(a: list[float], b: list[float], controls: list[float | None]) -> ControlPlate:
    """Two groups of eight, unstimulated and (three cycles earlier) stimulated."""
    wells = ControlPlate()
    for group, cq, seed in (("A", a, 3), ("B", b, 4)):
        wells.samples(group, cq)
        wells.samples(
            group, [c - 3 + d for c, d in zip(cq, spread(0, 8, 0.2, seed), strict=True)], "ATP"
        )
    wells.controls(controls)
    return wells


def level(result: exvivo.Result) -> Finding:
    answers = findings_of(result.findings.filter(part="answer", question="level"))
    return answers[0]


def words(result: exvivo.Result) -> str:
    return " ".join(result.findings.filter(part="answer", question="level")["warning_words"][0])


def later(cq: list[float], by: float) -> list[float]:
    return [round(each + by, 3) for each in cq]


def test_samples_later_than_the_control_are_no_number(tmp_path: Path) -> None:
    """The control at 33, one group at 30.5, the other at 36: no fold of 40, and the answer says
    why.
    """
    result = exvivo.run(plate(A_LEVEL, later(A_LEVEL, 5.5), [33.0, 33.0]).write(tmp_path / "s"))
    answer = level(result)
    assert answer.estimand.code == "probability_of_higher"
    bounded = next(c for c in answer.warnings if c.code == "bounded_by_control")
    assert bounded.facts == {"role": "ntc", "wells": 8, "donors": 8, "shows": 33.0}
    assert "not clearly above a control without template (Cq 33.0)" in words(result)
    sentence = result.findings.filter(part="answer", question="level")["sentence"][0]
    assert "8 wells of 8 donors are not clearly above a control" in sentence
    flags = result.flags.filter(pl.col("what").str.contains("no-template controls amplify"))
    bounded_wells = result.quantities.filter(
        pl.col("near_control").struct.field("bears") == "bound", on="amount"
    )
    assert flags["severity"].to_list() == ["look"]
    assert f"{bounded_wells.height} sample wells" in flags["what"][0]
    assert bounded_wells["value"].null_count() == bounded_wells.height


def test_both_groups_later_than_the_control_are_not_resolved(tmp_path: Path) -> None:
    late = later(A_LEVEL, 3.5)
    result = exvivo.run(plate(late, later(late, 2.0), [33.0, 33.0]).write(tmp_path / "s"))
    answer = level(result)
    assert answer.verdict in ("not resolved", "not estimable")
    assert answer.warns("bounded_by_control")


def test_one_late_primer_dimer_censors_nothing_and_is_said(tmp_path: Path) -> None:
    dimer = [34.0, None, None, None]
    cq = later(A_LEVEL, 3.5)
    result = exvivo.run(plate(A_LEVEL, cq, dimer).write(tmp_path / "dimer"))
    clean = exvivo.run(plate(A_LEVEL, cq, [None] * 4).write(tmp_path / "clean"))
    numbers = ["estimate", "lower", "upper", "p", "verdict"]
    answers = [r.findings.filter(part="answer").select(numbers) for r in (result, clean)]
    assert answers[0].equals(answers[1])
    assert level(result).warns("control_in_doubt")
    assert not level(clean).warnings


def test_honest_samples_are_as_without_the_control(tmp_path: Path) -> None:
    early = later(A_LEVEL, -5.5)
    late: list[float | None] = [38.0, 38.0]
    beside = exvivo.run(plate(early, later(early, 1.0), late).write(tmp_path / "late"))
    clean = exvivo.run(plate(early, later(early, 1.0), [None, None]).write(tmp_path / "clean"))
    assert beside.responses.equals(clean.responses)
    assert beside.findings.drop("flags").equals(clean.findings.drop("flags"))
    assert beside.quantities.drop("sha256").equals(clean.quantities.drop("sha256"))


def test_wells_that_people_leave_out_are_listed_with_their_reason(tmp_path: Path) -> None:
    bad = plate(A_LEVEL, later(A_LEVEL, 1.0), [None])
    reason = "bubble in the curve, seen before unblinding"
    well = next(row for row in bad.rows if row["donor"] == "B1" and row["target"] == "TNF")
    well.update(cq="12.0", exclude=reason)
    result = exvivo.run(bad.write(tmp_path / "s"))
    of_well = {"well": well["well"]}
    assert result.quantities.filter(**of_well).is_empty()
    kept = result.wells.filter(**of_well)
    assert kept.select("role", "donor", "exclude").rows() == [("empty", "B1", reason)]
    flag = result.flags.filter(pl.col("what").str.contains(reason, literal=True))
    assert flag["row"].to_list() == [f"plate Q1: {well['well']} (B1)"]
    assert reason in result.report.read_text(encoding="utf-8")
    level_donors = result.responses.filter(estimand="level", on="amount")["donor"].to_list()
    assert "B1" not in level_donors and len(level_donors) == 15


def test_a_control_of_a_sample_is_named_as_the_sample_is(tmp_path: Path) -> None:
    """The layout keeps all that a row of role `no_rt` states; a sample's visit is 1 where none is
    stated, a control's is not.
    """
    wells = plate(A_LEVEL, A_LEVEL, [])
    wells.well("TNF", 30.5, "no_rt", donor="A1", stimulus="none")
    wells.well("TNF", 30.5, "no_rt")
    layout = exvivo.load(wells.write(tmp_path / "s")).layout.filter(role="no_rt")
    assert layout.select("donor", "stimulus", "visit").rows() == [
        ("A1", "none", None),
        (None, None, None),
    ]


def test_a_warning_names_the_control_and_what_it_shows() -> None:
    facts: Facts = {"role": "blank", "wells": 1, "donors": 1, "shows": 0.3051}
    text = caveat_words(Caveat("bounded_by_control", facts), study(MORE))
    assert text.startswith("1 well of 1 donor is not clearly above the blanks (signal 0.305)")
    share: Facts = {**facts, "role": "no_rt", "shows": 33.04, "share": 0.254}
    text = caveat_words(Caveat("share_of_control", share), study(MORE))
    assert "a control without reverse transcriptase (Cq 33.0): up to 25 %" in text


@pytest.mark.parametrize("mark", ["x", "1", "yes", "TRUE", "no", "n/a", "omitted"])
def test_a_mark_is_no_reason_to_leave_a_well_out(tmp_path: Path, mark: str) -> None:
    marked = plate(A_LEVEL, A_LEVEL, [None])
    marked.rows[0]["exclude"] = mark
    folder = marked.write(tmp_path / "s")
    with pytest.raises(StudyError) as raised:
        exvivo.load(folder)
    told = [m for m in raised.value.mistakes if m.where.startswith("plates/Q1.csv:2")]
    assert len(told) == 1
    assert repr(mark) in told[0].found
