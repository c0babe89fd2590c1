"""Simulated data say how large their true difference is, wherever they are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exvivo.catalog import prior_differences
from exvivo.simulate import AnalyteTruth, ModelStudy
from exvivo.simulate.design import records
from exvivo.study import AssumedEffect, AssumedSpread, Assumptions, Study
from exvivo.study.load import declarations
from exvivo.tell.simulated import true_differences, truth_words

DEMO = records(ModelStudy())
README = Path(__file__).parents[2] / "README.md"


def with_assumptions(**parts: object) -> Study:
    return replace(DEMO, assumptions=replace(DEMO.assumptions, **parts))  # type: ignore[arg-type]


def test_the_truth_is_computed_from_what_the_demo_is_drawn_with() -> None:
    p = ModelStudy()
    tnf = next(each for each in p.analytes if each.id == "TNF")
    (one,) = true_differences(DEMO)
    assert one.size == tnf.difference_copies == tnf.difference_secreted
    assert one.standardised == pytest.approx(tnf.difference_copies / p.response_sd)
    prior = prior_differences()["TNF"].smd
    assert one.times_prior == pytest.approx(tnf.difference_copies / p.response_sd / prior)
    for words in ("2 times as large", "1.0 log2", "SD 0.65: 1.5 SD", "4.3 times", "0.36 SD"):
        assert words in truth_words(DEMO)


def test_other_parameters_make_another_sentence() -> None:
    others = tuple(replace(a, difference_copies=0.0) for a in ModelStudy().analytes)
    words = truth_words(records(ModelStudy(response_sd=2.0, analytes=others)))
    assert "TNF protein response" in words and "0.5 SD" in words and "1.4 times" in words


def test_the_same_is_read_back_from_study_yaml(demo_folder: Path) -> None:
    study, mistakes = declarations(demo_folder)
    assert not mistakes and truth_words(study) == truth_words(DEMO)
    report = (demo_folder / "results" / "report.html").read_text("utf-8")
    assert truth_words(DEMO).replace("'", "&#39;") in report


@pytest.fixture
def demo_folder(demo) -> Path:  # type: ignore[no-untyped-def]
    return Path(demo.report).parents[1]


def test_the_readme_says_it_too() -> None:
    assert truth_words(DEMO) in " ".join(README.read_text("utf-8").split())


def test_nothing_is_said_of_real_or_blinded_data_or_without_a_truth() -> None:
    assert truth_words(replace(DEMO, simulated=False)) == ""
    assert truth_words(replace(DEMO, blinded=True)) == ""
    assert truth_words(replace(DEMO, assumptions=Assumptions())) == ""


def test_no_difference_and_no_prior() -> None:
    none = (AssumedEffect(fold=1, group="FM", stimulus="ATP"),)
    assert truth_words(with_assumptions(effects=none)).startswith("No difference")
    level = (AssumedEffect(fold=0.5, group="HC", analytes=("IL1B",)),)
    words = truth_words(with_assumptions(effects=level, spreads=(AssumedSpread(level=0.5),)))
    assert "IL-1β level is 0.5 times as large in healthy people" in words
    assert "2.0 SD" in words and "prior" not in words


def test_a_line_of_spreads_for_others_is_not_taken() -> None:
    spreads = (AssumedSpread(response=0.5), AssumedSpread(response=9.0, groups=("HC",)))
    (one,) = true_differences(with_assumptions(spreads=spreads))
    assert one.spread == 0.5
    assert AnalyteTruth(id="X").difference_copies == 0
