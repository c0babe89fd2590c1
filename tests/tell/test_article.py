"""The plain-language summary: its sentences say what the findings bear and no more, in words that
anybody can read, and it is as long as a person will read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from article_cases import (
    ENDS,
    QUESTIONS,
    alike,
    every,
    finding,
    public_of,
    study_of,
    units_of,
)
from compare_tables import MORE

import exvivo
from exvivo.findings import Caveat, Count, Finding
from exvivo.study import Association, Change, Difference, Group, Study
from exvivo.study.summary_records import PlainWord, Summary
from exvivo.tell import Tables
from exvivo.tell.article import Article, article_of, as_markdown, words_in
from exvivo.tell.article.certainty import certainty_of
from exvivo.tell.article.found import in_short, sentence
from exvivo.tell.article.sizes import size
from exvivo.tell.share.public import Public
from exvivo.units import COEFFICIENT, DIFFERENCE, LOG2_FOLD, PROBABILITY, SIMILARITY

NEVER = (
    "no effect",
    "no relation",
    "unrelated",
    "significan",
    r"proven?\b",
    "proof",
    "cause",
    "due to",
    "leads to",
    "results in",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "influence",
    "correlat",
    "coefficient",
    "rho",
    "log2",
    "fold",
    "p value",
    "null",
    "nan",
    "inf ",
    r"\{",
)
LONGEST_SENTENCE = 25


def texts() -> Iterator[tuple[Finding, str]]:
    """Every answer made by hand, in the long form and below its question."""
    for question, answer in every():
        told = alike(question, answer)
        below = replace(told, under_question=True)
        yield answer, f"{sentence(told)} {size(told)}"
        yield answer, f"{in_short(below, whole=False)} {size(below)}"
        yield answer, in_short(below, whole=True)


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text.strip())


def test_every_answer_has_a_short_sentence_that_claims_too_little_rather_than_too_much() -> None:
    told = list(texts())
    assert len(told) > 1000
    for answer, text in told:
        lower = text.lower()
        assert not [word for word in NEVER if re.search(rf"(?<![a-z]){word}", lower)], text
        assert text.strip().endswith("."), text
        for each in sentences_of(text):
            assert 1 < len(each.split()) <= LONGEST_SENTENCE, (answer.question, each)


def test_what_is_not_supported_has_no_direction() -> None:
    for answer, text in texts():
        if answer.verdict == "not resolved":
            assert "annot tell" in text and "probably much the same" not in text
            assert " was higher" not in text and " was lower" not in text
            assert "tended to" not in text
        if answer.verdict == "not estimable":
            assert "no answer" in text
        if answer.verdict == "equivalent":
            assert "probably much the same" in text


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_other_direction_is_told_as_such(question: Any) -> None:
    """Estimates and ends with the other sign: the words of direction turn, and nothing else."""
    for unit in units_of(question):
        up = finding(question, "supported", ENDS["supported"][0], unit)
        down = finding(question, "supported", ENDS["supported"][1], unit)
        texts = [sentence(alike(question, each)) for each in (up, down)]
        turned = {"higher": "lower", "worse": "better", "worsen": "improve"}
        if question.ask == "identity":
            assert "microglia than like monocyte" in texts[0]
            assert "monocyte than like microglia" in texts[1].replace("monocytes", "monocyte")
        elif question.ask != "mediation":
            words = texts[0].split()
            assert [
                there for here, there in zip(words, texts[1].split(), strict=True) if here != there
            ]
            assert any(word.strip(".,") in turned for word in words)
            assert texts[0] != texts[1]


def test_groups_in_the_other_order_turn_the_words() -> None:
    question = QUESTIONS[0]
    assert isinstance(question, Difference)
    other = replace(question, groups=("HC", "FM"))
    first = finding(question, "supported", (1.0, 0.5, 1.5), LOG2_FOLD)
    second = finding(other, "supported", (-1.0, -1.5, -0.5), LOG2_FOLD)
    of = study_of(question)
    assert sentence(alike(question, first, of=of)) == (
        "On average, the amount of TNF with ATP relative to without was higher in people with "
        "fibromyalgia than in healthy people."
    )
    assert "was lower in healthy people than in people with fibromyalgia" in sentence(
        alike(other, second, of=of)
    )


def test_one_more_result_beyond_a_limit_changes_no_word() -> None:
    for question, answer in every():
        more = replace(answer, n=tuple(replace(c, undetected=c.undetected + 1) for c in answer.n))
        before, after = alike(question, answer), alike(question, more)
        assert (sentence(before), size(before)) == (sentence(after), size(after))


def test_a_contrast_is_larger_only_where_its_own_difference_is() -> None:
    (question,) = (each for each in QUESTIONS if each.id == "only")
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    assert certainty_of(answer) == "higher"
    larger = replace(answer, larger=True, estimate=-1.2, lower=-2.1, upper=-0.3)
    assert certainty_of(larger) == "larger"
    assert "differed more in TNF than in IL-6" in sentence(alike(question, larger))


def test_cells_like_none_of_the_references_are_told_so() -> None:
    question = QUESTIONS[-1]
    answer = finding(
        question, "not estimable", (None, None, None), SIMILARITY, reason=Caveat("like_none")
    )
    assert certainty_of(answer) == "like_none"
    assert "were like none of the reference cells" in sentence(alike(question, answer))


def test_too_little_and_too_much_are_told_apart() -> None:
    question = QUESTIONS[0]
    nothing = (None, None, None)
    for kind, words in (("below", "too little to"), ("above", "too much to")):
        reason = Caveat("all_undetected", {f"stimulated_{kind}": 9, "donors": 9})
        answer = finding(question, "not estimable", nothing, LOG2_FOLD, reason=reason)
        assert f"there was {words} measure" in size(alike(question, answer))


def test_answers_of_all_groups_name_all_groups() -> None:
    (question,) = (each for each in QUESTIONS if isinstance(each, Association))
    answer = finding(question, "supported", (0.9, 0.3, 1.2), COEFFICIENT)
    both = replace(answer, n=(Count("FM", 14), Count("HC", 10)))
    assert "Among people with fibromyalgia and healthy people, pain" in sentence(
        alike(question, both)
    )


def many(questions: int, answers: int) -> tuple[Study, list[Finding]]:
    """A study of so many questions with so many answers each, of every verdict."""
    ends = [(verdict, each) for verdict, every in ENDS.items() for each in every]
    analytes = tuple(f"A{k}" for k in range(answers))
    asked = tuple(replace(MORE, id=f"q{i}", analytes=analytes) for i in range(questions))
    findings = [
        replace(finding(question, *ends[(i + k) % len(ends)], LOG2_FOLD), analyte=f"A{k}")
        for i, question in enumerate(asked)
        for k in range(answers)
    ]
    return study_of(*asked), findings


@pytest.mark.parametrize(("questions", "answers"), [(0, 0), (1, 1), (1, 40), (10, 4), (40, 10)])
def test_a_summary_is_as_long_as_people_read(questions: int, answers: int) -> None:
    study, findings = many(questions, answers)
    article = article_of(public_of(study, findings))
    assert_readable(article)
    told = [each for asked in found(article).asked for each in asked.answers]
    assert sum(len(each.findings) for each in told) == len(findings)
    for each in told:
        assert {certainty_of(one) for one in each.findings} == {each.certainty}


def found(article: Article) -> Any:
    """What was found."""
    (section,) = (each for each in article.sections if each.id == "found")
    return section


def assert_readable(article: Article) -> None:
    """As many words as people read, no sentence longer than 25, every line in the Markdown."""
    least = 250 if found(article).asked else 150
    assert least <= words_in(article) <= 800, words_in(article)
    text = as_markdown(article).replace("\\", "")
    for section in article.sections:
        for line in section.lines():
            assert line in text
            for each in sentences_of(line):
                assert len(each.split()) <= LONGEST_SENTENCE, each
    assert [section.id for section in article.sections] == [
        "key",
        "why",
        "who",
        "done",
        "found",
        "sure",
        "limits",
        "next",
        "words",
        "about",
    ]


def test_a_claim_that_is_worth_less_than_its_numbers_asks_for_care() -> None:
    question = QUESTIONS[0]
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    for warnings, care in (((), 0), ((Caveat("against_expectation"),), 1)):
        article = article_of(public_of(study_of(question), [replace(answer, warnings=warnings)]))
        (told,) = found(article).asked[0].answers
        assert told.size.count("Take this with care: the opposite was expected") == care


def test_what_stands_against_a_likeness_is_no_matter_of_more_people() -> None:
    question = QUESTIONS[-1]
    caveat = Caveat("class_decides", {"cells": ("macrophage",)})
    open_ = finding(question, "not resolved", (0.4, 0.2, 0.6), SIMILARITY)
    assert "More people alone may not settle it." in size(
        alike(question, replace(open_, warnings=(caveat,)))
    )
    assert "More people" not in size(alike(question, open_))


def test_a_study_that_found_nothing_says_so_in_its_title() -> None:
    question = QUESTIONS[0]
    answer = finding(question, "not resolved", (0.4, -0.6, 1.4), LOG2_FOLD)
    article = article_of(public_of(study_of(question), [answer]))
    assert article.title.startswith("We cannot tell whether the reaction of TNF to ATP differs")


def test_a_difference_where_none_was_expected_is_a_key_message() -> None:
    control = next(each for each in QUESTIONS if each.id == "control")
    answers = [
        finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
        for question in (QUESTIONS[1], QUESTIONS[0], control)
    ]
    article = article_of(public_of(study_of(QUESTIONS[1], QUESTIONS[0], control), answers))
    key = article.sections[0].points
    assert article.title == "What a study of people with fibromyalgia and healthy people found"
    assert len(key) == 3
    assert "casts doubt on the rest" in key[1]


def test_what_may_not_be_told_is_counted() -> None:
    question = QUESTIONS[0]
    few = replace(
        finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD),
        n=(Count("FM", 3), Count("HC", 10)),
    )
    article = article_of(public_of(study_of(question), [few]))
    text = " ".join(found(article).lines())
    assert "1 answer rests on too few people" in text
    assert "higher" not in text


def test_each_group_has_its_own_people() -> None:
    question = QUESTIONS[0]
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    article = article_of(public_of(study_of(question), [answer], FM=14, HC=10))
    (who,) = (section for section in article.sections if section.id == "who")
    assert "14 people with fibromyalgia and 10 healthy people" in who.paragraphs[0]


def test_people_who_are_few_in_what_they_lack_are_told_as_a_range() -> None:
    question = QUESTIONS[0]
    answer = replace(
        finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD),
        n=(Count("FM", 12), Count("HC", 10)),
    )
    article = article_of(public_of(study_of(question), [answer]))
    text = " ".join(found(article).lines())
    assert "10 to 13 people with fibromyalgia" in text and "12 people" not in text


def test_simulated_data_are_told_so_in_the_title() -> None:
    question = QUESTIONS[0]
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    article = article_of(public_of(study_of(question, simulated=True), [answer]))
    assert article.title.startswith("Simulated data: On average")
    assert article.notes[0].startswith("The data are simulated")


def test_own_words_go_before_those_of_the_catalog_and_are_explained() -> None:
    question = QUESTIONS[0]
    words = (
        PlainWord(id="ATP", name={"en": "a danger signal"}, meaning={"en": "It tells of damage."}),
        PlainWord(id="FM", name={"en": "people in pain"}),
    )
    summary = Summary(words=words, why={"en": "To learn why pain stays."}, next={"de": "Nichts."})
    of = study_of(question, summary=summary)
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    article = article_of(public_of(of, [answer]))
    text = as_markdown(article)
    assert "with a danger signal relative to without was higher in people in pain" in text
    assert "- a danger signal: It tells of damage." in text
    assert "To learn why pain stays." in text
    assert "What happens next is not stated." in text and "Nichts" not in text


def test_markup_in_names_stays_text() -> None:
    question = QUESTIONS[0]
    groups = (Group(id="FM", name="<b>*people*</b>"), Group(id="HC", name="[a](b)"))
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    text = as_markdown(article_of(public_of(study_of(question, groups=groups), [answer])))
    assert r"\<b\>\*people\*\</b\>" in text and r"\[a\](b)" in text


def test_no_line_end_and_no_hidden_sign_of_a_name_comes_through() -> None:
    question = QUESTIONS[0]
    groups = (Group(id="FM", name="A\n\n## Key\n- B"), Group(id="HC", name="\u202econtrols"))
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    text = as_markdown(article_of(public_of(study_of(question, groups=groups), [answer])))
    assert "\n## Key\n" not in text and "\u202e" not in text


def test_visits_that_are_days_are_told_by_number() -> None:
    asked = next(each for each in QUESTIONS if isinstance(each, Change))
    question = replace(asked, visits=("2025-03-01", "2026-03-08"))
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    assert "higher at visit 2 than at visit 1" in sentence(alike(question, answer))
    article = article_of(public_of(study_of(question), [answer]))
    assert "2025" not in as_markdown(article) and "2026" not in as_markdown(article)


def test_a_part_of_a_difference_is_told_as_a_part() -> None:
    question = next(each for each in QUESTIONS if each.ask == "mediation")
    answer = finding(question, "supported", (10.2, 3.1, 17.0), DIFFERENCE)
    assert "some of the difference in pain went along with the reaction" in sentence(
        alike(question, answer)
    )
    assert size(alike(question, answer)) == (
        "This part was about 10 points; anything from 3.1 points higher to 17 points higher fits "
        "the data."
    )


def test_sizes_without_a_number_are_told_once() -> None:
    question = QUESTIONS[0]
    answer = finding(question, "supported", (-12.0, -14.0, -11.0), LOG2_FOLD)
    assert size(alike(question, answer)) == "It was less than 0.1 % as high."


def test_several_points_are_told_from_the_smaller_to_the_larger_without_a_range() -> None:
    question = QUESTIONS[0]
    answers = [
        finding(question, "supported", ends, DIFFERENCE)
        for ends in ((-24.0, -30.0, -3.0), (-1.2, -2.0, -0.4))
    ]
    assert size(alike(question, *answers)) == "The difference was about 1.2 to 24 points."


@pytest.mark.parametrize(("share", "told"), [(0.5004, "50.04"), (0.4996, "49.96")])
def test_pairs_beside_even_are_not_told_as_even(share: float, told: str) -> None:
    question = QUESTIONS[0]
    ends = sorted((share, 0.5 + 200 * (share - 0.5)))
    answer = finding(question, "supported", (1.0, 0.5, 1.5), PROBABILITY)
    answer = replace(answer, estimate=share, lower=ends[0], upper=ends[1])
    assert f"is higher in about {told}; anything from " in size(alike(question, answer))


def test_a_question_of_which_answers_are_hidden_is_not_told_as_a_whole() -> None:
    study, findings = many(1, 3)
    open_ = [replace(each, verdict="not resolved", lower=-0.5, upper=0.9) for each in findings]
    few = replace(open_[0], n=(Count("FM", 3), Count("HC", 10)))
    article = article_of(public_of(study, [few, *open_[1:]]))
    (told,) = found(article).asked[0].answers
    assert told.sentence == "For A1 and A2, we cannot tell."
    assert "This page tells 2 of 3 comparisons." in article.sections[0].points[-1]


def test_the_demo_is_readable_and_names_nobody(demo: exvivo.Result) -> None:
    public = Public(demo.study, Tables.of(demo.tables), "0", "ab" * 32, 5)
    article = article_of(public)
    assert_readable(article)
    text = as_markdown(article)
    assert article.title.startswith("Simulated data: On average, the amount of TNF with ATP")
    for donor in demo.study.donors["donor"].to_list():
        assert not re.search(rf"\b{re.escape(donor)}\b", text)
    assert "14 people with fibromyalgia and 10 healthy people" in text
    assert "about twice as high" in text
