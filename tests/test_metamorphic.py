"""Laws that every answer keeps, whatever method gives it: what must not matter does not matter.

Each law writes the same study in another way and says what may differ. A new kind of question is
added to `every_question` and inherits all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from every_question import EveryQuestion, every_question
from polars.testing import assert_frame_equal

import exvivo
from exvivo.study import Question
from exvivo.tell.planned.analyses import methods_of

KEY = ["question", "part", "assay", "readout", "analyte", "scale", "method", "place"]
NUMBERS = ["estimate", "lower", "upper", "p", "p_adjusted", "effect_size"]


def findings(study: EveryQuestion, folder: Path) -> pl.DataFrame:
    """The findings of a study as rows that can be held against those of another."""
    return keyed(exvivo.run(study.write(folder)))


def keyed(result: exvivo.Result) -> pl.DataFrame:
    """Findings with their place among those of their kind, numbers only."""
    frame = result.findings.with_columns(
        place=pl.int_range(pl.len()).over("question", "part", "analyte", "scale", "method")
    )
    return frame.select(*KEY, *NUMBERS, "verdict").sort(KEY, nulls_last=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return findings(every_question(), tmp_path_factory.mktemp("plain") / "study")


def shuffled_rows(study: EveryQuestion) -> None:
    """Rows of every table in another order: donors, clinic, layouts, results, genes."""
    shuffle = random.Random(3).shuffle
    for rows in (study.donors, study.clinic, study.profiles, study.references):
        shuffle(rows)
    for plate in study.layouts:
        shuffle(study.layouts[plate])
        shuffle(study.tables[plate])


def swapped_files(study: EveryQuestion) -> None:
    """Files and plates in another order."""
    study.layouts = dict(reversed(study.layouts.items()))


def split_file(study: EveryQuestion) -> None:
    """The first table of results as two, each with every sample of half the donors."""
    for rows, column in ((study.layouts, "well"), (study.tables, "sample")):
        whole = rows["t1"]
        first = [row for row in whole if int(row[column][2:4]) % 4 == 1]
        rows["t1"], rows["t1b"] = first, [row for row in whole if row not in first]


def renamed_samples(study: EveryQuestion) -> None:
    """Samples by other names, the same in the file and the layout."""
    for plate in study.layouts:
        for rows, column in ((study.layouts[plate], "well"), (study.tables[plate], "sample")):
            for row in rows:
                row[column] = f"no {row[column]} x"


SAME: dict[str, Callable[[EveryQuestion], None]] = {
    "order of rows": shuffled_rows,
    "order of files": swapped_files,
    "names of samples": renamed_samples,
}


@pytest.mark.parametrize("law", SAME)
def test_what_must_not_matter_does_not(law: str, plain: pl.DataFrame, tmp_path: Path) -> None:
    study = every_question()
    SAME[law](study)
    again = findings(study, tmp_path / "study")
    assert_frame_equal(again, plain, rel_tol=1e-9, abs_tol=1e-9)


def test_a_second_run_is_the_same(plain: pl.DataFrame, tmp_path: Path) -> None:
    folder = every_question().write(tmp_path / "study")
    first = exvivo.run(folder)
    report = first.report.read_bytes()
    second = exvivo.run(folder)
    assert second.report.read_bytes() == report
    assert_frame_equal(keyed(second), plain)


def test_the_methods_that_a_registration_names_are_those_that_answer(
    plain: pl.DataFrame, tmp_path: Path
) -> None:
    study = exvivo.load(every_question().write(tmp_path / "study"))
    asked = {question.id: question for question in study.questions}
    answers = plain.filter(pl.col("part") == "answer", pl.col("estimate").is_not_null())
    assert set(answers["question"]) == set(asked)
    for question, method in answers.select("question", "method").unique().iter_rows():
        assert method in methods_of(asked[question]), question


def test_names_of_donors_do_not_matter(plain: pl.DataFrame, tmp_path: Path) -> None:
    """Other names in the same order of the alphabet, so that rearranged donors are the same."""
    study = every_question()
    study.rename(lambda donor: f"P{donor}-7")
    again = findings(study, tmp_path / "study")
    assert_frame_equal(again, plain, rel_tol=1e-9, abs_tol=1e-9)


def test_two_files_are_two_plates_and_are_held(tmp_path: Path) -> None:
    """A table cut in two may have been measured twice: every answer that compares donors holds what
    the two may do, and lies inside the interval of the uncut one.
    """
    study = every_question()
    split_file(study)
    again = exvivo.run(study.write(tmp_path / "study")).findings
    whole = exvivo.run(every_question().write(tmp_path / "whole")).findings
    of_donors = ("more", "levels", "pain", "only_tnf", "through_tnf")
    chosen = pl.col("question").is_in(of_donors) & (pl.col("part") == "answer")
    cut, whole = again.filter(chosen), whole.filter(chosen)
    assert (cut["held"].list.len() > 0).all()
    inside = cut["estimate"].is_between(whole["lower"], whole["upper"])
    assert inside.all()


def test_another_unit_shifts_levels_and_changes_no_fold(
    plain: pl.DataFrame, tmp_path: Path
) -> None:
    study = every_question()
    study.unit = "ng/mL"
    for rows in study.tables.values():
        for row in rows:
            for analyte in ("TNF", "IL6", "IL10"):
                sign = "<" if row[analyte].startswith("<") else ""
                row[analyte] = f"{sign}{float(row[analyte].removeprefix('<')) / 1000:.10f}"
    again = findings(study, tmp_path / "study")
    of_amounts = (pl.col("question") == "levels") & (pl.col("part") == "beside")
    left, right = (frame.filter(~of_amounts) for frame in (again, plain))
    assert left.height > 0.8 * plain.height
    # the likelihood of wells integrates on a grid that lies elsewhere: 2e-6 apart
    assert_frame_equal(left, right, rel_tol=1e-5, abs_tol=1e-6)


def test_every_kind_of_question_is_asked(plain: pl.DataFrame) -> None:
    """A new kind of question is added to the study of this test, and inherits every law."""
    asked = set(plain["question"])
    kinds = {kind.__name__.lower() for kind in get_args(Question)}
    study = every_question()
    assert {kind for kind in kinds if f"ask: {kind}," in study.questions} == kinds
    assert len(asked) == study.questions.count("- {id:")
    answered = plain.filter(pl.col("part") == "answer", pl.col("estimate").is_not_null())
    assert set(answered["question"]) == asked
