"""What is said of a study's false claims holds for one family and for many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from article_cases import public_of
from compare_tables import MORE, group, responses, study
from scipy import stats

from exvivo.compare import compare
from exvivo.findings import findings_of
from exvivo.study import Difference, Plan, Study
from exvivo.tables import CLINIC
from exvivo.tell import shown_of, worded
from exvivo.tell.article import article_of
from exvivo.tell.families import any_false, families_of, whole_study_words


def asked(families: int, **changes: object) -> Study:
    """One question a family, all about the same response."""
    questions = [replace(MORE, id=f"q{i}") for i in range(families)]
    return study(*questions, **changes)


def how_sure(of: Study) -> str:
    """What the plain summary says of chance."""
    rng = np.random.default_rng(1)
    rows = group("FM", rng.normal(size=9)) + group("HC", rng.normal(size=8))
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=rng)
    answers = [replace(each, donors=()) for each in findings_of(found)]
    article = article_of(public_of(of, answers))
    (sure,) = [section for section in article.sections if section.id == "sure"]
    return " ".join(sure.paragraphs)


def test_one_family_has_one_level_and_twenty_the_whole_studys() -> None:
    assert "at most 5 of 100 such studies would claim" in how_sure(asked(1))
    assert "at most 65 of 100 such studies would claim" in how_sure(asked(20))
    together = [replace(q, family="all") for q in asked(20).questions if isinstance(q, Difference)]
    assert "at most 5 of 100 such studies would claim" in how_sure(study(*together))


@pytest.mark.parametrize(("families", "percent"), [(2, 10), (3, 15), (5, 23), (20, 65)])
def test_the_percentage_is_never_rounded_down(families: int, percent: int) -> None:
    assert f"up to {percent} studies in 100" in whole_study_words(Plan(), families)
    assert any_false(Plan(), families) <= percent / 100
    assert "up to 1 studies in 100" not in whole_study_words(Plan(alpha=0.01), families)


def test_a_family_that_nothing_can_be_claimed_in_does_not_count() -> None:
    of = asked(2)
    rows = group("FM", [1.0, 2.0, 3.0, 2.5]) + group("HC", [0.0, 1.0, 0.5, 0.7])
    questions = (of.questions[0], replace(MORE, id="q1", analytes=("IL6",)))
    of = replace(of, questions=questions)
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    answers = [shown for shown in shown_of(worded(found, of)) if shown.finding.part == "answer"]
    assert families_of(answers) == 1


@pytest.mark.parametrize("share", [0.0, 0.5, -0.05])
def test_no_dependence_of_families_makes_more_false_claims(share: float) -> None:
    """20 tests of 20,000 null studies: independent, related, and as opposed as 20 can be."""
    rng = np.random.default_rng(2)
    z = rng.normal(size=(20_000, 20))
    if share > 0:
        z = (1 - share) ** 0.5 * z + share**0.5 * rng.normal(size=(20_000, 1))
    elif share < 0:
        z = (z - z.mean(axis=1, keepdims=True)) / (1 - 1 / 20) ** 0.5
    any_claim = np.mean(np.abs(z).max(axis=1) > stats.norm.ppf(0.975))
    bound = any_false(Plan(), 20)
    assert any_claim <= bound + 3 * (bound * (1 - bound) / 20_000) ** 0.5
    assert share > 0 or any_claim > bound - 0.03
