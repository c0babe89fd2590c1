"""What a summary says first, where it will be quoted alone: only what is firm, of whom, and in words
that are true however the amounts moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from article_cases import QUESTIONS, alike, finding, public_of, study_of

from exvivo.findings import Caveat, Finding, WarningCode
from exvivo.study import Question, Study
from exvivo.study.summary_records import LANGUAGES
from exvivo.tell.article import Article, article_of
from exvivo.tell.article.found import sentence
from exvivo.tell.article.sizes import size
from exvivo.tell.language import language
from exvivo.units import COEFFICIENT, LOG2_FOLD

UP = (1.2, 0.3, 2.1)
NEUTRAL = "What a study of people with fibromyalgia and healthy people found"
REACTION = {"en": "reaction", "de": "Reaktion", "fr": "réaction", "es": "reacción", "ja": "反応"}
BY_ID = {question.id: question for question in QUESTIONS}


def told(*findings: Finding, **changes: Any) -> Article:
    """The summary of answers to the questions they name."""
    asked = [BY_ID[name] for name in dict.fromkeys(each.question for each in findings)]
    return article_of(public_of(study_of(*asked, **changes), findings))


def warned(answer: Finding, code: WarningCode) -> Finding:
    return replace(answer, warnings=(Caveat(code, {"families": 3, "donor": "FM1"}),))


def claim(name: str, analyte: str = "TNF", **more: Any) -> Finding:
    return finding(BY_ID[name], "supported", UP, LOG2_FOLD, analyte=analyte, **more)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("ends", [UP, (-1.2, -2.1, -0.3)])
@pytest.mark.parametrize("name", [QUESTIONS[0].id, "year", "drug"])
def test_no_reaction_is_told_as_higher_or_lower(code: str, ends: Any, name: str) -> None:
    """The smaller of two falls is the higher log2 response: nobody may read a stronger reaction."""
    answer = finding(BY_ID[name], "supported", ends, LOG2_FOLD)
    made = alike(BY_ID[name], answer, told_in=language(code))
    for each in (made, replace(made, under_question=True)):
        assert REACTION[code] not in sentence(each)


def test_levels_are_told_without_what_they_are_relative_to() -> None:
    assert "relative" not in sentence(alike(BY_ID["under"], claim("under")))


@pytest.mark.parametrize(
    "code",
    ["not_across_families", "one_donor_decides", "smaller_than_margin", "perfect_correlation"],
)
def test_what_needs_care_is_never_the_title_and_says_so_as_a_key_message(
    code: WarningCode,
) -> None:
    doubtful = warned(claim(QUESTIONS[0].id), code)
    alone = told(doubtful)
    assert alone.title == NEUTRAL
    assert alone.sections[0].points[0].endswith("Take this with care.")
    beside = told(doubtful, claim("under"))
    assert "with ATP was higher" in beside.title
    first, second, _ = beside.sections[0].points
    assert "care" not in first and second.endswith("Take this with care.")


def test_a_firm_answer_leaves_the_doubtful_ones_of_its_question_behind() -> None:
    name = QUESTIONS[0].id
    article = told(warned(claim(name, "IL6"), "one_donor_decides"), claim(name, "TNF"))
    assert "TNF" in article.title and "IL-6" not in article.title
    assert "IL-6" not in article.sections[0].points[0]


def test_a_control_that_failed_leaves_no_claim_for_the_title() -> None:
    article = told(claim(QUESTIONS[0].id), claim("control"))
    assert article.title == NEUTRAL
    assert "casts doubt on the rest" in article.sections[0].points[1]


@pytest.mark.parametrize("name", ["screen", "through"])
def test_a_search_and_a_hypothesis_are_no_title(name: str) -> None:
    assert told(claim(name)).title == NEUTRAL


def test_questions_that_read_the_same_are_one_key_message() -> None:
    again = replace(QUESTIONS[0], id="again")
    questions: tuple[Question, ...] = (QUESTIONS[0], again)
    of: Study = study_of(*questions)
    answers = [finding(each, "supported", UP, LOG2_FOLD) for each in questions]
    points = article_of(public_of(of, answers)).sections[0].points
    assert len(points) == 2


@pytest.mark.parametrize("name", ["year", "arm", "drug"])
def test_a_title_names_the_group_within_which_was_asked(name: str) -> None:
    article = told(claim(name))
    assert "people with fibromyalgia" in article.title
    assert "people with fibromyalgia" in article.sections[0].points[0]


def test_a_title_too_long_for_its_group_names_it_behind() -> None:
    blocked = "ATP with the antagonist of its receptor at the usual dose"
    stimuli = [replace(each, name=blocked) for each in study_of().stimuli if each.id == "ATP_X"]
    given = (*(each for each in study_of().stimuli if each.id != "ATP_X"), *stimuli)
    article = told(claim("arm"), stimuli=given)
    assert article.title.endswith("than with ATP (people with fibromyalgia)")


def test_several_claims_have_their_sizes_and_no_range_that_is_none_of_theirs() -> None:
    question = QUESTIONS[0]
    answers = [
        finding(question, "supported", ends, LOG2_FOLD, analyte=analyte)
        for analyte, ends in (("TNF", (0.11, 0.02, 0.2)), ("IL6", (3.5, 2.0, 5.0)))
    ]
    assert size(alike(question, *answers)) == (
        "From one result to another, it was about 8 % higher to 11 times as high."
    )
    unknown = replace(answers[1], estimate=None)
    assert size(alike(question, answers[0], unknown)) == ""


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0.21, 0.08, 0.34), "The link was weak: many people do not follow it."),
        ((-0.21, -0.34, -0.08), "The link was weak: many people do not follow it."),
        ((0.4, 0.31, 0.5), "The link was moderate."),
        ((0.7, 0.2, 0.9), "The link was strong. A weak link fits the data as well."),
        ((-0.8, -0.9, -0.6), "The link was strong."),
    ],
)
def test_a_link_has_a_word_of_its_strength(ends: Any, words: str) -> None:
    estimate, lower, upper = ends
    question = QUESTIONS[4]
    answer = finding(question, "supported", UP, COEFFICIENT)
    answer = replace(answer, estimate=estimate, lower=lower, upper=upper)
    assert size(alike(question, answer)) == words
    assert told(answer).sections[0].points[0].endswith(words)


def test_a_complaint_is_milder_and_a_quality_better() -> None:
    question = QUESTIONS[4]
    answer = finding(question, "supported", (-1.2, -2.1, -0.3), COEFFICIENT)
    of = study_of(question)
    assert "pain tended to be milder where" in sentence(alike(question, answer, of=of))
    good = tuple(replace(each, higher_is="better") for each in of.scales)
    other = replace(answer, estimate=0.4, lower=0.2, upper=0.6)
    assert "tended to be better where" in sentence(
        alike(question, other, of=replace(of, scales=good))
    )


def test_a_name_stands_in_the_place_of_one_more() -> None:
    question = QUESTIONS[0]
    answers = [claim(question.id, analyte) for analyte in ("TNF", "IL6")]
    few = replace(alike(question, *answers).telling.detail, names=1)
    text = sentence(alike(question, *answers, detail=few))
    assert "TNF and IL-6" in text and "more substance" not in text
